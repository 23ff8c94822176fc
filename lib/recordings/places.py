"""Where a folder of recordings is: on this machine, or with the tools' extra anywhere that fsspec knows."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from ..errors import UserError
from ..tools import need_tools


class UnreachableError(UserError):
    """What is behind a URL can't be reached, or not any more. The message is for the user."""


def place(folder: str | os.PathLike[str]) -> Path:
    """The folder as something that behaves like a Path: "captures", or a URL like "s3://bucket/captures".

    Raise UserError where nothing here reads such a URL.
    """
    if isinstance(folder, Path) or "://" not in str(folder):
        return Path(folder)
    need_tools(f"a folder at {folder}", "fsspec", "upath")
    from upath import UPath

    without_chatter()
    try:
        with reaching(str(folder)):
            found = UPath(str(folder))
            found.exists()
    except (ValueError, ImportError) as error:
        raise UserError(f"{folder} can't be read: {error}") from error
    return cast(Path, found)


def without_chatter() -> None:
    """What asyncio logs of a broken connection beside the error that is raised."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)


@contextmanager
def reaching(*named: str | os.PathLike[str]) -> Iterator[None]:
    """Raise UnreachableError where one of these is a URL and the way to it breaks.

    Each of fsspec's file systems raises errors of its own, most of which are no OSError.
    """
    try:
        yield
    except (UserError, FileNotFoundError, ValueError, ImportError):
        raise
    except Exception as error:
        urls = [str(name) for name in named if "://" in str(name)]
        if not urls:
            raise
        told = str(error).partition("\n")[0] or type(error).__name__
        raise UnreachableError(
            f"{urls[0]} can't be read ({told}): nothing is lost; see to the connection, then the same command goes on"
        ) from error
