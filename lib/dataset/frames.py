"""The loader: a set as samples of pictures, telemetry and actions, for any training loop.

from synclogger.dataset import Frames

train = Frames("sets", "train", size=(200, 66), past=(0, 3, 6), future=8)
sample = train[0]  # {"images": uint8, "actions": float32, ...}
"""

import math
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .actions import Actions
from .columns import SetColumns, read_columns
from .options import SETS, OptionError
from .pictures import Box, PictureForm
from .statistics import Statistics, statistics_of
from .window import Window

Sample = dict[str, NDArray[Any]]


class Frames:
    """A map-style data set: `len(frames)`, `frames[index]`, in the order of the set's file.

    A sample never reaches across a take, a hole in time, a cut between sets or a discarded frame: what would lie
    there is padded with the nearest that there is, and its mask says so.

    | key | shape, type | what |
    |---|---|---|
    | `images` | (past, height, width, 3 or 1) uint8 | pictures, in the order of `past` |
    | `image_pad` | (past,) bool | True where there is no such picture |
    | `telemetry` | (past, columns) float32 | the rows of these pictures: `telemetry` names the columns |
    | `actions` | (future, 3) float32 | steering, gas, brake; steering in degrees, or -1..1 with `steering_lock` |
    | `gear` | (future,) int64 | the gear of each action |
    | `action_pad` | (future,) bool | True where that moment lies outside |
    | `weight` | () float32 | how much the sample counts, from the set |
    | `index` | () int64 | its place in the set |
    """

    def __init__(
        self,
        split: str | os.PathLike[str],
        name: str = "train",
        *,
        size: tuple[int, int] = (200, 66),
        crop: Box | None = None,
        masks: Sequence[Box] = (),
        grey: bool = False,
        past: Sequence[float] = (0,),
        past_in_seconds: bool = False,
        future: int = 1,
        step: float = 1 / 30,
        label_ms: float = 0.0,
        steering_lock: float | str | None = None,
        telemetry: Sequence[str] = ("speed_mph", "gear", "steer", "acc_lateral", "acc_longitudinal"),
    ) -> None:
        """Open one set of a folder that `split` made.

        `size` is (width, height) of the pictures; `crop` (left, top, width, height) is what of the saved picture is
        seen, in its pixels, and `masks` are painted grey. `label_ms` takes each action that much later than its
        picture, between the ticks. `steering_lock` divides the steering by so many degrees, "found" by the largest of
        the training set. Raise OptionError where a value makes no sense, SplitError where there is no such set.
        """
        if name not in SETS:
            raise OptionError(f"there is no set {name!r}: one of {', '.join(SETS)}")
        if future < 1 or not 0 < step < math.inf or not past or not all(0 <= back < math.inf for back in past):
            raise OptionError("future is 1 or more, step above 0, and each past 0 or more")
        if not past_in_seconds and any(back != int(back) for back in past):
            raise OptionError(f"past {tuple(past)} counts frames: whole numbers, or seconds with past_in_seconds=True")
        if not math.isfinite(label_ms):
            raise OptionError(f"label_ms is {label_ms}: milliseconds")
        self.folder = Path(split)
        self.name = name
        self.window = Window(tuple(past), past_in_seconds, future, step, label_ms)
        self._form = PictureForm(size, crop, tuple(masks), grey)
        self._columns: SetColumns = read_columns(self.folder, name)
        self._lock = self._steering_lock(steering_lock)
        self._actions = Actions(self._columns, self.window, self._lock)
        self._telemetry = self._columns.values(tuple(telemetry))

    def __len__(self) -> int:
        """The number of samples: one for each row of the set."""
        return len(self._columns)

    def __getitem__(self, index: int) -> Sample:
        """The sample of that row; from the end, where the index is negative. Raise IndexError beyond."""
        at = range(len(self))[index]
        rows, is_missing = self._past(at)
        actions, gears, is_outside = self._actions.at(at)
        return {
            "images": self._pictures(rows),
            "image_pad": is_missing,
            "telemetry": self._telemetry[rows],
            "actions": actions,
            "gear": gears,
            "action_pad": is_outside,
            "weight": self._columns.weights[at],
            "index": np.int64(at),
        }

    def _pictures(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        first = self._form.load(self._columns.path(int(rows[0])))
        if len(rows) == 1:
            return first[None]
        return np.stack([first, *(self._form.load(self._columns.path(int(row))) for row in rows[1:])])

    @property
    def weights(self) -> NDArray[np.float32]:
        """The weight of each sample, for a sampler that draws by weight."""
        return self._columns.weights

    @property
    def statistics(self) -> Statistics:
        """Of telemetry and actions over the training set, whichever set this is: what normalises all three."""
        return training_statistics(self.folder)

    def _past(self, at: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The rows of the pictures of this sample, and which of them stand in for one that is missing."""
        columns, first = self._columns, self._columns.run_start[at]
        if not self.window.in_seconds:
            wanted = at - np.array(self.window.past, dtype=np.int64)
            return np.maximum(wanted, first), wanted < first
        times = columns.times[first : at + 1]
        moments = columns.times[at] - np.array(self.window.past)
        after = np.clip(np.searchsorted(times, moments), 1, max(len(times) - 1, 1))
        before = after - 1
        after = np.minimum(after, len(times) - 1)
        nearest = np.where(moments - times[before] <= times[after] - moments, before, after)
        is_missing = moments < times[0] - columns.usual_step[at] / 2
        return first + nearest.astype(np.int64), is_missing

    def _steering_lock(self, asked: float | str | None) -> float | None:
        if asked is None:
            return None
        if asked == "found":
            steer = training_statistics(self.folder).columns["steer"]
            return max(abs(steer.least), abs(steer.most)) or 1.0
        if isinstance(asked, str) or not 0 < asked < math.inf:
            raise OptionError(f"steering_lock is {asked!r}: degrees above 0, or 'found'")
        return float(asked)


@lru_cache(maxsize=8)
def training_statistics(folder: Path) -> Statistics:
    """Mean, deviation and quantiles of every number of the training set."""
    return statistics_of(read_columns(folder, "train"))
