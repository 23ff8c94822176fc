"""Brings NN_ticks.csv in step with the pictures of its take: read line by line, rewritten behind its whole part."""

import os
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO

from ..captures.comment import look_at_comment
from ..captures.files import naming, new_part, put_in_place
from ..captures.names import picture_key, picture_name, ticks_file_name
from ..captures.survey import position
from ..captures.take_file import Safe
from ..captures.ticks import CURRENT, TICK_HEADER, TickColumns, TickLine
from ..captures.vocabulary import Outcome
from .mender import Mender
from .pictures import PROGRESS_STEP

# A crash loses the lines of seconds. A larger gap is not of a crash.
_LONGEST_GAP = 10_000
_LONGEST_TICK = 20
_LONGEST_LINE = 1 << 14
_NOTHING: "array[int]" = array("Q")


class TickMender(Mender):
    """Mends the tick files of one folder."""

    def mend(self, take: int, safe: Safe) -> Counter[str] | None:
        """Bring the take's file in step. Returns its outcomes; None where it can't be told what stands in it."""
        path = self._folder / ticks_file_name(take)
        frames = self._seen.pictures.get(take, _NOTHING)
        try:
            scan = self._scan(path, take, frames, safe)
        except OSError as error:
            self._unread.note(path, error)
            return None
        if scan is None:
            self._report.leave(path.name, "is another program's, so the take's ticks can't be told")
            return None
        if not scan.is_in_step:
            lines = self._lines_of_pictures(take, frames, scan)
            first = next(lines, None)
            lines = lines if first is None else chain([first], lines)
            if scan.may_be_appended_to and (first is None or first[0] > scan.good_tick):
                self._append(path, scan, lines)
            else:
                self._write_anew(path, take, frames, scan, lines)
        return scan.whole

    def _append(self, path: Path, scan: "_Scan", lines: Iterator[tuple[int, bytes]]) -> None:
        """Put lines at the end of the file, where at most half a line has to go."""
        scan.count_good()
        with path.open("r+b") as file:
            file.seek(scan.good_to)
            self._rescue.lines(path.name, file.read().splitlines())
            file.seek(scan.good_to)
            file.truncate()
            self._write(file, scan.good_tick, lines, scan)
            file.flush()
            os.fsync(file.fileno())

    def _scan(self, path: Path, take: int, frames: "array[int]", safe: Safe) -> "_Scan | None":
        """Read the file once, from where it is not safe. None where it is none of ours."""
        scan = _Scan(take, frames)
        if path.name not in self._seen.side_files.get(take, ()):
            return scan
        with naming(path), path.open("rb") as file:
            first = file.readline()
            columns = TickColumns.of_header(first.decode("ascii", "replace"))
            if columns is not None and first.endswith(b"\n"):
                scan.begin(columns, len(first))
                if not scan.skip(file, safe):
                    file.seek(len(first))
            elif first and not _may_be_damaged(first):
                return None
            else:
                file.seek(0)
            for number, line in enumerate(file):
                if number % PROGRESS_STEP == 0:
                    self._progress(f"mending take {take:02d}, ticks", number, 0)
                scan.look_at(line)
        scan.finish()
        return scan

    def _write_anew(
        self, path: Path, take: int, frames: "array[int]", scan: "_Scan", lines: Iterator[tuple[int, bytes]]
    ) -> None:
        """Keep the whole part of the file, and write what is behind it again."""
        part = new_part(path)
        with part.open("wb") as new:
            if path.name in self._seen.side_files.get(take, ()):
                with naming(path), path.open("rb") as old:
                    _copy(old, new, scan.whole_to)
                    if not scan.whole_to:
                        new.write(scan.table.header)
                        old.seek(scan.table.header_size)
                    kept = self._kept(old, take, frames, scan)
                    self._write(new, scan.whole_tick, _merged(kept, lines), scan)
            else:
                new.write(scan.table.header)
                self._write(new, 0, lines, scan)
            new.flush()
            os.fsync(new.fileno())
        put_in_place(part, path)

    def _write(self, new: IO[bytes], before: int, lines: Iterator[tuple[int, bytes]], scan: "_Scan") -> None:
        """Write and count the lines, and for every tick between them whose line is lost one that says so."""
        for tick, line in lines:
            if before and before < tick <= before + _LONGEST_GAP:
                for missing in range(before + 1, tick):
                    new.write(scan.table.line(TickLine(missing, None, Outcome.LOST)))
                    scan.whole[Outcome.LOST] += 1
            before = tick
            new.write(line)
            scan.whole[scan.table.outcome(line)] += 1

    def _kept(self, old: IO[bytes], take: int, frames: "array[int]", scan: "_Scan") -> Iterator[tuple[int, bytes]]:
        """The lines behind the whole part that stay; those that are none are taken out."""
        name = ticks_file_name(take)
        for line in old:
            tick = scan.table.tick(line)
            if tick is None:
                if line != scan.table.header:
                    self._rescue.lines(name, [line.removesuffix(b"\n")])
                continue
            image = scan.table.image(line)
            if image and _position(take, frames, image) is None:
                line = scan.table.lost(line)
            yield tick, line

    def _lines_of_pictures(self, take: int, frames: "array[int]", scan: "_Scan") -> Iterator[tuple[int, bytes]]:
        """The lines of the pictures that no line tells of, from what the pictures carry."""
        at = -1
        while (at := scan.told.find(0, at + 1)) >= 0:
            if at % PROGRESS_STEP == 0:
                self._progress(f"mending take {take:02d}, ticks", at, len(frames))
            path = self._folder / picture_name(take, frames[at])
            try:
                content = look_at_comment(path).content
            except OSError as error:
                self._unread.note(path, error)
                continue
            line = content.tick_line if content is not None and content.row[0] == path.name else None
            if line is not None:
                yield line.tick, scan.table.line(line)


