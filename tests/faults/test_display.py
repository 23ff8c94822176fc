"""What happens to the desktop under a recording: other monitors, other display modes, a locked screen, a blank one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xcffib
import xcffib.xproto as xproto

from tests import environment
from tests.end_to_end.captures import Captures, assert_whole
from tests.faults.game import HandGame
from tests.faults.in_step import assert_rows_show_their_tick
from tests.faults.scene import SIZE
from tests.faults.test_disk import TELL_SECONDS, recording, waiting_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="X11")

DESKTOP = (1600, 900)
SMALLER = (640, 480)
_PROGRAMS = {"xrandr": "x11-xserver-utils", "i3lock": "i3lock"}


class Desktop:
    """An X server of its own, whose monitors and modes change. It lives as long as somebody is connected."""

    def __init__(self) -> None:
        self._server = environment.start_display(*DESKTOP)
        self.name = self._server.name
        self._connection = xcffib.connect(display=self.name)

    def set_mode(self, size: tuple[int, int]) -> None:
        """Show the desktop in this size, as when a game or a person changes the resolution."""
        name = f"{size[0]}x{size[1]}"
        if size != DESKTOP:
            # What a monitor is told; nobody looks at this one.
            timing = [str(number) for number in (60, size[0], *[size[0] + 80] * 3, size[1], *[size[1] + 8] * 3)]
            self._xrandr("--newmode", name, *timing)
            self._xrandr("--addmode", "screen", name)
        self._xrandr("--output", "screen", "--mode", name)

    def plug_in(self, name: str, left: int, size: tuple[int, int], output: str = "none") -> None:
        """Make a part of the desktop a monitor."""
        self._xrandr("--setmonitor", name, f"{size[0]}/100x{size[1]}/100+{left}+0", output)

    def unplug(self, name: str) -> None:
        self._xrandr("--delmonitor", name)

    def blank(self) -> None:
        self._connection.core.ForceScreenSaver(xproto.ScreenSaver.Active)
        self._connection.flush()

    def wake(self) -> None:
        self._connection.core.ForceScreenSaver(xproto.ScreenSaver.Reset)
        self._connection.flush()

    def lock(self) -> subprocess.Popen[bytes]:
        """Lock the screen with a real locker. Whoever ends it has unlocked the screen."""
        return subprocess.Popen(
            ["i3lock", "--nofork", "--color=330000"], env={"DISPLAY": self.name, "PATH": "/usr/bin"}
        )

    def close(self) -> None:
        self._connection.disconnect()
        self._server.stop()

    def _xrandr(self, *arguments: str) -> None:
        environment.run(["xrandr", "--display", self.name, *arguments])


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    environment.prepare_programs(_PROGRAMS)
    made = Desktop()
    yield made
    made.close()


def assert_nothing_is_saved_while(game: HandGame, words: str, provoke: Callable[[], object]) -> None:
    """The reason is told within two seconds, and from then on no picture is saved."""
    provoke()
    assert game.drive_until(waiting_for(words), take=1) < TELL_SECONDS
    saved = game.status().frames_saved
    game.ticks(50, 1)
    assert game.status().frames_saved == saved


def assert_it_goes_on(game: HandGame) -> None:
    saved = game.status().frames_saved
    assert game.drive_until(recording, take=1, seconds=TELL_SECONDS + 1) < TELL_SECONDS
    game.ticks(40, 1)
    game.drive_until(lambda status: status.frames_saved > saved + 15, take=1)


def test_window_moved_to_another_monitor(tmp_path: Path, desktop: Desktop) -> None:
    """It is followed there, and between the two; every picture shows the tick of its row."""
    captures = Captures(tmp_path / "captures")
    desktop.plug_in("left", 0, (800, 900), "screen")
    desktop.plug_in("right", 800, (800, 900))
    with HandGame(captures.folder, tmp_path / "run", desktop.name) as game:
        assert game.scene is not None
        game.wait_ready()
        for left in (30, 1100, 700, 60, 900):
            game.scene.move(left, 40)
            game.ticks(30, 1)
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert len(captures.rows) > 100
    assert captures.take(1)["problems"] == {}


def test_recorded_monitor_unplugged_and_plugged_in_again(tmp_path: Path, desktop: Desktop) -> None:
    captures = Captures(tmp_path / "captures")
    desktop.plug_in("left", 0, (800, 900), "screen")
    desktop.plug_in("right", 800, SIZE)
    settings = {"CAPTURE.SOURCE": "monitor2"}
    with HandGame(captures.folder, tmp_path / "run", desktop.name, settings=settings) as game:
        assert game.scene is not None
        game.scene.move(800, 0)
        game.wait_ready()
        assert_it_goes_on(game)
        assert_nothing_is_saved_while(game, "monitor to be recorded isn't there", lambda: desktop.unplug("right"))
        desktop.plug_in("right", 800, SIZE)
        assert_it_goes_on(game)
        game.stop()
        assert game.close() == 0, game.log()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)


def test_display_mode_changes(tmp_path: Path, desktop: Desktop) -> None:
    """A smaller desktop: recorded on where the window still fits, told where it doesn't, and back again."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", desktop.name) as game:
        assert game.scene is not None
        game.wait_ready()
        assert_it_goes_on(game)
        desktop.set_mode(SMALLER)
        assert_it_goes_on(game)
        assert_nothing_is_saved_while(game, "beyond the screen", lambda: game.scene and game.scene.move(500, 100))
        desktop.set_mode(DESKTOP)
        assert_it_goes_on(game)
        game.stop()
        assert game.close() == 0, game.log()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
    assert set(captures.take(1)["problems"]) == {
        "the game's window reaches beyond the screen: move it back, or make it smaller or borderless; "
        "recording goes on by itself"
    }


def test_recorded_monitor_changes_its_mode(tmp_path: Path, desktop: Desktop) -> None:
    """A monitor recorded whole becomes smaller and larger: the take tells both sizes and goes on."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", desktop.name, settings={"CAPTURE.SOURCE": "monitor1"}) as game:
        game.wait_ready()
        assert_it_goes_on(game)
        desktop.set_mode(SMALLER)
        game.ticks(200, 1)
        assert_it_goes_on(game)
        desktop.set_mode(DESKTOP)
        game.ticks(200, 1)
        assert_it_goes_on(game)
        game.stop()
        assert game.close() == 0, game.log()
    assert_whole(captures)
    sizes = [f"{width}x{height}" for width, height in (DESKTOP, SMALLER, DESKTOP)]
    assert captures.take(1)["window_sizes"] == sizes


def test_screen_locked(tmp_path: Path, desktop: Desktop) -> None:
    """No picture of the lock screen is saved; after unlocking it goes on by itself."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", desktop.name) as game:
        game.wait_ready()
        assert_it_goes_on(game)
        locker = desktop.lock()
        try:
            assert_nothing_is_saved_while(game, '"i3lock" (i3lock) covers the game', lambda: None)
            assert locker.poll() is None
        finally:
            locker.terminate()
            locker.wait()
        assert_it_goes_on(game)
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)


def test_screen_goes_blank(tmp_path: Path, desktop: Desktop) -> None:
    """The screen saver of the X server: whatever is saved meanwhile is the game."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", desktop.name) as game:
        game.wait_ready()
        assert_it_goes_on(game)
        desktop.blank()
        game.ticks(150, 1)
        desktop.wake()
        assert_it_goes_on(game)
        game.stop()
    assert_whole(captures)
    assert_rows_show_their_tick(captures)
