"""The recorder, with a disk that misbehaves: `python -m tests.faults.hooked_recorder` takes the recorder's arguments.

SYNCLOGGER_TEST_HOOKS, as JSON, says how. All of it happens where the recorder meets the system: `open`, `os.write`,
`os.fsync`, `os.rename`; but for one, the recorder's own code is untouched.

* `{"hold_pictures": seconds}`: every tenth picture can't be renamed for so long, as when a virus scanner holds it.
* `{"slow": {"write": s, "fsync": s, "save": s}}`: delays.
* `{"starve": seconds}`: so long a picture waits for the processor each time before it is encoded.
* `{"slow_facts": seconds}`: so long the system takes to say what it is, as Windows does now and then.
* `{"watch": path}`: write down what is done for the first time after the recorder said that it is ready.
* `{"stale": [path, kind]}`: once that file is there, every way to the screen that was made before gives nothing new,
  and no error: wholly black pictures, or (kind "frozen") the last one again and again.
* `{"journal": path}`: write down every change to the folder, so that a power cut can be played at any moment of it.
* `{"frames_before": n}`: takes begin behind so many frames, as if they had been recorded long ago.
* `{"slow_pictures": seconds}`: opening a picture to read it takes so much longer.
* `{"unreadable": [name, path]}`: reading that file fails as on a bad block, while there is something at `path`.
* `{"hang": seconds}`: every write to the folder stands still from then on, as on a dead network drive.
"""

from __future__ import annotations

import errno
import io
import json
import os
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.journal import JournalWriter


def hold_pictures(folder: str, seconds: float) -> None:
    """Renaming every tenth picture to its name is refused at first."""
    refused_since: dict[str, float] = {}
    rename = os.rename

    def refusing(source: Any, target: Any, **options: Any) -> None:
        name = os.fspath(target)
        if name.endswith("0.jpg") and time.monotonic() - refused_since.setdefault(name, time.monotonic()) < seconds:
            raise PermissionError(errno.EACCES, "The process cannot access the file", os.fspath(source))
        rename(source, target, **options)

    os.rename = refusing


def slow_down(folder: str, delays: dict[str, float]) -> None:
    """Writing rows, syncing, and opening a picture take so much longer."""
    _delay(os, "write", delays.get("write", 0))
    _delay(os, "fsync", delays.get("fsync", 0))
    if "save" in delays:
        _before_opening(folder, lambda mode: time.sleep(delays["save"]) if "w" in mode else None)


def hang(folder: str, seconds: float) -> None:
    """After so many seconds, whoever writes waits for ever."""
    hangs_at = time.monotonic() + seconds

    def wait_for_ever(*_: Any) -> None:
        while time.monotonic() >= hangs_at:
            time.sleep(3600)

    for name in ("write", "fsync", "rename", "replace"):
        _before(os, name, wait_for_ever)
    _before_opening(folder, wait_for_ever)


