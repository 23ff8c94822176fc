"""The one reader of recordings: folders as takes, laps and frames. Every tool stands on it.

from synclogger.dataset import Recordings

for take in Recordings("captures").takes:
    for frame in take.frames():
        print(frame.path, frame.row.steer, frame.paired_by, frame.lap)
"""

import hashlib
import os
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from ..captures.names import take_file_name, ticks_file_name
from ..captures.row import Row
from ..captures.take_file import TakeDescription, read_description
from ..captures.vocabulary import PairedBy, Proof
from ..tools import need_tools
from .discards import ID_OF_ROWS, TOLD_APART, Discards, DiscardsError, read_discards
from .folder import Folder, FolderError, TakeRows
from .laps import Lap, LapTick, find_laps
from .places import place
from .rows import Dialect, parse_row
from .tick_table import TickTable, finite, whole

if TYPE_CHECKING:
    from pyarrow import Table

__all__ = ["Frame", "Recordings", "Take"]


class FrameTick(NamedTuple):
    """What NN_ticks.csv says of the tick that a frame shows."""

    tick: int
    game_time: float  # seconds: the sum of every deltaT since the app was loaded
    lap_count: int
    is_in_pits: bool  # in the pit box or the pit lane
    paired_by: PairedBy | None  # None: a word of a later version


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture with its row."""

    take: "Take"
    number: int
    image: str  # the picture's name in the take's folder
    row: Row
    tick: FrameTick | None  # None: an older tool left no ticks, or the line is lost
    lap: Lap | None  # None: no tick says which
    discarded: str  # why it is left out of sets; "" where it isn't

    @property
    def path(self) -> Path:
        """Where the picture is."""
        return self.take.folder.path / self.image

    @property
    def paired_by(self) -> PairedBy | None:
        """How the picture came to its tick; None where nothing says."""
        return self.tick.paired_by if self.tick is not None else None

    @property
    def is_proven(self) -> bool:
        """Whether the picture itself says which tick it shows."""
        return self.paired_by is not None and self.paired_by.proof is Proof.PROVEN


class Take:
    """One recording. Holds the place of each row, not the rows: memory is flat, however often it is iterated."""

    def __init__(self, folder: Folder, number: int, discards: Discards) -> None:
        self.folder = folder
        self.number = number
        self.description: TakeDescription | None = read_description(folder.path, number)
        self._rows = folder.rows.get(number) or TakeRows(digest=f"none-{number}")
        self.take_id = self._take_id()
        self._in_file = discards
        self._discards = discards.of_take(self.take_id, number)
        ticks = folder.path / ticks_file_name(number)
        self.ticks: TickTable | None = TickTable(ticks) if ticks.is_file() else None

    def __len__(self) -> int:
        """The number of its rows."""
        return len(self._rows.frames)

    def __repr__(self) -> str:
        return f"<take {self.name} of {self.folder.path}, {len(self)} frames>"

    @property
    def name(self) -> str:
        """As the names of its files begin: "01"."""
        return f"{self.number:02d}"

    @property
    def dialect(self) -> Dialect:
        """How its rows are written."""
        return self.folder.dialect

    @property
    def frame_numbers(self) -> memoryview:
        """The frames that have a row, in order: unsigned 64-bit numbers."""
        return memoryview(self._rows.frames)

    @property
    def discards(self) -> list[tuple[int, int, str]]:
        """(first, last, why) of the frames that are left out of every set, in order."""
        return self._discards

    @property
    def discarded_frames(self) -> int:
        """How many of its rows are left out of every set."""
        frames, counted, number = self._rows.frames, 0, 0
        for first, last, _ in self._discards:
            begin, end = bisect_left(frames, first), bisect_right(frames, last)
            number += max(0, end - max(begin, counted))
            counted = max(counted, end)
        return number

    @property
    def digest(self) -> str:
        """Of its rows: another one where any of them is another one."""
        return self._rows.digest

    @property
    def is_in_order(self) -> bool:
        """Whether its rows stand in data.csv in the order of the frames."""
        return self._rows.is_in_order

    @property
    def doubled_rows(self) -> int:
        """Rows that were left out because their frame has one already."""
        return self._rows.doubled

    @cached_property
    def laps(self) -> tuple[Lap, ...]:
        """Its laps in order, from its ticks; from its rows where there are none."""
        return find_laps(self.name, self._lap_ticks())

    def tell_apart(self) -> None:
        """Another take has the same id and other rows: this one goes on under an id of its own."""
        its_own = Discards([entry for entry in self._in_file.entries if entry.take == self.number])
        self._discards = its_own.of_take(self.take_id, self.number)
        self.take_id += TOLD_APART + self.digest[:8]

    def leave_out_as_well(self, copy: "Take") -> None:
        """What someone discarded in a copy of it."""
        self._discards = sorted({*self._discards, *copy.discards})

    def is_part_of(self, whole: "Take") -> bool:
        """Whether every row of it is in the other as well, whatever their pictures are called."""
        rows = whole.rows()
        found: tuple[int, Row] | None
        for number, row in self.rows():
            found = next((one for one in rows if one[0] >= number), None)
            if found is None or found[0] != number or repr(found[1][1:]) != repr(row[1:]):
                return False
        return True

    def frames(self) -> Iterator[Frame]:
        """Every row with its picture's name, its tick and its lap, in the order of the frames.

        A line of data.csv that is no row any more is left out; `Recordings.remarks` says how many.
        """
        laps, starts = self.laps, [lap.first for lap in self.laps]
        ticks = self._ticks_of_frames()
        for number, row in self.rows():
            tick = ticks.of(row.image)
            position = number if self.ticks is None else tick.tick if tick is not None else None
            at = bisect_right(starts, position) - 1 if position is not None else -1
            yield Frame(self, number, row.image, row, tick, laps[at] if at >= 0 else None, self._why_left_out(number))

    def rows(self) -> Iterator[tuple[int, Row]]:
        """(frame, row) for every line that is a row, in the order of the frames."""
        for number, line in self.lines():
            row = parse_row(line, self.dialect)
            if row is not None:
                yield number, row

    def lines(self, begin: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """(frame, line of data.csv) for every line about a frame of it, as it stands there, in the order of frames.

        `begin` and `end` choose some of them, as in a slice.
        """
        frames, offsets = self._rows.frames[begin:end], self._rows.offsets[begin:end]
        if offsets:
            with self.folder.open_rows() as file:
                yield from zip(frames, _lines_at(file, offsets), strict=True)

    def bytes_of_rows(self, begin: int, end: int) -> bytes | None:
        """The lines from one to another as they stand in data.csv; None where others stand between them."""
        offsets = self._rows.offsets
        with self.folder.open_rows() as file:
            file.seek(offsets[begin])
            content = file.read(offsets[end - 1] - offsets[begin]) if self.is_in_order else b""
            content += file.readline()
        return content if content.count(b"\n") + (not content.endswith(b"\n")) == end - begin else None

    def batches(self, size: int = 100_000, ticks: Iterable[str] = ()) -> Iterator["Table"]:
        """What `frames` gives, as Arrow tables of so many rows each. `ticks` names more columns of NN_ticks.csv.

        Needs the tools' extra. A number that is missing is null, or NaN in the columns of data.csv.
        """
        need_tools("a table", "numpy", "pyarrow")
        from . import tables

        return tables.batches(self, size, _added(ticks))

    def table(self, ticks: Iterable[str] = ()) -> "Table":
        """All of `batches` as one table."""
        need_tools("a table", "numpy", "pyarrow")
        from pyarrow import concat_tables

        from . import tables

        wanted = _added(ticks)
        found = list(tables.batches(self, 100_000, wanted))
        return concat_tables(found, promote_options="permissive") if found else tables.empty(self, wanted)

    def _why_left_out(self, number: int) -> str:
        for first, last, why in self._discards:
            if first > number:
                break
            if number <= last:
                return why or "discarded"
        return ""

    def _ticks_of_frames(self) -> "_FrameTicks":
        columns = ("image", "tick", "game_time", "lap_count", "in_pit", "in_pit_lane", "paired_by")
        return _FrameTicks(self.ticks.lines(columns) if self.ticks is not None else iter(()))

    def _lap_ticks(self) -> Iterator[LapTick]:
        if self.ticks is None:
            for number, row in self.rows():
                yield LapTick(number, row.lap_time, 0, row.lap_time, 0.0, row.lap_valid, False)
            return
        columns = (
            "tick", "game_time", "lap_count", "lap_time_ms", "last_lap_ms", "lap_valid", "in_pit", "in_pit_lane",
        )  # fmt: skip
        for tick, time, count, lap_time, last_lap, valid, in_pit, in_lane in self.ticks.lines(columns):
            if not lap_time:
                continue  # the line tells of no telemetry
            try:
                numbers = whole(tick), finite(time or b"0"), whole(count)
                times = whole(lap_time) / 1000, whole(last_lap or b"0") / 1000
            except ValueError:
                continue  # one of them is no number
            yield LapTick(*numbers, *times, valid == b"1", in_pit == b"1" or in_lane == b"1")

    def _take_id(self) -> str:
        """As its description has it. Without one: from what was recorded, so that a copy has the same."""
        told = self.description
        if told is not None and told.take_id:
            return told.take_id
        if told is not None and told.started_utc:
            what = f"{told.started_utc} {told.facts.get('strip_key')} {told.take}"
            return f"format1-{hashlib.sha256(what.encode()).hexdigest()[:24]}"
        return f"{ID_OF_ROWS}{self._rows.digest[:24]}"


def _added(ticks: Iterable[str]) -> tuple[str, ...]:
    """The columns of the ticks that a table has not anyway."""
    there = {*Row._fields, "take_id", "frame", "is_proven", "lap", "discarded", *FrameTick._fields}
    return tuple(name for name in dict.fromkeys(ticks) if name not in there)


class _FrameTicks:
    """Finds the tick of one frame after the other, in lines that have the frames in the same order."""

    def __init__(self, lines: Iterator[tuple[bytes, ...]]) -> None:
        self._lines = ((line[0].decode("ascii", "replace"), line) for line in lines if line[0])
        self._passed: dict[str, FrameTick | None] = {}

    def of(self, image: str) -> FrameTick | None:
        """The tick of the picture; None where no line is about it."""
        if image in self._passed:
            return self._passed.pop(image)
        for name, line in self._lines:
            tick = _frame_tick(line)
            if name == image:
                return tick
            if len(self._passed) < _MOST_PASSED:
                self._passed[name] = tick
        return None


# Lines of pictures whose rows are missing; a few thousand at the most are out of step.
_MOST_PASSED = 100_000

_PAIRED_BY = {str(word).encode(): word for word in PairedBy}


def _frame_tick(line: tuple[bytes, ...]) -> FrameTick | None:
    _, tick, time, lap_count, in_pit, in_lane, paired_by = line
    try:
        is_in_pits = in_pit == b"1" or in_lane == b"1"
        return FrameTick(whole(tick), finite(time), whole(lap_count), is_in_pits, _PAIRED_BY.get(paired_by))
    except ValueError:
        return None


def _lines_at(file: IO[bytes], offsets: "array[int]") -> Iterator[bytes]:
    """The lines at these offsets. One that follows the last is read on without a seek."""
    at = -1
    for offset in offsets:
        if offset != at:
            file.seek(offset)
        line = file.readline()
        at = offset + len(line)
        yield line


class Recordings:
    """The takes of one folder, or of several, told apart by their `take_id`."""

    def __init__(self, *folders: str | os.PathLike[str], needs_discards: bool = True) -> None:
        """Look at every folder. Raise FolderError, DiscardsError or OSError where one can't be read.

        Without `needs_discards` a discards.json that can't be understood stops nothing, for those who only look: then
        nothing of that folder counts as discarded, and `broken_discards` has it.
        """
        if not folders:
            raise FolderError("no folder was named: name one with recordings")
        self.takes: list[Take] = []
        self.remarks: list[str] = []  # what was left out, a line each
        self.takes_again: list[tuple[Take, Take]] = []  # a take that was left out, and the one that it is
        self.takes_apart: list[tuple[Take, Take]] = []  # a take with the id of another one, and that: both count
        self.broken_discards: dict[Path, DiscardsError] = {}
        known: dict[str, Take] = {}
        for path in map(place, folders):
            folder = Folder(path)
            try:
                discards = read_discards(path)
            except DiscardsError as error:
                if needs_discards:
                    raise
                self.broken_discards[path], discards = error, Discards()
            if folder.lines_left_out:
                self.remarks.append(f"{path}: left out {folder.lines_left_out} lines of data.csv that name no picture")
            for number in folder.takes:
                self._add(Take(folder, number, discards), known)

    def _add(self, take: Take, known: dict[str, Take]) -> None:
        first = known.setdefault(take.take_id, take)
        if first is not take:
            take_id = take.take_id
            if take.digest == first.digest or take.is_part_of(first):
                self._leave_out(take, first)
                return
            if first.is_part_of(take):  # the copy that is not whole came first
                self.takes.remove(first)
                known[take_id] = take
                self._leave_out(first, take)
            else:
                take.tell_apart()
                self.takes_apart.append((take, first))
                self.remarks.append(
                    f"take {take.name} of {take.folder.path} has the id of take {first.name} of {first.folder.path} "
                    "and other rows: both count"
                )
                self._add(take, known)
                return
        if take.description is None and (take.folder.path / take_file_name(take.number)).exists():
            self.remarks.append(f"{take_file_name(take.number)} can't be read: take {take.name} goes on without it")
        if take.doubled_rows:
            self.remarks.append(f"take {take.name}: left out {take.doubled_rows} rows of frames that have one already")
        self.takes.append(take)

    def _leave_out(self, take: Take, other: Take) -> None:
        self.takes_again.append((take, other))
        other.leave_out_as_well(take)
        where = "" if other.folder.path == take.folder.path else f" of {take.folder.path}"
        again = f"take {other.name} of {other.folder.path} again"
        self.remarks.append(f"left out take {take.name}{where}: it is {again}")

    def __len__(self) -> int:
        """The number of rows in all takes."""
        return sum(map(len, self.takes))

    def frames(self) -> Iterator[Frame]:
        """Every frame of every take, in order."""
        for take in self.takes:
            yield from take.frames()
