"""The recorder hangs or finds the folder taken; the game pauses it, overruns it, or drives at any frame rate."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lib.link import mapped_file
from lib.link.mapped_file import RING_TICKS, RecorderStatus
from lib.link.sample import HOLD_PAUSED
from tests.end_to_end.captures import Captures, assert_whole
from tests.faults.game import HandGame, tick_of_row
from tests.faults.in_step import assert_rows_show_their_tick
from tests.faults.test_disk import recording

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals; Windows processes: tests/windows")


def test_a_hung_recorder_has_no_heartbeat_and_goes_on(tmp_path: Path, display: str) -> None:
    """Stopped by a debugger or a swapping system: the game sees it, and all ticks are accounted for."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.ticks(40, 1)
        game.recorder.send_signal(signal.SIGSTOP)
        game.ticks(5, 1)
        heartbeat = game.status().heartbeat
        game.ticks(100, 1)
        assert game.status().heartbeat == heartbeat
        game.recorder.send_signal(signal.SIGCONT)
        game.drive_until(lambda status: status.heartbeat > heartbeat + 2, take=1)
        game.ticks(30, 1)
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert captures.take(1)["ticks"]["total"] == game.tick - first_idle(captures, game)


def first_idle(captures: Captures, game: HandGame) -> int:
    """Ticks of the game that belong to no take."""
    ticks = [int(line["tick"]) for line in captures.ticks(1)]
    return ticks[0] - 1 + game.tick - ticks[-1]


def test_ring_overrun(tmp_path: Path, display: str) -> None:
    """Hung for longer than the ring is deep: the lost ticks are counted as such, the rest goes on."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.ticks(40, 1)
        game.recorder.send_signal(signal.SIGSTOP)
        game.shows = False
        game.ticks(RING_TICKS + 500, 1, fps=1e6)
        game.shows = True
        game.recorder.send_signal(signal.SIGCONT)
        game.drive_until(recording, take=1)
        game.ticks(40, 1)
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert captures.take(1)["ticks"]["by_outcome"]["dropped_out_of_ring"] >= 400


def test_stop_and_start_while_the_recorder_hangs(tmp_path: Path, display: str) -> None:
    """Stop and Start fall on exact ticks although nobody looked at them."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.ticks(30, 1)
        game.recorder.send_signal(signal.SIGSTOP)
        game.ticks(20, 1)
        game.ticks(10, 0)
        game.ticks(20, 2)
        game.recorder.send_signal(signal.SIGCONT)
        game.ticks(30, 2)
        game.stop()
    assert_whole(captures)
    assert captures.take(1)["ticks"]["total"] == 50
    assert captures.take(2)["ticks"]["total"] == 50


def test_two_recorders_on_one_folder(tmp_path: Path, display: str) -> None:
    """The second is refused with a reason that names the folder; the first is not disturbed."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as first:
        first.wait_ready()
        first.ticks(20, 1)
        second = HandGame(captures.folder, tmp_path / "run", display=None)
        second.drive_until(lambda status: status.state == mapped_file.FAILED, take=1)
        assert "another SyncLogger is recording into" in second.status().message
        assert str(captures.folder) in second.status().message
        assert second.close() == 2
        first.ticks(20, 1)
        first.stop()
    assert_whole(captures)
    assert {row.take for row in captures.rows} == {1}


def test_ended_by_its_user(tmp_path: Path, display: str) -> None:
    """Ended in the task manager, politely: the take is closed and says so."""
    captures = Captures(tmp_path / "captures")
    game = HandGame(captures.folder, tmp_path / "run", display)
    game.wait_ready()
    game.ticks(40, 1)
    game.recorder.send_signal(signal.SIGTERM)
    assert game.wait_recorder() == 0
    game.close()
    assert_whole(captures)
    assert captures.take(1)["how_it_ended"] == "recorder_stopped"


def test_standard_input_closed(tmp_path: Path, display: str) -> None:
    """The one sign of the game's death that works everywhere: its end of the pipe closes."""
    captures = Captures(tmp_path / "captures")
    game = HandGame(captures.folder, tmp_path / "run", display)
    game.wait_ready()
    game.ticks(40, 1)
    assert game.recorder.stdin is not None
    started = time.perf_counter()
    game.recorder.stdin.close()
    assert game.wait_recorder() == 0
    assert time.perf_counter() - started < 2
    game.close()
    assert_whole(captures)
    assert captures.take(1)["how_it_ended"] == "game_ended"


