"""The offset between the clocks is found whatever their origins, and whatever delays the samples."""

import math
import random

import pytest

from lib.recorder.pairing.clock import GameClock


@pytest.mark.parametrize("origin", [0.0, -3.5, 123456.75])
def test_is_as_exact_as_the_quickest_arrival(origin: float) -> None:
    source, clock = random.Random(1), GameClock()
    for tick in range(600):
        game_time = 50 + tick / 60
        delay = source.choice([source.uniform(0.0001, 0.0006), source.uniform(0.005, 0.04)])
        clock.arrival(game_time, game_time + origin + delay)
    assert clock.to_recorder(60.0) - origin == pytest.approx(60.0, abs=0.0002)
    assert clock.to_game(clock.to_recorder(12.5)) == pytest.approx(12.5)


def test_follows_clocks_that_drift() -> None:
    clock = GameClock()
    for second in range(3600):
        clock.arrival(second, second * 1.00005 + 7)
    assert clock.to_recorder(3599.0) == pytest.approx(3599 * 1.00005 + 7, abs=0.001)


def test_knows_nothing_before_the_first_sample_and_nothing_from_broken_ones() -> None:
    clock = GameClock()
    clock.arrival(math.nan, 1.0)
    clock.arrival(math.inf, 1.0)
    assert not clock.is_known
    clock.arrival(2.0, 1.0)
    assert clock.is_known
