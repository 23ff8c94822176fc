"""A window that shows ticks as the game would, driven by hand: for tests of the recorder against a real display."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if sys.platform != "win32":  # there the tests that draw are left out; their files still load
    import xcffib
    import xcffib.xproto as xproto

from lib.link import strip_code
from lib.link.mapped_file import FAILED, READY, GameLink, RecorderStatus
from tests import environment
from tests.unit.samples import publish, sample, slot_values

PANEL = (40, 60)
WITNESS_BLOCK = 12
WITNESS_BITS = 24


class DrawnWindow:
    """A bare window with a title and a process id."""

    def __init__(
        self, title: str, place: tuple[int, int, int, int], process_id: int = 0, override_redirect: bool = True
    ) -> None:
        self.x: Any = xcffib.connect()
        self._core = self.x.core
        self.screen: Any = self.x.get_setup().roots[self.x.pref_screen]
        self.id = self.x.generate_id()
        left, top, self.width, self.height = place
        self._core.CreateWindow(
            self.screen.root_depth, self.id, self.screen.root, left, top, self.width, self.height, 0,
            xproto.WindowClass.InputOutput, self.screen.root_visual,
            xproto.CW.BackPixel | xproto.CW.OverrideRedirect, [0x305070, int(override_redirect)],
        )  # fmt: skip
        self.retitle(title)
        if process_id:
            atom = self._core.InternAtom(False, 11, "_NET_WM_PID").reply().atom
            self._core.ChangeProperty(xproto.PropMode.Replace, self.id, atom, xproto.Atom.CARDINAL, 32, 1, [process_id])
        self._colour = self.x.generate_id()
        self._core.CreateGC(self._colour, self.id, xproto.GC.Foreground, [0])
        self.map()

    def retitle(self, title: str) -> None:
        name = title.encode()
        self._core.ChangeProperty(
            xproto.PropMode.Replace, self.id, xproto.Atom.WM_NAME, xproto.Atom.STRING, 8, len(name), name
        )
        self.settle()

    def map(self) -> None:
        self._core.MapWindow(self.id)
        self.settle()

    def unmap(self) -> None:
        self._core.UnmapWindow(self.id)
        self.settle()

    def place(self, left: int, top: int, width: int, height: int) -> None:
        self.width, self.height = width, height
        flags = xproto.ConfigWindow
        self._core.ConfigureWindow(
            self.id,
            flags.X | flags.Y | flags.Width | flags.Height,
            [left, top, width, height],
        )
        self.settle()

    def fill(self, colour: tuple[int, int, int], boxes: list[tuple[int, int, int, int]]) -> None:
        red, green, blue = colour
        self._core.ChangeGC(self._colour, xproto.GC.Foreground, [red << 16 | green << 8 | blue])
        rectangles = [xproto.RECTANGLE.synthetic(*box) for box in boxes]
        self._core.PolyFillRectangle(self.id, self._colour, len(rectangles), rectangles)

    def settle(self) -> None:
        """Wait until the server has done all of it."""
        self._core.GetInputFocus().reply()

    def close(self) -> None:
        self.x.disconnect()


def strip_boxes(left: int, top: int, tick: int, key: int, is_upper: bool, scale: float = 1.0) -> dict[Any, list[Any]]:
    """For each colour the blocks of a strip whose panel stands at `left`, `top`."""
    start, end = (
        (strip_code.UPPER_START, strip_code.UPPER_END) if is_upper else (strip_code.LOWER_START, strip_code.LOWER_END)
    )
    data = strip_code.encode(tick, key)
    colours = [start[0]] * 2 + [start[1]] * 2
    for bit in reversed(range(strip_code.DATA_BLOCKS)):
        colours.append((255, 255, 255) if data >> bit & 1 else (0, 0, 0))
    colours += [end[0]] * 2 + [end[1]] * 2
    y = strip_code.UPPER_STRIP_Y if is_upper else strip_code.LOWER_STRIP_Y
    upper, lower = (top + round(edge * scale) for edge in (y, y + strip_code.STRIP_HEIGHT))
    boxes: dict[Any, list[Any]] = {}
    for index, colour in enumerate(colours):
        x = strip_code.STRIP_X + index * strip_code.BLOCK_WIDTH
        first, behind = (left + round(edge * scale) for edge in (x, x + strip_code.BLOCK_WIDTH))
        boxes.setdefault(colour, []).append((first, upper, behind - first, lower - upper))
    return boxes


class DrawnGame:
    """Plays the game for one recorder: publishes ticks and shows each of them in the window."""

    def __init__(
        self, folder: Path, settings: dict[str, Any] | None = None, size: tuple[int, int] = (640, 360)
    ) -> None:
        self.captures = folder / "captures"
        self.captures.mkdir(exist_ok=True)
        self.settings = settings or {}
        self.size = size
        self.tick = 0
        self.take = 0
        self.hold = 0
        self.shows_strip = True
        self.shows_scene = True
        self.panel: tuple[float, float] = PANEL  # in interface units
        self.scale = 1.0  # of the interface
        self.is_garbled = False  # the strip is drawn, and its check value is wrong
        self.is_torn = False  # the lower strip is still that of the frame before
        self.values: dict[str, float] = {}
        self.window: DrawnWindow | None = DrawnWindow("Assetto Corsa", (10, 20, *size), os.getpid())
        self.launch(folder)

    def launch(self, folder: Path) -> None:
        """Start a recorder with a link of its own."""
        self.key = secrets.randbits(32)
        self.link_path = folder / f"{secrets.token_hex(8)}.link"
        self.link = GameLink(str(self.link_path), self.key)
        brief = {"app_version": "test", "settings": self.settings, "game": {"car": "abarth500"}, "problems": []}
        self.link.write_brief(json.dumps(brief).encode())
        self.log_path = folder / "recorder.log"
        self.errors = self.log_path.open("a")
        self.recorder = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-W", "error", "-m", "lib.recorder", "--link", str(self.link_path),
             "--captures", str(self.captures), "--parent", str(os.getpid())],
            cwd=environment.ROOT, stdin=subprocess.PIPE, stdout=self.errors, stderr=self.errors,
        )  # fmt: skip
        self.wait_for(lambda status: status.state in (READY, FAILED))

    def step(self) -> None:
        """One tick: publish it, then show it."""
        self.tick += 1
        values = {"time": time.perf_counter(), "panel_shown": 1}
        values.update(panel_x=self.panel[0], panel_y=self.panel[1])
        made = sample(self.tick, **{**values, "take": self.take, "hold": self.hold, **self.values})
        publish(self.link, slot_values(made))
        if self.window is not None and self.shows_scene:
            self._show()

    def _show(self) -> None:
        assert self.window is not None
        scene = (60 + self.tick % 7, 80, 100 + self.tick % 11)
        boxes: dict[Any, list[Any]] = {scene: [(0, 0, self.window.width, self.window.height)]}
        boxes[(50, 50, 50)] = [self.panel_box]
        layers = [boxes]
        if self.shows_strip:
            at, key = self.panel_box[:2], self.key ^ self.is_garbled
            layers += [strip_boxes(*at, self.tick, key, is_upper=True, scale=self.scale)]
            layers += [strip_boxes(*at, self.tick - self.is_torn, key, is_upper=False, scale=self.scale)]
        layers.append(self._witness())
        for layer in layers:
            for colour, places in layer.items():
                self.window.fill(colour, places)
        self.window.x.flush()

    @property
    def panel_box(self) -> tuple[int, int, int, int]:
        """Where the panel is in the window: left, top, width, height."""
        left, top = (round(edge * self.scale) for edge in self.panel)
        size = strip_code.PANEL_WIDTH, strip_code.PANEL_HEIGHT
        right, bottom = (round((edge + length) * self.scale) for edge, length in zip(self.panel, size, strict=True))
        return left, top, right - left, bottom - top

    def _witness(self) -> dict[Any, list[Any]]:
        assert self.window is not None
        left = self.window.width - WITNESS_BITS * WITNESS_BLOCK
        found: dict[Any, list[Any]] = {}
        for bit in range(WITNESS_BITS):
            colour = (255, 255, 255) if self.tick >> bit & 1 else (0, 0, 0)
            found.setdefault(colour, []).append((left + bit * WITNESS_BLOCK, 0, WITNESS_BLOCK, WITNESS_BLOCK))
        return found

    def drive(self, seconds: float, rate: float = 60) -> None:
        """Ticks at a steady rate."""
        start = time.perf_counter()
        for number in range(round(seconds * rate)):
            self.step()
            time.sleep(max(0.0, start + (number + 1) / rate - time.perf_counter()))

    def drive_until(self, wanted: Callable[[RecorderStatus], bool], seconds: float = 15) -> RecorderStatus:
        """Drive until the recorder's status is as wanted."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.drive(0.1)
            status = self.link.status()
            if status is not None and wanted(status):
                return status
        raise AssertionError(f"not in {seconds} s: {self.link.status()}\n{self.log()}")

    def wait_for(self, wanted: Callable[[RecorderStatus], bool], seconds: float = 15) -> RecorderStatus:
        """Wait, while the game stands still."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            status = self.link.status()
            if status is not None and wanted(status):
                return status
            time.sleep(0.01)
        raise AssertionError(f"not in {seconds} s: {self.link.status()}\n{self.log()}")

    def start(self) -> None:
        self.take = max(self.take, self.last_take) + 1
        self.last_take = self.take

    last_take = 0

    def stop(self) -> None:
        self.take = 0

    def log(self) -> str:
        return self.log_path.read_text()

    def end(self, seconds: float = 6) -> int:
        """Close the recorder's standard input, as the end of the game does. Returns its exit code."""
        assert self.recorder.stdin is not None
        self.recorder.stdin.close()
        try:
            return self.recorder.wait(seconds)
        finally:
            self.close()

    def close(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self.recorder.poll() is None:
            self.recorder.kill()
            self.recorder.wait()
        if self.recorder.stdin is not None:
            self.recorder.stdin.close()
        if self.window is not None:
            self.window.close()
            self.window = None
        self.errors.close()
