"""Mean, deviation and quantiles of a set's numbers."""

from dataclasses import dataclass

import numpy as np

from .columns import NUMBERS, SetColumns


@dataclass(frozen=True)
class ColumnStatistics:
    """Of one column."""

    least: float
    most: float
    mean: float
    deviation: float
    quantiles: dict[str, float]  # "q01", "q10", "q50", "q90", "q99"


@dataclass(frozen=True)
class Statistics:
    """Of every number of a row, by its name in `Row`."""

    count: int
    columns: dict[str, ColumnStatistics]


def statistics_of(columns: SetColumns) -> Statistics:
    """Over all rows of the set."""
    found = {}
    for at, name in enumerate(NUMBERS):
        values = columns.numbers[:, at]
        if not len(values):
            continue
        quantiles = np.quantile(values, (0.01, 0.1, 0.5, 0.9, 0.99))
        found[name] = ColumnStatistics(
            float(values.min()),
            float(values.max()),
            float(values.mean()),
            float(values.std()),
            dict(zip(("q01", "q10", "q50", "q90", "q99"), map(float, quantiles), strict=True)),
        )
    return Statistics(len(columns), found)
