"""The witness: the tick of a frame, burned into the scene's lower right corner as large black and white blocks.
Where a scene asks for it, there is another one in the upper right corner.

The app knows nothing of it, so it tells from a saved JPEG which tick that picture really shows.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pygame
    from PIL import Image

_COLUMNS, _ROWS = 8, 5
_TICK_BITS, _CHECK_BITS = 24, 16
# In blocks, with a black border of one block all round.
_WIDTH, _HEIGHT = _COLUMNS + 2, _ROWS + 2
_BLOCKS_PER_HEIGHT = 30


def draw(surface: pygame.Surface, tick: int, is_upper: bool = False) -> None:
    """Burn `tick` into the surface."""
    block, left, top = _place(*surface.get_size(), is_upper)
    surface.fill((0, 0, 0), _rect(left, top, _WIDTH * block, _HEIGHT * block))
    code = _encode(tick)
    for index in range(_COLUMNS * _ROWS):
        if code >> (_COLUMNS * _ROWS - 1 - index) & 1:
            row, column = divmod(index, _COLUMNS)
            surface.fill((255, 255, 255), _rect(left + (column + 1) * block, top + (row + 1) * block, block, block))


def read(image: Image.Image, is_upper: bool = False) -> int | None:
    """The tick that the picture shows, native or reduced; None where the blocks can't be read."""
    grey = image.convert("L")
    block, left, top = _place(*grey.size, is_upper)
    code = 0
    for index in range(_COLUMNS * _ROWS):
        row, column = divmod(index, _COLUMNS)
        centre = (int(left + (column + 1.5) * block), int(top + (row + 1.5) * block))
        value = grey.getpixel(centre)
        assert isinstance(value, int)
        if 90 < value < 165:
            return None
        code = code << 1 | (value >= 128)
    tick = code >> _CHECK_BITS
    return tick if code == _encode(tick) else None


def _place(width: int, height: int, is_upper: bool) -> tuple[float, float, float]:
    """Block, left and top of the black border."""
    block = height / _BLOCKS_PER_HEIGHT
    return block, width - (_WIDTH + 0.5) * block, 0.5 * block if is_upper else height - (_HEIGHT + 0.5) * block


def _encode(tick: int) -> int:
    tick &= (1 << _TICK_BITS) - 1
    return tick << _CHECK_BITS | binascii.crc32(tick.to_bytes(3, "little")) & ((1 << _CHECK_BITS) - 1)


def _rect(left: float, top: float, width: float, height: float) -> tuple[int, int, int, int]:
    right, bottom = round(left + width), round(top + height)
    return round(left), round(top), right - round(left), bottom - round(top)
