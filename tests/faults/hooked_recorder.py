"""The recorder, with a disk that misbehaves: `python -m tests.faults.hooked_recorder` takes the recorder's arguments.

SYNCLOGGER_TEST_HOOKS, as JSON, says how. All of it happens where the recorder meets the system: `open`, `os.write`,
`os.fsync`, `os.rename`; but for one, the recorder's own code is untouched.

* `{"hold_pictures": seconds}`: every tenth picture can't be renamed for so long, as when a virus scanner holds it.
* `{"slow": {"write": s, "fsync": s, "save": s}}`: delays.
* `{"journal": path}`: write down every change to the folder, so that a power cut can be played at any moment of it.
* `{"frames_before": n}`: takes begin behind so many frames, as if they had been recorded long ago.
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


def begin_late(folder: str, frames: int) -> None:
    """A take's first picture is number `frames` + 1."""
    from lib.recorder import take

    make = take.Take.__init__

    def with_frames(self: take.Take, *arguments: Any) -> None:
        make(self, *arguments)
        self.frames_given = frames

    take.Take.__init__ = with_frames  # type: ignore[method-assign]


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
    "hang": hang,
    "frames_before": begin_late,
    "journal": keep_journal,
}


def main() -> None:
    folder = sys.argv[sys.argv.index("--captures") + 1]
    for name, value in json.loads(os.environ["SYNCLOGGER_TEST_HOOKS"]).items():
        HOOKS[name](folder, value)
    runpy.run_module("lib.recorder", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
