"""Shapes on the screen and in pictures."""

from typing import NamedTuple


class Rect(NamedTuple):
    """A rectangle in pixels."""

    left: int
    top: int
    width: int
    height: int

    def overlap(self, other: "Rect") -> int:
        """How many pixels the two have in common."""
        width = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        height = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        return max(0, width) * max(0, height)

    def lies_inside(self, other: "Rect") -> bool:
        """Whether no part of this one is outside the other."""
        return self.overlap(other) == self.width * self.height
