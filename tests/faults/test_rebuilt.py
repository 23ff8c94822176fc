"""A lost, torn or half-written data.csv comes back from the pictures, byte for byte."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.repair.repair import repair
from tests.end_to_end.captures import Captures, assert_whole
from tests.faults.game import HandGame, mend

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs an X display")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, display: str) -> Path:
    """Three takes with awkward numbers."""
    base = tmp_path_factory.mktemp("recorded")
    with HandGame(base / "captures", base / "run", display) as game:
        game.wait_ready()
        for order in (1, 2, 3):
            game.ticks(15, order, gas=1 / 3, acc_lateral=-1e-30, speed_mph=123456.789, performance_meter=-0.0)
            game.ticks(25, order, steer=-359.99999, spline_position=0.99999994)
            game.stop()
    return base / "captures"


@pytest.fixture
def folder(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "captures"))


def delete(table: Path) -> None:
    table.unlink()


def tear(table: Path) -> None:
    table.write_bytes(table.read_bytes()[:-20])


def cut_short(table: Path) -> None:
    content = table.read_bytes()
    table.write_bytes(content[: len(content) // 3])


def punch_a_hole(table: Path) -> None:
    content = bytearray(table.read_bytes())
    content[500:1500] = bytes(1000)
    table.write_bytes(content)


def double_rows(table: Path) -> None:
    table.write_bytes(table.read_bytes() * 2)


def save_with_a_spreadsheet(table: Path) -> None:
    table.write_bytes(table.read_bytes().replace(b"\n", b"\r\n"))


def empty(table: Path) -> None:
    table.write_bytes(b"")


@pytest.mark.parametrize("damage", [delete, tear, cut_short, punch_a_hole, double_rows, save_with_a_spreadsheet, empty])
def test_the_table_comes_back(folder: Path, damage: Callable[[Path], None]) -> None:
    table = folder / "data.csv"
    before = table.read_bytes()
    damage(table)
    repair(folder)
    assert table.read_bytes() == before
    assert_whole(Captures(folder))


@pytest.mark.parametrize("damage", [tear, cut_short, empty])
def test_what_a_crash_can_do_is_mended_at_the_start(
    folder: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """Without anyone asking for it: the next recorder does it."""
    table = folder / "data.csv"
    before = table.read_bytes()
    damage(table)
    mend(folder, tmp_path / "run")
    assert table.read_bytes() == before
    assert_whole(Captures(folder))


def test_rows_of_a_take_that_vanished(folder: Path, tmp_path: Path) -> None:
    """A power cut kept the rows, but none of the names of the take's files."""
    table = folder / "data.csv"
    lines = table.read_bytes().splitlines(keepends=True)
    for path in folder.glob("03_*"):
        path.unlink()
    mend(folder, tmp_path / "run")
    assert table.read_bytes().splitlines(keepends=True) == [line for line in lines if not line.startswith(b"03_")]
    assert_whole(Captures(folder))
    assert b"03_000001.jpg" in (folder / ".rescued" / "rows.csv").read_bytes()


def test_a_repair_of_what_is_whole_changes_nothing(folder: Path) -> None:
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir() if path.is_file()}
    assert repair(folder).is_clean
    after = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir() if path.is_file()}
    assert after == before
