"""The sync strip's code: how a tick becomes a row of blocks in the panel. Both sides build on this.

The panel shows the tick twice: an upper strip near its top edge and a lower strip near its bottom edge.
A picture torn between two frames inside the panel shows two different ticks. From left to right a strip is

* a start mark: two blocks of one colour, two blocks of another (upper: magenta, cyan; lower: cyan, magenta),
* one block of form, 31 blocks of tick, 24 blocks of check value, most significant bit first, white = 1, black = 0,
* an end mark: two yellow blocks, two blocks of the start mark's first colour.

The panel has two forms, a full one and a small one that hides less of the scene, and the strip says which it is.
In both the panel is equally wide and the strips stand at the same distance from its left edge.

Colours use nothing but 0 and 255, as far apart as can be, so that filters leave them apart. All lengths are in the
game's interface units; on the screen they are multiplied by the interface scale.
"""

import binascii
import struct
from collections import namedtuple

PANEL_WIDTH = 340

FORM_BITS = 1
TICK_BITS = 31
CHECK_BITS = 24
DATA_BLOCKS = FORM_BITS + TICK_BITS + CHECK_BITS
MARK_BLOCKS = 4
BLOCKS = MARK_BLOCKS + DATA_BLOCKS + MARK_BLOCKS

BLOCK_WIDTH = 5
STRIP_HEIGHT = 8
STRIP_WIDTH = BLOCKS * BLOCK_WIDTH
STRIP_X = (PANEL_WIDTH - STRIP_WIDTH) // 2

# The panel's forms. The index is what the strip's first block and the sample's `panel_form` say.
FULL, SMALL = range(2)
Form = namedtuple("Form", ("height", "upper_strip_y", "lower_strip_y"))
FORMS = (Form(132, 30, 120), Form(44, 2, 34))
PANEL_HEIGHT, UPPER_STRIP_Y, LOWER_STRIP_Y = FORMS[FULL]

MAGENTA = (255, 0, 255)
CYAN = (0, 255, 255)
YELLOW = (255, 255, 0)
# Two blocks each.
UPPER_START, UPPER_END = (MAGENTA, CYAN), (YELLOW, MAGENTA)
LOWER_START, LOWER_END = (CYAN, MAGENTA), (YELLOW, CYAN)

_pack_checked = struct.Struct("<II").pack
_crc32 = binascii.crc32
_MOST_TICK, _MOST_CHECK = (1 << TICK_BITS) - 1, (1 << CHECK_BITS) - 1


def encode(tick, key, form=FULL):
    """The strip's data as one number of DATA_BLOCKS bits; `key` (32 bits) tells this session's strips apart."""
    said = form << TICK_BITS | tick & _MOST_TICK
    return said << CHECK_BITS | _crc32(_pack_checked(said, key)) & _MOST_CHECK


def decode(data, key):
    """The tick in the strip's data, or None when the check value says it was misread or is another session's."""
    said = data >> CHECK_BITS
    if data & _MOST_CHECK != _crc32(_pack_checked(said, key)) & _MOST_CHECK:
        return None
    return said & _MOST_TICK


def form_of(data):
    """The panel's form, index into FORMS, in the data of a strip that was read right."""
    return data >> (CHECK_BITS + TICK_BITS)
