"""Types of gain.py for those who check them; the game never reads this."""

from typing import Final

WINDOW_SECONDS: Final[float]

class PerformanceGain:
    def __init__(self) -> None: ...
    def update(self, game_time: float, lap_count: int, performance_meter: float) -> float: ...
