"""The recorder, with a stopwatch in each of its parts: takes the recorder's arguments.

Writes what each part took while the take was open, as JSON, to the file that SYNCLOGGER_PROFILE names. The recorder's
own code is untouched. Times of a part do not hold those of a part inside it.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lib.captures import files
from lib.recorder import __main__ as recorder
from lib.recorder import camera, picture, session, take
from lib.recorder.pairing import pairing
from lib.recorder.saving import encode, pipeline, syncer
from lib.recorder.screen import grab
from lib.strip import read as strip

_PARTS: tuple[tuple[Any, str, str], ...] = (
    (session.Session, "_sleep", "sleep until the next tick"),
    (camera.Camera, "_where", "look where the window is"),
    (camera.Camera, "_whats_wrong_with", "look again after the grab"),
    (grab.Grabber, "grab", "grab"),
    (strip.StripReader, "read", "read the strip"),
    (pairing.Pairing, "arrival", "learn clock and lag"),
    (pairing.Pairing, "pair", "pair"),
    (take.Take, "settle", "lines of NN_ticks.csv"),
    (take.Take, "describe", "NN_take.json"),
    (picture.Picture, "frame", "row and comment"),
    (session.Session, "_admit_up_to", "samples from the link"),
    (session.Session, "_keep_house", "status, housekeeping"),
    (pipeline, "paint_over", "mask the panel"),
    (encode, "_rgb", "convert to RGB"),
    (pipeline, "save_jpeg", "encode and write"),
    (pipeline, "rename_to_new", "rename"),
    (files.AppendedFile, "append", "append rows and lines"),
    (syncer.Syncer, "sync_once", "sync to the disk"),
)


@dataclass
class _Spent:
    calls: int = 0
    wall: float = 0.0
    cpu: float = 0.0


@dataclass
class _Stopwatch:
    """What each thread spent in each part."""

    parts: dict[str, dict[str, _Spent]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(_Spent)))
    _inside: threading.local = field(default_factory=threading.local)

    def timed(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        """The function, with its time booked to `part` and taken off the part around it."""

        @functools.wraps(function)
        def wrapper(*args: Any, **named: Any) -> Any:
            outer: _Spent | None = getattr(self._inside, "spent", None)
            mine = _Spent()
            self._inside.spent = mine
            wall, cpu = time.perf_counter(), time.thread_time()
            try:
                return function(*args, **named)
            finally:
                wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
                self._inside.spent = outer
                if outer is not None:
                    outer.wall += wall
                    outer.cpu += cpu
                booked = self.parts[threading.current_thread().name][part]
                booked.calls += 1
                booked.wall += wall - mine.wall
                booked.cpu += cpu - mine.cpu

        return wrapper


def _thread_cpu() -> dict[str, float]:
    """Processor seconds of each thread so far."""
    found: dict[str, float] = defaultdict(float)
    for thread in threading.enumerate():
        if thread.ident is not None:
            found[thread.name] += time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
    return found


class _Report:
    """Collects from the start of the take to its stop."""

    def __init__(self, path: Path, watch: _Stopwatch) -> None:
        self._path, self._watch = path, watch

    def begin(self) -> None:
        self._watch.parts.clear()
        self._began, self._cpu = time.perf_counter(), _thread_cpu()

    def end(self) -> None:
        parts = {
            thread: {part: vars(spent) for part, spent in found.items()} for thread, found in self._watch.parts.items()
        }
        cpu = {name: seconds - self._cpu.get(name, 0.0) for name, seconds in _thread_cpu().items()}
        found = {"seconds": time.perf_counter() - self._began, "threads_cpu": cpu, "parts": parts}
        self._path.write_text(json.dumps(found, indent=1), encoding="utf-8")


def _after(owner: Any, name: str, then: Callable[[], None]) -> None:
    """Have `then` called after the method."""
    method = getattr(owner, name)

    @functools.wraps(method)
    def wrapper(*args: Any) -> Any:
        result = method(*args)
        then()
        return result

    setattr(owner, name, wrapper)


def main() -> int:
    watch = _Stopwatch()
    for owner, name, part in _PARTS:
        setattr(owner, name, watch.timed(getattr(owner, name), part))
    report = _Report(Path(os.environ["SYNCLOGGER_PROFILE"]), watch)
    _after(session.Session, "_start", report.begin)
    _after(session.Session, "_stop", report.end)
    return recorder.main()


if __name__ == "__main__":
    sys.exit(main())
