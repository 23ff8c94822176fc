"""Looks at the rows and the ticks of one take: what is missing, what cannot be, how it was driven.

This is the work of one process.
"""

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median

from ..captures.row import Row
from ..captures.vocabulary import Outcome, PairedBy, Proof
from ..recordings.laps import LapKind
from ..recordings.recordings import Frame, Take
from ..recordings.tick_table import whole
from .finding import Finding, Kind, count, runs
from .pictures import row_sum

_METRES_PER_SECOND = 0.44704  # of a mile per hour
_MOVES_MPH = 5.0
_STANDS_MPH = 1.0
_STANDS_SECONDS = 2.0
_STILL_INPUT_SECONDS = 10.0
_STILL_INPUT_MPH = 10.0
# Between two pictures: at least this, and so many times what is usual.
_GAP_SECONDS = 0.5
_GAP_TIMES = 8.0
# The fastest hands turn a wheel by some 1,200 degrees a second.
_JERK_DEGREES_PER_SECOND = 2_000.0
_JERK_DEGREES = 60.0
_JERK_SECONDS = 0.1
_JUMP_SHARE = 0.1  # of the lap
_JUMP_SECONDS = 0.2
_STRAIGHT_DEGREES = 3.0
_STRAIGHT_SHARE = 0.8
# Fewer rows say nothing about how the whole was driven.
_ENOUGH_ROWS = 300

_ROUND = 1e-3
_RANGES = {
    "gas": (-_ROUND, 1 + _ROUND),
    "brake": (-_ROUND, 1 + _ROUND),
    "clutch": (-_ROUND, 1 + _ROUND),
    "gear": (-1, 12),
    "steer": (-2_000, 2_000),
    "acc_lateral": (-200, 200),
    "acc_longitudinal": (-200, 200),
    "speed_mph": (-_ROUND, 400),
    "lap_time": (0, 86_400),
    "best_lap": (0, 86_400),
    "spline_position": (-_ROUND, 1 + _ROUND),
    "performance_meter": (-86_400, 86_400),
    "performance_gain": (-86_400, 86_400),
}
_RANGE_AT = [(Row._fields.index(name), name, *ends) for name, ends in _RANGES.items()]
# What a drive changes, whatever the car. A brake may stay untouched on an oval, and a clutch in most cars.
_CHANGES = ("gas", "steer", "acc_lateral", "acc_longitudinal", "speed_mph", "spline_position")


@dataclass
class TelemetrySeen:
    """What was seen. All of it can stand in JSON, for the cache; the arrays are of the frames that have a row."""

    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    seconds: float = 0.0  # driven, gaps left out
    straight_share: float | None = None  # of the rows in which the car moves
    reversals_per_second: float | None = None  # how often the steering changes its direction
    proof: dict[str, int] = field(default_factory=dict)
    laps: dict[str, int] = field(default_factory=dict)
    laps_cut: int = 0
    best_lap: float | None = None  # of the complete ones that were not cut
    frames: "array[int]" = field(default_factory=lambda: array("Q"))
    sums: "array[int]" = field(default_factory=lambda: array("I"))  # `row_sum` of each
    ways: "array[float]" = field(default_factory=lambda: array("d"))  # metres driven until each


def look_at_take(take: Take) -> TelemetrySeen:
    """Look at all rows and all ticks of it."""
    looker = _Looker(take)
    looker.read()
    looker.judge()
    return looker.seen


