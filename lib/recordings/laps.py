"""The laps of a take, found in its ticks, or in its rows where an older tool left no ticks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from ..captures.vocabulary import Word


class LapKind(Word):
    """How much of a lap was recorded, and where it began and ended."""

    COMPLETE = "complete", "from line to line"
    OUT = "out", "it began in the pits"
    IN = "in", "it ended in the pits"
    JOINED = "joined", "the recording began in the middle of it"
    UNFINISHED = "unfinished", "the recording or the session ended in the middle of it"
    PART = "part", "a piece of it: the recording began and ended in the middle"


class LapTick(NamedTuple):
    """What finding laps needs to know of a tick."""

    position: int  # the tick's number; the frame's where there are no ticks
    time: float  # seconds of game time; of lap time where there are no ticks
    lap_count: int
    lap_time: float  # seconds
    last_lap: float  # seconds; 0 where the game did not say
    is_valid: bool
    is_in_pits: bool


@dataclass(frozen=True)
class Lap:
    """One lap of a take, or what was recorded of it."""

    index: int  # 0, 1, ... in the take
    count: int  # completed laps before this one, as the game counts them
    name: str  # "02@3": take 02, lap count 3; a count that comes again after a restart is "02@3.2"
    first: int  # position of its first tick
    last: int  # ... and of its last
    seconds: float  # game time that was recorded of it
    kind: LapKind
    is_valid: bool  # the car did not leave the track in it
    lap_time: float | None  # seconds; None where the lap is not complete

    @property
    def is_cut(self) -> bool:
        """Whether the car left the track in it."""
        return not self.is_valid


# At the line the lap count and the lap time change within some ticks of each other.
_AROUND_LINE = 0.5
# The lap time falls by more than this only at the line and at a restart.
_FALL = 1.0
# A lap whose first tick shows less than this began where the recording did.
_JUST_BEGUN = 0.5


class _Sign(Enum):
    """What shows that the car crossed the line, or that the session began again."""

    COUNTED = "the lap count changed"
    FELL = "the lap time fell"


@dataclass
class _Piece:
    """A lap of which more may come."""

    first: LapTick
    last: LapTick
    is_valid: bool
    began_by: set[_Sign]  # empty where it began with the recording
    last_lap: float  # as the game gave it since the line

    def takes(self, tick: LapTick) -> bool:
        """Take the tick in; False where another lap begins with it."""
        signs = _signs(self.last, tick)
        is_at_line = bool(self.began_by) and tick.time - self.first.time <= _AROUND_LINE
        if signs and not (is_at_line and signs.isdisjoint(self.began_by)):
            return False
        self.began_by |= signs
        # The lap before was the one that was valid or not until the game counted it.
        self.is_valid = tick.is_valid and (self.is_valid or _Sign.COUNTED in signs)
        if is_at_line:
            self.last_lap = tick.last_lap
        self.last = tick
        return True


def _signs(before: LapTick, tick: LapTick) -> set[_Sign]:
    found = set()
    if tick.lap_count != before.lap_count:
        found.add(_Sign.COUNTED)
    if tick.lap_time < before.lap_time - _FALL:
        found.add(_Sign.FELL)
    return found


def find_laps(take: str, ticks: Iterable[LapTick]) -> tuple[Lap, ...]:
    """The laps of a take with this name (as in "02@3"), in order."""
    pieces = list(_pieces(ticks))
    seen: dict[int, int] = {}
    laps = []
    for index, piece in enumerate(pieces):
        count = piece.last.lap_count
        seen[count] = seen.get(count, 0) + 1
        again = f".{seen[count]}" if seen[count] > 1 else ""
        following = pieces[index + 1] if index + 1 < len(pieces) else None
        is_finished = following is not None and following.last.lap_count == count + 1
        is_begun = index > 0 or piece.first.lap_time < _JUST_BEGUN
        kind = _kind(piece, is_begun, is_finished)
        lap_time = _lap_time(piece, following) if kind is LapKind.COMPLETE and following is not None else None
        laps.append(
            Lap(
                index=index,
                count=count,
                name=f"{take}@{count}{again}",
                first=piece.first.position,
                last=piece.last.position,
                seconds=max(0.0, piece.last.time - piece.first.time),
                kind=kind,
                is_valid=piece.is_valid,
                lap_time=lap_time,
            )
        )
    return tuple(laps)


def _pieces(ticks: Iterable[LapTick]) -> Iterator[_Piece]:
    piece: _Piece | None = None
    for tick in ticks:
        if piece is None:
            piece = _Piece(tick, tick, tick.is_valid, set(), tick.last_lap)
        elif not piece.takes(tick):
            yield piece
            piece = _Piece(tick, tick, tick.is_valid, _signs(piece.last, tick), tick.last_lap)
    if piece is not None:
        yield piece


def _kind(piece: _Piece, is_begun: bool, is_finished: bool) -> LapKind:
    if piece.first.is_in_pits:
        return LapKind.OUT
    if piece.last.is_in_pits:
        return LapKind.IN
    if is_begun and is_finished:
        return LapKind.COMPLETE
    if is_finished:
        return LapKind.JOINED
    return LapKind.UNFINISHED if is_begun else LapKind.PART


def _lap_time(piece: _Piece, following: _Piece) -> float:
    """As the game gave it behind the line, else the last that was shown before it."""
    return following.last_lap if following.last_lap > 0 else piece.last.lap_time
