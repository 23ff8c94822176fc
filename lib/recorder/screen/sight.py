"""Where on the screen the game's window is, or why it can't be recorded."""

from typing import NamedTuple

from ...captures.vocabulary import Outcome
from ...strip.rect import Rect
from .cover import Cover

# So much of the window's area may lie beyond the screen: a window that is one pixel off is no reason to wait.
_BEYOND_SHARE = 0.02


class Sight(NamedTuple):
    """The window's client area in physical pixels of the whole desktop, and what is in the way of grabbing it."""

    rect: Rect | None  # None where the window has none
    problem: Outcome | None  # None or a key of PROBLEMS
    visible: Rect | None = None  # the part of it that is on the screen
    cover: Cover | None = None  # what covers it

    @property
    def words(self) -> str:
        """What the user reads of the problem; "" when there is none."""
        if self.problem is None:
            return ""
        if self.cover is None:
            return PROBLEMS[self.problem]
        if self.cover.can_be_see_through:
            return f"{self.cover} covers the game: close it; if it is see-through, open the SyncLogger panel instead"
        return f"{self.cover} covers the game: recording goes on by itself when it is gone"

    @property
    def beyond(self) -> str:
        """What is missing of a window that can be grabbed, in words; "" when it is all on the screen."""
        if self.problem or self.rect is None or self.visible is None or self.rect == self.visible:
            return ""
        whole, seen = self.rect, self.visible
        lost = {
            "left": seen.left - whole.left,
            "top": seen.top - whole.top,
            "right": whole.left + whole.width - seen.left - seen.width,
            "bottom": whole.top + whole.height - seen.top - seen.height,
        }
        sides = ", ".join(f"{side} {count}" for side, count in lost.items() if count)
        return f"the game's window reaches beyond the screen (pixels: {sides}): there the pictures are black"


def is_on_screen(rect: Rect, visible: Rect) -> bool:
    """Whether enough of the window is on the screen, where `visible` is the part that is."""
    lost = rect.width * rect.height - visible.width * visible.height
    return lost <= _BEYOND_SHARE * rect.width * rect.height


# For each problem: what the user reads.
PROBLEMS = {
    Outcome.DROPPED_NO_DISPLAY: "no display to grab from: start the game in a graphical session",
    Outcome.DROPPED_NO_WINDOW: 'the window "Assetto Corsa" can\'t be found: recording goes on when it is there',
    Outcome.DROPPED_NO_MONITOR: "the monitor to be recorded isn't there: choose another source in the settings",
    Outcome.DROPPED_MINIMISED: "the game is minimised: bring it back, recording goes on by itself",
    Outcome.DROPPED_COVERED: (
        "another window or the lock screen covers the game: recording goes on by itself when it is gone"
    ),
    Outcome.DROPPED_OFF_SCREEN: (
        "the game's window reaches beyond the screen: move it back, or make it smaller or borderless; "
        "recording goes on by itself"
    ),
}
