"""The conditions in which AC runs Python code: no argv, no streams, and without the modules that it lacks."""

from __future__ import annotations

import builtins
import importlib
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
        "tkinter",
        "winsound",
        "http",
        "urllib.request",
        "socketserver",
        "ftplib",
        "smtplib",
        "xmlrpc",
        "email.utils",
        "logging.handlers",
        "encodings.idna",
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
        self._import, self._import_module = builtins.__import__, importlib.import_module

    @contextmanager
    def app_code(self) -> Iterator[None]:
        streams, argv = (sys.stdout, sys.stderr), sys.argv
        builtins.__import__ = importlib.__import__ = self._guarded_import
        importlib.import_module = self._guarded_import_module
        sys.stdout = sys.stderr = None
        del sys.argv
        try:
            yield
        finally:
            sys.stdout, sys.stderr = streams
            sys.argv = argv
            importlib.import_module = self._import_module
            builtins.__import__ = importlib.__import__ = self._import

    def _guarded_import(
        self,
        name: str,
        importer: Mapping[str, object] | None = None,
        local: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0:
            self._refuse(name, fromlist or (), importer or sys._getframe(1).f_globals)
        return self._import(name, importer, local, fromlist, level)

    def _guarded_import_module(self, name: str, package: str | None = None) -> ModuleType:
        self._refuse(name, (), sys._getframe(1).f_globals)
        return self._import_module(name, package)

    def _refuse(self, name: str, fromlist: Sequence[str], importer: Mapping[str, object]) -> None:
        """Raise ImportError where an app asks for what AC lacks. What the library itself imports is its own matter."""
        parts = name.split(".")
        asked = [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
        asked += [f"{name}.{part}" for part in fromlist]
        lacking = LACKING.intersection(asked)
        if lacking and self._is_app(importer):
            raise ImportError(f"No module named {min(lacking)!r}")

    def _is_app(self, importer: Mapping[str, object]) -> bool:
        return str(importer.get("__file__", "")).startswith((self._root, "apps"))
