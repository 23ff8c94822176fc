"""What the disk refused, in words for the user."""

import errno
from pathlib import Path

from .store import PICTURE_NAME

_PART_START, _PART_END = ".", ".part"


def in_words(error: OSError) -> str:
    """One line: what could not be written, which file it is about, and what to do."""
    file = _file_name(error)
    name = f" ({file})" if file else ""
    if isinstance(error, PermissionError):
        # A scanner holds one picture after the other: naming each would tell the same thing a thousand times.
        name = " (a picture)" if PICTURE_NAME.fullmatch(file) else name
        return f"no permission to write{name}: close the program that has the file open, or allow writing"
    if isinstance(error, FileNotFoundError):
        return "the captures folder is gone: put it back, recording goes on by itself"
    if isinstance(error, FileExistsError):
        return f"a file of that name is already there{name}: move it away, recording goes on by itself"
    if error.errno == errno.ENOSPC:
        return "the disk is full: make room, recording goes on by itself"
    return f"can't write{name}: {error.strerror or error}"


def _file_name(error: OSError) -> str:
    """The file as the user knows it, "" where the error names none."""
    path = error.filename2 or error.filename
    name = Path(str(path)).name if path else ""
    return name.removeprefix(_PART_START).removesuffix(_PART_END) if name.endswith(_PART_END) else name
