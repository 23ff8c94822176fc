"""A small window with the game's title. Each picture of it shows its tick twice: in the sync strip, and as a witness.

The witness is a row of blocks outside the panel that the app knows nothing of. It proves afterwards which tick
a saved picture shows.
"""

from __future__ import annotations

import time
from pathlib import Path

import xcffib
import xcffib.xproto as xproto
from PIL import Image

from lib.link import strip_code

TITLE = "Assetto Corsa"
SIZE = (352, 200)
PANEL_AT = (4, 4)
_WITNESS_BITS = 24
_WITNESS_BLOCK = 12
_WITNESS_FROM_BOTTOM = 20
WHITE, BLACK, _PANEL = (255, 255, 255), (0, 0, 0), (40, 40, 40)

Colour = tuple[int, int, int]


class Scene:
    """A window on an X display; `show` puts the picture of one tick into it at once, never half of it."""

    def __init__(
        self,
        display: str,
        size: tuple[int, int] = SIZE,
        at: tuple[int, int] = (30, 40),
        title: str = TITLE,
        patience: float = 0.0,
    ) -> None:
        """Open the window; wait up to `patience` seconds for a display that is just starting."""
        self._title = title.encode()
        self._x = _connect(display, patience)
        screen = self._x.get_setup().roots[self._x.pref_screen]
        self._root, self._depth = screen.root, screen.root_depth
        self.size = size
        self._window = self._open_window(at)
        self._context = self._x.generate_id()
        self._x.core.CreateGC(self._context, self._root, xproto.GC.GraphicsExposures, [0])
        self._canvas = 0
        self._make_canvas()
        self.map()

    # --- what happens to windows

    def map(self) -> None:
        self._x.core.MapWindow(self._window)
        self._settle()

    def unmap(self) -> None:
        """What minimising does to a window."""
        self._x.core.UnmapWindow(self._window)
        self._settle()

    def move(self, x: int, y: int) -> None:
        mask = xproto.ConfigWindow.X | xproto.ConfigWindow.Y
        self._x.core.ConfigureWindow(self._window, mask, [x, y])
        self._settle()

    def resize(self, width: int, height: int) -> None:
        mask = xproto.ConfigWindow.Width | xproto.ConfigWindow.Height
        self._x.core.ConfigureWindow(self._window, mask, [width, height])
        self.size = (width, height)
        self._x.core.FreePixmap(self._canvas)
        self._make_canvas()
        self._settle()

    def destroy(self) -> None:
        """Close the window, not the connection."""
        self._x.core.DestroyWindow(self._window)
        self._settle()

    def open_again(self, at: tuple[int, int]) -> None:
        self._window = self._open_window(at)
        self.map()

    def close(self) -> None:
        self._x.disconnect()

    # --- pictures

    def show(self, tick: int, key: int, panel: bool = True) -> None:
        """Draw the frame of that tick, with the panel and its strips unless it is closed."""
        width, height = self.size
        self._fill((32 + tick % 64, 96, 64 + tick * 7 % 128), [(0, 0, width, height)])
        self._blocks(
            f"{tick % 2**_WITNESS_BITS:0{_WITNESS_BITS}b}", 8, height - _WITNESS_FROM_BOTTOM, _WITNESS_BLOCK, 16
        )
        if panel:
            self._draw_panel(tick, key)
        self._x.core.CopyArea(self._canvas, self._window, self._context, 0, 0, 0, 0, width, height)
        self._x.flush()

    def _draw_panel(self, tick: int, key: int) -> None:
        left, top = PANEL_AT
        self._fill(_PANEL, [(left, top, strip_code.PANEL_WIDTH, strip_code.PANEL_HEIGHT)])
        bits = f"{strip_code.encode(tick, key):0{strip_code.DATA_BLOCKS}b}"
        for y, start, end in (
            (strip_code.UPPER_STRIP_Y, strip_code.UPPER_START, strip_code.UPPER_END),
            (strip_code.LOWER_STRIP_Y, strip_code.LOWER_START, strip_code.LOWER_END),
        ):
            at = left + strip_code.STRIP_X
            block, tall = strip_code.BLOCK_WIDTH, strip_code.STRIP_HEIGHT
            for index, colour in enumerate(start):
                self._fill(colour, [(at + 2 * index * block, top + y, 2 * block, tall)])
            data_at = at + strip_code.MARK_BLOCKS * block
            self._blocks(bits, data_at, top + y, block, tall)
            for index, colour in enumerate(end):
                self._fill(colour, [(data_at + (len(bits) + 2 * index) * block, top + y, 2 * block, tall)])

    def _blocks(self, bits: str, left: int, top: int, width: int, height: int) -> None:
        self._fill(BLACK, [(left, top, len(bits) * width, height)])
        ones = [(left + index * width, top, width, height) for index, bit in enumerate(bits) if bit == "1"]
        self._fill(WHITE, ones)

    def _fill(self, colour: Colour, places: list[tuple[int, int, int, int]]) -> None:
        red, green, blue = colour
        self._x.core.ChangeGC(self._context, xproto.GC.Foreground, [red << 16 | green << 8 | blue])
        rectangles = [xproto.RECTANGLE.synthetic(*place) for place in places]
        self._x.core.PolyFillRectangle(self._canvas, self._context, len(rectangles), rectangles)

    def _open_window(self, at: tuple[int, int]) -> int:
        window = self._x.generate_id()
        self._x.core.CreateWindow(
            self._depth, window, self._root, *at, *self.size, 0, xproto.WindowClass.InputOutput, 0, 0, []
        )
        name, text, kind = xproto.Atom.WM_NAME, self._title, xproto.Atom.STRING
        self._x.core.ChangeProperty(xproto.PropMode.Replace, window, name, kind, 8, len(text), text)
        return int(window)

    def _make_canvas(self) -> None:
        self._canvas = self._x.generate_id()
        self._x.core.CreatePixmap(self._depth, self._canvas, self._root, *self.size)

    def _settle(self) -> None:
        """Wait until the server has done it."""
        self._x.core.GetInputFocus().reply()


def _connect(display: str, patience: float) -> xcffib.Connection:
    until = time.perf_counter() + patience
    while True:
        try:
            return xcffib.connect(display=display)
        except xcffib.ConnectionException:
            if time.perf_counter() > until:
                raise
        time.sleep(0.05)


def witnessed_tick(path: Path) -> int:
    """The tick that a saved picture shows, read from its pixels."""
    with Image.open(path) as picture:
        grey = picture.convert("L")
    y = grey.height - _WITNESS_FROM_BOTTOM + 8
    bits = ["1" if grey.getpixel((8 + (i * 2 + 1) * _WITNESS_BLOCK // 2, y)) > 127 else "0" for i in range(24)]
    return int("".join(bits), 2)
