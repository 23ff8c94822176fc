"""What goes out of a take: its rows as an Arrow table, and what is left out of it and why.

A process that gets several parts of one take reads it once, unless something in the folder changed meanwhile.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from ..captures.names import DATA_FILE, take_file_name, ticks_file_name
from ..captures.row import Row
from ..dataset.options import SETS
from ..dataset.split import SPLIT_FILE, SplitError, read_split
from ..dataset.table import HEADER
from ..dataset.units import PLACES
from ..errors import UserError
from ..recordings.discards import DISCARDS_FILE, Discards, read_discards
from ..recordings.folder import Folder
from ..recordings.laps import Lap
from ..recordings.places import place
from ..recordings.recordings import Recordings, Take
from ..recordings.tables import number_or_null
from .columns import ALWAYS, ExportColumn, chosen, known
from .options import ExportOptions
from .parts import TakeRef
from .resample import resample

TRAIN = "train"
# What the Hub calls the sets.
SPLITS = dict(zip(SETS, (TRAIN, "validation", "test"), strict=True))

_BATCH = 100_000
_NUMBERS = tuple(name for name in Row._fields if name not in ("image", "lap_valid"))
# Facts of a take that go out. Of nobody's name and no machine's.
_FACTS = ("car", "track", "layout", "app_version")
# Why a frame is left out, in the order in which it is asked: as `split` says it.
_DISCARDED, _UNPROVEN, _NO_NUMBER = "discarded", "nothing proves their tick", "no number"
_LOST_TICK, _NO_ROW = "their tick is lost", "their row is gone"


@dataclass(frozen=True)
class Source:
    """What was named on the command line."""

    takes: tuple[TakeRef, ...]
    folders: tuple[str, ...]  # that OUT must not lie in: of recordings, and of sets
    sets: dict[str, Any] | None  # the options of `split` that the sets were made with; None: there are no sets
    remarks: tuple[str, ...]  # what was left out, a line each


@dataclass(frozen=True)
class Selection:
    """The frames of one take that go out."""

    # By split, in the order of the frames: the columns asked for, `columns.ALWAYS` and `is_proven`. `image` is the
    # picture's name in the take's folder.
    tables: dict[str, Any]
    left_out: dict[str, int]  # why, and how many
    facts: dict[str, Any]  # of the take: "car", "track", "layout", "app_version", and "driver" where it is asked for


def source_of(named: Sequence[str | os.PathLike[str]]) -> Source:
    """All takes of these folders, or of one folder of sets. Raise UserError where they can't be read."""
    places = [place(one) for one in named]
    with_sets = [path for path in places if (path / SPLIT_FILE).is_file()]
    if not with_sets:
        recordings = Recordings(*places)
        takes = tuple(TakeRef(_whole(take.folder.path), take.number, take.take_id) for take in recordings.takes)
        return Source(takes, tuple(dict.fromkeys(map(_whole, places))), None, tuple(recordings.remarks))
    if len(places) > 1:
        raise UserError(f"{with_sets[0]} has sets: name it alone, its takes come from every folder that it was made of")
    return _of_sets(with_sets[0])


def _of_sets(folder: Path) -> Source:
    options = read_split(folder)["options"]
    rows = _rows_of_sets(_whole(folder), _stamp(folder, *(f"{name}.csv" for name in SETS)))
    takes = tuple(TakeRef(one.folder, one.number, take_id, _whole(folder)) for take_id, one in rows.items())
    return Source(takes, tuple(dict.fromkeys((_whole(folder), *(take.folder for take in takes)))), options, ())


def _whole(path: Path) -> str:
    """So that it means the same in every process; a URL as it is."""
    return str(path.resolve()) if type(path).__module__.startswith("pathlib") else str(path)


# --------------------------------------------------------------------------------------------------------- sets


@dataclass(frozen=True, eq=False)
class _OfTake:
    """What sets say of one take."""

    folder: str  # of its pictures
    number: int
    frames: dict[str, Any]  # by split: numbers, in order
    weights: dict[str, Any]


