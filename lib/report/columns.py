"""The values of every picture as columns of numbers, small enough to stand inside the page."""

import base64
import math
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..captures.names import picture_name
from ..captures.vocabulary import PairedBy
from ..progress import Progress, no_progress
from ..recordings import Frame, Recordings, Take

# The page keeps within 30 MB with this many; of more pictures it shows every second, third, ...
MOST_PICTURES = 240_000

# Each column with the type of its numbers, as `array` calls it.
TYPES = {
    "frame": "d",
    "time": "f",  # seconds since the take's first picture
    "gas": "f",
    "brake": "f",
    "clutch": "f",
    "gear": "b",
    "steer": "f",  # degrees
    "acc_lateral": "f",  # G
    "acc_longitudinal": "f",
    "speed_mph": "f",
    "lap_valid": "B",
    "lap_time": "f",  # seconds
    "position": "f",  # share of the lap
    "delta": "f",  # seconds to the best lap, negative = faster
    "lap": "H",  # index into the laps; NO_LAP where nothing says
    "paired": "B",  # index into the words of PairedBy; NO_WORD where nothing says
    "discarded": "H",  # 0, or 1 + the index into `reasons`
    "x": "f",  # where the car is, in metres; NaN where nothing says
    "z": "f",
    "lag": "f",  # milliseconds from the tick to the grab whose picture shows it
}
NO_LAP = 0xFFFF
NO_WORD = 0xFF
_MOST_REASONS = 1000
_PAIRED = {word: index for index, word in enumerate(PairedBy)}
_PICTURES_BETWEEN_REPORTS = 2000


@dataclass
class Columns:
    """The pictures of all takes, one after the other."""

    values: "dict[str, array[Any]]" = field(default_factory=lambda: {name: array(kind) for name, kind in TYPES.items()})
    reasons: list[str] = field(default_factory=list)  # why pictures were discarded
    starts: list[int] = field(default_factory=list)  # where each take begins, and where the last one ends
    first_laps: list[int] = field(default_factory=list)  # of each take: the index of its first lap among all laps
    other_names: list[dict[int, str]] = field(default_factory=list)  # of each take: pictures not named as ours are
    every: int = 1  # only each so-manieth picture of a take is in here

    def __len__(self) -> int:
        return len(self.values["frame"])

    def of_take(self, take: int, name: str) -> "array[Any]":
        """One column of the take with this index."""
        return self.values[name][self.starts[take] : self.starts[take + 1]]

    def content(self) -> dict[str, dict[str, str]]:
        """For the page: little-endian numbers as base64."""
        return {
            name: {"type": TYPES[name], "data": base64.b64encode(_little_endian(values)).decode("ascii")}
            for name, values in self.values.items()
        }


def read_columns(recordings: Recordings, progress: Progress = no_progress, most: int = MOST_PICTURES) -> Columns:
    """The values of every picture that has a row."""
    columns = Columns(every=max(1, math.ceil(len(recordings) / most)))
    done = laps = 0
    for take in recordings.takes:
        columns.first_laps.append(laps)
        columns.starts.append(len(columns))
        columns.other_names.append({})
        clock = _Clock()
        for index, (frame, place) in enumerate(_with_places(take)):
            done += 1
            if done % _PICTURES_BETWEEN_REPORTS == 0:
                progress("rows read", done, len(recordings))
            time = clock.seconds(frame)
            if index % columns.every == 0:
                _add(columns, frame, time, place)
        laps += len(take.laps)
    columns.starts.append(len(columns))
    progress("rows read", len(recordings), len(recordings))
    return columns


class _Clock:
    """Seconds since a take's first picture. A float32 keeps milliseconds over hours only when counted from there."""

    def __init__(self) -> None:
        self._before: float | None = None
        self._seconds = 0.0

    def seconds(self, frame: Frame) -> float:
        """Of the frame that comes next. Where no tick says it, lap times are added up."""
        now = frame.row.lap_time if frame.tick is None else frame.tick.game_time
        step = 0.0 if self._before is None else now - self._before
        if step > 0:  # the clock falls at the line where it is the lap's, and in a session that begins again
            self._seconds += step
        self._before = now
        return self._seconds


class _Place(NamedTuple):
    """What a line of the ticks says beside what the reader hands out."""

    x: float = math.nan
    z: float = math.nan
    lag: float = math.nan


def _add(columns: Columns, frame: Frame, time: float, place: _Place) -> None:
    row = frame.row
    lap = NO_LAP if frame.lap is None else columns.first_laps[-1] + frame.lap.index
    told = (
        frame.number, time, row.gas, row.brake, row.clutch, _gear(row.gear), row.steer, row.acc_lateral,
        row.acc_longitudinal, row.speed_mph, row.lap_valid, row.lap_time, row.spline_position, row.performance_meter,
        min(lap, NO_LAP), NO_WORD if frame.paired_by is None else _PAIRED[frame.paired_by],
        _reason(columns.reasons, frame.discarded), *place,
    )  # fmt: skip
    for values, value in zip(columns.values.values(), told, strict=True):
        values.append(value)
    if frame.image != picture_name(frame.take.number, frame.number):
        columns.other_names[-1][len(columns) - 1 - columns.starts[-1]] = frame.image


def _gear(gear: float) -> int:
    """As a byte; one that is no number, which `check` finds, as neutral."""
    return max(-128, min(127, int(gear))) if math.isfinite(gear) else 0


def _reason(reasons: list[str], why: str) -> int:
    if not why:
        return 0
    if why not in reasons:
        if len(reasons) == _MOST_REASONS:
            return _MOST_REASONS
        reasons.append(why)
    return 1 + reasons.index(why)


# So many ticks of pictures that have no row are passed over, as the reader itself does.
_MOST_PASSED = 100_000


def _with_places(take: Take) -> Iterator[tuple[Frame, _Place]]:
    """Each frame with what its line says; lines and frames stand in the same order, but some may be missing."""
    lines = iter(()) if take.ticks is None else take.ticks.lines(("image", "world_x", "world_z", "time", "grab_start"))
    told = ((line[0].decode("ascii", "replace"), _place(*line[1:])) for line in lines if line[0])
    passed: dict[str, _Place] = {}
    for frame in take.frames():
        place = passed.pop(frame.image, None) if frame.tick is not None else _Place()
        while place is None:
            image, found = next(told, (frame.image, _Place()))
            if image == frame.image:
                place = found
            elif len(passed) < _MOST_PASSED:
                passed[image] = found
        yield frame, place


def _place(x: bytes, z: bytes, time: bytes, grab_start: bytes) -> _Place:
    return _Place(_number(x), _number(z), (_number(grab_start) - _number(time)) * 1000)


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _little_endian(values: "array[Any]") -> bytes:
    if sys.byteorder == "big":
        values = array(values.typecode, values)
        values.byteswap()
    return values.tobytes()
