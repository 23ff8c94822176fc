"""Tells a starved processor from a slow disk."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# To convert a picture takes no disk, and some milliseconds; more than this only where something else has the processor.
_LONG_SECONDS = 0.1
_LONG_SECONDS_PER_BYTE = 4e-9
# So long after a conversion that took too long the processor counts as starved.
_REMEMBERED_SECONDS = 2.0


class ProcessorWatch:
    """Times the work of all encoders that needs nothing but the processor."""

    def __init__(self) -> None:
        self._lates: dict[int, float] = {}  # by thread: when what it is at will have taken too long
        self._late_at = float("-inf")

    @contextmanager
    def at_work(self, picture_bytes: int) -> Iterator[None]:
        """Such work on a picture of that size is done meanwhile, by this thread."""
        thread = threading.get_ident()
        late = time.perf_counter() + _LONG_SECONDS + picture_bytes * _LONG_SECONDS_PER_BYTE
        self._lates[thread] = late
        try:
            yield
        finally:
            del self._lates[thread]
            now = time.perf_counter()
            if now > late:
                self._late_at = now

    def is_starved(self, now: float) -> bool:
        """Whether encoders get too little of the processor just now."""
        return now - self._late_at < _REMEMBERED_SECONDS or any(now > late for late in list(self._lates.values()))
