"""How much a frame weighs, so that bends count beside the straights that fill most of a drive."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..captures.row import Row

# Degrees of the steering wheel and mph in one bin.
STEER_STEP = 15.0
SPEED_STEP = 15.0
# What is rarest weighs at most so many times the mean: a single odd frame must not rule.
MOST = 10.0

_FARTHEST = 40  # bins on either side: 600 degrees
_FASTEST = 20  # 300 mph
_SPEEDS = _FASTEST + 1


def bin_of(row: Row) -> int:
    """The bin of this row's steering and speed."""
    steer = min(max(round(row.steer / STEER_STEP), -_FARTHEST), _FARTHEST) + _FARTHEST
    speed = min(max(int(row.speed_mph / SPEED_STEP), 0), _FASTEST)
    return steer * _SPEEDS + speed


@dataclass(frozen=True)
class Balance:
    """The weight of each bin, 1 on average over the training set."""

    weights: dict[int, float]

    @classmethod
    def of(cls, training: Iterable[int]) -> "Balance":
        """From the bins of the training set's frames: each bin weighs the same, as far as MOST lets it."""
        counts = Counter(training)
        left, bins = float(counts.total()), len(counts)
        share = left / bins if bins else 0.0  # of the whole weight, for each bin
        for count in sorted(counts.values()):
            if MOST * count >= share:
                break
            # What a bin can't take is for all others.
            left, bins = left - MOST * count, bins - 1
            share = left / bins
        return cls({found: min(MOST, share / counts[found]) for found in sorted(counts)})

    def weight(self, found: int) -> float:
        """Of a frame in that bin; of one that the training set doesn't know, the most."""
        return self.weights.get(found, MOST)
