"""What a frame belongs to: the unit that goes into one set as a whole, and the stratum that is divided evenly."""

import math
from typing import NamedTuple

from ..recordings.recordings import Frame, Take
from .options import SplitBy

# A lap is cut into so many stretches.
PLACES = 16


class Unit(NamedTuple):
    """What is never divided between sets."""

    stratum: str  # car and track: each is divided by the fractions
    name: str


def place_of(frame: Frame) -> int:
    """The stretch of the track, 0 to PLACES - 1."""
    position = frame.row.spline_position
    return min(max(int(position * PLACES), 0), PLACES - 1) if math.isfinite(position) else 0


def stratum_of(take: Take) -> str:
    """Car, track and layout; "?" for what nobody knows."""
    return "/".join(_fact(take, name) for name in ("car", "track", "layout"))


def track_of(take: Take) -> str:
    """Track and layout."""
    return "/".join(_fact(take, name) for name in ("track", "layout"))


def lap_of(frame: Frame) -> str:
    """The lap's name in all recordings: no two takes have one of the same name."""
    return f"{frame.take.take_id} {frame.lap.name}" if frame.lap is not None else f"{frame.take.take_id} without a lap"


def unit_of(frame: Frame, by: SplitBy) -> Unit:
    """The unit of this frame."""
    take = frame.take
    if by is SplitBy.LAP:
        return Unit(stratum_of(take), lap_of(frame))
    if by is SplitBy.PLACE:
        return Unit(track_of(take), f"{track_of(take)} {place_of(frame)}")
    if by is SplitBy.TAKE:
        return Unit(stratum_of(take), take.take_id)
    if by is SplitBy.SESSION:
        return Unit("", session_of(take))
    return Unit("", _fact(take, "car") if by is SplitBy.CAR else track_of(take))


def session_of(take: Take) -> str:
    """The strip's key is drawn anew for each session of the game; a take that has none is a session of its own."""
    key = take.description.facts.get("strip_key") if take.description is not None else None
    return f"session {key}" if key is not None else take.take_id


def clock_of(take: Take) -> str:
    """Whose game time its frames have: all takes of a session share one. Where no tick tells it, it has its own."""
    return session_of(take) if take.ticks is not None else take.take_id


def _fact(take: Take, name: str) -> str:
    value = take.description.facts.get(name) if take.description is not None else None
    return str(value) if value not in (None, "") else "?"
