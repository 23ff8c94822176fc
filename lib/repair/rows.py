"""Brings data.csv and the pictures of a captures folder in step.

The file is read line by line, and written anew only where more is to be done than to add rows at its end. Lines that
SyncLogger did not write stay as they are, byte for byte.
"""

import os
import shutil
from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import IO, NamedTuple

from ..captures.comment import Carried, look_at_comment
from ..captures.files import is_plain_file, new_part, put_in_place
from ..captures.names import DATA_FILE, picture_name
from ..captures.row import is_half_row, other_row_take, row_bytes, row_key, take_of_line
from ..captures.survey import Survey, position
from ..captures.take_file import Safe
from ..progress import Progress
from .mender import Mender
from .pictures import PROGRESS_STEP
from .report import RepairReport, Unread, UnreadableError, reading
from .rescue import Rescue

_RESCUED_ROWS = "rows.csv"
# What the system may not have put on the disk yet when the power went: the rows of some seconds.
_TAIL = 1 << 16
_COMMAS = 14
_LONGEST_ROW = 1 << 13
_MOST_LINES_HELD = 10_000

Key = tuple[int, int]
_NOTHING = Safe()


class _Scanned(NamedTuple):
    """What one way through data.csv showed."""

    head: int  # nobody has to look at what is before
    end: int  # behind the last whole line
    half: bytes  # what stands there
    is_in_step: bool  # every line may stay as it is


class _Fate(Enum):
    """What becomes of a line."""

    OURS = "a row of ours, whose picture is there"
    OURS_WITH_RETURN = "the same, with a line end of Windows"
    OTHER = "not ours, or of a take that isn't looked at: stays as it is"
    OUT = "what a crash left, a row without its picture, or one that was there before"


