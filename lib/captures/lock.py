"""The lock on a captures folder: one process records into it, or mends it, at a time."""

import errno
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO

from ..errors import UserError

LOCK_FILE = ".lock"

_STEP = 0.05
_BUSY = "another SyncLogger is recording into this folder: end it, or choose another output folder"
# What systems answer where another process holds it; Wine leaves the number 0. Anything else: the drive can't lock.
_HELD = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK, 0)


class FolderBusyError(UserError):
    """Another process holds the captures folder. The message is for the user."""


class NoLocksError(UserError):
    """The drive can't lock files. The message is for the user."""


class FolderLock:
    """Holds a captures folder. The system lets go of it when the process dies, however it dies."""

    def __init__(self, folder: Path, patience: float = 0.0, name: str = LOCK_FILE, busy: str = _BUSY) -> None:
        """Take hold of it, trying for so many seconds: Windows frees the lock of a killed process with a delay.

        What changes one file only has a lock of another name, and its own words for those who must wait.

        Raise FolderBusyError when another process holds it, NoLocksError where nobody can, OSError when the folder
        can't be written to.
        """
        until = time.monotonic() + patience
        while True:
            try:
                self._file = _locked(folder, name, busy)
            except (FolderBusyError, PermissionError):
                if time.monotonic() >= until:
                    raise
                time.sleep(_STEP)
            else:
                return

    def release(self) -> None:
        self._file.close()

    def __enter__(self) -> "FolderLock":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def is_held(folder: Path) -> bool:
    """Whether a process records into the folder, or mends it, just now. Leaves nothing behind."""
    try:
        file = (folder / LOCK_FILE).open("rb")
    except OSError:
        return False  # there is none, or it says nothing to this user
    with file:
        try:
            _lock(file)
        except OSError as error:
            return error.errno in _HELD
    return False


def _locked(folder: Path, name: str, busy: str) -> IO[bytes]:
    file = (folder / name).open("a+b")
    try:
        _lock(file)
    except OSError as error:
        file.close()
        if error.errno not in _HELD:
            raise NoLocksError(
                f"this drive can't lock files ({error.strerror or error}), so two recorders could mix theirs: "
                f"choose an output folder on another drive: {folder}"
            ) from error
        raise FolderBusyError(f"{busy}: {folder}") from error
    return file


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
