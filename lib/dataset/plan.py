"""Which set each frame of each take goes into, decided in one pass over the recordings."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from ..progress import Progress
from ..recordings.recordings import Frame, Recordings, Take
from .assign import assign
from .balance import Balance, bin_of
from .filters import Filters
from .options import SETS, SplitOptions
from .units import Unit, clock_of, unit_of

LEFT_OUT = 255  # instead of the index of a set
_PROGRESS_STEP = 5000


@dataclass(eq=False)
class TakePlan:
    """The frames of one take that the filters keep, in order; some ten bytes a frame."""

    take: Take
    numbers: "array[int]" = field(default_factory=lambda: array("Q"))
    units: "array[int]" = field(default_factory=lambda: array("I"))  # indices into the units of the split
    times: "array[float]" = field(default_factory=lambda: array("d"))  # seconds
    bins: "array[int]" = field(default_factory=lambda: array("I"))  # of steering and speed, for the balance
    sets: bytearray = field(default_factory=bytearray)  # the index of each frame's set, or LEFT_OUT


@dataclass(eq=False)
class Plan:
    """A split, decided."""

    options: SplitOptions
    takes: list[TakePlan]
    units: dict[Unit, str]  # the set of each
    left_out: Counter[str]  # why, and how many frames
    balance: Balance


def make_plan(recordings: Recordings, options: SplitOptions, progress: Progress) -> Plan:
    """Read every frame once, and decide."""
    filters = Filters(options, recordings.takes)
    units: dict[Unit, int] = {}
    takes = []
    done, total = 0, len(recordings)
    for take in sorted(recordings.takes, key=lambda take: take.take_id):
        plan = TakePlan(take)
        for frame, time in with_time(take.frames()):
            done += 1
            if done % _PROGRESS_STEP == 0:
                progress("reading", done, total)
            if filters.keeps(frame):
                plan.numbers.append(frame.number)
                plan.units.append(units.setdefault(unit_of(frame, options.by), len(units)))
                plan.times.append(time)
                plan.bins.append(bin_of(frame.row))
        takes.append(plan)
    progress("reading", total, total)
    chosen = _choose(takes, list(units), options)
    left_out = filters.taken
    left_out["beside another set"] = sum(_leave_gaps(plans, options.gap) for plans in _by_clock(takes))
    balance = Balance.of(found for plan in takes for found in _bins_of_training(plan))
    return Plan(options, takes, chosen, left_out, balance)


def with_time(frames: Iterator[Frame]) -> Iterator[tuple[Frame, float]]:
    """Each frame with its moment in the take: game time; where no tick tells it, lap times strung together."""
    told = before = 0.0
    for frame in frames:
        if frame.tick is not None:
            yield frame, frame.tick.game_time
            continue
        lap_time = frame.row.lap_time
        told += lap_time - before if lap_time >= before else max(lap_time, 0.0)
        before = lap_time
        yield frame, told


def _choose(takes: list[TakePlan], units: list[Unit], options: SplitOptions) -> dict[Unit, str]:
    counts: Counter[int] = Counter()
    for plan in takes:
        counts.update(plan.units)
    chosen = assign({unit: counts[at] for at, unit in enumerate(units)}, options.fractions, options.seed)
    indices = bytes(SETS.index(chosen[unit]) for unit in units)
    for plan in takes:
        plan.sets = bytearray(indices[unit] for unit in plan.units)
    return chosen


def _by_clock(takes: list[TakePlan]) -> Iterable[list[TakePlan]]:
    """The takes that share one game time."""
    found: dict[str, list[TakePlan]] = {}
    for plan in takes:
        found.setdefault(clock_of(plan.take), []).append(plan)
    return found.values()


def _leave_gaps(plans: list[TakePlan], gap: float) -> int:
    """Leave out what lies within `gap` seconds of where two sets touch. Returns how many frames that are.

    They touch in time: where the game's time went back, frames that are far apart in the take show one moment, and
    where a take was stopped and the next one begun at once, the end of one stands beside the begin of the other.
    """
    times = array("d")
    for plan in plans:
        times.extend(plan.times)
    sets = b"".join(plan.sets for plan in plans)
    gapped = bytearray(sets)
    order = sorted(range(len(sets)), key=times.__getitem__)
    for at, (before, after) in enumerate(pairwise(order), 1):
        if sets[after] == sets[before] or times[after] - times[before] > 2 * gap:
            continue
        middle = (times[after] + times[before]) / 2
        for step, place in ((-1, at - 1), (1, at)):
            while 0 <= place < len(order) and abs(times[order[place]] - middle) < gap:
                gapped[order[place]] = LEFT_OUT
                place += step
    end = 0
    for plan in plans:
        begin, end = end, end + len(plan.sets)
        plan.sets = gapped[begin:end]
    return gapped.count(LEFT_OUT)


def _bins_of_training(plan: TakePlan) -> Iterator[int]:
    return (found for found, name in zip(plan.bins, plan.sets, strict=True) if name == 0)
