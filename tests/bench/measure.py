"""The measures of the design, section 8, each beside its limit and its baseline in one run."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from PIL import Image

from lib.captures.lock import FolderBusyError, FolderLock
from tests.bench import parts
from tests.end_to_end.captures import Captures
from tests.environment import ROOT
from tests.host import witness
from tests.host.run import Host, run_host
from tests.host.scene import Event, Scene

Size = tuple[int, int]
# The source must never be what limits the recorder, nor take more of the machine than it must.
_SOURCE_HEADROOM = 1.25
_FASTEST_SOURCE = 500.0
_QUIET_SECONDS = 1.0
_RECORDER_ENDS_SECONDS = 10.0


@dataclass(frozen=True)
class Effort:
    """How long each measurement takes. `rounds`: how often baseline and measure take turns."""

    rounds: int
    runs: int
    png_runs: int
    seconds: float


QUICK = Effort(rounds=1, runs=20, png_runs=3, seconds=4)
FULL = Effort(rounds=3, runs=60, png_runs=6, seconds=8)


def measure(size: Size, effort: Effort) -> dict[str, Any]:
    """All measures at one resolution."""
    rounds = [_round(size, effort) for _ in range(effort.rounds)]
    found = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    return {**found, "encoder_threads": _encoders(), "rounds": rounds}


def _encoders() -> int:
    """As many as the recorder has."""
    return min(4, max(1, len(os.sched_getaffinity(0)) - 1))


def _others_share() -> float:
    """How much of the machine other programs take just now."""
    return float(psutil.cpu_percent(interval=_QUIET_SECONDS)) / 100


def _round(size: Size, effort: Effort) -> dict[str, float]:
    """Every limit, every baseline and every measure once, one behind the other."""
    others = _others_share()
    with scratch_folder() as folder, changing_window(size, 60, 600):
        alone = parts.limits(size, folder, sorted({1, 2, _encoders()}), effort.runs)
        png = statistics.median(parts.inline_png(size, folder, effort.png_runs))
        jpeg = statistics.median(parts.inline_jpeg(size, folder, effort.runs))
    limit = 1000 / max(alone["grab_ms"], alone[f"encode_{_encoders()}_ms"])
    source_fps = min(_FASTEST_SOURCE, _SOURCE_HEADROOM * limit)
    recorded = _recorded(size, source_fps, effort.seconds)
    with scratch_folder() as folder, changing_window(size, source_fps, 600):
        loop = parts.opencv_loop(size, folder, effort.seconds)
    driven = _in_the_double(size, effort.seconds)
    return {
        "others_share": others,
        **alone,
        "limit_per_s": limit,
        "inline_png_ms_p50": png,
        "inline_jpeg_ms_p50": jpeg,
        "loop_opencv_per_s": loop,
        **recorded,
        "pipeline_efficiency": recorded["saved_per_s"] / limit,
        **driven,
        "acupdate_to_inline_png": driven["acupdate_ms_p50"] / png,
    }


def record_changing_window(folder: Path, plan: dict[str, Any]) -> dict[str, Any]:
    """What a real recorder made, in `folder`, of a window that changes as `tests.bench.source` is told to."""
    plan = {"records": True, "folder": str(folder), **plan}
    done = subprocess.run(_command(plan), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _recorded(size: Size, fps: float, seconds: float) -> dict[str, float]:
    """A real recorder against a source that is faster than it can be."""
    with scratch_folder() as folder:
        found = record_changing_window(folder, {"size": size, "fps": fps, "seconds": seconds})
    return {
        "saved_per_s": found["take"]["rates"]["pictures_per_second"],
        "source_per_s": found["take"]["rates"]["game_ticks_per_second"],
        "recorder_rss_mb_peak": max(megabytes for _, megabytes in found["memory"]),
    }


def _in_the_double(size: Size, seconds: float) -> dict[str, float]:
    """The double at 60 Hz, without and with a recording: what the game loses, and whether rows and pictures agree."""
    without = drive_double(size, seconds, records=False)
    with_it = drive_double(size, seconds, records=True)
    idle, busy = without.statistics, with_it.statistics
    shutil.rmtree(without.root)
    captures = Captures(with_it.app / "captures")
    exact, first = _exact_share(captures), [_first_picture(captures, take) for take in (1, 2)]
    shutil.rmtree(with_it.root)
    return {
        "acupdate_ms_p50": busy["acupdate_ms"]["p50"],
        "acupdate_ms_p99": busy["acupdate_ms"]["p99"],
        "game_fps_ratio": busy["fps"] / idle["fps"],
        "game_frame_ms_p99_without": idle["frame_ms"]["p99"],
        "game_frame_ms_p99_with": busy["frame_ms"]["p99"],
        "paired_exact_share": exact,
        "first_picture_ticks": first[0],
        "first_picture_ticks_later": first[1],
    }


def drive_double(size: Size, seconds: float, records: bool, fps: float = 60) -> Host:
    clicks = (2.5, 2.5 + seconds, 4 + seconds, 5 + seconds) if records else ()
    events = [Event(at, "click") for at in clicks]
    scene = Scene(events=(*events, Event(6 + seconds, "quit")), size=size, fps=fps, lap_seconds=12)
    host = run_host(Path(tempfile.mkdtemp(prefix="synclogger-bench-")), scene)
    _wait_for_recorder(host.app / "captures")
    return host


def _wait_for_recorder(captures: Path) -> None:
    """The recorder outlives the game until all is saved; then it lets go of the folder."""
    until = time.perf_counter() + _RECORDER_ENDS_SECONDS
    while time.perf_counter() < until:
        try:
            FolderLock(captures).release()
        except FolderBusyError:
            time.sleep(0.05)
        else:
            return


def _exact_share(captures: Captures) -> float:
    ticks = captures.tick_of_picture()
    right = 0
    for name, tick in ticks.items():
        with Image.open(captures.folder / name) as picture:
            right += witness.read(picture) == tick
    return right / max(1, len(ticks))


def _first_picture(captures: Captures, take: int) -> float:
    """How many ticks after Start the first one is that became a picture."""
    return [line["outcome"] for line in captures.ticks(take)].index("saved")


@contextlib.contextmanager
def changing_window(size: Size, fps: float, seconds: float) -> Iterator[None]:
    """Changing pictures on the screen while the block runs."""
    plan = {"records": False, "size": size, "fps": fps, "seconds": seconds}
    process = subprocess.Popen(_command(plan), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("the window with changing pictures does not open")
        yield
    finally:
        process.kill()
        process.communicate()


def _command(plan: dict[str, Any]) -> list[str]:
    return [sys.executable, "-m", "tests.bench.source", json.dumps(plan)]


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="synclogger-bench-") as name:
        (Path(name) / "captures").mkdir()
        yield Path(name)
