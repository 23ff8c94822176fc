"""Looks through a picture for places where a sync strip may be, whatever filters have done to its colours.

A start mark is a place where one colour meets another: magenta is the colour with the least green, cyan the one with
the least red. That stays so at any brightness, contrast and tint, so a search compares channels with one another and
never with fixed levels. It looks at every second pixel of every second row. Millions of comparisons are too many for
Python one by one: the bytes of many rows become one whole number, and one subtraction compares them all.
"""

import functools
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..link.strip_code import BLOCK_WIDTH, BLOCKS, MARK_BLOCKS, STRIP_HEIGHT

Bytes = bytes | bytearray

PIXEL = 4
BLUE, GREEN, RED = range(3)
MIN_SCALE = 0.5
MAX_SCALE = 3.0

# Rows between two looks: the lowest strip less two rows that smoothing may have eaten.
_ROW_STEP = int(STRIP_HEIGHT * MIN_SCALE) - 2
# A search goes through the rows in this many rounds; high strips are found in the first.
ROUND_ORDER = (0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11)
# Pixels between two looks. The smallest half of a mark has three that smoothing has left alone.
_COLUMN_STEP = 2
# From a look at one half of a mark to a look at the other, in looks: further apart than what smoothing may mix,
# and so little that both are met in the smallest mark.
_APART = 3
# A channel counts as brighter than another from this many 255ths of difference on, to a few.
_CONTRAST = 32
# What lies behind the start mark at every scale is black and white, in looks.
_GREY_FROM, _GREY_LOOKS = 18, 52
# From the middle of the start mark to that of the end mark, in looks, at the smallest and the largest scale.
_LEAST_TO_END = int((BLOCKS - MARK_BLOCKS) * BLOCK_WIDTH * MIN_SCALE / _COLUMN_STEP) - 2 * _APART
_MOST_TO_END = math.ceil((BLOCKS - MARK_BLOCKS) * BLOCK_WIDTH * MAX_SCALE / _COLUMN_STEP) + 2 * _APART
# How far the scale may seem to lie outside its limits for want of resolution.
_SCALE_SLACK = 0.05
# Pixels on either side of where two colours meet that belong to them at every scale.
_SURE = 4
# A scene full of magenta and cyan must not make a search slow.
_MAX_CANDIDATES_IN_ROUND = 30


class Marks(NamedTuple):
    """How the two ends of a strip are told: in the middle of each one channel falls and another rises."""

    is_upper: bool
    start: tuple[int, int]  # the channel that falls, the one that rises
    end: tuple[int, int]


UPPER = Marks(True, start=(RED, GREEN), end=(GREEN, BLUE))  # magenta, cyan … yellow, magenta
LOWER = Marks(False, start=(GREEN, RED), end=(RED, BLUE))  # cyan, magenta … yellow, cyan


class Line(NamedTuple):
    """Where a strip runs through a row of pixels. Lengths and places are in pixels."""

    left: float
    block: float  # the width of a block

    @property
    def scale(self) -> float:
        return self.block / BLOCK_WIDTH

    @property
    def middles(self) -> tuple[float, float]:
        """Where the colours of the start mark meet, and those of the end mark."""
        half = MARK_BLOCKS / 2 * self.block
        return self.left + half, self.left + BLOCKS * self.block - half


class Candidate(NamedTuple):
    """What has the marks of a strip."""

    marks: Marks
    line: Line
    row: int


def candidates(pixels: Bytes, width: int, height: int, rounds: Iterable[int]) -> Iterator[Candidate]:
    """Whatever looks like a strip in the rows of these rounds. Four bytes B G R X are a pixel."""
    for start in rounds:
        rows = range(start * _ROW_STEP, height, len(ROUND_ORDER) * _ROW_STEP)
        left = _MAX_CANDIDATES_IN_ROUND
        for marks, y, first, last in _marks_in(pixels, width, rows):
            line = _line(pixels, width, marks, y, first, last)
            if line is not None:
                yield Candidate(marks, line, y)
            left -= 1
            if not left:
                break


class _Lanes(NamedTuple):
    """Numbers that hold the same value in each of so many bytes."""

    low: int  # the lower six bits
    top: int  # the highest bit
    contrast: int


