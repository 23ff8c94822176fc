"""Which of the windows that stand above the game's hide it, and what they are called."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from ...strip.rect import Rect

# More of the window's area than this under other windows is not the game any more.
_COVERED_SHARE = 0.02
_LONGEST_TITLE = 40
_LONGEST_NAME = 30


class Hides(Enum):
    """Whether what lies below a window can be seen."""

    ALL = "as far as the system tells it is opaque"
    PERHAPS = "it can be an overlay that is see-through, or not: nobody but its own program knows"


class Above(NamedTuple):
    """A window above the game's that may hide something of it."""

    window: int
    frame: Rect  # on the whole desktop
    area: int  # pixels of the game that are under it
    hides: Hides

    def is_seen_through(self, panel: Rect | None) -> bool:
        """Whether this can be no cover, given a picture in which the strip was read. `panel`: where on the desktop.

        A window over the panel let the strip through, whatever the system says of it. Beside the panel the strip
        proves nothing: there a window that is opaque to the system hides the game, and an overlay is let pass.
        """
        if panel is None:
            return False
        return self.hides is Hides.PERHAPS or panel.lies_inside(self.frame)


class Cover(NamedTuple):
    """A window that covers the game, as people and programs know it."""

    title: str
    kind: str  # the class of the window
    program: str
    can_be_see_through: bool

    def __str__(self) -> str:
        known = ", ".join(_cut(name, _LONGEST_NAME) for name in (self.kind, self.program) if name)
        title = f'"{_cut(self.title, _LONGEST_TITLE)}"' if self.title else "a window without a title"
        return f"{title} ({known})" if known else title


def hiding_most(above: Sequence[Above], game: Rect, panel: Rect | None) -> Above | None:
    """Of the windows that hide the game the one that hides most of it; None where it can be seen well enough."""
    hiding = [window for window in above if not window.is_seen_through(panel)]
    if sum(window.area for window in hiding) <= _COVERED_SHARE * game.width * game.height:
        return None
    return max(hiding, key=lambda window: window.area)


def _cut(text: str, length: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"
