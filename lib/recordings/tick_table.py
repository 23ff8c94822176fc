"""NN_ticks.csv by its columns' names: of each line only what is asked for is taken."""

import math
from collections.abc import Iterator
from pathlib import Path

_BOM = b"\xef\xbb\xbf"
# A float holds every whole number up to here.
MOST_WHOLE = 1 << 53


class TickTable:
    """The ticks of one take. Columns that the file lacks, because it is of another version, are empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.left_out = 0  # lines that are no lines any more, once all were read
        with path.open("rb") as file:
            header = file.readline().strip().removeprefix(_BOM)
        self.columns: tuple[str, ...] = tuple(name.strip('"') for name in header.decode("utf-8", "replace").split(","))

    def lines(self, wanted: tuple[str, ...]) -> Iterator[tuple[bytes, ...]]:
        """The wanted columns of every line, as they stand in the file. A line cut short is left out."""
        count = len(self.columns)
        at = {name: index for index, name in enumerate(self.columns)}
        from_left = max((at[name] for name in wanted if at.get(name, count) < count // 2), default=-1) + 1
        from_right = max((count - at[name] for name in wanted if at.get(name, -1) >= count // 2), default=0)
        picks = [_pick(at.get(name), count, from_left, from_right) for name in wanted]
        with self.path.open("rb") as file:
            file.readline()
            left_out = 0
            for line in file:
                if line.count(b",") != count - 1 or not line.endswith(b"\n"):
                    left_out += 1
                    continue
                left = line.split(b",", from_left) if from_left else []
                right = line.rstrip(b"\r\n").rsplit(b",", from_right) if from_right else []
                yield tuple(
                    b"" if index is None else left[index] if is_left else right[index] for is_left, index in picks
                )
            self.left_out = left_out


def whole(text: bytes) -> int:
    """The whole number that stands there. Raise ValueError where it is none, or larger than any of a game."""
    number = int(text)
    if not -MOST_WHOLE <= number <= MOST_WHOLE:
        raise ValueError("a whole number that nothing counts to")
    return number


def finite(text: bytes) -> float:
    """The number that stands there. Raise ValueError where it is none, or not finite."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _pick(index: int | None, count: int, from_left: int, from_right: int) -> tuple[bool, int | None]:
    """Which of the two splits has the column, and where."""
    if index is None:
        return False, None
    return (True, index) if index < from_left else (False, index - (count - from_right) + 1)
