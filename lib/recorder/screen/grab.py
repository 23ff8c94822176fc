"""Grabs a rectangle of the screen with mss."""

import time
from dataclasses import dataclass

import mss
from mss.exception import ScreenShotError

from .geometry import Rect

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

    def grab(self, rect: Rect, newest_tick: int) -> Grab:
        """Grab the rectangle, in physical pixels of the whole desktop. Raise GrabError where that fails."""
        region = {"left": rect.left, "top": rect.top, "width": rect.width, "height": rect.height}
        started = time.perf_counter()
        try:
            picture = self._instance().grab(region)
        except _FAILURES as error:
            self.close()
            raise GrabError(_reason(error)) from error
        ended = time.perf_counter()
        return Grab(picture.raw, picture.width, picture.height, started, ended, newest_tick)

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
        """Give back what mss holds. The grabber can still be used."""
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


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
