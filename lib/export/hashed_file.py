"""A file that is hashed while it is written, so that nobody has to read it again."""

import hashlib
from pathlib import Path
from types import TracebackType
from typing import Any


class HashedFile:
    """A new file, written from the beginning to the end. As much of a file as pyarrow needs."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb", buffering=0)
        self._sha = hashlib.sha256()
        self._at = 0

    @property
    def sha256(self) -> str:
        """Of what was written."""
        return self._sha.hexdigest()

    @property
    def closed(self) -> bool:
        """Whether it is."""
        return self._file.closed

    def write(self, piece: Any) -> int:
        """Write the whole piece."""
        view = memoryview(piece).cast("B")
        self._sha.update(view)
        self._at += len(view)
        done = 0
        while done < len(view):
            done += self._file.write(view[done:]) or 0
        return len(view)

    def tell(self) -> int:
        """So many bytes were written."""
        return self._at

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """All is written."""
        self._file.close()

    def readable(self) -> bool:
        """It is not."""
        return False

    def writable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is not."""
        return False

    def __enter__(self) -> "HashedFile":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