class _Table:
    """The lines of one file, by its own columns, without taking them apart further than needed."""

    def __init__(self, columns: TickColumns, header_size: int = 0) -> None:
        self.header_size = header_size  # as it stands in the file; 0 where it is gone
        self.header = columns.header.encode("ascii")
        self._columns = columns
        self._commas = len(columns.names) - 1
        # From the end: what stands before them may be a lot.
        self._image_at = columns.image_at - len(columns.names)
        self._outcome_at = columns.outcome_at - len(columns.names)

    def tick(self, line: bytes) -> int | None:
        """The tick of a line with its end; None where it is no whole line."""
        text, _, _ = line.partition(b",")
        if not text.isdigit() or len(text) > _LONGEST_TICK or line.count(b",") != self._commas:
            return None
        return int(text) if line.endswith(b"\n") and b"\0" not in line else None

    def image(self, line: bytes) -> bytes:
        return line.rsplit(b",", -self._image_at)[1]

    def outcome(self, line: bytes) -> str:
        return line.rsplit(b",", -self._outcome_at)[1].decode("ascii", "replace").strip()

    def lost(self, line: bytes) -> bytes:
        """The line of a tick whose picture is gone."""
        cells = line.split(b",")
        cells[self._image_at], cells[self._outcome_at] = b"", Outcome.LOST.encode()
        return b",".join(cells)

    def line(self, line: TickLine) -> bytes:
        """A line with the columns of this file."""
        return self._columns.line(line).encode("ascii")


