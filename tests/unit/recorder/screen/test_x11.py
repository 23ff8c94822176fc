import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("X11", allow_module_level=True)

import xcffib.shape

from lib.captures.vocabulary import Outcome
from lib.recorder.screen.x11 import X11WindowFinder
from lib.strip.rect import Rect
from tests.faults.overlay import Overlay
from tests.unit.recorder.drawn_game import DrawnWindow

OURS = os.getpid()
TITLE = "Assetto Corsa"


@pytest.fixture
def windows(steady_display: None) -> Iterator[list[DrawnWindow]]:
    made: list[DrawnWindow] = []
    yield made
    for window in made:
        window.close()


@pytest.fixture
def finder(windows: list[DrawnWindow]) -> Iterator[X11WindowFinder]:
    made = X11WindowFinder(OURS, TITLE)
    yield made
    made.close()


def test_the_process_goes_before_the_title(windows: list[DrawnWindow], finder: X11WindowFinder) -> None:
    windows.append(DrawnWindow(TITLE, (0, 0, 400, 300)))
    windows.append(DrawnWindow("Something else", (500, 400, 200, 100), OURS))
    windows.append(DrawnWindow("Assetto Corsa setup", (500, 600, 300, 100), OURS + 1))
    assert finder.look(0.0).rect == Rect(500, 400, 200, 100)


def test_the_title_leads_there_where_the_process_does_not(windows: list[DrawnWindow], finder: X11WindowFinder) -> None:
    windows.append(DrawnWindow("Assetto Corsa setup", (0, 0, 300, 200)))
    assert finder.look(0.0).problem is Outcome.DROPPED_NO_WINDOW
    windows.append(DrawnWindow(TITLE + "\n", (400, 10, 300, 200)))
    assert finder.look(1.0).rect == Rect(400, 10, 300, 200)


def test_a_window_found_by_title_gives_way_to_the_games_own(
    windows: list[DrawnWindow], finder: X11WindowFinder
) -> None:
    windows.append(DrawnWindow(TITLE, (0, 0, 300, 200)))
    assert finder.look(0.0).rect == Rect(0, 0, 300, 200)
    windows.append(DrawnWindow(TITLE, (400, 10, 300, 200), OURS))
    assert finder.look(10.0).rect == Rect(400, 10, 300, 200)


def test_it_follows_every_move(windows: list[DrawnWindow], finder: X11WindowFinder) -> None:
    windows.append(DrawnWindow(TITLE, (0, 0, 300, 200), OURS))
    for place in ((5, 6, 300, 200), (50, 60, 200, 100)):
        windows[0].place(*place)
        assert finder.look(0.0).rect == Rect(*place)


@pytest.mark.parametrize(
    ("place", "is_covered"),
    [((0, 0, 100, 100), False), ((150, 150, 200, 200), True), ((390, 290, 300, 300), False), ((0, 0, 800, 600), True)],
)
def test_what_lies_above_the_window_covers_it(
    windows: list[DrawnWindow], finder: X11WindowFinder, place: tuple[int, int, int, int], is_covered: bool
) -> None:
    windows.append(DrawnWindow("below", (0, 0, 800, 600)))
    windows.append(DrawnWindow(TITLE, (100, 100, 300, 200), OURS))
    windows.append(DrawnWindow("above", place))
    assert finder.look(0.0).problem is (Outcome.DROPPED_COVERED if is_covered else None)
    windows[2].unmap()
    assert finder.look(0.1, thorough=True).problem is None


WHOLE_GAME = (0, 0, 800, 600)
PANEL = Rect(110, 110, 100, 40)


@pytest.fixture
def overlays(windows: list[DrawnWindow]) -> Iterator[list[Overlay]]:
    made: list[Overlay] = []
    windows.append(DrawnWindow(TITLE, (100, 100, 300, 200), OURS))
    yield made
    for overlay in made:
        overlay.close()


def test_an_overlay_hides_the_game_unless_a_strip_was_read(overlays: list[Overlay], finder: X11WindowFinder) -> None:
    overlays.append(Overlay(None, WHOLE_GAME, title="Laps \t and chat", process_id=OURS))
    sight = finder.look(0.0)
    assert sight.problem is Outcome.DROPPED_COVERED
    assert sight.cover is not None
    assert sight.cover[:2] == ("Laps \t and chat", "Overlay")
    assert sight.cover.program == Path("/proc/self/comm").read_text().strip()
    assert finder.look(0.0, panel=PANEL).problem is None


