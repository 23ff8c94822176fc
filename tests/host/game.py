"""The game: one frame after the other, with the apps called between them as AC calls them."""

from __future__ import annotations

import importlib
import json
import os
import random
import struct
import sys
import time
import traceback
from collections import deque
from pathlib import Path
from types import ModuleType
from typing import Any

import pygame

from . import acsys
from .ac_api import AcApi, HostCrashError
from .pages import PHYSICS_BYTES, Pages
from .present import present
from .scene import Event, Scene
from .strictness import Strictness
from .track import GRAVITY, Drive, Track
from .truth import TruthWriter, percentile, write_statistics
from .view import AppCalls, View

OFF, REPLAY, LIVE, PAUSE = range(4)
_PHYSICS_RATE = 333
_MPH = 2.2369363
_FLOAT = struct.Struct("<f")
_PAGE_SIZES: dict[str, dict[str, int] | None] = {
    "as 1.16.4": None,
    "documented": {"acpmf_physics": PHYSICS_BYTES, "acpmf_graphics": 296, "acpmf_static": 684},
    "competizione": None,
    "old": {"acpmf_physics": 412, "acpmf_graphics": 252, "acpmf_static": 524},
    "short": {"acpmf_physics": 100, "acpmf_graphics": 100, "acpmf_static": 100},
    "missing": {},
}


