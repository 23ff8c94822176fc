"""The conditions in which AC runs Python code: no argv, no streams, and without the modules that it lacks."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

# Extension modules that stock AC lacks, and what can't be imported without them or is newer than Python 3.3.
LACKING = frozenset(
    [
        "_ctypes",
        "ctypes",
        "_socket",
        "socket",
        "select",
        "selectors",
        "unicodedata",
        "_ssl",
        "ssl",
        "_multiprocessing",
        "multiprocessing",
        "_hashlib",
        "_sqlite3",
        "sqlite3",
        "_bz2",
        "bz2",
        "_lzma",
        "lzma",
        "_decimal",
        "pyexpat",
        "http",
        "asyncio",
        "concurrent",
        "enum",
        "pathlib",
        "statistics",
        "tracemalloc",
        "typing",
        "dataclasses",
        "contextvars",
        "secrets",
        "zoneinfo",
        "tomllib",
        "graphlib",
    ]
)


class Strictness:
    """Switches the conditions on while app code runs."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._import = builtins.__import__

    @contextmanager
    def app_code(self) -> Iterator[None]:
        streams, argv = (sys.stdout, sys.stderr), sys.argv
        builtins.__import__ = self._guarded_import
        sys.stdout = sys.stderr = None
        del sys.argv
        try:
            yield
        finally:
            sys.stdout, sys.stderr = streams
            sys.argv = argv
            builtins.__import__ = self._import

    def _guarded_import(
        self,
        name: str,
        importer: Mapping[str, object] | None = None,
        local: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0 and name.partition(".")[0] in LACKING and self._is_app(importer):
            raise ImportError(f"No module named {name!r}")
        return self._import(name, importer, local, fromlist, level)

    def _is_app(self, importer: Mapping[str, object] | None) -> bool:
        file = str((importer or {}).get("__file__", ""))
        return file.startswith((self._root, "apps"))
