"""Grabs a rectangle of the screen with mss."""

import time
from dataclasses import dataclass

import mss
from mss.exception import ScreenShotError

from ...strip.rect import Rect

_PIXEL = 4

# mss asserts that an X server answers: one that died does not.
_FAILURES = (ScreenShotError, OSError, ValueError, AssertionError)


@dataclass(frozen=True)
class Grab:
    """A grabbed picture: rows from the top, four bytes B G R X for each pixel. Moments are of `time.perf_counter`."""

    pixels: bytearray
    width: int
    height: int
    started: float
    ended: float
    newest_tick: int  # when the grab started


class GrabError(Exception):
    """The screen could not be grabbed. The message says why."""


class Grabber:
    """Grabs through one kept mss instance. After a failure the next grab makes a new one."""

    def __init__(self) -> None:
        self._mss: mss.MSS | None = None

    def grab(self, rect: Rect, newest_tick: int, visible: Rect | None = None) -> Grab:
        """Grab the rectangle, in physical pixels of the whole desktop. Raise GrabError where that fails.

        Where only the part `visible` of it is on the screen, the rest of the picture is black.
        """
        part = rect if visible is None else visible
        region = {"left": part.left, "top": part.top, "width": part.width, "height": part.height}
        started = time.perf_counter()
        try:
            picture = self._instance().grab(region)
        except _FAILURES as error:
            self.close()
            raise GrabError(_reason(error)) from error
        ended = time.perf_counter()
        pixels = picture.raw if part == rect else _in_black(picture.raw, part, rect)
        return Grab(pixels, rect.width, rect.height, started, ended, newest_tick)

    def monitor(self, number: int) -> Rect | None:
        """Where monitor `number` (from 1) is now; None when there is no such monitor."""
        self.close()  # an instance never looks at its monitors twice
        try:
            monitors = self._instance().monitors
        except _FAILURES as error:
            self.close()
            raise GrabError(_reason(error)) from error
        if number >= len(monitors):
            return None
        found = monitors[number]
        return Rect(found["left"], found["top"], found["width"], found["height"])

    def close(self) -> None:
        """Give back what mss holds. The grabber can still be used: the next grab makes a new instance."""
        instance, self._mss = self._mss, None
        if instance is None:
            return
        try:
            instance.close()
        except _FAILURES:
            # The display it belonged to is gone; there is nothing left to give back.
            return

    def _instance(self) -> mss.MSS:
        if self._mss is None:
            self._mss = mss.MSS()
        return self._mss


def _in_black(pixels: bytearray, part: Rect, whole: Rect) -> bytearray:
    """A picture of the whole, black but for these pixels of a part of it."""
    made = bytearray(whole.width * whole.height * _PIXEL)
    row, stride = part.width * _PIXEL, whole.width * _PIXEL
    start = (part.top - whole.top) * stride + (part.left - whole.left) * _PIXEL
    rows = memoryview(pixels)
    for y in range(part.height):
        at = start + y * stride
        made[at : at + row] = rows[y * row : (y + 1) * row]
    return made


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