def test_game_whose_process_cannot_be_seen(tmp_path: Path, display: str) -> None:
    """In another container its process id names nothing: recorded all the same, until its end of the pipe closes."""
    captures = Captures(tmp_path / "captures")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    game = HandGame(captures.folder, tmp_path / "run", display, process_id=ended.pid)
    game.wait_ready()
    game.ticks(150, 1)
    assert game.status().state == mapped_file.RECORDING
    assert game.recorder.stdin is not None
    game.recorder.stdin.close()
    assert game.wait_recorder() == 0
    game.close()
    assert_whole(captures)
    assert captures.take(1)["how_it_ended"] == "game_ended"
    assert len(captures.rows) > 60


@pytest.mark.parametrize("fps", [5, 30, 144, 400])
def test_frame_rates(tmp_path: Path, display: str, fps: int) -> None:
    """From a slide show to a rate beyond every screen: every tick accounted for, every picture with its row."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.record(max(12, fps), 1, fps=fps)
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert captures.take(1)["ticks"]["total"] == max(12, fps)
    assert len(captures.rows) >= min(10, fps)


def test_delta_of_zero(tmp_path: Path, display: str) -> None:
    """A game that says no time has passed, for half a second."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display, settings={"CAPTURE.FRAMES_PER_SECOND": 60}) as game:
        game.wait_ready()
        game.ticks(20, 1)
        frozen = game.game_time
        game.ticks(50, 1, game_time=frozen, delta_t=0.0)
        game.ticks(20, 1)
        game.stop()
    assert_whole(captures)
    assert captures.take(1)["ticks"]["total"] == 90


def test_paused_for_an_hour(tmp_path: Path, display: str, long_form: bool) -> None:
    """A pause within a take: no picture of it, and no gap in the account. An hour of ticks, driven quickly."""
    captures = Captures(tmp_path / "captures")
    pause = 60 * 3600 if long_form else 6000
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.ticks(40, 1)
        game.shows = False
        game.ticks(pause, 1, fps=4000.0, hold=HOLD_PAUSED)
        game.ticks(100, 1, hold=HOLD_PAUSED)
        written = (captures.folder / "01_ticks.csv").read_bytes().count(b"\n")
        assert written > pause - 1000, "the pause piles up in the recorder's memory"
        game.shows = True
        game.ticks(40, 1)
        game.stop()
    assert_whole(captures)
    outcomes = captures.take(1)["ticks"]["by_outcome"]
    assert outcomes["held_paused"] + outcomes.get("dropped_out_of_ring", 0) == pause + 100
    last_tick = int(captures.ticks(1)[-1]["tick"])
    assert sum(tick_of_row(row.cells) > last_tick - 40 for row in captures.rows) > 10, "it did not go on"


