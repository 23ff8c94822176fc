"""Where on the screen the game's window is, or why it can't be recorded."""

import sys
from typing import NamedTuple, Protocol

from .geometry import Rect

WINDOW_TITLE = "Assetto Corsa"

# More of the window's area than this under other windows is not the game any more.
COVERED_SHARE = 0.02


class Sight(NamedTuple):
    """The window's client area in physical pixels of the whole desktop, or what is in the way."""

    rect: Rect | None
    problem: str  # "" or a key of PROBLEMS


# For each problem: what the user reads.
PROBLEMS = {
    "no_display": "no display to grab from: start the game in a graphical session",
    "no_window": 'the window "Assetto Corsa" can\'t be found: recording goes on when it is there',
    "no_monitor": "the monitor to be recorded isn't there: choose another source in the settings",
    "minimised": "the game is minimised: bring it back, recording goes on by itself",
    "covered": "another window or the lock screen covers the game: recording goes on by itself when it is gone",
    "off_screen": "the game's window reaches beyond the screen: move it back, recording goes on by itself",
}


class WindowFinder(Protocol):
    """Looks for the game's window."""

    def look(self, now: float, thorough: bool = False) -> Sight:
        """Where the window is now. Cheap: costly checks are made a few times a second, or when it is `thorough`."""

    def close(self) -> None:
        """Give back what the search holds."""


def window_finder(process_id: int) -> WindowFinder:
    """The finder of this platform for the window of that process, or the one with the game's title."""
    if sys.platform == "win32":
        from .window_win32 import Win32WindowFinder

        return Win32WindowFinder(process_id, WINDOW_TITLE)
    from .window_x11 import X11WindowFinder

    return X11WindowFinder(process_id, WINDOW_TITLE)
