"""The panel's two forms, as the game draws them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.link.mapped_file import RECORDING, SYNC_STRIP, WAITING, RecorderStatus
from lib.link.strip_code import FORMS, FULL, PANEL_WIDTH, SMALL, STRIP_HEIGHT
from tests.host.ac_api import Window
from tests.host.windowless import Windowless, windowless_game
from tests.unit.settings_effects import App, playing

_LINE = "12345 pictures, 4.1 MB/s, room for 5.2 h"


def on_event(*args: object) -> None:
    """A listener as AC wants them."""


@pytest.fixture
def game(tmp_path: Path) -> Iterator[Windowless]:
    with windowless_game(tmp_path) as made:
        yield made


@pytest.fixture
def panel(game: Windowless) -> Any:
    window = sys.modules["ac"].newApp("SyncLogger")
    return game.app_module("panel").Panel(window, on_event, on_event)


def texts(window: Window) -> list[str]:
    return [control.text for control in window.controls if control.text]


def boxes(window: Window) -> list[tuple[float, float]]:
    """From where to where each control that shows something reaches downwards."""
    shown = [control for control in window.controls if control.text]
    return [(box.position[1], box.position[1] + (box.size[1] or 1.25 * box.font_size)) for box in shown]


def test_the_small_form_hides_at_most_two_percent_of_720p() -> None:
    assert PANEL_WIDTH * FORMS[SMALL].height <= 0.02 * 1280 * 720
    assert PANEL_WIDTH * FORMS[FULL].height > 0.04 * 1280 * 720


def test_it_shrinks_when_there_was_nothing_to_say_for_a_while_and_grows_at_once(game: Windowless, panel: Any) -> None:
    window = game.api.windows[0]
    seen = []
    now = 0.0
    for line, seconds in ((_LINE, 1.9), ("", 0.2), (_LINE, 3.0), ("", 0.2), (_LINE, 1.0)):
        until = now + seconds
        while now < until:
            panel.show("Stop Recording", "Recording take 01", "all of it", line)
            panel.settle(now)
            assert window.size == (PANEL_WIDTH, FORMS[panel.form].height)
            seen.append(panel.form)
            now += 0.2
    changes = [index for index in range(1, len(seen)) if seen[index] != seen[index - 1]]
    assert [seen[0], *(seen[index] for index in changes)] == [FULL, SMALL, FULL]
    assert seen[-1] == FULL


def test_each_form_shows_its_texts_and_no_others(game: Windowless, panel: Any) -> None:
    window = game.api.windows[0]
    panel.show("Stop Recording", "Recording take 01", "what goes on", _LINE)
    panel.settle(0.0)
    assert window.title == "SyncLogger"
    assert texts(window) == ["Stop Recording", "Recording take 01", "what goes on"]
    panel.settle(5.0)
    assert window.title == ""
    assert texts(window) == ["Stop Recording", _LINE]
    panel.show("Stop Recording", "Take 01 waits", "the game is minimised")
    panel.settle(5.2)
    assert texts(window) == ["Stop Recording", "Take 01 waits", "the game is minimised"]


@pytest.mark.parametrize("form", [FULL, SMALL])
def test_nothing_reaches_into_the_strips_or_out_of_the_panel(game: Windowless, panel: Any, form: int) -> None:
    window = game.api.windows[0]
    panel.show("Stop Recording", "Recording take 01", "a\nb\nc", _LINE)
    panel.settle(0.0)
    panel.settle(9.0 if form == SMALL else 0.1)
    assert panel.form == form
    height, *strips = FORMS[form]
    assert len(boxes(window)) == (5 if form == FULL else 2)
    for top, bottom in boxes(window):
        assert 0 <= top < bottom <= height
        for y in strips:
            assert bottom <= y or top >= y + STRIP_HEIGHT, f"{top}-{bottom} is in the strip at {y}"


def test_neither_icon_nor_border_are_drawn_over_the_strip(game: Windowless, panel: Any) -> None:
    window = game.api.windows[0]
    assert window.icon_position[1] < -1000
    assert not window.has_border


_STATUS = RecorderStatus(RECORDING, SYNC_STRIP, 1, 1, 5, 0, 0, 1, 60.0, 4e6, 3.6e4, "")


def drawn_form(played: App) -> int:
    """The form of the panel that this frame shows, by where its strips are drawn."""
    drawn: list[float] = []
    played.game.api.canvas = lambda place, colour: drawn.append(place[1])
    played.app.render()
    played.game.api.canvas = None
    return [{form.upper_strip_y, form.lower_strip_y} for form in FORMS].index(set(drawn))


def test_the_sample_tells_the_form_that_its_own_frame_shows(tmp_path: Path) -> None:
    seen = []
    with playing({}, tmp_path) as played:
        window = played.game.api.windows[0]
        played.game.app_module("app")._PANEL_SECONDS = 0.0
        played.game.app_module("panel")._QUIET_SECONDS = 0.0
        played.app.click()
        for number in range(1, 41):
            state = WAITING if number // 10 % 2 else RECORDING
            played.link.report(_STATUS._replace(state=state, heartbeat=number))
            if number == 25:
                played.app.click()  # between two ticks
            sample = played.tick()
            assert FORMS[sample.panel_form].height == window.size[1]
            assert sample.panel_form == drawn_form(played)
            headline = {SMALL: "5 pictures, 4.0 MB/s", FULL: "Take 01 waits" if number < 25 else "Finishing take 01"}
            assert texts(window)[1].startswith(headline[sample.panel_form])
            seen.append(sample.panel_form)
    assert seen[:9] == [SMALL] * 9
    assert seen[9:19] == [FULL] * 10
    assert seen[19:24] == [SMALL] * 5
    assert seen[24:] == [FULL] * 16


def test_an_app_that_switches_itself_off_says_so_in_full(tmp_path: Path) -> None:
    with playing({}, tmp_path) as played:
        window = played.game.api.windows[0]
        played.game.app_module("app")._PANEL_SECONDS = 0.0
        played.game.app_module("panel")._QUIET_SECONDS = 0.0
        played.app.click()
        played.link.report(_STATUS)
        assert played.tick().panel_form == SMALL
        played.app.show_crash("ZeroDivisionError")
        assert window.size[1] == FORMS[FULL].height
        assert any("ZeroDivisionError" in text for text in texts(window))
