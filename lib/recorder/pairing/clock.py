"""Where the game's clock stands in the recorder's: two processes' `perf_counter` share no origin."""

import math
from collections import deque

_WINDOW_SECONDS = 10


class GameClock:
    """Turns times of the game's clock into times of the recorder's and back.

    A sample is seen here some time after the game took its time: a fraction of a millisecond at best, a whole
    grab at worst. So the least difference of the two clocks in the last seconds is close to the true one.
    """

    def __init__(self) -> None:
        # (second of the recorder's clock, least difference seen in it)
        self._least: deque[tuple[int, float]] = deque(maxlen=_WINDOW_SECONDS)

    def arrival(self, game_time: float, now: float) -> None:
        """Learn from a sample, taken at `game_time`, that was seen here at `now`."""
        difference = now - game_time
        if not math.isfinite(difference):
            return
        second = int(now)
        if not self._least or self._least[-1][0] != second:
            self._least.append((second, difference))
        elif difference < self._least[-1][1]:
            self._least[-1] = (second, difference)

    @property
    def is_known(self) -> bool:
        return bool(self._least)

    def to_recorder(self, game_time: float) -> float:
        """A time of the game's clock on the recorder's. Only when `is_known`."""
        return game_time + self._difference()

    def to_game(self, recorder_time: float) -> float:
        """A time of the recorder's clock on the game's. Only when `is_known`."""
        return recorder_time - self._difference()

    def _difference(self) -> float:
        return min(difference for _, difference in self._least)
