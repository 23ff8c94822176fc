"""Proves of finished sets that nothing of one stands in another, from the files as they were written."""

import hashlib
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from ..errors import UserError
from .filters import STANDING_MPH
from .options import SETS, SHORTEST_GAP, SplitBy, SplitOptions
from .table import SetRow, read_set

# So many rows with the same values in two sets are no chance.
_MOST_ALIKE = 0


class LeakError(UserError):
    """Two sets share something. The message says what, and what to do."""


def refuse_leaks(folder: Path, options: SplitOptions, clocks: Mapping[str, str]) -> None:
    """Read the sets in `folder` back. Raise LeakError where two of them share a lap, a picture or a moment.

    `clocks` says of each take whose game time it has: all takes of a session share one.
    """
    seen = _Seen(clocks)
    for name in SETS:
        for row in read_set(folder / f"{name}.csv"):
            seen.add(name, row)
    seen.refuse_shared_pictures()
    if options.by is not SplitBy.PLACE:
        seen.refuse_shared_laps()
    seen.refuse_neighbours()
    seen.refuse_copies()


class _Seen:
    """What stands in each set: eight to sixteen bytes a frame."""

    def __init__(self, clocks: Mapping[str, str]) -> None:
        self._clocks = clocks
        self._laps: dict[str, dict[str, str]] = defaultdict(dict)  # lap: set: a picture of it
        self._frames: dict[str, dict[str, array[int]]] = defaultdict(lambda: defaultdict(lambda: array("Q")))
        self._times: dict[str, dict[str, array[float]]] = defaultdict(lambda: defaultdict(lambda: array("d")))
        self._values: dict[str, array[int]] = {name: array("Q") for name in SETS}

    def add(self, name: str, row: SetRow) -> None:
        """A row of the set with this name."""
        if row.lap:
            self._laps[f"{row.take_id} {row.lap}"].setdefault(name, row.image)
        self._frames[row.take_id][name].append(row.frame)
        if row.game_time is not None:
            self._times[self._clocks[row.take_id]][name].append(row.game_time)
        if row.row.speed_mph >= STANDING_MPH:
            self._values[name].append(_fingerprint(row))

    def refuse_shared_laps(self) -> None:
        """No lap stands in two sets."""
        for lap, sets in self._laps.items():
            if len(sets) > 1:
                raise LeakError(f"{_listed(sets)} share the lap {lap.split(' ')[-1]}: {_REPORT}")

    def refuse_shared_pictures(self) -> None:
        """No picture stands in two sets, or in one set twice."""
        for take, sets in self._frames.items():
            known: set[int] = set()
            for name, frames in sets.items():
                if len({*frames}) != len(frames) or not known.isdisjoint(frames):
                    raise LeakError(f"{name} has a picture of take {take} that stands in a set already: {_REPORT}")
                known.update(frames)

    def refuse_neighbours(self) -> None:
        """No two pictures of different sets are so close in time that they show the same scene."""
        for clock, sets in self._times.items():
            names = list(sets)
            for at, first in enumerate(names):
                for second in names[at + 1 :]:
                    if _closest(sets[first], sets[second]) < SHORTEST_GAP:
                        raise LeakError(
                            f"{first} and {second} have pictures less than {SHORTEST_GAP:g} seconds apart, of "
                            f"{self._takes(clock)}: choose a larger --gap"
                        )

    def _takes(self, clock: str) -> str:
        """For people."""
        takes = [take for take, of in self._clocks.items() if of == clock]
        return f"take {' or '.join(takes[:3])}{' or ...' if len(takes) > 3 else ''}"

    def refuse_copies(self) -> None:
        """No row stands in two sets under two names: a lap that was copied into another take."""
        for at, first in enumerate(SETS):
            known = {*self._values[first]}
            for second in SETS[at + 1 :]:
                alike = sum(value in known for value in self._values[second])
                if alike > _MOST_ALIKE:
                    raise LeakError(
                        f"{first} and {second} share {alike} rows with the same values under other names: the same "
                        "drive is there twice. Discard one of the copies (`check` names them), then split again"
                    )


_REPORT = "this must not happen; nothing was written, please report it"


def _fingerprint(row: SetRow) -> int:
    values = ",".join(map(repr, row.row[1:]))
    return int.from_bytes(hashlib.blake2b(values.encode(), digest_size=8).digest(), "big")


def _closest(first: "array[float]", second: "array[float]") -> float:
    """The least distance between a moment of one and a moment of the other."""
    ordered = sorted(first)
    least = float("inf")
    for time in second:
        at = bisect_left(ordered, time)
        for near in ordered[max(0, at - 1) : at + 1]:
            least = min(least, abs(near - time))
    return least


def _listed(sets: dict[str, str]) -> str:
    return " and ".join(sets)
