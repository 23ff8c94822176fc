import os
import sys
import time
from collections.abc import Iterator

import pytest

if sys.platform == "win32":
    pytest.skip("X11", allow_module_level=True)

from lib.recorder.geometry import Rect
from lib.recorder.window_x11 import X11WindowFinder
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
    assert finder.look(0.0).problem == "no_window"
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
    assert finder.look(0.0).problem == ("covered" if is_covered else "")
    windows[2].unmap()
    assert finder.look(0.1, thorough=True).problem == ""


def test_hidden_and_off_screen(windows: list[DrawnWindow], finder: X11WindowFinder) -> None:
    windows.append(DrawnWindow(TITLE, (100, 100, 300, 200), OURS))
    windows[0].unmap()
    assert finder.look(0.0).problem == "minimised"
    windows[0].map()
    assert finder.look(1.0).problem == ""
    windows[0].place(-1, 0, 300, 200)
    assert finder.look(2.0).problem == "off_screen"


def test_a_window_that_goes_away_and_comes_back(windows: list[DrawnWindow], finder: X11WindowFinder) -> None:
    windows.append(DrawnWindow(TITLE, (100, 100, 300, 200), OURS))
    assert finder.look(0.0).rect
    windows.pop().close()
    time.sleep(0.05)
    assert finder.look(1.0).problem == "no_window"
    windows.append(DrawnWindow(TITLE, (10, 10, 300, 200), OURS))
    assert finder.look(2.0).rect == Rect(10, 10, 300, 200)


def test_without_a_display_it_says_so(steady_display: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":54321")
    assert X11WindowFinder(OURS, TITLE).look(0.0).problem == "no_display"


def test_a_look_is_cheap(windows: list[DrawnWindow], finder: X11WindowFinder) -> None:
    windows.append(DrawnWindow(TITLE, (100, 100, 300, 200), OURS))
    finder.look(0.0)
    took = []
    for _ in range(200):
        start = time.perf_counter()
        finder.look(0.1)
        took.append(time.perf_counter() - start)
    assert sorted(took)[100] < 0.003
