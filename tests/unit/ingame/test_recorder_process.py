"""What the game says of a recorder that hangs or that never began: real processes, and a clock that the test sets."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.ingame.recorder_process import RecorderProcess
from lib.link.mapped_file import RecorderLink
from tests.environment import ROOT
from tests.unit.settings_effects import playing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals; Windows: test_windows_faults")


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[RecorderProcess]:
    """A recorder that was stopped after its first heartbeat."""
    recorder = RecorderProcess(str(ROOT), str(tmp_path / "captures"), sys.executable, b"{}", 7)
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


# --- recorders that never began


class Failing:
    """An app's folder, and a Python for its recorder that does what the script says."""

    def __init__(self, folder: Path) -> None:
        self.app = folder / "app"
        self.app.mkdir()
        self.log = self.app / "recorder.log"
        self.python = folder / "python"

    def problem(self, script: str) -> str:
        """What the game says after the recorder ended."""
        self.python.write_text(f"#!/bin/sh\n{script}\n")
        self.python.chmod(0o755)
        recorder = RecorderProcess(str(self.app), str(self.app / "captures"), str(self.python), b"{}", 7)
        recorder._process.wait(20)
        recorder.look(time.perf_counter())
        recorder.finish()
        Path(recorder.link.path).unlink()
        return recorder.problem


@pytest.fixture
def failing(tmp_path: Path) -> Failing:
    return Failing(tmp_path)


def test_a_recorder_that_never_began_says_so_and_why(failing: Failing) -> None:
    """Nothing was saved, so nothing is said of it; what Python complained about is."""
    failing.log.write_text("a line of last week")
    problem = failing.problem("echo first; echo No Python at /usr/bin/gone >&2; exit 103")
    assert problem.startswith("The recorder ended before it began (103): No Python at /usr/bin/gone (recorder.log).")
    assert "PYTHON" in problem
    assert "safe" not in problem


def test_one_that_said_nothing_is_not_given_the_words_of_another(failing: Failing) -> None:
    failing.log.write_text("a line of last week\n")
    problem = failing.problem("exit 3")
    assert problem.startswith("The recorder ended before it began (3), without a word in recorder.log.")


def test_a_python_that_looks_into_its_own_folder_only(failing: Failing) -> None:
    """The embeddable one for Windows with its stock ._pth; -I does the same to this one."""
    problem = failing.problem(f'exec {sys.executable} -I "$@"')
    assert problem.startswith(f"The recorder ended before it began (1): {sys.executable[:13]}")
    assert "(ModuleNotFoundError: No module named 'lib') (recorder.log)" in problem


def test_all_of_it_fits_the_panel(failing: Failing) -> None:
    problem = failing.problem(f"echo {'x' * 5000} >&2; exit 103")
    assert len(problem) <= 3 * 52


@pytest.mark.parametrize("name", ["recorder.log.1", "recorder.log"])
def test_a_log_that_can_not_be_kept_where_it_was_is_kept(failing: Failing, name: str) -> None:
    """It can't be rotated, as when someone has it open; or it can't be written at all."""
    failing.log.write_bytes(b"x" * (1 << 20) + b"\n")
    (failing.app / name).unlink(missing_ok=True)
    (failing.app / name).mkdir()
    problem = failing.problem("echo No Python here >&2; exit 103")
    assert "No Python here" in problem
    if name == "recorder.log.1":
        assert failing.log.read_bytes().endswith(b"\nNo Python here\n")


def test_a_recorder_that_never_begins(failing: Failing) -> None:
    """A virus scanner holds it back."""
    failing.python.write_text("#!/bin/sh\nexec sleep 60\n")
    failing.python.chmod(0o755)
    recorder = RecorderProcess(str(failing.app), str(failing.app / "captures"), str(failing.python), b"{}", 7)
    look_for(recorder, time.perf_counter(), 31)
    assert "did not begin" in recorder.problem
    assert "safe" not in recorder.problem
    recorder.abandon()
    recorder._process.wait(10)
    Path(recorder.link.path).unlink()


def test_every_recorder_of_a_session_gets_the_same_strip_key_and_each_session_another(tmp_path: Path) -> None:
    """Their takes share the game's time: the key is what `split` knows that by."""
    sessions = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with playing({}, tmp_path / name) as played:
            first = played.command["link"]
            recorder = played.app._recorder
            recorder.problem, recorder.abandon = "The recorder ended (-9).", recorder.link.close
            played.app.click()
            second = RecorderLink(played.command["link"])
            assert played.command["link"] != first
            assert second.strip_key() == played.link.strip_key()
            sessions.append(second.strip_key())
            second.close()
    assert sessions[0] != sessions[1]
