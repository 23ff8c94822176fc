"""Percentiles of times that were counted in steps, so that an hour of them takes no more room than a second."""

from collections import Counter

STEPS_PER_MS = 10

_LONGEST_MS = 10_000
_PERCENTS = (0, 1, 5, 25, 50, 75, 95, 99, 100)


def step_of(seconds: float) -> int:
    """The step that a time falls into. Times beyond ten seconds, either way, count as ten."""
    milliseconds = min(max(1000 * seconds, -_LONGEST_MS), _LONGEST_MS)
    return round(milliseconds * STEPS_PER_MS)


def percentiles(steps: Counter[int]) -> dict[str, float] | None:
    """Percentiles, in milliseconds; None where nothing was counted."""
    if not steps:
        return None
    total, passed = steps.total(), 0
    found: dict[str, float] = {}
    left = list(_PERCENTS)
    for step in sorted(steps):
        passed += steps[step]
        while left and passed * 100 >= left[0] * total:
            found[f"p{left.pop(0)}"] = step / STEPS_PER_MS
    return found
