"""The command line: `python -m lib COMMAND` from the folder of the app, `synclogger COMMAND` where pip installed it."""

import argparse
import io
import os
import sys
from types import ModuleType
from typing import Any

# Before anything that an older Python doesn't understand: it gets this line, and no traceback.
if sys.version_info < (3, 11):  # noqa: UP036
    print("error: Python {}.{} is too old: SyncLogger needs 3.11 or newer".format(*sys.version_info), file=sys.stderr)
    sys.exit(2)
if not getattr(__spec__, "parent", None):  # run by its path: there is no package to import from
    print("error: run this as `python -m lib`, from the folder of the app", file=sys.stderr)
    sys.exit(2)

from .commands import check, discard, export, install, package, repair, report, split, uninstall
from .commands.app import APP
from .errors import IN_APP_FOLDER, PROGRAM, UserError
from .install.place import environment_python
from .tools import TOOLS, how_to_get_tools

# In the order in which --help lists them. What a command takes and does stands in its file.
_COMMANDS = {
    "install": install,
    "uninstall": uninstall,
    "package": package,
    "check": check,
    "discard": discard,
    "repair": repair,
    "report": report,
    "split": split,
    "export": export,
}


def main() -> int:
    """Run the command that was asked for. 0: all is well; 1: the command found damage; 2: an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a path may have letters that the console lacks
    arguments = _parser().parse_args()
    try:
        code = int(arguments.run(arguments))
        return _all_is_said() or code
    except ModuleNotFoundError as error:
        return _fail(f"this Python has no {error.name}: {_what_brings(error.name or '')}")
    except BrokenPipeError:
        return _nobody_listens()
    except (UserError, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("stopped")


class _CommandParser(argparse.ArgumentParser):
    """Of one command: takes its words in any order, options between them as well."""

    command: ModuleType
    _is_inside = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As a parser of commands calls it."""
        if self._is_inside:
            return super().parse_known_args(args, namespace)
        self._is_inside = True
        self.command.add_arguments(self)  # only now: what the others would import takes longer than some commands
        try:
            found, unknown = self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_inside = False
        if unknown:  # else the parser of commands says so, with the usage of none of them
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Commands of SyncLogger.")
    if not IN_APP_FOLDER:
        parser.epilog = "install, uninstall and package work from the folder of the app only: python -m lib COMMAND."
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_CommandParser)
    for name, command in _COMMANDS.items():
        one = commands.add_parser(name, help=command.HELP)
        one.command = command
        one.set_defaults(run=command.run)
    return parser


def _what_brings(package: str) -> str:
    if package.partition(".")[0] in TOOLS:
        return how_to_get_tools()
    if IN_APP_FOLDER:
        return f"run `{PROGRAM} install` once, then use {environment_python(APP)} instead of {sys.executable}"
    return "install SyncLogger again with pip, which brings what it needs"


def _all_is_said() -> int:
    """0 where all output is written. Where it can't be, what the command did is done nevertheless."""
    try:
        if sys.stdout is not None:  # closed by who called
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _nobody_listens()
        return _fail(f"what was asked for is done, but its output can't be written ({error.strerror or error})")
    return 0


def _nobody_listens() -> int:
    """What the output went into has ended, `head` say: that is no error, and Python must not flush into it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