def slow_pictures(folder: str, seconds: float) -> None:
    """A disk that takes its time to find a picture."""
    call = io.open

    def hooked(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if mode == "rb" and str(file).endswith(".jpg"):
            time.sleep(seconds)
        return call(file, mode, *arguments, **options)

    io.open = hooked  # type: ignore[assignment]


def make_unreadable(folder: str, what: list[str]) -> None:
    """A bad block, a placeholder of a cloud, a network drive that is away."""
    name, while_there = what
    call = io.open

    def hooked(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if mode == "rb" and str(file).endswith(name) and Path(while_there).exists():
            raise OSError(errno.EIO, "Input/output error", str(file))
        return call(file, mode, *arguments, **options)

    io.open = hooked  # type: ignore[assignment]


def begin_late(folder: str, frames: int) -> None:
    """A take's first picture is number `frames` + 1."""
    from lib.recorder import take

    make = take.Take.__init__

    def with_frames(self: take.Take, *arguments: Any) -> None:
        make(self, *arguments)
        self.frames_given = frames

    take.Take.__init__ = with_frames  # type: ignore[method-assign]


def starve(folder: str, seconds: float) -> None:
    """The encoders get the processor so late."""
    from lib.recorder.saving import encode

    _before(encode, "_rgb", lambda pixels, size, saved: time.sleep(seconds if size[0] > 16 else 0))


def slow_facts(folder: str, seconds: float) -> None:
    """Windows asks a service for its version, which may be slow to start."""
    import platform

    _before(platform, "platform", lambda *_: time.sleep(seconds))


def watch_after_ready(folder: str, path: str) -> None:
    """Modules that are imported, and costly calls that are made, once the recorder is ready: a name on each line."""
    import importlib.metadata
    import platform

    import mss

    from lib.link import mapped_file
    from lib.recorder import camera, status
    from lib.recorder.saving import encode

    known: set[str] = set()
    calls: set[str] = set()

    def note(name: str) -> None:
        if not known:
            calls.add(name)
            return
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - pathlib opens through what is hooked
            file.write(name + "\n")

    for module, name in (
        (platform, "platform"),
        (importlib.metadata, "version"),
        (mss.MSS, "__init__"),
        (camera, "window_finder"),
    ):
        _before(module, name, lambda *_, name=name: note(name))
    _before(encode, "_rgb", lambda *_: calls.add("_rgb"))
    report = status.StatusReporter.report

    def reported(self: status.StatusReporter, now: float) -> None:
        report(self, now)
        if self.state == mapped_file.READY and not known:
            known.update(sys.modules)
            for name in sorted({"platform", "version", "__init__", "_rgb", "window_finder"} - calls):
                note(f"not done before: {name}")
        for name in sorted(set(sys.modules) - known) if known else ():
            known.add(name)
            note(f"import {name}")

    status.StatusReporter.report = reported  # type: ignore[method-assign]


def go_stale(folder: str, stale: list[str]) -> None:
    """What remote desktops, driver resets and the secure desktop do to a screen handle."""
    import mss

    path, kind = stale
    make = mss.MSS

    class Handle:
        def __init__(self) -> None:
            self._real = make()
            self._is_fresh = os.path.exists(path)  # noqa: PTH110 - asked for each picture
            self._last: bytes | None = None

        def grab(self, region: Any) -> Any:
            picture = self._real.grab(region)
            if not self._is_fresh and os.path.exists(path):  # noqa: PTH110
                picture.raw[:] = self._last if kind == "frozen" and self._last else bytes(len(picture.raw))
            self._last = bytes(picture.raw)
            return picture

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

    mss.MSS = Handle  # type: ignore[assignment,misc]


def keep_journal(folder: str, path: str) -> None:
    JournalWriter(folder, path).install()


def _delay(module: Any, name: str, seconds: float) -> None:
    if seconds:
        _before(module, name, lambda *_: time.sleep(seconds))


def _before(module: Any, name: str, action: Callable[..., None]) -> None:
    call = getattr(module, name)

    def hooked(*arguments: Any, **options: Any) -> Any:
        action(*arguments)
        return call(*arguments, **options)

    setattr(module, name, hooked)


def _before_opening(folder: str, action: Callable[[str], None]) -> None:
    call = io.open

    def hooked(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if str(file).startswith(folder):
            action(mode)
        return call(file, mode, *arguments, **options)

    io.open = hooked  # type: ignore[assignment]


HOOKS: dict[str, Callable[[str, Any], None]] = {
    "hold_pictures": hold_pictures,
    "slow": slow_down,
    "slow_pictures": slow_pictures,
    "unreadable": make_unreadable,
    "hang": hang,
    "frames_before": begin_late,
    "starve": starve,
    "slow_facts": slow_facts,
    "watch": watch_after_ready,
    "stale": go_stale,
    "journal": keep_journal,
}


def main() -> None:
    folder = sys.argv[sys.argv.index("--captures") + 1]
    for name, value in json.loads(os.environ["SYNCLOGGER_TEST_HOOKS"]).items():
        HOOKS[name](folder, value)
    runpy.run_module("lib.recorder", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
