"""Reads the sync strip (`lib/link/strip_code.py`) from raw grabbed pixels: which tick does this picture show?

A search looks at every few rows for the strip's start mark, a run of pure magenta beside a run of pure cyan.
What it finds counts only when the end mark stands where it must and the check value is this session's. From
then on the strip is read at the same place, for some microseconds per picture, until it is no longer there.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

from ..link import strip_code
from ..link.strip_code import BLOCK_WIDTH, BLOCKS, DATA_BLOCKS, LOWER_STRIP_Y, MARK_BLOCKS, STRIP_HEIGHT, UPPER_STRIP_Y
from .geometry import Rect

Pixels = bytes | bytearray | memoryview

MIN_SCALE = 0.5
MAX_SCALE = 3.0

_PIXEL = 4
# How far the scale may seem to lie outside its limits for want of resolution.
_SCALE_SLACK = 0.05
# The fewest pixels of pure colour in one half of a mark, where smoothing has eaten its edges.
_MIN_RUN = 3
# The most pixels that smoothing may have mixed where two colours meet.
_MAX_SMOOTHED = 4
_MAX_RUN = math.ceil(2 * BLOCK_WIDTH * MAX_SCALE) + 2
# What smoothing and rounding may take from or add to a length.
_LENGTH_SLACK = 4
# Rows between two looks of a search: the lowest strip less two rows that smoothing may have eaten.
_ROW_STEP = int(STRIP_HEIGHT * MIN_SCALE) - 2
# A whole search goes through the rows in this many rounds; high strips are found in the first.
_ROUND_ORDER = (0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11)
_ROUNDS = len(_ROUND_ORDER)
# After so many pictures in a row without a strip each further one is searched for one round only.
_WHOLE_SEARCHES = 3
# A scene full of magenta must not make a search slow.
_MAX_CANDIDATES = 400

_GREY_BIT = bytes(ord("0") if value < 128 else ord("1") for value in range(256))


def _bgr(colour: tuple[int, int, int]) -> bytes:
    red, green, blue = colour
    return bytes((blue, green, red))


_MAGENTA, _CYAN, _YELLOW = _bgr(strip_code.MAGENTA), _bgr(strip_code.CYAN), _bgr(strip_code.YELLOW)


def _run(colour: bytes) -> bytes:
    return b"((?:%b.){%d,%d})" % (re.escape(colour), _MIN_RUN, _MAX_RUN)


def _mark(first: bytes, second: bytes) -> bytes:
    """A pattern for two runs of colour with some smoothed pixels between them."""
    return _run(first) + b"((?:.{4}){0,%d}?)" % _MAX_SMOOTHED + _run(second)


class _Kind(NamedTuple):
    """How one of the two strips looks, and where it stands in the panel."""

    start: re.Pattern[bytes]
    end: re.Pattern[bytes]
    start_fading: int  # the byte of a pixel that falls from 255 to 0 between the halves of the start mark
    end_fading: int
    marks: bytes  # the colours of the four halves, B G R each
    panel_y: int
    to_other: int  # interface units down to the other strip


_UPPER = _Kind(
    start=re.compile(_mark(_MAGENTA, _CYAN), re.DOTALL),
    end=re.compile(_mark(_YELLOW, _MAGENTA), re.DOTALL),
    start_fading=2,
    end_fading=1,
    marks=b"".join(map(_bgr, strip_code.UPPER_START + strip_code.UPPER_END)),
    panel_y=UPPER_STRIP_Y,
    to_other=LOWER_STRIP_Y - UPPER_STRIP_Y,
)
_LOWER = _Kind(
    # A search stops at magenta; the cyan is found by looking back from there.
    start=re.compile(b"(?:.{4})*?" + _mark(_CYAN, _MAGENTA), re.DOTALL),
    end=re.compile(_mark(_YELLOW, _CYAN), re.DOTALL),
    start_fading=1,
    end_fading=2,
    marks=b"".join(map(_bgr, strip_code.LOWER_START + strip_code.LOWER_END)),
    panel_y=LOWER_STRIP_Y,
    to_other=UPPER_STRIP_Y - LOWER_STRIP_Y,
)


class StripReading(NamedTuple):
    """What the strips in one picture say."""

    tick: int  # of the upper strip; of the lower one where the upper one can't be read
    lower_tick: int | None  # of the lower strip; None where it can't be read
    panel: Rect  # the part of the picture that the panel covers

    @property
    def is_torn(self) -> bool:
        """The picture is made of two frames: its two strips show different ticks."""
        return self.lower_tick is not None and self.lower_tick != self.tick


class _Line(NamedTuple):
    """Where a strip runs through a row of pixels. Lengths and places are in pixels."""

    left: float
    block: float  # the width of a block

    @property
    def scale(self) -> float:
        return self.block / BLOCK_WIDTH


class _Sampler:
    """Reads one strip at a known place."""

    def __init__(self, kind: _Kind, line: _Line, row: int, width: int, key: int) -> None:
        self._key = key
        self._marks = kind.marks
        halves = [1, 3, BLOCKS - 3, BLOCKS - 1]
        centres = halves + [MARK_BLOCKS + block + 0.5 for block in range(DATA_BLOCKS)]
        at = [(row * width + int(line.left + centre * line.block)) * _PIXEL for centre in centres]
        self._pick: Callable[[Pixels], tuple[int, ...]] = itemgetter(*(a + channel for a in at for channel in range(3)))

    def read(self, pixels: Pixels) -> int | None:
        """The tick of the strip, or None when there is none, or one that was misread or isn't this session's."""
        picked = bytes(self._pick(pixels))
        if not picked.startswith(self._marks):
            return None
        grey = picked[len(self._marks) :].translate(_GREY_BIT)
        bits = grey[0::3]
        if bits != grey[1::3] or bits != grey[2::3]:
            return None
        tick: int | None = strip_code.decode(int(bits, 2), self._key)
        return tick


class _Place:
    """Where the strips stand in pictures of one size, from one strip that a search has found and read."""

    def __init__(self, pixels: Pixels, size: tuple[int, int], kind: _Kind, line: _Line, row: int, key: int) -> None:
        self.size = width, height = size
        column = int(line.left + line.block)
        colour = kind.marks[:3]
        top, bottom = _vertical_run(pixels, size, column, row, colour)
        row = (top + bottom) // 2
        self._pins = list(_pins(pixels, size, line, row, column, top, bottom))
        self._edges = [
            (at, colour) for at in ((y * width + column) * _PIXEL for y in (top - 1, bottom + 1) if 0 <= y < height)
        ]
        found = _Sampler(kind, line, row, width, key)
        other_row = round(row + kind.to_other * line.scale)
        other = None
        if 0 <= other_row < height:
            other = _Sampler(_LOWER if kind is _UPPER else _UPPER, line, other_row, width, key)
        self._found, self._other, self._found_is_upper = found, other, kind is _UPPER
        self._panel = _panel(size, kind, line, top, bottom)

    def read(self, pixels: Pixels) -> StripReading | None:
        """What the strips say, or None when the one that led here isn't exactly here any more or can't be read."""
        for at, seen in self._pins:
            if pixels[at : at + len(seen)] != seen:
                return None
        for at, colour in self._edges:
            if pixels[at : at + 3] == colour:
                return None
        found = self._found.read(pixels)
        if found is None:
            return None
        other = self._other.read(pixels) if self._other is not None else None
        if self._found_is_upper:
            return StripReading(found, other, self._panel)
        return StripReading(found if other is None else other, found, self._panel)


class StripReader:
    """Reads the strips of one session, told apart by its `key`, from one picture after the other.

    Where the strip stays away, a search after the first few looks only at a part of each picture, unless it is
    to be `thorough`.
    """

    def __init__(self, key: int, *, thorough: bool = False) -> None:
        self._key = key
        self._is_thorough = thorough
        self._place: _Place | None = None
        self._misses = 0

    def read(self, pixels: Pixels, width: int, height: int) -> StripReading | None:
        """What the strips in the picture say, or None where none can be read.

        `pixels` are the rows of the picture from the top, four bytes B G R X for each pixel.
        """
        if len(pixels) < width * height * _PIXEL:
            raise ValueError(f"a picture of {width}x{height} has {width * height * _PIXEL} bytes, not {len(pixels)}")
        reading = None
        if self._place is not None and self._place.size == (width, height):
            reading = self._place.read(pixels)
        if reading is None:
            reading = self._search(pixels, width, height)
        self._misses = 0 if reading is not None else self._misses + 1
        return reading

    def _search(self, pixels: Pixels, width: int, height: int) -> StripReading | None:
        rounds: Iterable[int] = _ROUND_ORDER
        if self._misses >= _WHOLE_SEARCHES and not self._is_thorough:
            rounds = (_ROUND_ORDER[self._misses % _ROUNDS],)
        rows = (row for start in rounds for row in range(start * _ROW_STEP, height, _ROUNDS * _ROW_STEP))
        for kind, line, row in _candidates(pixels, width, height, rows):
            if _Sampler(kind, line, row, width, self._key).read(pixels) is None:
                continue
            place = _Place(pixels, (width, height), kind, line, row, self._key)
            reading = place.read(pixels)
            if reading is not None:
                self._place = place
                return reading
        return None


def _candidates(pixels: Pixels, width: int, height: int, rows: Iterable[int]) -> Iterator[tuple[_Kind, _Line, int]]:
    """Whatever has the marks of a strip in one of the rows."""
    view = memoryview(pixels)
    stride = width * _PIXEL
    # The fourth byte of a pixel is 0 or 255 as the system likes.
    samples = view[_PIXEL - 1 : height * stride : (height * width // 16 + 1) * _PIXEL]
    magentas = [_MAGENTA + bytes((unused,)) for unused in sorted(set(samples))]
    left = _MAX_CANDIDATES
    for y in rows:
        row = bytes(view[y * stride : (y + 1) * stride])
        for magenta in magentas:
            needle = (magenta * _MIN_RUN)[:-1]  # without the last byte white, black and bright rows take less time
            at = row.find(needle)
            while at >= 0 and left > 0:
                left -= 1
                if at % _PIXEL == 0:
                    for kind, line in _strips_at(row, at):
                        yield kind, line, y
                # The next run may begin with the last bytes of one that lies across the pixels.
                at = row.find(needle, _end_of_repeats(row, at, magenta) - (_PIXEL - 1))


def _end_of_repeats(row: bytes, at: int, pixel: bytes) -> int:
    """Where the run of equal pixels that begins at `at` ends, found in a few steps however long it is."""
    length = _MIN_RUN
    while row.startswith(pixel * length, at):
        length *= 2
    low = length // 2
    while length - low > 1:
        middle = (low + length) // 2
        if row.startswith(pixel * middle, at):
            low = middle
        else:
            length = middle
    return at + low * _PIXEL


def _strips_at(row: bytes, at: int) -> Iterator[tuple[_Kind, _Line]]:
    """The strips whose start mark has its magenta at `at`."""
    line = _line(row, _UPPER, _UPPER.start.match(row, at))
    if line is not None:
        yield _UPPER, line
        return
    back = max(0, at - (_MAX_RUN + _MAX_SMOOTHED) * _PIXEL)
    line = _line(row, _LOWER, _LOWER.start.match(row, back, at + (_MAX_RUN + 1) * _PIXEL))
    if line is not None:
        yield _LOWER, line


def _line(row: bytes, kind: _Kind, start: re.Match[bytes] | None) -> _Line | None:
    """Where the strip runs, from the middles of its start mark and of its end mark; None when they don't fit."""
    if start is None:
        return None
    # Yellow is nowhere else in a strip.
    after, limit = start.end(), start.end() + math.ceil(BLOCKS * BLOCK_WIDTH * MAX_SCALE) * _PIXEL
    unused = row[start.start(1) + 3 : start.start(1) + 4]
    at = row.find((_YELLOW + unused) * _MIN_RUN, after, limit)
    while at >= 0 and at % _PIXEL:
        at = row.find((_YELLOW + unused) * _MIN_RUN, at + 1, limit)
    end = kind.end.match(row, at) if at >= 0 else None
    if end is None:
        return None
    first = _middle(start, kind.start_fading)
    block = (_middle(end, kind.end_fading) - first) / (BLOCKS - MARK_BLOCKS)
    line = _Line(first - MARK_BLOCKS / 2 * block, block)
    if not MIN_SCALE - _SCALE_SLACK <= line.scale <= MAX_SCALE + _SCALE_SLACK:
        return None
    for length in (len(mark.group(half)) / _PIXEL for mark in (start, end) for half in (1, 3)):
        if abs(length - MARK_BLOCKS / 2 * block) > _LENGTH_SLACK:
            return None
    is_whole = line.left > -1 and line.left + BLOCKS * block < len(row) / _PIXEL + 1
    return line if is_whole else None


