"""A picture like a photograph: to JPEG what a rendered scene is, neither flat nor noise."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageChops


@cache
def photo(width: int, height: int) -> Image.Image:
    """An RGB picture with soft shapes and fine texture, made of random grey at several scales."""
    bands = []
    for channel in range(3):
        band = Image.new("L", (width, height), 40 + 20 * channel)
        for divisor, strength in ((160, 120), (40, 60), (8, 26), (2, 10)):
            size = (max(2, width // divisor), max(2, height // divisor))
            noise = Image.effect_noise(size, 90).resize((width, height), Image.Resampling.BICUBIC)
            weakened = noise.point([value * strength // 255 for value in range(256)])
            band = ImageChops.add(band, weakened)
        bands.append(band)
    return Image.merge("RGB", bands)
