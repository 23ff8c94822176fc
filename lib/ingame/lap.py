"""The state of the lap: is it still valid, and what is the best valid lap of this session?"""

# Where LapTime falls some ticks before LapCount rises, it was the line and not a restart.
_TICKS_FROM_TIME_TO_COUNT = 10
# No lap takes less, and none so long: such a number is none of a lap.
_SHORTEST_LAP_MS, _LONGEST_LAP_MS = 10 * 1000, 24 * 3600 * 1000


class LapState(object):
    """Follows every tick, whether it is recorded or not.

    A lap is valid until `tyres_out_limit` tyres are off the track (physics page, `numberOfTyresOut`: the number of
    tyres off the track now). Where that page is missing, `CS.LapInvalidated` decides.
    """

    def __init__(self, tyres_out_limit):
        self.tyres_out_limit = tyres_out_limit
        self.is_valid = True
        self.best_ms = 0
        self.count, self.time_ms = None, 0  # as the tick before said them
        self.last_lap_ms = 0  # what `LastLap` said when a lap's time was last taken from it
        # Whether the time of the lap that just ended may still come: with LapCount, or some ticks after it.
        self._awaits_last_lap = False
        self._awaited_is_valid = False
        self._was_valid = True
        # The tick at which LapTime fell last; later by each tick that was passed over since.
        self._fell_at = -_TICKS_FROM_TIME_TO_COUNT

    def update(self, tick, lap_count, lap_time_ms, last_lap_ms, tyres_out, is_invalidated):
        """Take one tick. `tyres_out` is negative where unknown; then `is_invalidated` counts.

        Where count and last lap are those here, the time has not fallen and too few tyres are out, nothing but
        `time_ms` would change. The caller may then set that instead: the driver waits for each call of a function.
        """
        if self.count is None:
            self.last_lap_ms = last_lap_ms
        elif lap_count < self.count:
            self._restart(last_lap_ms)
        elif lap_count > self.count:
            self._end_lap(tick)
        elif lap_time_ms < self.time_ms:
            # The session was restarted in its first lap, or LapCount is about to rise.
            self._was_valid = self.is_valid
            self._fell_at = tick
            self.is_valid = True
        self.count, self.time_ms = lap_count, lap_time_ms
        if self._awaits_last_lap:
            self._look_for_last_lap(last_lap_ms)
        is_off_track = tyres_out >= self.tyres_out_limit if tyres_out >= 0 else is_invalidated
        if is_off_track:
            self.is_valid = False

    def pass_over(self):
        """A tick that says nothing about the lap, and doesn't count."""
        self._fell_at += 1

    def _end_lap(self, tick):
        has_fallen = tick - self._fell_at <= _TICKS_FROM_TIME_TO_COUNT
        self._awaits_last_lap = True
        self._awaited_is_valid = self._was_valid if has_fallen else self.is_valid
        if not has_fallen:
            self.is_valid = True

    def _restart(self, last_lap_ms):
        self.last_lap_ms = last_lap_ms
        self._awaits_last_lap = False
        self.is_valid = True
        self.best_ms = 0

    def _look_for_last_lap(self, last_lap_ms):
        """Take the time of the lap that ended when it comes."""
        # Two laps of the same time to the millisecond: nothing changes, and nothing would be learned from it.
        if last_lap_ms == self.last_lap_ms:
            return
        if not _SHORTEST_LAP_MS <= last_lap_ms < _LONGEST_LAP_MS:
            return
        self.last_lap_ms = last_lap_ms
        self._awaits_last_lap = False
        if self._awaited_is_valid and (not self.best_ms or last_lap_ms < self.best_ms):
            self.best_ms = last_lap_ms
