"""`uninstall`: take back what install placed."""

from argparse import ArgumentParser, Namespace

from .app import APP, need_the_app

HELP = "take back what install placed, never captures"


def add_arguments(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.description = "Take back exactly what install placed. Captures and settings stay."


def run(arguments: Namespace) -> int:
    """Do it."""
    from ..install.uninstall import uninstall

    need_the_app("uninstall")
    return uninstall(APP)
