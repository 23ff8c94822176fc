"""What a recording takes from the disk, and how long the disk has room for it."""

from collections import deque

# Pictures of a fast lap differ in size: the rate is that of the last seconds.
_SECONDS = 10.0
# Before there is so much of it, a rate says nothing.
_LEAST_SECONDS = 1.0


class Cost:
    """Counts the bytes of one take over the time in which it saves pictures: a pause makes it no cheaper."""

    def __init__(self, now: float) -> None:
        self._began = now
        self._last: deque[tuple[float, int]] = deque()
        self._sum = 0
        self._waited = 0.0  # seconds since it began in which nothing was to be saved

    def wait(self, seconds: float) -> None:
        """So much time passed in which nothing was to be saved."""
        self._waited += seconds

    def add(self, now: float, count: int) -> None:
        """So many bytes are on the disk now, or on their way to it."""
        self._last.append((now - self._waited, count))
        self._sum += count

    def per_second(self, now: float) -> float:
        """Bytes a second over the last seconds; 0.0 while that is not known."""
        now -= self._waited
        while self._last and self._last[0][0] < now - _SECONDS:
            self._sum -= self._last.popleft()[1]
        span = min(_SECONDS, now - self._began)
        return self._sum / span if span >= _LEAST_SECONDS else 0.0

    def room_seconds(self, now: float, room: int) -> float:
        """How long `room` bytes last at this rate; -1.0 while nobody knows."""
        rate = self.per_second(now)
        return max(0, room) / rate if rate > 0 else -1.0
