"""Grabbed pictures on their way to the encoders: many may wait in a burst, two when encoding is what limits."""

import queue
import threading
import time
from typing import Generic, TypeVar

_MOST_PICTURES = 16
_MOST_BYTES = 160 << 20
_ALWAYS = 2
# Only encoders that had nothing to do for some of the last moments can catch up after a burst. Behind busy ones a
# queue only makes pictures older and colder: what was grabbed a moment ago is still in the processor's cache, and
# encodes in up to a fifth less time.
_WATCHED_SECONDS = 0.25
_SPARE_SHARE = 0.1
# A picture comes here a tick after it was grabbed, when its proof is known. With one more than the encoders are at,
# they have something to do until then.
_MORE = 1

T = TypeVar("T")


class RawQueue(Generic[T]):
    """First in, first out, and says when the next picture had better not be grabbed. For any number of encoders.

    There are as many of two kinds, and pictures for one kind at a time: those that give way to everything else on the
    machine, and those in a hurry, for when that leaves them too little.
    """

    def __init__(self, encoders: int) -> None:
        self._encoders = encoders
        self._queue: queue.SimpleQueue[T | None] = queue.SimpleQueue()
        self._hurried: queue.SimpleQueue[T | None] = queue.SimpleQueue()
        self.is_in_a_hurry = False
        self._lock = threading.Lock()
        self._pictures = 0  # that wait or are being encoded
        self._bytes = 0
        self._idle_seconds = 0.0  # of all encoders, since:
        self._watched_since = time.perf_counter()
        self._can_catch_up = True

    def has_room(self, picture_bytes: int) -> bool:
        """Whether a picture of that size should be added. True where an encoder might soon have none, and it fits.

        Two always fit, however large they are: one is encoded while the next is grabbed.
        """
        if self._pictures < _ALWAYS:
            return True
        if self._pictures >= _MOST_PICTURES or self._bytes + picture_bytes > _MOST_BYTES:
            return False
        return self._can_catch_up or self._pictures <= self._encoders + _MORE

    def put(self, picture: T, picture_bytes: int) -> None:
        """Add a picture."""
        with self._lock:
            self._pictures += 1
            self._bytes += picture_bytes
            (self._hurried if self.is_in_a_hurry else self._queue).put(picture)

    def hurry(self, is_in_a_hurry: bool) -> None:
        """Give what waits, and what comes, to the encoders in a hurry, or what comes to those that give way."""
        with self._lock:
            self.is_in_a_hurry = is_in_a_hurry
            while is_in_a_hurry:
                try:
                    self._hurried.put(self._queue.get_nowait())
                except queue.Empty:
                    return

    def get(self, is_in_a_hurry: bool = False) -> T | None:
        """The next picture, waited for; None when the queue was closed. `done` has to follow."""
        began = time.perf_counter()
        picture = (self._hurried if is_in_a_hurry else self._queue).get()
        self._note_idle(began, time.perf_counter())
        return picture

    def done(self, picture_bytes: int) -> None:
        """A picture was encoded or given up: its memory is free again."""
        with self._lock:
            self._pictures -= 1
            self._bytes -= picture_bytes

    def close(self) -> None:
        """End every encoder behind what is waiting now."""
        for _ in range(self._encoders):
            self._queue.put(None)
            self._hurried.put(None)

    def _note_idle(self, began: float, now: float) -> None:
        with self._lock:
            self._idle_seconds += now - began
            watched = now - self._watched_since
            if watched > _WATCHED_SECONDS:
                self._can_catch_up = self._idle_seconds > _SPARE_SHARE * watched * self._encoders
                self._idle_seconds, self._watched_since = 0.0, now
