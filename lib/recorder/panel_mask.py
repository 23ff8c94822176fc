"""Where the panel is in a picture, so that it can be masked."""

from ..link.sample import Sample
from ..link.strip_code import PANEL_HEIGHT, PANEL_WIDTH
from .geometry import Rect


class PanelMask:
    """Knows the panel's rectangle from the strip, and works it out from its stated position where that is missing."""

    def __init__(self) -> None:
        self._scale = 1.0

    def rect(self, panel: Rect | None, sample: Sample, width: int, height: int) -> Rect | None:
        """The part of the picture to mask; None when the panel isn't in it.

        `panel` is what the strip says, None where it can't be read.
        """
        if panel is not None:
            if panel.left > 0 and panel.left + panel.width < width:
                self._scale = panel.width / PANEL_WIDTH
            return panel
        if not sample.panel_shown:
            return None
        try:
            left, top = round(sample.panel_x * self._scale), round(sample.panel_y * self._scale)
        except (ValueError, OverflowError):
            return None  # the game didn't say where the panel is
        right, bottom = left + round(PANEL_WIDTH * self._scale), top + round(PANEL_HEIGHT * self._scale)
        left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
        return Rect(left, top, right - left, bottom - top) if left < right and top < bottom else None
