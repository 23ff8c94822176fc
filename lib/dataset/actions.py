"""What the driver did at exact times: every tick is recorded, so a label can lie between pictures and between ticks."""

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..captures.names import picture_key, ticks_file_name
from ..recordings.tick_table import TickTable
from .columns import NUMBERS, SetColumns
from .split import SplitError
from .window import Window

ACTIONS = ("steer", "gas", "brake")

_AT = [NUMBERS.index(name) for name in ACTIONS]
_GEAR_AT = NUMBERS.index("gear")
_POINTS_OF_A_LINE = 2


@dataclass(eq=False)
class _TakeTicks:
    """Every tick of one take."""

    times: NDArray[np.float64]
    actions: NDArray[np.float32]  # (ticks, ACTIONS)
    gears: NDArray[np.int64]

    def at(self, moments: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The actions at these moments: between two ticks on the line from one to the other, the gear of the last."""
        after = np.clip(np.searchsorted(self.times, moments, side="right"), 1, len(self.times) - 1)
        before = after - 1
        span = self.times[after] - self.times[before]
        share = np.where(span > 0, (moments - self.times[before]) / np.where(span > 0, span, 1.0), 0.0)
        share = np.clip(share, 0.0, 1.0)[:, None].astype(np.float32)
        line = self.actions[before] * (1 - share) + self.actions[after] * share
        last = np.where(moments >= self.times[after], after, before)
        return line, self.gears[last]


class Actions:
    """The actions of each sample of a set."""

    def __init__(self, columns: SetColumns, window: Window, lock: float | None) -> None:
        """Raise SplitError where other moments than the pictures' are asked for and a take has no ticks."""
        self._columns = columns
        self._window = window
        self._offsets = window.label_ms / 1000 + np.arange(window.future) * window.step
        self._scale = np.array([1 / lock if lock else 1.0, 1.0, 1.0], dtype=np.float32)
        self._own = columns.numbers[:, _AT].astype(np.float32)
        self._gears = columns.numbers[:, _GEAR_AT].astype(np.int64)
        self._needs_ticks = bool(np.any(self._offsets != 0))
        self._ticks = dict(self._read_ticks()) if self._needs_ticks else {}

    def at(self, row: int) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
        """(actions, gears, what lies outside the run) of that row."""
        columns = self._columns
        if not self._needs_ticks:
            return self._own[row : row + 1] * self._scale, self._gears[row : row + 1], np.zeros(1, dtype=np.bool_)
        moments = columns.times[row] + self._offsets
        first, last = columns.times[columns.run_start[row]], columns.times[columns.run_end[row] - 1]
        is_outside = (moments < first) | (moments > last)
        actions, gears = self._ticks[int(columns.takes[row])].at(np.clip(moments, first, last))
        own = self._offsets == 0
        actions[own], gears[own] = self._own[row], self._gears[row]
        return actions * self._scale, gears, is_outside

    def _read_ticks(self) -> Iterable[tuple[int, _TakeTicks]]:
        columns = self._columns
        for take in np.unique(columns.takes):
            path = columns.path(int(np.argmax(columns.takes == take)))
            yield int(take), _read(path)


def _numbers(line: tuple[bytes, ...]) -> tuple[float, ...]:
    """The values of a line; none where one of them is no number."""
    try:
        numbers = tuple(map(float, line))
    except ValueError:
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()


def _read(picture: Path) -> _TakeTicks:
    """The ticks of the take that the picture is of."""
    key = picture_key(picture.name)
    path = picture.with_name(ticks_file_name(key[0])) if key is not None else None
    if path is None or not path.is_file():
        raise SplitError(
            f"{picture.parent} has no ticks of the take of {picture.name}: actions at other moments than the picture's "
            "need them; use label_ms=0 and future=1, or leave that take out"
        )
    told = array("d")
    for line in TickTable(path).lines(("game_time", *ACTIONS, "gear")):
        told.extend(_numbers(line))
    numbers = np.frombuffer(told, dtype=np.float64).reshape(-1, 2 + len(ACTIONS))
    if len(numbers) < _POINTS_OF_A_LINE:
        raise SplitError(f"{path} has too few ticks to take actions from: leave that take out")
    if np.any(np.diff(numbers[:, 0]) < 0):
        back = float(numbers[int(np.argmax(np.diff(numbers[:, 0]) < 0)), 0])
        raise SplitError(
            f"in {path} the game's time goes back behind second {back:g}, so that one moment has two labels: "
            "use label_ms=0 and future=1, or leave that take out"
        )
    return _TakeTicks(numbers[:, 0], numbers[:, 1:4].astype(np.float32), numbers[:, 4].astype(np.int64))
