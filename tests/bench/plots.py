"""Draws how the cost grows, for the README."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

Rows = list[dict[str, Any]]


def draw(found: dict[str, Rows], path: Path) -> None:
    """One picture with all of it."""
    figure, axes = pyplot.subplots(3, 2, figsize=(9, 9.6), layout="constrained")
    _resolution(axes[0][0], found["resolution"])
    _threads_and_queue(axes[0][1], found["threads"], found["queue"])
    _files(axes[1][0], found["files"])
    _memory(axes[1][1], found["pictures"])
    _cores(axes[2][0], found["cores"], "fps", "frames per second of the double")
    _cores(axes[2][1], found["cores"], "p99_ms", "99th percentile of its frame time, ms")
    figure.savefig(path, dpi=80)


def _resolution(axes: Axes, rows: Rows) -> None:
    for key, label in (("grab_ms", "grab"), ("encode_1_ms", "convert + encode"), ("write_ms", "write the file")):
        axes.plot([row["megapixels"] for row in rows], [row[key] for row in rows], "o-", label=label)
    axes.set(xlabel="megapixels (720p, 1080p, 1440p, 2160p)", ylabel="ms per picture, alone", title="Resolution")
    axes.legend()


def _threads_and_queue(axes: Axes, threads: Rows, queue: Rows) -> None:
    axes.plot([row["threads"] for row in threads], [row["per_second"] for row in threads], "o-", label="threads")
    axes.plot([row["queue"] for row in queue], [row["per_second"] for row in queue], "s-", label="queue, one thread")
    axes.set(xlabel="encoder threads; pictures in the queue", ylabel="pictures per second, 1080p", title="Pipeline")
    axes.set_ylim(bottom=0)
    axes.legend()


def _files(axes: Axes, rows: Rows) -> None:
    counts = [max(1, row["files"]) for row in rows]
    lines = (
        ("first_picture_ms", "ms from Start to the first picture"),
        ("store_ms", "ms to store a small picture"),
        ("ready_s", "s until a recorder just launched is ready"),
    )
    for key, label in lines:
        axes.plot(counts, [row[key] for row in rows], "o-", label=label)
    axes.set(xscale="log", yscale="log", xlabel="files in captures/", title="Files", ylim=(0.05, 300))
    axes.legend(loc="upper left")


def _memory(axes: Axes, rows: Rows) -> None:
    axes.plot([row["pictures"] for row in rows], [row["megabytes"] for row in rows])
    axes.set(xlabel="pictures saved in one take, 360p", ylabel="memory of the recorder, MB", title="Memory")
    axes.set_ylim(bottom=0)


def _cores(axes: Axes, rows: Rows, key: str, what: str) -> None:
    cases = sorted({(row["cores"], row["hz"]) for row in rows})
    for records, shift in ((False, -0.2), (True, 0.2)):
        chosen = [next(r for r in rows if (r["cores"], r["hz"], r["records"]) == (*case, records)) for case in cases]
        places = [index + shift for index in range(len(cases))]
        label = "with recording" if records else "without"
        axes.bar(places, [row[key] for row in chosen], width=0.38, label=label)
    axes.set_xticks(range(len(cases)), [f"{cores} core{'s' * (cores > 1)}\n{hz} Hz" for cores, hz in cases])
    axes.set(ylabel=what, title="What the game keeps, 720p")
    axes.legend()
