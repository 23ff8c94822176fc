"""The state of the lap, tick by tick."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.ingame.lap import LapState

LIMIT = 4


def drive(*ticks: tuple[int, int, int], lap: LapState | None = None) -> LapState:
    """Feed (lap count, last lap in ms, tyres out)."""
    lap = lap or LapState(LIMIT)
    for tick, (count, last, out) in enumerate(ticks, 1):
        lap.update(tick, count, 0, last, out, False)
    return lap


def test_valid_until_the_limit_is_reached_and_again_from_the_line() -> None:
    lap = drive((0, 0, 0), (0, 0, 3))
    assert lap.is_valid
    assert not drive((0, 0, 4), (0, 0, 0), lap=lap).is_valid
    assert drive((1, 0, 0), lap=lap).is_valid


def test_still_outside_at_the_line_ends_the_new_lap_too() -> None:
    assert not drive((0, 0, 4), (1, 0, 4), (1, 0, 0)).is_valid


def test_the_lap_time_may_come_some_ticks_after_the_lap_count() -> None:
    lap = drive((0, 0, 0), (1, 0, 0), (1, 0, 0))
    assert lap.best_ms == 0
    assert drive((1, 81_234, 0), lap=lap).best_ms == 81_234


def test_a_cut_after_the_line_does_not_touch_the_lap_before() -> None:
    assert drive((0, 0, 0), (1, 0, 4), (1, 70_000, 4)).best_ms == 70_000


def test_an_invalid_lap_is_never_the_best() -> None:
    lap = drive((0, 0, 4), (1, 0, 0), (1, 60_000, 0))
    assert lap.best_ms == 0
    assert drive((2, 60_000, 0), (2, 65_000, 0), lap=lap).best_ms == 65_000


def test_a_slower_lap_leaves_the_best() -> None:
    assert drive((0, 0, 0), (1, 60_000, 0), (2, 61_000, 0)).best_ms == 60_000


def test_a_restart_forgets() -> None:
    lap = drive((0, 0, 0), (1, 60_000, 4))
    drive((0, 60_000, 0), lap=lap)
    assert (lap.is_valid, lap.best_ms) == (True, 0)
    assert drive((1, 62_000, 0), lap=lap).best_ms == 62_000


def test_without_the_page_the_games_own_flag_decides() -> None:
    lap = LapState(LIMIT)
    lap.update(1, 0, 0, 0, -1, False)
    assert lap.is_valid
    lap.update(2, 0, 0, 0, -1, True)
    assert not lap.is_valid


def test_the_flag_is_ignored_where_the_page_is_there() -> None:
    lap = LapState(LIMIT)
    lap.update(1, 0, 0, 0, 0, True)
    assert lap.is_valid


def test_a_restart_in_the_first_lap_makes_it_valid_again() -> None:
    lap = LapState(LIMIT)
    lap.update(1, 0, 9000, 0, 4, False)
    assert not lap.is_valid
    lap.update(2, 0, 10, 0, 0, False)
    assert lap.is_valid


def test_the_lap_time_may_fall_before_the_lap_count_rises() -> None:
    lap = LapState(LIMIT)
    lap.update(1, 0, 60_000, 0, 4, False)
    lap.update(2, 0, 5, 0, 0, False)
    lap.update(3, 1, 20, 0, 0, False)
    lap.update(4, 1, 40, 60_010, 0, False)
    assert (lap.is_valid, lap.best_ms) == (True, 0)


@pytest.mark.parametrize(("ticks", "best"), [(10, 0), (11, 60_010)])
def test_a_fall_belongs_to_a_line_no_more_than_ten_ticks_later(ticks: int, best: int) -> None:
    """Later it was a restart in the first lap, and what was cut before it is forgotten."""
    lap = LapState(LIMIT)
    lap.update(1, 0, 60_000, 0, 4, False)
    lap.update(2, 0, 5, 0, 0, False)
    lap.update(2 + ticks, 1, 20, 60_010, 0, False)
    assert lap.best_ms == best


def test_ticks_that_are_passed_over_do_not_count() -> None:
    lap = LapState(LIMIT)
    lap.update(1, 0, 60_000, 0, 4, False)
    lap.update(2, 0, 5, 0, 0, False)
    for _ in range(20):
        lap.pass_over()
    lap.update(23, 1, 20, 60_010, 0, False)
    assert lap.best_ms == 0


@given(st.lists(st.tuples(st.integers(30_000, 200_000), st.booleans()), min_size=1, max_size=12))
def test_best_is_the_least_of_the_valid_laps(laps: list[tuple[int, bool]]) -> None:
    lap = LapState(LIMIT)
    last = 0
    for count, (milliseconds, is_cut) in enumerate(laps):
        lap.update(4 * count + 1, count, 0, last, 0, False)
        lap.update(4 * count + 2, count, 0, last, LIMIT if is_cut else 0, False)
        lap.update(4 * count + 3, count + 1, 0, last, 0, False)
        if milliseconds == last:
            milliseconds += 1
        last = milliseconds
        lap.update(4 * count + 4, count + 1, 0, last, 0, False)
    times, before = [], 0
    for milliseconds, is_cut in laps:
        milliseconds += milliseconds == before
        before = milliseconds
        times += [] if is_cut else [milliseconds]
    assert lap.best_ms == min(times, default=0)
