"""`repair`: mend what a crash left."""

from argparse import ArgumentParser, Namespace

from ..progress import show_progress
from .app import add_captures, need_folder

HELP = "mend what a crash left in a captures folder"


def add_arguments(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.description = "Mend what a crash left. Nothing is deleted: what is taken out goes to DIR/.rescued/."
    add_captures(parser)


def run(arguments: Namespace) -> int:
    """Do it, and say what was done."""
    from ..repair.repair import repair

    captures = need_folder(arguments.captures, "repair")
    print(f"looked at {captures.absolute()}", flush=True)
    print(repair(captures, show_progress))
    return 0
