"""One captures folder: where in data.csv the rows of each take are, without holding them."""

from array import array
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from ..captures.files import is_plain_file
from ..captures.names import DATA_FILE, side_file_take, take_file_name, ticks_file_name
from ..captures.ownership import has_our_picture, has_our_side_file, telling
from ..errors import UserError
from .rows import Dialect, dialect_of, image_key

_HEAD = 1 << 16


class FolderError(UserError):
    """The folder can't be read as captures. The message is for the user."""


@dataclass(eq=False)
class TakeRows:
    """Where the rows of one take are: for each its frame and the offset of its line. 16 bytes a row."""

    frames: "array[int]" = field(default_factory=lambda: array("Q"))
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    doubled: int = 0  # rows of a frame that has one already; the first counts
    is_in_order: bool = True
    digest: str = ""  # of the lines, in the order of the file; once all are there
    sha: Any = None  # while rows are added

    def add(self, frame: int, offset: int, line: bytes) -> None:
        """Note a row."""
        if self.frames and frame <= self.frames[-1]:
            self.is_in_order = False
        self.frames.append(frame)
        self.offsets.append(offset)
        self.sha.update(line.strip())

    def close(self) -> None:
        """All are there: sort by frame and drop what is there twice."""
        self.digest, self.sha = self.sha.hexdigest(), None  # as text it can go to another process
        if self.is_in_order:
            return
        ordered = sorted(range(len(self.frames)), key=lambda at: (self.frames[at], self.offsets[at]))
        frames, offsets = array("Q"), array("Q")
        for at in ordered:
            if frames and frames[-1] == self.frames[at]:
                self.doubled += 1
                continue
            frames.append(self.frames[at])
            offsets.append(self.offsets[at])
        self.frames, self.offsets = frames, offsets


class Folder:
    """A captures folder, indexed by one pass over data.csv and one over the names of side files."""

    def __init__(self, path: Path) -> None:
        """Raise FolderError where there is no such folder, OSError where it can't be read."""
        if not path.is_dir():
            raise FolderError(f"there is no folder {path}: nothing was read; name a folder with recordings")
        self.path = path
        self.dialect = Dialect()
        self.rows: dict[int, TakeRows] = {}
        self.lines_left_out = 0  # lines of data.csv that name no picture
        rows = self._index_rows()
        self.takes = sorted({*rows, *(take for take in self._side_files() - rows.keys() if self._is_ours(take))})

    def __getstate__(self) -> dict[str, Any]:
        """A take goes to another process with its own rows, without those of all others."""
        return {**vars(self), "rows": {}}

    def open_rows(self) -> IO[bytes]:
        """data.csv, for reading."""
        return (self.path / DATA_FILE).open("rb")

    def _side_files(self) -> set[int]:
        numbers = (side_file_take(path.name) for path in self.path.glob("*_t[ai]*"))
        return {number for number in numbers if number is not None}

    def _is_ours(self, take: int) -> bool:
        """Whether SyncLogger made the files of a take that has no rows: other programs use such names, too."""
        names = [name for name in (take_file_name(take), ticks_file_name(take)) if (self.path / name).exists()]
        if has_our_side_file(self.path, take, names):
            return True
        return has_our_picture(self.path, telling(sorted(path.name for path in self.path.glob(f"{take:02d}_*.jpg"))))

    def _index_rows(self) -> dict[int, TakeRows]:
        try:
            if not is_plain_file(self.path / DATA_FILE):  # opening a pipe would wait for whoever writes into it
                raise FolderError(
                    f"{self.path / DATA_FILE} is no file, so nothing was read: move what has that name away"
                )
            file = self.open_rows()
        except FileNotFoundError:
            return self.rows
        with file:
            head = file.read(_HEAD)
            self.dialect = dialect_of(head)
            file.seek(self.dialect.start)
            self._index_lines(file)
        for rows in self.rows.values():
            rows.close()
        return self.rows

    def _index_lines(self, file: IO[bytes]) -> None:
        at, delimiter = self.dialect.start, self.dialect.delimiter
        skips_header = self.dialect.has_header
        for line in file:
            offset, at = at, at + len(line)
            if skips_header:
                skips_header = False
                continue
            key = image_key(line[: line.find(delimiter)])
            if key is None:
                self.lines_left_out += bool(line.strip())
                continue
            rows = self.rows.get(key[0])
            if rows is None:
                rows = self.rows[key[0]] = TakeRows(sha=sha256())
            rows.add(key[1], offset, line)
