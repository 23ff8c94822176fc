"""Draws the picture of the panel in the README: `python3 -m tests.panel_sheet [PNG]`.

The double of the game is driven through what a user meets; its frames are cut to the panel and put side by side.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from lib.link.strip_code import FORMS, FULL, PANEL_WIDTH
from tests import environment
from tests.host.run import run_host
from tests.host.scene import Event, Scene

_SIZE, _PANEL = (1280, 720), (20, 20)
_COLUMNS, _GAP, _LABEL = 2, 10, 22
_BACKGROUND, _TEXT = (24, 27, 33), (235, 235, 235)

_STATES = ("ready", "recording begins", "recording, all is well", "waiting", "saved", "not recording")
_DRIVE = (
    Event(2.4, "keep_frame", "ready"),
    Event(2.5, "click"),
    Event(4.2, "keep_frame", "recording begins"),
    Event(9.0, "keep_frame", "recording, all is well"),
    Event(9.1, "pause"),
    Event(9.8, "keep_frame", "waiting"),
    Event(9.9, "resume"),
    Event(10.5, "click"),
    Event(11.6, "keep_frame", "saved"),
    Event(11.7, "quit"),
)
_NO_PYTHON = (Event(1.5, "keep_frame", "not recording"), Event(1.7, "quit"))
_NO_FILE = {"RECORDER.PYTHON": "/opt/python/bin/python3"}


def draw(target: Path) -> None:
    """Drive, and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        run_host(root, Scene(events=_DRIVE, size=_SIZE, panel=_PANEL))
        run_host(
            root, Scene(events=_NO_PYTHON, size=_SIZE, panel=_PANEL), {"RECORDER.PYTHON": "/opt/python/bin/python3"}
        )
        frames = {name: Image.open(root / f"{name}.png").convert("RGB") for name in _STATES}
    left, top = _PANEL[0] - 8, _PANEL[1] - 8
    width, height = PANEL_WIDTH + 16, FORMS[FULL].height + 16
    rows = -(-len(_STATES) // _COLUMNS)
    cell = (width + _GAP, height + _LABEL + _GAP)
    sheet = Image.new("RGB", (_COLUMNS * cell[0] + _GAP, rows * cell[1] + _GAP), _BACKGROUND)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for index, name in enumerate(_STATES):
        x, y = _GAP + index % _COLUMNS * cell[0], _GAP + index // _COLUMNS * cell[1]
        pen.text((x, y + 2), name, fill=_TEXT, font=font)
        sheet.paste(frames[name].crop((left, top, left + width, top + height)), (x, y + _LABEL))
    sheet.quantize(128).save(target, optimize=True)


def main() -> int:
    """Write the picture to the given file, docs/panel.png without one."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else environment.ROOT / "docs" / "panel.png"
    server = environment.start_display()
    os.environ["DISPLAY"] = server.name
    try:
        draw(target)
    finally:
        server.stop()
    print(f"{target}: the panel in {len(_STATES)} states")
    return 0


if __name__ == "__main__":
    sys.exit(main())
