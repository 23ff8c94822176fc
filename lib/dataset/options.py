"""How sets are to be made."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from ..captures.vocabulary import Word
from ..errors import UserError

SETS = ("train", "val", "test")


class SplitBy(Word):
    """What is kept together: no two sets share one of these."""

    LAP = "lap", "a lap of a take"
    PLACE = "place", "a stretch of the track, in every lap: the test has corners that were never seen"
    TAKE = "take", "a take"
    SESSION = "session", "a session of the game: all takes of it"
    CAR = "car", "a car"
    TRACK = "track", "a track with its layout"


class OptionError(UserError):
    """An option has a value that it can't have. The message is for the user."""


@dataclass(frozen=True)
class SplitOptions:
    """What `split` is asked for. The same options and recordings make the same bytes."""

    by: SplitBy = SplitBy.LAP
    fractions: tuple[float, float, float] = (0.8, 0.1, 0.1)
    seed: int = 0
    gap: float = 1.0  # seconds left out on both sides where two sets touch
    unproven: bool = False  # also pictures of which nothing proves the tick
    valid_laps: bool = False  # only laps in which the car stayed on the track
    complete_laps: bool = False  # only laps from line to line
    within: float | None = None  # only laps within so many per cent of the best with that car and track
    speed: tuple[float, float] | None = None  # mph, from and to
    no_pits: bool = False
    no_standing: bool = False
    thin_out: bool = False  # leave out frames of what is common, instead of only giving it less weight
    left_out: tuple[str, ...] = field(default=())  # "TAKE_ID:FIRST-LAST", what a list of findings names

    def __post_init__(self) -> None:
        """Raise OptionError where a value makes no sense."""
        if any(not 0 <= share <= 1 for share in self.fractions) or abs(sum(self.fractions) - 1) > 1e-6:
            raise OptionError(f"--fractions {_listed(self.fractions)}: three numbers from 0 to 1 that add up to 1")
        if self.fractions[0] == 0:
            raise OptionError("--fractions: the first, for training, must be more than 0")
        if not SHORTEST_GAP <= self.gap < math.inf:
            raise OptionError(
                f"--gap {self.gap:g}: at least {SHORTEST_GAP:g} seconds, or pictures of one set stand beside the same "
                "scene in another"
            )
        if self.within is not None and not 0 <= self.within < math.inf:
            raise OptionError(f"--within {self.within:g}: a percentage of 0 or more")
        if self.speed is not None and not -math.inf < self.speed[0] < self.speed[1] < math.inf:
            raise OptionError(f"--speed {_listed(self.speed)}: from a lower to a higher one, in mph")

    def content(self) -> dict[str, Any]:
        """As it stands in split.json."""
        told = asdict(self)
        return {**told, "by": str(self.by), "fractions": list(self.fractions), "left_out": list(self.left_out),
                "speed": list(self.speed) if self.speed else None}  # fmt: skip


# Two pictures closer than this show the same scene, at any speed that a car drives.
SHORTEST_GAP = 0.2


def _listed(numbers: tuple[float, ...]) -> str:
    return " ".join(f"{number:g}" for number in numbers)
