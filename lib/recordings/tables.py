"""Rows with their ticks, laps and discards as Arrow tables: what `Take.frames` gives, without a Python object for each.

Needs the tools' extra. What is written as it should be is read by pyarrow; lines that are not go the way of the
standard library, so that both ways give the same.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from ..captures.row import Row
from ..captures.vocabulary import PairedBy, Proof
from .laps import Lap, LapTick, find_laps
from .rows import Dialect, parse_row
from .tick_table import MOST_WHOLE, TickTable


class Source(Protocol):
    """What a table is made of: a take."""

    @property
    def name(self) -> str: ...
    @property
    def take_id(self) -> str: ...
    @property
    def dialect(self) -> Dialect: ...
    @property
    def ticks(self) -> TickTable | None: ...
    @property
    def laps(self) -> tuple[Lap, ...]: ...
    @property
    def discards(self) -> list[tuple[int, int, str]]: ...
    @property
    def frame_numbers(self) -> memoryview: ...
    def lines(self, begin: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]: ...
    def bytes_of_rows(self, begin: int, end: int) -> bytes | None: ...


_BLOCK = 1 << 20
_TRUE, _FALSE = ["TRUE", "True", "true"], ["FALSE", "False", "false"]
_NULLS = ["", "nan", "NaN", "NAN"]
_NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
_ROW_TYPES = {
    name: {"image": pa.string(), "gear": pa.float64(), "lap_valid": pa.bool_()}.get(name, pa.float64())
    for name in Row._fields
}
_PROVEN = [str(word) for word in PairedBy if word.proof is Proof.PROVEN]
# What laps are found by, and what changes at a line or at the pits.
_LAP_TYPES = {
    "tick": pa.int64(), "game_time": pa.float64(), "lap_count": pa.int64(), "lap_time_ms": pa.float64(),
    "last_lap_ms": pa.float64(), "lap_valid": pa.int64(), "in_pit": pa.int64(), "in_pit_lane": pa.int64(),
}  # fmt: skip
# What must be possible in a line that tells of a tick, and of a lap.
_OF_TICK, _OF_LAP = ("tick", "game_time", "lap_count"), ("lap_time_ms", "last_lap_ms")
_FRAME_TYPES = {"image": pa.string(), "paired_by": pa.string()}


def batches(take: Source, size: int, ticks: tuple[str, ...]) -> Iterator[pa.Table]:
    """Tables of so many rows each, in the order of the frames. `ticks` names further columns of the ticks."""
    if take.ticks is None or not {"image", "tick", "lap_time_ms"} <= {*take.ticks.columns}:
        found, of_frames = take.laps, None
    else:
        found, of_frames = _read_ticks(take, take.ticks, ticks)
    at = 0
    for rows in _rows(take, size):
        table = _with_ticks(rows, of_frames, ticks, at)
        at += rows.num_rows
        yield _with_laps(table, take, found)


def empty(take: Source, ticks: tuple[str, ...]) -> pa.Table:
    """The table of a take without rows."""
    rows = _table([], [])
    return _with_laps(_with_ticks(rows, None, ticks, 0), take, ())


# --------------------------------------------------------------------------------------------------------- rows


def _rows(take: Source, size: int) -> Iterator[pa.Table]:
    """The frame and the columns A to O of each row."""
    for first in range(0, len(take.frame_numbers), size):
        last = min(first + size, len(take.frame_numbers))
        content = take.bytes_of_rows(first, last)
        table = _parsed(take, first, last, content) if content is not None else None
        yield table if table is not None else _parsed_in_python(take, first, last)


def _parsed(take: Source, first: int, last: int, content: bytes) -> pa.Table | None:
    """By pyarrow; None where a line is no row as it should be."""
    dialect = take.dialect
    try:
        table = csv.read_csv(
            io.BytesIO(content),
            read_options=csv.ReadOptions(column_names=list(Row._fields), block_size=_BLOCK),
            parse_options=csv.ParseOptions(delimiter=dialect.delimiter.decode(), quote_char=False),
            convert_options=csv.ConvertOptions(
                column_types=_ROW_TYPES, null_values=_NULLS, true_values=_TRUE, false_values=_FALSE,
                decimal_point="," if dialect.has_decimal_comma else ".",
            ),
        )  # fmt: skip
    except pa.ArrowInvalid:
        return None
    if table.num_rows != last - first or table["lap_valid"].null_count:
        return None
    columns = {name: pc.fill_null(table[name], np.nan) for name in Row._fields if name not in ("image", "lap_valid")}
    columns["gear"] = _as_gear(columns["gear"])
    columns |= {"image": _image(table["image"]), "lap_valid": table["lap_valid"]}
    frames = pa.array(np.frombuffer(take.frame_numbers, dtype=np.uint64)[first:last].astype(np.int64))
    return pa.table({"frame": frames, **{name: columns[name] for name in Row._fields}})


def _image(column: Any) -> Any:
    """Without the folders and the marks around it that other programs put there."""
    bare = pc.utf8_trim(column, characters=' "')
    if not pc.any(pc.match_substring_regex(bare, r"[/\\]")).as_py():
        return bare
    return pc.struct_field(pc.extract_regex(bare, r"(?P<name>[^/\\]+)$"), "name")


def _as_gear(column: Any) -> Any:
    """Whole numbers; null where there is none."""
    known = pc.if_else(pc.is_finite(column), column, pa.scalar(None, pa.float64()))
    return pc.cast(known, pa.int32(), safe=False)


def _parsed_in_python(take: Source, first: int, last: int) -> pa.Table:
    frames, rows = [], []
    for number, line in take.lines(first, last):
        row = parse_row(line, take.dialect)
        if row is not None:
            frames.append(number)
            rows.append(row)
    return _table(frames, rows)


def _table(frames: list[int], rows: list[Row]) -> pa.Table:
    types = {**_ROW_TYPES, "gear": pa.int32()}
    columns = list(zip(*rows, strict=True)) or [()] * len(Row._fields)
    arrays = {
        name: pa.array(column, types[name], from_pandas=name == "gear")  # where NaN is null
        for name, column in zip(types, columns, strict=True)
    }
    return pa.table({"frame": pa.array(frames, pa.int64()), **arrays})


# -------------------------------------------------------------------------------------------------------- ticks


def _read_ticks(take: Source, ticks: TickTable, more: tuple[str, ...]) -> tuple[tuple[Lap, ...], pa.Table]:
    """The laps of a take, and of each tick that became a picture what was asked for."""
    types = {**_LAP_TYPES, **_FRAME_TYPES, **{name: pa.string() for name in more if name not in _LAP_TYPES}}
    there = [name for name in types if name in ticks.columns]
    wanted = [name for name in ("image", "tick", "game_time", "lap_count", "paired_by", *more) if name in there]
    saved, turns = [], list[LapTick]()
    before: LapTick | None = None
    for batch in _tick_batches(ticks, {name: types[name] for name in there}):
        told = batch.filter(pc.and_(pc.is_valid(batch["lap_time_ms"]), pc.is_valid(batch["tick"])))
        found, before = _turns(told, before)
        turns += found
        saved.append(batch.filter(pc.greater(pc.utf8_length(batch["image"]), 0)).select(wanted))
    if before is not None:
        turns.append(before)
    schema = pa.schema([(name, types[name]) for name in wanted])
    return find_laps(take.name, turns), pa.concat_tables(saved) if saved else schema.empty_table()


def _tick_batches(ticks: TickTable, types: dict[str, Any]) -> Iterator[pa.Table]:
    done = 0
    try:
        for batch in _tick_lines(ticks, types):
            done += batch.num_rows
            yield _without_nonsense(batch)
    except pa.ArrowInvalid:  # there is no line in it, or a word where a number should be
        yield from _with_words(ticks, types, done)


def _with_words(ticks: TickTable, types: dict[str, Any], done: int) -> Iterator[pa.Table]:
    """Behind the lines that are done: a word where a number should be is missing, and no line is lost for it."""
    try:
        for texts in _tick_lines(ticks, dict.fromkeys(types, pa.string())):
            batch = texts.slice(min(done, texts.num_rows))
            done -= texts.num_rows - batch.num_rows
            yield _without_nonsense(pa.table({name: number_or_null(batch[name], kind) for name, kind in types.items()}))
    except pa.ArrowInvalid:
        return  # there is no line in it


def _without_nonsense(batch: pa.Table) -> pa.Table:
    """A line whose tick, time or lap count is missing or none of a game's tells nothing of them; so of laps."""
    possible = {name: _is_possible(batch[name]) for name in (*_OF_TICK, *_OF_LAP) if name in batch.column_names}
    of_tick = [possible[name] for name in _OF_TICK if name in possible]
    batch = _only_where(functools.reduce(pc.and_, of_tick), batch, (*_OF_TICK, "paired_by"))
    of_lap = [pc.or_(possible[name], pc.is_null(batch[name])) for name in _OF_LAP if name in possible]
    return _only_where(functools.reduce(pc.and_, of_lap), batch, _OF_LAP)


