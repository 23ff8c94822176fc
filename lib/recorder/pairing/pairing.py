"""Which tick does a picture show? By the sync strip where it can be read, else by the clock."""

from collections import Counter, deque
from typing import Any, NamedTuple, Protocol

from ...captures.vocabulary import PairedBy
from ...link.mapped_file import RING_TICKS
from ...link.sample import Sample
from ...percentiles import percentiles, step_of
from ...strip.read import StripReading
from .clock import GameClock
from .display_lag import TICKS_AFTER, TICKS_BEFORE, Lag, LagLearner

# Unlearned, a frame is taken to be on the screen half a frame interval after the acUpdate that follows its own:
# by then the game has handed it over, and a compositor mostly has not shown it at once.
_UNLEARNED_FRAMES = 1
_UNLEARNED_DELAY_IN_FRAMES = 0.5
_TICKS_FOR_INTERVAL = 32


class Ticks(Protocol):
    """The end of the link that gives samples."""

    def newest_tick(self) -> int: ...

    def sample(self, tick: int) -> Sample | None: ...


class Pair(NamedTuple):
    """The tick that a picture shows."""

    tick: int
    sample: Sample | None  # None: the ring doesn't hold that tick any more, or there was no tick yet
    by: PairedBy  # where the strip said it: once `Pairing.how` was asked
    is_torn: bool = False  # the picture shows `tick` in the upper part of the panel and another below
    newest: int = 0  # the newest tick when the picture had been grabbed: no later frame is in it

    @property
    def known_at(self) -> int:
        """When this tick has come, it is known which of the frames that may be in the picture drew the panel."""
        if self.by is not PairedBy.STRIP:
            return self.newest + 1
        return self.tick + 2 if self.newest > self.tick else self.newest


class _Awaited(NamedTuple):
    """A picture of known tick that waits for the ticks after it."""

    pair: Pair
    take: int
    grab_start: float
    grab_end: float


