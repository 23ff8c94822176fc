"""How fast the performance delta is gained: column O. The reader of the link makes it, not the game."""

from collections import deque

# The delta moves in steps from frame to frame; over this long its rate is steady and still recent.
WINDOW_SECONDS = 0.25
# The delta can't change this fast by driving: a new reference lap or a new lap began.
_JUMP_SECONDS = 0.5
# So many ticks are kept at most, whatever their times say.
_MOST_TICKS = 4096


class PerformanceGain(object):
    """The rate of gain, in seconds per second, positive = getting faster: minus the change of the delta over time.

    Taken over the last WINDOW_SECONDS of game time, and never across the line or a jump of the delta. 0 where fewer
    than two ticks are known.
    """

    def __init__(self):
        self._past = deque(maxlen=_MOST_TICKS)
        self._newest = float("nan")
        self._lap_count = None

    def update(self, game_time, lap_count, performance_meter):
        """Take one tick and return the rate at it."""
        past = self._past
        if lap_count != self._lap_count or abs(performance_meter - self._newest) > _JUMP_SECONDS:
            past.clear()
            self._lap_count = lap_count
        self._newest = performance_meter
        if performance_meter != performance_meter:
            past.clear()
            return 0.0
        past.append((game_time, performance_meter))
        oldest = past[0]
        while game_time - oldest[0] > WINDOW_SECONDS:
            past.popleft()
            oldest = past[0]
        elapsed = game_time - oldest[0]
        return (oldest[1] - performance_meter) / elapsed if elapsed > 0.0 else 0.0
