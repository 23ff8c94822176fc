"""train.csv, val.csv and test.csv: one row a frame, with a header, a decimal point in every number with a fraction."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..captures.c_float import as_float32
from ..captures.row import Row, decimal
from ..recordings.recordings import Frame

HEADER = (
    "image", "take_id", "take", "frame", "lap", "place", "weight", "tick", "game_time_s",
    "gas", "brake", "clutch", "gear", "steer_deg", "acc_lateral_g", "acc_longitudinal_g", "speed_mph", "lap_valid",
    "lap_time_s", "best_lap_s", "spline_position", "performance_meter_s", "performance_gain",
)  # fmt: skip

_DOUBLES = ("lap_time", "best_lap")

# A path on Linux may hold bytes that are no UTF-8: they stand in a set as they are.
ODD_BYTES = "surrogateescape"


class SetRow(NamedTuple):
    """One line of a set, read back."""

    image: str  # relative to the folder of the file
    take_id: str
    take: str
    frame: int
    lap: str  # "" where no tick says
    place: int
    weight: float
    tick: int | None
    game_time: float | None  # seconds
    row: Row


def set_line(frame: Frame, image: str, place: int, weight: float) -> str:
    """The line of this frame."""
    row, tick = frame.row, frame.tick
    numbers = [_number(getattr(row, name), name) for name in Row._fields[1:]]
    return ",".join([
        _quoted(image), _quoted(frame.take.take_id), frame.take.name, str(frame.number),
        frame.lap.name if frame.lap is not None else "", str(place), f"{weight:.6f}",
        str(tick.tick) if tick is not None else "", decimal(tick.game_time) if tick is not None else "",
        *numbers,
    ]) + "\n"  # fmt: skip


def _number(value: float, name: str) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    text = decimal(value if name in _DOUBLES else as_float32(value) or value)
    return text if "." in text else f"{text}.0"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n\r') else text


def read_set(path: Path) -> Iterator[SetRow]:
    """Every line of a set. Raise ValueError where one isn't as it was written."""
    import csv

    with path.open(encoding="utf-8", errors=ODD_BYTES, newline="") as file:
        lines = csv.reader(file)
        if tuple(next(lines, ())) != HEADER:
            raise ValueError(f"{path} is no set of this version: make it again with `split`")
        for line in lines:
            image, take_id, take, frame, lap, place, weight, tick, time, *values = line
            truth = HEADER.index("lap_valid") - HEADER.index("gas")
            numbers = [text == "TRUE" if at == truth else float(text) for at, text in enumerate(values)]
            numbers[3] = int(numbers[3])
            yield SetRow(
                image, take_id, take, int(frame), lap, int(place), float(weight), int(tick) if tick else None,
                float(time) if time else None, Row(image.rsplit("/", 1)[-1], *numbers),  # type: ignore[arg-type]
            )  # fmt: skip