@functools.lru_cache(maxsize=8)
def _lanes(count: int) -> _Lanes:
    ones = int.from_bytes(b"\x01" * count, "little")
    return _Lanes(0x3F * ones, 0x80 * ones, _CONTRAST // 4 * ones)


def _marks_in(pixels: Bytes, width: int, rows: range) -> Iterator[tuple[Marks, int, int, int]]:
    """(marks, row, pixel before the middle of the start mark, pixel before that of the end mark)."""
    per_row = -(-width // _COLUMN_STEP)
    lanes = _lanes(per_row * len(rows))
    top, contrast = lanes.top, lanes.contrast
    # Six bits of each look in a byte: with the top bit set, a subtraction borrows nothing from the next byte, and the
    # bit stays set where the first number is greater by the contrast.
    blue, green, red = (_looks(pixels, width, rows, channel) >> 2 & lanes.low for channel in (BLUE, GREEN, RED))
    over_blue, over_green, over_red = blue + contrast, green + contrast, red + contrast
    blue, green, red = blue | top, green | top, red | top
    magenta = (red - over_green) & (blue - over_green)
    cyan = (green - over_red) & (blue - over_red)
    apart = _APART * 8
    upper = magenta & (cyan >> apart) & top
    lower = cyan & (magenta >> apart) & top
    if not upper and not lower:
        return
    grey = _grey_behind((magenta | cyan) & top, top)
    upper, lower = upper & grey, lower & grey
    if not upper and not lower:
        return
    yellow = (red - over_blue) & (green - over_blue) & top
    for marks, starts, ending in ((UPPER, upper, magenta), (LOWER, lower, cyan)):
        if starts:
            ends = (yellow & ending >> apart).to_bytes(per_row * len(rows), "little")
            yield from _pairs(marks, starts.to_bytes(per_row * len(rows), "little"), ends, per_row, rows)


def _looks(pixels: Bytes, width: int, rows: range, channel: int) -> int:
    stride, step = width * PIXEL, _COLUMN_STEP * PIXEL
    return int.from_bytes(b"".join([pixels[y * stride + channel : (y + 1) * stride : step] for y in rows]), "little")


def _grey_behind(coloured: int, top: int) -> int:
    """Where what lies behind is black and white throughout. One coloured look alone may be a fringe."""
    grey = (coloured & coloured >> 8) ^ top
    looks = 1
    while looks < _GREY_LOOKS:
        further = min(looks, _GREY_LOOKS - looks)
        grey &= grey >> further * 8
        looks += further
    return grey >> _GREY_FROM * 8


def _pairs(
    marks: Marks, starts: bytes, ends: bytes, per_row: int, rows: range
) -> Iterator[tuple[Marks, int, int, int]]:
    """Each start mark with the first end mark behind it."""
    start = starts.find(b"\x80")
    while start >= 0:
        row = start // per_row
        end = ends.find(b"\x80", start + _LEAST_TO_END, min(start + _MOST_TO_END, (row + 1) * per_row))
        if end >= 0:
            first = row * per_row
            yield marks, rows[row], (start - first) * _COLUMN_STEP, (end - first) * _COLUMN_STEP
        start = starts.find(b"\x80", start + _APART)  # neighbouring looks meet the same mark


def _line(pixels: Bytes, width: int, marks: Marks, y: int, first: int, last: int) -> Line | None:
    """Where the strip runs, from the middles of its two marks; None when they don't fit."""
    start = _middle(pixels, width, y, first, marks.start)
    if start is None:
        return None
    falls, rises = marks.start
    about = (last + _COLUMN_STEP - start) / (BLOCKS - MARK_BLOCKS)
    for x, brighter, darker in ((start - about, falls, rises), (start + about, rises, falls)):
        at = (y * width + int(x)) * PIXEL
        if pixels[at + brighter] < pixels[at + darker] + _CONTRAST // 2:
            return None  # a mark of another length
    end = _middle(pixels, width, y, last, marks.end)
    if end is None:
        return None
    block = (end - start) / (BLOCKS - MARK_BLOCKS)
    line = Line(start - MARK_BLOCKS / 2 * block, block)
    if not MIN_SCALE - _SCALE_SLACK <= line.scale <= MAX_SCALE + _SCALE_SLACK:
        return None
    is_whole = line.left > -1 and line.left + BLOCKS * block < width + 1
    return line if is_whole else None


def _middle(pixels: Bytes, width: int, y: int, x: int, channels: tuple[int, int]) -> float | None:
    """Where the colours meet between `x` and some pixels further, to a fraction where they are smoothed."""
    falls, rises = channels
    left = max(0, x - _SURE)
    right = min(width, x + _COLUMN_STEP * _APART + _SURE + 1)
    row, end = (y * width + left) * PIXEL, (y * width + right) * PIXEL
    steps = [a - b for a, b in zip(pixels[row + falls : end : PIXEL], pixels[row + rises : end : PIXEL], strict=True)]
    here = x - left
    there = here + _COLUMN_STEP * _APART
    if there >= len(steps):
        return None  # the second colour is the next row's
    half = (steps[here] + steps[there]) / 2
    at = next(at for at in range(here, there + 1) if steps[at] <= half)
    before, after = steps[max(0, at - _SURE) : at], steps[at : at + _SURE]
    if not before:
        return None
    high, low = max(before), min(after)
    if high - low < _CONTRAST:
        return None
    return left + at - len(before) + sum(step - low for step in before + after) / (high - low)
