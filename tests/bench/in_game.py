"""One release's app in a game that costs nothing: `python -m tests.bench.in_game APP SCRATCH KIND TICKS`, JSON out.

Every function of `ac` that is called while driving is one of C's, so that what is timed is the app. The pages are files
with real bytes of the game, the link and the recorder's status are real; there is no recorder.
"""

from __future__ import annotations

import gc
import importlib
import itertools
import json
import os
import statistics
import sys
import time
import tracemalloc
import types
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

_FRAME = 1 / 60
_LOOK_EVERY = 12  # frames; at 60 Hz that is five times a second
_REPORT_EVERY = 15
_COLD_SECONDS = 0.016
_OTHER_WORK = bytearray(8 << 20)
_PAGES = Path(__file__).resolve().parent.parent / "data" / "pages_1.16.4.json"

# `getCarState` is dict.get of an empty dict: what is asked for is its own answer.
_CS = {
    "Gas": 0.7, "Brake": 0.0, "Clutch": 1.0, "Gear": 4, "Steer": -31.5, "AccG": (0.6, 1.02, 0.2), "SpeedMPH": 88.25,
    "LapCount": 2, "LapTime": 41_250, "LastLap": 92_480, "NormalizedSplinePosition": 0.4375, "PerformanceMeter": -0.21,
    "WorldPosition": (-518.5, -82.25, -323.0), "LocalVelocity": (0.25, -0.01, 39.4), "LapInvalidated": 0,
}  # fmt: skip


class _Running:
    """Stands for the recorder's process."""

    poll = staticmethod([].clear)  # None, at C speed
    stdin = None


class Game:
    """The game's side, and the app of one release in it."""

    def __init__(self, app: Path, scratch: Path) -> None:
        self._scratch = scratch
        self._packet = 1
        self._pages = {
            name: bytearray.fromhex(page)
            for name, page in json.loads(_PAGES.read_text(encoding="utf-8"))["pages"].items()
        }
        self._write_pages()
        self.ac = _fake_ac()
        sys.modules["ac"] = self.ac
        sys.modules["acsys"] = _module("acsys", CS=types.SimpleNamespace(**_CS))
        sys.path.insert(0, str(app))
        self.logger: Any = importlib.import_module("logger")
        sys.path.remove(str(app))
        self.logger._load_app()
        self._of_app("ingame.pages")._FOLDER_ELSEWHERE = str(scratch)
        self._of_app("ingame.recorder_process")._launch = lambda *_: _Running()
        self.logger.acMain("1.16.4")
        self.app: Any = self.logger._app
        self._mapped_file = self._of_app("link.mapped_file")
        self._recorder = self._mapped_file.RecorderLink(self.app._recorder.link.path)
        self._reports = 0
        self.report()
        self.frame()
        self.logger.on_button_clicked()

    @staticmethod
    def _of_app(name: str) -> Any:
        return importlib.import_module(f"synclogger.{name}")

    def _write_pages(self) -> None:
        for name, page in self._pages.items():
            if name != "static":
                page[:4] = self._packet.to_bytes(4, "little")
            (self._scratch / f"acpmf_{name}").write_bytes(page) if self._packet == 1 else self._move(name)

    def _move(self, name: str) -> None:
        if name != "static":
            with (self._scratch / f"acpmf_{name}").open("r+b") as file:
                file.write(self._packet.to_bytes(4, "little"))

    def report(self) -> None:
        """What a recorder says four times a second."""
        self._reports += 1
        status = self._mapped_file.RecorderStatus
        plain: dict[str, Any] = dict.fromkeys(status._fields, 0)
        plain.update(state=self._mapped_file.RECORDING, sync=1, take_number=1, take_order=1, message="")
        plain.update(frames_saved=15 * self._reports, heartbeat=self._reports, pictures_per_second=59.9)
        self._recorder.report(status(**plain))

    def prepare(self, number: int) -> None:
        """What happens between two frames."""
        self._packet += 1
        self._write_pages()
        if number % _REPORT_EVERY == 0:
            self.report()
        # The look comes with its frame, however fast the frames are.
        self.app._next_panel_at = 0.0 if number % _LOOK_EVERY == 0 else float("inf")

    def frame(self) -> None:
        self.logger.acUpdate(_FRAME)
        self.logger.on_render(_FRAME)

    def hold(self) -> int:
        """Why the newest sample must not become a picture."""
        newest = self._recorder.sample(self._recorder.newest_tick())
        return int(newest.hold)

    def close(self) -> None:
        self._recorder.close()
        path = Path(self.app._recorder.link.path)
        self.app._recorder.link.close()
        path.unlink()


