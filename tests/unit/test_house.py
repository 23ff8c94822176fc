"""The floors of the house: what lib/ imports, held against the one order in which imports may go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import ROOT

# A room imports only from lower floors, and a file of a room only from its own room and those below. Rooms inside a
# room are rooms of their own: what stands directly in `recorder` is above them.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "link", "percentiles", "progress"),
    ("ingame", "strip", "captures", "install", "tools"),
    ("repair",),
    ("recorder.screen", "recorder.pairing", "recorder.saving"),
    ("recorder", "recordings"),
    ("check",),
    ("dataset", "report"),
    ("export",),
    ("commands",),
    ("__main__",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def modules(lib: Path) -> dict[str, Path]:
    """Every module below lib, by its name without the package's own."""
    found = {}
    for path in lib.rglob("*.py"):
        parts = path.relative_to(lib).with_suffix("").parts
        if parts != ("__init__",):
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def room_of(module: str) -> str | None:
    """The room that a module stands in: the longest that FLOORS names."""
    parts = module.split(".")
    names = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((name for name in names if name in FLOOR_OF), None)


def imports(module: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules of lib that this one imports, wherever in it the import stands."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            bases = [alias.name.removeprefix("lib.") for alias in node.names if alias.name.startswith("lib.")]
            yield from (base for base in bases if base in known)
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            parts = package[: len(package) - node.level + 1]
        elif (node.module or "").split(".")[0] in ("lib", "synclogger"):
            parts = []
        else:
            continue
        named = (node.module or "").split(".") if node.level else (node.module or "").split(".")[1:]
        base = ".".join([*parts, *filter(None, named)])
        inside = [f"{base}.{alias.name}".strip(".") for alias in node.names]
        yield from (name for name in inside if name in known)
        if base in known and not all(name in known for name in inside):
            yield base


def faults(lib: Path) -> list[str]:
    """What is wrong with the imports of this lib, a line each."""
    known = modules(lib)
    found = [f"{module}: its room stands on no floor" for module in known if room_of(module) is None]
    wanted = {module: sorted({*imports(module, path, known)} - {module}) for module, path in known.items()}
    for module, targets in wanted.items():
        for target in targets:
            here, there = room_of(module), room_of(target)
            if here is None or there is None or here == there:
                continue
            if FLOOR_OF[there] >= FLOOR_OF[here]:
                found.append(f"{module} imports {target}: {there} is not below {here}")
    return found + [f"a circle: {' -> '.join(circle)}" for circle in circles(wanted)]


def circles(wanted: dict[str, list[str]]) -> Iterator[list[str]]:
    """One circle of imports for each module at which one closes."""
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> Iterator[list[str]]:
        if module in path:
            yield [*path[path.index(module) :], module]
        elif module not in done:
            for target in wanted[module]:
                yield from walk(target, [*path, module])
            done.add(module)

    for module in wanted:
        yield from walk(module, [])


def test_imports_go_down() -> None:
    assert faults(ROOT / "lib") == []


def test_every_room_is_there() -> None:
    rooms = {room_of(module) for module in modules(ROOT / "lib")}
    assert rooms == {*FLOOR_OF}


@pytest.mark.parametrize(
    ("name", "line", "fault"),
    [
        ("captures/row.py", "from ..recorder.take import Take", "recorder is not below captures"),
        ("repair/rows.py", "from ..recordings import laps", "recordings is not below repair"),
        ("captures/names.py", "def later():\n    from lib.repair.repair import repair", "repair is not below captures"),
        ("strip/rect.py", "from ..captures import names", "captures is not below strip"),
        ("recorder/screen/grab.py", "from ..session import Session", "recorder is not below recorder.screen"),
        ("captures/names.py", "from .files import write_json", "a circle"),
        ("loft/__init__.py", "", "loft: its room stands on no floor"),
        ("attic.py", "import json", "attic: its room stands on no floor"),
    ],
)
def test_one_wrong_import_is_seen(tmp_path: Path, name: str, line: str, fault: str) -> None:
    lib = tmp_path / "lib"
    for module in (ROOT / "lib").rglob("*.py"):
        copy = lib / module.relative_to(ROOT / "lib")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(module.read_bytes())
    path = lib / name
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    assert any(fault in found for found in faults(lib)), faults(lib)
