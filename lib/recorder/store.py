"""The captures folder: names, numbers, the lock, and the files that a recording writes."""

import contextlib
import json
import os
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ..errors import UserError

DATA_FILE = "data.csv"
LOCK_FILE = ".lock"
TAKE_FORMAT = 1
# How NN_take.json says that a take was not closed yet.
OPEN = "open"

PICTURE_NAME = re.compile(r"([0-9]{2,9})_([0-9]{6,12})\.jpg")
_ANY_NAME = re.compile(r"([0-9]{2,9})_(?:[0-9]{6,12}\.jpg|take\.json|ticks\.csv)|\.([0-9]{2,9})_.*\.part")
_ROW_START = re.compile(rb"^(\d{2,9})_\d{6,12}\.jpg,", re.MULTILINE)
_CHUNK = 1 << 20
_LONGEST_ROW = 4096
_LOCK_STEP = 0.05


class FolderBusyError(UserError):
    """Another process holds the captures folder. The message is for the user."""


def picture_name(take: int, frame: int) -> str:
    return f"{take:02d}_{frame:06d}.jpg"


def picture_key(name: str) -> tuple[int, int] | None:
    """(take, frame) of a picture's name; None when it isn't written as we write it."""
    found = PICTURE_NAME.fullmatch(name)
    if found is None:
        return None
    take, frame = int(found.group(1)), int(found.group(2))
    return (take, frame) if name == picture_name(take, frame) else None


def part_name(name: str) -> str:
    """The name under which a file is written until it is whole."""
    return f".{name}.part"


def take_file_name(take: int) -> str:
    return f"{take:02d}_take.json"


def ticks_file_name(take: int) -> str:
    return f"{take:02d}_ticks.csv"


class FolderLock:
    """Holds a captures folder. The system lets go of it when the process dies, however it dies."""

    def __init__(self, folder: Path, patience: float = 0.0) -> None:
        """Take hold of it, trying for so many seconds: Windows frees the lock of a killed process with a delay.

        Raise FolderBusyError when another process holds it, OSError when the folder can't be written to.
        """
        until = time.monotonic() + patience
        while True:
            try:
                self._file = _locked(folder)
            except (FolderBusyError, PermissionError):
                if time.monotonic() >= until:
                    raise
                time.sleep(_LOCK_STEP)
            else:
                return

    def release(self) -> None:
        self._file.close()

    def __enter__(self) -> "FolderLock":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def _locked(folder: Path) -> IO[bytes]:
    file = (folder / LOCK_FILE).open("a+b")
    try:
        _lock(file)
    except OSError as error:
        file.close()
        raise FolderBusyError(
            f"another SyncLogger is recording into this folder: end it, or choose another output folder: {folder}"
        ) from error
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


@dataclass(frozen=True)
class Survey:
    """What one pass over the names in a captures folder showed."""

    highest_take: int
    parts: tuple[str, ...]  # files that were being written when a recorder died
    takes: tuple[int, ...]  # those of which there is a picture or a side file
    last_picture: tuple[int, int]  # take and frame of the last one; (0, 0) without any


def survey(folder: Path) -> Survey:
    """Look once at every name in the folder, and at the first column of data.csv."""
    highest = _highest_in_rows(folder / DATA_FILE)
    parts: list[str] = []
    takes: set[int] = set()
    last_picture = (0, 0)
    with os.scandir(folder) as entries:
        for entry in entries:
            found = _ANY_NAME.fullmatch(entry.name)
            if found is None:
                continue
            number = int(found.group(1) or found.group(2))
            highest = max(highest, number)
            if found.group(2):
                parts.append(entry.name)
            else:
                takes.add(number)
                last_picture = max(last_picture, picture_key(entry.name) or last_picture)
    return Survey(highest, tuple(sorted(parts)), tuple(sorted(takes)), last_picture)


def _highest_in_rows(path: Path) -> int:
    highest = 0
    try:
        with path.open("rb") as file:
            rest = b""
            while chunk := file.read(_CHUNK):
                text = rest + chunk
                end = text.rfind(b"\n") + 1
                highest = max(highest, *map(int, set(_ROW_START.findall(text, 0, end))), 0)
                rest = text[end:][-_LONGEST_ROW:]
            highest = max(highest, *map(int, _ROW_START.findall(rest)), 0)
    except FileNotFoundError:
        return 0
    return highest


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


# Stop recording when less than this is free: a full system disk takes more than the recording with it.
_KEEP_FREE = 200 << 20
_KEEP_FREE_SHARE = 0.05


def bytes_to_keep_free(folder: Path) -> int:
    """How much room a recording leaves on the disk; less on a small one."""
    return min(_KEEP_FREE, int(shutil.disk_usage(folder).total * _KEEP_FREE_SHARE))


class AppendedFile:
    """A file that only ever grows by whole pieces: what could not be written whole is taken back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def append(self, piece: bytes) -> None:
        """Add the piece. Raise OSError where that fails; then the file is as it was before."""
        file = self._opened()
        before = os.fstat(file.fileno()).st_size
        try:
            written = os.write(file.fileno(), piece)
            if written != len(piece):
                raise OSError(28, "No space left on device", str(self._path))
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file.fileno(), before)
            raise

    def sync(self) -> None:
        """Have the system put what was appended on the disk."""
        file = self._file
        if file is None:
            return
        with contextlib.suppress(ValueError):  # closed meanwhile by the thread that writes
            os.fsync(file.fileno())

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _opened(self) -> IO[bytes]:
        if self._file is not None and not self._is_still_there(self._file):
            self.close()
        if self._file is None:
            self._file = self._path.open("ab", buffering=0)
        return self._file

    def _is_still_there(self, file: IO[bytes]) -> bool:
        """Whether the open file is the one that the folder shows under its name."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False


def rename_to_new(old: Path, new: Path) -> None:
    """Rename without ever overwriting. Raise FileExistsError where `new` is there."""
    if sys.platform != "win32" and os.path.lexists(new):
        # Windows refuses by itself.
        raise FileExistsError(17, "a file of that name is already there; move it away", str(new))
    old.rename(new)


def write_json(path: Path, content: dict[str, Any], durable: bool = False) -> None:
    """Replace the file at once: whoever reads it sees the old content or the new one."""
    part = path.with_name(part_name(path.name))
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
            file.write("\n")
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def put_in_place(part: Path, path: Path) -> None:
    """Give the whole new file its name, in place of the old one; where that fails, remove it and raise OSError."""
    try:
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


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
