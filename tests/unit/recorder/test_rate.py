import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from lib.recorder.rate import RateLimit


def taken(limit: RateLimit, times: list[float]) -> list[float]:
    found = []
    for before, now in itertools.pairwise(times):
        if limit.wants(now, now - before):
            limit.took(now)
            found.append(now)
    return found


@given(st.sampled_from([30, 60, 144]), st.sampled_from([5, 10, 24, 30, 60]))
def test_pictures_are_evenly_spaced_and_as_many_as_asked_for(game: int, limit: int) -> None:
    found = taken(RateLimit(limit), [tick / game for tick in range(10 * game)])
    gaps = [b - a for a, b in itertools.pairwise(found)]
    assert abs(len(found) / 10 - min(limit, game)) <= 0.2
    assert max(gaps) - min(gaps) <= 1.01 / game


def test_no_limit_takes_every_tick() -> None:
    times = [tick / 100 for tick in range(50)]
    assert taken(RateLimit(0), times) == times[1:]


def test_after_a_pause_it_does_not_catch_up() -> None:
    limit = RateLimit(10)
    taken(limit, [tick / 60 for tick in range(60)])
    found = taken(limit, [100 + tick / 60 for tick in range(61)])
    assert 10 <= len(found) <= 11


def test_a_game_time_that_is_no_number_does_not_end_the_recording() -> None:
    for limit in (RateLimit(0), RateLimit(10)):
        assert limit.wants(math.nan, math.nan)
        limit.took(math.nan)
        assert limit.wants(1.0, 0.01)
