"""The disk is full, slow, gone, read-only, or its files are held: the user is told, nothing gets out of step."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lib.link import mapped_file
from lib.link.mapped_file import RecorderStatus
from lib.repair.repair import repair
from tests.end_to_end.captures import Captures, assert_whole
from tests.faults.game import HandGame, mend
from tests.faults.in_step import assert_in_step, assert_rows_show_their_tick
from tests.faults.small_disk import held, needs_mount, remount, small_disk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX disks; Windows sharing: tests/windows")

# Within so long the panel has to name the reason.
TELL_SECONDS = 2.0


def waiting_for(*words: str) -> Any:
    """The recorder waits and its message has one of the words."""

    def says(status: RecorderStatus) -> bool:
        return status.state == mapped_file.WAITING and any(word in status.message for word in words)

    return says


def recording(status: RecorderStatus) -> bool:
    return status.state == mapped_file.RECORDING and not status.message


def told_that_rows_are_gone(status: RecorderStatus) -> bool:
    """It goes on recording, and says what was lost."""
    return status.state == mapped_file.RECORDING and "rows of data.csv are gone" in status.message


@pytest.mark.parametrize("end", ["room is made", "stopped while full", "game dies while full"])
@needs_mount
def test_disk_runs_full(tmp_path: Path, display: str, end: str) -> None:
    """It waits with the reason, goes on by itself when there is room, and keeps rows and pictures in step."""
    with small_disk(tmp_path / "disk", 4) as disk:
        captures = Captures(disk / "captures")
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(2_400_000))
        with HandGame(captures.folder, tmp_path / "run", display) as game:
            game.wait_ready()
            game.drive_until(recording, take=1)
            game.drive_until(waiting_for("disk is"), take=1, seconds=20)
            game.ticks(30, 1)
            saved = game.status().frames_saved
            assert saved > 20
            if end == "room is made":
                ballast.unlink()
                game.drive_until(recording, take=1, seconds=TELL_SECONDS)
                game.ticks(40, 1)
                game.stop()
            elif end == "stopped while full":
                game.ticks(2)
                game.drive_until(lambda status: status.state == mapped_file.READY)
            assert game.close() == 0, game.log()
        assert_in_step(captures)
        if end != "room is made":
            # The very last words about the take may not have fitted either; the next start writes them.
            ballast.unlink()
            mend(captures.folder, tmp_path / "run")
        assert_whole(captures)
        assert_rows_show_their_tick(captures)
        assert len(captures.rows) >= saved + (20 if end == "room is made" else 0)
        if end == "room is made":
            assert captures.take(1)["ticks"]["by_outcome"]["dropped_disk"] > 0


@needs_mount
def test_recording_keeps_room_on_the_disk(tmp_path: Path, display: str) -> None:
    """It stops before the disk is full: no write fails, and others still have room. Then it goes on by itself."""
    with small_disk(tmp_path / "disk", 40) as disk:
        captures = Captures(disk / "captures")
        keep = shutil.disk_usage(disk).total // 20
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(shutil.disk_usage(disk).free - keep - 300_000))
        with HandGame(captures.folder, tmp_path / "run", display) as game:
            game.wait_ready()
            game.drive_until(recording, take=1)
            game.drive_until(waiting_for("nearly full"), take=1)
            game.ticks(20, 1)  # what was grabbed before is stored
            saved, free = game.status().frames_saved, shutil.disk_usage(disk).free
            game.ticks(150, 1)
            assert game.status().frames_saved == saved
            assert "nearly full" in game.status().message
            assert free > keep / 4
            ballast.unlink()
            game.drive_until(recording, take=1, seconds=TELL_SECONDS)
            game.ticks(20, 1)
            game.stop()
            assert game.close() == 0, game.log()
        assert_whole(captures)
        assert_rows_show_their_tick(captures)
        problems = captures.take(1)["problems"]
        assert [words for words in problems if "nearly full" in words]
        assert not [words for words in problems if "is full" in words]


@pytest.mark.parametrize("end", ["room is made", "stopped while full"])
@needs_mount
def test_disk_filled_by_another_program(tmp_path: Path, display: str, end: str) -> None:
    """Someone takes the last byte in an instant: writes really fail. Names have no gaps afterwards."""
    with small_disk(tmp_path / "disk", 40) as disk:
        captures = Captures(disk / "captures")
        ballast = disk / "ballast"
        with HandGame(captures.folder, tmp_path / "run", display) as game:
            game.wait_ready()
            game.ticks(40, 1)
            fill(ballast)
            took = game.drive_until(waiting_for("disk is"), take=1)
            assert took < TELL_SECONDS
            game.ticks(100, 1)
            if end == "room is made":
                ballast.unlink()
                game.drive_until(recording, take=1, seconds=TELL_SECONDS)
                game.ticks(40, 1)
                game.stop()
            else:
                game.ticks(2)
                game.drive_until(lambda status: status.state == mapped_file.READY)
                ballast.unlink()
            assert game.close() == 0, game.log()
        if end == "stopped while full":
            with HandGame(captures.folder, tmp_path / "run", display) as game:
                game.wait_ready()
                game.record(20, 1)
        assert_whole(captures)
        assert_rows_show_their_tick(captures)
        assert len(captures.rows) > 30


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def test_folder_turns_read_only(tmp_path: Path, display: str) -> None:
    """The reason is told, and recording goes on when the folder may be written to again."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.ticks(30, 1)
        with held(captures.folder):
            assert game.drive_until(waiting_for("permission"), take=1) < TELL_SECONDS
            game.ticks(50, 1)
        game.drive_until(recording, take=1, seconds=TELL_SECONDS)
        game.ticks(30, 1)
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)


