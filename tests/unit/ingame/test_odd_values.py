"""No single odd value of the game switches the app off: such a tick is held, such a name is null, the rest goes on."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lib.ingame import brief as app_brief
from lib.ingame import pages as app_pages
from lib.link.mapped_file import BRIEF_ROOM
from lib.link.sample import HOLD_REASONS
from lib.link.settings import read_settings
from lib.recorder.brief import Brief
from tests.environment import ROOT
from tests.host.readings import LIVE, OFF, RACE
from tests.host.windowless import Windowless
from tests.unit.settings_effects import App, playing

INVALID = HOLD_REASONS.index("telemetry_invalid")
HUGE = 10**400
WHOLE = ("Gear", "LapCount", "LapTime", "LastLap")
ACCELERATIONS = (
    0, -1, None, "abc", (1.0, 2.0), (1.0, None, 2.0), (HUGE, 0.0, 0.0), (0.0, "x", 0.0), (0.0, HUGE, 0.0),
    (0.0, 1j, 0.0),
)  # fmt: skip
FRACTIONS = ("Gas", "Brake", "Clutch", "Steer", "SpeedMPH", "NormalizedSplinePosition", "PerformanceMeter")


def said_once(played: App, odd: dict[str, Any]) -> tuple[Any, Any]:
    """The samples of a tick at which the game says something odd, and of the next one."""
    for _ in range(5):
        assert played.tick().hold == 0
    played.game.readings.faults.odd = odd
    first = played.tick()
    played.game.readings.faults.odd = {}
    return first, played.tick()


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize(
    "value", [2**32 - 1, 2**31, -(2**31), 2**31 + 1, -(2**33), HUGE, -HUGE, math.nan, math.inf, None, "many", (1, 2)]
)
def test_a_whole_number_that_is_none(tmp_path: Path, name: str, value: Any) -> None:
    """The best lap of the session, and that this one was cut, are known behind it as before."""
    with playing({}, tmp_path) as played:
        told = played.game.readings.faults
        told.odd = {"CS.LapCount": 1, "CS.LastLap": 0}
        played.tick()
        told.odd = {"CS.LapCount": 2, "CS.LastLap": 81_234, "CS.LapTime": 5}
        played.tick()
        told.odd = {"CS.LapCount": 2, "CS.LastLap": 81_234, "CS.LapTime": 9, "acpmf_physics.numberOfTyresOut": 4}
        cut = played.tick()
        assert (cut.hold, cut.lap_valid, cut.best_lap_ms) == (0, 0, 81_234)
        plain = {"CS.LapCount": 2, "CS.LastLap": 81_234, "CS.LapTime": 12}
        told.odd = {**plain, f"CS.{name}": value}
        odd = played.tick()
        assert (odd.hold, odd.best_lap_ms) == (INVALID, 81_234)
        told.odd = plain
        after = played.tick()
        assert (after.hold, after.lap_valid, after.lap_count, after.best_lap_ms) == (0, 0, 2, 81_234)
        assert after.gear == played.game.readings.drive.gear - 1


@pytest.mark.parametrize("name", FRACTIONS)
@pytest.mark.parametrize("value", [HUGE, -HUGE, math.nan, math.inf, None, "fast", (0.5, 0.5), 0.5j])
def test_a_number_that_is_none(tmp_path: Path, name: str, value: Any) -> None:
    with playing({}, tmp_path) as played:
        odd, after = said_once(played, {f"CS.{name}": value})
        assert (odd.hold, after.hold) == (INVALID, 0)


@pytest.mark.parametrize("value", ACCELERATIONS)
def test_accelerations_that_are_none(tmp_path: Path, value: Any) -> None:
    with playing({}, tmp_path) as played:
        odd, after = said_once(played, {"CS.AccG": value})
        assert (odd.hold, after.hold) == (INVALID, 0)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_vertical_acceleration_that_is_not_finite_is_kept(tmp_path: Path, value: float) -> None:
    """No column of data.csv is made from it."""
    with playing({}, tmp_path) as played:
        odd, _ = said_once(played, {"CS.AccG": (0.0, value, 0.0)})
        assert odd.hold == 0
        assert str(odd.acc_vertical) == str(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, None, "soon", HUGE, (1,)])
def test_a_time_between_ticks_that_is_none(tmp_path: Path, value: Any) -> None:
    with playing({}, tmp_path) as played:
        before = played.tick()
        played.app.tick(value)
        played.ticks += 1
        assert played.link.sample(played.ticks).game_time == before.game_time
        assert played.tick().game_time > before.game_time


FUNCTIONS = (
    "addButton", "addLabel", "addOnClickedListener", "addRenderCallback", "getCameraMode", "getCarName", "getCarSkin",
    "getDriverName", "getFocusedCar", "getPosition", "getTrackConfiguration", "getTrackName", "glColor4f", "glQuad",
    "isCarInPit", "setBackgroundOpacity", "setFontSize", "setPosition", "setSize", "setText", "setTitle",
)  # fmt: skip


def missing(game: Windowless, name: str) -> None:
    delattr(game.api.module, name)


def raising(game: Windowless, name: str) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(name)

    setattr(game.api.module, name, fail)


def giving(value: Any) -> Callable[[Windowless, str], None]:
    def spoil(game: Windowless, name: str) -> None:
        setattr(game.api.module, name, lambda *_: value)

    return spoil


SPOILS: dict[str, Callable[[Windowless, str], None]] = {
    "missing": missing,
    "raises": raising,
    "None": giving(None),
    "-1": giving(-1),
    "40 kB": giving("\u00fc" * 40_000),
    "a lone surrogate": giving("\udc80"),
    "(None, None)": giving((None, None)),
    "NaN twice": giving((math.nan, math.nan)),
    "huge": giving(HUGE),
    "an object": giving(object()),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("spoil", SPOILS)
def test_a_function_of_the_game_that_fails(tmp_path: Path, name: str, spoil: str) -> None:
    """From the start of the app on: it records all the same."""

    def prepare(game: Windowless) -> None:
        SPOILS[spoil](game, name)
        game.app_module("app")._PANEL_SECONDS = 0.0  # so that the panel is looked after at every tick

    with playing({}, tmp_path, prepare) as played:
        played.game.api.canvas = lambda place, colour: None
        played.tick()
        played.app.click()
        for _ in range(3):
            sample = played.tick()
            played.app.render()
        assert (sample.take, sample.hold) == (1, 0)
        assert math.isfinite(sample.panel_x + sample.panel_y)
        brief = Brief.parse(played.link.brief() or b"")
        assert all(value is None or len(str(value)) <= 500 for value in brief.game.values())
        played.app.click()
        assert played.tick().take == 0


@pytest.mark.parametrize("kind", ["raise", "zero", "minus_one", "nan"])
def test_no_telemetry_at_all(tmp_path: Path, kind: str) -> None:
    with playing({}, tmp_path) as played:
        played.game.readings.faults.car_state = kind
        assert [played.tick().hold for _ in range(3)] == [INVALID] * 3
        played.game.readings.faults.car_state = "none"
        assert played.tick().hold == 0


# --- laps


@pytest.mark.parametrize("odd", [1, 9_999, 2**31 - 1, -5, 25 * 3600 * 1000])
def test_a_lap_time_that_no_lap_has_is_never_the_best(tmp_path: Path, odd: int) -> None:
    with playing({}, tmp_path) as played:
        played.game.readings.faults.odd = {"CS.LastLap": 0, "CS.LapCount": 0}
        played.tick()
        played.game.readings.faults.odd = {"CS.LastLap": odd, "CS.LapCount": 1}
        assert played.tick().best_lap_ms == 0
        played.game.readings.faults.odd = {"CS.LastLap": 81_234, "CS.LapCount": 1}
        assert played.tick().best_lap_ms == 81_234


# --- the brief


def worst_settings() -> tuple[dict[str, Any], list[str]]:
    """Two paths and twenty lines about bad settings, each as long as it can be and none of it ASCII."""
    settings, _ = read_settings(str(ROOT))
    settings["CAPTURE.OUTPUT_FOLDER"] = settings["RECORDER.PYTHON"] = "\U0001f3ce" * 1000
    return settings, ["\U0001f3c1" * 1300] * 20


def test_a_brief_that_is_too_long_is_cut_where_it_is_longest() -> None:
    settings, problems = worst_settings()
    packed = app_brief_of(settings, problems)
    assert len(packed) <= BRIEF_ROOM
    brief = Brief.parse(packed)
    assert brief.stated_settings.keys() == settings.keys()
    assert brief.stated_settings["CAPTURE.QUALITY"] == settings["CAPTURE.QUALITY"]
    assert len(brief.problems) == 20
    assert all(line.endswith("...") for line in brief.problems)
    assert settings["RECORDER.PYTHON"] == "\U0001f3ce" * 1000


def test_a_brief_that_fits_is_left_as_it_is() -> None:
    settings, _ = read_settings(str(ROOT))
    packed = app_brief_of(settings, ["one line"])
    assert json.loads(packed)["settings"] == settings
    assert Brief.parse(packed).problems == ("one line",)


def app_brief_of(settings: dict[str, Any], problems: list[str]) -> bytes:
    static = app_pages.Static("1.7", "1.16.4", bytes(684))
    packed: bytes = app_brief.make_brief("1.0", settings, problems, {"car": "x" * 500}, static)
    return packed


# --- the static page


def test_the_static_page_is_read_again_at_start(tmp_path: Path) -> None:
    with playing({}, tmp_path) as played:
        played.tick()
        assert Brief.parse(played.link.brief() or b"").static["max_rpm"] == 8500
        played.game.readings.static.update(maxRpm=6500, carModel="abarth500", trackSPlineLength=4864.0)
        played.game.readings.write_static(played.game.pages)
        played.app.click()
        static = Brief.parse(played.link.brief() or b"").static
        assert (static["max_rpm"], static["car_model"], static["track_spline_length"]) == (6500, "abarth500", 4864.0)


def test_the_static_page_is_read_again_when_a_session_begins(tmp_path: Path) -> None:
    with playing({}, tmp_path) as played:
        played.tick()
        played.game.readings.static.update(maxRpm=6500)
        played.game.readings.write_static(played.game.pages)
        played.game.readings.session = RACE
        until = time.perf_counter() + 5
        while Brief.parse(played.link.brief() or b"").static["max_rpm"] != 6500 and time.perf_counter() < until:
            played.tick()
            time.sleep(0.02)
        brief = Brief.parse(played.link.brief() or b"")
        assert (brief.static["max_rpm"], brief.game["session"]) == (6500, RACE)


# --- what is looked at


@pytest.mark.parametrize("mode", range(10))
def test_cameras_that_do_not_show_the_drivers_view_are_held(tmp_path: Path, mode: int) -> None:
    with playing({}, tmp_path) as played:
        played.game.api.camera_mode = mode
        sample = played.tick()
        assert sample.camera_mode == mode
        assert HOLD_REASONS[sample.hold] == ("other_view" if mode in (3, 4, 6, 7) else "")


def test_another_car_and_no_session_are_held(tmp_path: Path) -> None:
    with playing({}, tmp_path) as played:
        played.game.api.focused_car = 3
        sample = played.tick()
        assert (HOLD_REASONS[sample.hold], sample.focused_car) == ("other_car", 3)
        played.game.api.focused_car = 0
        played.game.readings.status = OFF
        assert HOLD_REASONS[played.tick().hold] == "off"
        played.game.readings.status = LIVE
        assert played.tick().hold == 0


def test_each_hold_has_words_in_the_panel(tmp_path: Path) -> None:
    with playing({}, tmp_path) as played:
        words = played.game.app_module("panel")._HOLD_WORDS
        assert len(words) == len(set(words)) == len(HOLD_REASONS)


# --- the end


def test_a_crash_is_told_also_where_the_recorder_can_not_be_asked_to_end(tmp_path: Path) -> None:
    with playing({}, tmp_path) as played:

        def fail() -> None:
            raise RuntimeError("broken")

        played.app._recorder.finish, recorder_link = fail, played.app._recorder.link
        with pytest.raises(RuntimeError, match="broken"):
            played.app.show_crash("ValueError: x")
        texts = [control.text for window in played.game.api.windows for control in window.controls]
        assert any("An error switched SyncLogger off" in text for text in texts)
        recorder_link.close()


def test_the_recorder_is_asked_to_end_also_where_a_crash_can_not_be_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with playing({}, tmp_path) as played:

        def fail(*_: object) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr(played.app._panel, "show", fail)
        with pytest.raises(RuntimeError, match="broken"):
            played.app.show_crash("ValueError: x")
        assert played.link.is_closing()


@pytest.mark.parametrize("end", ["shut_down", "show_crash", "the next one can't be launched"])
def test_no_tick_goes_into_a_link_that_was_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    with playing({}, tmp_path) as played:
        played.tick()
        link = played.app._recorder.link
        if end == "shut_down":
            played.app.shut_down()
        elif end == "show_crash":
            played.app.show_crash("ValueError: x")
        else:
            played.app._recorder.problem = "died"
            monkeypatch.setattr("lib.ingame.recorder_process._new_link", _no_room)
            played.app.click()
        assert link._map.closed
        for _ in range(3):
            played.game.advance(1 / 60)
            played.app.tick(1 / 60)
            played.app.render()
        assert played.link.newest_tick() == 1


def _no_room(*_: object) -> None:
    raise OSError("no room")


def test_finishing_twice_and_with_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    with playing({}, tmp_path) as played:
        played.app._recorder.finish()
        played.app._recorder.finish()
