"""How long after the steering wheel the car answers: the cross-correlation of steering and lateral acceleration."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .columns import Columns

_STEP = 0.01  # seconds between the values that are compared
_MOST = 1.0  # seconds, either way
# Over more than this no value is made up between two pictures.
_GAP = 0.25
# A take that is shorter, or in which nothing was steered, says nothing.
_SHORTEST = 5.0
_LEAST_STEERING = 1.0  # degrees, standard deviation
# Below this nothing follows anything.
_LEAST_CORRELATION = 0.2

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class SteeringLag:
    """One take's correlation at each lag, and where it is strongest."""

    lags_ms: list[float]  # positive: the acceleration comes later
    correlation: list[float]
    best_ms: float | None  # None: too weak to say
    best: float


def steering_lag(columns: Columns, take: int) -> SteeringLag | None:
    """Of the take with this index; None where it says nothing."""
    time, steer, lateral = (
        np.asarray(columns.of_take(take, name), dtype=np.float64) for name in ("time", "steer", "acc_lateral")
    )
    is_whole = np.isfinite(time) & np.isfinite(steer) & np.isfinite(lateral)
    time, steer, lateral = time[is_whole], steer[is_whole], lateral[is_whole]
    if not len(time) or time[-1] - time[0] < _SHORTEST or steer.std() < _LEAST_STEERING:
        return None
    grid = np.arange(time[0], time[-1], _STEP)
    return _strongest(_evenly(grid, time, steer), _evenly(grid, time, lateral))


def _evenly(grid: Numbers, time: Numbers, values: Numbers) -> Numbers:
    """The values at the grid's times; NaN inside of gaps."""
    even: Numbers = np.interp(grid, time, values)
    after = np.clip(np.searchsorted(time, grid, side="right"), 1, len(time) - 1)
    even[time[after] - time[after - 1] > _GAP] = np.nan
    return even


def _strongest(steer: Numbers, lateral: Numbers) -> SteeringLag | None:
    reach = round(_MOST / _STEP)
    lags = range(-reach, reach + 1)
    found = np.array([_correlation(*_shifted(steer, lateral, lag)) for lag in lags])
    if not np.isfinite(found).any():
        return None
    at = int(np.nanargmax(np.abs(found)))
    best = float(found[at])
    return SteeringLag(
        lags_ms=[round(lag * _STEP * 1000, 3) for lag in lags],
        correlation=[round(float(value), 4) for value in np.nan_to_num(found)],
        best_ms=round(lags[at] * _STEP * 1000, 3) if abs(best) >= _LEAST_CORRELATION else None,
        best=best,
    )


def _shifted(steer: Numbers, lateral: Numbers, lag: int) -> tuple[Numbers, Numbers]:
    """The steering beside the acceleration that came so many steps later."""
    if lag >= 0:
        return steer[: len(steer) - lag], lateral[lag:]
    return steer[-lag:], lateral[: len(lateral) + lag]


def _correlation(a: Numbers, b: Numbers) -> float:
    is_whole = np.isfinite(a) & np.isfinite(b)
    a, b = a[is_whole], b[is_whole]
    if len(a) < 2:
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale else float("nan")