def _fake_ac() -> Any:
    ids = itertools.count()
    logged: list[str] = []
    nothing, zero = "".format, (0).bit_length  # the first takes anything
    functions: dict[str, Callable[..., object]] = {
        "newApp": lambda name: next(ids), "addLabel": lambda window, text: next(ids),
        "addButton": lambda window, text: next(ids), "log": logged.append, "getCarState": {}.get,
        "getPosition": {0: (20.0, 20.0)}.get, "getCameraMode": zero, "getFocusedCar": zero, "isCarInPit": (0).__mul__,
    }  # fmt: skip
    for name in ("CarName", "CarSkin", "TrackName", "TrackConfiguration", "DriverName"):
        functions[f"get{name}"] = "name".format
    for name in (
        "setTitle", "setText", "setSize", "setPosition", "setFontSize", "setBackgroundOpacity", "setIconPosition",
        "drawBorder", "drawBackground", "setVisible", "setFontColor", "setFontAlignment", "setTitlePosition",
        "addOnClickedListener", "addRenderCallback", "glQuad", "glColor4f",
    ):  # fmt: skip
        functions[name] = nothing
    return _module("ac", logged=logged, **functions)


def _module(name: str, **content: Any) -> Any:
    made = types.ModuleType(name)
    vars(made).update(content)
    return made


def timed(game: Game, ticks: int, cold: bool) -> dict[str, float]:
    """Milliseconds of both callbacks, in a tight loop or as they come in a game that has other things to do."""
    update, render, clock = game.logger.acUpdate, game.logger.on_render, time.perf_counter
    updates, renders, both = [], [], []
    due = clock()
    gc.collect()
    for number in range(ticks):
        game.prepare(number)
        if cold:
            due += _COLD_SECONDS
            _OTHER_WORK[:] = _OTHER_WORK[1:] + b"x"  # nothing of the app is left in the caches
            time.sleep(max(0.0, due - clock()))
        began = clock()
        update(_FRAME)
        between = clock()
        render(_FRAME)
        ended = clock()
        updates.append((between - began) * 1000)
        renders.append((ended - between) * 1000)
        both.append((ended - began) * 1000)
    skipped = ticks // 10
    return {
        "update_p50": statistics.median(updates[skipped:]),
        "render_p50": statistics.median(renders[skipped:]),
        "both_p50": statistics.median(both[skipped:]),
        "both_mean": statistics.fmean(both[skipped:]),
        "both_p99": statistics.quantiles(both[skipped:], n=100)[98],
    }


def counted(game: Game, ticks: int) -> dict[str, float]:
    """Per tick: bytecodes, and the most memory that a tick takes at once beside what it found."""
    seen = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal seen
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        seen += event == "opcode"
        return trace

    for number in range(ticks):
        game.prepare(number)
        sys.settrace(trace)
        game.frame()
        sys.settrace(None)
    tracemalloc.start()
    peaks = []
    for number in range(ticks):
        game.prepare(number)
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        game.frame()
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
    tracemalloc.stop()
    return {"bytecodes": seen / ticks, "bytes_at_once": statistics.median(peaks)}


def calls(app: Path, scratch: Path, ticks: int) -> dict[str, float]:
    """How often each function of `ac` is called in a tick, and all of them together."""
    count: Counter[str] = Counter()

    def counting(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            count[name] += 1
            return function(*arguments)

        return call

    plain = _fake_ac()
    globals()["_fake_ac"] = lambda: _module(
        "ac", **{name: counting(name, function) for name, function in vars(plain).items() if callable(function)}
    )
    game = Game(app, scratch)
    count.clear()
    for number in range(ticks):
        game.prepare(number)
        game.frame()
    game.close()
    found = {name: times / ticks for name, times in count.most_common()}
    return {"all": sum(found.values()), **found}


def main() -> None:
    app, scratch, kind, ticks = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    os.environ["XDG_RUNTIME_DIR"] = str(scratch)
    if kind == "calls":
        print(json.dumps(calls(app, scratch, ticks)))
        return
    game = Game(app, scratch)
    found = counted(game, ticks) if kind == "counted" else timed(game, ticks, cold=kind == "cold")
    assert not game.ac.logged, game.ac.logged
    assert game.app._is_recording
    assert game.hold() == 0
    game.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
