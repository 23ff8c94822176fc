"""How files get onto the disk: whole pieces appended, names never taken twice, contents replaced at once."""

import contextlib
import errno
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from .names import part_name

# Stop recording when less than this is free: a full system disk takes more than the recording with it.
_KEEP_FREE = 200 << 20
_KEEP_FREE_SHARE = 0.05
_HEAD_BYTES = 256


class AppendedFile:
    """A file that only ever grows by whole pieces: what could not be written whole is taken back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._size = 0  # as it was left
        self._head = b""  # what it begins with
        self.was_cut = False  # someone deleted it, or took away of what was in it

    def append(self, piece: bytes) -> None:
        """Add the piece. Raise OSError where that fails; then the file is as it was before."""
        file = self._opened()
        before = os.fstat(file.fileno()).st_size
        self.was_cut = self.was_cut or before < self._size
        try:
            written = os.write(file.fileno(), piece)
            if written != len(piece):
                raise OSError(errno.ENOSPC, "No space left on device", str(self._path))
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file.fileno(), before)
            raise
        self._size = before + len(piece)
        self._head = self._head or piece[:_HEAD_BYTES]

    @property
    def size(self) -> int:
        """How large the file was after the last piece."""
        return self._size

    def sync(self) -> None:
        """Have the system put what was appended on the disk.

        Through a handle of its own: on Windows a write waits for a flush of the same handle.
        """
        sync_file(self._path)

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _opened(self) -> IO[bytes]:
        if self._file is not None and not self._is_still_there(self._file):
            self.close()
        if self._file is None:
            self._file = self._path.open("ab", buffering=0)
            self._look_at_head()
        return self._file

    def _look_at_head(self) -> None:
        """Notice when the file now begins otherwise than the one that was here before. Line ends may differ."""
        with self._path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        known, self._head = self._head, head
        first = known.partition(b"\n")[0].rstrip(b"\r")
        self.was_cut = self.was_cut or not head.startswith(first)

    def _is_still_there(self, file: IO[bytes]) -> bool:
        """Whether the open file is the one that the folder shows under its name."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have an OSError say which file it is about; one of a read or a write doesn't do so by itself."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def is_plain_file(path: Path) -> bool:
    """Whether a file with content stands there, no folder, pipe or device. Raise OSError where that can't be told."""
    return stat.S_ISREG(path.stat().st_mode)


def rename_to_new(old: Path, new: Path) -> None:
    """Rename without ever overwriting. Raise FileExistsError where `new` is there."""
    if sys.platform != "win32" and os.path.lexists(new):
        # Windows refuses by itself.
        raise FileExistsError(errno.EEXIST, "a file of that name is already there; move it away", str(new))
    old.rename(new)


def json_text(content: dict[str, Any]) -> str:
    """As it stands in our files."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def write_json(path: Path, content: dict[str, Any], durable: bool = False) -> None:
    """Replace the file at once: whoever reads it sees the old content or the new one."""
    part = new_part(path)
    try:
        # A path may hold bytes that are no text; json.loads takes them back as they were.
        with part.open("w", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
            file.write(json_text(content))
            if durable:
                file.flush()
                os.fsync(file.fileno())
    except OSError:
        _remove(part)
        raise
    put_in_place(part, path)


def new_part(path: Path) -> Path:
    """The name under which a new content of `path` is written. What a killed run left there, or a link, goes."""
    part = path.with_name(part_name(path.name))
    part.unlink(missing_ok=True)
    return part


def put_in_place(part: Path, path: Path) -> None:
    """Give the whole new file its name, in place of the old one; where that fails, remove it and raise OSError."""
    try:
        part.replace(path)
    except OSError:
        _remove(part)
        raise


def _remove(part: Path) -> None:
    with contextlib.suppress(OSError):
        part.unlink()


def sync_file(path: Path) -> None:
    """Have the system put a file on the disk. One that is gone meanwhile is none of ours."""
    with contextlib.suppress(FileNotFoundError), path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the system put the folder's names on the disk; Windows does so with each file."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def bytes_to_keep_free(folder: Path) -> int:
    """How much room a recording leaves on the disk; less on a small one."""
    return min(_KEEP_FREE, int(shutil.disk_usage(folder).total * _KEEP_FREE_SHARE))
