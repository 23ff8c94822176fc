"""The whole app in the double of the game: what the game says wrong, and what its driver sees when a recorder dies."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.captures import Captures, assert_whole
from tests.faults.test_kill import wait_gone
from tests.host.run import Host, run_host, start_host
from tests.host.scene import Event, Scene

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="/proc and signals; Windows: tests/windows")

SIZE = (640, 360)
READY = 2.0


def scene(*events: tuple[float, str] | tuple[float, str, object], pages: str = "as 1.16.4") -> Scene:
    return Scene(events=tuple(Event(*event) for event in events), size=SIZE, panel=(10, 10), pages=pages)


def captures_of(host: Host) -> Captures:
    return Captures(host.app / "captures")


def assert_game_unharmed(host: Host) -> None:
    assert host.statistics["violations"] == []
    assert not any("switched off" in line for line in host.py_log)


def recorder_of(host: Host) -> int:
    """The process id of the recorder that records for this double, once it has saved pictures."""
    data = host.app / "captures" / "data.csv"
    until = time.perf_counter() + 30
    while time.perf_counter() < until:
        if data.exists() and data.read_bytes().count(b"\n") > 20:
            children = Path(f"/proc/{host.process.pid}/task/{host.process.pid}/children").read_text().split()
            return int(children[-1])
        time.sleep(0.05)
    host.process.kill()
    raise AssertionError(f"nothing was recorded: {host.wait()} {host.output}")


def test_telemetry_that_fails(tmp_path: Path, display: str) -> None:
    """getCarState gives 0, -1, NaN, or raises: such ticks are held back and counted, the game and the app go on."""
    moments = [(READY + 0.7 * number, kind) for number, kind in enumerate(("zero", "minus_one", "raise", "nan"), 1)]
    faults = [(at, "fault", kind) for at, kind in moments] + [(at + 0.35, "fault", "none") for at, _ in moments]
    host = run_host(tmp_path, scene((READY, "click"), *faults, (READY + 4, "click"), (READY + 4.6, "quit")))
    captures = captures_of(host)
    assert_whole(captures)
    assert_game_unharmed(host)
    outcomes = captures.take(1)["ticks"]["by_outcome"]
    assert outcomes["held_telemetry_invalid"] > 4 * 12
    assert len(captures.rows) > 80
    assert sum("no telemetry" in line for line in host.py_log) <= 4, "the log must not fill up"


@pytest.mark.parametrize("pages", ["missing", "short", "old", "competizione"])
def test_pages_that_are_not_as_documented(tmp_path: Path, display: str, pages: str) -> None:
    """Missing, of an older game, or of another: recorded all the same, and the panel tells what is not seen."""
    host = run_host(tmp_path, scene((READY, "click"), (READY + 1.2, "click"), (READY + 1.8, "quit"), pages=pages))
    captures = captures_of(host)
    assert_whole(captures)
    assert_game_unharmed(host)
    assert len(captures.rows) > 30
    told = any("lap validity comes from the game's own flag" in line for line in host.py_log)
    assert told == (pages != "old")


def test_hangs_restarts_and_odd_frame_rates(tmp_path: Path, display: str) -> None:
    """The game hangs for seconds, restarts its session, crawls at 5 and runs as fast as it can, in one take."""
    events = [
        (READY, "click"),
        (READY + 0.5, "hang", 2.0),
        (READY + 3.0, "restart_session"),
        (READY + 3.5, "fps", 5),
        (READY + 4.5, "fps", 0),
        (READY + 5.5, "fps", 60),
        (READY + 6.0, "pause"),
        (READY + 6.5, "resume"),
        (READY + 7.0, "click"),
        (READY + 7.6, "quit"),
    ]
    host = run_host(tmp_path, scene(*events))
    captures = captures_of(host)
    assert_whole(captures)
    assert_game_unharmed(host)
    assert captures.take(1)["how_it_ended"] == "stopped"
    assert captures.take(1)["ticks"]["by_outcome"]["held_paused"] > 20


def test_the_game_crashes(tmp_path: Path, display: str) -> None:
    """Without acShutdown: what was grabbed is saved, the take is closed, no recorder stays behind."""
    host = start_host(tmp_path, scene((READY, "click"), (READY + 2, "crash")))
    recorder = recorder_of(host)
    assert host.wait() == 9
    assert wait_gone(recorder)
    captures = captures_of(host)
    assert_whole(captures)
    assert captures.take(1)["how_it_ended"] == "game_ended"


def test_the_recorder_is_killed(tmp_path: Path, display: str) -> None:
    """The panel says so within a second; the next Start begins a new take in a new recorder."""
    again = READY + 4
    events = [(READY, "click"), (again, "click"), (again + 2, "click"), (again + 2.6, "quit")]
    host = start_host(tmp_path, scene(*events))
    os.kill(recorder_of(host), signal.SIGKILL)
    wait_for_line(host, "What it saved is safe", 1.5)
    assert host.wait() == 0, host.output
    assert_game_unharmed(host)
    captures = captures_of(host)
    assert_whole(captures)
    assert captures.take(1)["how_it_ended"] == "recovered after a crash"
    assert captures.take(2)["how_it_ended"] == "stopped"


def test_the_recorder_hangs(tmp_path: Path, display: str) -> None:
    """The panel says so when its heart stood still for seconds; the next Start does without it."""
    again = READY + 8.5
    events = [(READY, "click"), (again, "click"), (again + 2, "click"), (again + 2.6, "quit")]
    host = start_host(tmp_path, scene(*events))
    recorder = recorder_of(host)
    os.kill(recorder, signal.SIGSTOP)
    wait_for_line(host, "does not answer", 7)
    assert host.wait() == 0, host.output
    assert wait_gone(recorder), "a hung recorder was left behind"
    assert_game_unharmed(host)
    captures = captures_of(host)
    assert_whole(captures)
    assert captures.take(1)["how_it_ended"] == "recovered after a crash"
    assert captures.take(2)["how_it_ended"] == "stopped"


def wait_for_line(host: Host, words: str, seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        if any(words in line for line in host.py_log):
            return
        time.sleep(0.05)
    host.process.kill()
    host.wait()
    raise AssertionError(f"the app never said {words!r}: {host.py_log}")
