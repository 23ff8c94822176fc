"""How fast the performance delta is gained: column O."""

from collections import deque

# The delta moves in steps from frame to frame; over this long its rate is steady and still recent.
WINDOW_SECONDS = 0.25
# The delta can't change this fast by driving: a new reference lap or a new lap began.
_JUMP_SECONDS = 0.5


class PerformanceGain(object):
    """The rate of gain, in seconds per second, positive = getting faster: minus the change of the delta over time.

    Taken over the last WINDOW_SECONDS of game time, and never across the line or a jump of the delta. 0 where fewer
    than two ticks are known.
    """

    def __init__(self):
        self._past = deque()
        self._lap_count = None

    def update(self, game_time, lap_count, performance_meter):
        """Take one tick and return the rate at it."""
        past = self._past
        if lap_count != self._lap_count or (past and abs(performance_meter - past[-1][1]) > _JUMP_SECONDS):
            past.clear()
            self._lap_count = lap_count
        if performance_meter != performance_meter:
            past.clear()
            return 0.0
        past.append((game_time, performance_meter))
        while game_time - past[0][0] > WINDOW_SECONDS:
            past.popleft()
        elapsed = game_time - past[0][0]
        if elapsed <= 0.0:
            return 0.0
        return (past[0][1] - performance_meter) / elapsed