@lru_cache(maxsize=1)
def _rows_of_sets(sets: str, _stamp_then: object) -> dict[str, _OfTake]:
    """Which frames of which take are in which split."""
    folder = place(sets)
    gathered: dict[str, _OfTake] = {}
    for name, split in SPLITS.items():
        table = _read_set(folder, name)
        ids = pc.dictionary_encode(table["take_id"]).combine_chunks()
        codes = ids.indices.to_numpy()
        by_take = np.argsort(codes, kind="stable")
        starts = np.searchsorted(codes[by_take], np.arange(len(ids.dictionary) + 1))
        for take_id, (begin, end) in zip(ids.dictionary.to_pylist(), pairwise(starts), strict=True):
            rows = table.take(pa.array(by_take[begin:end]))
            one = gathered.setdefault(take_id, _of_first_row(folder, rows))
            frames = rows["frame"].to_numpy()
            order = np.argsort(frames, kind="stable")
            one.frames[split] = frames[order]
            one.weights[split] = rows["weight"].to_numpy()[order]
    return gathered


def _read_set(folder: Path, name: str) -> Any:
    path = folder / f"{name}.csv"
    # Not as text: a path on Linux may hold bytes that are no UTF-8.
    types = {"image": pa.binary(), "take_id": pa.string(), "take": pa.int64(), "frame": pa.int64(),
             "weight": pa.float32()}  # fmt: skip
    try:
        with path.open("rb") as file:
            table = csv.read_csv(
                file,
                parse_options=csv.ParseOptions(newlines_in_values=True),
                convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=False),
            )
    except (OSError, pa.ArrowInvalid) as error:
        raise SplitError(f"the set {path} can't be read ({error}): make it again with `split`") from error
    if tuple(table.column_names) != HEADER:
        raise SplitError(f"{path} is no set of this version: make it again with `split`")
    return table.select(list(types))


def _of_first_row(folder: Path, rows: Any) -> _OfTake:
    image = os.fsdecode(rows["image"][0].as_py())
    return _OfTake(_whole((folder / image).parent), rows["take"][0].as_py(), {}, {})


# -------------------------------------------------------------------------------------------------------- takes


def select(ref: TakeRef, options: ExportOptions) -> Selection:
    """The frames of this take that go out. Raise UserError or OSError where it can't be read."""
    of_sets = _stamp(place(ref.sets), *(f"{name}.csv" for name in SETS)) if ref.sets is not None else None
    return _select(ref, options, (_stamp_of_take(ref), of_sets))


def laps_of(ref: TakeRef) -> dict[str, Lap]:
    """The laps of a take, by their names."""
    return {lap.name: lap for lap in _take(ref).laps}


def _stamp_of_take(ref: TakeRef) -> tuple[tuple[str, float, int] | None, ...]:
    names = (DATA_FILE, DISCARDS_FILE, take_file_name(ref.number), ticks_file_name(ref.number))
    return _stamp(place(ref.folder), *names)


def _stamp(folder: Path, *names: str) -> tuple[tuple[str, float, int] | None, ...]:
    """Another one where one of the files is another one."""
    return tuple(_stamp_of(folder / name) for name in names)


