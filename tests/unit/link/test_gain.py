"""Column O: how fast the performance delta is gained."""

from __future__ import annotations

import math
import random
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.link.gain import WINDOW_SECONDS, PerformanceGain
from lib.link.mapped_file import RING_TICKS, GameLink, RecorderLink
from tests.unit.samples import publish, sample, slot_values


def feed(gain: PerformanceGain, ticks: list[tuple[float, int, float]]) -> list[float]:
    return [gain.update(*tick) for tick in ticks]


@pytest.mark.parametrize("slope", [-0.3, 0.0, 0.2])
def test_minus_the_slope_of_the_delta(slope: float) -> None:
    rates = feed(PerformanceGain(), [(tick / 60, 1, slope * tick / 60) for tick in range(60)])
    assert rates[0] == 0
    assert all(math.isclose(rate, -slope, abs_tol=1e-9) for rate in rates[1:])


def test_nothing_crosses_the_line() -> None:
    ticks = [(tick / 60, 1, -1.0) for tick in range(20)] + [(20 / 60, 2, -0.7)]
    assert feed(PerformanceGain(), ticks)[-1] == 0


def test_a_jump_of_the_delta_is_no_gain() -> None:
    assert feed(PerformanceGain(), [(0.0, 1, 0.0), (0.1, 1, 0.0), (0.2, 1, 8.0)])[-1] == 0


def test_time_that_stands_still() -> None:
    assert feed(PerformanceGain(), [(1.0, 1, 0.1), (1.0, 1, 0.0)]) == [0, 0]


def test_a_delta_that_is_no_number_gives_a_rate_that_is_one() -> None:
    assert feed(PerformanceGain(), [(0.0, 1, 0.1), (0.1, 1, math.nan), (0.2, 1, 0.1)]) == [0, 0, 0]


# --- what the reader of the link makes, held against one that is told every tick as it comes

Ends = tuple[GameLink, RecorderLink]
# Frames of a drive: time since the one before, completed laps, the delta, whether the reader looks at it at once.
_DELTA_T = st.floats(0.0, 0.2, width=64) | st.sampled_from([1 / 400, 1 / 60])
_METER = st.floats(-3.0, 3.0, width=32) | st.sampled_from([math.nan, 0.0])
FRAMES = st.lists(st.tuples(_DELTA_T, st.integers(0, 2), _METER, st.booleans()), min_size=1, max_size=60)


@contextmanager
def _linked(path: Path) -> Iterator[Ends]:
    with closing(GameLink(str(path), 1)) as game, closing(RecorderLink(str(path))) as recorder:
        yield game, recorder


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[Ends]:
    with _linked(tmp_path / "a.link") as both:
        yield both


def published(game: GameLink, tick: int, game_time: float, lap_count: int, meter: float) -> None:
    made = sample(tick, game_time=game_time, lap_count=lap_count, performance_meter=meter)
    publish(game, slot_values(made))


@given(frames=FRAMES, order=st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_rate_of_any_tick_is_that_of_one_who_saw_them_all(
    frames: list[tuple[float, int, float, bool]], order: random.Random
) -> None:
    """Whichever ticks are looked at, in whatever order, how often, and when."""
    # What a drawn example leaves when it is broken off is not the next one's.
    with tempfile.TemporaryDirectory() as folder, _linked(Path(folder, "a.link")) as (game, recorder):
        gain, game_time, rates = PerformanceGain(), 0.0, []
        for tick, (delta_t, lap_count, meter, is_looked_at) in enumerate(frames, 1):
            game_time += delta_t
            published(game, tick, game_time, lap_count, meter)
            rates.append(gain.update(game_time, lap_count, meter))
            if is_looked_at:
                assert recorder.sample(tick).performance_gain == rates[-1]  # type: ignore[union-attr]
        ticks = list(range(1, len(frames) + 1))
        order.shuffle(ticks)
        seen = [recorder.sample(tick).performance_gain for tick in ticks]  # type: ignore[union-attr]
        assert seen == [rates[tick - 1] for tick in ticks]


def test_a_reader_that_slept_longer_than_the_ring_lasts(ends: Ends) -> None:
    """Where the ring holds a whole window before a tick, its rate is the same as ever."""
    game, recorder = ends
    gain, rates = PerformanceGain(), {}
    newest = RING_TICKS + 1000
    for tick in range(1, newest + 1):
        at, meter = tick / 400, 0.1 * math.sin(tick / 50)
        published(game, tick, at, 1, meter)
        rates[tick] = gain.update(at, 1, meter)
        if tick == 100:
            recorder.sample(tick)
    first = newest - RING_TICKS + 1 + round(400 * WINDOW_SECONDS) + 1
    for tick in range(first, newest + 1):
        assert recorder.sample(tick).performance_gain == rates[tick]  # type: ignore[union-attr]


def test_times_that_are_none_take_no_memory_without_end() -> None:
    gain = PerformanceGain()
    for _ in range(3 * RING_TICKS):
        assert gain.update(math.nan, 1, 0.0) == 0.0
    assert len(gain._past) <= RING_TICKS