def _only_where(tells: Any, batch: pa.Table, names: tuple[str, ...]) -> pa.Table:
    """These columns are null where a line tells nothing."""
    if pc.all(tells).as_py() is not False:
        return batch
    for at, name in enumerate(batch.column_names):
        if name in names:
            column = pc.if_else(tells, batch[name], pa.scalar(None, batch[name].type))
            batch = batch.set_column(at, name, column)
    return batch


def _is_possible(column: Any) -> Any:
    """Of each value whether it is one."""
    if pa.types.is_floating(column.type):
        return pc.fill_null(pc.is_finite(column), False)
    least, most = pa.scalar(-MOST_WHOLE, column.type), pa.scalar(MOST_WHOLE, column.type)
    return pc.fill_null(pc.and_(pc.greater_equal(column, least), pc.less_equal(column, most)), False)


def number_or_null(texts: Any, kind: Any) -> Any:
    """A column of text as numbers, null where it is none; text where `kind` is text."""
    if pa.types.is_string(kind):
        return texts
    is_number = pc.match_substring_regex(texts, _NUMBER)
    numbers = pc.cast(pc.if_else(is_number, texts, pa.scalar(None, pa.string())), pa.float64())
    if pa.types.is_integer(kind):
        numbers = pc.if_else(pc.less_equal(pc.abs(numbers), MOST_WHOLE), numbers, pa.scalar(None, pa.float64()))
    return pc.cast(numbers, kind, safe=False)


