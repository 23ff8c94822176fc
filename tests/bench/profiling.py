"""Where the time of one second of recording goes.

Prints, for each thread of the recorder and for the processes beside it, how often each part ran in a second of
recording, for how long (waiting and switched out counted), and what of that was processor time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from tests import environment
from tests.bench.measure import record_changing_window, scratch_folder

# Named so by the recorder.
_THREADS = {"MainThread": "main: tick, grab, pair", "encode": "encoders", "store": "writer", "sync": "syncer"}


def profile(size: tuple[int, int], fps: float = 200.0, seconds: float = 6.0) -> None:
    """Record a changing window for so long on a display of its own, and print where the time went."""
    display = environment.start_display(*size)
    os.environ["DISPLAY"] = display.name
    try:
        with scratch_folder() as folder:
            found = _record(folder, size, fps, seconds, display.server.pid)
    finally:
        display.stop()
    _print(found, f"{size[0]}x{size[1]}")


def _record(folder: Path, size: tuple[int, int], fps: float, seconds: float, server: int) -> dict[str, Any]:
    """Record with stopwatches; what they showed, and the processor seconds of the processes beside the recorder."""
    shown = folder / "profile.json"
    plan = {"size": size, "fps": fps, "seconds": seconds, "profile": str(shown)}
    server_seconds = _processor_seconds_of(server)
    recorded = record_changing_window(folder, plan)
    found: dict[str, Any] = json.loads(shown.read_text(encoding="utf-8"))
    found["take"] = recorded["take"]
    found["beside"] = {"the changing window": recorded["own_cpu"], "the X server": server_seconds()}
    return found


def _processor_seconds_of(process: int) -> Callable[[], float]:
    """What tells the processor seconds of a process since now."""
    watched = psutil.Process(process)
    before = sum(watched.cpu_times()[:2])
    return lambda: sum(watched.cpu_times()[:2]) - before


def _print(found: dict[str, Any], size: str) -> None:
    seconds = found["seconds"]
    rates = found["take"]["rates"]
    print(f"\nOne second of recording at {size}, mean of {seconds:.1f} s")
    print(f"{rates['game_ticks_per_second']:.0f} frames of the game, {rates['pictures_per_second']:.0f} pictures\n")
    print(f"{'thread, part':<34}{'times':>8}{'ms':>9}{'ms of processor':>18}{'processor ms each':>20}")
    for thread, cpu in sorted(found["threads_cpu"].items(), key=lambda item: -item[1]):
        _print_thread(_THREADS.get(thread, thread), cpu, found["parts"].get(thread, {}), seconds)
    print("beside it")
    for process, cpu in found["beside"].items():
        _print_line(process, None, None, cpu / seconds)


def _print_thread(name: str, cpu: float, parts: dict[str, dict[str, float]], seconds: float) -> None:
    print(f"{name:<34}{'':>8}{'':>9}{1000 * cpu / seconds:>18.1f}")
    for part, spent in sorted(parts.items(), key=lambda item: -item[1]["cpu"]):
        _print_line(part, spent["calls"] / seconds, spent["wall"] / seconds, spent["cpu"] / seconds)
    rest = cpu - sum(spent["cpu"] for spent in parts.values())
    _print_line("the rest, and the stopwatches", None, None, rest / seconds)


def _print_line(part: str, times: float | None, wall: float | None, cpu: float) -> None:
    """A line of the table; the arguments are those of one second."""
    counted = "" if times is None else f"{times:.0f}"
    lasted = "" if wall is None else f"{1000 * wall:.1f}"
    each = f"{1000 * cpu / times:.3f}" if times else ""
    print(f"  {part:<32}{counted:>8}{lasted:>9}{1000 * cpu:>18.1f}{each:>20}")
