"""The game: one frame after the other, with the apps called between them as AC calls them."""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
import time
import traceback
from collections import deque
from pathlib import Path
from types import ModuleType
from typing import Any

import pygame

from . import acsys, witness
from .ac_api import MOVED_OPACITY, AcApi, HostCrashError
from .filters import FILTERS
from .page_fields import PAGES
from .pages import Pages, app_looks_into
from .present import present
from .readings import LIVE, OFF, PAUSE, REPLAY, Readings
from .scene import Event, Scene
from .strictness import Strictness
from .track import Drive, Track
from .truth import TruthWriter, percentile, write_statistics
from .view import AppCalls, View

_PAGE_SIZES: dict[str, dict[str, int] | None] = {
    "as 1.16.4": None,
    "documented": {page.name: page.size for page in PAGES},
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
        version = "1.9" if scene.pages == "competizione" else "1.7"
        self.readings = Readings(self.drive, version=version)
        self.api = AcApi(root, self.readings)
        self._strictness = Strictness(root)
        self._scale = scene.scale
        self._fps = scene.fps
        self._lag = scene.lag
        self._drop_presents = scene.drop_presents
        self._filter = "none"
        self._keep_as = ""
        self._bands = 1
        self._has_upper_witness = False
        self._tick = 0
        self._seconds = 0.0
        self._covered_until = self._black_until = self._desktop_until = self._closed_until = 0.0
        self._draw_apps_every = 1
        self._events = deque(sorted(scene.events, key=lambda event: event.at))
        self._modules: dict[str, ModuleType] = {}
        self._drawn: deque[pygame.Surface] = deque()
        self._free: list[pygame.Surface] = []
        self._frame_ms: list[float] = []
        self._update_ms: list[float] = []
        self._has_quit = False
        self._panel_texts = ""
        self._orders_read = 0

    # --- a session

    def run(self) -> None:
        """Everything from the window to the end of the session."""
        self._pages = Pages(self._root, sizes=_PAGE_SIZES[self._scene.pages])
        self.readings.write_static(self._pages)
        pygame.display.init()
        pygame.font.init()
        self._open_window(self._scene.size)
        self._truth = TruthWriter(self._root)
        try:
            with app_looks_into(self._root):
                self._load_apps()
                self._loop()
                self._unload_apps()
        finally:
            self._truth.close()
            self._write_statistics()
            self._pages.close()
            self.api.close()
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
        self._tick += 1
        self.readings.advance(delta_t)
        self.readings.write(self._pages)
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
        if self._tick % self._draw_apps_every == 0:
            self._view.draw_apps(surface, self.api, self._scale, delta_t, self)
            if self._draw_apps_every > 1:
                self._view.keep_apps(surface, self.api, self._scale)
        else:
            self._view.show_kept_apps(surface)
        if self._seconds < self._covered_until:
            x, y = self._scene.panel
            surface.fill((40, 60, 90), (x * self._scale - 5, y * self._scale - 5, 380 * self._scale, 180 * self._scale))
        if self._has_upper_witness:
            witness.draw(surface, self._tick, is_upper=True)
        if self._filter != "none":
            FILTERS[self._filter](surface)
            witness.draw(surface, self._tick)  # no filter shall touch the truth
        if self._seconds < self._black_until:
            surface.fill((0, 0, 0))
        if self._seconds < self._desktop_until:
            self._view.draw_desktop(surface, self._seconds)
        if self._tick in self._scene.dump_ticks:
            pygame.image.save(surface, str(self._root / f"frame_{self._tick:06d}.png"))
        if self._keep_as:
            pygame.image.save(surface, str(self._root / f"{self._keep_as}.png"))
            self._keep_as = ""
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
            self._show(shown)
        self._free.append(shown)

    def _show(self, frame: pygame.Surface) -> None:
        if self._bands == 1:
            self._screen.blit(frame, (0, 0))
            present()
            return
        width, height = frame.get_size()
        for band in range(self._bands):
            top, bottom = (height * edge // self._bands for edge in (band, band + 1))
            part = pygame.Rect(0, top, width, bottom - top)
            self._screen.blit(frame, part, part)
            pygame.display.update(part)

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
            except Exception:
                self.api.engine_log(f"ERROR LOADING MODULE {name}")
                self._log_traceback()
            self._end_if_crashed()
        for window in self.api.windows:
            window.position = self._scene.panel if window.name == "SyncLogger" else (900, 20)

    def _call_apps(self, function: str, *args: object) -> None:
        for module in self._modules.values():
            if hasattr(module, function):
                self.call(getattr(module, function), *args)

    def call(self, function: Any, *args: object) -> object:
        """Call into an app under the game's conditions. What it raises goes to the log, the game goes on."""
        returned = None
        try:
            with self._strictness.app_code():
                returned = self._timed(function, *args)
        except Exception:
            self.api.violations.append(f"{function.__name__} raised")
            self._log_traceback()
        self._end_if_crashed()
        return returned

    def _end_if_crashed(self) -> None:
        """Also where the app caught what ended the game: nothing catches a crash."""
        if self.api.crash:
            raise HostCrashError(self.api.crash)

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
        self.readings.status = PAUSE

    def _do_replay(self, event: Event) -> None:
        self.readings.status = REPLAY

    def _do_resume(self, event: Event) -> None:
        self.readings.status, self.readings.stands_still = LIVE, False

    _do_live = _do_resume

    def _do_off(self, event: Event) -> None:
        self.readings.status = OFF

    def _do_standstill(self, event: Event) -> None:
        self.readings.stands_still = True

    def _do_pit(self, event: Event) -> None:
        self.drive.stands_in_pit = True

    def _do_pit_lane(self, event: Event) -> None:
        self.drive.stands_in_pit, self.drive.is_in_pit_lane = False, True

    def _do_leave_pit(self, event: Event) -> None:
        self.drive.stands_in_pit = self.drive.is_in_pit_lane = False

    def _do_cut(self, event: Event) -> None:
        self.drive.cut(float(event.value or 0.5))

    def _do_restart_session(self, event: Event) -> None:
        self.drive.restart()

    def _do_move_panel(self, event: Event) -> None:
        panel = self._panel()
        panel.position = tuple(float(value) for value in event.value)
        panel.opacity = MOVED_OPACITY

    def _do_scale(self, event: Event) -> None:
        self._scale = float(event.value)

    def _do_close_panel(self, event: Event) -> None:
        self._panel().is_open = False

    def _do_open_panel(self, event: Event) -> None:
        self._panel().is_open = True

    def _do_cover_panel(self, event: Event) -> None:
        self._covered_until = self._seconds + float(event.value)

    def _do_draw_apps_every(self, event: Event) -> None:
        self._draw_apps_every = int(event.value)

    def _do_desktop(self, event: Event) -> None:
        self._desktop_until = self._seconds + float(event.value)

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

    def _do_filter(self, event: Event) -> None:
        self._filter = str(event.value)

    def _do_upper_witness(self, event: Event) -> None:
        self._has_upper_witness = True

    def _do_bands(self, event: Event) -> None:
        self._bands = int(event.value)

    def _do_keep_frame(self, event: Event) -> None:
        self._keep_as = str(event.value)

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
        self.readings.faults.car_state = event.value

    def _do_camera(self, event: Event) -> None:
        self.api.camera_mode = event.value

    def _do_focus(self, event: Event) -> None:
        self.api.focused_car = event.value

    def _do_stale(self, event: Event) -> None:
        self.readings.faults.stale_pages = frozenset(event.value)

    def _do_say(self, event: Event) -> None:
        self.readings.faults.odd = dict(event.value)

    def _do_crash(self, event: Event) -> None:
        os._exit(9)

    def _do_quit(self, event: Event) -> None:
        self._has_quit = True

    # --- what is kept for the tests

    def _tell_truth(self, delta_t: float) -> None:
        cs: Any = acsys.CS
        state = self.readings.told
        values = [state[getattr(cs, name)] for name in ("Gas", "Brake", "Clutch", "Gear", "Steer")]
        laps = [state[getattr(cs, name)] for name in ("LapCount", "LapTime", "LastLap")]
        meters = [state[cs.NormalizedSplinePosition], state[cs.PerformanceMeter]]
        rest = [
            self.drive.car.tyres_out,
            self.readings.status,
            int(self.drive.stands_in_pit),
            self._update_ms[-1] if self._update_ms else 0.0,
            *(self._panel().position if self._panel() else (0.0, 0.0)),
            self._panel().size[1] if self._panel() else 0.0,
        ]
        seen = [*values, *state[cs.AccG], state[cs.SpeedMPH], *laps, *meters, *rest]
        self._truth.add([self._tick, self._seconds, delta_t, *seen])

    def _write_statistics(self) -> None:
        # The first second loads and warms up.
        panel = self._panel()
        frames, updates = sorted(self._frame_ms[60:]), sorted(self._update_ms[60:])
        statistics = {
            "ticks": self._tick,
            "seconds": self._seconds,
            "fps": 1000 * len(frames) / sum(frames) if frames else 0.0,
            "frame_ms": {f"p{p}": percentile(frames, p) for p in (50, 95, 99)},
            "acupdate_ms": {f"p{p}": percentile(updates, p) for p in (50, 95, 99)},
            "violations": self.api.violations[:20],
            "panel_opacity": panel.opacity if panel else None,
        }
        write_statistics(self._root, statistics)
