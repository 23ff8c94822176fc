"""Pictures at a constant rate: the nearest one, none twice, cut at holes, restarts and laps."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.export.resample import RUN, choose, fitting_rate, kept_by_rate, moments, resample

_ONE_LAP = "01@0"


def drive(seconds: float, rate: float, jitter: float = 0.0, start: float = 5.0) -> np.ndarray:
    """When pictures were taken."""
    count = round(seconds * rate)
    noise = np.random.default_rng(count).uniform(-jitter, jitter, count)
    return start + np.arange(count) / rate + noise


def laps_of(*lengths: int) -> np.ndarray:
    return np.repeat(np.arange(len(lengths)), lengths)


def one_lap(times: np.ndarray) -> np.ndarray:
    return laps_of(len(times))


def table(times: list[float | None], laps: list[str] | None = None, lap_times: list[float] | None = None) -> pa.Table:
    return pa.table({
        "game_time_s": pa.array(times, pa.float64()),
        "lap_time_s": pa.array(lap_times or [0.0] * len(times), pa.float64()),
        "lap": pa.array(laps or [_ONE_LAP] * len(times), pa.string()),
        "frame": pa.array(range(1, len(times) + 1), pa.int64()),
    })  # fmt: skip


def rate_of(*drives: np.ndarray) -> int:
    return fitting_rate([kept_by_rate(table(times.tolist())) for times in drives])


@pytest.mark.parametrize(("rate", "fps"), [(60, 30), (60, 20), (60, 60), (59.9, 30), (144, 30), (50, 30), (30, 10)])
def test_each_moment_has_the_nearest_picture_within_half_a_step(rate: float, fps: int) -> None:
    times = drive(20, rate, jitter=0.001)
    found = choose(times, one_lap(times), fps)
    kept = times[found.rows]
    assert set(found.runs.tolist()) == {0}
    assert len(kept) == pytest.approx(20 * fps, abs=1)
    assert any(_are_nearest(times, kept, start, fps) for start in times[:16]), "another picture is nearer to a moment"


def _are_nearest(times: np.ndarray, kept: np.ndarray, start: float, fps: int) -> bool:
    """Whether these pictures are the nearest ones to the moments that are counted from `start`."""
    moments = start + (np.round((kept[0] - start) * fps) + np.arange(len(kept))) / fps
    nearest = np.abs(times[:, None] - moments[None, :]).min(axis=0)
    off = np.abs(kept - moments)
    return bool((off <= nearest + 1e-9).all() and (off <= 0.5 / fps + 1e-6).all())


@given(st.lists(st.floats(0.0, 0.2), min_size=2, max_size=300), st.sampled_from([1, 5, 10, 24, 30, 60]))
def test_no_picture_twice_and_none_made_up(steps: list[float], fps: int) -> None:
    times = np.cumsum(steps)
    found = choose(times, one_lap(times), fps)
    assert (np.diff(found.rows) > 0).all()
    assert len(found.rows) + found.short <= len(times)
    for run in np.unique(found.runs):
        kept = times[found.rows[found.runs == run]]
        assert len(kept) >= fps
        assert np.abs(np.diff(kept) - 1 / fps).max(initial=0) <= 1 / fps + 1e-5, "a moment is left out inside a run"
        assert abs(kept[-1] - kept[0] - (len(kept) - 1) / fps) <= 1 / fps + 1e-5


def test_a_hole_cuts_and_nothing_is_made_up_for_it() -> None:
    times = np.concatenate([drive(4, 60), drive(5, 60, start=5 + 4 + 0.5)])
    found = choose(times, one_lap(times), 30)
    assert np.bincount(found.runs).tolist() == [120, 150]
    assert times[found.rows][119] < 9.0 < 9.5 <= times[found.rows][120]


def test_one_picture_that_is_missing_at_the_full_rate_is_a_hole() -> None:
    times = np.delete(drive(6, 30), 91)
    assert np.bincount(choose(times, one_lap(times), 30).runs).tolist() == [91, 88]
    assert set(choose(times, one_lap(times), 15).runs.tolist()) == {0}, "a lower rate has another picture"


def test_laps_and_restarts_cut() -> None:
    times = drive(12, 60)
    found = choose(times, laps_of(300, 300, 120), 30)
    assert np.bincount(found.runs).tolist() == [150, 150, 60]
    back = np.concatenate([drive(5, 60), drive(3, 60, start=2.0)])  # the game's time goes back
    assert np.bincount(choose(back, one_lap(back), 30).runs).tolist() == [150, 90]


def test_a_run_of_less_than_a_second_is_left_out_and_counted() -> None:
    times = drive(10, 60)
    found = choose(times, laps_of(300, 58, 242), 30)
    assert found.short == 29
    assert np.bincount(found.runs).tolist() == [150, 121]


def test_every_picture_that_is_left_out_is_counted_with_why() -> None:
    times: list[float | None] = drive(4, 60).tolist()
    times[7] = times[101] = None
    laps = [_ONE_LAP] * 200 + ["01@1"] * 40
    chosen, left_out = resample(table(times, laps), 30)
    between, short, timeless = left_out.values()
    assert (short, timeless) == (20, 2)
    assert between + chosen.num_rows == 240 - 20 - 2
    assert chosen.num_rows == pytest.approx(100, abs=1)
    assert chosen[RUN].unique().to_pylist() == [0]
    frames = chosen["frame"].to_pylist()
    assert frames == sorted(set(frames))


def test_time_that_stands_gives_one_picture() -> None:
    times = np.concatenate([drive(3, 30), np.full(50, 7.97), drive(3, 30, start=8.0)])
    found = choose(times, one_lap(times), 10)
    assert (np.diff(times[found.rows]) > 0.05).all()
    assert len(found.rows) == pytest.approx(60, abs=1)


def test_a_take_without_ticks_is_timed_by_its_laps() -> None:
    lap_times = [*(at / 10 for at in range(30)), *(at / 10 for at in range(20))]
    told = moments(table([None] * 50, lap_times=lap_times))
    assert told[:30] == pytest.approx(np.arange(30) / 10)
    assert (np.diff(told) >= 0).all()
    assert told[-1] == pytest.approx(2.9 + 1.9)


@pytest.mark.parametrize(
    ("rate", "jitter", "fps"),
    [(60, 0.002, 30), (144, 0.001, 30), (30, 0.002, 30), (29, 0.001, 25), (25, 0.001, 25), (10, 0.001, 10), (7, 0, 5)],
)
def test_the_rate_that_is_taken_keeps_the_drive_whole(rate: float, jitter: float, fps: int) -> None:
    times = drive(60, rate, jitter)
    assert rate_of(times) == fps
    chosen, _ = resample(table(times.tolist()), fps)
    assert chosen.num_rows >= 0.97 * fps * 60


def test_holes_of_the_drive_itself_lower_no_rate() -> None:
    times = np.concatenate([drive(5, 60, start=10.0 * piece) for piece in range(12)])
    assert rate_of(times) == 30


def test_a_rate_that_pictures_come_too_rarely_for_is_lower_not_empty() -> None:
    """A busy machine: mostly 60 a second, and several times a second none for 40 to 60 ms."""
    random = np.random.default_rng(3)
    times = np.cumsum(np.where(random.random(2000) < 0.12, random.uniform(0.04, 0.06, 2000), 1 / 60))
    fps = rate_of(times)
    assert 10 <= fps <= 20
    found = choose(times, one_lap(times), fps)
    assert len(found.rows) / fps > 0.95 * (times[-1] - times[0])
    assert found.short < 0.05 * len(times)


def test_one_odd_take_among_many_does_not_lower_the_rate_of_all() -> None:
    assert rate_of(drive(60, 60), drive(2.8, 60), drive(9, 3), np.array([1.0]), drive(50, 60)) == 30
    assert rate_of(drive(2.8, 30)) == 30
    assert rate_of(drive(9, 3)) == 2
    assert rate_of() in range(1, 31)


def test_a_hole_that_a_low_rate_does_not_see_cuts_nothing_there() -> None:
    times = np.concatenate([drive(3, 60), drive(3, 60, start=8.08)])
    assert len(np.unique(choose(times, one_lap(times), 30).runs)) == 2
    assert len(np.unique(choose(times, one_lap(times), 10).runs)) == 1


def test_nothing_at_all() -> None:
    chosen, left_out = resample(table([]), 30)
    assert (chosen.num_rows, sum(left_out.values())) == (0, 0)
    chosen, left_out = resample(table([1.0]), 30)
    assert (chosen.num_rows, sum(left_out.values())) == (0, 1)
