"""The game's window is closed, minimised, covered, moved, resized; the desktop goes away and comes back."""

from __future__ import annotations

import os
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
from tests.faults.overlay import Overlay
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
    """A window above the game is not recorded as if it were the game. Panel and log name it, NN_take.json does not."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.drive_until(recording, take=1)
        game.ticks(20, 1)
        other = Scene(display, (300, 120), at=(100, 120), title="A chat")
        assert game.drive_until(waiting_for('"A chat" covers the game'), take=1) < TELL_SECONDS
        other.close()
        assert game.drive_until(recording, take=1) < TELL_SECONDS
        game.ticks(20, 1)
        game.stop()
        assert '"A chat" covers the game' in game.log()
    assert_whole(captures)
    assert any("covers the game" in problem for problem in captures.take(1)["problems"])
    assert not any("A chat" in problem for problem in captures.take(1)["problems"])


@pytest.mark.parametrize("has_alpha", [True, False])
def test_overlay_that_the_strip_is_seen_through(tmp_path: Path, display: str, has_alpha: bool) -> None:
    """Whatever the system says of it: a strip in the picture proves that it hides nothing."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.drive_until(recording, take=1)
        overlay = Overlay(display, (0, 0, 700, 500), seen_through=True, has_alpha=has_alpha)
        game.ticks(150, 1)
        overlay.close()
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert len(captures.rows) > 75
    assert "dropped_covered" not in captures.take(1)["ticks"]["by_outcome"]


def test_overlay_that_hides_the_game(tmp_path: Path, display: str) -> None:
    """It could be see-through and is not: nothing of it is recorded. The panel says what would settle it."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.drive_until(recording, take=1)
        overlay = Overlay(display, (0, 0, 700, 500), title="A map", process_id=os.getpid())
        assert game.drive_until(waiting_for('"A map" (Overlay, '), take=1) < TELL_SECONDS
        assert "if it is see-through, open the SyncLogger panel" in game.status().message
        saved = game.status().frames_saved
        game.ticks(50, 1)
        assert game.status().frames_saved == saved
        overlay.close()
        assert game.drive_until(recording, take=1) < TELL_SECONDS
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)


@pytest.mark.parametrize("at", [(-1, 40), (30, -2), (799 - SIZE[0] + 2, 40)])
def test_window_a_little_beyond_the_screen(tmp_path: Path, at: tuple[int, int]) -> None:
    """It is recorded: all pictures are as large as before, what can't be seen is black, and the take says so."""
    server = environment.start_display(800, 600)
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", server.name) as game:
        assert game.scene is not None
        game.wait_ready()
        game.ticks(40, 1)
        game.scene.move(*at)
        game.ticks(60, 1)
        game.stop()
        game.close()
    server.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    take = captures.take(1)
    assert "dropped_off_screen" not in take["ticks"]["by_outcome"]
    assert take["saved_sizes"] == [f"{SIZE[0]}x{SIZE[1]}"]
    assert any("reaches beyond the screen" in problem for problem in take["problems"])
    with Image.open(captures.pictures[-1]) as picture:
        assert picture.size == SIZE
        edges = {"left": (0, 100), "top": (SIZE[0] - 4, 0), "right": (SIZE[0] - 1, 100)}
        side = "left" if at[0] < 0 else "top" if at[1] < 0 else "right"
        grey = picture.convert("L")  # colours run into each other at an edge
    assert grey.getpixel(edges[side]) < 35
    assert grey.getpixel((SIZE[0] - 4, 100)) > 60


@pytest.mark.parametrize("kind", ["black", "frozen"])
def test_way_to_the_screen_goes_stale(tmp_path: Path, display: str, kind: str) -> None:
    """It gives pictures, and no error, but they are black or old: another one is made, and it goes on by itself."""
    captures = Captures(tmp_path / "captures")
    stale = tmp_path / "stale"
    hooks = {"stale": [str(stale), kind]}
    with HandGame(captures.folder, tmp_path / "run", display, hooks=hooks) as game:
        game.wait_ready()
        game.drive_until(recording, take=1)
        game.ticks(20, 1)
        stale.touch()
        game.ticks(400, 1)
        last = game.tick
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert max(captures.tick_of_picture().values()) > last - 50
    assert captures.take(1)["ticks"]["by_outcome"][f"dropped_{kind}"] >= 1
    assert any("can't be grabbed" in problem for problem in captures.take(1)["problems"])


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
