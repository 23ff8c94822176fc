"""Pictures of 16 bits, as older tools left some."""

from typing import Any

from PIL import Image


def in_eight_bits(picture: Image.Image) -> Image.Image:
    """The picture; one of 16 bits, which Pillow would cut off at 255, as one of 8."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.point(_scaled).convert("L")


def _scaled(level: Any) -> Any:
    return level * (1 / 256)
