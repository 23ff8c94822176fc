"""Starts the recorder: `python -m lib.recorder --link PATH --captures DIR --parent PID`.

The game starts it; nobody else has to. Whatever goes wrong is told to the game through the link, and printed.
"""

import argparse
import contextlib
import os
import sys
import traceback
from pathlib import Path

from ..errors import UserError
from ..link import mapped_file
from ..link.mapped_file import LinkError, RecorderLink, RecorderStatus

OLDEST_PYTHON = (3, 11)


def main() -> int:
    """Record for one game; 0 when it ended well, 2 when something kept the recorder from its work."""
    arguments = _arguments()
    try:
        link = RecorderLink(str(arguments.link))
    except (LinkError, OSError) as error:
        print(f"SyncLogger recorder: the link to the game can't be used: {error}", file=sys.stderr)
        return 2
    try:
        message = _record(link, arguments.captures, arguments.parent)
    finally:
        link.close()
        with contextlib.suppress(OSError):  # Windows keeps it while the game has it open; its next start removes it
            arguments.link.unlink()
    if message:
        print(f"SyncLogger recorder: {message}", file=sys.stderr)
    sys.stderr.flush()
    return 2 if message else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lib.recorder", description="Records for the SyncLogger app.")
    parser.add_argument("--link", type=Path, required=True, help="the mapped file that the app made")
    parser.add_argument("--captures", type=Path, required=True, help="the folder that recordings go to")
    parser.add_argument("--parent", type=int, required=True, help="the process id of the game")
    return parser.parse_args()


def _record(link: RecorderLink, captures: Path, parent: int) -> str:
    """Record until the game is gone. Returns what went wrong, "" when nothing did."""
    message = _why_not_here()
    if not message:
        message = _run(link, captures, parent)
    if message:
        _report_failure(link, message)
    return message


def _why_not_here() -> str:
    if sys.version_info < OLDEST_PYTHON:
        return "Python {}.{} is too old for the recorder: run `python -m lib install` with 3.11 or newer".format(
            *sys.version_info
        )
    try:
        import mss
        import PIL

        del mss, PIL
        if sys.platform != "win32":
            import xcffib

            del xcffib
    except ImportError as error:
        return f"the recorder's Python lacks {error.name or error}: run `python -m lib install` in the app's folder"
    return ""


def _run(link: RecorderLink, captures: Path, parent: int) -> str:
    from .saving.refusals import why_not
    from .session import Session

    try:
        Session(link, captures, parent).run()
    except UserError as error:
        return str(error)
    except OSError as error:
        traceback.print_exc()
        return f"the captures folder can't be used ({why_not(error)}): choose another output folder in the settings"
    except Exception as error:  # noqa: BLE001 - unknown: the whole story goes to recorder.log
        traceback.print_exc()
        return f"the recorder failed ({type(error).__name__}: {error}): see recorder.log"
    return ""


def _report_failure(link: RecorderLink, message: str) -> None:
    """Say it to the game. Needs nothing that may be missing here."""
    link.report(
        RecorderStatus(
            state=mapped_file.FAILED,
            sync=mapped_file.SYNC_NONE,
            take_number=0,
            take_order=0,
            frames_saved=0,
            frames_dropped=0,
            frames_unproven=0,
            heartbeat=0,
            pictures_per_second=0.0,
            bytes_per_second=0.0,
            room_seconds=-1.0,
            message=message,
        )
    )


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Not sys.exit: a thread that is stuck in the system must not keep the process alive.
    os._exit(code)
