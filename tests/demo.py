"""`python3 -m tests.demo`: the whole app against the double of Assetto Corsa, two takes in a real window."""

from __future__ import annotations

import argparse
import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("The demo needs Python 3.11 or newer, this is " + sys.version.split()[0])

from pathlib import Path

from tests import environment

_SECONDS = 30.0
_SHORTEST = 4.0


def main() -> int:
    arguments = _arguments()
    try:
        environment.prepare_system(private_display="DISPLAY" not in os.environ)
        environment.enter("tests.demo", sys.argv[1:])
        from tests.demo_run import run_demo

        return run_demo(arguments.seconds, arguments.captures.resolve())
    except environment.SetupError as error:
        environment.say(f"Can't run the demo: {error}")
        return 1
    except KeyboardInterrupt:
        environment.say("stopped")
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m tests.demo", description=__doc__)
    parser.add_argument("--seconds", type=_seconds, default=_SECONDS, help="of driving, in two takes (%(default)s)")
    parser.add_argument(
        "--captures",
        type=Path,
        default=environment.ROOT / "captures",
        metavar="DIR",
        help="where the recordings go (captures); a second run adds its takes to those of the first",
    )
    return parser.parse_args()


def _seconds(text: str) -> float:
    value = float(text)
    if not _SHORTEST <= value <= 3600:
        raise argparse.ArgumentTypeError(f"must be from {_SHORTEST:g} to 3600")
    return value


if __name__ == "__main__":
    sys.exit(main())
