"""The release as players get it, as Windows processes under Wine: unpacked into an empty game, no other Python used.

What `test_record` says about a drive must hold here word for word: its tests are run again on this one.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from lib.install.package import package
from lib.repair.repair import repair
from tests.end_to_end.captures import Captures, assert_pictures_show_their_ticks, assert_whole
from tests.end_to_end.test_record import (  # noqa: F401
    captures,
    scene_of_the_drive,
    test_a_picture_is_what_was_drawn,
    test_best_lap_is_the_best_of_the_valid_ones,
    test_every_picture_shows_the_tick_of_its_row,
    test_gain_is_positive_while_getting_faster,
    test_gear_counts_from_minus_one,
    test_lap_is_invalid_from_the_cut_to_the_line,
    test_lap_time_position_and_delta,
    test_no_smeared_position_at_the_line,
    test_one_row_per_picture_in_order,
    test_the_other_app_and_the_game_go_on,
    test_the_panel_is_masked,
    test_the_take_says_what_was_driven,
    test_what_the_driver_and_the_car_did,
    truths,
)
from tests.environment import ROOT
from tests.host.root import prepare_root
from tests.host.run import Host
from tests.host.scene import Event, Scene, two_takes
from tests.windows.wine import Wine, embeddable_python, host_python

_READY = 4.0  # Windows processes take longer to start here
_BELOW_NORMAL_PRIORITY = 0x4000
_SIZE = (960, 540)


@pytest.fixture(scope="session")
def release(wine: Wine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("release") / "SyncLogger.zip"
    assert package(ROOT, out, embeddable_python(), None) == 0
    return out


def unpack(release: Path, root: Path) -> Path:
    """An empty game with the release unpacked into it; the app's folder."""
    app = prepare_root(root, ROOT)
    shutil.rmtree(app)
    with zipfile.ZipFile(release) as archive:
        archive.extractall(root)
    return app


def start(wine: Wine, root: Path, scene: Scene) -> Host:
    (root / "scene.json").write_text(scene.to_json(), encoding="utf-8")
    places = [wine.windows_path(root), wine.windows_path(root / "scene.json")]
    process = wine.start(
        host_python(), "-X", "utf8", "-m", "tests.host", *places, log=root / "host_output.txt", folder=ROOT
    )
    return Host(root, process)


def finish(host: Host) -> None:
    code = host.process.wait(timeout=90)
    assert code == 0, (host.root / "host_output.txt").read_text(encoding="utf-8", errors="replace")


def use_windows(wine: Wine, root: Path, *steps: str) -> Path:
    """Start the tool that moves windows; the file with what it prints."""
    log = root / "tool_output.txt"
    tool = wine.windows_path(ROOT / "tests" / "windows" / "window_tool.py")
    wine.start(host_python(), "-X", "utf8", tool, *steps, log=log, folder=root)
    return log