@needs_mount
def test_read_only_from_the_start(tmp_path: Path, display: str) -> None:
    """The recorder refuses with a reason that names the folder; the game is not touched."""
    with small_disk(tmp_path / "disk", 4) as disk:
        (disk / "captures").mkdir()
        remount(disk, "ro")
        game = HandGame(disk / "captures", tmp_path / "run", display)
        took = game.drive_until(lambda status: status.state == mapped_file.FAILED)
        assert took < TELL_SECONDS + 1
        message = game.status().message
        assert game.close() == 2
        remount(disk, "rw")
    assert "captures folder" in message
    assert "settings" in message


def test_folder_deleted_while_recording(tmp_path: Path, display: str) -> None:
    """What is deleted is gone. The reason is told, and recording goes on when the folder is back."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.ticks(30, 1)
        captures.folder.rename(tmp_path / "moved away")
        assert game.drive_until(waiting_for("folder is gone"), take=1) < TELL_SECONDS
        shutil.rmtree(tmp_path / "moved away")
        captures.folder.mkdir()
        game.drive_until(told_that_rows_are_gone, take=1, seconds=TELL_SECONDS)
        game.ticks(30, 1)
        game.stop()
        game.record(30, 2)
        assert game.close() == 0, game.log()
    rows = [row for row in captures.rows if row.take == 2]
    assert len(rows) > 20
    assert {row.image for row in captures.rows} == {picture.name for picture in captures.pictures}


def test_folder_moved_away_and_back(tmp_path: Path, display: str) -> None:
    """A drive that was unplugged and comes back: nothing is lost, the take goes on."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.ticks(30, 1)
        captures.folder.rename(tmp_path / "away")
        assert game.drive_until(waiting_for("folder is gone"), take=1) < TELL_SECONDS
        (tmp_path / "away").rename(captures.folder)
        game.drive_until(recording, take=1, seconds=TELL_SECONDS)
        game.ticks(30, 1)
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)


