"""Names of frames as people type them: "02", "02:100-250", "02@3", "02:12.5s-30s"; one take or a part of it."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from ..errors import UserError
from .recordings import Recordings, Take

# No take has so many: a whole take also means the frames that a running recording still adds.
LAST_FRAME = 10**12

_WHAT = re.compile(r"([0-9]{1,9})(?:@([0-9]+(?:\.[0-9]+)?)|:(.+))?")
_FRAMES = re.compile(r"([0-9]{1,12})(?:(-)([0-9]{1,12})?)?")
_SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)s-([0-9]+(?:\.[0-9]+)?)s")
FORMS = "02 is a take, 02:100-250 frames, 02:100- all from one on, 02@3 a lap, 02:12.5s-30s seconds of the take"


class SelectionError(UserError):
    """What was typed names nothing. The message is for the user."""


class Selected(NamedTuple):
    """Frames of a take, both included."""

    take: Take
    first: int
    last: int

    @property
    def name(self) -> str:
        """As people type it."""
        return range_name(self.take.name, self.first, self.last)

    @property
    def frames(self) -> list[int]:
        """Those that have a row."""
        return [frame for frame in self.take.frame_numbers if self.first <= frame <= self.last]


def range_name(take: str, first: int, last: int) -> str:
    """As people type it: "02", "02:7", "02:7-20", "02:7-"."""
    if last >= LAST_FRAME:
        return take if first <= 1 else f"{take}:{first}-"
    return f"{take}:{first}" + (f"-{last}" if last != first else "")


def select(recordings: Recordings, whats: Iterable[str]) -> list[Selected]:
    """What these name. Raise SelectionError where one names nothing."""
    return [selected for what in whats for selected in _select(recordings, what)]


def _select(recordings: Recordings, what: str) -> Iterator[Selected]:
    found = _WHAT.fullmatch(what.strip())
    if found is None:
        raise SelectionError(f"{what!r} names no frames: {FORMS}")
    number, lap, parts = found.groups()
    take = _take(recordings, int(number), what)
    if lap is not None:
        yield _lap(take, lap)
    elif parts is None:
        yield Selected(take, 1, LAST_FRAME)
    else:
        named = [part.strip() for part in parts.split(",")]
        for before, after in pairwise(named):
            if before.isdecimal() and _SECONDS.fullmatch(after):
                raise SelectionError(
                    f"{what}: seconds have a point, {before}.{after}; a frame beside them is named apart"
                )
        yield from (_part(take, part, what) for part in named)


def _take(recordings: Recordings, number: int, what: str) -> Take:
    for take in recordings.takes:
        if take.number == number:
            return take
    names = ", ".join(take.name for take in recordings.takes) or "none"
    raise SelectionError(f"{what}: there is no take {number:02d} here; there is {names}")


def _lap(take: Take, count: str) -> Selected:
    name = f"{take.name}@{count}"
    frames = [frame.number for frame in take.frames() if frame.lap is not None and frame.lap.name == name]
    if not frames:
        names = ", ".join(lap.name for lap in take.laps) or "none"
        raise SelectionError(f"{name}: the take has no pictures of such a lap; its laps are {names}")
    return Selected(take, min(frames), max(frames))


def _part(take: Take, part: str, what: str) -> Selected:
    frames, seconds = _FRAMES.fullmatch(part), _SECONDS.fullmatch(part)
    if seconds is not None:
        selected = _seconds(take, float(seconds.group(1)), float(seconds.group(2)), what)
    elif frames is not None:
        first, goes_on, last = frames.groups()
        end = int(last) if last else LAST_FRAME if goes_on else int(first)
        selected = Selected(take, max(1, int(first)), end)
    else:
        raise SelectionError(f"{what!r} names no frames: {FORMS}")
    if selected.first > selected.last:
        raise SelectionError(f"{what}: {part} ends before it begins")
    return selected


def _seconds(take: Take, begin: float, end: float, what: str) -> Selected:
    if take.ticks is None:
        raise SelectionError(f"{what}: an older tool's take has no times; name frames: {take.name}:100-250")
    timed = [(frame.number, frame.tick.game_time) for frame in take.frames() if frame.tick is not None]
    start = timed[0][1] if timed else 0.0
    frames = [number for number, time in timed if begin <= time - start <= end]
    if not frames:
        raise SelectionError(f"{what}: the take has no pictures between these seconds")
    return Selected(take, min(frames), max(frames))