class RowMender(Mender):
    """Mends data.csv of one folder, and enters into the report what it did."""

    def __init__(
        self, folder: Path, seen: Survey, own: set[int], rescue: Rescue, report: RepairReport, unread: Unread,
        progress: Progress,
    ) -> None:  # fmt: skip
        super().__init__(folder, seen, rescue, report, unread, progress)
        self._own = own
        self._path = folder / DATA_FILE
        self._left: dict[int, set[int]] = {}  # pictures that are none of ours, by their takes

    # --- what the start of a recorder looks at

    def takes_of_bad_last_rows(self) -> set[int]:
        """The takes of the last rows that are no rows, or have no picture; 0 where a take can't be told."""
        lines, half = self._last_lines
        suspect = {take_of_line(half)} if half and is_half_row(half) else set()
        for line in lines:
            key = row_key(line.removesuffix(b"\r"))
            if key is not None:
                suspect |= set() if self._seen.has(key) else {key[0]}
            elif line and (b"\0" in line or not other_row_take(line)):
                suspect.add(take_of_line(line))
        return suspect

    def takes_behind_last_row(self, own: set[int]) -> set[int]:
        """Those of our takes whose rows are missing at the end of data.csv, when it ends before the last picture."""
        keys = [key for key in (row_key(line.removesuffix(b"\r")) for line in self._last_lines[0]) if key is not None]
        last_row = max((key for key in keys if key[0] in own), default=(0, 0))
        if not keys and not self._exists():
            return set()  # all of it is gone: too much for a start
        pictures = self._seen.pictures
        return {take for take in own if take in pictures and (take, pictures[take][-1]) > last_row}

    def missing_at_the_front(self, own: set[int]) -> str:
        """What is to be said where data.csv is gone, or doesn't begin with the first of our pictures; "" else."""
        first = min(((take, self._seen.pictures[take][0]) for take in own if take in self._seen.pictures), default=None)
        if first is None:
            return ""
        if not self._exists():
            return f"{DATA_FILE} is missing: `python -m lib repair` rebuilds it from the pictures"
        begin = f"{picture_name(*first)},".encode()
        with reading(self._path), self._path.open("rb") as file:
            if any(line.startswith(begin) for line in file):
                return ""
        return f"rows at the front of {DATA_FILE} are missing: `python -m lib repair` rebuilds them from the pictures"

    def ends_in_half_a_line(self) -> bool:
        """Whether the last line has no end: half a row of a crash, or a line that someone else left without."""
        return bool(self._last_lines[1])

    def _exists(self) -> bool:
        try:
            with reading(self._path):
                is_file = is_plain_file(self._path)
        except FileNotFoundError:
            return False
        if not is_file:
            raise UnreadableError(f"{DATA_FILE} is no file: move what has that name away")
        return True

    @cached_property
    def _last_lines(self) -> tuple[list[bytes], bytes]:
        """The whole lines near the end of data.csv as it was found, and what stands behind the last of them."""
        if not self._exists():
            return [], b""
        with reading(self._path), self._path.open("rb") as file:
            at = max(0, file.seek(0, os.SEEK_END) - _TAIL)
            file.seek(at)
            *lines, half = file.read().split(b"\n")
        return lines[1:] if at else lines, half

    # --- mending

    def mend(self, takes: set[int], safe: dict[int, Safe], gone: set[int] | None) -> None:
        """Bring data.csv and the pictures of these takes of ours in step.

        Rows of takes in `gone` (None: of all others) are taken out where nothing of such a take is in the folder. Rows
        up to a take's safe frame were on the disk for sure: that they are ours is enough.
        """
        self._bring_in_step(takes, safe, gone)
        for take, frames in self._left.items():
            self._seen.drop(take, frames)

    def _bring_in_step(self, takes: set[int], safe: dict[int, Safe], gone: set[int] | None) -> None:
        pass_ = _Pass(self._seen, takes, safe, gone)
        found = self._scan(pass_, takes, safe, gone)
        rebuilt = self._rebuild(pass_.missing())
        row = next(rebuilt, None)
        half, end = found.half, found.end
        if half and not self._is_half_of_ours(half):
            self._end_line()
            half, end = b"", end + len(half) + 1
        if half:
            self._rescue.lines(_RESCUED_ROWS, [half])
            if row is None:  # else it comes back whole, and is counted there
                self._report.notes.append(f"took half a row out of {DATA_FILE}")
        if found.is_in_step and (row is None or row[0] > pass_.last_key):
            if half:
                self._cut(end)
            if row is not None:
                self._append(chain([row], rebuilt))
            return
        again = _Pass(self._seen, takes, safe, gone)
        self._write_anew(found.head, end, again, rebuilt if row is None else chain([row], rebuilt))
        if again.returns:
            self._report.notes.append(f"put the line ends of {DATA_FILE} right")

    def _scan(self, pass_: "_Pass", takes: set[int], safe: dict[int, Safe], gone: set[int] | None) -> "_Scanned":
        """Read the file once, from the first line that has to be looked at."""
        if not self._exists():
            return _Scanned(0, 0, b"", True)
        is_in_step = True
        with reading(self._path), self._path.open("rb") as file:
            head = 0
            if gone is not None:
                head = self._safe_end(file, pass_, safe, gone) or _first_line_about(file, takes | gone)
            end = head
            file.seek(head)
            for number, line in enumerate(file):
                if number % (PROGRESS_STEP * 100) == 0 and number:
                    self._progress(f"looking at rows of {DATA_FILE}", number, 0)
                if not line.endswith(b"\n"):
                    return _Scanned(head, end, line, is_in_step)
                is_in_step = pass_.look_at(line[:-1]) in (_Fate.OURS, _Fate.OTHER) and is_in_step
                end += len(line)
        return _Scanned(head, end, b"", is_in_step)

    def _safe_end(self, file: IO[bytes], pass_: "_Pass", safe: dict[int, Safe], gone: set[int]) -> int:
        """Where the rows of the one take that is looked at are safe up to; 0 where the file doesn't bear that out."""
        if len(safe) != 1 or gone:
            return 0
        ((take, part),) = safe.items()
        frames = self._seen.pictures.get(take, ())
        if not 0 < part.frame <= len(frames) or frames[part.frame - 1] != part.frame:
            return 0
        begin = max(0, part.rows_end - _LONGEST_ROW)
        file.seek(begin)
        last_line = file.read(part.rows_end - begin).split(b"\n")[-2:]
        if len(last_line) < 2 or last_line[1] or row_key(last_line[0]) != (take, part.frame):
            return 0
        pass_.skip(take, part.frame)
        return part.rows_end

    def _is_half_of_ours(self, half: bytes) -> bool:
        """Whether a crash left it of a row of one of our takes; else someone's last line just has no end."""
        if not is_half_row(half):
            return False
        number, line, _ = half.partition(b"_")
        if b"\0" in number:
            return bool(self._own)
        return any(b"%02d" % take == number if line else (b"%02d" % take).startswith(number) for take in self._own)

    def _rebuild(self, keys: Iterator[Key]) -> Iterator[tuple[Key, bytes]]:
        """Rows from what the pictures carry. One of ours that carries none is taken out; others are left and told."""
        for number, key in enumerate(keys):
            if number % PROGRESS_STEP == 0 and number:
                self._progress(f"rebuilding rows of take {key[0]:02d}", number, 0)
            content = self._row_in(self._folder / picture_name(*key))
            if content is None:
                self._left.setdefault(key[0], set()).add(key[1])
            else:
                self._report.rows_rebuilt += 1
                yield key, row_bytes(content.row)

    def _row_in(self, path: Path) -> Carried | None:
        try:
            comment = look_at_comment(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._unread.note(path, error)
            return None
        content = comment.content
        if content is not None and content.row[0] == path.name:
            return content
        if content is not None:
            self._report.leave(path.name, "carries the row of a picture of another name")
        elif comment.is_newer:
            self._report.leave(path.name, "was made by a newer SyncLogger")
        elif not comment.is_ours:
            self._report.leave(path.name, "carries no row, so SyncLogger did not make it")
        else:
            self._rescue.file(path.name)
            self._report.taken_out.append(path.name)
        return None

    def _end_line(self) -> None:
        """Someone else's last line has no end: give it one, before a row of ours is put behind it."""
        with self._path.open("ab") as file:
            file.write(b"\n")

    def _cut(self, size: int) -> None:
        with self._path.open("r+b") as file:
            file.truncate(size)

    def _append(self, rows: Iterator[tuple[Key, bytes]]) -> None:
        with self._path.open("ab") as file:
            file.writelines(line for _, line in rows)
            file.flush()
            os.fsync(file.fileno())

    def _write_anew(self, head: int, end: int, pass_: "_Pass", rebuilt: Iterator[tuple[Key, bytes]]) -> None:
        """Write the file again, without the lines that go and with the rows that come."""
        part = new_part(self._path)
        with part.open("wb") as new:
            if self._exists():
                with self._path.open("rb") as old:
                    _copy(old, new, head)
                    new.writelines(self._lines(old, end - head, pass_, rebuilt))
            new.writelines(line for _, line in rebuilt)
            new.flush()
            os.fsync(new.fileno())
        if self._path.exists():
            shutil.copystat(self._path, part)
        put_in_place(part, self._path)

    def _lines(
        self, old: IO[bytes], length: int, pass_: "_Pass", rebuilt: Iterator[tuple[Key, bytes]]
    ) -> Iterator[bytes]:
        """The lines that stay, and before each row of ours the rebuilt ones that belong there."""
        taken_out: list[bytes] = []
        row = next(rebuilt, None)
        for line in old:
            length -= len(line)
            if length < 0:
                break
            fate = pass_.look_at(line[:-1])
            if fate is _Fate.OUT:
                taken_out.append(line[:-1].removesuffix(b"\r"))
                if len(taken_out) >= _MOST_LINES_HELD:
                    self._take_out(taken_out)
                continue
            while row is not None and pass_.key is not None and row[0] < pass_.key:
                yield row[1]
                row = next(rebuilt, None)
            yield line.replace(b"\r\n", b"\n") if fate is _Fate.OURS_WITH_RETURN else line
        self._take_out(taken_out)
        if row is not None:
            yield row[1]

    def _take_out(self, lines: list[bytes]) -> None:
        self._rescue.lines(_RESCUED_ROWS, [line for line in lines if line])
        # A half row whose picture is there comes back whole.
        self._report.rows_taken_out += sum(bool(line) for line in lines)
        lines.clear()


class _Pass:
    """One way through the lines of data.csv: says of each what becomes of it, and which pictures have no row."""

    def __init__(self, seen: Survey, takes: set[int], safe: dict[int, Safe], gone: set[int] | None) -> None:
        self._seen = seen
        self._takes = takes
        self._safe = safe
        self._gone = gone
        self._has_row = {take: bytearray(len(seen.pictures.get(take, ()))) for take in takes}
        self._expected, self._expected_key = b"", (0, 0)  # what the next line most likely begins with
        self.key: Key | None = None  # of the row that was looked at; None: it was none
        self.last_key: Key = (0, 0)  # the highest of them
        self.returns = 0  # rows of ours with a line end of Windows

    def skip(self, take: int, frame: int) -> None:
        """All pictures of the take up to this frame have their rows."""
        self._has_row[take][:frame] = b"\1" * frame
        self.last_key = (take, frame)

    def look_at(self, line: bytes) -> _Fate:
        """What becomes of the line, which has lost its end."""
        if self._expected and line.startswith(self._expected) and line.count(b",") == _COMMAS and line[-1:] != b"\r":
            key: Key | None = self._expected_key
        else:
            key = row_key(line.removesuffix(b"\r"))
        self.key = key
        if key is None:
            return self._no_row(line)
        fate = self._row(key, line)
        if fate is not _Fate.OUT:
            self.last_key = max(key, self.last_key)
        return fate

    def _row(self, key: Key, line: bytes) -> _Fate:
        take, frame = key
        if take not in self._takes:
            is_gone = take not in self._seen.taken and (self._gone is None or take in self._gone)
            return _Fate.OUT if is_gone else _Fate.OTHER
        has_row = self._has_row[take]
        at = position(self._seen.pictures[take], frame) if has_row else None
        if at is None or has_row[at]:
            return _Fate.OUT
        has_row[at] = 1
        self._expect((take, frame + 1))
        if line.endswith(b"\r"):
            self.returns += 1
            return _Fate.OURS_WITH_RETURN
        return _Fate.OURS

    def _expect(self, key: Key) -> None:
        is_safe = key[1] <= self._safe.get(key[0], _NOTHING).frame
        self._expected = (picture_name(*key) + ",").encode() if is_safe else b""
        self._expected_key = key

    def _no_row(self, line: bytes) -> _Fate:
        if b"\0" in line:
            return _Fate.OUT  # a block that the system never wrote before the power went
        is_ours = take_of_line(line) in self._takes and not other_row_take(line)
        return _Fate.OUT if is_ours else _Fate.OTHER

    def missing(self) -> Iterator[Key]:
        """The pictures that no line named, in order."""
        for take in sorted(self._has_row):
            has_row, at = self._has_row[take], -1
            while (at := has_row.find(0, at + 1)) >= 0:
                yield take, self._seen.pictures[take][at]


def _first_line_about(file: IO[bytes], takes: set[int]) -> int:
    """Where the first line begins that is about one of the takes, or has a hole; else the end of the whole lines."""
    starts = tuple(f"{take:02d}_".encode() for take in takes)
    at = 0
    file.seek(0)
    for line in file:
        if line.startswith(starts) or b"\0" in line or not line.endswith(b"\n"):
            return at
        at += len(line)
    return at


def _copy(old: IO[bytes], new: IO[bytes], length: int) -> None:
    while length > 0:
        piece = old.read(min(length, 1 << 20))
        if not piece:
            raise OSError(f"{DATA_FILE} became shorter while it was mended: end the program that writes to it")
        new.write(piece)
        length -= len(piece)
