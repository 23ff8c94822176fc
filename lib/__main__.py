"""The command line: `python -m lib COMMAND`, from the folder of the app."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from lib.errors import UserError
from lib.install.place import environment_python

APP = Path(__file__).resolve().parent.parent
CAPTURES = APP / "captures"


def main() -> int:
    """Run the command that was asked for. 0: all is well; 1: the command found damage; 2: an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a path may have letters that the console lacks
    arguments = _parser().parse_args()
    try:
        return int(arguments.run(arguments))
    except ModuleNotFoundError as error:
        return _fail(
            f"this Python has no {error.name}: run `python -m lib install` once, "
            f"then use {environment_python(APP)} instead of {sys.executable}"
        )
    except (UserError, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("stopped")


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


# Each command imports what it needs when it runs, so that one works where another lacks its packages.


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lib", description="Commands of SyncLogger.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_install(commands.add_parser("install", help="make ready to record; inside Assetto Corsa also place the icons"))
    _add_uninstall(commands.add_parser("uninstall", help="take back what install placed, never captures"))
    _add_package(commands.add_parser("package", help="make a release for Content Manager"))
    _add_repair(commands.add_parser("repair", help="mend what a crash left in a captures folder"))
    return parser


def _add_install(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Make .venv here with the recorder's packages and check a real grab. Inside an Assetto Corsa "
        "installation also place the icons and say how the app is enabled."
    )
    parser.add_argument("--enable", action="store_true", help="enable the app in the game, keeping a copy of each file")
    parser.add_argument("--documents", type=Path, metavar="DIR", help="the Documents folder, where it isn't found")
    parser.set_defaults(run=_install)


def _install(arguments: argparse.Namespace) -> int:
    from lib.install.install import install

    return install(APP, enable_app=arguments.enable, documents=arguments.documents)


def _add_uninstall(parser: argparse.ArgumentParser) -> None:
    parser.description = "Take back exactly what install placed. Captures and settings stay."
    parser.set_defaults(run=_uninstall)


def _uninstall(arguments: argparse.Namespace) -> int:
    from lib.install.uninstall import uninstall

    return uninstall(APP)


def _add_package(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Make a zip that Content Manager installs by drag and drop, the same byte for byte from the same files. "
        "With --runtime it brings its own Python, so that a player needs none."
    )
    parser.add_argument("out", type=Path, metavar="OUT.zip")
    parser.add_argument(
        "--runtime", type=Path, metavar="EMBEDDABLE.zip", help="python.org's embeddable Python 3.11 for Windows, 64 bit"
    )
    parser.add_argument("--wheels", type=Path, metavar="DIR", help="take the runtime's packages from here, unfetched")
    parser.set_defaults(run=_package)


def _package(arguments: argparse.Namespace) -> int:
    from lib.install.package import package

    return package(APP, arguments.out, arguments.runtime, arguments.wheels)


def _add_repair(parser: argparse.ArgumentParser) -> None:
    parser.description = "Mend what a crash left. Nothing is deleted: what is taken out goes to DIR/.rescued/."
    parser.add_argument("captures", type=Path, nargs="?", default=CAPTURES, metavar="DIR")
    parser.set_defaults(run=_repair)


def _repair(arguments: argparse.Namespace) -> int:
    from lib.dataset.repair import repair

    if not arguments.captures.is_dir():
        raise UserError(f"there is no folder {arguments.captures}")
    print(repair(arguments.captures, _show_progress))
    return 0


def _show_progress(what: str, done: int, of: int) -> None:
    """One line of long work, written over itself where a person watches."""
    if sys.stderr.isatty():
        print(f"\r{what}: {done} of {of}", end="\n" if done >= of else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
