"""Which frames may go into a set. Each filter counts what it takes."""

import math
from collections import Counter
from collections.abc import Callable, Iterable

from ..recordings.laps import LapKind
from ..recordings.recordings import Frame, Take
from .options import SplitOptions
from .units import stratum_of

# A car this slow stands.
STANDING_MPH = 1.0

Test = Callable[[Frame], bool]


class Filters:
    """The filters of one split, in the order in which they are asked. Frames are taken by the first that objects."""

    def __init__(self, options: SplitOptions, takes: Iterable[Take]) -> None:
        self.taken: Counter[str] = Counter()
        self._tests = list(_tests(options, takes))

    def keeps(self, frame: Frame) -> bool:
        """Whether no filter objects."""
        for name, objects in self._tests:
            if objects(frame):
                self.taken[name] += 1
                return False
        return True


def _tests(options: SplitOptions, takes: Iterable[Take]) -> Iterable[tuple[str, Test]]:
    yield "discarded", lambda frame: bool(frame.discarded)
    if not options.unproven:
        yield "nothing proves their tick", lambda frame: not frame.is_proven
    yield "no number", _has_no_number
    yield "their tick is lost", _has_lost_its_tick
    if options.left_out:
        yield "named by the list", _named(options.left_out)
    if options.no_pits:
        yield "in the pits", lambda frame: frame.tick is not None and frame.tick.is_in_pits
    if options.complete_laps:
        yield "not of a complete lap", lambda frame: frame.lap is None or frame.lap.kind is not LapKind.COMPLETE
    if options.valid_laps:
        yield "of a lap that was cut", lambda frame: frame.lap is None or frame.lap.is_cut
    if options.within is not None:
        yield "of a slow lap", _slow(options.within, takes)
    if options.no_standing:
        yield "standing", lambda frame: frame.row.speed_mph < STANDING_MPH
    if options.speed is not None:
        low, high = options.speed
        yield "of another speed", lambda frame: not low <= frame.row.speed_mph <= high


def _has_no_number(frame: Frame) -> bool:
    return not all(map(math.isfinite, frame.row[1:]))


def _has_lost_its_tick(frame: Frame) -> bool:
    """Nothing says when it was: it may stand beside any frame of the take, and in no set without doubt."""
    return frame.tick is None and frame.take.ticks is not None


def _named(left_out: tuple[str, ...]) -> Test:
    spans: dict[str, list[tuple[int, int]]] = {}
    for text in left_out:
        take_id, _, span = text.rpartition(":")
        first, _, last = span.partition("-")
        spans.setdefault(take_id, []).append((int(first), int(last or first)))

    def objects(frame: Frame) -> bool:
        return any(first <= frame.number <= last for first, last in spans.get(frame.take.take_id, ()))

    return objects


def _slow(within: float, takes: Iterable[Take]) -> Test:
    """Laps slower than the best valid one of the same car and track by more than so many per cent."""
    best: dict[str, float] = {}
    for take in takes:
        times = [lap.lap_time for lap in take.laps if lap.lap_time is not None and lap.is_valid]
        if times:
            best[stratum_of(take)] = min(*times, best.get(stratum_of(take), math.inf), math.inf)

    def objects(frame: Frame) -> bool:
        lap_time = frame.lap.lap_time if frame.lap is not None else None
        limit = best.get(stratum_of(frame.take), 0.0) * (1 + within / 100)
        return lap_time is None or lap_time > limit

    return objects
