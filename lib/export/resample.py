"""Pictures at a constant rate: which of them stand for the moments k/fps of the game's time.

A picture is taken for the one moment that is nearest to it, and never for two. Where a moment has no picture within
half a step, the run ends: nothing is shown twice, nothing is made up. A run ends also where another lap begins and
where time goes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# The rates that are chosen from where none is asked for: above 30 a second little changes from picture to picture.
USUAL_RATES = (30, 25, 20, 15, 10, 5, 2, 1)
# A run of fewer seconds is left out.
SHORTEST_SECONDS = 1.0

# In more than so many steps without a picture there is a moment without one, wherever moments are counted from.
_MOST_STEPS = 2.0 + 1e-6
# So many pictures at the start of a run are tried as the one that the moments are counted from.
_STARTS = 16
# A picture exactly between two moments belongs to one of them, however its time was rounded.
_ROUNDING = 1e-6
# A rate that fits keeps so much of what the best one keeps, and cuts at most once in so many seconds more than others.
_NEARLY_ALL, _SECONDS_A_CUT = 0.9, 10.0


# Why pictures are left out.
_BETWEEN, _SHORT, _TIMELESS = "between two moments of --fps", "a run of less than a second", "nothing tells their time"
# The column that says which unbroken run of its take a row is in.
RUN = "run"


class Chosen(NamedTuple):
    """Which pictures stand for moments, in order."""

    rows: NDArray[np.int64]  # their places in what was given
    runs: NDArray[np.int64]  # 0, 1, ...: which unbroken run each is in
    short: int  # pictures in runs of less than SHORTEST_SECONDS


def resample(table: pa.Table, fps: float) -> tuple[pa.Table, dict[str, int]]:
    """The rows of one take and split that go out at this rate, with the column RUN; and why others don't.

    `table` has the columns `game_time_s`, `lap_time_s` and `lap`.
    """
    times = moments(table)
    told = np.flatnonzero(np.isfinite(times))
    found = choose(times[told], _codes(table["lap"])[told], fps)
    between = len(told) - len(found.rows) - found.short
    chosen = table.take(pa.array(told[found.rows])).append_column(RUN, pa.array(found.runs, pa.int32()))
    return chosen, {_BETWEEN: between, _SHORT: found.short, _TIMELESS: len(times) - len(told)}


class Kept(NamedTuple):
    """What one rate keeps of a drive."""

    seconds: float
    runs: int


def kept_by_rate(table: pa.Table) -> tuple[Kept, ...]:
    """What each of USUAL_RATES keeps of these rows of a take."""
    times = moments(table)
    told = np.isfinite(times)
    times, laps = times[told], _codes(table["lap"])[told]
    return tuple(_kept(times, choose(times, laps, fps)) for fps in USUAL_RATES)


def fitting_rate(drives: Iterable[tuple[Kept, ...]]) -> int:
    """The highest of USUAL_RATES that keeps nearly all of these, and hardly cuts them more often than a lower one."""
    seconds, runs = np.zeros(len(USUAL_RATES)), np.zeros(len(USUAL_RATES))
    for drive in drives:
        seconds += [kept.seconds for kept in drive]
        runs += [kept.runs for kept in drive]
    is_enough = seconds >= _NEARLY_ALL * seconds.max()
    allowed = runs[is_enough].min() + seconds.max() / _SECONDS_A_CUT
    return USUAL_RATES[int(np.argmax(is_enough & (runs <= allowed)))]


def moments(table: pa.Table) -> NDArray[np.float64]:
    """The game's time of each row, in seconds; NaN where it is not told.

    Of a take without ticks, where it is told nowhere: its lap times strung together.
    """
    times = _numbers(table["game_time_s"])
    if np.isfinite(times).any() or not len(times):
        return times
    lap_times = _numbers(table["lap_time_s"])
    passed = np.diff(lap_times, prepend=lap_times[:1])
    strung: NDArray[np.float64] = np.cumsum(np.where(passed >= 0, passed, np.maximum(lap_times, 0.0)))
    return strung


def choose(times: NDArray[np.float64], laps: NDArray[Any], fps: float) -> Chosen:
    """Which of these moments go out. `laps` has another value where another lap begins."""
    rows, runs, short, number = [], [], 0, 0
    for first, end in _unbroken(times, laps, fps):
        for run in _on_the_grid(times[first:end], fps):
            if len(run) < SHORTEST_SECONDS * fps:
                short += len(run)
                continue
            rows.append(first + run)
            runs.append(np.full(len(run), number, dtype=np.int64))
            number += 1
    nothing = [np.zeros(0, dtype=np.int64)]
    return Chosen(np.concatenate(rows or nothing), np.concatenate(runs or nothing), short)


def _kept(times: NDArray[np.float64], chosen: Chosen) -> Kept:
    runs = np.unique(chosen.runs, return_index=True)[1]
    if not len(runs):
        return Kept(0.0, 0)
    last = np.append(runs[1:], len(chosen.rows)) - 1
    return Kept(float((times[chosen.rows[last]] - times[chosen.rows[runs]]).sum()), len(runs))


def _unbroken(times: NDArray[np.float64], laps: NDArray[Any], fps: float) -> list[tuple[int, int]]:
    """(first, end) of each stretch in one lap in which time goes on and no moment can be without a picture."""
    if not len(times):
        return []
    passed = np.diff(times)
    breaks = (passed < 0) | (passed > _MOST_STEPS / fps) | (laps[1:] != laps[:-1])
    edges = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(times)]
    return list(pairwise(edges))


def _on_the_grid(times: NDArray[np.float64], fps: float) -> list[NDArray[np.int64]]:
    """The places of the pictures of each run.

    Moments are counted from that one of the first pictures from which the others lie nearest to theirs.
    """
    begin = min(_fits(times, start, fps) for start in range(min(_STARTS, len(times))))[-1]
    places, steps = _nearest(times, begin, fps)
    return np.split(places, np.flatnonzero(np.diff(steps) > 1) + 1)


def _fits(times: NDArray[np.float64], start: int, fps: float) -> tuple[int, float, int, int]:
    places, steps = _nearest(times, start, fps)
    cuts = int(np.count_nonzero(np.diff(steps) > 1))
    off = np.abs((times[places] - times[start]) * fps - steps)
    return cuts, round(float(off.mean()), 3), -len(places), start


def _nearest(times: NDArray[np.float64], start: int, fps: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(place, step) of the picture that is nearest to each step that has one within half a step."""
    exact = (times - times[start]) * fps
    steps = np.floor(exact + 0.5 + _ROUNDING).astype(np.int64)
    order = np.lexsort((np.abs(exact - steps), steps))
    is_first = np.concatenate(([True], np.diff(steps[order]) > 0))
    places = order[is_first]
    return places.astype(np.int64), steps[places]


def _numbers(column: Any) -> NDArray[np.float64]:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    numbers: NDArray[np.float64] = pc.fill_null(pc.cast(column, pa.float64()), np.nan).to_numpy(zero_copy_only=False)
    return numbers


def _codes(column: Any) -> NDArray[np.int32]:
    """A number for each word, so that words can be compared at once."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    codes: NDArray[np.int32] = pc.fill_null(column.indices, -1).to_numpy(zero_copy_only=False)
    return codes
