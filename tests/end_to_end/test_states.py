"""What the game does besides driving: pause, replay, pits, a restarted session."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.captures import Captures, assert_whole
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
