"""What was true at each tick, kept beside the run for the tests."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COLUMNS = (
    "tick",
    "seconds",
    "delta_t",
    "gas",
    "brake",
    "clutch",
    "gear",
    "steer",
    "acc_lateral",
    "acc_vertical",
    "acc_longitudinal",
    "speed_mph",
    "lap_count",
    "lap_time_ms",
    "last_lap_ms",
    "spline_position",
    "performance_meter",
    "tyres_out",
    "status",
    "in_pit",
    "acupdate_ms",
    "panel_x",  # of the app's window, in interface units
    "panel_y",
    "panel_height",
)


class TruthWriter:
    """Appends a line per tick, flushed about each second, so that a killed double leaves its truth behind."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "truth.csv").open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(COLUMNS)
        self._lines = 0

    def add(self, values: Sequence[Any]) -> None:
        self._writer.writerow(values)
        self._lines += 1
        if self._lines % 60 == 0:
            self._file.flush()

    def close(self) -> None:
        self._file.close()


def read_truth(folder: Path) -> dict[int, dict[str, float]]:
    """What was true, by tick."""
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]
    return {int(row["tick"]): row for row in rows if len(row) == len(COLUMNS)}


def write_statistics(folder: Path, statistics: dict[str, Any]) -> None:
    (folder / "host_stats.json").write_text(json.dumps(statistics, indent=1), encoding="utf-8")


def percentile(ordered: Sequence[float], percent: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0
