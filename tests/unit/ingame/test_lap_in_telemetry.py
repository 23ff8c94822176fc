"""The app asks for the lap's state only where something may have happened: it is the same as if it asked each time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lib.ingame.lap import LapState
from lib.ingame.pages import SharedMemory
from lib.link.mapped_file import GameLink, RecorderLink
from lib.link.settings import read_settings
from tests.environment import ROOT
from tests.host.readings import LIVE, REPLAY
from tests.host.windowless import Windowless, windowless_game

SETTINGS, _ = read_settings(str(ROOT))
LIMIT = SETTINGS["LAP.TYRES_OUT_LIMIT"]
# What a tick may bring: so many laps more, the time of the lap, the last lap's, tyres out (-1: the page doesn't say),
# the game's own flag, whether it is driven. Most bring nothing.
Said = tuple[int, int | None, int | None, int, int, str]
_DRIVEN, _IN_REPLAY, _UNREADABLE = "driven", "in a replay", "unreadable"
_SAME: Said = (0, None, None, 0, 0, _DRIVEN)
_ANYTHING = st.tuples(
    st.sampled_from([0, 0, 0, 1, -1]),
    st.sampled_from([None, None, 0, 5, 90_000]),
    st.sampled_from([None, None, 0, 5_000, 60_000, 61_000]),
    st.sampled_from([0, 3, 4, -1]),
    st.integers(0, 1),
    st.sampled_from([_DRIVEN, _DRIVEN, _DRIVEN, _IN_REPLAY, _UNREADABLE]),
)
TICKS = st.lists(st.just(_SAME) | _ANYTHING, max_size=40)


def _cut_lap(meanwhile: str) -> list[Said]:
    """A lap with a cut, whose time falls before its count rises; in between is something that isn't driven."""
    cut, fall = (0, 60_000, None, 4, 0, _DRIVEN), (0, 5, None, 0, 0, _DRIVEN)
    return [cut, fall, *[(0, None, None, 0, 0, meanwhile)] * 20, (1, 20, 60_010, 0, 0, _DRIVEN)]


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windowless]:
    with windowless_game(tmp_path_factory.mktemp("laps")) as running:
        yield running


@contextmanager
def telemetry_of(game: Windowless) -> Iterator[tuple[Any, RecorderLink]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(SharedMemory()) as pages,
        closing(GameLink(f"{folder}/a.link", 1)) as link,
        closing(RecorderLink(f"{folder}/a.link")) as recorder,
    ):
        telemetry = game.app_module("telemetry").Telemetry(SETTINGS, pages, print)
        telemetry.publish_in(link)
        yield telemetry, recorder


@given(ticks=TICKS)
@example(ticks=_cut_lap(_IN_REPLAY))
@example(ticks=_cut_lap(_UNREADABLE))
@settings(max_examples=150, deadline=None)
def test_the_state_is_that_of_one_who_looks_at_every_driven_tick(game: Windowless, ticks: list[Said]) -> None:
    lap, driven, count, time_ms, last_ms = LapState(LIMIT), 0, 0, 0, 0
    with telemetry_of(game) as (telemetry, recorder):
        for tick, (more, time, last, tyres_out, flag, what) in enumerate(ticks, 1):
            count = max(0, count + more)
            time_ms = time_ms + 16 if time is None else time
            last_ms = last_ms if last is None else last
            game.readings.faults.odd = {
                "CS.LapCount": count, "CS.LapTime": time_ms, "CS.LastLap": last_ms, "CS.LapInvalidated": flag,
                "acpmf_physics.numberOfTyresOut": tyres_out,
            }  # fmt: skip
            game.readings.status = REPLAY if what == _IN_REPLAY else LIVE
            if what == _UNREADABLE:
                game.readings.faults.odd["CS.AccG"] = (None, 0, 0)
            game.advance(1 / 60)
            telemetry.publish(tick, 1, tick / 60, tick / 60, 1 / 60, (1, 0, 0.0, 0.0))
            if what == _DRIVEN:
                driven += 1
                lap.update(driven, count, time_ms, last_ms, tyres_out, flag == 1)
            sample = recorder.sample(tick)
            assert sample is not None
            if what != _UNREADABLE:
                assert (sample.lap_count, sample.lap_time_ms, sample.last_lap_ms) == (count, time_ms, last_ms)
            assert (sample.lap_valid, sample.best_lap_ms) == (lap.is_valid, lap.best_ms), tick
