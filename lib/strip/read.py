"""Reads the sync strip (`lib/link/strip_code.py`) from raw grabbed pixels: which tick does this picture show?

A search (`search.py`) looks for the strip's marks. What it finds counts only when the check value is this session's.
Each mark holds every channel both at its darkest and at its brightest: halfway between lies what tells black from
white, whatever brightness, contrast or tint a filter, a display or JPEG has given the picture. From then on the
strip is read at the same place, for some microseconds per picture, until it is no longer there.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

from ..link import strip_code
from ..link.strip_code import BLOCKS, DATA_BLOCKS, FORMS, FULL, MARK_BLOCKS, SMALL, STRIP_HEIGHT, Form
from .rect import Rect
from .search import LOWER, MAX_SCALE, PIXEL, ROUND_ORDER, UPPER, Candidate, Line, Marks, candidates

Pixels = bytes | bytearray | memoryview

# After so many pictures in a row without a strip each further one is searched for one round only.
_WHOLE_SEARCHES = 3
# The least difference between a channel's darkest and its brightest in the marks.
_MIN_CONTRAST = 24
# A channel is clearly bright or dark when it is further than this share of the contrast from halfway.
_CLEAR = 0.25
# In blocks from the left: the middles of the marks' halves, and of the blocks of data.
_HALVES = (1.0, 3.0, BLOCKS - 3.0, BLOCKS - 1.0)
_DATA = tuple(MARK_BLOCKS + block + 0.5 for block in range(DATA_BLOCKS))

_CHANNELS = range(3)  # B G R
_DARK, _BRIGHT, _UNCLEAR = b"01?"


def _bits(*colours: tuple[int, int, int]) -> tuple[bytes, bytes, bytes]:
    """For each channel which of the colours have it at its brightest."""
    blue, green, red = (bytes(_BRIGHT if colour[c] else _DARK for colour in colours) for c in (2, 1, 0))
    return blue, green, red


class _Kind(NamedTuple):
    """How one of the two strips looks."""

    is_upper: bool
    marks: tuple[bytes, bytes, bytes]  # the four halves, for each channel

    def y(self, form: Form) -> int:
        """Where the strip begins in a panel of that form, in interface units."""
        return form.upper_strip_y if self.is_upper else form.lower_strip_y


_UPPER = _Kind(True, _bits(*strip_code.UPPER_START, *strip_code.UPPER_END))
_LOWER = _Kind(False, _bits(*strip_code.LOWER_START, *strip_code.LOWER_END))
_KINDS: dict[Marks, _Kind] = {UPPER: _UPPER, LOWER: _LOWER}


class StripReading(NamedTuple):
    """What the strips in one picture say."""

    tick: int  # of the upper strip; of the lower one where the upper one can't be read
    lower_tick: int | None  # of the lower strip; None where it can't be read
    panel: Rect  # the part of the picture that the panel covers

    @property
    def is_torn(self) -> bool:
        """The picture is made of two frames: its two strips show different ticks."""
        return self.lower_tick is not None and self.lower_tick != self.tick


class _Said(NamedTuple):
    """What one strip says."""

    tick: int
    form: int  # of the panel, index into FORMS


class _Levels:
    """What is dark and what is bright, channel by channel, as the marks of a strip show it."""

    def __init__(self, darkest: list[int], brightest: list[int]) -> None:
        self.tables: list[bytes] = []  # for each channel: "1" for what is bright, "0" for what is dark
        self._clear: list[bytes] = []  # the same, and "?" between the two
        for dark, bright in zip(darkest, brightest, strict=True):
            middle, around = (dark + bright) / 2, (bright - dark) * _CLEAR
            self.tables.append(bytes(_BRIGHT if value > middle else _DARK for value in range(256)))
            sure = [abs(value - middle) > around for value in range(256)]
            self._clear.append(bytes(bit if s else _UNCLEAR for bit, s in zip(self.tables[-1], sure, strict=True)))

    def bits(self, pixels: Pixels, at: int) -> bytes:
        """Which channels of the pixel that begins there are bright."""
        return bytes(table[value] for table, value in zip(self.tables, pixels[at : at + 3], strict=True))

    def clear_bits(self, pixels: Pixels, at: int) -> bytes:
        """The same, with "?" for a channel that is neither clearly."""
        return bytes(table[value] for table, value in zip(self._clear, pixels[at : at + 3], strict=True))


def _levels(pixels: Pixels, width: int, kind: _Kind, line: Line, row: int) -> _Levels | None:
    """The levels in a strip's marks; None when this is no strip: too faint, or more than black and white inside."""
    halves = list(_places(_HALVES, line, row, width))
    darkest, brightest = [], []
    for channel, marks in enumerate(kind.marks):
        dark = max([pixels[at + channel] for bit, at in zip(marks, halves, strict=True) if bit == _DARK])
        bright = min([pixels[at + channel] for bit, at in zip(marks, halves, strict=True) if bit == _BRIGHT])
        if bright - dark < _MIN_CONTRAST:
            return None
        darkest.append(dark)
        brightest.append(bright)
    blue, green, red = ((dark + bright) / 2 for dark, bright in zip(darkest, brightest, strict=True))
    for at in _places(_DATA, line, row, width):
        if not (pixels[at] > blue) == (pixels[at + 1] > green) == (pixels[at + 2] > red):
            return None
    return _Levels(darkest, brightest)


