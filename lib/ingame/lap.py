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
        self._tyres_out_limit = tyres_out_limit
        self.is_valid = True
        self.best_ms = 0
        self._lap_count = None
        self._lap_time_ms = 0
        self._last_lap_ms = 0
        # Whether the time of the lap that just ended may still come: with LapCount, or some ticks after it.
        self._awaits_last_lap = False
        self._awaited_is_valid = False
        self._was_valid = True
        self._ticks_since_fall = _TICKS_FROM_TIME_TO_COUNT

    def update(self, lap_count, lap_time_ms, last_lap_ms, tyres_out, is_invalidated):
        """Take one tick. `tyres_out` is negative where unknown; then `is_invalidated` counts."""
        self._ticks_since_fall += 1
        if self._lap_count is None:
            self._last_lap_ms = last_lap_ms
        elif lap_count < self._lap_count:
            self._restart(last_lap_ms)
        elif lap_count > self._lap_count:
            self._end_lap()
        elif lap_time_ms < self._lap_time_ms:
            # The session was restarted in its first lap, or LapCount is about to rise.
            self._was_valid = self.is_valid
            self._ticks_since_fall = 0
            self.is_valid = True
        self._lap_count = lap_count
        self._lap_time_ms = lap_time_ms
        if self._awaits_last_lap:
            self._look_for_last_lap(last_lap_ms)
        is_off_track = tyres_out >= self._tyres_out_limit if tyres_out >= 0 else is_invalidated
        if is_off_track:
            self.is_valid = False

    def _end_lap(self):
        has_fallen = self._ticks_since_fall <= _TICKS_FROM_TIME_TO_COUNT
        self._awaits_last_lap = True
        self._awaited_is_valid = self._was_valid if has_fallen else self.is_valid
        if not has_fallen:
            self.is_valid = True

    def _restart(self, last_lap_ms):
        self._last_lap_ms = last_lap_ms
        self._awaits_last_lap = False
        self.is_valid = True
        self.best_ms = 0

    def _look_for_last_lap(self, last_lap_ms):
        """Take the time of the lap that ended when it comes."""
        # Two laps of the same time to the millisecond: nothing changes, and nothing would be learned from it.
        if last_lap_ms == self._last_lap_ms:
            return
        if not _SHORTEST_LAP_MS <= last_lap_ms < _LONGEST_LAP_MS:
            return
        self._last_lap_ms = last_lap_ms
        self._awaits_last_lap = False
        if self._awaited_is_valid and (not self.best_ms or last_lap_ms < self.best_ms):
            self.best_ms = last_lap_ms
