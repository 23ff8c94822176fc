"""`report`: one HTML page to look at."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..progress import show_progress
from ..tools import need_tools
from .app import add_captures, need_folder

HELP = "make one HTML page that shows what was recorded: player, plots, laps, findings"


def add_arguments(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.description = (
        "Make DIR/report.html, which opens in a browser by a double click, without a network. It shows the pictures "
        "where they are; with --standalone small copies of some of them are inside the page, so that it can be "
        "handed on alone."
    )
    add_captures(parser)
    parser.add_argument("--out", type=Path, metavar="FILE.html", help="write the page there instead")
    parser.add_argument("--decode", action="store_true", help="also decode every picture: slower, finds more")
    parser.add_argument("--leaks", action="store_true", help="also show which parts of the picture tell the label")
    parser.add_argument("--standalone", action="store_true", help="put small copies of pictures into the page")


def run(arguments: Namespace) -> int:
    """Do it, and say where the page is."""
    captures = need_folder(arguments.captures, "report")
    need_tools("report", "numpy", "plotly")
    from ..report.report import report

    made = report(
        captures,
        arguments.out,
        standalone=arguments.standalone,
        decodes=arguments.decode,
        finds_leaks=arguments.leaks,
        progress=show_progress,
    )
    print(made)
    return 0