def _tick_lines(ticks: TickTable, types: dict[str, Any]) -> Iterator[pa.Table]:
    options: dict[str, Any] = {
        "read_options": csv.ReadOptions(column_names=list(ticks.columns), skip_rows=1, block_size=_BLOCK),
        "parse_options": csv.ParseOptions(quote_char=False, invalid_row_handler=_leave_out),
        "convert_options": csv.ConvertOptions(
            include_columns=list(types), column_types=types, null_values=_NULLS, strings_can_be_null=False
        ),
    }
    with ticks.path.open("rb") as file:
        for batch in csv.open_csv(file, **options):
            yield pa.Table.from_batches([batch])


def _leave_out(_row: Any) -> str:
    """A line that is cut costs itself only."""
    return "skip"


def _turns(told: pa.Table, before: LapTick | None) -> tuple[list[LapTick], LapTick | None]:
    """The ticks at which something changes that laps are found by, each with the one before it; and the last tick."""
    number = told.num_rows
    if not number:
        return [], before
    columns = {name: _numbers(told, name) for name in _LAP_TYPES}
    columns["in_pit"] = np.maximum(columns["in_pit"] == 1, columns["in_pit_lane"] == 1)
    changes = np.zeros(number, dtype=bool)
    changes[0] = True
    for name in ("lap_count", "lap_valid", "last_lap_ms", "in_pit"):
        changes[1:] |= columns[name][1:] != columns[name][:-1]
    changes[1:] |= columns["lap_time_ms"][1:] < columns["lap_time_ms"][:-1]
    changes[:-1] |= changes[1:]
    found = [_lap_tick(columns, int(at)) for at in np.flatnonzero(changes)]
    return ([before, *found] if before is not None else found), _lap_tick(columns, number - 1)