class Game(AppCalls):
    """One session from acMain to acShutdown."""

    def __init__(self, root: Path, scene: Scene) -> None:
        self._root, self._scene = root, scene
        self._chance = random.Random(scene.seed)
        self.drive = Drive(Track(scene.lap_seconds))
        self._state: dict[int, Any] = {}
        self._fault = "none"
        self.api = AcApi(root, self._car_state, self._facts())
        self._strictness = Strictness(root)
        self._status = LIVE
        self._stands_still = False
        self._scale = scene.scale
        self._fps = scene.fps
        self._lag = scene.lag
        self._drop_presents = scene.drop_presents
        self._tick = 0
        self._seconds = 0.0
        self._physics_steps = 0.0
        self._graphics_packet = 0
        self._covered_until = self._black_until = self._closed_until = 0.0
        self._events = deque(sorted(scene.events, key=lambda event: event.at))
        self._modules: dict[str, ModuleType] = {}
        self._drawn: deque[pygame.Surface] = deque()
        self._free: list[pygame.Surface] = []
        self._frame_ms: list[float] = []
        self._update_ms: list[float] = []
        self._has_quit = False
        self._panel_texts = ""
        self._orders_read = 0

    def _facts(self) -> dict[str, Any]:
        return {
            "car": "ks_double",
            "skin": "00_red",
            "track": "ks_loop",
            "layout": "short",
            "driver": "Test Driver",
            "track_length": self.drive.track.length,
            "in_pit": 0,
        }

    # --- a session

    def run(self) -> None:
        """Everything from the window to the end of the session."""
        pages_kind = self._scene.pages
        self._pages = Pages(sizes=_PAGE_SIZES[pages_kind]) if pages_kind != "missing" else Pages(sizes={})
        self._write_static("1.9" if pages_kind == "competizione" else "1.7")
        pygame.display.init()
        pygame.font.init()
        self._open_window(self._scene.size)
        self._truth = TruthWriter(self._root)
        try:
            self._set_state(0.0)
            self._load_apps()
            self._loop()
            self._unload_apps()
        finally:
            self._truth.close()
            self._write_statistics()
            self._pages.close()
            pygame.quit()

    def _open_window(self, size: tuple[int, int]) -> None:
        pygame.display.set_caption(self._scene.title)
        self._screen = pygame.display.set_mode(size, pygame.RESIZABLE)
        self._view = View(size)
        self._drawn.clear()
        self._free.clear()

    def _loop(self) -> None:
        last = time.perf_counter()
        due = last
        while not self._has_quit:
            due = self._wait(due)
            now = time.perf_counter()
            delta_t, last = now - last, now
            self._seconds += delta_t
            self._frame_ms.append(delta_t * 1000)
            self._take_orders()
            self._run_events()
            self._frame(delta_t)

    def _wait(self, due: float) -> float:
        """Sleep until the next frame is due, and say when that was."""
        if self._fps == 0:
            return time.perf_counter()
        if self._fps == "irregular":
            due += self._chance.uniform(0.006, 0.045)
        else:
            due += 1 / float(self._fps)
        left = due - time.perf_counter()
        if left > 0:
            time.sleep(left)
            return due
        return time.perf_counter() if left < -0.1 else due

    def _frame(self, delta_t: float) -> None:
        is_live = self._status == LIVE
        if is_live and not self._stands_still:
            self.drive.advance(delta_t)
            self._physics_steps += delta_t * _PHYSICS_RATE
        self._tick += 1
        self._set_state(delta_t)
        self._write_pages()
        self._call_apps("acUpdate", delta_t)
        self._note_panel()
        if self._has_window():
            self._draw(delta_t)
        self._tell_truth(delta_t)
        for event in pygame.event.get() if pygame.display.get_init() else ():
            if event.type == pygame.QUIT:
                self._has_quit = True

    def _has_window(self) -> bool:
        if not pygame.display.get_init() and self._seconds >= self._closed_until:
            pygame.display.init()
            self._open_window(self._scene.size)
        return bool(pygame.display.get_init())

    def _draw(self, delta_t: float) -> None:
        surface = self._free.pop() if self._free else pygame.Surface(self._screen.get_size()).convert()
        self._view.draw_scene(surface, self.drive, self._tick)
        self._view.draw_apps(surface, self.api, self._scale, delta_t, self)
        if self._seconds < self._covered_until:
            x, y = self._scene.panel
            surface.fill((40, 60, 90), (x * self._scale - 5, y * self._scale - 5, 380 * self._scale, 180 * self._scale))
        if self._seconds < self._black_until:
            surface.fill((0, 0, 0))
        if self._tick in self._scene.dump_ticks:
            pygame.image.save(surface, str(self._root / f"frame_{self._tick:06d}.png"))
        self._drawn.append(surface)
        self._present()

    def _present(self) -> None:
        """Bring that frame to the screen which is due after the lag."""
        lag = self._chance.randrange(4) if self._lag == "random" else int(self._lag)
        shown = None
        while len(self._drawn) > lag:
            if shown is not None:
                self._free.append(shown)
            shown = self._drawn.popleft()
        if shown is None:
            return
        if self._chance.random() >= self._drop_presents:
            self._screen.blit(shown, (0, 0))
            present()
        self._free.append(shown)

    # --- apps

    def _load_apps(self) -> None:
        apps = sorted(path.name for path in Path("apps/python").iterdir() if path.name != "system")
        sys.path.append("apps/python/system")
        sys.modules["ac"] = self.api.module
        self.api.engine_log("Cleaning Python Cache")
        for name in apps:
            sys.path.append(f"apps/python/{name}")
            self.api.engine_log(f"Init PyPlugin {name}")
            try:
                with self._strictness.app_code():
                    self._modules[name] = importlib.import_module(name)
                    self._modules[name].acMain("1.16.4")
            except HostCrashError:
                raise
            except Exception:
                self.api.engine_log(f"ERROR LOADING MODULE {name}")
                self._log_traceback()
        for window in self.api.windows:
            window.position = self._scene.panel if window.name == "SyncLogger" else (900, 20)

    def _call_apps(self, function: str, *args: object) -> None:
        for module in self._modules.values():
            if hasattr(module, function):
                self.call(getattr(module, function), *args)

    def call(self, function: Any, *args: object) -> object:
        """Call into an app under the game's conditions. What it raises goes to the log, the game goes on."""
        try:
            with self._strictness.app_code():
                return self._timed(function, *args)
        except HostCrashError:
            raise
        except Exception:
            self.api.violations.append(f"{function.__name__} raised")
            self._log_traceback()
            return None

    def _timed(self, function: Any, *args: object) -> object:
        if function.__name__ != "acUpdate" or function.__module__ != "logger":
            return function(*args)
        began = time.perf_counter()
        try:
            return function(*args)
        finally:
            self._update_ms.append((time.perf_counter() - began) * 1000)

    def _log_traceback(self) -> None:
        for line in traceback.format_exc().encode("ascii", "replace").decode("ascii").splitlines():
            self.api.ac_log(line)

    def _unload_apps(self) -> None:
        for module in reversed(list(self._modules.values())):
            if hasattr(module, "acShutdown"):
                self.call(module.acShutdown)

    def _panel(self) -> Any:
        return next((window for window in self.api.windows if window.name == "SyncLogger"), None)

    def _note_panel(self) -> None:
        """Keep what the panel says, whenever it changes."""
        panel = self._panel()
        texts = " | ".join(control.text for control in panel.controls if control.text) if panel else ""
        if texts != self._panel_texts:
            self._panel_texts = texts
            with (self._root / "panel.txt").open("a", encoding="utf-8") as file:
                file.write(texts + "\n")

    # --- events

    def _take_orders(self) -> None:
        """Events that whoever watches the run decides on while it goes."""
        if not self._scene.obeys:
            return
        # Opened each time: under Wine a file that was read to its end does not grow.
        with (self._root / "orders.txt").open("rb") as file:
            file.seek(self._orders_read)
            lines = file.readlines()
            self._orders_read = file.tell()
        orders = [Event(self._seconds, *json.loads(line)) for line in lines]
        self._events.extendleft(reversed(orders))

    def _run_events(self) -> None:
        while self._events and self._events[0].at <= self._seconds:
            event = self._events.popleft()
            getattr(self, f"_do_{event.do}")(event)

    def _do_click(self, event: Event) -> None:
        button = next(control for control in self._panel().controls if control.kind == "button")
        self.call(button.on_clicked, 12.0, 9.0)

    def _do_pause(self, event: Event) -> None:
        self._status = PAUSE

    def _do_replay(self, event: Event) -> None:
        self._status = REPLAY

    def _do_resume(self, event: Event) -> None:
        self._status, self._stands_still = LIVE, False

    _do_live = _do_resume

    def _do_standstill(self, event: Event) -> None:
        self._stands_still = True

    def _do_pit(self, event: Event) -> None:
        self.drive.stands_in_pit = True
        self.api.facts["in_pit"] = 1

    def _do_leave_pit(self, event: Event) -> None:
        self.drive.stands_in_pit = False
        self.api.facts["in_pit"] = 0

    def _do_cut(self, event: Event) -> None:
        self.drive.cut(float(event.value or 0.5))

    def _do_restart_session(self, event: Event) -> None:
        self.drive.restart()

    def _do_move_panel(self, event: Event) -> None:
        self._panel().position = tuple(event.value)

    def _do_scale(self, event: Event) -> None:
        self._scale = float(event.value)

    def _do_close_panel(self, event: Event) -> None:
        self._panel().is_open = False

    def _do_open_panel(self, event: Event) -> None:
        self._panel().is_open = True

    def _do_cover_panel(self, event: Event) -> None:
        self._covered_until = self._seconds + float(event.value)

    def _do_resize(self, event: Event) -> None:
        self._open_window(tuple(event.value))

    def _do_move_window(self, event: Event) -> None:
        pygame.display.set_window_position(tuple(event.value))

    def _do_minimise(self, event: Event) -> None:
        pygame.display.iconify()

    def _do_close_window(self, event: Event) -> None:
        self._closed_until = self._seconds + float(event.value)
        pygame.display.quit()

    def _do_black(self, event: Event) -> None:
        self._black_until = self._seconds + float(event.value)

    def _do_restore(self, event: Event) -> None:
        pygame.display.get_desktop_sizes()
        self._open_window(self._screen.get_size())

    def _do_hang(self, event: Event) -> None:
        time.sleep(float(event.value))

    def _do_fps(self, event: Event) -> None:
        self._fps = event.value

    def _do_lag(self, event: Event) -> None:
        self._lag = event.value

    def _do_drop_presents(self, event: Event) -> None:
        self._drop_presents = float(event.value)

    def _do_fault(self, event: Event) -> None:
        self._fault = event.value

    def _do_crash(self, event: Event) -> None:
        os._exit(9)

    def _do_quit(self, event: Event) -> None:
        self._has_quit = True

    # --- what the game says

    def _set_state(self, delta_t: float) -> None:
        """The answers of getCarState at this tick. Numbers with a fraction are C floats, as in AC."""
        drive = self.drive
        point = drive.track.at(drive.car.distance)
        gas, brake = drive.pedals
        cs: Any = acsys.CS
        speed = drive.car.speed
        acc = (drive.lateral_g, 1.0, drive.car.acceleration / GRAVITY)
        self._values = {
            cs.SpeedMS: speed,
            cs.SpeedMPH: speed * _MPH,
            cs.SpeedKMH: speed * 3.6,
            cs.Gas: gas,
            cs.Brake: brake,
            cs.Clutch: 1.0,
            cs.Steer: drive.steering_wheel_degrees,
            cs.AccG: acc,
            cs.NormalizedSplinePosition: drive.spline_position,
            cs.PerformanceMeter: drive.performance_meter,
            cs.WorldPosition: (point.x, 0.0, point.z),
            cs.LocalVelocity: (0.0, 0.0, speed),
            cs.RPM: 1500 + speed * 100,
        }
        self._state = {key: _as_c_float(value) for key, value in self._values.items()}
        self._state[cs.Gear] = drive.gear
        self._state[cs.LapCount] = drive.lap_count
        self._state[cs.LapTime] = int(drive.lap_time * 1000)
        self._state[cs.LastLap] = drive.last_lap_ms
        self._state[cs.BestLap] = 0
        self._state[cs.LapInvalidated] = int(not drive.lap_is_valid)

    def _car_state(self, car: int, identifier: int) -> Any:
        if self._fault == "raise":
            raise RuntimeError("getCarState failed")
        if car != 0 or self._fault == "zero":
            return 0
        if self._fault == "minus_one":
            return -1
        value = self._state.get(identifier, 0)
        if self._fault == "nan" and isinstance(value, float):
            return float("nan")
        return value

    def _write_static(self, version: str) -> None:
        put, text = self._pages.put, self._pages.text
        text("acpmf_static", 0, 15, version)
        text("acpmf_static", 30, 15, "1.16.4")
        text("acpmf_static", 68, 33, "ks_double")
        text("acpmf_static", 134, 33, "ks_loop")
        text("acpmf_static", 200, 33, "Test")
        text("acpmf_static", 266, 33, "Driver")
        put("acpmf_static", 520, "f", self.drive.track.length)

    def _write_pages(self) -> None:
        put, drive = self._pages.put, self.drive
        speed = drive.car.speed
        heading = drive.track.at(drive.car.distance).heading
        put("acpmf_physics", 0, "i", int(self._physics_steps))
        put("acpmf_physics", 20, "i", int(1500 + speed * 100))
        put("acpmf_physics", 56, "4f", 0.1, 0.1, 0.2, 0.2)
        put("acpmf_physics", 72, "4f", 2500, 2500, 2900, 2900)
        put("acpmf_physics", 208, "3f", heading, 0.01, 0.0)
        put("acpmf_physics", 244, "i", drive.car.tyres_out)
        self._graphics_packet += 2
        put("acpmf_graphics", 0, "i", self._graphics_packet)
        put("acpmf_graphics", 4, "ii", self._status, 0)
        put("acpmf_graphics", 132, "i", drive.lap_count)
        put("acpmf_graphics", 160, "i", self.api.facts["in_pit"])
        put("acpmf_graphics", 276, "if", self.api.facts["in_pit"], 0.98)

    def _tell_truth(self, delta_t: float) -> None:
        cs: Any = acsys.CS
        state = self._state
        values = [state[getattr(cs, name)] for name in ("Gas", "Brake", "Clutch", "Gear", "Steer")]
        laps = [state[getattr(cs, name)] for name in ("LapCount", "LapTime", "LastLap")]
        meters = [state[cs.NormalizedSplinePosition], state[cs.PerformanceMeter]]
        rest = [
            self.drive.car.tyres_out,
            self._status,
            self.api.facts["in_pit"],
            self._update_ms[-1] if self._update_ms else 0.0,
        ]
        seen = [*values, *state[cs.AccG], state[cs.SpeedMPH], *laps, *meters, *rest]
        self._truth.add([self._tick, self._seconds, delta_t, *seen])

    def _write_statistics(self) -> None:
        # The first second loads and warms up.
        frames, updates = sorted(self._frame_ms[60:]), sorted(self._update_ms[60:])
        statistics = {
            "ticks": self._tick,
            "seconds": self._seconds,
            "fps": 1000 * len(frames) / sum(frames) if frames else 0.0,
            "frame_ms": {f"p{p}": percentile(frames, p) for p in (50, 95, 99)},
            "acupdate_ms": {f"p{p}": percentile(updates, p) for p in (50, 95, 99)},
            "violations": self.api.violations[:20],
        }
        write_statistics(self._root, statistics)


def _as_c_float(value: float | tuple[float, ...]) -> Any:
    if isinstance(value, tuple):
        return tuple(_FLOAT.unpack(_FLOAT.pack(part))[0] for part in value)
    return _FLOAT.unpack(_FLOAT.pack(value))[0]
