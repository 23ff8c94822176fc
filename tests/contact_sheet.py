"""One picture that shows some of many, each with a line of its row."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tests.end_to_end.captures import Row

_COLUMNS = 4
_ROWS = 4
_WIDTH = 480
_LABEL_HEIGHT = 40
_GAP = 8
_BACKGROUND = (24, 27, 33)
_TEXT = (235, 235, 235)


def write_contact_sheet(folder: Path, rows: list[Row], target: Path) -> int:
    """Show pictures spread evenly over `rows` in one JPEG. Returns how many."""
    count = min(len(rows), _COLUMNS * _ROWS)
    chosen = [rows[index * (len(rows) - 1) // max(1, count - 1)] for index in range(count)]
    with Image.open(folder / chosen[0].image) as first:
        height = round(first.height * _WIDTH / first.width)
    cell_width, cell_height = _WIDTH + _GAP, height + _LABEL_HEIGHT + _GAP
    lines = -(-count // _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * cell_width + _GAP, lines * cell_height + _GAP), _BACKGROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
    for index, row in enumerate(chosen):
        at = (_GAP + index % _COLUMNS * cell_width, _GAP + index // _COLUMNS * cell_height)
        with Image.open(folder / row.image) as picture:
            sheet.paste(picture.convert("RGB").resize((_WIDTH, height), Image.Resampling.LANCZOS), at)
        draw.text((at[0], at[1] + height + 2), _label(row), fill=_TEXT, font=font)
    sheet.save(target, quality=88)
    return count


def _label(row: Row) -> str:
    driven = f"{row.value('speed_mph'):.0f} mph   gear {row.value('gear'):.0f}   steering {row.value('steer'):+.0f}°"
    lap = f"{row.value('lap_time'):.2f} s {'valid' if row.lap_valid else 'INVALID'}"
    pedals = f"gas {row.value('gas'):.2f}   brake {row.value('brake'):.2f}"
    return f"{row.image}   {driven}\n{pedals}   lap {lap}   {row.value('spline_position'):.3f} of it"
