"""`python -m tests.bench [--quick] [--json FILE]`: how fast the recorder is, beside what is possible at all."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("The benchmark needs Python 3.11 or newer, this is " + sys.version.split()[0])

from tests import environment

_SIZES = ((1280, 720), (1920, 1080))


def main() -> int:
    arguments = _arguments()
    try:
        environment.prepare_system()
        environment.enter("tests.bench", sys.argv[1:], groups=("test", "bench"))
    except environment.SetupError as error:
        environment.say(f"Can't set up the benchmark: {error}")
        return 1
    if arguments.profile:
        from tests.bench.profiling import profile

        profile((1920, 1080))
        return 0
    if arguments.crash:
        from tests.bench import crashed
        from tests.bench.report import print_crash

        print_crash(crashed.measure(crashed.PICTURES, 1 if arguments.quick else 3))
        return 0
    return _measure_all(arguments)


def _measure_all(arguments: argparse.Namespace) -> int:
    from tests.bench import crashed
    from tests.bench.measure import FULL, QUICK, measure
    from tests.bench.report import machine, print_crash, print_table

    display = environment.start_display(3840, 2160)
    os.environ["DISPLAY"] = display.name
    found: dict[str, Any] = {"machine": machine()}
    try:
        for size in _SIZES:
            name = f"{size[0]}x{size[1]}"
            environment.say(f"Measuring at {name} ...")
            found[name] = measure(size, QUICK if arguments.quick else FULL)
        environment.say("Measuring the start after a crash ...")
        found["crash"] = crashed.measure(crashed.PICTURES, 1 if arguments.quick else 3)
        if arguments.plots:
            found["scaling"] = _scaling(arguments.plots, is_quick=arguments.quick)
    finally:
        display.stop()
    print_table(found)
    print_crash(found["crash"])
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0


def _scaling(plot: Path, is_quick: bool) -> dict[str, Any]:
    from tests.bench import plots, scaling

    environment.say("Measuring how the cost grows ...")
    found = {
        "resolution": scaling.by_resolution(10 if is_quick else 40),
        "threads": scaling.by_threads(4),
        "queue": scaling.by_queue(),
        "files": scaling.by_files((0, 1_000, 10_000) if is_quick else (0, 1_000, 10_000, 100_000, 300_000, 1_000_000)),
        "pictures": scaling.by_pictures(1_000 if is_quick else 10_000),
        "cores": scaling.by_cores(3 if is_quick else 8),
    }
    plots.draw(found, plot)
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round instead of three")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every number to this file")
    parser.add_argument("--profile", action="store_true", help="say instead where a second of recording at 1080p goes")
    parser.add_argument(
        "--crash", action="store_true", help="measure only the start after a crash late in a long drive"
    )
    parser.add_argument("--plots", type=Path, metavar="PNG", help="also measure how the cost grows, and draw it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