def test_a_strip_tells_nothing_of_an_opaque_window_beside_it(
    windows: list[DrawnWindow], overlays: list[Overlay], finder: X11WindowFinder
) -> None:
    windows.append(DrawnWindow("A browser", (250, 100, 150, 200)))
    assert finder.look(0.0, panel=PANEL).problem is Outcome.DROPPED_COVERED
    windows[1].place(100, 100, 300, 200)
    assert finder.look(1.0, panel=PANEL).problem is None, "the strip was seen through it"


def test_an_overlay_that_lets_clicks_through_hides_nothing(overlays: list[Overlay], finder: X11WindowFinder) -> None:
    overlays.append(Overlay(None, WHOLE_GAME))
    overlays[0].cut_out(xcffib.shape.SK.Input, [])
    assert finder.look(0.0).problem is None


def test_a_window_hides_what_is_left_of_its_shape(overlays: list[Overlay], finder: X11WindowFinder) -> None:
    overlays.append(Overlay(None, WHOLE_GAME, has_alpha=False))
    overlays[0].cut_out(xcffib.shape.SK.Bounding, [(100, 100, 300, 2), (0, 400, 800, 200)])
    assert finder.look(0.0).problem is None
    overlays[0].cut_out(xcffib.shape.SK.Bounding, [(100, 100, 300, 20)])
    assert finder.look(1.0).problem is Outcome.DROPPED_COVERED


def test_a_window_of_no_opacity_hides_nothing_where_that_is_heeded(
    overlays: list[Overlay], finder: X11WindowFinder
) -> None:
    overlays.append(Overlay(None, WHOLE_GAME, has_alpha=False))
    overlays[0].number("_NET_WM_WINDOW_OPACITY", 0)
    assert finder.look(0.0).problem is Outcome.DROPPED_COVERED
    overlays[0].compose()
    assert finder.look(1.0).problem is None
    overlays[0].number("_NET_WM_WINDOW_OPACITY", 0x30000000)
    assert finder.look(2.0).problem is Outcome.DROPPED_COVERED
    assert finder.look(2.0, panel=PANEL._replace(width=5000)).problem is None


def test_a_covering_window_is_named_inside_its_frame(
    windows: list[DrawnWindow], overlays: list[Overlay], finder: X11WindowFinder
) -> None:
    """A window manager's frame has no name."""
    windows.append(DrawnWindow("", WHOLE_GAME))
    inner = DrawnWindow("Mail", (0, 0, 50, 50))
    windows.append(inner)
    inner.x.core.ReparentWindow(inner.id, windows[1].id, 0, 0)
    inner.settle()
    cover = finder.look(0.0).cover
    assert cover is not None
    assert cover.title == "Mail"


def test_hidden_and_off_screen(windows: list[DrawnWindow], finder: X11WindowFinder) -> None:
    windows.append(DrawnWindow(TITLE, (100, 100, 300, 200), OURS))
    windows[0].unmap()
    assert finder.look(0.0).problem is Outcome.DROPPED_MINIMISED
    windows[0].map()
    assert finder.look(1.0).problem is None
    windows[0].place(-1, 0, 300, 200)
    assert finder.look(2.0) == (Rect(-1, 0, 300, 200), None, Rect(0, 0, 299, 200), None)
    windows[0].place(-7, 0, 300, 200)
    assert finder.look(3.0).problem is Outcome.DROPPED_OFF_SCREEN
    assert "make it smaller or borderless" in finder.look(3.0).words


def test_a_window_that_goes_away_and_comes_back(windows: list[DrawnWindow], finder: X11WindowFinder) -> None:
    windows.append(DrawnWindow(TITLE, (100, 100, 300, 200), OURS))
    assert finder.look(0.0).rect
    windows.pop().close()
    time.sleep(0.05)
    assert finder.look(1.0).problem is Outcome.DROPPED_NO_WINDOW
    windows.append(DrawnWindow(TITLE, (10, 10, 300, 200), OURS))
    assert finder.look(2.0).rect == Rect(10, 10, 300, 200)


def test_without_a_display_it_says_so(steady_display: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":54321")
    assert X11WindowFinder(OURS, TITLE).look(0.0).problem is Outcome.DROPPED_NO_DISPLAY


def test_a_look_is_cheap(windows: list[DrawnWindow], finder: X11WindowFinder) -> None:
    windows.append(DrawnWindow(TITLE, (100, 100, 300, 200), OURS))
    finder.look(0.0)
    took = []
    for _ in range(200):
        start = time.perf_counter()
        finder.look(0.1)
        took.append(time.perf_counter() - start)
    assert sorted(took)[100] < 0.003
