"""Shapes on the screen and in pictures."""

from typing import NamedTuple


class Rect(NamedTuple):
    """A rectangle in pixels."""

    left: int
    top: int
    width: int
    height: int
