"""One line about long work, written over itself where a person watches: how far, how fast, how long still."""

import shutil
import sys
import time
from collections.abc import Callable

# What is done, how much of it, and of how much.
Progress = Callable[[str, int, int], None]

# A terminal that is written to more often only costs.
_STEP_SECONDS = 0.1
# Before that nothing is known about how long it takes.
_KNOWN_AFTER = 1.0


class _Line:
    """What was last written about which work."""

    def __init__(self) -> None:
        self._what = ""
        self._began = self._written = 0.0
        self._already = 0

    def show(self, what: str, done: int, of: int) -> None:
        now = time.monotonic()
        if what != self._what:
            self._what, self._began, self._already, self._written = what, now, done, 0.0
        if done < of and now - self._written < _STEP_SECONDS:
            return
        self._written = now
        told = f"{what}: {done} of {of}{self._rate(done, of, now - self._began)}"
        width = shutil.get_terminal_size().columns - 1
        is_done = done >= of
        print(f"\r{told[:width]:<{width}}", end="\n" if is_done else "", file=sys.stderr, flush=True)
        if is_done:
            self._what = ""

    def _rate(self, done: int, of: int, seconds: float) -> str:
        if seconds < _KNOWN_AFTER or done <= self._already:
            return ""
        rate = (done - self._already) / seconds
        return f", {rate:.0f} a second" + (f", {_duration((of - done) / rate)} left" if done < of else "")


_LINE = _Line()


def show_progress(what: str, done: int, of: int) -> None:
    """Say how far the work is; nothing where the output goes into a file."""
    if sys.stderr.isatty():
        _LINE.show(what, done, of)


def no_progress(_what: str, _done: int, _of: int) -> None:
    """For those who don't want to know."""


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
