"""The order of an epoch: by seed, and resumed where it was left."""

from collections.abc import Iterator

import numpy as np


class Shuffle:
    """A sampler: the indices of one epoch in an order that seed and epoch give, from sample `start` on."""

    def __init__(self, length: int, seed: int, epoch: int = 0, start: int = 0) -> None:
        self._length = length
        self._seed = seed
        self._epoch = epoch
        self._start = start

    def __len__(self) -> int:
        """How many are left."""
        return max(0, self._length - self._start)

    def __iter__(self) -> Iterator[int]:
        """The indices that are left."""
        order = np.random.Generator(np.random.PCG64([self._seed, self._epoch])).permutation(self._length)
        return iter(order[self._start :].tolist())
