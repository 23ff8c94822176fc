"""The recorder gives way to everything, and where everything is busy it still saves pictures and closes its take."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.link.mapped_file import READY
from tests.end_to_end.captures import Captures, assert_whole
from tests.faults.game import HandGame

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux' scheduler; Windows: test_windows")

_HOGS_PER_CORE = 3
_PICTURES = 150


@contextlib.contextmanager
def busy_machine() -> Iterator[None]:
    """Every core has more to do than it can, by programs of normal priority."""
    count = _HOGS_PER_CORE * len(os.sched_getaffinity(0))
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        time.sleep(0.5)
        yield
    finally:
        for hog in hogs:
            hog.kill()
        for hog in hogs:
            hog.wait()


def policies(process_id: int) -> dict[int, int]:
    """The scheduling policy of each of the process's threads."""
    tasks = Path(f"/proc/{process_id}/task")
    return {int(task.name): os.sched_getscheduler(int(task.name)) for task in tasks.iterdir()}


def test_only_what_encodes_gives_way_wholly(tmp_path: Path, display: str) -> None:
    """The loop must answer, and grab in time."""
    with HandGame(tmp_path / "captures", tmp_path / "run", display) as game:
        game.wait_ready()
        found = policies(game.recorder.pid)
        assert found[game.recorder.pid] == os.SCHED_OTHER
        assert os.SCHED_IDLE in found.values()
        assert os.getpriority(os.PRIO_PROCESS, game.recorder.pid) > os.getpriority(os.PRIO_PROCESS, 0)
        game.record(20, 1)
        assert game.close() == 0, game.log()


def test_a_busy_machine_saves_fewer_pictures_and_closes_the_take(tmp_path: Path, display: str) -> None:
    with HandGame(tmp_path / "captures", tmp_path / "run", display) as game:
        game.wait_ready()
        with busy_machine():
            # Encoders that always give way save some 50 in that time here, these some 800.
            game.drive_until(lambda status: status.frames_saved >= _PICTURES, take=1, seconds=30)
            took = game.drive_until(lambda status: status.state == READY, seconds=20)
            assert took < 10
            assert game.close() == 0, game.log()
    captures = Captures(tmp_path / "captures")
    assert_whole(captures)
    assert captures.take(1)["how_it_ended"] == "stopped"
    assert captures.take(1)["frames_saved"] >= _PICTURES