def _places(blocks: Iterable[float], line: Line, row: int, width: int) -> Iterator[int]:
    """Where the pixels begin that are so many blocks from the strip's left."""
    return ((row * width + int(line.left + block * line.block)) * PIXEL for block in blocks)


class _Sampler:
    """Reads one strip at a known place."""

    def __init__(self, kind: _Kind, line: Line, row: int, width: int, key: int, levels: _Levels) -> None:
        self._key = key
        self._marks = kind.marks
        self._tables = levels.tables
        places = list(_places(_HALVES + _DATA, line, row, width))
        self._pick: Callable[[Pixels], tuple[int, ...]] = itemgetter(*(at + c for c in _CHANNELS for at in places))

    def read(self, pixels: Pixels) -> _Said | None:
        """What the strip says, or None when there is none, or one that was misread or isn't this session's."""
        picked = bytes(self._pick(pixels))
        count, halves = len(_HALVES + _DATA), len(_HALVES)
        blue, green, red = (picked[c * count : (c + 1) * count].translate(self._tables[c]) for c in _CHANNELS)
        if (blue[:halves], green[:halves], red[:halves]) != self._marks:
            return None
        bits = green[halves:]
        if bits != blue[halves:] or bits != red[halves:]:
            return None
        data = int(bits, 2)
        tick = strip_code.decode(data, self._key)
        return _Said(tick, strip_code.form_of(data)) if tick is not None else None


