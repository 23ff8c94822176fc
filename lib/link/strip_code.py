"""The sync strip's code: how a tick becomes a row of blocks in the panel. Both sides build on this.

The panel shows the tick twice: an upper strip near its top edge and a lower strip near its bottom edge.
A picture torn between two frames inside the panel shows two different ticks. From left to right a strip is

* a start mark: two blocks of one colour, two blocks of another (upper: magenta, cyan; lower: cyan, magenta),
* 32 blocks of tick, 24 blocks of check value, most significant bit first, white = 1, black = 0,
* an end mark: two yellow blocks, two blocks of the start mark's first colour.

Colours use nothing but 0 and 255, so that no gamma setting moves them. All lengths are in the game's
interface units; on the screen they are multiplied by the interface scale.
"""

import binascii
import struct

PANEL_WIDTH = 340
PANEL_HEIGHT = 132

TICK_BITS = 32
CHECK_BITS = 24
DATA_BLOCKS = TICK_BITS + CHECK_BITS
MARK_BLOCKS = 4
BLOCKS = MARK_BLOCKS + DATA_BLOCKS + MARK_BLOCKS

BLOCK_WIDTH = 5
STRIP_HEIGHT = 8
STRIP_WIDTH = BLOCKS * BLOCK_WIDTH
STRIP_X = (PANEL_WIDTH - STRIP_WIDTH) // 2
UPPER_STRIP_Y = 30
LOWER_STRIP_Y = PANEL_HEIGHT - STRIP_HEIGHT - 4

MAGENTA = (255, 0, 255)
CYAN = (0, 255, 255)
YELLOW = (255, 255, 0)
# Two blocks each.
UPPER_START, UPPER_END = (MAGENTA, CYAN), (YELLOW, MAGENTA)
LOWER_START, LOWER_END = (CYAN, MAGENTA), (YELLOW, CYAN)

_CHECKED = struct.Struct("<II")


def encode(tick: int, key: int) -> int:
    """The strip's data as one number of DATA_BLOCKS bits; `key` (32 bits) tells this session's strips apart."""
    return tick << CHECK_BITS | _check_value(tick, key)


def decode(data: int, key: int):
    """The tick in the strip's data, or None when the check value says it was misread or is another session's."""
    tick = data >> CHECK_BITS
    if data & ((1 << CHECK_BITS) - 1) != _check_value(tick, key):
        return None
    return tick


def _check_value(tick, key):
    return binascii.crc32(_CHECKED.pack(tick & 0xFFFFFFFF, key)) & ((1 << CHECK_BITS) - 1)
