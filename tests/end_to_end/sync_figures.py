"""Drives every case of `sync_cases` at length, prints how far the rows are from the pictures, draws the README's plot.

Ends with 1 when a row paired by the strip is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

from tests import environment
from tests.end_to_end.sync_cases import (
    PANEL_HIDDEN,
    WITH_STRIP,
    Case,
    Outcome,
    drive,
    panel_closed_after_learning,
    panel_never_shown,
    table,
)

_FPS = (30, 60, 144, "irregular")
WITHOUT_STRIP = (
    *(panel_closed_after_learning(fps, lag) for fps in _FPS for lag in (1, 2)),
    *(panel_closed_after_learning(60, lag) for lag in (0, 3, "random")),
    *(panel_never_shown(fps, lag) for fps in _FPS for lag in (1, 2)),
)


def main() -> int:
    arguments = _arguments()
    server = environment.start_display()
    os.environ["DISPLAY"] = server.name
    try:
        with_strip = _drive_all((*WITH_STRIP, PANEL_HIDDEN), arguments.step_seconds)
        without = _drive_all(WITHOUT_STRIP, arguments.step_seconds)
    finally:
        server.stop()
    print(table([*with_strip, *without]))
    outcomes = [*with_strip, *without]
    total, exact = (sum(outcome.total("strip") for outcome in outcomes), sum(o.count("strip") for o in outcomes))
    print(f"paired by strip: {exact} of {total} rows are those of the tick in the picture")
    print(f"witnesses that could not be read: {sum(outcome.unread for outcome in outcomes)}")
    if arguments.plot:
        plot([outcome for outcome in with_strip if "every lag" in outcome.case.name], arguments.plot)
    return 0 if exact == total else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.end_to_end.sync_report")
    parser.add_argument("--step-seconds", type=float, default=6.0, help="length of each step of a case")
    parser.add_argument("--plot", type=Path, help="where to draw the histogram")
    return parser.parse_args()


def _drive_all(cases: Sequence[Case], step_seconds: float) -> list[Outcome]:
    outcomes = []
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            outcomes.append(drive(case, Path(folder), step_seconds))
        print(
            f"{len(outcomes)}/{len(cases)} {case.name}: {outcomes[-1].pictures} pictures", file=sys.stderr, flush=True
        )
    return outcomes


def plot(outcomes: Sequence[Outcome], path: Path) -> None:
    """Two histograms side by side: how old the frame on the screen was, and how far the rows are off."""
    ages: Counter[int] = Counter()
    errors: Counter[int] = Counter()
    for outcome in outcomes:
        ages.update({int(ticks): count for ticks, count in outcome.sync["lag_ticks"].items()})
        errors.update(outcome.errors["strip"])
    places = range(-1, max(ages) + 2)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3), sharey=True, layout="constrained")
    for axes, counted, colour in ((left, ages, "#c0504d"), (right, errors, "#4f8a4f")):
        shares = [100 * counted[place] / counted.total() for place in places]
        bars = axes.bar(places, shares, color=colour)
        axes.bar_label(bars, [f"{share:.1f}" if share else "" for share in shares], fontsize=8)
        axes.set_xticks(places)
        axes.set_ylim(0, 112)
        axes.spines[["top", "right"]].set_visible(False)
    left.set_ylabel("% of pictures")
    left.set_title(f"Paired with the newest tick ({ages.total()} grabbed pictures)", fontsize=10)
    right.set_title(f"SyncLogger ({errors.total()} saved pictures)", fontsize=10)
    for axes in (left, right):
        axes.set_xlabel("ticks between the row and the picture")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
