"""The recorder as a process, against a real window on a real display."""

import csv
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lib.captures.lock import FolderLock
from lib.link.mapped_file import FAILED, READY, RECORDING, WAITING, RecorderStatus
from lib.link.sample import HOLD_REASONS
from tests.unit.recorder.drawn_game import PANEL, WITNESS_BITS, WITNESS_BLOCK, DrawnGame, DrawnWindow

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="draws with X11")

Play = Callable[..., DrawnGame]


@pytest.fixture
def play(steady_display: None, tmp_path: Path) -> Iterator[Play]:
    games: list[DrawnGame] = []

    def begin(**how: Any) -> DrawnGame:
        games.append(DrawnGame(tmp_path, **how))
        return games[-1]

    yield begin
    for game in games:
        game.close()


def rows_of(captures: Path) -> list[list[str]]:
    path = captures / "data.csv"
    return list(csv.reader(path.read_text().splitlines())) if path.exists() else []


def ticks_of(captures: Path, take: int) -> list[dict[str, str]]:
    return list(csv.DictReader((captures / f"{take:02d}_ticks.csv").read_text().splitlines()))


def described(captures: Path, take: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((captures / f"{take:02d}_take.json").read_text())
    return content


def is_waiting_for(word: str, status: RecorderStatus) -> bool:
    return bool(status.state == WAITING and word in status.message)


def witness(picture: Path) -> int:
    with Image.open(picture) as image:
        grey = image.convert("L")
        left = grey.width - WITNESS_BITS * WITNESS_BLOCK + WITNESS_BLOCK // 2
        lit = [grey.getpixel((left + bit * WITNESS_BLOCK, WITNESS_BLOCK // 2)) > 128 for bit in range(WITNESS_BITS)]
    return sum(is_lit << bit for bit, is_lit in enumerate(lit))


def check(captures: Path) -> int:
    """Everything that must hold for any folder that recorders have left. Returns the number of rows."""
    rows = rows_of(captures)
    assert [row[0] for row in rows] == sorted(path.name for path in captures.glob("*.jpg"))
    saved = {}
    for path in captures.glob("*_take.json"):
        take = int(path.name[:2])
        lines, content = ticks_of(captures, take), described(captures, take)
        ticks = [int(line["tick"]) for line in lines]
        assert ticks == list(range(ticks[0], ticks[0] + len(ticks))) if ticks else True
        assert content["ticks"]["total"] == len(lines) == sum(content["ticks"]["by_outcome"].values())
        assert content["how_it_ended"] != "open"
        images = [line["image"] for line in lines if line["image"]]
        assert images == [f"{take:02d}_{frame:06d}.jpg" for frame in range(1, len(images) + 1)]
        assert content["frames_saved"] == len(images)
        saved.update({line["image"]: line for line in lines if line["image"]})
    assert sorted(saved) == [row[0] for row in rows]
    for row in rows:
        line = saved[row[0]]
        assert len(row) == 15
        assert float(row[5]) == float(line["steer"])
        if line["paired_by"] == "strip":
            assert witness(captures / row[0]) == int(line["tick"])
    return len(rows)


def test_two_takes_are_recorded_as_the_contract_says(play: Play) -> None:
    game = play()
    for _ in range(2):
        game.start()
        game.drive(0.8)
        game.stop()
        game.drive(0.3)
    assert game.end() == 0
    assert check(game.captures) > 30
    assert not game.link_path.exists()
    assert game.log() == ""
    for take in (1, 2):
        content = described(game.captures, take)
        assert content["how_it_ended"] == "stopped"
        assert content["car"] == "abarth500"
        assert content["window_sizes"] == ["640x360"]
        # Start and Stop fall on exact ticks.
        assert content["ticks"]["total"] == 48


def test_what_the_panel_says_in_the_end_is_what_was_saved(play: Play) -> None:
    """The last pictures of a take are stored after it was stopped, and just before it is closed."""
    game = play()
    said = []
    for _ in range(3):
        game.start()
        game.drive(0.5)
        game.stop()
        status = game.drive_until(lambda status: status.state == READY)
        said.append(status.frames_saved)
    game.start()
    game.drive(0.3)
    game.end()
    last = game.link.status()
    assert last is not None
    assert [*said, last.frames_saved] == [described(game.captures, take)["frames_saved"] for take in (1, 2, 3, 4)]


def test_the_status_tells_what_recording_costs(play: Play) -> None:
    game = play()
    game.start()
    game.drive(2.0)
    status = game.link.status()
    game.end()
    assert status is not None
    files = sum(path.stat().st_size for path in game.captures.iterdir())
    assert 0 < status.bytes_per_second * 2.0 < 1.2 * files
    assert status.bytes_per_second * 2.0 > 0.5 * files
    free = shutil.disk_usage(game.captures).free
    assert 0 < status.room_seconds * status.bytes_per_second < 1.05 * free


def test_the_panel_is_masked_and_the_scene_is_not(play: Play) -> None:
    game = play()
    game.start()
    game.drive(0.5)
    game.stop()
    game.end()
    with Image.open(game.captures / "01_000005.jpg") as image:
        assert all(abs(value - 128) < 4 for value in image.getpixel((PANEL[0] + 170, PANEL[1] + 34)))
        assert image.getpixel((600, 300))[2] > 90


def test_the_next_session_goes_on_after_the_last_and_changes_nothing(play: Play, tmp_path: Path) -> None:
    game = play()
    game.start()
    game.drive(0.4)
    game.end()
    before = {path.name: path.read_bytes() for path in game.captures.iterdir() if path.name != ".lock"}
    again = play()
    again.start()
    again.drive(0.4)
    again.end()
    check(again.captures)
    for name, content in before.items():
        now = (again.captures / name).read_bytes()
        assert now.startswith(content) if name == "data.csv" else now == content
    assert described(again.captures, 2)["how_it_ended"] == "game_ended"


def test_pictures_keep_to_the_limit(play: Play) -> None:
    game = play(settings={"CAPTURE.FRAMES_PER_SECOND": 10})
    game.start()
    game.drive(2)
    game.stop()
    game.end()
    assert 18 <= check(game.captures) <= 21
    assert described(game.captures, 1)["ticks"]["by_outcome"]["cap"] > 80


def test_held_ticks_are_not_recorded(play: Play) -> None:
    game = play()
    game.start()
    game.drive(0.4)
    game.hold = 1
    game.drive(0.4)
    game.hold = 0
    game.drive(0.4)
    game.stop()
    game.end()
    check(game.captures)
    assert described(game.captures, 1)["ticks"]["by_outcome"]["held_paused"] == 24


def test_without_a_strip_pictures_are_paired_by_clock(play: Play) -> None:
    game = play()
    game.drive(1)
    game.start()
    game.drive(1)
    game.shows_strip = False
    game.drive(1)
    game.stop()
    game.end()
    assert check(game.captures) > 40
    lines = [line for line in ticks_of(game.captures, 1) if line["paired_by"] == "clock"]
    assert len(lines) > 10


@pytest.mark.parametrize("end", ["kill", "terminate", "closing", "stop"])
def test_however_it_ends_what_was_grabbed_is_kept(play: Play, end: str) -> None:
    game = play()
    game.start()
    game.drive(0.7)
    if end == "kill":
        game.recorder.kill()
    elif end == "terminate":
        game.recorder.send_signal(signal.SIGTERM)
    elif end == "closing":
        game.link.ask_to_close()
    acknowledged = game.link.status().frames_saved
    if end == "stop":
        game.end()
    else:
        game.recorder.wait(6)
        game.close()
    assert len(rows_of(game.captures)) >= acknowledged > 5
    again = play()
    status = again.link.status()
    again.end()
    assert ("1 take that a crash left open" in status.message) == (end == "kill")
    assert check(again.captures) >= acknowledged
    expected = {"kill": "recovered after a crash", "terminate": "recorder_stopped"}.get(end, "game_ended")
    assert described(again.captures, 1)["how_it_ended"] == expected


def test_a_window_in_trouble_makes_it_wait_and_go_on(play: Play) -> None:
    game = play()
    game.start()
    game.drive_until(lambda status: status.state == RECORDING and status.frames_saved > 5)
    assert game.window is not None
    for trouble, word in ((game.window.unmap, "minimised"), (game.window.close, "can't be found")):
        trouble()
        if word == "can't be found":
            game.window = None
        began = time.perf_counter()
        game.drive_until(lambda status, word=word: status.state == WAITING and word in status.message)  # type: ignore[misc]
        assert time.perf_counter() - began < 2
        if game.window is not None:
            game.window.map()
        else:
            game.window = DrawnWindow("Assetto Corsa", (30, 30, *game.size), os.getpid())
        game.drive_until(lambda status: status.state == RECORDING and not status.message)
    cover = DrawnWindow("on top", (0, 0, 300, 300))
    game.drive_until(partial(is_waiting_for, "covers"))
    cover.close()
    game.drive_until(lambda status: status.state == RECORDING)
    game.window.place(-100, 30, *game.size)
    game.drive_until(partial(is_waiting_for, "beyond the screen"))
    game.window.place(80, 90, 500, 300)
    game.drive_until(lambda status: status.state == RECORDING)
    game.drive(0.3)
    game.stop()
    game.end()
    check(game.captures)
    content = described(game.captures, 1)
    assert content["window_sizes"] == ["640x360", "500x300"]
    assert {"dropped_minimised", "dropped_no_window", "dropped_covered", "dropped_off_screen"} <= set(
        content["ticks"]["by_outcome"]
    )
    assert len(content["problems"]) == 4


def test_a_notice_that_is_over_is_not_told_of_the_next_take(play: Play) -> None:
    """The game was minimised while nothing was recorded; the window is back when recording begins."""
    game = play()
    assert game.window is not None
    game.window.unmap()
    game.drive_until(lambda status: "minimised" in status.message)
    game.window.map()
    game.start()
    game.drive_until(lambda status: status.state == RECORDING and status.frames_saved > 5)
    game.stop()
    assert game.drive_until(lambda status: status.state == READY).message == ""
    game.end()


def test_a_picture_that_never_changes_while_the_car_moves_is_told(play: Play) -> None:
    game = play()
    game.start()
    game.drive_until(lambda status: status.frames_saved > 5)
    game.shows_scene = False
    game.drive_until(partial(is_waiting_for, "borderless"))
    game.shows_scene = True
    game.drive_until(lambda status: status.state == RECORDING)
    game.stop()
    game.end()
    check(game.captures)


def test_a_second_recorder_is_refused(play: Play) -> None:
    game = play()
    other = play()
    assert other.link.status().state == FAILED
    assert "another SyncLogger" in other.link.status().message
    assert other.recorder.wait(5) == 2
    game.start()
    game.drive(0.3)
    game.end()
    check(game.captures)


def test_a_bad_setting_is_refused_by_its_name(play: Play) -> None:
    game = play(settings={"CAPTURE.QUALITY": 1000})
    assert game.link.status().state == FAILED
    assert "CAPTURE.QUALITY" in game.link.status().message
    assert game.recorder.wait(5) == 2


def test_a_folder_that_goes_away_and_comes_back(play: Play, tmp_path: Path) -> None:
    game = play()
    game.start()
    game.drive_until(lambda status: status.frames_saved > 5)
    game.captures.rename(tmp_path / "away")
    began = time.perf_counter()
    game.drive_until(partial(is_waiting_for, "folder is gone"))
    assert time.perf_counter() - began < 2
    (tmp_path / "away").rename(game.captures)
    game.drive_until(lambda status: status.state == RECORDING)
    game.drive(0.3)
    game.stop()
    game.end()
    check(game.captures)


def test_a_folder_that_stays_away_costs_what_was_not_stored_and_nothing_else(play: Play, tmp_path: Path) -> None:
    game = play()
    game.start()
    game.drive_until(lambda status: status.frames_saved > 5)
    game.captures.rename(tmp_path / "away")
    saved = game.link.status().frames_saved
    game.drive(1)
    assert game.end() == 0
    again_folder = tmp_path / "away"
    shutil.move(again_folder, game.captures)
    again = play()
    again.end()
    assert check(game.captures) >= saved


def test_a_locked_folder_is_said_at_once(play: Play, tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    with FolderLock(tmp_path / "captures"):
        game = play()
        assert game.link.status().state == FAILED


def test_black_pictures_are_told_and_not_saved(play: Play) -> None:
    game = play()
    game.shows_scene = False
    assert game.window is not None
    game.window.fill((0, 0, 0), [(0, 0, *game.size)])
    game.window.settle()
    game.start()
    game.drive_until(partial(is_waiting_for, "exclusive fullscreen"))
    game.stop()
    game.end()
    assert check(game.captures) == 0
    assert set(described(game.captures, 1)["ticks"]["by_outcome"]) <= {"dropped_black", "busy", "not_shown"}


def test_a_monitor_is_recorded_whole(play: Play) -> None:
    game = play(settings={"CAPTURE.SOURCE": "monitor1", "CAPTURE.WIDTH": 320})
    game.start()
    game.drive(0.8)
    game.stop()
    game.end()
    assert len(rows_of(game.captures)) > 10
    width, height = map(int, described(game.captures, 1)["window_sizes"][0].split("x"))
    with Image.open(game.captures / "01_000001.jpg") as image:
        assert image.size == (320, round(height * 320 / width))
    assert described(game.captures, 1)["saved_sizes"] == [f"320x{round(height * 320 / width)}"]


def test_a_monitor_that_is_not_there_is_told(play: Play) -> None:
    game = play(settings={"CAPTURE.SOURCE": "monitor3"})
    game.start()
    game.drive_until(partial(is_waiting_for, "monitor"))
    game.end()


def test_pictures_can_be_smaller_and_keep_the_panel(play: Play) -> None:
    game = play(settings={"CAPTURE.HEIGHT": 120, "SYNC.MASK_PANEL": 0})
    game.start()
    game.drive(0.5)
    game.stop()
    game.end()
    with Image.open(game.captures / "01_000003.jpg") as image:
        assert image.size == (213, 120)
        assert all(abs(value - 50) < 12 for value in image.getpixel(((PANEL[0] + 170) // 3, (PANEL[1] + 20) // 3)))


def test_start_stop_start_in_a_row_are_takes_of_their_own(play: Play) -> None:
    game = play(settings={"CAPTURE.FRAMES_PER_SECOND": 0})
    for _ in range(12):
        game.start()
        game.drive(0.05)
        game.stop()
        game.drive(1 / 60)
    game.drive(0.3)
    game.end()
    check(game.captures)
    assert [described(game.captures, take)["ticks"]["total"] for take in range(1, 13)] == [3] * 12


def test_takes_that_follow_each_other_without_a_pause_do_not_mix(play: Play) -> None:
    game = play()
    for _ in range(3):
        game.start()
        game.drive(0.3)
    game.stop()
    game.drive(0.3)
    game.end()
    check(game.captures)
    assert [described(game.captures, take)["ticks"]["total"] for take in (1, 2, 3)] == [18] * 3


def test_a_game_that_stands_still_keeps_its_recorder(play: Play) -> None:
    game = play()
    game.start()
    game.drive(0.3)
    time.sleep(1.5)
    before = game.link.status()
    game.drive(0.3)
    after = game.wait_for(lambda status: status.frames_saved > before.frames_saved)
    assert after.heartbeat - before.heartbeat >= 1
    game.end()
    check(game.captures)


def test_a_forged_link_ends_the_recorder_and_nothing_else(play: Play) -> None:
    game = play()
    game.start()
    game.drive(0.3)
    game.tick = 2**40
    game.step()
    status = game.wait_for(lambda status: status.state == FAILED)
    assert "jump" in status.message
    assert game.recorder.wait(6) == 2
    game.close()
    check(game.captures)
    assert described(game.captures, 1)["how_it_ended"] == "recorder_failed"


def test_a_pause_makes_the_recording_no_cheaper(play: Play) -> None:
    """What the panel says of MB/s and of the disk's room is that of driving, in the pause and behind it."""
    game = play()
    game.start()
    game.drive(5)
    before = game.drive_until(lambda status: status.bytes_per_second > 0)
    game.hold = HOLD_REASONS.index("paused")
    game.drive(8)
    game.hold = 0
    for _ in range(4):
        game.drive(0.5)
        status = game.link.status()
        assert status is not None
        assert 0.75 * before.bytes_per_second < status.bytes_per_second < 1.33 * before.bytes_per_second
    assert game.end() == 0
