"""Finds what is left of a sync strip that can't be read: is anything of the panel in the picture at all?"""

import math
import re
from collections import Counter

from ..link.strip_code import BLOCK_WIDTH, CYAN, LOWER_END, LOWER_START, MAGENTA, UPPER_END, UPPER_START, YELLOW
from .read import Pixels
from .search import MAX_SCALE

_PIXEL = 4
_ROW_STEP = 3
# Rows looked at that must show the same mark at the same place.
_ENOUGH_ROWS = 2
_PLACE = 4  # pixels that count as the same place
_MIN_RUN, _MAX_RUN = 3, math.ceil(2 * BLOCK_WIDTH * MAX_SCALE) + 2
_MAX_SMOOTHED = 4
# A channel of a mark's colour is far above the other one or two, also under a filter.
_LOW, _HIGH = 90, 110
_UNCLEAR = 8


def _levels(bit: int) -> bytes:
    return bytes(0 if value < _LOW else bit if value >= _HIGH else _UNCLEAR for value in range(256))


_BLUE, _GREEN, _RED = _levels(1), _levels(2), _levels(4)
_CODES = {MAGENTA: b"\x05", CYAN: b"\x03", YELLOW: b"\x06"}
_ANY_MARK = re.compile(
    b"|".join(
        b"(?<!%b)%b{%d,%d}.{0,%d}?(?<!%b)%b{%d,%d}(?!%b)"
        % (first, first, _MIN_RUN, _MAX_RUN, _MAX_SMOOTHED, second, second, _MIN_RUN, _MAX_RUN, second)
        for first, second in (
            (_CODES[one], _CODES[other]) for one, other in (UPPER_START, UPPER_END, LOWER_START, LOWER_END)
        )
    ),
    re.DOTALL,
)


def shows_a_mark(pixels: Pixels, width: int, height: int) -> bool:
    """Whether one of the strips' coloured marks can be seen, however little of the rest.

    `pixels` are as `StripReader.read` takes them. Takes some milliseconds, and may be wrong either way: to be used
    for advice only.
    """
    stride = width * _PIXEL
    view = memoryview(pixels)
    rows = b"".join(view[y * stride : (y + 1) * stride] for y in range(0, height, _ROW_STEP))
    codes = _combined(rows)
    seen: Counter[int] = Counter()
    for mark in _ANY_MARK.finditer(codes):
        place = mark.start() % width // _PLACE
        seen[place] += 1
        if seen[place] + seen[place - 1] >= _ENOUGH_ROWS:
            return True
    return False


def _combined(pixels: bytes) -> bytes:
    """One byte for each pixel: which of its channels are high."""
    blue, green, red = (
        int.from_bytes(pixels[channel::_PIXEL].translate(levels), "little")
        for channel, levels in enumerate((_BLUE, _GREEN, _RED))
    )
    return (blue | green | red).to_bytes(len(pixels) // _PIXEL, "little")