def test_numbers_that_are_none(tmp_path: Path, display: str) -> None:
    """NaN, infinity and the largest numbers a float can hold: no CSV reader chokes on what is written."""
    captures = Captures(tmp_path / "captures")
    nonsense: list[dict[str, Any]] = [
        {"gas": math.nan},
        {"performance_meter": math.inf},
        {"steer": -math.inf},
        {"acc_vertical": math.inf},
        {"speed_mph": 3.4e38, "acc_lateral": 1e-45},
        {"lap_time_ms": -(2**31), "gear": 2**31 - 1, "hold": 99, "panel_x": math.nan},
        {"panel_x": 1e308, "panel_y": -1e308},
        {"delta_t": math.nan, "game_time": math.nan},
        {"time": math.inf},
    ]
    settings = {"CAPTURE.FRAMES_PER_SECOND": 100}
    with HandGame(captures.folder, tmp_path / "run", display, settings=settings) as game:
        game.wait_ready()
        for changes in nonsense:
            game.ticks(8, 1)
            game.ticks(8, 1, **changes)
        game.ticks(20, 1)
        game.stop()
        assert game.close() == 0, game.log()
    assert_whole(captures)
    for row in captures.rows:
        values = [float(cell) for at, cell in enumerate(row.cells) if at not in (0, 9)]
        assert all(math.isfinite(value) for value in values)
        assert not any("e" in cell.lower() for at, cell in enumerate(row.cells) if at not in (0, 9))
    outcomes = captures.take(1)["ticks"]["by_outcome"]
    assert outcomes["held_telemetry_invalid"] >= 48
    last_tick = int(captures.ticks(1)[-1]["tick"])
    assert sum(tick_of_row(row.cells) > last_tick - 20 for row in captures.rows) > 10, "it did not go on"
    text = (captures.folder / "01_ticks.csv").read_text(encoding="ascii")
    assert not {"nan", "inf", "-inf"} & set(text.replace("\n", ",").split(","))


def test_random_samples(tmp_path: Path, display: str) -> None:
    """Any values that fit the link, from a game gone mad: the recorder lives and the folder is whole."""
    rng = random.Random(7)
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        for _ in range(150):
            wild = {name: rng.uniform(-1e39, 1e39) for name in ("gas", "steer", "speed_mph", "game_time", "panel_x")}
            wild |= {name: rng.randrange(-(2**31), 2**31) for name in ("gear", "lap_count", "focused_car")}
            wild |= {"physics": rng.randbytes(580), "graphics": rng.randbytes(296)}
            game.step(1, **wild)
        game.stop()
        assert game.close() == 0, game.log()
    assert_whole(captures)


def test_no_leftovers(tmp_path: Path, display: str) -> None:
    """After a proper end: no process, no link file, and a lock that nobody holds."""
    with HandGame(tmp_path / "captures", tmp_path / "run", display) as game:
        game.wait_ready()
        game.record(20, 1)
        assert game.close() == 0
        assert list((tmp_path / "run").glob("*.link")) == []
        with pytest.raises(ProcessLookupError):
            os.kill(game.recorder.pid, 0)
    with HandGame(tmp_path / "captures", tmp_path / "run", display) as game:
        game.wait_ready()


def test_ready_means_ready(tmp_path: Path, display: str) -> None:
    """What is done once in a process is done before it says so: the first take begins as every other does."""
    captures, log = Captures(tmp_path / "captures"), tmp_path / "after_ready.txt"
    log.touch()
    with HandGame(captures.folder, tmp_path / "run", display, hooks={"watch": str(log)}) as game:
        while (status := game.link.status()) is None or status.state != mapped_file.READY:
            time.sleep(0.01)  # no tick comes, so it can't rehearse meanwhile
        for take in (1, 2):
            game.record(40, take)
        assert game.close() == 0, game.log()
    assert_whole(captures)
    assert log.read_text(encoding="utf-8") == ""


def test_a_system_that_is_slow_to_say_what_it_is(tmp_path: Path, display: str) -> None:
    """It is asked before the recorder is ready. The game sees meanwhile that the recorder lives."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display, hooks={"slow_facts": 6.0}) as game:
        heartbeats: set[int] = set()

        def is_ready(status: RecorderStatus) -> bool:
            heartbeats.add(status.heartbeat)
            return status.state == mapped_file.READY

        game.drive_until(is_ready, seconds=30)
        assert len(heartbeats) > 10
        game.record(200, 1)
        assert game.close() == 0, game.log()
    assert_whole(captures)
    outcomes = [line["outcome"] for line in captures.ticks(1)]
    assert outcomes.index("saved") < 100, "the take began, and the system was asked only then"
    assert captures.take(1)["versions"]["platform"]