class _Scan:
    """What one way through the file showed: how far it is whole, and which pictures it tells of."""

    def __init__(self, take: int, frames: "array[int]") -> None:
        self._take = take
        self._frames = frames
        self.table = _Table(CURRENT)
        self.told = bytearray(len(frames))
        self.whole: Counter[str] = Counter()  # the outcomes of the whole part: all before is in step
        self.whole_to = 0
        self.whole_tick = 0
        self._behind: list[str] = []  # the outcomes of the lines since
        self._next = 0  # which picture comes next in the whole part
        self._at = 0
        self._tick = 0
        self._is_whole = True
        self._is_any = False
        self.is_in_step = False
        self.good_to = self.good_tick = 0  # no line up to here has to change
        self._is_any_behind = False  # a line behind that has to be kept

    def begin(self, columns: TickColumns, size: int) -> None:
        """The file begins with a header of these columns."""
        self.table = _Table(columns, size)
        self._is_any = True
        self._at = self.whole_to = self.good_to = size

    def skip(self, file: IO[bytes], safe: Safe) -> bool:
        """Go on where the file is safe up to. False where it and the pictures don't bear that out."""
        saved = safe.by_outcome.get(Outcome.SAVED, 0)
        begin = max(self.whole_to, safe.ticks_end - _LONGEST_LINE)
        if not 0 < saved <= len(self._frames) or self._frames[saved - 1] != saved or begin >= safe.ticks_end:
            return False
        file.seek(begin)
        lines = file.read(safe.ticks_end - begin).splitlines(keepends=True)
        tick = self.table.tick(lines[-1]) if lines else None
        if tick is None or file.tell() != safe.ticks_end:
            return False
        self.whole.update(safe.by_outcome)
        self.whole_to = self._at = safe.ticks_end
        self.good_to, self.good_tick = safe.ticks_end, tick
        self.whole_tick = self._tick = tick
        self.told[:saved] = b"\1" * saved
        self._next = saved
        return True

    def look_at(self, line: bytes) -> None:
        """The next line, with its end."""
        self._at += len(line)
        tick = self.table.tick(line)
        if tick is None or not self._is_any or (self._tick and tick != self._tick + 1 and self._is_gap(tick)):
            self._is_whole = False
        if tick is None:
            return
        self._tick = tick
        image = self.table.image(line)
        outcome = self.table.outcome(line)
        self._behind.append(outcome)
        at = _position(self._take, self._frames, image) if image else None
        if at is not None:
            self.told[at] = 1
        elif image:
            self._is_whole = False
        if self._is_whole:
            self.good_to, self.good_tick = self._at, tick
        else:
            self._is_any_behind = True
        if self._is_whole and at is not None and at == self._next:
            # Everything up to here is as it must be, whatever comes.
            self._next += 1
            self.whole_to, self.whole_tick = self._at, tick
            self.count_good()

    @property
    def may_be_appended_to(self) -> bool:
        """Whether at most remains of a crash stand behind the good lines, and those tell of the first pictures."""
        return self._is_any and not self._is_any_behind and self.told.count(1) == self._next

    def _is_gap(self, tick: int) -> bool:
        return tick <= self._tick or tick - self._tick <= _LONGEST_GAP

    def count_good(self) -> None:
        """Count the lines behind the whole part as well."""
        for outcome in self._behind:
            self.whole[outcome] += 1
        self._behind.clear()

    def finish(self) -> None:
        """That was all."""
        self.is_in_step = self._is_whole and self._is_any and 0 not in self.told
        if self.is_in_step:
            self.count_good()


def _position(take: int, frames: "array[int]", image: bytes) -> int | None:
    """Where the picture stands among those of the take; None where it isn't one of them."""
    key = picture_key(image.decode("ascii", "replace"))
    return position(frames, key[1]) if key is not None and key[0] == take else None


def _may_be_damaged(line: bytes) -> bool:
    """Whether a first line that is no header can be what a power cut left of one of ours."""
    header = TICK_HEADER.encode("ascii")
    begins_like_ours = line.startswith(header[:8]) or line.split(b",", 1)[0].isdigit()
    return b"\0" in line or begins_like_ours


def _merged(lines: Iterable[tuple[int, bytes]], others: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Both in the order of their ticks."""
    other = next(others, None)
    for tick, line in lines:
        while other is not None and other[0] < tick:
            yield other
            other = next(others, None)
        yield tick, line
    while other is not None:
        yield other
        other = next(others, None)


def _copy(old: IO[bytes], new: IO[bytes], length: int) -> None:
    while length > 0 and (piece := old.read(min(length, 1 << 20))):
        new.write(piece)
        length -= len(piece)
