"""A window whose content changes every frame at next to no cost, with or without a real recorder beside it.

`python -m tests.bench.source PLAN`, the plan as JSON; prints what was recorded as JSON. A process of its own, so
that it shares nothing with what is measured but the machine.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import xcffib.xproto as xproto

from lib.link import strip_code
from lib.link.mapped_file import READY
from tests.bench.photo import photo
from tests.faults.game import KEY, HandGame
from tests.faults.scene import BLACK, PANEL_AT, WHITE, Scene

_BANDS = 12
_ROWS_PER_REQUEST = 32
_MEMORY_SECONDS = 0.5
_PATIENCE = 60.0


class PhotoScene(Scene):
    """Shows a photograph; with every tick another band of it moves, and the panel shows the tick.

    In few requests: what is measured must not have to share the machine with a busy window.
    """

    def __init__(self, display: str, size: tuple[int, int]) -> None:
        super().__init__(display, size, at=(0, 0))
        width, height = size
        self._photo = self._x.generate_id()
        self._x.core.CreatePixmap(self._depth, self._photo, self._root, 2 * width, height)
        self._upload(size)
        self._copy(self._photo, self._photo, 0, 0, width, height, at=(width, 0))  # so that no band has to wrap
        self._copy(self._photo, self._window, 0, 0, width, height)
        self._draw_panel(0, KEY)
        self._x.flush()

    def _upload(self, size: tuple[int, int]) -> None:
        width, height = size
        pixels = photo(width, height).convert("RGBX").tobytes("raw", "BGRX")
        for top in range(0, height, _ROWS_PER_REQUEST):
            rows = min(_ROWS_PER_REQUEST, height - top)
            part = pixels[top * width * 4 : (top + rows) * width * 4]
            self._x.core.PutImage(
                xproto.ImageFormat.ZPixmap, self._photo, self._context, width, rows, 0, top, 0, self._depth,
                len(part), part,
            )  # fmt: skip
        self._settle()

    def show(self, tick: int, key: int, panel: bool = True) -> None:
        width, height = self.size
        band = height // _BANDS
        top = tick % _BANDS * band
        self._copy(self._photo, self._window, tick * 16 % width, top, width, band, at=(0, top))
        self._draw_ticks(tick, key)
        left, top = PANEL_AT
        self._copy(self._canvas, self._window, left, top, strip_code.PANEL_WIDTH, strip_code.PANEL_HEIGHT)
        self._x.flush()

    def _draw_ticks(self, tick: int, key: int) -> None:
        """Draw the tick into both strips of the panel, whose marks are there already."""
        block, tall = strip_code.BLOCK_WIDTH, strip_code.STRIP_HEIGHT
        left = PANEL_AT[0] + strip_code.STRIP_X + strip_code.MARK_BLOCKS * block
        tops = [PANEL_AT[1] + y for y in (strip_code.UPPER_STRIP_Y, strip_code.LOWER_STRIP_Y)]
        bits = f"{strip_code.encode(tick, key):0{strip_code.DATA_BLOCKS}b}"
        runs = [(ones.start() * block, len(ones.group()) * block) for ones in re.finditer("1+", bits)]
        self._fill(BLACK, [(left, top, len(bits) * block, tall) for top in tops])
        self._fill(WHITE, [(left + x, top, width, tall) for top in tops for x, width in runs])

    def _copy(
        self, source: int, target: int, x: int, y: int, width: int, height: int, at: tuple[int, int] | None = None
    ) -> None:
        if width and height:
            self._x.core.CopyArea(source, target, self._context, x, y, *(at or (x, y)), width, height)


class _Memory:
    """The recorder's resident memory, seen now and then."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._due = 0.0
        self.seen: list[tuple[int, float]] = []  # pictures saved until then, and megabytes

    def look(self, pictures: int) -> None:
        if time.perf_counter() >= self._due:
            self._due = time.perf_counter() + _MEMORY_SECONDS
            self.seen.append((pictures, self._process.memory_info().rss / 2**20))


class _ProfiledGame(HandGame):
    """Its recorder has a stopwatch in each of its parts."""

    recorder_module = "tests.bench.profiled_recorder"


def record(plan: dict[str, Any]) -> dict[str, Any]:
    """Drive at plan["fps"] with a recorder for plan["seconds"], or for plan["pictures"]; say what it saved."""
    folder = Path(plan["folder"])
    profile = plan.get("profile")
    kind, environment = (_ProfiledGame, {"SYNCLOGGER_PROFILE": profile}) if profile else (HandGame, {})
    game = kind(folder / "captures", folder / "scratch", None, settings=plan.get("settings"), environment=environment)
    game.scene = PhotoScene(os.environ["DISPLAY"], tuple(plan["size"]))
    ready_seconds = game.drive_until(lambda status: status.state == READY, seconds=_PATIENCE)
    memory = _Memory(game.recorder.pid)
    game.ticks(30, fps=60)
    began, cpu = time.perf_counter(), time.process_time()
    while not _is_done(plan, game, time.perf_counter() - began):
        game.step(1, plan["fps"])
        memory.look(game.last_status.frames_saved if game.last_status else 0)
    cpu = time.process_time() - cpu
    game.ticks(3)
    game.drive_until(lambda status: status.state == READY, seconds=_PATIENCE)
    game.close()
    newest = max((folder / "captures").glob("*_take.json"))
    take = json.loads(newest.read_text(encoding="utf-8"))
    return {"take": take, "memory": memory.seen, "own_cpu": cpu, "ready_s": ready_seconds}


def _is_done(plan: dict[str, Any], game: HandGame, seconds: float) -> bool:
    if "pictures" in plan:
        return game.last_status is not None and game.last_status.frames_saved >= plan["pictures"]
    return bool(seconds >= plan["seconds"])


def show(plan: dict[str, Any]) -> dict[str, Any]:
    """Only show changing pictures, after a line that says that they are there."""
    scene = PhotoScene(os.environ["DISPLAY"], tuple(plan["size"]))
    print("ready", flush=True)
    began = time.perf_counter()
    tick = 0
    while time.perf_counter() - began < plan["seconds"]:
        tick += 1
        scene.show(tick, KEY)
        time.sleep(max(0.0, began + tick / plan["fps"] - time.perf_counter()))
    return {"ticks": tick}


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    print(json.dumps(record(given) if given["records"] else show(given)))
