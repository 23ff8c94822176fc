"""Where the panel is in a picture, so that it can be masked."""

import math
from typing import NamedTuple

from ...link.sample import Sample
from ...link.strip_code import PANEL_HEIGHT, PANEL_WIDTH
from ...strip.rect import Rect
from ...strip.search import MAX_SCALE, MIN_SCALE

# What the game drew of the panel may stay on the screen for so long, where it draws its apps less often than the scene.
_SEEN_SECONDS = 1.0
# A panel that was not drawn for so long is closed.
_GONE_SECONDS = 0.25

Position = tuple[float, float]  # of the panel, in interface units, as the game states it


class _Known(NamedTuple):
    """A panel that was seen whole."""

    panel: Rect
    game: Rect
    position: Position
    scales: tuple[float, float]  # the interface scale lies between these

    @classmethod
    def of(cls, panel: Rect, game: Rect, position: Position) -> "_Known":
        # The rectangle is rounded to whole pixels, outwards on both sides.
        return cls(panel, game, position, ((panel.width - 2) / PANEL_WIDTH, panel.width / PANEL_WIDTH))

    def at(self, position: Position, game: Rect) -> Rect:
        """What covers the panel at that position, in any form, wherever between the two scales the true one is."""
        left, right = _span(position[0] - self.position[0], 0, self.scales)
        top, bottom = _span(position[1] - self.position[1], 0, self.scales)
        x, y = self.panel.left + game.left - self.game.left, self.panel.top + game.top - self.game.top
        # One more, because both ends of it are rounded outwards.
        height = max(self.panel.height, math.ceil(PANEL_HEIGHT * self.scales[1]) + 1)
        return Rect(x + left, y + top, self.panel.width + right - left, height + bottom - top)


class PanelMask:
    """Knows the panel from its strip, and what surely covers it from where the game says that it is.

    What a strip told holds for the session: where the panel was at which stated position, and the interface scale.
    """

    def __init__(self) -> None:
        self._known: _Known | None = None
        self._drawn: dict[Position | None, float] = {}  # where the panel was drawn, and when that was last told
        self._since = self._now = 0.0  # since when it has been drawn, and the time of the newest tick

    def saw(self, sample: Sample) -> None:
        """The next tick has come. To be called for every one of them."""
        if sample.panel_shown:
            self._since = self._since if self._drawn else sample.time
            self._drawn[position_of(sample)] = sample.time
        if len(self._drawn) > 1 or not sample.panel_shown:
            since = sample.time - _SEEN_SECONDS
            self._drawn = {position: at for position, at in self._drawn.items() if at >= since}
        self._now = sample.time

    @property
    def is_drawn(self) -> bool:
        """Whether the game draws the panel, and has done so for long enough for a picture to show it."""
        last = max(self._drawn.values(), default=-math.inf)
        return self._now - last < _GONE_SECONDS and self._now - self._since > _SEEN_SECONDS

    def reaches_beyond(self, game: Rect) -> bool:
        """Whether a part of the panel is outside the game's window, as the game states its position."""
        places = [
            self._known.at(position, game)
            if self._known is not None
            else Rect(game.left + int(position[0]), game.top + int(position[1]), PANEL_WIDTH, PANEL_HEIGHT)
            for position in self._drawn
            if position is not None
        ]
        return any(not place.lies_inside(game) for place in places)

    def learn(self, panel: Rect, sample: Sample, game: Rect, size: tuple[int, int]) -> None:
        """The strip says that the panel is there, in a picture of that size; `sample` tells where the game says it is.

        `game` is the part of the picture in which the game's window is.
        """
        position = position_of(sample)
        is_whole = panel.left > 0 and panel.left + panel.width < size[0] and panel.top > 0
        if position is not None and is_whole and panel.top + panel.height < size[1]:
            self._known = _Known.of(panel, game, position)

    def rect(self, game: Rect, size: tuple[int, int]) -> Rect | None:
        """What to mask where no strip can be read; None when the panel isn't in the picture."""
        picture = Rect(0, 0, *size)
        found: Rect | None = None
        for position in self._drawn:
            place = self._place(position, game).clipped(game).clipped(picture)
            if place.width and place.height:
                found = place if found is None else found.around(place)
        return found

    def _place(self, position: Position | None, game: Rect) -> Rect:
        if position is None:  # nobody knows where it is
            return game
        if self._known is not None:
            return self._known.at(position, game)
        # At any scale at which some of it is in the window.
        most = min((end / at for at, end in zip(position, game[2:], strict=True) if at > 0), default=MAX_SCALE)
        scales = (MIN_SCALE, max(MIN_SCALE, min(MAX_SCALE, most)))
        left, right = _span(position[0], PANEL_WIDTH, scales)
        top, bottom = _span(position[1], PANEL_HEIGHT, scales)
        return Rect(game.left + left, game.top + top, right - left, bottom - top)


def position_of(sample: Sample) -> Position | None:
    """Where the game states the panel to be; None where that is no place."""
    position = (sample.panel_x, sample.panel_y)
    return position if all(abs(value) < 1e6 for value in position) else None


def _span(start: float, length: float, scales: tuple[float, float]) -> tuple[int, int]:
    """From where to where something reaches that begins at `start`, at any scale between those."""
    ends = [value * scale for value in (start, start + length) for scale in scales]
    return math.floor(min(ends)), math.ceil(max(ends))
