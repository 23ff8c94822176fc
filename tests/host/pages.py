"""AC's three shared-memory pages, written as AC writes them."""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from typing import IO

PHYSICS_BYTES, GRAPHICS_BYTES, STATIC_BYTES = 580, 296, 684
_SIZES = {"acpmf_physics": PHYSICS_BYTES, "acpmf_graphics": GRAPHICS_BYTES, "acpmf_static": STATIC_BYTES}
_FOLDER = Path("/dev/shm")


class Pages:
    """The pages of one running game. `extra` bytes make them longer than documented, as AC 1.16.4 has them.

    Their names are the same for all, so a second double on the machine waits until the first is over.
    """

    def __init__(self, extra: int = 16, sizes: dict[str, int] | None = None) -> None:
        self._lock = _wait_for_turn()
        self._maps = {}
        self._files: list[Path] = []
        for name, size in (_SIZES if sizes is None else sizes).items():
            self._maps[name] = self._make(name, size + (extra if sizes is None else 0))

    def _make(self, name: str, size: int) -> mmap.mmap:
        if os.name == "nt":
            return mmap.mmap(-1, size, name)
        path = _FOLDER / name
        with path.open("w+b") as file:
            file.truncate(size)
            mapped = mmap.mmap(file.fileno(), size)
        self._files.append(path)
        return mapped

    def put(self, name: str, offset: int, form: str, *values: object) -> None:
        """Write values at an offset of the page; what lies beyond a short page is left out."""
        mapped = self._maps.get(name)
        if mapped is not None and offset + struct.calcsize("<" + form) <= len(mapped):
            struct.pack_into("<" + form, mapped, offset, *values)

    def text(self, name: str, offset: int, characters: int, text: str) -> None:
        encoded = text.encode("utf-16-le")[: (characters - 1) * 2]
        self.put(name, offset, f"{characters * 2}s", encoded)

    def close(self) -> None:
        for mapped in self._maps.values():
            mapped.close()
        for path in self._files:
            path.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()


def _wait_for_turn() -> IO[bytes] | None:
    if os.name == "nt":
        return None
    import fcntl

    lock = (_FOLDER / "acpmf_double.lock").open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock
