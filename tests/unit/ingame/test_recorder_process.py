"""When the game takes a recorder for hung: a real recorder that is stopped, and a clock that the test sets."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.ingame.recorder_process import RecorderProcess
from tests.environment import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals; Windows: test_windows_faults")


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[RecorderProcess]:
    """A recorder that was stopped after its first heartbeat."""
    recorder = RecorderProcess(str(ROOT), str(tmp_path / "captures"), sys.executable, b"{}")
    until = time.perf_counter() + 20
    while recorder.status is None and time.perf_counter() < until:
        recorder.look(time.perf_counter())
        time.sleep(0.05)
    assert recorder.status is not None
    os.kill(recorder._process.pid, signal.SIGSTOP)
    yield recorder
    os.kill(recorder._process.pid, signal.SIGCONT)
    recorder.finish()
    recorder._process.wait(10)


def look_for(recorder: RecorderProcess, start: float, seconds: float) -> float:
    """Look five times a second; returns the last moment."""
    for step in range(int(seconds * 5)):
        recorder.look(start + step / 5)
    return start + seconds


def test_a_recorder_without_a_heartbeat_is_taken_for_hung(stopped: RecorderProcess) -> None:
    now = look_for(stopped, time.perf_counter(), 4.5)
    assert stopped.problem == ""
    look_for(stopped, now, 1.0)
    assert "does not answer" in stopped.problem


def test_a_computer_that_slept_is_no_reason(stopped: RecorderProcess) -> None:
    """Game and recorder wake up together, and the game may be the first to look."""
    now = look_for(stopped, time.perf_counter(), 1.0)
    now = look_for(stopped, now + 3600, 4.5)
    assert stopped.problem == ""
    look_for(stopped, now, 1.0)
    assert "does not answer" in stopped.problem
