"""`install`: make ready to record."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from .app import APP, need_the_app

HELP = "make ready to record; inside Assetto Corsa also place the icons"


def add_arguments(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.description = (
        "Make .venv here with the recorder's packages and check a real grab. Inside an Assetto Corsa "
        "installation also place the icons and say how the app is enabled."
    )
    parser.add_argument("--enable", action="store_true", help="enable the app in the game, keeping a copy of each file")
    parser.add_argument(
        "--tools",
        action="store_true",
        help="only install into .venv what tables, reports and exports need; recording never needs it",
    )
    parser.add_argument("--documents", type=Path, metavar="DIR", help="the Documents folder, where it isn't found")


def run(arguments: Namespace) -> int:
    """Do it. 1: installed, but the screen can't be grabbed."""
    from ..install.install import install
    from ..install.tools import install_tools

    need_the_app("install")
    if arguments.tools:
        return install_tools(APP)
    return install(APP, enable_app=arguments.enable, documents=arguments.documents)
