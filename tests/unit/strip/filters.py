"""What displays, filters and drivers do to the colours of a picture before it is grabbed."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageEnhance, ImageFilter

Filter = Callable[[Image.Image], Image.Image]


def _curve(value_of: Callable[[float], float]) -> Filter:
    """The same curve for each channel, from 0 to 1."""
    table = [round(255 * min(max(value_of(value / 255), 0), 1)) for value in range(256)]
    return lambda picture: picture.point(table * 3)


def _gains(red: float, green: float, blue: float) -> Filter:
    table = [round(value * gain) for gain in (red, green, blue) for value in range(256)]
    return lambda picture: picture.point(table)


def _saturation(factor: float) -> Filter:
    return lambda picture: ImageEnhance.Color(picture).enhance(factor)


def _tinted(colour: tuple[int, int, int], share: float) -> Filter:
    return lambda picture: Image.blend(picture, Image.new("RGB", picture.size, colour), share)


def _grain(sigma: float, seed: int = 5, coloured: bool = True) -> Filter:
    def grain(picture: Image.Image) -> Image.Image:
        source = random.Random(seed)
        size = (picture.width + 97, picture.height + 61)
        noises = []
        for _ in range(3):
            # effect_noise has no seed: roll one and the same field about instead
            x, y = source.randrange(97), source.randrange(61)
            noises.append(_field(size, sigma).crop((x, y, x + picture.width, y + picture.height)))
        if not coloured:
            noises = noises[:1] * 3
        return ImageChops.add(picture, Image.merge("RGB", noises), 1, -128)

    return grain


_fields: dict[tuple[tuple[int, int], float], Image.Image] = {}


def _field(size: tuple[int, int], sigma: float) -> Image.Image:
    """Grey noise around 128, the same in each run."""
    if (size, sigma) not in _fields:
        source = random.Random(11)
        levels = [min(max(round(source.gauss(128, sigma)), 0), 255) for _ in range(65536)]
        field = bytes(levels[chance] for chance in _chances(source, size[0] * size[1]))
        _fields[size, sigma] = Image.frombytes("L", size, field)
    return _fields[size, sigma]


def _chances(source: random.Random, count: int) -> memoryview:
    return memoryview(source.randbytes(2 * count)).cast("H")


def _shifted(pixels: int) -> Filter:
    """Red a little to the left, blue a little to the right, as lenses do."""

    def shift(picture: Image.Image) -> Image.Image:
        red, green, blue = picture.split()
        return Image.merge("RGB", (ImageChops.offset(red, -pixels, 0), green, ImageChops.offset(blue, pixels, 0)))

    return shift


def _sharpened(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.UnsharpMask(radius=1.5, percent=120, threshold=0))


def _blurred(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(0.6))


def _after(*filters: Filter) -> Filter:
    def apply(picture: Image.Image) -> Image.Image:
        for one in filters:
            picture = one(picture)
        return picture

    return apply


ONE_LEVEL_LESS = _curve(lambda value: min(value, 254 / 255))
LIMITED_RANGE = _curve(lambda value: (16 + 219 * value) / 255)
REINHARD = _curve(lambda value: 0.06 + 1.35 * value / (1 + value))
S_CURVE = _curve(lambda value: value * value * (3 - 2 * value))
BLUE_LIGHT = _gains(1.0, 0.8, 0.5)

FILTERS: dict[str, Filter] = {
    "254 for 255": ONE_LEVEL_LESS,
    "1 for 0": _curve(lambda value: max(value, 1 / 255)),
    "x 0.97": _gains(0.97, 0.97, 0.97),
    "x 0.5": _gains(0.5, 0.5, 0.5),
    "x 0.3": _gains(0.3, 0.3, 0.3),
    "gamma 0.6": _curve(lambda value: value**0.6),
    "gamma 2.2": _curve(lambda value: (0.02 + 0.96 * value) ** 2.2),
    "limited range": LIMITED_RANGE,
    "limited range expanded": _curve(lambda value: (255 * value - 16) / 219),
    "saturation 0.95": _saturation(0.95),
    "saturation 0.6": _saturation(0.6),
    "saturation 1.3": _saturation(1.3),
    "light grain": _grain(5),
    "grain": _grain(10),
    "grey grain": _grain(10, coloured=False),
    "blue-light filter": BLUE_LIGHT,
    "strong blue-light filter": _gains(1.0, 0.6, 0.25),
    "warm tint": _tinted((255, 140, 0), 0.25),
    "cold tint": _tinted((60, 90, 255), 0.25),
    "green tint": _tinted((0, 255, 60), 0.2),
    "HDR desktop, washed out": _curve(lambda value: 0.22 + 0.5 * value),
    "HDR desktop, tone-mapped": REINHARD,
    "contrast": S_CURVE,
    "sharpened": _sharpened,
    "blurred": _blurred,
    "sharpened, contrast and tint": _after(_sharpened, S_CURVE, _tinted((255, 200, 120), 0.1)),
    "dim, warm and grainy": _after(_gains(0.7, 0.6, 0.4), _grain(4)),
    "limited, less saturated, grainy": _after(LIMITED_RANGE, _saturation(0.85), _grain(5)),
    "tone-mapped, tinted, sharpened": _after(REINHARD, _tinted((120, 160, 255), 0.12), _sharpened),
}
# What moves colours against one another takes more pixels than the smallest strip has.
SHIFTED: dict[str, Filter] = {
    "colours one pixel apart": _shifted(1),
    "colours one pixel apart, grainy and dim": _after(_shifted(1), _gains(0.8, 0.8, 0.8), _grain(5)),
}
