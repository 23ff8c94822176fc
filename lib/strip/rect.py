"""Shapes on the screen and in pictures."""

from typing import NamedTuple


class Rect(NamedTuple):
    """A rectangle in pixels."""

    left: int
    top: int
    width: int
    height: int

    def clipped(self, other: "Rect") -> "Rect":
        """The part of this one that lies inside the other; of no width or height where there is none."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right = min(self.left + self.width, other.left + other.width)
        bottom = min(self.top + self.height, other.top + other.height)
        return Rect(left, top, max(0, right - left), max(0, bottom - top))

    def around(self, other: "Rect") -> "Rect":
        """The smallest rectangle in which both lie."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        right = max(self.left + self.width, other.left + other.width)
        bottom = max(self.top + self.height, other.top + other.height)
        return Rect(left, top, right - left, bottom - top)

    def overlap(self, other: "Rect") -> int:
        """How many pixels the two have in common."""
        width = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        height = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        return max(0, width) * max(0, height)

    def lies_inside(self, other: "Rect") -> bool:
        """Whether no part of this one is outside the other."""
        return self.overlap(other) == self.width * self.height
