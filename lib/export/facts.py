"""What the data card tells of a part: numbers that add up over all parts."""

from typing import Any

import numpy as np

from ..dataset.columns import STEPS_OF_A_HOLE


def facts_of(rows: Any, facts: dict[str, Any]) -> dict[str, Any]:
    """Of the rows of a part, and of its take. Goes into the part's marker."""
    return {
        **facts,
        "seconds": _seconds(rows["game_time_s"].to_numpy()),
        "proven": int(np.count_nonzero(rows["is_proven"].to_numpy())),
        "laps": rows["lap"].combine_chunks().unique().to_pylist(),
    }


def _seconds(times: Any) -> float:
    """Of game time that the pictures cover; 0 where no tick tells of time."""
    steps = np.diff(times[np.isfinite(times)])
    steps = steps[steps > 0]
    return round(float(steps[steps <= STEPS_OF_A_HOLE * np.median(steps)].sum()), 3) if len(steps) else 0.0
