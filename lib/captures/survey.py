"""One look at a captures folder: what its names and the first column of data.csv show."""

import os
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .files import is_plain_file, naming
from .names import DATA_FILE, part_take, picture_key, side_file_take
from .row import is_half_row, other_row_take, row_key, take_of_line

_ROW_START = re.compile(rb"^([0-9]{2,9})_[^,\n]*,", re.MULTILINE)
_CHUNK = 1 << 20
_LONGEST_ROW = 1 << 14
# A row alone proves nothing beyond this: no drive comes so far, and the numbers of dates begin far above.
_HIGHEST_BY_ROWS = 99_999


@dataclass
class Survey:
    """What one pass over the names in a captures folder showed. Says nothing about whose they are.

    It grows with how many names there are, never with what number stands in one.
    """

    pictures: dict[int, "array[int]"] = field(default_factory=dict)  # the frames of each take, in order
    side_files: dict[int, list[str]] = field(default_factory=dict)
    parts: list[str] = field(default_factory=list)  # what was being written when a recorder died
    taken: set[int] = field(default_factory=set)  # the number of every name that looks like ours, whatever it is
    odd: list[str] = field(default_factory=list)  # names that look like ours of what is no file: folders, pipes

    @property
    def takes(self) -> list[int]:
        """Every take of which there seems to be a picture or a side file."""
        return sorted({*self.pictures, *self.side_files})

    def has(self, key: tuple[int, int]) -> bool:
        """Whether there is a picture of that take and frame."""
        frames = self.pictures.get(key[0])
        return frames is not None and position(frames, key[1]) is not None

    def drop(self, take: int, gone: set[int]) -> None:
        """Forget these frames of a take."""
        if not gone:
            return
        left = array("Q", (frame for frame in self.pictures.pop(take) if frame not in gone))
        if left:
            self.pictures[take] = left


def survey(folder: Path) -> Survey:
    """Look once at every name in the folder."""
    seen = Survey()
    with os.scandir(folder) as entries:
        for entry in entries:
            key = picture_key(entry.name)
            if key is not None and _is_file(entry):
                frames = seen.pictures.get(key[0])
                if frames is None:
                    frames = seen.pictures[key[0]] = array("Q")
                frames.append(key[1])
            else:
                _note(seen, entry, key)
    for take, frames in seen.pictures.items():
        seen.pictures[take] = array("Q", sorted(frames))
    seen.taken.update(seen.pictures)
    seen.parts.sort()
    return seen


def _note(seen: Survey, entry: os.DirEntry[str], key: tuple[int, int] | None) -> None:
    """Enter what is no picture."""
    name = entry.name
    side, part = side_file_take(name), part_take(name)
    take = key[0] if key is not None else side or part
    if take is None:
        return
    seen.taken.add(take)
    if not _is_file(entry):
        seen.odd.append(name)
    elif part is not None:
        seen.parts.append(name)
    elif side is not None:
        seen.side_files.setdefault(side, []).append(name)


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link to one. A link that leads in a circle is none."""
    try:
        return entry.is_file()
    except OSError:
        return False


def position(frames: "array[int]", frame: int) -> int | None:
    """Where the frame stands among those of its take; None where it isn't one of them."""
    if frame <= len(frames) and frames[frame - 1] == frame:
        return frame - 1  # as long as none is missing
    low, high = 0, len(frames)
    while low < high:
        middle = (low + high) // 2
        if frames[middle] < frame:
            low = middle + 1
        else:
            high = middle
    return low if low < len(frames) and frames[low] == frame else None


def takes_in_rows(folder: Path, own: Iterable[int] = ()) -> set[int]:
    """The takes that rows of data.csv tell of, also those of other programs; a number alone makes no row.

    Numbers that no drive comes to are believed only of takes in `own`. Raise OSError where it can't be read.
    """
    path = folder / DATA_FILE
    told: set[int] = set()
    rest = b""
    try:
        if not is_plain_file(path):
            return told
        with naming(path), path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                text = rest + chunk
                end = text.rfind(b"\n") + 1
                _collect(text[:end], told)
                rest = text[end:][-_LONGEST_ROW:]
    except FileNotFoundError:
        return told
    if is_half_row(rest):
        told.add(take_of_line(rest))
    _collect(rest + b"\n", told)
    return {take for take in told if 0 < take <= _HIGHEST_BY_ROWS} | (told & {*own})


def _collect(text: bytes, told: set[int]) -> None:
    """Add the takes of these lines. Each take is looked at until a line of it is a row."""
    begun = {*_ROW_START.findall(text)}
    for number in begun:
        take = int(number)
        if take in told:
            continue
        for found in re.finditer(rb"^%s_[^\n]*" % number, text, re.MULTILINE):
            line = found.group().removesuffix(b"\r")
            if row_key(line) is not None or other_row_take(line):
                told.add(take)
                break
