"""How long after its tick a frame gets to the screen, learned from pictures whose tick is known.

The model: the frame of tick t is on the screen from `delay` seconds after `acUpdate` number t + `frames` began
until the next frame is. A game that hands frames to a queue is late by whole frames, however long each takes;
a compositor adds a time. A picture that was grabbed at `grabbed` and shows tick t says for each number of
frames between which limits the delay lies; the delay that agrees with the most pictures is taken.
"""

import math
from collections import deque
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

# Of so many pictures in a row the lag is learned; from so few on it counts as learned.
_MEMORY = 300
ENOUGH = 30
MOST_FRAMES = 5
# For a picture of tick t the times of these many ticks are needed: t - 1 ... t + MOST_FRAMES + 2.
TICKS_BEFORE = 1
TICKS_AFTER = MOST_FRAMES + 2
# What a picture counts whose tick the lag gives exactly, and to within one tick.
_EXACT_WEIGHT = 1
_NEAR_WEIGHT = 3
# Delays are tried in steps up to the longest. One counts as much as those around it do on average: where only
# a narrow range of delays fits, the next pictures would soon fall out of it.
_STEP = 0.00025  # seconds
_STEPS = 1000
_STEPS_AROUND = 2
_START_WORTH = 1.02
# To look at the lag is cheap: fitting it, some milliseconds, waits until so many pictures are new.
_REFIT_AFTER = 150


class Lag(NamedTuple):
    """What the model above says, and how well it fits what it was learned from."""

    frames: int
    delay: float  # seconds
    from_grab_end: bool  # the time of a picture is the end of its grab, not its start
    exact: float = 0.0  # share of the pictures it was learned from whose tick it gives exactly
    within_one: float = 0.0  # ... to within one tick


class _Observation(NamedTuple):
    # From acUpdate number t - 1, t, t + 1, ... to the start of the grab of a picture that shows t; falling.
    ages: tuple[float, ...]
    grab_seconds: float


class LagLearner:
    """Collects pictures whose tick is known, and fits the lag to them."""

    def __init__(self) -> None:
        self._seen: deque[_Observation] = deque(maxlen=_MEMORY)
        self._fitted: Lag | None = None
        self._unfitted = 0

    def learn(self, tick_times: Iterable[float], grab_start: float, grab_end: float) -> None:
        """A picture shows tick t; `tick_times` are those of t - TICKS_BEFORE ... t + TICKS_AFTER, all on one clock."""
        self._seen.append(_Observation(tuple(grab_start - time for time in tick_times), grab_end - grab_start))
        self._unfitted += 1

    def lag(self) -> Lag | None:
        """The lag that fits best, or None while too few pictures are known."""
        if len(self._seen) < ENOUGH:
            return None
        if self._fitted is None or self._unfitted:
            self._fitted, self._unfitted = self._fit(), 0
        return self._fitted

    def recent_lag(self) -> Lag | None:
        """The same, a few seconds old perhaps, at less cost."""
        return self._fitted if self._fitted is not None and self._unfitted < _REFIT_AFTER else self.lag()

    def _fit(self) -> Lag:
        fits = []
        for from_grab_end in (False, True):
            for frames in range(MOST_FRAMES + 1):
                score, delay = _most_agreed(self._limits(frames, from_grab_end))
                # At a steady rate frames and delay are as good as each other; when it changes frames are better.
                # The end of a grab also moves when the machine is busy, so it must be clearly better than the start.
                worth = score if from_grab_end else score * _START_WORTH
                fits.append(((worth, frames), Lag(frames, delay, from_grab_end)))
        _, best = max(fits, key=lambda fit: fit[0])
        exact = near = 0
        for low, high, weight in self._limits(best.frames, best.from_grab_end):
            if low < best.delay <= high:
                exact += weight == _EXACT_WEIGHT
                near += weight == _NEAR_WEIGHT
        return best._replace(exact=exact / len(self._seen), within_one=near / len(self._seen))

    def _limits(self, frames: int, from_grab_end: bool) -> Iterable[tuple[float, float, int]]:
        """Limits of the delay (above, up to) with the weight of keeping to them."""
        at = TICKS_BEFORE + frames
        for ages, grab_seconds in self._seen:
            more = grab_seconds if from_grab_end else 0.0
            yield ages[at + 1] + more, ages[at] + more, _EXACT_WEIGHT
            yield ages[at + 2] + more, ages[at - 1] + more, _NEAR_WEIGHT


def _most_agreed(limits: Iterable[tuple[float, float, int]]) -> tuple[int, float]:
    """How much the limits agree on the delay that they agree on most, by their weight, and that delay."""
    tried = _STEPS_AROUND + _STEPS + _STEPS_AROUND
    changes = [0] * (tried + 1)
    for low, high, weight in limits:
        first, behind = (min(max(math.floor(end / _STEP) + 1 + _STEPS_AROUND, 0), tried) for end in (low, high))
        changes[first] += weight
        changes[behind] -= weight
    sums = [0, *accumulate(accumulate(changes[:-1]))]
    around = 2 * _STEPS_AROUND + 1
    agreed = [sums[step + around] - sums[step] for step in range(_STEPS)]
    most = max(agreed)
    first = last = agreed.index(most)
    while last + 1 < _STEPS and agreed[last + 1] == most:
        last += 1
    return most, (first + last) / 2 * _STEP
