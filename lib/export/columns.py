"""The columns that go out: of each its Arrow type, which is never guessed from the values, its unit, sign and meaning.

A loader that guesses takes a pedal that is 1 and 0 for long for a whole number, and reads 0.5 as 0.
"""

from __future__ import annotations

import difflib
from functools import cache
from typing import Any, NamedTuple

import pyarrow as pa

from ..captures.columns import ROW_COLUMNS, TICK_FILE_COLUMNS
from ..captures.ticks import DOUBLES, PAGE_KINDS, SAMPLE_COLUMNS
from ..dataset.options import OptionError
from .options import ExportOptions

# What every format is handed beside the columns that are asked for.
ALWAYS = (
    "image", "take_id", "frame", "lap", "tick", "game_time_s", "lap_time_s", "gas", "brake", "gear", "steer_deg",
    "acc_lateral_g", "acc_longitudinal_g", "speed_mph", "performance_meter_s",
)  # fmt: skip


class ExportColumn(NamedTuple):
    """One column, for the files and for the card."""

    name: str
    type: Any  # of Arrow
    unit: str  # or range; "" where it is a word, a name or a count
    meaning: str  # with the sign, where it has one
    source: str = ""  # its name in the tables of `Take.batches`; "": made here
    of_ticks: bool = False  # a column of NN_ticks.csv that a table has only where it is asked for


_OF_ROW = {column.name: column for column in ROW_COLUMNS}
_FLOAT, _DOUBLE, _INT, _LONG, _TEXT = pa.float32(), pa.float64(), pa.int32(), pa.int64(), pa.string()


def _row(name: str, source: str, kind: Any) -> ExportColumn:
    told = _OF_ROW[source]
    return ExportColumn(name, kind, told.unit, told.meaning, source)


# In the order and with the names of a set's rows. What is a C float in the game is one here.
OF_SETS = (
    ExportColumn("take_id", _TEXT, "", "the recording", "take_id"),
    ExportColumn("take", _TEXT, "", "its number in its folder"),
    ExportColumn("frame", _LONG, "from 1", "the number of the picture in the take", "frame"),
    ExportColumn("lap", _TEXT, "", "02@3: take 02, three laps completed before; empty = not known", "lap"),
    ExportColumn("place", _INT, "0..15", "the sixteenth of the track"),
    ExportColumn("weight", _FLOAT, "1 on average", "how much the frame should count in training"),
    ExportColumn("tick", _LONG, "from 1", "the game's frame that the picture shows; missing = not known", "tick"),
    ExportColumn("game_time_s", _DOUBLE, "s", "game time since the app was loaded; missing = not known", "game_time"),
    _row("gas", "gas", _FLOAT),
    _row("brake", "brake", _FLOAT),
    _row("clutch", "clutch", _FLOAT),
    _row("gear", "gear", _INT),
    _row("steer_deg", "steer", _FLOAT),
    _row("acc_lateral_g", "acc_lateral", _FLOAT),
    _row("acc_longitudinal_g", "acc_longitudinal", _FLOAT),
    _row("speed_mph", "speed_mph", _FLOAT),
    _row("lap_valid", "lap_valid", pa.bool_()),
    _row("lap_time_s", "lap_time", _DOUBLE),
    _row("best_lap_s", "best_lap", _DOUBLE),
    _row("spline_position", "spline_position", _FLOAT),
    _row("performance_meter_s", "performance_meter", _FLOAT),
    _row("performance_gain", "performance_gain", _FLOAT),
)
# The same in every row of a take.
OF_TAKES = (
    ExportColumn("car", _TEXT, "", "the car"),
    ExportColumn("track", _TEXT, "", "the track"),
    ExportColumn("layout", _TEXT, "", "its layout; empty = it has one only, or it is not known"),
    ExportColumn("driver", _TEXT, "", "the driver's name in the game; only with --driver-name"),
)


def _type_of_tick(name: str) -> Any:
    if name in PAGE_KINDS:
        return {"i": _LONG, "f": _FLOAT}.get(PAGE_KINDS[name], _TEXT)
    if name in SAMPLE_COLUMNS[: SAMPLE_COLUMNS.index("time")]:
        return _TEXT if name == "hold" else _LONG
    if name in SAMPLE_COLUMNS:
        return _DOUBLE if name in DOUBLES else _FLOAT
    return _DOUBLE if name.startswith("grab_") else _TEXT


@cache
def known() -> dict[str, ExportColumn]:
    """Every column that can go out, by its name."""
    there = {column.name: column for column in (*OF_SETS, *OF_TAKES)}
    sources = {column.source for column in OF_SETS}
    for column in TICK_FILE_COLUMNS:
        name = column.name
        if name not in there and name not in sources and name != "image":
            there[name] = ExportColumn(name, _type_of_tick(name), column.unit, column.meaning, name, of_ticks=True)
    return there


def chosen(options: ExportOptions, has_sets: bool) -> tuple[ExportColumn, ...]:
    """The columns that go out. Raise OptionError for a name that there is not."""
    columns, names = known(), options.columns
    for name in names:
        if name == "image":
            raise OptionError("--columns image: the picture always goes out, name the columns beside it")
        if name not in columns:
            close = difflib.get_close_matches(name, columns, 3)
            what = f"did you mean {' or '.join(close)}?" if close else "docs/export.md names them all"
            raise OptionError(f"--columns: there is no column {name!r}; {what}")
        if name == "driver" and not options.driver_name:
            raise OptionError("--columns driver: the driver's name goes out with --driver-name only")
        if name == "weight" and not has_sets:
            raise OptionError("--columns weight: only sets have it; make them with `split` and export their folder")
    plain = [column.name for column in OF_SETS if has_sets or column.name != "weight"]
    wanted = list(dict.fromkeys(names)) or plain
    if options.driver_name and "driver" not in wanted:
        wanted.append("driver")
    return tuple(columns[name] for name in wanted)
