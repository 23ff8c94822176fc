"""Notices pictures that can't be of a running game: wholly black, or the same again and again."""

from enum import Enum

from .grab import Grab


class Seen(Enum):
    """What a picture looks like beside those before it."""

    NEW = "new"
    BLACK = "wholly black"
    FROZEN = "the same for seconds although the car moves"
    SAME = "the same as the one before"


FULLSCREEN_ADVICE = (
    "exclusive fullscreen can't be grabbed: switch the game to borderless or windowed in its video settings"
)

_SAMPLES = 4096
_PIXEL = 4
_FROZEN_SECONDS = 2.0
_BLACK_SECONDS = 0.5
_MOVING_MPH = 3.0


class PictureWatch:
    """Compares each picture, by a few thousand of its pixels, with the one before."""

    def __init__(self) -> None:
        self._last: bytes | int = b""
        self._still_since: float | None = None
        self._black_since: float | None = None

    def is_black_for_good(self, now: float) -> bool:
        """Whether pictures have been black for longer than a window takes to show its first one."""
        return self._black_since is not None and now - self._black_since >= _BLACK_SECONDS

    def check(self, grab: Grab, strip_tick: int | None, speed_mph: float) -> Seen:
        """How the picture looks.

        A picture with a readable strip is neither black nor the same as one with another tick in its strip.
        """
        seen: bytes | int = _some_pixels(grab) if strip_tick is None else strip_tick
        is_same, self._last = seen == self._last, seen
        if not (is_same and speed_mph > _MOVING_MPH):
            self._still_since = None
        elif self._still_since is None:
            self._still_since = grab.started
        if isinstance(seen, bytes) and seen.count(0) == len(seen):
            self._black_since = grab.started if self._black_since is None else self._black_since
            return Seen.BLACK
        self._black_since = None
        if self._still_since is not None and grab.started - self._still_since >= _FROZEN_SECONDS:
            return Seen.FROZEN
        return Seen.SAME if is_same else Seen.NEW


def _some_pixels(grab: Grab) -> bytes:
    # An odd step in pixels runs through all columns of a picture.
    step = _PIXEL * (grab.width * grab.height // _SAMPLES | 1)
    return b"".join(bytes(grab.pixels[channel::step]) for channel in range(3))
