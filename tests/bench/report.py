"""Prints the benchmark's table, and says on what it was measured."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from typing import Any

# (what, key, how it is written, what it must reach)
_ROWS = (
    ("acUpdate while recording, median", "acupdate_ms_p50", "{:.3f} ms", "0.1 or less"),
    ("acUpdate while recording, 99th percentile", "acupdate_ms_p99", "{:.3f} ms", "0.5 or less"),
    ("  the same, share of (a)", "acupdate_to_inline_png", "1/{0:.0f}", "1/1000 or less"),
    ("(a) grab + PNG inline in acUpdate", "inline_png_ms_p50", "{:.1f} ms", ""),
    ("(b) grab + Pillow JPEG inline", "inline_jpeg_ms_p50", "{:.1f} ms", ""),
    ("game's frame rate with / without recording", "game_fps_ratio", "{:.3f}", "0.97 or more"),
    ("game's frame time p99 without", "game_frame_ms_p99_without", "{:.1f} ms", ""),
    ("game's frame time p99 with", "game_frame_ms_p99_with", "{:.1f} ms", ""),
    ("saved pictures per second", "saved_per_s", "{:.1f}", "(c) or more"),
    ("limit: 1 / max(grab, encode / threads)", "limit_per_s", "{:.1f}", ""),
    ("  share of the limit", "pipeline_efficiency", "{:.2f}", "0.9 or more"),
    ("(c) separate loop, mss + OpenCV", "loop_opencv_per_s", "{:.1f}", ""),
    ("pictures whose row is the tick they show", "paired_exact_share", "{:.2%}", "100 %"),
    ("first picture after Start, first take", "first_picture_ticks", "{:.0f} ticks", "2 or less"),
    ("  the same, a later take", "first_picture_ticks_later", "{:.0f} ticks", "2 or less"),
    ("memory of the recorder, peak", "recorder_rss_mb_peak", "{:.0f} MB", "bounded"),
    ("share of the machine that other programs took", "others_share", "{:.0%}", "0, or it disturbs"),
)
_ALONE = (
    ("grab", "grab_ms", "ms"),
    ("copy a picture in memory", "copy_ms", "ms"),
    ("convert + encode, 1 thread", "encode_1_ms", "ms"),
    ("the same, each picture new in memory", "encode_new_ms", "ms"),
    ("convert + encode, 2 threads", "encode_2_ms", "ms"),
    ("write the JPEG", "write_ms", "ms"),
    ("size of the JPEG", "jpeg_kb", "kB"),
)
_WIDTH = 32


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    versions = {name: importlib.metadata.version(name) for name in ("mss", "Pillow", "opencv-python-headless")}
    return {
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        **versions,
    }


def print_table(found: dict[str, Any]) -> None:
    """One column per resolution: the median of the rounds, and their range."""
    sizes = [name for name in found if "x" in name]
    print("\nMeasured on " + ", ".join(f"{key} {value}" for key, value in found["machine"].items()))
    print("against an X server without a screen and a double of the game: not figures of the real game.\n")
    print(f"{'':<46}" + "".join(f"{size:>{_WIDTH}}" for size in sizes) + "   must reach")
    for what, key, form, goal in _ROWS:
        cells = "".join(f"{_cell(found[size], key, form):>{_WIDTH}}" for size in sizes)
        print(f"{what:<46}{cells}   {goal}")
    print("\nEach part alone, per picture:")
    for what, key, unit in _ALONE:
        cells = "".join(f"{_cell(found[size], key, '{:.2f} ' + unit):>{_WIDTH}}" for size in sizes)
        print(f"  {what:<44}{cells}")


def print_crash(measured: dict[str, Any]) -> None:
    """The start of a recorder after one that died late in a long drive."""
    print(f"\nAfter a crash in a take of {measured['pictures']} pictures:")
    print(f"{'  launched, mended and ready':<46}{_cell(measured, 'ready_s', '{:.2f} s'):>{_WIDTH}}   3 s or less")
    print(f"{'  memory of the recorder, peak':<46}{_cell(measured, 'peak_mb', '{:.0f} MB'):>{_WIDTH}}   100 MB or less")


def _cell(measured: dict[str, Any], key: str, form: str) -> str:
    """The median, and from where to where the rounds went."""
    seen = sorted(one[key] for one in measured["rounds"])
    median = _written(measured[key], form)
    if len(seen) < 2:
        return median
    unit = form.partition("}")[2]
    ends = (_written(value, form).removesuffix(unit) for value in (seen[0], seen[-1]))
    return f"{median} ({' to '.join(ends)})"


def _written(value: float, form: str) -> str:
    return form.format(1 / value if form.startswith("1/") else value)
