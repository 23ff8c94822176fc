"""Wherever the panel is, and whether or not its strip can be read: nothing of it is in a saved picture."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from lib.strip.rect import Rect
from tests.unit.recorder.drawn_game import DrawnGame

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="draws with X11")

SIZE = (1280, 720)
WINDOW_AT = (310, 220)
GREY, SPILL = 128, 24


@pytest.fixture
def game(request: pytest.FixtureRequest, steady_display: None, tmp_path: Path) -> Iterator[DrawnGame]:
    """A game whose window stands somewhere in the middle of the desktop; the parameter is the source."""
    playing = DrawnGame(tmp_path, settings={"CAPTURE.SOURCE": request.param, "CAPTURE.SUBSAMPLING": 444}, size=SIZE)
    assert playing.window is not None
    playing.window.place(*WINDOW_AT, *SIZE)
    yield playing
    playing.close()


def pictures_of_a_take(game: DrawnGame) -> list[Path]:
    """Record for a moment, without what was seen before."""
    game.drive(1.2)
    game.start()
    game.drive(0.6, rate=20)
    game.stop()
    game.drive_until(lambda status: status.take_order == game.last_take and status.frames_saved > 0)
    return sorted(game.captures.glob(f"{game.last_take:02d}_*.jpg"))


def places(game: DrawnGame, picture: Image.Image) -> tuple[Rect, Rect]:
    """The game's window, and the panel as far as it is inside, in the picture."""
    at = WINDOW_AT if picture.size != SIZE else (0, 0)
    left, top, width, height = game.panel_box
    window = Rect(*at, *SIZE)
    return window, Rect(at[0] + left, at[1] + top, width, height).clipped(window)


def is_grey(picture: Image.Image, place: Rect) -> bool:
    """Whether nothing else is there. At its edges JPEG mixes in a little of what lies beyond."""
    box = (place.left, place.top, place.left + place.width, place.top + place.height)
    return all(low >= GREY - SPILL and high <= GREY + SPILL for low, high in picture.crop(box).getextrema())


def grows_by(place: Rect, pixels: int) -> list[tuple[int, int]]:
    """A point on each side of the place, so many pixels away from it."""
    x, y = place.left + place.width // 2, place.top + place.height // 2
    left, right = place.left - pixels, place.left + place.width - 1 + pixels
    return [(left, y), (right, y), (x, place.top - pixels), (x, place.top + place.height - 1 + pixels)]


@pytest.mark.parametrize("game", ["window", "monitor1"], indirect=True)
def test_a_panel_whose_strip_was_never_read_is_covered_at_any_scale(game: DrawnGame) -> None:
    game.is_garbled = True
    for game.scale, game.panel in (
        (1.0, (940, 588)),
        (1.5, (0, 0)),
        (1.5, (-150, 100)),
        (1.5, (650, 440)),
        (3.0, (10, 5)),
    ):
        for path in pictures_of_a_take(game):
            with Image.open(path) as picture:
                window, panel = places(game, picture)
                assert is_grey(picture, panel), (game.scale, game.panel)
                # The corner that is farthest away, and what is beside the window.
                x = window.left + (3 if game.panel[0] > 300 else SIZE[0] - 3)
                y = window.top + (3 if game.panel[1] > 300 else SIZE[1] - 3)
                if game.scale < 3:
                    assert not is_grey(picture, Rect(x - 2, y - 2, 4, 4)), (game.scale, game.panel)
                if picture.size != SIZE:
                    assert not any(is_grey(picture, Rect(x, y, 1, 1)) for x, y in grows_by(window, 3))
    assert game.end() == 0


@pytest.mark.parametrize("game", ["window", "monitor1"], indirect=True)
def test_what_a_strip_told_holds_for_the_session(game: DrawnGame) -> None:
    game.scale = 1.5
    pictures_of_a_take(game)
    game.is_garbled = True
    for game.panel in ((40, 60), (500, 60), (40, 340)):
        for path in pictures_of_a_take(game):
            with Image.open(path) as picture:
                _, panel = places(game, picture)
                assert is_grey(picture, panel), game.panel
                assert not any(is_grey(picture, Rect(x, y, 1, 1)) for x, y in grows_by(panel, 12)), game.panel
    assert game.end() == 0


@pytest.mark.parametrize("game", ["monitor1"], indirect=True)
def test_a_window_that_is_moved_takes_its_mask_along(game: DrawnGame) -> None:
    game.is_garbled = True
    pictures_of_a_take(game)
    assert game.window is not None
    game.window.place(900, 600, *SIZE)
    for path in pictures_of_a_take(game):
        with Image.open(path) as picture:
            left, top, width, height = game.panel_box
            assert is_grey(picture, Rect(900 + left, 600 + top, width, height))
            assert not is_grey(picture, Rect(*WINDOW_AT, 50, 50))
    assert game.end() == 0