class _Place:
    """Where the strips stand in pictures of one size, from one strip that a search has found and read."""

    def __init__(
        self, pixels: Pixels, size: tuple[int, int], found: Candidate, form: int, key: int, levels: _Levels
    ) -> None:
        self.size = width, height = size
        self._form = form
        self._levels = levels
        kind, line = _KINDS[found.marks], found.line
        column = int(line.left + line.block)
        self._colour = bytes(marks[0] for marks in kind.marks)
        top, bottom = self._vertical_run(pixels, column, found.row)
        row = (top + bottom) // 2
        # Pixels that stay clearly bright or dark as long as the strip stays exactly where it is.
        places = [(row, x) for middle in line.middles for x in range(int(middle) - 1, int(middle) + 2)]
        places += [(y, column) for y in (top, top + 1, bottom - 1, bottom) if top <= y <= bottom]
        self._pins = list(self._pinned(pixels, places))
        self._edges = [(y * width + column) * PIXEL for y in (top - 1, bottom + 1) if 0 <= y < height]
        self._found_is_upper = kind.is_upper
        self._found = _Sampler(kind, line, row, width, key, levels)
        # The other strip stands where the form says. Where it stands in the other form, a picture was torn while the
        # form changed; below a small panel that is the only sign of it, so the full form is asked for first.
        other = _LOWER if kind is _UPPER else _UPPER
        own_y = kind.y(FORMS[form])
        rows = [(f, round(row + (other.y(FORMS[f]) - own_y) * line.scale)) for f in (FULL, SMALL)]
        self._others = [
            (f, _Sampler(other, line, other_row, width, key, levels))
            for f, other_row in rows
            if 0 <= other_row < height
        ]
        self._panel = _panel(size, own_y, FORMS[form], line, top, bottom)
        self._full_panel = _panel(size, own_y, FORMS[FULL], line, top, bottom)

    def _vertical_run(self, pixels: Pixels, column: int, row: int) -> tuple[int, int]:
        """The first and the last row that have the mark's colour in the column without a break around `row`."""
        width, height = self.size
        most = math.ceil(STRIP_HEIGHT * MAX_SCALE) + 2

        def reach(step: int) -> int:
            y = row
            for _ in range(most):
                at = ((y + step) * width + column) * PIXEL
                if not 0 <= y + step < height or self._levels.bits(pixels, at) != self._colour:
                    break
                y += step
            return y

        return reach(-1), reach(1)

    def _pinned(self, pixels: Pixels, places: list[tuple[int, int]]) -> Iterator[tuple[int, bytes, int]]:
        """(where, the table that tells bright from dark, what it says) for each channel that is clear there."""
        for y, x in places:
            at = (y * self.size[0] + x) * PIXEL
            for channel, bit in enumerate(self._levels.clear_bits(pixels, at)):
                if bit != _UNCLEAR:
                    yield at + channel, self._levels.tables[channel], bit

    def read(self, pixels: Pixels) -> StripReading | None:
        """What the strips say, or None when the one that led here isn't exactly here any more or can't be read."""
        for at, table, bit in self._pins:
            if table[pixels[at]] != bit:
                return None
        for at in self._edges:
            if self._levels.bits(pixels, at) == self._colour:
                return None
        found = self._found.read(pixels)
        if found is None or found.form != self._form:
            return None
        other = self._read_other(pixels)
        panel = self._panel if other is None or other.form == found.form else self._full_panel
        if self._found_is_upper:
            return StripReading(found.tick, None if other is None else other.tick, panel)
        return StripReading(found.tick if other is None else other.tick, found.tick, panel)

    def _read_other(self, pixels: Pixels) -> _Said | None:
        for form, sampler in self._others:
            said = sampler.read(pixels)
            if said is not None and said.form == form:
                return said
        return None


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
        if len(pixels) < width * height * PIXEL:
            raise ValueError(f"a picture of {width}x{height} has {width * height * PIXEL} bytes, not {len(pixels)}")
        reading = None
        if self._place is not None and self._place.size == (width, height):
            reading = self._place.read(pixels)
        if reading is None:
            reading = self._search(pixels, width, height)
        self._misses = 0 if reading is not None else self._misses + 1
        return reading

    def _search(self, pixels: Pixels, width: int, height: int) -> StripReading | None:
        rounds: Iterable[int] = ROUND_ORDER
        if self._misses >= _WHOLE_SEARCHES and not self._is_thorough:
            rounds = (ROUND_ORDER[self._misses % len(ROUND_ORDER)],)
        if isinstance(pixels, memoryview):
            pixels = bytes(pixels)
        for found in candidates(pixels, width, height, rounds):
            kind = _KINDS[found.marks]
            levels = _levels(pixels, width, kind, found.line, found.row)
            if levels is None:
                continue
            said = _Sampler(kind, found.line, found.row, width, self._key, levels).read(pixels)
            if said is None:
                continue
            place = _Place(pixels, (width, height), found, said.form, self._key, levels)
            reading = place.read(pixels)
            if reading is not None:
                self._place = place
                return reading
        return None


def _panel(size: tuple[int, int], strip_y: int, form: Form, line: Line, top: int, bottom: int) -> Rect:
    """The panel's rectangle, clipped to the picture, from the rows that its strip at `strip_y` takes."""
    width, height = size
    strip_height = STRIP_HEIGHT * line.scale
    # Where a part of the strip's height is covered, it may reach further than it seems, on either side.
    highest = min(top, bottom + 1 - strip_height) - strip_y * line.scale
    lowest = max(bottom + 1, top + strip_height) + (form.height - strip_y - STRIP_HEIGHT) * line.scale
    leftmost = line.left - strip_code.STRIP_X * line.scale
    rightmost = leftmost + strip_code.PANEL_WIDTH * line.scale
    left, upper = max(0, math.floor(leftmost)), max(0, math.floor(highest))
    right, lower = min(width, math.ceil(rightmost)), min(height, math.ceil(lowest))
    return Rect(left, upper, right - left, lower - upper)
