"""The user's limit of pictures per second, in game time."""

# A tick belongs to the moment it is nearest to, so that a limit equal to the game's rate takes every tick.
_NEAREST = 0.5


class RateLimit:
    """Says which ticks are wanted so that pictures are evenly spaced in game time."""

    def __init__(self, per_second: int) -> None:
        self._period = 1 / per_second if per_second else 0.0
        self._due = float("-inf")

    def wants(self, game_time: float, delta_t: float) -> bool:
        """Whether a picture of the tick at `game_time`, `delta_t` after the one before, is wanted."""
        # Said this way round, a game time that is no number doesn't end the recording.
        return not game_time < self._due - _NEAREST * min(delta_t, self._period)

    def took(self, game_time: float) -> None:
        """A picture of that tick is taken."""
        late = game_time - self._due
        # On a rhythm; a new one after a pause, or where the game is slower than the limit.
        self._due = self._due + self._period if late < self._period else game_time + self._period
