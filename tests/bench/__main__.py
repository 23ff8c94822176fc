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
    from tests.bench.measure import FULL, QUICK, measure
    from tests.bench.report import machine, print_table

    display = environment.start_display()
    os.environ["DISPLAY"] = display.name
    found: dict[str, Any] = {"machine": machine()}
    try:
        for size in _SIZES:
            name = f"{size[0]}x{size[1]}"
            environment.say(f"Measuring at {name} ...")
            found[name] = measure(size, QUICK if arguments.quick else FULL)
    finally:
        display.stop()
    print_table(found)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round instead of three")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every number to this file")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
