"""The state of the lap: is it still valid, and what is the best valid lap of this session?"""

# AC raises LapCount first and gives the lap's time up to some ticks later.
_TICKS_TO_WAIT_FOR_LAST_LAP = 100


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
        self._last_lap_ms = 0
        # Ticks for which the time of the lap that just ended may still come; 0: none is awaited.
        self._awaited_ticks = 0
        self._awaited_is_valid = False

    def update(self, lap_count, last_lap_ms, tyres_out, is_invalidated):
        """Take one tick. `tyres_out` is negative where unknown; then `is_invalidated` counts."""
        if self._lap_count is None:
            self._lap_count = lap_count
            self._last_lap_ms = last_lap_ms
        elif lap_count < self._lap_count:
            self._restart(lap_count, last_lap_ms)
        elif lap_count > self._lap_count:
            self._lap_count = lap_count
            self._awaited_ticks = _TICKS_TO_WAIT_FOR_LAST_LAP
            self._awaited_is_valid = self.is_valid
            self.is_valid = True
        self._look_for_last_lap(last_lap_ms)
        is_off_track = tyres_out >= self._tyres_out_limit if tyres_out >= 0 else is_invalidated
        if is_off_track:
            self.is_valid = False

    def _restart(self, lap_count, last_lap_ms):
        self._lap_count = lap_count
        self._last_lap_ms = last_lap_ms
        self._awaited_ticks = 0
        self.is_valid = True
        self.best_ms = 0

    def _look_for_last_lap(self, last_lap_ms):
        """Take the time of the lap that ended when it comes: with the lap count or some ticks after."""
        if not self._awaited_ticks:
            return
        self._awaited_ticks -= 1
        # Two laps of the same time to the millisecond: nothing changes, and nothing would be learned from it.
        if last_lap_ms == self._last_lap_ms:
            return
        self._last_lap_ms = last_lap_ms
        self._awaited_ticks = 0
        if self._awaited_is_valid and last_lap_ms > 0 and (not self.best_ms or last_lap_ms < self.best_ms):
            self.best_ms = last_lap_ms
