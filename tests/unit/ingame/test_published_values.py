"""Every value of the published sample is held against what the double drove. Any two that are swapped are noticed."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from lib.captures.pages import GRAPHICS, PHYSICS
from lib.captures.ticks import SAMPLE_COLUMNS, pages_of
from lib.ingame.pages import SharedMemory
from lib.link.mapped_file import GameLink, RecorderLink
from lib.link.sample import (
    HOLD_IN_PITS,
    HOLD_NONE,
    HOLD_OFF,
    HOLD_OTHER_CAR,
    HOLD_OTHER_VIEW,
    HOLD_PAUSED,
    HOLD_REASONS,
    HOLD_REPLAY,
    HOLD_TELEMETRY_INVALID,
    Sample,
)
from lib.link.settings import read_settings
from tests.environment import ROOT
from tests.host import acsys
from tests.host import page_fields as host_pages
from tests.host.readings import LIVE, OFF, PAUSE, RACE, REPLAY, Readings, as_c_float
from tests.host.windowless import Windowless, windowless_game

_LAP_SECONDS = 4.0
_FRAMES = 1000
# The performance delta's rate is a mean over some ticks; at a lap's first tick there is none.
_GAIN_TOLERANCE = 0.02
_PAGE_COLUMNS = (*PHYSICS.names, *GRAPHICS.names)
CS: Any = acsys.CS


@dataclass
class Tick:
    """What the test knows of one tick beside what the game says: what it asked for, and when."""

    number: int
    take: int
    panel: tuple[int, int, float, float]
    delta_t: float
    game_time: float
    began: float
    ended: float = math.inf


class Within:
    """Equal to any number between the two."""

    def __init__(self, least: float, most: float) -> None:
        self._least, self._most = least, most

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float | int) and self._least <= other <= self._most

    __hash__ = None  # type: ignore[assignment]


def _hold(game: Windowless) -> int:
    readings, api = game.readings, game.api
    if readings.status == REPLAY:
        return HOLD_REPLAY
    if readings.status == OFF:
        return HOLD_OFF
    if readings.status == PAUSE:
        return HOLD_PAUSED
    if api.focused_car:
        return HOLD_OTHER_CAR
    if api.camera_mode in (acsys.CM.Track, acsys.CM.Helicopter, acsys.CM.Free, acsys.CM.Random):
        return HOLD_OTHER_VIEW
    return HOLD_IN_PITS if readings.drive.stands_in_pit else HOLD_NONE


def _gain(game: Windowless) -> Any:
    """The delta to the best lap shrinks by what this lap's factor is less than the best one's, per second of it."""
    drive = game.readings.drive
    rate = 0.0 if drive.best_factor is None else (drive.best_factor - drive.factor) / drive.factor
    return Within(min(rate, 0.0) - _GAIN_TOLERANCE, max(rate, 0.0) + _GAIN_TOLERANCE)


def _car(name: str) -> Callable[[Windowless, Tick], Any]:
    return lambda game, tick: game.readings.car_state(0, getattr(CS, name))


def _car_part(name: str, index: int) -> Callable[[Windowless, Tick], Any]:
    return lambda game, tick: game.readings.car_state(0, getattr(CS, name))[index]


# For each field of the sample but the pages: what must stand there.
_TRUE: dict[str, Callable[[Windowless, Tick], Any]] = {
    "tick": lambda game, tick: tick.number,
    "take": lambda game, tick: tick.take,
    "hold": lambda game, tick: _hold(game),
    "panel_shown": lambda game, tick: tick.panel[0],
    "panel_form": lambda game, tick: tick.panel[1],
    "camera_mode": lambda game, tick: game.api.camera_mode,
    "focused_car": lambda game, tick: game.api.focused_car,
    "lap_valid": lambda game, tick: int(game.readings.drive.lap_is_valid),
    "best_lap_ms": lambda game, tick: game.readings.drive.best_lap_ms,
    "gear": lambda game, tick: game.readings.drive.gear - 1,
    "lap_count": _car("LapCount"),
    "lap_time_ms": _car("LapTime"),
    "last_lap_ms": _car("LastLap"),
    "time": lambda game, tick: Within(tick.began, tick.ended),
    "game_time": lambda game, tick: tick.game_time,
    "delta_t": lambda game, tick: tick.delta_t,
    "panel_x": lambda game, tick: tick.panel[2],
    "panel_y": lambda game, tick: tick.panel[3],
    "performance_gain": lambda game, tick: _gain(game),
    "gas": _car("Gas"),
    "brake": _car("Brake"),
    "clutch": _car("Clutch"),
    "steer": _car("Steer"),
    "acc_lateral": _car_part("AccG", 0),
    "acc_vertical": _car_part("AccG", 1),
    "acc_longitudinal": _car_part("AccG", 2),
    "speed_mph": _car("SpeedMPH"),
    "spline_position": _car("NormalizedSplinePosition"),
    "performance_meter": _car("PerformanceMeter"),
}


def _true_of_pages(readings: Readings) -> list[Any]:
    """What must stand in the columns of the pages, in their order: the double has a table of its own."""
    found: list[Any] = []
    for page, values in ((host_pages.PHYSICS, readings.physics), (host_pages.GRAPHICS, readings.graphics)):
        for field in page.fields:
            value = as_c_float(values[field.name])
            found += value if isinstance(value, tuple) else (value,)
    return found


@dataclass
class Published:
    """A sample as the recorder reads it from the link, and what is true of that tick."""

    sample: list[Any]  # what the sample itself says
    pages: list[Any]  # ... and what its pages do
    true: list[Any]
    true_of_pages: list[Any]


def _wrong(names: Sequence[str], said: list[Any], true: list[Any]) -> dict[str, tuple[Any, Any]]:
    """(what was published, what is true) of each field where that is not the same."""
    return {name: (one, other) for name, one, other in zip(names, said, true, strict=True) if not other == one}  # noqa: SIM201


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Published]]:
    """Laps with everything that changes a sample, through the app's telemetry and the link."""
    folder = tmp_path_factory.mktemp("published")
    log: list[str] = []
    with windowless_game(folder, _LAP_SECONDS) as game:
        shared_memory = SharedMemory()
        link, recorder = GameLink(str(folder / "a.link"), 1), RecorderLink(str(folder / "a.link"))
        telemetry = game.app_module("telemetry").Telemetry(read_settings(str(ROOT))[0], shared_memory, log.append)
        telemetry.publish_in(link)
        yield list(_drive(game, telemetry, recorder))
        for opened in (shared_memory, link, recorder):
            opened.close()
    assert not log


