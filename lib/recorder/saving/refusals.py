"""What the disk refused, in words for the user."""

import errno
import sys
from pathlib import Path
from typing import NamedTuple

from ...captures.names import finished_name, picture_key


class _Refusal(NamedTuple):
    """One kind: what happened, what to do, and the numbers by which systems name it."""

    what: str
    to_do: str
    errnos: tuple[int, ...]
    windows: tuple[int, ...] = ()  # Windows' own numbers, of which Python makes coarser ones


_GOES_ON = "recording goes on by itself"
_NO_PERMISSION = _Refusal(
    "no permission to write",
    "close the program that has the file open, or allow writing",
    (errno.EACCES, errno.EPERM),
    (1314,),
)
_GONE = _Refusal("the captures folder is gone", f"put it back, {_GOES_ON}", (errno.ENOENT, errno.ENOTDIR))
_TOO_LONG = _Refusal(
    "a path is too long for this system", "choose a shorter output folder", (errno.ENAMETOOLONG,), (206,)
)
# Python reports these as "No such file", though the folder is there.
_REFUSED = _Refusal(
    "the folder is there, but new files are refused or vanish",
    "allow Python in the controlled folder access of Windows, or in the virus scanner",
    (),
    (225, 226),
)
_KINDS = (
    _NO_PERMISSION,
    _GONE,
    _TOO_LONG,
    _REFUSED,
    _Refusal("a file of that name is already there", f"move it away, {_GOES_ON}", (errno.EEXIST, errno.EISDIR)),
    _Refusal("the disk is full", f"make room, {_GOES_ON}", (errno.ENOSPC,), (39, 112)),
    _Refusal("your share of the disk is used up", f"make room, {_GOES_ON}", (errno.EDQUOT,), (1295,)),
    _Refusal("the disk is write-protected", "allow writing, or choose another output folder", (errno.EROFS,), (19,)),
    _Refusal(
        "the disk reports an error",
        "check the disk and its cable, or choose another output folder",
        (errno.EIO, errno.ENXIO),
        (23, 27, 29, 483, 1117),
    ),
    _Refusal(
        "the drive does not answer",
        f"connect it again, {_GOES_ON}",
        tuple(
            getattr(errno, name)
            for name in (
                *("ENODEV", "ENOTCONN", "ETIMEDOUT", "ECONNRESET", "ECONNABORTED", "ECONNREFUSED", "ESTALE"),
                *("EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ENETRESET", "EREMOTEIO"),
            )
            if hasattr(errno, name)
        ),
        (21, 31, 51, 53, 54, 55, 59, 64, 67, 121, 1006, 1167, 1231),
    ),
    _Refusal("the disk takes no such name", "choose another output folder", (errno.EILSEQ,), (123, 161)),
    _Refusal(
        "this disk takes no larger file", "choose an output folder on one with NTFS or ext4", (errno.EFBIG,), (223,)
    ),
    _Refusal("too many files are open on this machine", "close other programs", (errno.EMFILE, errno.ENFILE), (4,)),
    _Refusal("the memory is used up", "close other programs", (errno.ENOMEM,), (8, 14, 1450, 1455)),
)
_BY_ERRNO = {number: kind for kind in _KINDS for number in kind.errnos}
_BY_WINDOWS_NUMBER = {number: kind for kind in _KINDS for number in kind.windows}
# Where long paths are not switched on.
_LONGEST_PATH_ON_WINDOWS = 259


def in_words(error: OSError) -> str:
    """One line: what could not be written, which file it is about, and what to do."""
    kind = _kind(error)
    file = _file_name(error)
    if kind is _GONE:
        file = ""
    elif picture_key(file):
        # A scanner holds one picture after the other: naming each would tell the same thing a thousand times.
        file = file if error.errno == errno.EEXIST else "a picture"
    name = f" ({file})" if file else ""
    if kind is None:
        return f"can't write{name}: {error.strerror or error}"
    return f"{kind.what}{name}: {kind.to_do}"


def why_not(error: OSError) -> str:
    """Why the folder itself can't be used, as the middle of a sentence."""
    kind = _kind(error)
    return kind.what if kind is not None and kind is not _GONE else error.strerror or str(error)


def _kind(error: OSError) -> _Refusal | None:
    kind = _BY_WINDOWS_NUMBER.get(getattr(error, "winerror", None) or 0) or _BY_ERRNO.get(error.errno or 0)
    if kind is not _GONE:
        return kind
    path = error.filename2 or error.filename
    if not path or not Path(str(path)).parent.is_dir():
        return kind
    if sys.platform == "win32" and len(str(Path(str(path)).absolute())) > _LONGEST_PATH_ON_WINDOWS:
        return _TOO_LONG
    return _REFUSED


def _file_name(error: OSError) -> str:
    """The file as the user knows it, "" where the error names none."""
    path = error.filename2 or error.filename
    return finished_name(Path(str(path)).name) if path else ""