def _stamp_of(path: Path) -> tuple[str, float, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return path.name, told.st_mtime, told.st_size


@lru_cache(maxsize=2)
def _select(ref: TakeRef, options: ExportOptions, stamps: tuple[object, object]) -> Selection:
    take = _take(ref)
    members = _rows_of_sets(ref.sets, stamps[1])[ref.take_id] if ref.sets is not None else None
    facts = _facts(take, options)
    columns = _columns(ref, options)
    left_out: Counter[str] = Counter()
    nothing = _schema(columns).empty_table()
    found = {split: [nothing] for split in (SPLITS.values() if members is not None else [TRAIN])}
    in_sets = 0
    for table in take.batches(_BATCH, [column.source for column in columns if column.of_ticks]):
        keeps, why = _kept(table, options, has_ticks=take.ticks is not None)
        for split, chosen_rows, weights in _by_split(table, members):
            left_out.update({name: int(np.count_nonzero(taken & chosen_rows)) for name, taken in why.items()})
            in_sets += int(np.count_nonzero(chosen_rows))
            rows = np.flatnonzero(chosen_rows & keeps)
            if len(rows):
                found[split].append(_exported(table.take(pa.array(rows)), columns, take, facts, weights[rows]))
    if members is not None:
        left_out[_NO_ROW] = sum(map(len, members.frames.values())) - in_sets
    tables = {split: pa.concat_tables(parts).combine_chunks() for split, parts in found.items()}
    if options.fps is not None:
        for split, table in tables.items():
            tables[split], taken = resample(table, options.fps)
            left_out.update(taken)
    return Selection(tables, {why: count for why, count in left_out.items() if count}, facts)


def _take(ref: TakeRef) -> Take:
    folder = place(ref.folder)
    indexed = _folder(ref.folder, _stamp(folder, DATA_FILE))
    if ref.number not in indexed.rows and not (folder / take_file_name(ref.number)).exists():
        raise UserError(f"take {ref.number:02d} of {ref.folder} is gone")
    return Take(indexed, ref.number, _discards(ref.folder, _stamp(folder, DISCARDS_FILE)))


@lru_cache(maxsize=2)
def _folder(folder: str, _stamp_then: object) -> Folder:
    """Where the rows of each take are: a pass over data.csv, for all takes of it together."""
    return Folder(place(folder))


@lru_cache(maxsize=2)
def _discards(folder: str, _stamp_then: object) -> Discards:
    return read_discards(place(folder))


def _facts(take: Take, options: ExportOptions) -> dict[str, Any]:
    told = take.description.facts if take.description is not None else {}
    names = (*_FACTS, "driver") if options.driver_name else _FACTS
    # Half of a surrogate pair, in the name of a car, say, is nothing that a file can hold.
    return {name: str(told.get(name) or "").encode("utf-8", "replace").decode() for name in names}


def _columns(ref: TakeRef, options: ExportOptions) -> list[ExportColumn]:
    wanted = chosen(options, ref.sets is not None)
    more = [known()[name] for name in ALWAYS if name != "image"]
    return list(dict.fromkeys([*wanted, *more]))


def _schema(columns: list[ExportColumn]) -> Any:
    named = [(column.name, column.type) for column in columns]
    return pa.schema([("image", pa.string()), *named, ("is_proven", pa.bool_())])


def _kept(table: Any, options: ExportOptions, has_ticks: bool) -> tuple[Any, dict[str, Any]]:
    """Which rows go out, and for each reason which rows it takes. A row is taken by the first that objects."""
    objections = [
        (_DISCARDED, pc.not_equal(pc.cast(table["discarded"], pa.string()), "").to_numpy()),
        (_UNPROVEN, ~table["is_proven"].to_numpy() & (not options.unproven)),
        (_NO_NUMBER, ~_are_numbers(table)),
        (_LOST_TICK, ~(table["tick"].is_valid().to_numpy() & table["game_time"].is_valid().to_numpy()) & has_ticks),
    ]
    keeps, why = np.ones(table.num_rows, dtype=bool), {}
    for name, objects in objections:
        why[name] = keeps & objects
        keeps &= ~objects
    return keeps, why


def _are_numbers(table: Any) -> Any:
    are = np.ones(table.num_rows, dtype=bool)
    for name in _NUMBERS:
        are &= pc.fill_null(pc.is_finite(table[name]), False).to_numpy()
    return are


def _by_split(table: Any, members: _OfTake | None) -> Iterator[tuple[str, Any, Any]]:
    """(split, which rows of the table are in it, the weight of each)."""
    count = table.num_rows
    if members is None:
        yield TRAIN, np.ones(count, dtype=bool), np.ones(count, dtype=np.float32)
        return
    frames = table["frame"].to_numpy()
    for split, numbers in members.frames.items():
        at = np.minimum(np.searchsorted(numbers, frames), len(numbers) - 1)
        yield split, numbers[at] == frames, members.weights[split][at]


def _exported(table: Any, columns: list[ExportColumn], take: Take, facts: dict[str, Any], weights: Any) -> Any:
    """The rows with the names and types with which they go out."""
    count = table.num_rows
    made: dict[str, Any] = {"image": table["image"]}
    for column in columns:
        if column.source:
            made[column.name] = _cast(table[column.source], column)
        elif column.name == "weight":
            made[column.name] = pa.array(weights)
        elif column.name == "place":
            at = (table["spline_position"].to_numpy() * PLACES).clip(0, PLACES - 1).astype(np.int32)
            made[column.name] = pa.array(at)
        else:
            made[column.name] = pa.repeat(take.name if column.name == "take" else facts[column.name], count)
    return pa.table({**made, "is_proven": table["is_proven"]}, schema=_schema(columns))


def _cast(values: Any, column: ExportColumn) -> Any:
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), column.type)
    if column.type == pa.string():
        return pc.fill_null(pc.cast(values, pa.string()), "")
    if pa.types.is_string(values.type):  # one of its lines holds no number, and is none here either
        return number_or_null(values, column.type)
    return pc.cast(values, column.type, safe=False)