class _Looker:
    def __init__(self, take: Take) -> None:
        self.seen = TelemetrySeen()
        self._take = take
        self._times, self._ticks = array("d"), array("q")
        self._gas, self._brake, self._steer = array("d"), array("d"), array("d")
        self._speeds, self._places = array("d"), array("d")
        self._lowest: dict[str, float] = {}
        self._highest: dict[str, float] = {}
        self._explained = array("q")  # ticks that were not to become pictures

    def read(self) -> None:
        """Hold on to what is needed of every row."""
        self._read_ticks()
        strange: dict[str, list[int]] = {}
        not_numbers: list[int] = []
        without_tick: list[int] = []
        unproven: list[int] = []
        for frame in self._take.frames():
            if self._take.ticks is not None and frame.tick is None:
                without_tick.append(frame.number)
            elif self._take.ticks is not None and not self._is_proven(frame):
                unproven.append(frame.number)
            if not self._are_numbers(frame.row):
                not_numbers.append(frame.number)
                continue
            for name in _beyond_ranges(frame.row):
                strange.setdefault(name, []).append(frame.number)
            self._keep(frame)
        self._read_lines()
        self._say_runs(Kind.NOT_A_NUMBER, not_numbers, "with a value that is no number", _LEAVE_OUT)
        for name, frames in strange.items():
            ends = _RANGES[name]
            self._say_runs(Kind.OUT_OF_RANGE, frames, f"with {name} not in {ends[0]:g} to {ends[1]:g}", _LEAVE_OUT)
        self._say_runs(Kind.TICK_LOST, without_tick, "without a line in the ticks", _LEAVE_OUT)
        self._say_runs(Kind.UNPROVEN, unproven, "whose tick nothing proves", "leave them out of training sets")

    def judge(self) -> None:
        """Say what shows only in all of it."""
        self._way()
        self._constant()
        self._time()
        self._driving()
        self._laps()

    def _say(self, kind: Kind, what: str, to_do: str, first: int = 0, last: int = 0) -> None:
        folder = str(self._take.folder.path)
        self.seen.findings.append(Finding(kind, folder, what, to_do, self._take.name, first, last))

    def _say_runs(self, kind: Kind, frames: list[int], what: str, to_do: str) -> None:
        for first, last in runs(frames):
            self._say(kind, f"{count(last - first + 1, 'row')} {what}", to_do, first, last)

    # ------------------------------------------------------------------------------------------------ reading

    def _read_ticks(self) -> None:
        if self._take.ticks is None:
            return
        before, missing, places = -1, 0, 0
        for text, outcome in self._take.ticks.lines(("tick", "outcome")):
            try:
                tick = whole(text)
            except ValueError:
                continue
            if before >= 0 and tick != before + 1:
                missing, places = missing + max(0, tick - before - 1), places + 1
            before = tick
            if outcome in _EXPLAINS:
                self._explained.append(tick)
        if missing:
            self._say(
                Kind.TICKS_MISSING,
                f"{count(missing, 'tick')} missing at {count(places, 'place')} of its ticks",
                "nothing can be done; sequences over ticks are shorter by them",
            )
        broken = self._take.ticks.left_out
        if broken:
            self._say(Kind.TICKS_BROKEN, f"{count(broken, 'line')} of its ticks can't be read", _REPAIR)

    def _is_proven(self, frame: Frame) -> bool:
        proof = frame.paired_by.proof if isinstance(frame.paired_by, PairedBy) else Proof.UNPROVEN
        self.seen.proof[proof] = self.seen.proof.get(proof, 0) + 1
        return proof is not Proof.UNPROVEN

    def _are_numbers(self, row: Row) -> bool:
        return math.isfinite(sum(row[1:]))

    def _keep(self, frame: Frame) -> None:
        row, tick = frame.row, frame.tick
        self.seen.frames.append(frame.number)
        self._times.append(tick.game_time if tick is not None else row.lap_time)
        self._ticks.append(tick.tick if tick is not None else -1)
        self._gas.append(row.gas)
        self._brake.append(row.brake)
        self._steer.append(row.steer)
        self._speeds.append(row.speed_mph)
        self._places.append(row.spline_position)
        if row.speed_mph > _MOVES_MPH:
            for name in _CHANGES:
                value = getattr(row, name)
                if value < self._lowest.get(name, math.inf):
                    self._lowest[name] = value
                if value > self._highest.get(name, -math.inf):
                    self._highest[name] = value

    def _read_lines(self) -> None:
        """What was read as rows is a part of the lines; the others are none."""
        seen = self.seen
        is_row = {number for number, _ in self._take.rows()} if len(seen.frames) < len(self._take) else None
        broken = []
        sums = array("I")
        kept = iter(seen.frames)
        following = next(kept, None)
        for number, line in self._take.lines():
            if number == following:
                sums.append(row_sum(line))
                following = next(kept, None)
            elif is_row is not None and number not in is_row:
                broken.append(number)
        seen.sums, seen.rows = sums, len(self._take) - len(broken)
        self._say_runs(Kind.NOT_A_ROW, broken, "of data.csv without the 15 columns of one", _REPAIR)

    # ------------------------------------------------------------------------------------------------ judging

    def _way(self) -> None:
        """The metres driven until each picture, and the seconds of it all."""
        way, seconds, ways = 0.0, 0.0, self.seen.ways
        usual = self._usual_step()
        for at in range(len(self._times)):
            step = self._times[at] - self._times[at - 1] if at else 0.0
            if not 0 <= step <= _GAP_SECONDS:
                step = usual  # across a gap, or where a lap time began again
            way += step * self._speeds[at] * _METRES_PER_SECOND
            seconds += step
            ways.append(way)
        self.seen.seconds = round(seconds, 3)

    def _usual_step(self) -> float:
        steps = [step for step in map(float.__sub__, self._times[1:], self._times) if step > 0]
        return median(steps) if steps else 0.0

    def _constant(self) -> None:
        if sum(speed > _MOVES_MPH for speed in self._speeds) < _ENOUGH_ROWS:
            return
        for name in _CHANGES:
            if self._lowest[name] == self._highest[name]:
                self._say(
                    Kind.CONSTANT,
                    f"{name} is {self._lowest[name]:g} in every row although the car moves",
                    "see whether the game gives it (another app, a broken pedal); nothing can be learned from it",
                )

    def _time(self) -> None:
        frames, times, has_ticks = self.seen.frames, self._times, self._take.ticks is not None
        longest = max(_GAP_SECONDS, _GAP_TIMES * self._usual_step())
        for at in range(1, len(times)):
            step = times[at] - times[at - 1]
            if step < 0 and has_ticks:
                what = f"the game's time goes back by {-step:.3f} s"
                self._say(Kind.TIME_BACK, what, "cut sequences here", frames[at - 1], frames[at])
            elif step > longest and not self._is_explained(at):
                what = f"{step:.2f} s between two pictures, {self._usual_step() * 1000:.0f} ms are usual"
                self._say(Kind.TIME_GAP, what, "cut sequences here", frames[at - 1], frames[at])
            elif 0 <= step < _JUMP_SECONDS and _apart(self._places[at], self._places[at - 1]) > _JUMP_SHARE:
                what = f"the car goes from {self._places[at - 1]:.3f} to {self._places[at]:.3f} of the lap at once"
                self._say(Kind.JUMP, what, "cut sequences here", frames[at - 1], frames[at])

    def _is_explained(self, at: int) -> bool:
        """Whether at least half of the ticks between this picture and the one before were not to become pictures."""
        before, tick = self._ticks[at - 1], self._ticks[at]
        if before < 0 or tick <= before + 1:
            return False
        explained = bisect_right(self._explained, tick) - bisect_right(self._explained, before)
        return 2 * explained >= tick - before - 1

    def _driving(self) -> None:
        self._jerks()
        for first, last in self._stretches(lambda at: self._speeds[at] < _STANDS_MPH, _STANDS_SECONDS):
            self._say(Kind.STANDING, self._lasting("the car stands", first, last), _LEAVE_OUT, *self._of(first, last))
        for first, last in self._stretches(self._are_inputs_still, _STILL_INPUT_SECONDS):
            what = self._lasting("gas, brake and steering do not change while the car drives", first, last)
            self._say(Kind.STILL_INPUTS, what, "see whether anyone drove", *self._of(first, last))
        moving = [abs(steer) for steer, speed in zip(self._steer, self._speeds, strict=True) if speed > _MOVES_MPH]
        if not moving:
            return
        share = sum(steer < _STRAIGHT_DEGREES for steer in moving) / len(moving)
        self.seen.straight_share = round(share, 4)
        if share > _STRAIGHT_SHARE and len(moving) >= _ENOUGH_ROWS:
            self._say(
                Kind.STRAIGHT,
                f"{share:.0%} of the rows steer by less than {_STRAIGHT_DEGREES:g} degrees",
                "weigh or choose rows by their steering, else a network learns to drive straight on",
            )

    def _jerks(self) -> None:
        turns, direction = 0, 0.0
        frames, jerks = self.seen.frames, []
        for at in range(1, len(self._steer)):
            change, step = self._steer[at] - self._steer[at - 1], self._times[at] - self._times[at - 1]
            if change * direction < 0:
                turns += 1
            direction = change or direction
            if 0 < step <= _JERK_SECONDS and abs(change) > max(_JERK_DEGREES, step * _JERK_DEGREES_PER_SECOND):
                jerks.append(frames[at])
        if self.seen.seconds > 0:
            self.seen.reversals_per_second = round(turns / self.seen.seconds, 2)
        self._say_runs(Kind.JERK, jerks, "to which the steering jumps farther than hands move it", _LEAVE_OUT)

    def _are_inputs_still(self, at: int) -> bool:
        return (
            at > 0
            and self._speeds[at] > _STILL_INPUT_MPH
            and self._steer[at] == self._steer[at - 1]
            and self._gas[at] == self._gas[at - 1]
            and self._brake[at] == self._brake[at - 1]
        )

    def _stretches(self, holds: Callable[[int], bool], seconds: float) -> Iterator[tuple[int, int]]:
        """(first, last) of the places where it holds for so long."""
        first = -1
        for at in range(len(self._times) + 1):
            if at < len(self._times) and holds(at):
                first = at if first < 0 else first
                continue
            if first >= 0 and self._seconds(first, at - 1) >= seconds:
                yield first, at - 1
            first = -1

    def _seconds(self, first: int, last: int) -> float:
        return max(0.0, self._times[last] - self._times[first])

    def _lasting(self, what: str, first: int, last: int) -> str:
        return f"{what} for {self._seconds(first, last):.1f} s"

    def _of(self, first: int, last: int) -> tuple[int, int]:
        return self.seen.frames[first], self.seen.frames[last]

    def _laps(self) -> None:
        laps = self._take.laps
        for kind in LapKind:
            number = sum(lap.kind is kind for lap in laps)
            if number:
                self.seen.laps[str(kind)] = number
        self.seen.laps_cut = sum(lap.is_cut for lap in laps)
        whole = [lap.lap_time for lap in laps if lap.lap_time is not None and lap.is_valid]
        self.seen.best_lap = min(whole, default=None)


_LEAVE_OUT = "leave them out"
_REPAIR = "see what `repair` brings back"
_EXPLAINS = {str(word).encode() for word in Outcome if word.is_held or word is Outcome.CAP}


def _beyond_ranges(row: Row) -> list[str]:
    return [name for at, name, low, high in _RANGE_AT if not low <= row[at] <= high]  # type: ignore[operator]


def _apart(place: float, other: float) -> float:
    """How far two places are from each other, as a share of the lap: across the line as well."""
    apart = abs(place - other) % 1.0
    return min(apart, 1.0 - apart)
