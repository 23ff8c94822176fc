"""What the game does besides driving: pause, replay, pits, a restarted session."""

from __future__ import annotations

from pathlib import Path

from lib.captures.ticks import PAGE_KINDS
from tests.end_to_end.captures import Captures, assert_whole
from tests.host import acsys
from tests.host.readings import as_c_float
from tests.host.run import run_host
from tests.host.scene import Event, Scene

_EVENTS = (
    Event(2.5, "click"),
    Event(3.5, "pause"),
    Event(4.0, "resume"),
    Event(4.5, "replay"),
    Event(5.0, "live"),
    Event(5.5, "pit"),
    Event(6.0, "leave_pit"),
    Event(6.5, "standstill"),
    Event(7.0, "resume"),
    Event(7.5, "restart_session"),
    Event(8.5, "click"),
    Event(9.5, "quit"),
)
_SCENE = Scene(events=_EVENTS, size=(480, 270), lap_seconds=3.0)


def test_nothing_but_driving_is_recorded(tmp_path: Path, display: str) -> None:
    host = run_host(tmp_path / "game", _SCENE, timeout=400)
    captures = Captures(host.app / "captures")
    assert_whole(captures)
    outcomes = captures.take(1)["ticks"]["by_outcome"]
    for words in ("paused", "replay", "pit box"):
        assert any("waits" in said and words in said for said in host.panel), words
    for reason in ("held_paused", "held_replay", "held_in_pits"):
        assert outcomes[reason] > 10, outcomes
    truth, ticks = host.truth, captures.tick_of_picture()
    assert all(truth[tick]["status"] == 2 and truth[tick]["in_pit"] == 0 for tick in ticks.values())
    # The double's time stood still from 6.5 to 7.0 s, but for the 50 ms after which a standstill is one.
    assert not any(6.6 < truth[tick]["seconds"] < 7.0 for tick in ticks.values())


def test_another_car_another_camera_and_no_session_are_left_out(tmp_path: Path, display: str) -> None:
    """Each with a word of its own, in the panel and in both files; the static page is told, and each page's field."""
    events = (
        Event(2.5, "click"),
        Event(3.2, "focus", 3),
        Event(3.7, "focus", 0),
        Event(4.2, "camera", acsys.CM.Helicopter),
        Event(4.7, "camera", acsys.CM.Car),
        Event(5.2, "off"),
        Event(5.7, "live"),
        Event(6.4, "click"),
        Event(7.4, "quit"),
    )
    host = run_host(tmp_path / "game", Scene(events=events, size=(480, 270)), timeout=400)
    captures = Captures(host.app / "captures")
    assert_whole(captures)
    take = captures.take(1)
    for word, said in (("other_car", "another car"), ("other_view", "not in your car"), ("off", "no session")):
        assert take["ticks"]["by_outcome"][f"held_{word}"] > 10
        assert any("waits" in line and said in line for line in host.panel), said
    for tick in captures.ticks(1):
        held = tick["focused_car"] == "3" or tick["camera_mode"] == "4" or tick["status"] == "0"
        assert tick["outcome"].startswith("held_") == held
        assert all(tick[name] != "" for name in PAGE_KINDS)
    assert {tick["camera_mode"] for tick in captures.ticks(1) if tick["outcome"] == "saved"} >= {"0", "1"}
    assert take["static"]["aid_stability"] == as_c_float(0.2)
    assert (take["static"]["sector_count"], take["static"]["max_rpm"]) == (3, 8500)


def test_a_restarted_session_has_no_best_lap(tmp_path: Path, display: str) -> None:
    host = run_host(tmp_path / "game", _SCENE, timeout=400)
    captures = Captures(host.app / "captures")
    truth, ticks = host.truth, captures.tick_of_picture()
    best = [(truth[ticks[row.image]]["seconds"], row.value("best_lap")) for row in captures.rows]
    assert any(seconds < 7.5 and value > 0 for seconds, value in best)
    assert all(value == 0 for seconds, value in best if seconds > 7.6)


def test_the_settings_let_it_be_recorded(tmp_path: Path, display: str) -> None:
    settings = {"WHEN.PAUSED": 1, "WHEN.REPLAY": 1, "WHEN.IN_PITS": 1}
    host = run_host(tmp_path / "game", _SCENE, settings, timeout=400)
    captures = Captures(host.app / "captures")
    assert_whole(captures)
    assert not any(name.startswith("held_") for name in captures.take(1)["ticks"]["by_outcome"])
    truth, ticks = host.truth, captures.tick_of_picture()
    assert {truth[tick]["status"] for tick in ticks.values()} >= {1.0, 2.0, 3.0}
    assert any(truth[tick]["in_pit"] for tick in ticks.values())


def test_a_physics_page_that_goes_stale_is_a_pause(tmp_path: Path, display: str) -> None:
    """The game did not say PAUSE, but its physics stand: nothing is recorded until they go on."""
    events = (
        Event(2.5, "click"),
        Event(3.5, "stale", ["acpmf_physics"]),
        Event(4.5, "stale", []),
        Event(5.5, "click"),
        Event(6.5, "quit"),
    )
    host = run_host(tmp_path / "game", Scene(events=events, size=(480, 270)), timeout=400)
    captures = Captures(host.app / "captures")
    assert_whole(captures)
    assert captures.take(1)["ticks"]["by_outcome"]["held_paused"] > 10
    truth, ticks = host.truth, captures.tick_of_picture()
    seconds = [truth[tick]["seconds"] for tick in ticks.values()]
    assert not any(3.6 < at < 4.5 for at in seconds)
    assert min(seconds) < 3.4
    assert max(seconds) > 4.6


def test_a_panel_that_is_moved_stays_as_dark(tmp_path: Path, display: str) -> None:
    """AC forgets a window's opacity when the player moves it."""
    events = (Event(2.0, "move_panel", (60, 80)), Event(3.0, "quit"))
    host = run_host(tmp_path / "game", Scene(events=events, size=(480, 270)), timeout=400)
    assert host.statistics["panel_opacity"] == 0.7
