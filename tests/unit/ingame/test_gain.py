"""Column O: how fast the performance delta is gained."""

from __future__ import annotations

import math

import pytest

from lib.ingame.gain import PerformanceGain


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