def _middle(mark: re.Match[bytes], fading: int) -> float:
    """Where one half of a mark ends and the other begins, in pixels, to a fraction where it is smoothed."""
    return mark.end(1) / _PIXEL + sum(mark.group(2)[fading::_PIXEL]) / 255


def _vertical_run(pixels: Pixels, size: tuple[int, int], column: int, row: int, colour: bytes) -> tuple[int, int]:
    """The first and the last row that have the colour in the column without a break around `row`."""
    width, height = size
    most = math.ceil(STRIP_HEIGHT * MAX_SCALE) + 2

    def reach(step: int) -> int:
        y = row
        for _ in range(most):
            at = ((y + step) * width + column) * _PIXEL
            if not 0 <= y + step < height or pixels[at : at + 3] != colour:
                break
            y += step
        return y

    return reach(-1), reach(1)


def _pins(
    pixels: Pixels, size: tuple[int, int], line: _Line, row: int, column: int, top: int, bottom: int
) -> Iterator[tuple[int, bytes]]:
    """Pixels that stay the same as long as the strip stays where it is: its start mark and its corners."""
    width, _ = size
    first = row * width + math.ceil(line.left + 2)
    last = row * width + int(line.left + (MARK_BLOCKS - 0.5) * line.block)
    yield first * _PIXEL, bytes(pixels[first * _PIXEL : last * _PIXEL])
    for y in (top, bottom):
        at = (y * width + column) * _PIXEL
        yield at, bytes(pixels[at : at + 3])


def _panel(size: tuple[int, int], kind: _Kind, line: _Line, top: int, bottom: int) -> Rect:
    """The panel's rectangle, clipped to the picture, from the rows that one of its strips takes."""
    width, height = size
    strip_height = STRIP_HEIGHT * line.scale
    # Where a part of the strip's height is covered, it may reach further than it seems, on either side.
    highest = min(top, bottom + 1 - strip_height) - kind.panel_y * line.scale
    lowest = max(bottom + 1, top + strip_height) + (strip_code.PANEL_HEIGHT - kind.panel_y - STRIP_HEIGHT) * line.scale
    leftmost = line.left - strip_code.STRIP_X * line.scale
    rightmost = leftmost + strip_code.PANEL_WIDTH * line.scale
    left, upper = max(0, math.floor(leftmost)), max(0, math.floor(highest))
    right, lower = min(width, math.ceil(rightmost)), min(height, math.ceil(lowest))
    return Rect(left, upper, right - left, lower - upper)
