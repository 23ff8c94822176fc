"""AC's three shared-memory pages, written as AC writes them.

Under Windows their names are the session's. Elsewhere the app looks for them in one folder of the whole machine: there
a double leads it to a folder of its own, so that it meets no other one, and none of another user.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .page_fields import PAGES, Page

_WHERE_THE_APP_LOOKS = "/dev/shm/acpmf_"


class Pages:
    """The pages of one running game. `extra` bytes make them longer than documented, as AC 1.16.4 has them."""

    def __init__(self, folder: Path, extra: int = 16, sizes: Mapping[str, int] | None = None) -> None:
        self._folder = folder
        self._maps: dict[str, mmap.mmap] = {}
        self._files: list[Path] = []
        for name, size in ({page.name: page.size + extra for page in PAGES} if sizes is None else sizes).items():
            self._maps[name] = self._make(name, size)

    def _make(self, name: str, size: int) -> mmap.mmap:
        if os.name == "nt":
            return mmap.mmap(-1, size, name)
        path = self._folder / name
        with path.open("w+b") as file:
            file.truncate(size)
            mapped = mmap.mmap(file.fileno(), size)
        self._files.append(path)
        return mapped

    def write(self, page: Page, values: Mapping[str, Any]) -> None:
        """Write the whole page at once; what lies beyond a short one is left out."""
        mapped = self._maps.get(page.name)
        if mapped is not None:
            packed = page.pack(values)[: len(mapped)]
            mapped[: len(packed)] = packed

    def close(self) -> None:
        for mapped in self._maps.values():
            mapped.close()
        for path in self._files:
            path.unlink(missing_ok=True)


@contextmanager
def app_looks_into(folder: Path) -> Iterator[None]:
    """Whoever opens a page of the game gets the one in this folder."""
    opened = os.open

    def redirected(path: Any, *arguments: Any, **options: Any) -> int:
        name = os.fspath(path)
        if isinstance(name, str) and name.startswith(_WHERE_THE_APP_LOOKS):
            path = folder / Path(name).name
        return opened(path, *arguments, **options)

    os.open = redirected
    try:
        yield
    finally:
        os.open = opened
