"""The finder of the game's window on this platform."""

import sys
from typing import Protocol

from ...strip.rect import Rect
from .sight import Sight

WINDOW_TITLE = "Assetto Corsa"


class WindowFinder(Protocol):
    """Looks for the game's window."""

    def look(self, now: float, thorough: bool = False, panel: Rect | None = None) -> Sight:
        """Where the window is now. Cheap: costly checks are made a few times a second, or when it is `thorough`.

        `panel` is where on the desktop the panel is, if its strip was read in a picture that was grabbed just now:
        what can be seen through some windows outranks what the system says of them.
        """

    def close(self) -> None:
        """Give back what the search holds."""


def window_finder(process_id: int) -> WindowFinder:
    """The finder of this platform for the window of that process, or the one with the game's title."""
    if sys.platform == "win32":
        from .win32 import Win32WindowFinder

        return Win32WindowFinder(process_id, WINDOW_TITLE)
    from .x11 import X11WindowFinder

    return X11WindowFinder(process_id, WINDOW_TITLE)
