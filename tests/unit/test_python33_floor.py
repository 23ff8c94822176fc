"""What runs inside the game is Python 3.3 without the modules that the game lacks.

`vermin`, in CI, judges modules and syntax. Here is what it does not see.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.environment import ROOT

IN_GAME = [
    ROOT / "logger.py",
    ROOT / "lib" / "__init__.py",
    *sorted((ROOT / "lib" / "ingame").glob("*.py")),
    *sorted((ROOT / "lib" / "link").glob("*.py")),
]
# Extension modules that Assetto Corsa does not ship, and modules of the standard library that need one of them.
LACKING = {
    "_bz2", "_ctypes", "_decimal", "_hashlib", "_lzma", "_multiprocessing", "_socket", "_sqlite3", "_ssl",
    "asyncio", "bz2", "ctypes", "decimal", "ftplib", "hmac", "http", "logging.handlers", "lzma", "multiprocessing",
    "pyexpat", "random", "select", "secrets", "selectors", "smtplib", "socket", "socketserver", "sqlite3", "ssl",
    "tempfile", "unicodedata", "urllib", "uuid", "xml", "xmlrpc",
}  # fmt: skip


@pytest.mark.parametrize("path", IN_GAME, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_in_game_code(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert not sorted(LACKING & _imported(tree))
    assert not _commas_after_stars(source, tree), "Python 3.3 takes no comma behind *args or **kwargs"
    assert not _brackets_around_with(source, tree), "Python 3.3 takes no brackets around the items of a with"


def _imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module or "")
    return names | {name.split(".")[0] for name in names}


def _commas_after_stars(source: str, tree: ast.AST) -> list[int]:
    """Lines of calls and definitions whose last argument is starred and followed by a comma."""
    lines = []
    for node in ast.walk(tree):
        last = _last_if_starred(node)
        if last is not None and isinstance(node, ast.Call | ast.FunctionDef | ast.Lambda):
            after = source.splitlines(keepends=True)[last.end_lineno - 1 :] if last.end_lineno else []
            rest = "".join(after).encode()[last.end_col_offset or 0 :].decode().lstrip()
            if rest.startswith(",") and rest[1:].lstrip().startswith(")"):
                lines.append(node.lineno)
    return lines


def _last_if_starred(node: ast.AST) -> ast.expr | ast.arg | None:
    if isinstance(node, ast.Call):
        starred = [part for part in node.args if isinstance(part, ast.Starred)]
        doubled = [part.value for part in node.keywords if part.arg is None]
        return max([*starred, *doubled], key=lambda part: (part.end_lineno, part.end_col_offset), default=None)
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        return node.args.kwarg or node.args.vararg
    return None


def _brackets_around_with(source: str, tree: ast.AST) -> list[int]:
    lines = source.splitlines()
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.With) and len(node.items) > 1 and lines[node.lineno - 1].rstrip().endswith("(")
    ]


@pytest.mark.parametrize(
    ("source", "is_bad"),
    [
        ("f(\n    a,\n    *b,\n)", True),
        ("f(a, **b,)", True),
        ("f(a, *b)", False),
        ("f(*a, b=1,)", False),
        ("def f(a, *b,): pass", True),
        ("def f(a, *b): pass", False),
    ],
)
def test_the_check_itself(source: str, is_bad: bool) -> None:
    assert bool(_commas_after_stars(source, ast.parse(source))) == is_bad
