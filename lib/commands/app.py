"""What commands have in common: the app's folder, and the captures folder that is meant when none is named."""

import configparser
import sys
from argparse import ArgumentParser
from pathlib import Path

from ..errors import IN_APP_FOLDER, PROGRAM, UserError
from ..link.settings import read_settings

APP = Path(__file__).resolve().parents[2]
_OUTPUT_FOLDER = "CAPTURE.OUTPUT_FOLDER"
_WHERE = "the folder that OUTPUT_FOLDER names, else captures in the app's folder"
_WHERE = _WHERE if IN_APP_FOLDER else "captures in the current folder"


def default_captures(app: Path = APP) -> Path:
    """Where the app records to. What is wrong with that setting is printed.

    Installed by pip there is no app around this package, so recordings are looked for where the user stands.
    """
    if not IN_APP_FOLDER:
        return Path("captures")
    try:
        settings, problems = read_settings(str(app))
    except (OSError, ValueError, configparser.Error) as error:
        print(f"the app's settings can't be read ({error}): looking at its own captures", file=sys.stderr)
        return app / "captures"
    for line in problems:
        if _OUTPUT_FOLDER in line or "can't be read" in line:
            print(line, file=sys.stderr)
    return Path(str(settings[_OUTPUT_FOLDER]) or app / "captures")


def need_the_app(command: str) -> None:
    """Raise UserError where pip installed only the package: there is no app to work on."""
    if not IN_APP_FOLDER:
        raise UserError(
            f"`{PROGRAM} {command}` has no app to work on, pip installed only the package: "
            f"run `python -m lib {command}` in the folder of the app"
        )


def add_captures(parser: ArgumentParser) -> None:
    """One captures folder, which need not be named."""
    parser.add_argument("captures", type=Path, nargs="?", metavar="DIR", help=f"default: {_WHERE}")


def add_several_captures(parser: ArgumentParser) -> None:
    """Any number of captures folders, which need not be named."""
    parser.add_argument("captures", type=Path, nargs="*", metavar="DIR", help=f"default: {_WHERE}")


def add_cluster(parser: ArgumentParser) -> None:
    """Where the work is done."""
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="let the workers of that Dask scheduler do the work: docs/scale.md"
    )


def need_folder(named: Path | None, command: str) -> Path:
    """The folder that was named, or the one that the app records to. Raise UserError where there is none."""
    captures = named or default_captures()
    if not captures.is_dir():
        raise UserError(f"there is no folder {captures}: name the one with the pictures, `{PROGRAM} {command} DIR`")
    return captures
