"""`check`: say what is in a folder and what is wrong with it."""

from argparse import ArgumentParser, Namespace

from ..progress import show_progress
from .app import add_cluster, add_several_captures, need_folder

HELP = "say what is in a captures folder and what is wrong with it"


def add_arguments(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.description = (
        "Say what is in captures folders and what is wrong with it, one line per finding. Changes nothing. "
        "Ends with 1 on damage, with 2 where something could not be looked at, with 0 otherwise."
    )
    add_several_captures(parser)
    parser.add_argument("--decode", action="store_true", help="also decode every picture: slower, finds more")
    parser.add_argument(
        "--leaks",
        action="store_true",
        help="also find what tells the label although it is not the road; needs the tools",
    )
    parser.add_argument("--all", action="store_true", help="show every finding, not the first few of each kind")
    parser.add_argument("--json", action="store_true", help="write all of it as JSON, for `discard --from` and scripts")
    add_cluster(parser)


def run(arguments: Namespace) -> int:
    """Do it, and say what was found."""
    from ..check.check import check
    from ..check.text import text_of
    from ..recordings.cluster import cluster_executor
    from ..tools import need_tools

    folders = [need_folder(named, "check") for named in arguments.captures or [None]]
    if arguments.leaks:
        need_tools("--leaks", "numpy")
    if arguments.cluster is not None:
        folders = [folder.absolute() for folder in folders]  # its workers stand elsewhere
    with cluster_executor(arguments.cluster, folders) as executor:
        checked = check(folders, arguments.decode, show_progress, executor)
        if arguments.leaks:
            from ..check.leaks import find_leaks

            checked.findings += find_leaks(folders, show_progress, executor)
    if arguments.json:
        import json

        print(json.dumps(checked.content(), indent=1))
    else:
        print("\n".join(text_of(checked, shows_all=arguments.all)))
    return checked.exit_code
