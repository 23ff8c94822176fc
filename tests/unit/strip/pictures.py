"""Pictures to read strips from: scenes, noise, and the panel drawn as a game or a smoothing display would."""

import math
import random

from PIL import Image, ImageDraw, ImageFilter

from lib.link import strip_code

PANEL_COLOUR = (38, 40, 44)
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_MARGIN = 8

Colour = tuple[int, int, int]


def strip_colours(data: int, start: tuple[Colour, Colour], end: tuple[Colour, Colour]) -> list[Colour]:
    """The colours of a strip's blocks from left to right."""
    bits = format(data, f"0{strip_code.DATA_BLOCKS}b")
    blocks = [_WHITE if bit == "1" else _BLACK for bit in bits]
    return [start[0]] * 2 + [start[1]] * 2 + blocks + [end[0]] * 2 + [end[1]] * 2


def panel_quads(
    upper: int | None, lower: int | None, form: int = strip_code.FULL
) -> list[tuple[float, float, float, float, Colour]]:
    """What the panel draws, with these data in its strips: x, y, width, height in interface units, and a colour."""
    quads: list[tuple[float, float, float, float, Colour]] = [
        (0, 0, strip_code.PANEL_WIDTH, strip_code.FORMS[form].height, PANEL_COLOUR)
    ]
    strips = (
        (upper, strip_code.FORMS[form].upper_strip_y, strip_code.UPPER_START, strip_code.UPPER_END),
        (lower, strip_code.FORMS[form].lower_strip_y, strip_code.LOWER_START, strip_code.LOWER_END),
    )
    for data, y, start, end in strips:
        if data is not None:
            for block, colour in enumerate(strip_colours(data, start, end)):
                x = strip_code.STRIP_X + block * strip_code.BLOCK_WIDTH
                quads.append((x, y, strip_code.BLOCK_WIDTH, strip_code.STRIP_HEIGHT, colour))
    return quads


def draw_panel(
    picture: Image.Image,
    tick: int,
    key: int,
    *,
    at: tuple[float, float],
    scale: float,
    smooth: bool = False,
    lower_tick: int | None = None,
    form: int = strip_code.FULL,
) -> None:
    """Draw the panel of that tick with its corner at a place that may lie between pixels."""
    lower = tick if lower_tick is None else lower_tick
    quads = panel_quads(strip_code.encode(tick, key, form), strip_code.encode(lower, key, form), form)
    if smooth:
        _paste_smoothed(picture, quads, at, scale, strip_code.FORMS[form].height)
    else:
        _fill_like_a_graphics_card(ImageDraw.Draw(picture), quads, at, scale)


def _fill_like_a_graphics_card(draw, quads, at, scale) -> None:
    """A pixel has a quad's colour when its centre lies in the quad."""
    for x, y, width, height, colour in quads:
        left, right = (math.ceil(at[0] + edge * scale - 0.5) for edge in (x, x + width))
        top, bottom = (math.ceil(at[1] + edge * scale - 0.5) for edge in (y, y + height))
        if right > left and bottom > top:
            draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)


def _paste_smoothed(picture, quads, at, scale, panel_height) -> None:
    """As if the panel had been drawn at scale 1 and then brought to its scale with a bilinear filter."""
    size = (strip_code.PANEL_WIDTH + 2 * _MARGIN, panel_height + 2 * _MARGIN)
    panel = Image.new("RGB", size, PANEL_COLOUR)
    _fill_like_a_graphics_card(ImageDraw.Draw(panel), quads, (_MARGIN, _MARGIN), 1)
    left, top = math.floor(at[0]), math.floor(at[1])
    width, height = (math.ceil(units * scale) + 1 for units in (strip_code.PANEL_WIDTH, panel_height))
    x, y = _MARGIN - (at[0] - left) / scale, _MARGIN - (at[1] - top) / scale
    box = (x, y, min(size[0], x + width / scale), min(size[1], y + height / scale))
    picture.paste(panel.resize((width, height), Image.Resampling.BILINEAR, box), (left, top))


def raw(picture: Image.Image, unused: int = 255) -> bytearray:
    """The picture as mss grabs it: B G R and an unused byte for each pixel."""
    rgba = picture.convert("RGBA")
    rgba.putalpha(unused)
    return bytearray(rgba.tobytes("raw", "BGRA"))


def noise(width: int, height: int, source: random.Random) -> Image.Image:
    """Every byte by chance."""
    return Image.frombytes("RGB", (width, height), source.randbytes(width * height * 3))


def saturated_noise(width: int, height: int, source: random.Random, cell: int) -> Image.Image:
    """Cells whose channels are 0 or 255 by chance: all the colours that strips are made of."""
    columns, rows = math.ceil(width / cell), math.ceil(height / cell)
    levels = bytes(255 * (value & 1) for value in source.randbytes(columns * rows * 3))
    small = Image.frombytes("RGB", (columns, rows), levels)
    return small.resize((columns * cell, rows * cell), Image.Resampling.NEAREST).crop((0, 0, width, height))


def gradient(width: int, height: int, source: random.Random) -> Image.Image:
    """Soft transitions between random colours."""
    small = noise(source.randint(2, 9), source.randint(2, 9), source)
    return small.resize((width, height), Image.Resampling.BICUBIC)


def scene(width: int, height: int, source: random.Random) -> Image.Image:
    """Somewhat like a driver's view: sky, textured ground, a road with kerbs, signs in loud colours, glare."""
    picture = gradient(width, height, source)
    horizon = round(height * source.uniform(0.3, 0.6))
    ground = noise(width // 3 + 1, height // 3 + 1, source).resize((width, height), Image.Resampling.BILINEAR)
    picture.paste(ground.crop((0, horizon, width, height)), (0, horizon))
    draw = ImageDraw.Draw(picture)
    vanishing = width * source.uniform(0.2, 0.8)
    road = [(vanishing - 5, horizon), (vanishing + 5, horizon), (width * 0.95, height), (width * 0.05, height)]
    draw.polygon(road, fill=(70, 70, 75))
    loud = [(255, 0, 255), (0, 255, 255), (255, 255, 0), (255, 0, 0), (255, 255, 255), (0, 0, 0)]
    for _ in range(source.randint(5, 30)):
        x, y = source.uniform(0, width), source.uniform(0, height)
        w, h = source.uniform(2, width / 6), source.uniform(2, height / 8)
        draw.rectangle((x, y, x + w, y + h), fill=source.choice(loud))
    if source.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(source.uniform(0.3, 1.5)))
    return picture
