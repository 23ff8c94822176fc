"""A game driven by hand: a window, a link, a real recorder process, and samples whose rows tell their tick.

Nothing of the app's in-game side is in here, so that a test can do to the recorder what no game would.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lib.link import mapped_file
from lib.link.mapped_file import GameLink, RecorderStatus
from lib.link.sample import Sample
from tests.environment import ROOT
from tests.faults.scene import PANEL_AT, SIZE, Scene
from tests.unit.samples import publish, slot_values

KEY = 0x51DECA5E
_NUMBERS = itertools.count(1)
_INTEGERS = Sample._fields[: Sample._fields.index("time")]
_END_SECONDS = 12.0


def sample_of(tick: int, take: int, **changes: Any) -> Sample:
    """A drive's sample. Its lap time counts ticks, so that a row says which tick it is: `tick_of_row`."""
    values: dict[str, Any] = {name: 0 if name in _INTEGERS else 0.0 for name in Sample._fields}
    values.update(
        physics=b"",
        graphics=b"",
        tick=tick,
        take=take,
        panel_shown=1,
        gear=3,
        lap_valid=1,
        lap_time_ms=tick,
        time=time.perf_counter(),
        gas=tick % 128 / 128,
        steer=tick % 61 * 1.5 - 45,
        speed_mph=90.0,
        spline_position=tick % 4096 / 4096,
        panel_x=float(PANEL_AT[0]),
        panel_y=float(PANEL_AT[1]),
    )
    values.update(changes)
    return Sample(**values)


def tick_of_row(cells: tuple[str, ...]) -> int:
    return round(float(cells[10]) * 1000)


def brief_of(settings: dict[str, Any] | None = None) -> bytes:
    content = {"app_version": "test", "settings": settings or {}, "game": {"car": "tatuusfa1"}, "problems": []}
    return json.dumps(content).encode()


class HandGame:
    """One game. `ticks` drives it; between calls it stands still."""

    recorder_module = "lib.recorder"

    def __init__(
        self,
        captures: Path,
        scratch: Path,
        display: str | None,
        size: tuple[int, int] = SIZE,
        settings: dict[str, Any] | None = None,
        hooks: dict[str, Any] | None = None,
        brief: bytes | None = None,
        environment: dict[str, str] | None = None,
        process_id: int | None = None,
    ) -> None:
        self.captures = captures
        self.scene = Scene(display, size) if display else None
        self.panel = True
        self.shows = True  # False: nothing is drawn, as into a window that isn't there
        self.tick = 0
        self.game_time = 0.0
        self._display = display
        self._scratch = scratch
        self._brief = brief_of(settings) if brief is None else brief
        self._hooks = hooks
        self._environment = environment or {}
        self._process_id = os.getpid() if process_id is None else process_id  # what the recorder is told
        self._due = 0.0
        self._closed = False
        self.last_status: RecorderStatus | None = None
        self.launch()

    def launch(self) -> None:
        """Start a recorder with a link of its own."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        stem = f"{os.getpid()}-{next(_NUMBERS)}"
        self.link_path = self._scratch / f"{stem}.link"
        self.log_path = self._scratch / f"{stem}.log"
        self.link = GameLink(str(self.link_path), KEY)
        self.link.write_brief(self._brief)
        module = self.recorder_module if self._hooks is None else "tests.faults.hooked_recorder"
        command = [sys.executable, "-X", "utf8", "-m", module, "--link", str(self.link_path)]
        command += ["--captures", str(self.captures), "--parent", str(self._process_id)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        if self._display:
            environment["DISPLAY"] = self._display
        if self._hooks is not None:
            environment["SYNCLOGGER_TEST_HOOKS"] = json.dumps(self._hooks)
        environment.update(self._environment)
        with self.log_path.open("ab") as log:
            self.recorder = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log
            )

    def launch_another(self) -> None:
        """What the game does after a recorder died: start another one. Ticks go on."""
        self.wait_recorder()
        self.link.close()
        self.link_path.unlink(missing_ok=True)
        self.last_status = None
        self.launch()

    # --- driving

    def ticks(self, count: int, take: int = 0, fps: float = 100.0, **changes: Any) -> None:
        """So many frames of the game, at that pace."""
        for _ in range(count):
            self.step(take, fps, **changes)

    def step(self, take: int = 0, fps: float = 100.0, **changes: Any) -> None:
        """One frame: the update, then the picture."""
        now = time.perf_counter()
        self._due = max(self._due + 1 / fps, now - 0.05)
        if self._due > now:
            time.sleep(self._due - now)
        self.tick += 1
        self.game_time += 1 / fps
        sample = sample_of(self.tick, take, **{"game_time": self.game_time, "delta_t": 1 / fps, **changes})
        publish(self.link, slot_values(sample))
        if self.scene is not None and self.shows:
            self.scene.show(self.tick, KEY, self.panel)
        self.last_status = self.link.status() or self.last_status

    def drive_until(
        self, done: Callable[[RecorderStatus], bool], take: int = 0, seconds: float = 10.0, **how: Any
    ) -> float:
        """Drive on until the recorder's status satisfies `done`; returns the seconds that took."""
        started = time.perf_counter()
        while time.perf_counter() - started < seconds:
            self.step(take, **how)
            if self.last_status is not None and done(self.last_status):
                return time.perf_counter() - started
        raise AssertionError(f"after {seconds} s the recorder still says {self.last_status}; its log: {self.log()}")

    def wait_ready(self) -> None:
        self.drive_until(lambda status: status.state == mapped_file.READY)

    def record(self, count: int, take: int, **how: Any) -> None:
        """Record so many ticks and wait until the take is closed."""
        self.ticks(count, take, **how)
        self.stop()

    def stop(self) -> None:
        """Press Stop and wait until everything is on the disk."""
        self.ticks(3)
        self.drive_until(lambda status: status.state == mapped_file.READY)

    def status(self) -> RecorderStatus:
        """As the app has it: while the recorder writes a new one, the one before."""
        self.last_status = self.link.status() or self.last_status
        assert self.last_status is not None
        return self.last_status

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    # --- the end

    def close(self) -> int:
        """End properly: ask the recorder to finish, wait for it. Returns its exit code."""
        if self._closed:
            return self.recorder.returncode or 0
        self._closed = True
        self.link.ask_to_close()
        code = self.wait_recorder()
        self.link.close()
        if self.scene is not None:
            with contextlib.suppress(Exception):
                self.scene.close()
        self.link_path.unlink(missing_ok=True)
        return code

    def wait_recorder(self) -> int:
        try:
            code = self.recorder.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.recorder.kill()
            self.recorder.wait()
            raise AssertionError(f"the recorder did not end; its log: {self.log()}") from None
        finally:
            if self.recorder.stdin is not None:
                self.recorder.stdin.close()
        return code

    def __enter__(self) -> HandGame:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: object) -> None:
        if kind is None:
            self.close()
            return
        self.recorder.kill()
        self.close()


def mend(captures: Path, scratch: Path) -> None:
    """What the next start of the recorder does to the folder."""
    with HandGame(captures, scratch, display=None) as game:
        game.wait_ready()
        assert game.close() == 0, game.log()
