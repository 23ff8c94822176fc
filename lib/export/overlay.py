"""What a film shows over its pictures, when asked to: the wheel, the pedals, the speed and the delta of that row.

All of it stands in one dark field at the lower edge, in the middle. It grows with the picture; in one of less
than 360 rows it takes a larger part.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

# In units: a picture of 720 rows has one pixel to each. Anything is drawn finer than that and made smaller: smooth.
_WIDTH, _HEIGHT, _EDGE = 420, 96, 14
_FINER = 2
# Smaller than this nobody can read it; wider than that share of the picture it never gets.
_SMALLEST, _SHARE = 0.5, 0.9

_FIELD = (12, 14, 18, 230)
_WHITE, _DIM = (245, 246, 248, 255), (150, 156, 166, 255)
_GREEN, _RED, _BLUE = (64, 200, 96, 255), (236, 72, 72, 255), (90, 150, 255, 255)
_TROUGH = (58, 62, 70, 220)


class Shown(NamedTuple):
    """What is shown of a row. NaN is shown as nothing."""

    steer: float  # degrees; more than 0 turns the wheel clockwise
    gas: float  # 0..1
    brake: float  # 0..1
    speed_mph: float
    delta: float  # seconds to the best lap, below 0 is faster


def with_overlay(picture: NDArray[np.uint8], shown: Shown) -> NDArray[np.uint8]:
    """The picture, (height, width, 3), with the field of this row over it."""
    image = Image.fromarray(picture)
    scale = min(max(image.height / 720, _SMALLEST), image.width * _SHARE / _WIDTH)
    size = max(1, round(_WIDTH * scale)), max(1, round(_HEIGHT * scale))
    field = _field(shown).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    left, top = (image.width - size[0]) // 2, image.height - size[1] - round(_EDGE * scale)
    image.paste(field, (left, max(0, top)), field)
    return np.asarray(image)


def _field(shown: Shown) -> Image.Image:
    field = _empty_field().copy()
    draw = ImageDraw.Draw(field)
    _paste_wheel(field, draw, shown.steer)
    _pedal(draw, 132, shown.brake, _RED, "B")
    _pedal(draw, 166, shown.gas, _GREEN, "G")
    _text(draw, (262, 40), _whole(shown.speed_mph), 46, _WHITE)
    _text(draw, (262, 78), "mph", 15, _DIM)
    colour = _DIM if not math.isfinite(shown.delta) or not shown.delta else _GREEN if shown.delta < 0 else _RED
    _text(draw, (362, 40), f"{shown.delta:+.2f}" if math.isfinite(shown.delta) else "", 30, colour)
    _text(draw, (362, 78), "s to best lap", 15, _DIM)
    return field


@lru_cache(maxsize=1)
def _empty_field() -> Image.Image:
    field = Image.new("RGBA", (_WIDTH * _FINER, _HEIGHT * _FINER))
    box = (0, 0, field.width - 1, field.height - 1)
    ImageDraw.Draw(field).rounded_rectangle(box, radius=14 * _FINER, fill=_FIELD)
    return field


def _paste_wheel(field: Image.Image, draw: ImageDraw.ImageDraw, steer: float) -> None:
    if not math.isfinite(steer):
        return
    turned = _wheel().rotate(-steer, Image.Resampling.BICUBIC)
    field.alpha_composite(turned, (20 * _FINER, 6 * _FINER))
    _text(draw, (54, 83), f"{steer:.0f}°", 14, _DIM)


@lru_cache(maxsize=1)
def _wheel() -> Image.Image:
    """Straight ahead: a rim with a mark on top and three spokes."""
    fine = 4 * _FINER
    wheel = Image.new("RGBA", (68 * fine, 68 * fine))
    draw = ImageDraw.Draw(wheel)
    middle = wheel.width / 2

    def at(radius: float, degrees: float) -> tuple[float, float]:
        angle = math.radians(degrees)
        return middle + radius * fine * math.sin(angle), middle - radius * fine * math.cos(angle)

    rim = (middle - 31 * fine, middle - 31 * fine, middle + 31 * fine, middle + 31 * fine)
    draw.ellipse(rim, outline=_WHITE, width=6 * fine)
    draw.arc(rim, 258, 282, fill=_BLUE, width=7 * fine)
    for degrees in (90, 180, 270):
        draw.line([at(0, 0), at(28, degrees)], fill=_WHITE, width=5 * fine)
    draw.ellipse((middle - 7 * fine, middle - 7 * fine, middle + 7 * fine, middle + 7 * fine), fill=_WHITE)
    return wheel.resize((68 * _FINER, 68 * _FINER), Image.Resampling.LANCZOS)


def _pedal(draw: ImageDraw.ImageDraw, left: int, pressed: float, colour: tuple[int, int, int, int], name: str) -> None:
    top, bottom, width = 12, 70, 22
    draw.rounded_rectangle(_fine(left, top, left + width, bottom), radius=4 * _FINER, fill=_TROUGH)
    share = min(1.0, max(0.0, pressed)) if math.isfinite(pressed) else 0.0
    edge = min(bottom - share * (bottom - top), bottom - 1)
    if share > 0:
        draw.rounded_rectangle(
            _fine(left, edge, left + width, bottom), radius=min(4.0, 29 * share) * _FINER, fill=colour
        )
    _text(draw, (left + width // 2, 82), name, 14, _DIM)


def _fine(*box: float) -> tuple[float, float, float, float]:
    left, top, right, bottom = (at * _FINER for at in box)
    return left, top, right - 1, bottom - 1


def _text(
    draw: ImageDraw.ImageDraw, middle: tuple[int, int], text: str, size: int, colour: tuple[int, int, int, int]
) -> None:
    draw.text((middle[0] * _FINER, middle[1] * _FINER), text, colour, font=_font(size), anchor="mm")


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * _FINER)


def _whole(value: float) -> str:
    return f"{value:.0f}" if math.isfinite(value) else ""