class Pairing:
    """Pairs pictures with ticks, learns what the clock needs for it, and counts what it meets in each take."""

    def __init__(self, ticks: Ticks) -> None:
        self._ticks = ticks
        self.clock = GameClock()
        self._learner = LagLearner()
        self._awaited: deque[_Awaited] = deque()
        self._take = 0
        self.begin_take()

    def begin_take(self) -> None:
        """Count from zero. What was learned stays."""
        self._take += 1
        self._by: Counter[PairedBy] = Counter()
        self._torn = self._out_of_ring = self._implausible = 0
        self._lag_ticks: Counter[int] = Counter()
        self._lag_ms: Counter[int] = Counter()

    def arrival(self, sample: Sample, now: float) -> None:
        """A new tick was seen at `now` on the recorder's clock. To be called at once, for as many as possible."""
        self.clock.arrival(sample.time, now)

    def pair(self, reading: StripReading | None, newest_at_grab: int, grab_start: float, grab_end: float) -> Pair:
        """The tick shown by a picture with this strip, grabbed from `grab_start` to `grab_end` (recorder's clock).

        `newest_at_grab` is the newest tick that was there when the grab began.
        """
        self._learn_awaited()
        pair = self._by_strip(reading) if reading is not None else None
        if pair is None:
            pair = self._by_clock(grab_start, grab_end)
        elif pair.sample is not None and not pair.is_torn and self.clock.is_known:
            self._count_lag(pair.sample, newest_at_grab, grab_start)
            self._awaited.append(_Awaited(pair, self._take, grab_start, grab_end))
        self._by[pair.by] += 1
        self._torn += pair.is_torn
        self._out_of_ring += pair.sample is None
        return pair

    def how(self, pair: Pair) -> PairedBy:
        """How the picture came to its tick, now that tick `pair.known_at` has come.

        A strip says in which frame the panel was last drawn. Where the game draws its apps less often than the
        scene, the scene may be of a later frame: only the next frame's own strip, which isn't there, rules that out.
        """
        if pair.by is not PairedBy.STRIP or pair.newest <= pair.tick:
            return pair.by
        told = self._ticks.sample(pair.tick + 2)  # what the frame after `tick` drew, the tick after that one says
        return PairedBy.STRIP if told is not None and told.panel_shown else PairedBy.STRIP_KEPT

    def statistics(self) -> dict[str, Any]:
        """What was met since `begin_take`, for people and programs."""
        pictures = self._by.total()
        read = self._by[PairedBy.STRIP] + self._by[PairedBy.STRIP_KEPT] + self._by[PairedBy.STRIP_TORN]
        lag = self._learner.recent_lag()
        return {
            "pictures": pictures,
            "paired_by": {str(by): self._by[by] for by in PairedBy},
            "share_by_strip": round(read / pictures, 6) if pictures else None,
            "strip_not_read": pictures - read,
            "strip_implausible": self._implausible,
            "torn": self._torn,
            "out_of_ring": self._out_of_ring,
            "lag_ticks": {str(ticks): self._lag_ticks[ticks] for ticks in sorted(self._lag_ticks)},
            "lag_ms": percentiles(self._lag_ms),
            "learned_lag": None if lag is None else _rounded(lag),
        }

    def _by_strip(self, reading: StripReading) -> Pair | None:
        newest = self._ticks.newest_tick()
        if not 0 < reading.tick <= newest:
            self._implausible += 1
            return None
        by = PairedBy.STRIP_TORN if reading.is_torn else PairedBy.STRIP
        return Pair(reading.tick, self._ticks.sample(reading.tick), by, reading.is_torn, newest)

    def _by_clock(self, grab_start: float, grab_end: float) -> Pair:
        lag = self._learner.lag()
        by = PairedBy.CLOCK
        if lag is None:
            by = PairedBy.CLOCK_UNLEARNED
            lag = Lag(_UNLEARNED_FRAMES, _UNLEARNED_DELAY_IN_FRAMES * self._frame_interval(), from_grab_end=False)
        tick = self._tick_on_screen(lag, grab_end if lag.from_grab_end else grab_start)
        return Pair(tick, self._ticks.sample(tick) if tick else None, by, newest=self._ticks.newest_tick())

    def _tick_on_screen(self, lag: Lag, grabbed: float) -> int:
        """The newest tick whose frame the lag allows on the screen; 0 when there is none."""
        if not self.clock.is_known:
            return 0
        latest_start = self.clock.to_game(grabbed) - lag.delay
        newest = self._ticks.newest_tick()
        for tick in range(newest, max(0, newest - RING_TICKS), -1):
            sample = self._ticks.sample(tick)
            if sample is None:
                return 0
            if sample.time <= latest_start:
                return max(0, tick - lag.frames)
        return 0

    def _frame_interval(self) -> float:
        newest = self._ticks.newest_tick()
        ticks = min(newest - 1, _TICKS_FOR_INTERVAL)
        if ticks < 1:
            return 0.0
        first, last = self._ticks.sample(newest - ticks), self._ticks.sample(newest)
        return 0.0 if first is None or last is None else (last.time - first.time) / ticks

    def _learn_awaited(self) -> None:
        newest = self._ticks.newest_tick()
        while self._awaited and self._awaited[0].pair.tick + TICKS_AFTER <= newest:
            pair, take, grab_start, grab_end = self._awaited.popleft()
            if self.how(pair) is PairedBy.STRIP_KEPT:
                if take == self._take:
                    self._by.update({PairedBy.STRIP: -1, PairedBy.STRIP_KEPT: 1})
                continue
            tick = pair.tick
            around = [self._ticks.sample(t) for t in range(tick - TICKS_BEFORE, tick + TICKS_AFTER + 1) if t > 0]
            times = [self.clock.to_recorder(sample.time) for sample in around if sample is not None]
            if len(times) == TICKS_BEFORE + 1 + TICKS_AFTER:
                self._learner.learn(times, grab_start, grab_end)

    def _count_lag(self, sample: Sample, newest_at_grab: int, grab_start: float) -> None:
        self._lag_ticks[newest_at_grab - sample.tick] += 1
        self._lag_ms[step_of(grab_start - self.clock.to_recorder(sample.time))] += 1


def _rounded(lag: Lag) -> dict[str, Any]:
    return {
        "frames": lag.frames,
        "delay_ms": round(1000 * lag.delay, 3),
        "counted_from": "grab_end" if lag.from_grab_end else "grab_start",
        "exact": round(lag.exact, 4),
        "within_one_tick": round(lag.within_one, 4),
    }
