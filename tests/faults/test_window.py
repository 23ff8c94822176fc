"""The game's window is closed, minimised, covered, moved, resized; the desktop goes away and comes back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lib.link import mapped_file
from tests import environment
from tests.end_to_end.captures import Captures, assert_whole
from tests.faults.game import HandGame
from tests.faults.in_step import assert_rows_show_their_tick
from tests.faults.scene import SIZE, Scene
from tests.faults.test_disk import TELL_SECONDS, recording, waiting_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="X11; windows of Windows: tests/windows")


def close(scene: Scene) -> None:
    scene.destroy()


def open_again(scene: Scene) -> None:
    scene.open_again((200, 120))


FAULTS: dict[str, tuple[str, Callable[[Scene], None], Callable[[Scene], None]]] = {
    "closed": ("can't be found", close, open_again),
    "minimised": ("minimised", Scene.unmap, Scene.map),
    "off the screen": ("beyond the screen", lambda s: s.move(-90, 40), lambda s: s.move(60, 50)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_window_is_gone_for_a_while(tmp_path: Path, display: str, fault: str) -> None:
    """The panel says why within two seconds; nothing wrong is saved meanwhile; then it goes on by itself."""
    words, provoke, end = FAULTS[fault]
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        assert game.scene is not None
        game.wait_ready()
        game.drive_until(recording, take=1)
        game.ticks(30, 1)
        provoke(game.scene)
        game.shows = fault != "closed"
        assert game.drive_until(waiting_for(words), take=1) < TELL_SECONDS
        saved = game.status().frames_saved
        game.ticks(50, 1)
        assert game.status().frames_saved == saved
        end(game.scene)
        game.shows = True
        assert game.drive_until(recording, take=1) < TELL_SECONDS
        game.ticks(30, 1)
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert len(captures.rows) > saved + 15


def test_window_covered_by_another(tmp_path: Path, display: str) -> None:
    """A window above the game is not recorded as if it were the game."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.drive_until(recording, take=1)
        game.ticks(20, 1)
        other = Scene(display, (300, 120), at=(100, 120), title="A chat")
        assert game.drive_until(waiting_for("covers"), take=1) < TELL_SECONDS
        other.close()
        assert game.drive_until(recording, take=1) < TELL_SECONDS
        game.ticks(20, 1)
        game.stop()
    assert_whole(captures)


def test_window_moved_while_recording(tmp_path: Path, display: str) -> None:
    """It is followed; every picture shows the tick of its row."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        assert game.scene is not None
        game.wait_ready()
        for step in range(12):
            game.ticks(12, 1)
            game.scene.move(30 + step * 40, 40 + step * 10)
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert len(captures.rows) > 100


def test_window_resized_while_recording(tmp_path: Path, display: str) -> None:
    """Another display mode: the take goes on, tells both sizes, and no picture mixes them."""
    captures = Captures(tmp_path / "captures")
    larger = (640, 400)
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        assert game.scene is not None
        game.wait_ready()
        game.ticks(40, 1)
        game.scene.resize(*larger)
        game.ticks(40, 1)
        game.stop()
    assert_whole(captures)
    assert captures.take(1)["window_sizes"] == [f"{SIZE[0]}x{SIZE[1]}", f"{larger[0]}x{larger[1]}"]
    sizes = set()
    for path in captures.pictures:
        with Image.open(path) as picture:
            sizes.add(picture.size)
    assert sizes == {SIZE, larger}


@pytest.mark.parametrize("source", ["window", "monitor1"])
def test_desktop_gone_and_back(tmp_path: Path, source: str) -> None:
    """The X server dies under a recording: what is saved stays, the reason is told; a new one is found by itself."""
    server = environment.start_display(800, 600)
    captures = Captures(tmp_path / "captures")
    settings = {"CAPTURE.SOURCE": source, "CAPTURE.WIDTH": 352}
    with HandGame(captures.folder, tmp_path / "run", server.name, settings=settings) as game:
        game.wait_ready()
        game.ticks(40, 1)
        server.server.kill()
        server.server.wait()
        game.scene = None
        assert game.drive_until(waiting_for("display", "grabbed"), take=1) < TELL_SECONDS
        saved = game.status().frames_saved
        assert saved > 10
        command = ["Xvfb", server.name, "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset"]
        again = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            game.scene = Scene(server.name, patience=5.0)
            assert game.drive_until(recording, take=1) < TELL_SECONDS + 1
            game.ticks(40, 1)
            game.stop()
            assert game.close() == 0, game.log()
        finally:
            again.kill()
            again.wait()
    assert_whole(captures)
    assert len(captures.rows) > saved + 10


def test_no_desktop_at_all(tmp_path: Path) -> None:
    """The recorder starts, says what is missing, and records nothing that isn't there."""
    with HandGame(tmp_path / "captures", tmp_path / "run", display=None, environment={"DISPLAY": ":987"}) as game:
        game.drive_until(waiting_for("no display"), take=1)
        game.stop()
        assert game.status().frames_saved == 0
        assert game.status().state == mapped_file.READY
    captures = Captures(tmp_path / "captures")
    assert captures.pictures == []
    assert captures.take(1)["ticks"]["by_outcome"]["dropped_no_display"] > 0
