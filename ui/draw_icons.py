"""Draws the app's icons: `python ui/draw_icons.py`. Needed only when they are to look different."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

SIZE = 64
_FINE = 8  # drawn larger, then scaled down for smooth edges
_WHITE = (245, 245, 245, 255)
_GREY = (150, 156, 166, 255)
_RED = (226, 40, 44, 255)
_BACKGROUND = (24, 27, 33, 235)
_STRIP = "1101001011"


def icon(*, is_on: bool) -> Image.Image:
    """A picture frame with a road and a record dot; below it the blocks of a sync strip."""
    image = Image.new("RGBA", (SIZE * _FINE, SIZE * _FINE))
    draw = ImageDraw.Draw(image)
    line = _WHITE if is_on else _GREY
    draw.rounded_rectangle(_fine(1, 1, 63, 63), radius=11 * _FINE, fill=_BACKGROUND)
    draw.rounded_rectangle(_fine(8, 9, 56, 43), radius=5 * _FINE, outline=line, width=3 * _FINE)
    for left, right in (((29, 20), (18, 39)), ((35, 20), (46, 39))):
        draw.line(_fine(*left, *right), fill=line, width=3 * _FINE)
    draw.ellipse(_fine(40, 3, 60, 23), fill=_BACKGROUND)
    draw.ellipse(_fine(43, 6, 57, 20), fill=_RED if is_on else _GREY)
    for position, bit in enumerate(_STRIP):
        if bit == "1":
            left = 9.5 + position * 4.5
            draw.rectangle(_fine(left, 48.5, left + 4.5, 55.5), fill=line)
    return image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def _fine(*lengths: float) -> list[float]:
    return [length * _FINE for length in lengths]


if __name__ == "__main__":
    folder = Path(__file__).parent / "icons"
    folder.mkdir(exist_ok=True)
    icon(is_on=True).save(folder / "SyncLogger_ON.png", optimize=True)
    icon(is_on=False).save(folder / "SyncLogger_OFF.png", optimize=True)
