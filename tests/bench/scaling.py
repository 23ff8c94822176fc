"""How the cost grows: with resolution, encoder threads, queue length, files, pictures, and fewer cores."""

from __future__ import annotations

import csv
import os
import shutil
import time
from pathlib import Path
from typing import Any

from lib.captures.files import write_json
from lib.captures.names import DATA_FILE, picture_name, take_file_name, ticks_file_name
from lib.recorder.saving.encode import JpegOptions
from lib.recorder.saving.frame import Frame, TakeFiles
from lib.recorder.saving.pipeline import Pipeline
from tests.bench import parts
from tests.bench.measure import Size, changing_window, drive_double, record_changing_window, scratch_folder

SIZES: tuple[Size, ...] = ((1280, 720), (1920, 1080), (2560, 1440), (3840, 2160))
_FRAMES = 60
_SMALL = (640, 360)
_FAST = 400


def by_resolution(runs: int) -> list[dict[str, Any]]:
    """Milliseconds per picture of grab and encode alone."""
    found = []
    for size in SIZES:
        with scratch_folder() as folder, changing_window(size, 30, 120):
            alone = parts.limits(size, folder, [1], runs)
        found.append({"size": f"{size[0]}x{size[1]}", "megapixels": size[0] * size[1] / 1e6, **alone})
    return found


def by_threads(most: int) -> list[dict[str, Any]]:
    """Pictures per second through the recorder's own pipeline at 1080p."""
    return [{"threads": count, "per_second": _pipeline_rate(count, 16)} for count in range(1, most + 1)]


def by_queue() -> list[dict[str, Any]]:
    """The same with one encoder, with at most so many pictures under way."""
    return [{"queue": length, "per_second": _pipeline_rate(1, length)} for length in (1, 2, 4, 8, 16)]


def by_files(counts: tuple[int, ...]) -> list[dict[str, Any]]:
    """Launching the recorder, starting a take and storing a small picture among so many files."""
    found = []
    for count in counts:
        with scratch_folder() as folder:
            captures = folder / "captures"
            _fill(captures, count)
            recorded = record_changing_window(folder, {"size": _SMALL, "fps": 60, "seconds": 1})
            take = recorded["take"]["take"]
            rate = _pipeline_rate(1, 16, captures, take + 1, _SMALL)
            first = _first_picture_ms(captures / ticks_file_name(take))
        found.append(
            {"files": count, "ready_s": recorded["ready_s"], "first_picture_ms": first, "store_ms": 1000 / rate}
        )
    return found


def _fill(captures: Path, count: int) -> None:
    """A take of so many pictures, empty ones."""
    with (captures / DATA_FILE).open("w", encoding="ascii", newline="\n") as table:
        for number in range(1, count + 1):
            name = picture_name(1, number)
            (captures / name).touch()
            table.write(f"{name},0,0,1,3,12.5,0.1,0.1,88.25,TRUE,12.345,0.000,0.5,0,0\n")
    if count:
        write_json(captures / take_file_name(1), {"format": 1, "take": 1, "how_it_ended": "stopped"})


def _first_picture_ms(ticks: Path) -> float:
    """From the first tick of a take to the end of the grab of its first picture."""
    with ticks.open(encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    saved = next(row for row in rows if row["outcome"] == "saved")
    return (float(saved["grab_end"]) - float(rows[0]["time"])) * 1000


def by_pictures(most: int) -> list[dict[str, Any]]:
    """The recorder's memory while it saves so many small pictures."""
    with scratch_folder() as folder:
        found = record_changing_window(folder, {"size": _SMALL, "fps": _FAST, "pictures": most})
    return [{"pictures": pictures, "megabytes": megabytes} for pictures, megabytes in found["memory"]]


def by_cores(seconds: float) -> list[dict[str, Any]]:
    """The double's frame rate and frame times with and without recording, on one core and on all."""
    everywhere = os.sched_getaffinity(0)
    found = []
    try:
        for cores in range(1, len(everywhere) + 1):
            os.sched_setaffinity(0, set(sorted(everywhere)[:cores]))
            for fps in (60, 144):
                for records in (False, True):
                    host = drive_double((1280, 720), seconds, records, fps)
                    said = host.statistics
                    shutil.rmtree(host.root)
                    p99 = said["frame_ms"]["p99"]
                    found.append({"cores": cores, "hz": fps, "records": records, "fps": said["fps"], "p99_ms": p99})
    finally:
        os.sched_setaffinity(0, everywhere)
    return found


def _pipeline_rate(
    encoders: int, queue: int, captures: Path | None = None, take: int = 1, size: Size = (1920, 1080)
) -> float:
    """Pictures per second from submitting to their rows."""
    if captures is None:
        with scratch_folder() as folder:
            return _pipeline_rate(encoders, queue, folder / "captures", take, size)
    pipeline = Pipeline(captures, encoders)
    files = TakeFiles.of(captures, take)
    pixels = parts.raw_picture(size)
    options = JpegOptions(size, parts.QUALITY, parts.SUBSAMPLING)
    began = time.perf_counter()
    for number in range(1, _FRAMES + 1):
        while pipeline.in_flight >= queue:
            time.sleep(0.0002)
        name = picture_name(take, number)
        pipeline.submit(Frame(files, number, name, bytearray(pixels), size, None, options, b"{}", b"row\n"))
    while pipeline.in_flight:
        time.sleep(0.0002)
    taken = time.perf_counter() - began
    pipeline.close(time.perf_counter() + 10)
    return _FRAMES / taken
