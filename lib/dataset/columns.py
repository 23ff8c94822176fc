"""A set in memory: some hundred bytes a row, in arrays that workers share, and where its unbroken runs begin."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..captures.row import Row
from .split import SplitError, read_split
from .table import ODD_BYTES, SetRow, read_set

NUMBERS = tuple(name for name in Row._fields if name != "image")

# A run ends where more time than this many usual steps passes.
STEPS_OF_A_HOLE = 2.5


@dataclass(eq=False)
class SetColumns:
    """The rows of one set, in the order of its file."""

    folder: Path  # of the set: the pictures' paths begin there
    folders: tuple[str, ...]  # of the pictures
    in_folder: NDArray[np.int32]  # which of these
    names: NDArray[np.bytes_]  # of the pictures, in UTF-8
    takes: NDArray[np.int32]  # equal where two rows are of one take
    times: NDArray[np.float64]  # seconds of game time; of lap times strung together where no tick tells it
    ticks: NDArray[np.int64]  # 0 where no tick is told
    weights: NDArray[np.float32]
    numbers: NDArray[np.float64]  # (rows, NUMBERS)
    run_start: NDArray[np.int64]  # the first row of the unbroken run that a row is in
    run_end: NDArray[np.int64]  # ... and the row behind its last
    usual_step: NDArray[np.float32]  # seconds between the pictures of the row's take

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.weights)

    def path(self, row: int) -> Path:
        """The picture of a row."""
        folder, name = self.folders[int(self.in_folder[row])], bytes(self.names[row])
        return Path(self.folder, folder, name.decode("utf-8", ODD_BYTES))

    def values(self, wanted: Sequence[str]) -> NDArray[np.float32]:
        """These columns of the row, by their names in `Row`: (rows, wanted). Raise SplitError for one there is not."""
        unknown = [name for name in wanted if name not in NUMBERS]
        if unknown:
            raise SplitError(f"there is no column {unknown[0]!r}: one of {', '.join(NUMBERS)}")
        picked: NDArray[np.float32] = self.numbers[:, [NUMBERS.index(name) for name in wanted]].astype(np.float32)
        return picked


def read_columns(folder: Path, name: str) -> SetColumns:
    """Read one set. Raise SplitError where it isn't there or can't be read."""
    read_split(folder)
    gathered = _Gathered()
    try:
        for row in read_set(folder / f"{name}.csv"):
            gathered.add(row)
    except (OSError, ValueError) as error:
        raise SplitError(f"the set {folder / f'{name}.csv'} can't be read ({error}): make it again") from error
    return gathered.columns(folder)


class _Gathered:
    """The rows of a set as they are read, in arrays."""

    def __init__(self) -> None:
        self._folders, self._takes, self._laps = _Numbers(), _Numbers(), _Numbers()
        self._names: list[bytes] = []
        self._in_folder, self._of_take, self._of_lap = array("i"), array("i"), array("i")
        self._times, self._ticks, self._weights, self._numbers = array("d"), array("q"), array("f"), array("d")
        self._told = 0.0  # where no tick tells the time: lap times strung together
        self._lap_time_before = 0.0

    def add(self, row: SetRow) -> None:
        """The next row."""
        folder, _, image = row.image.rpartition("/")
        self._names.append(image.encode("utf-8", ODD_BYTES))
        self._in_folder.append(self._folders.of(folder))
        self._of_take.append(self._takes.of(row.take_id))
        self._of_lap.append(self._laps.of(row.lap))
        self._times.append(row.game_time if row.game_time is not None else self._strung(row.row.lap_time))
        self._ticks.append(row.tick or 0)
        self._weights.append(row.weight)
        self._numbers.extend(map(float, row.row[1:]))

    def _strung(self, lap_time: float) -> float:
        passed = lap_time - self._lap_time_before
        self._told += passed if passed >= 0 else lap_time
        self._lap_time_before = lap_time
        return self._told

    def columns(self, folder: Path) -> SetColumns:
        """All that was added."""
        takes, times = np.array(self._of_take, dtype=np.int32), np.array(self._times, dtype=np.float64)
        step = _usual_steps(times, takes)
        starts, ends = _runs(times, takes, np.array(self._of_lap, dtype=np.int32), tuple(self._laps.names), step)
        return SetColumns(
            folder=folder,
            folders=tuple(self._folders.names),
            in_folder=np.array(self._in_folder, dtype=np.int32),
            names=np.array(self._names, dtype=np.bytes_),
            takes=takes,
            times=times,
            ticks=np.array(self._ticks, dtype=np.int64),
            weights=np.array(self._weights, dtype=np.float32),
            numbers=np.array(self._numbers, dtype=np.float64).reshape(-1, len(NUMBERS)),
            run_start=starts,
            run_end=ends,
            usual_step=step,
        )


class _Numbers:
    """Numbers names in the order in which they come."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}

    def of(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))


def _usual_steps(times: NDArray[np.float64], takes: NDArray[np.int32]) -> NDArray[np.float32]:
    step = np.zeros(len(times), dtype=np.float32)
    for take in np.unique(takes):
        of_take = takes == take
        between = np.diff(times[of_take])
        step[of_take] = np.median(between) if len(between) else 0.0
    return step


def _runs(
    times: NDArray[np.float64],
    takes: NDArray[np.int32],
    laps: NDArray[np.int32],
    lap_names: Sequence[str],
    step: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the run of each row begins and ends: a new one at another take, a hole in time, a restart."""
    count = len(times)
    if not count:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    passed = np.diff(times)
    breaks = (passed > STEPS_OF_A_HOLE * step[1:]) | (passed < 0) | (takes[1:] != takes[:-1])
    for at in np.flatnonzero(laps[1:] != laps[:-1]):
        breaks[at] |= not _follows(lap_names[laps[at]], lap_names[laps[at + 1]])
    first = np.concatenate(([0], np.flatnonzero(breaks) + 1))
    lengths = np.diff(np.concatenate((first, [count])))
    starts: NDArray[np.int64] = np.repeat(first, lengths).astype(np.int64)
    ends: NDArray[np.int64] = np.repeat(first + lengths, lengths).astype(np.int64)
    return starts, ends


def _follows(lap: str, another: str) -> bool:
    """Whether the second lap is the one that the car drives into from the first: "02@3" and "02@4"."""
    take, _, count = lap.partition("@")
    other_take, _, other = another.partition("@")
    (number, _, again), (next_number, _, next_again) = count.partition("."), other.partition(".")
    is_numbered = number.lstrip("-").isdecimal() and next_number.lstrip("-").isdecimal()
    return take == other_take and is_numbered and int(next_number) == int(number) + 1 and again == next_again