def test_data_csv_deleted_while_recording(tmp_path: Path, display: str) -> None:
    """Rows go on in a new data.csv, none into the file that nobody sees; repair brings the deleted ones back."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.drive_until(lambda status: status.frames_saved >= 20, take=1)
        (captures.folder / "data.csv").unlink()
        gone = game.status().frames_saved
        assert game.drive_until(told_that_rows_are_gone, take=1) < TELL_SECONDS
        game.drive_until(lambda status: status.frames_saved >= gone + 20, take=1)
        game.stop()
        assert game.close() == 0, game.log()
    names = [picture.name for picture in captures.pictures]
    assert [row.image for row in captures.rows] == names[-len(captures.rows) :]
    assert 15 < len(captures.rows) < len(names)
    assert any("rows of data.csv are gone" in problem for problem in captures.take(1)["problems"])
    with HandGame(captures.folder, tmp_path / "run", display) as again:
        again.drive_until(lambda status: "rows at the front of data.csv are missing" in status.message)
    repair(captures.folder)
    assert_whole(captures)
    assert_rows_show_their_tick(captures)


def test_data_csv_held_by_a_spreadsheet(tmp_path: Path, display: str) -> None:
    """The second session finds data.csv locked: it waits, names the file, and no row is missing afterwards."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.record(20, 1)
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        with held(captures.folder / "data.csv"):
            assert game.drive_until(waiting_for("data.csv"), take=1) < TELL_SECONDS
            game.ticks(60, 1)
        game.drive_until(recording, take=1, seconds=TELL_SECONDS)
        game.ticks(30, 1)
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert {row.take for row in captures.rows} == {1, 2}


def test_data_csv_held_until_the_end(tmp_path: Path, display: str) -> None:
    """The rows come back from the pictures at the next start."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.record(20, 1)
    game = HandGame(captures.folder, tmp_path / "run", display)
    game.wait_ready()
    with held(captures.folder / "data.csv"):
        game.ticks(40, 1)
        started = time.perf_counter()
        assert game.close() == 0, game.log()
        assert time.perf_counter() - started < 6, "the game's end must not wait for a file"
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
    assert_whole(captures)
    assert {row.take for row in captures.rows} == {1, 2}


def test_pictures_held_by_a_virus_scanner(tmp_path: Path, display: str) -> None:
    """Every tenth picture can't be renamed for a second: the queue takes it, and order and step are kept."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display, hooks={"hold_pictures": 1.0}) as game:
        game.wait_ready()
        game.ticks(350, 1)
        game.stop()
        assert game.close() == 0, game.log()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert len(captures.rows) > 30


def test_slow_disk(tmp_path: Path, display: str) -> None:
    """A disk of ten pictures a second: the rest is dropped and counted, memory stays bounded, rows stay in step."""
    captures = Captures(tmp_path / "captures")
    slow = {"write": 0.05, "fsync": 0.3, "save": 0.1}
    with HandGame(captures.folder, tmp_path / "run", display, hooks={"slow": slow}) as game:
        game.wait_ready()
        game.ticks(300, 1)
        game.stop()
        assert game.close() == 0, game.log()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert captures.take(1)["ticks"]["by_outcome"]["dropped_queue_full"] > 100


@pytest.mark.parametrize("end", ["stopped", "game ends"])
def test_a_starved_processor_is_no_slow_disk(tmp_path: Path, display: str, end: str) -> None:
    """It is told as what it is, and every picture that was grabbed is saved, however late."""
    captures = Captures(tmp_path / "captures")
    told: set[str] = set()
    few = {"CAPTURE.FRAMES_PER_SECOND": 2}  # so that not many are on their way at the end
    with HandGame(captures.folder, tmp_path / "run", display, settings=few, hooks={"starve": 1.5}) as game:
        game.wait_ready()
        for _ in range(450):
            game.step(1)
            told.add(game.status().message)
        if end == "stopped":
            game.stop()
        assert game.close() == 0, game.log()
    assert [words for words in told if "the processor is busy" in words]
    assert not [words for words in told if "disk" in words]
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    take = captures.take(1)
    assert take["how_it_ended"] == ("stopped" if end == "stopped" else "game_ended")
    assert "dropped_disk" not in take["ticks"]["by_outcome"]
    assert take["ticks"]["by_outcome"]["dropped_queue_full"] > 0
    assert take["problems"] == {}


def test_disk_that_never_answers(tmp_path: Path, display: str) -> None:
    """A dead network drive: the user is told within two seconds, and the recorder still ends with the game."""
    captures = Captures(tmp_path / "captures")
    game = HandGame(captures.folder, tmp_path / "run", display, hooks={"hang": 1.5})
    game.wait_ready()
    game.drive_until(recording, take=1)
    game.drive_until(waiting_for("too slow or doesn't answer"), take=1, seconds=1.5 + TELL_SECONDS)
    started = time.perf_counter()
    game.close()
    assert time.perf_counter() - started < 8
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
    assert_whole(captures)
