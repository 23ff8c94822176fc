"""A row of data.csv: 15 columns, no header, one row per saved picture."""

import math
import re
from decimal import Decimal
from typing import NamedTuple

from ..link.sample import Sample
from .c_float import as_float32
from .names import FRAME_FORM, TAKE_FORM


class Row(NamedTuple):
    """The columns A to O as values."""

    image: str
    gas: float  # 0..1
    brake: float  # 0..1
    clutch: float  # 0..1, 1 = released
    gear: int  # -1 reverse, 0 neutral, 1 first, ...; NaN where a reader found no number
    steer: float  # degrees of the steering wheel
    acc_lateral: float  # G
    acc_longitudinal: float  # G
    speed_mph: float
    lap_valid: bool
    lap_time: float  # seconds
    best_lap: float  # seconds, 0 before there is one
    spline_position: float  # 0..1
    performance_meter: float  # seconds, negative = faster
    performance_gain: float  # seconds per second, positive = faster


COLUMNS = len(Row._fields)

# What the columns are made of, and what orders ticks in time.
_NEEDED = (
    "gas", "brake", "clutch", "steer", "acc_lateral", "acc_longitudinal", "speed_mph", "spline_position",
    "performance_meter", "performance_gain", "time", "game_time", "delta_t",
)  # fmt: skip
_TRUTHS = {"TRUE": True, "FALSE": False}
_IMAGE_AT, _GEAR_AT, _TRUTH_AT = (Row._fields.index(name) for name in ("image", "gear", "lap_valid"))
_NUMBER = "-?[0-9]{1,400}(?:\\.[0-9]{1,400})?"
_VALUES = ",".join("(?:TRUE|FALSE)" if at == _TRUTH_AT else _NUMBER for at in range(1, COLUMNS))
_ROW = re.compile(f"[^,\n]*,{_VALUES}")
_OUR_ROW = re.compile(f"({TAKE_FORM})_({FRAME_FORM})\\.jpg,{_VALUES}".encode())
# What a line of ours begins with, and what is left of it when it was cut anywhere.
_OUR_START = re.compile(f"({TAKE_FORM})_({FRAME_FORM})\\.jpg,".encode())
_BEGUN = re.compile(rb"[0-9]{1,9}(?:_[0-9]{0,12}(?:\.(?:j(?:p(?:g(?:,.*)?)?)?)?)?)?", re.DOTALL)
# Other programs' rows of the same 15 columns, which name pictures in any format.
_OTHER_ROW = re.compile(f"({TAKE_FORM})_[0-9]+\\.[A-Za-z0-9]{{1,5}}(?:,[^,\n]*){{{COLUMNS - 1}}}".encode())


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


def row_bytes(columns: list[str]) -> bytes:
    """A row as it stands in data.csv. No column ever holds a comma or a quotation mark."""
    return (",".join(columns) + "\n").encode("ascii")


def read_row(columns: list[str]) -> Row | None:
    """The values of a row; None where these are no 15 columns as we write them."""
    if not are_columns(columns):
        return None
    values: list[str | float | int | bool] = []
    for at, text in enumerate(columns):
        if at == _IMAGE_AT:
            values.append(text)
        elif at == _TRUTH_AT:
            values.append(_TRUTHS[text])
        else:
            values.append(int(text) if at == _GEAR_AT and "." not in text else float(text))
    return Row(*values)  # type: ignore[arg-type]


def split_row(line: bytes) -> list[str] | None:
    """The columns of a line without its end; None when it is no row as we write it."""
    try:
        columns = line.decode("ascii").split(",")
    except UnicodeDecodeError:
        return None
    return columns if are_columns(columns) else None


def row_key(line: bytes) -> tuple[int, int] | None:
    """(take, frame) of a line without its end; None when it is no row as we write it."""
    found = _OUR_ROW.fullmatch(line)
    return (int(found.group(1)), int(found.group(2))) if found else None


def take_of_line(line: bytes) -> int:
    """The take of the picture that a line, or what is left of it, begins with; 0 when that can't be told."""
    found = _OUR_START.match(line)
    return int(found.group(1)) if found else 0


def other_row_take(line: bytes) -> int:
    """The number that a row of 15 columns begins with, whoever wrote it and however; 0 for any other line."""
    found = _OTHER_ROW.fullmatch(line.removesuffix(b"\r"))
    return int(found.group(1)) if found else 0


def is_half_row(piece: bytes) -> bool:
    """Whether a piece without a line's end can be what a crash left of a row of ours."""
    return b"\0" in piece or _BEGUN.fullmatch(piece) is not None


def are_columns(columns: list[str]) -> bool:
    """Whether the texts have the form of the 15 columns."""
    return len(columns) == COLUMNS and _ROW.fullmatch(",".join(columns)) is not None


def decimal(value: float) -> str:
    """The shortest decimal number that reads back as the same value, without an exponent, with a decimal point.

    The point stands also in whole numbers: loaders guess a column's type from its first rows, and one that begins with
    `0` or `1` would be taken for whole numbers. A value that a C float holds exactly came from one, so it must only
    read back as the same C float.
    """
    if value == 0:
        return "0.0"
    text = repr(value)
    if as_float32(value) == value:
        for digits in (6, 7, 8, 9):
            shorter = f"{value:.{digits}g}"
            if as_float32(float(shorter)) == value:
                text = shorter
                break
    if "e" in text:
        text = format(Decimal(text), "f")
    return text if "." in text else f"{text}.0"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"
