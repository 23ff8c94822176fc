"""`package`: make a release."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..errors import IN_APP_FOLDER
from .app import APP, need_the_app

HELP = "make a release for Content Manager"


def add_arguments(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.description = (
        "Make a zip that Content Manager installs by drag and drop, the same byte for byte from the same files. "
        "With --runtime it brings its own Python, so that a player needs none."
    )
    parser.add_argument("out", type=Path, metavar="OUT.zip", nargs=None if IN_APP_FOLDER else "?")
    parser.add_argument(
        "--runtime", type=Path, metavar="EMBEDDABLE.zip", help="python.org's embeddable Python 3.11 for Windows, 64 bit"
    )
    parser.add_argument("--wheels", type=Path, metavar="DIR", help="take the runtime's packages from here, unfetched")


def run(arguments: Namespace) -> int:
    """Do it."""
    from ..install.package import package

    need_the_app("package")
    return package(APP, arguments.out, arguments.runtime, arguments.wheels)