def _drive(game: Windowless, telemetry: Any, recorder: RecorderLink) -> Iterator[Published]:
    game_time = 0.0
    for number in range(1, _FRAMES + 1):
        _happen(game, number)
        delta_t = 1 / 60 + number % 7 / 1000
        game_time += delta_t
        game.advance(delta_t)
        panel = (number // 3 % 2, number // 5 % 2, 40.0 + number, 60.5 + number)
        tick = Tick(number, 5 if number > 20 else 0, panel, delta_t, game_time, time.perf_counter())
        telemetry.publish(tick.number, tick.take, time.perf_counter(), game_time, delta_t, panel)
        tick.ended = time.perf_counter()
        sample = recorder.sample(number)
        assert sample is not None
        assert telemetry.hold == sample.hold
        pages = pages_of(sample)
        yield Published(
            list(sample[: len(SAMPLE_COLUMNS)]),
            [pages[name] for name in _PAGE_COLUMNS],
            [_TRUE[name](game, tick) for name in SAMPLE_COLUMNS],
            _true_of_pages(game.readings),
        )


def _happen(game: Windowless, number: int) -> None:
    """What a session has beside plain laps."""
    readings, drive = game.readings, game.readings.drive
    readings.session = RACE if number > 30 else 1
    readings.status = {100: PAUSE, 101: PAUSE, 102: PAUSE, 150: REPLAY, 151: REPLAY, 160: OFF}.get(number, LIVE)
    if number in (300, 700):
        drive.cut(0.3, tyres=3 if number == 700 else 4)
    drive.is_in_pit_lane = 840 <= number < 870
    drive.stands_in_pit = 860 <= number < 880
    # Each camera once, and for some ticks another car.
    game.api.camera_mode = number - 400 if 400 <= number < 410 else 0
    game.api.focused_car = 7 if 420 <= number < 425 else 0


def test_each_value_of_the_sample_is_known() -> None:
    """A column that is added comes with what is true of it."""
    assert list(_TRUE) == list(SAMPLE_COLUMNS)
    assert (*SAMPLE_COLUMNS, "physics", "graphics") == Sample._fields


def test_what_is_published_is_what_was_driven(drive: list[Published]) -> None:
    for published in drive:
        assert not _wrong(SAMPLE_COLUMNS, published.sample, published.true), published.sample[0]
        assert not _wrong(_PAGE_COLUMNS, published.pages, published.true_of_pages), published.sample[0]


def test_the_drive_has_everything(drive: list[Published]) -> None:
    """Nothing that the swaps below are told apart by is missing from it."""
    seen = {name: set(values) for name, *values in zip(SAMPLE_COLUMNS, *(one.sample for one in drive), strict=True)}
    assert seen["hold"] == {*range(len(HOLD_REASONS))} - {HOLD_TELEMETRY_INVALID}
    assert seen["lap_valid"] == seen["panel_shown"] == seen["panel_form"] == {0, 1}
    assert len(seen["best_lap_ms"]) > 2
    assert [name for name, values in seen.items() if len(values) < 2] == []
    pages = {name: set(values) for name, *values in zip(_PAGE_COLUMNS, *(one.pages for one in drive), strict=True)}
    assert pages["tyres_out"] == {0, 3, 4}
    assert pages["in_pit"] == pages["in_pit_lane"] == {0, 1}


def test_any_two_values_that_are_swapped_are_noticed(drive: list[Published]) -> None:
    samples = [(one.sample, one.true) for one in drive]
    assert _unnoticed(SAMPLE_COLUMNS, samples) == []
    assert _unnoticed(_PAGE_COLUMNS, [(one.pages, one.true_of_pages) for one in drive]) == []


def _unnoticed(names: Sequence[str], told: list[tuple[list[Any], list[Any]]]) -> list[tuple[str, str]]:
    """The pairs of values that could stand in each other's place without any of them being wrong."""
    return [
        (names[one], names[other])
        for one, other in itertools.combinations(range(len(names)), 2)
        if all(true[one] == said[other] and true[other] == said[one] for said, true in told)
    ]
