"""How a sample is written: its row in data.csv, its line in NN_ticks.csv, its comment in the JPEG."""

import json
import math
import struct
from decimal import Decimal
from typing import Any

from ..link.sample import HOLD_REASONS, UNKNOWN, Sample

COMMENT_FORMAT = 1
COLUMNS = 15

# What only the shared-memory pages say; UNKNOWN where a page is missing.
_PAGE_INTEGERS = {"tyres_out", "in_pit", "in_pit_lane", "status", "session", "physics_packet", "graphics_packet"}
# Made in double precision; every other number with a fraction is a C float of the game.
_DOUBLES = {"time", "game_time", "delta_t", "performance_gain"}
_FIRST_FLOAT = Sample._fields.index("time")

_ROW_FLOATS = (
    "gas",
    "brake",
    "clutch",
    "steer",
    "acc_lateral",
    "acc_longitudinal",
    "speed_mph",
    "spline_position",
    "performance_meter",
    "performance_gain",
)
_NEEDED = (*_ROW_FLOATS, "time", "game_time", "delta_t")
_FLOAT32 = struct.Struct("<f")

TICK_COLUMNS = (*Sample._fields, "image", "outcome", "grab_start", "grab_end", "paired_by")
TICK_HEADER = ",".join(TICK_COLUMNS) + "\n"


def is_recordable(sample: Sample) -> bool:
    """Whether everything that a row needs, and the order in time, is a finite number."""
    return all(math.isfinite(getattr(sample, name)) for name in _NEEDED)


def row_of(image: str, sample: Sample) -> list[str]:
    """The 15 columns A-O of data.csv."""
    return [
        image,
        decimal(sample.gas),
        decimal(sample.brake),
        decimal(sample.clutch),
        str(sample.gear),
        decimal(sample.steer),
        decimal(sample.acc_lateral),
        decimal(sample.acc_longitudinal),
        decimal(sample.speed_mph),
        "TRUE" if sample.lap_valid else "FALSE",
        _seconds(sample.lap_time_ms),
        _seconds(sample.best_lap_ms),
        decimal(sample.spline_position),
        decimal(sample.performance_meter),
        decimal(sample.performance_gain),
    ]


def row_bytes(row: list[str]) -> bytes:
    """A row as it stands in data.csv. No column ever holds a comma or a quotation mark."""
    return (",".join(row) + "\n").encode("ascii")


def decimal(value: float) -> str:
    """The shortest decimal number that reads back as the same value, without an exponent.

    A value that a C float holds exactly came from one, so it must only read back as the same C float.
    """
    if value == 0:
        return "0"
    text = repr(value)
    if _as_float32(value) == value:
        for digits in (6, 7, 8, 9):
            shorter = f"{value:.{digits}g}"
            if _as_float32(float(shorter)) == value:
                text = shorter
                break
    if "e" in text:
        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def _as_float32(value: float) -> float | None:
    try:
        result: float = _FLOAT32.unpack(_FLOAT32.pack(value))[0]
    except OverflowError:
        return None
    return result


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"


def _tick_format() -> str:
    parts = []
    for index, name in enumerate(Sample._fields):
        if index < _FIRST_FLOAT:
            parts.append("%s" if name == "hold" or name in _PAGE_INTEGERS else "%d")
        else:
            parts.append("%r" if name in _DOUBLES else "%.9g")
    return ",".join(parts)


_TICK_FORMAT = _tick_format()
_HOLD_AT = Sample._fields.index("hold")
_PAGE_INTEGERS_AT = [Sample._fields.index(name) for name in sorted(_PAGE_INTEGERS)]
_NO_SAMPLE = "," * (len(Sample._fields) - 1)


def tick_line(
    tick: int,
    sample: Sample | None,
    outcome: str,
    image: str = "",
    grabbed: tuple[float, float] | None = None,
    paired_by: str = "",
) -> str:
    """One line of NN_ticks.csv. A number that the game did not give is left empty."""
    if sample is None:
        values = f"{tick}{_NO_SAMPLE}"
    else:
        columns: list[Any] = list(sample)
        columns[_HOLD_AT] = hold_name(sample.hold)
        for index in _PAGE_INTEGERS_AT:
            if columns[index] == UNKNOWN:
                columns[index] = ""
        values = _TICK_FORMAT % tuple(columns)
        if "n" in values[values.index(",") :]:
            values = _without_nonsense(columns)
    start, end = (f"{grabbed[0]:.6f}", f"{grabbed[1]:.6f}") if grabbed else ("", "")
    return f"{values},{image},{outcome},{start},{end},{paired_by}\n"


def hold_name(hold: int) -> str:
    """The name of a hold code. A code that no version of the game side knows counts as invalid telemetry."""
    return HOLD_REASONS[hold] if 0 <= hold < len(HOLD_REASONS) else HOLD_REASONS[-1]


def _without_nonsense(columns: list[Any]) -> str:
    """The line's numbers where some are NaN or infinite, or a hold's name has an n in it."""
    forms = _TICK_FORMAT.split(",")
    return ",".join(
        "" if isinstance(value, float) and not math.isfinite(value) else form % value
        for form, value in zip(forms, columns, strict=True)
    )


def comment_of(row: list[str], sample: Sample, grabbed: tuple[float, float], paired_by: str) -> bytes:
    """What the JPEG carries: enough to write its row, and its line in NN_ticks.csv, again."""
    tick: dict[str, Any] = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in zip(Sample._fields, sample, strict=True)
    }
    tick["grab_start"], tick["grab_end"] = (round(moment, 6) for moment in grabbed)
    tick["paired_by"] = paired_by
    return json.dumps({"synclogger": COMMENT_FORMAT, "row": row, "tick": tick}, separators=(",", ":")).encode("ascii")