def wait_until_gone(wine: Wine, text: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while wine.alive(text) and time.monotonic() < end:
        time.sleep(0.1)
    assert wine.alive(text) == []


@pytest.fixture(scope="module")
def drive(wine: Wine, release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    root = tmp_path_factory.mktemp("Spiele für mich") / "Assetto Corsa ж"
    unpack(release, root)
    host = start(wine, root, scene_of_the_drive())
    use_windows(wine, root, "wait:5", "processes", "windows")
    finish(host)
    wait_until_gone(wine, "lib.recorder", 5)
    yield host


def test_repair_finds_nothing_to_mend(drive: Host) -> None:
    assert str(repair(drive.app / "captures")) == "nothing to mend"


def test_no_window_but_the_games_is_opened(drive: Host) -> None:
    lines = (drive.root / "tool_output.txt").read_text().splitlines()
    assert [line for line in lines if line.startswith("window ")] == ["window 'Assetto Corsa'"]


def test_the_packed_runtime_recorded_below_normal_priority(drive: Host) -> None:
    lines = (drive.root / "tool_output.txt").read_text().splitlines()
    found = [line.split(maxsplit=4) for line in lines if line.startswith("process ")]
    (recorder,) = [process for process in found if process[4].endswith("logger\\\\runtime\\\\python.exe'")]
    assert int(recorder[3]) == _BELOW_NORMAL_PRIORITY
    parents = {process[1] for process in found if "host-python" in process[4]}
    assert recorder[2] in parents


def test_the_recorder_had_nothing_to_complain_about(drive: Host) -> None:
    assert (drive.app / "recorder.log").read_text(encoding="utf-8") == ""
    assert Captures(drive.app / "captures").take(1)["versions"]["platform"].startswith("Windows")


def test_install_enables_the_app_where_documents_were_moved_to(
    wine: Wine, release: Path, tmp_path: Path, redirected_documents: Path
) -> None:
    app = unpack(release, tmp_path)
    (tmp_path / "acs.exe").touch()
    config = redirected_documents / "Assetto Corsa" / "cfg"
    config.mkdir(parents=True)
    for command in (["install", "--enable"], ["uninstall"]):
        log = tmp_path / f"{command[0]}.txt"
        process = wine.start(app / "runtime" / "python.exe", "-m", "lib", *command, log=log, folder=app)
        assert process.wait(timeout=60) == 0, log.read_text(errors="replace")
        if command[0] == "install":
            assert "[LOGGER]\nACTIVE=1" in (config / "python.ini").read_text()
            assert "[PYTHON]\nENABLE_PYTHON=1" in (config / "gameplay.ini").read_text()
    assert list(config.iterdir()) == []


@pytest.fixture
def redirected_documents(wine: Wine, tmp_path: Path) -> Iterator[Path]:
    """The Documents of the Windows user, moved to another drive."""
    folder = tmp_path / "Dokumente auf D"
    folder.mkdir()
    wine.set_folder("Personal", wine.windows_path(folder))
    yield folder
    wine.set_folder("Personal", r"%USERPROFILE%\Documents")


def test_killing_the_game_leaves_whole_takes_and_no_orphan(wine: Wine, release: Path, tmp_path: Path) -> None:
    app = unpack(release, tmp_path)
    host = start(wine, tmp_path, Scene(events=two_takes(2, 60, ready=_READY), size=_SIZE))
    time.sleep(_READY + 2 + 1 + 3)
    assert len(wine.alive("lib.recorder")) == 1
    os.kill(host.process.pid, signal.SIGKILL)
    wait_until_gone(wine, "lib.recorder", 5)
    left = Captures(app / "captures")
    assert_whole(left)
    assert left.take(1)["how_it_ended"] == "stopped"
    assert left.take(2)["how_it_ended"] == "game_ended"
    assert left.take(2)["ended_utc"]
    assert left.take(2)["frames_saved"] > 20
    assert str(repair(app / "captures")) == "nothing to mend"


def test_recording_pauses_with_a_reason_and_goes_on(wine: Wine, release: Path, tmp_path: Path) -> None:
    """Among windows with a similar title the game's is moved, minimised, covered, and pushed off the screen."""
    app = unpack(release, tmp_path)
    seconds = 20
    events = (Event(_READY, "click"), Event(_READY + seconds, "click"), Event(_READY + seconds + 1, "quit"))
    host = start(wine, tmp_path, Scene(events=events, size=_SIZE))
    steps = "similar:2000:100 wait:6 move:40:50 wait:1 minimise wait:2 restore wait:2 cover wait:2 uncover wait:2"
    use_windows(wine, tmp_path, *steps.split(), "move:2200:1200", "wait:2", "move:300:200", "wait:20")
    finish(host)
    left = Captures(app / "captures")
    assert_whole(left)
    with Image.open(left.pictures[-1]) as picture:
        assert picture.size == _SIZE
    outcomes = left.take(1)["ticks"]["by_outcome"]
    for problem in ("minimised", "covered", "off_screen"):
        assert 20 <= outcomes[f"dropped_{problem}"] <= 200, outcomes
    said = " ".join(left.take(1)["problems"])
    for words in ("minimised", "covers the game", "beyond the screen"):
        assert words in said
    assert_pictures_show_their_ticks(left)
    ticks = left.tick_of_picture()
    last_tick = int(left.ticks(1)[-1]["tick"])
    assert max(ticks.values()) > last_tick - 30, "recording did not go on after the window came back"