def _numbers(told: pa.Table, name: str) -> Any:
    if name not in told.column_names:
        return np.zeros(told.num_rows)
    return pc.fill_null(pc.cast(told[name], pa.float64()), 0.0).to_numpy()


def _lap_tick(columns: dict[str, Any], at: int) -> LapTick:
    return LapTick(
        int(columns["tick"][at]),
        float(columns["game_time"][at]),
        int(columns["lap_count"][at]),
        int(columns["lap_time_ms"][at]) / 1000,
        int(columns["last_lap_ms"][at]) / 1000,
        bool(columns["lap_valid"][at] == 1),
        bool(columns["in_pit"][at]),
    )


def _with_ticks(rows: pa.Table, of_frames: pa.Table | None, more: tuple[str, ...], at: int) -> pa.Table:
    """The rows with what the ticks say of each; null where no line is about it."""
    names = ("tick", "game_time", "lap_count", "paired_by", *more)
    if of_frames is None:
        for name in names:
            kind = _LAP_TYPES.get(name, pa.string() if name == "paired_by" else pa.float64())
            rows = rows.append_column(name, pa.nulls(rows.num_rows, kind))
        return rows.append_column("is_proven", pa.array(np.zeros(rows.num_rows, dtype=bool)))
    here = of_frames.slice(at, rows.num_rows)
    if here.num_rows != rows.num_rows or not here["image"].combine_chunks().equals(rows["image"].combine_chunks()):
        here = of_frames.take(pc.index_in(rows["image"], value_set=of_frames["image"].combine_chunks()))
    for name in names:
        column = here[name] if name in here.column_names else pa.nulls(rows.num_rows, pa.float64())
        rows = rows.append_column(name, _as_numbers(column) if name in more else column)
    proven = pc.fill_null(pc.is_in(rows["paired_by"], value_set=pa.array(_PROVEN)), False)
    return rows.append_column("is_proven", proven)


def _as_numbers(column: Any) -> Any:
    """As numbers where all of it are numbers, else as the text that stands there."""
    if not pa.types.is_string(column.type):
        return column
    filled = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    try:
        return pc.cast(filled, pa.float64())
    except pa.ArrowInvalid:
        return column


# ----------------------------------------------------------------------------------------- laps and discards


def _with_laps(table: pa.Table, take: Source, laps: tuple[Lap, ...]) -> pa.Table:
    """With the lap of each row, and why it is left out of sets where it is."""
    numbers = table["frame"].to_numpy()
    positions = numbers if take.ticks is None else pc.fill_null(table["tick"], -1).to_numpy()
    starts = np.array([lap.first for lap in laps], dtype=np.int64)
    at = np.searchsorted(starts, positions, side="right") - 1
    indices = pa.array(at, pa.int32(), mask=at < 0)
    names = pa.array([lap.name for lap in laps], pa.string())
    table = table.append_column("lap", pa.DictionaryArray.from_arrays(indices, names))
    whys = [""]
    reasons = np.zeros(len(numbers), dtype=np.int32)
    for first, last, why in reversed(take.discards):  # of several that cover a frame, the first counts
        whys.append(why or "discarded")
        begin, end = np.searchsorted(numbers, first), np.searchsorted(numbers, last, side="right")
        reasons[begin:end] = len(whys) - 1
    reason = pa.DictionaryArray.from_arrays(pa.array(reasons), pa.array(whys, pa.string()))
    table = table.append_column("discarded", reason)
    of_take = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(numbers), dtype=np.int32)), pa.array([take.take_id]))
    return table.add_column(0, "take_id", of_take)
