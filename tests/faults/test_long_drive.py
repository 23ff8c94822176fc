"""An evening of driving: many takes, many frames, a folder full of files. Nothing grows, nothing gets slower."""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from lib.captures.files import write_json
from lib.captures.names import take_file_name
from lib.link import mapped_file
from lib.repair.repair import repair
from tests.end_to_end.captures import Captures, assert_accounted, assert_whole
from tests.faults.game import HandGame
from tests.faults.in_step import assert_rows_show_their_tick

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="/proc")

# Takes and pictures.
SHORT, LONG = (12, 1200), (200, 50_000)
SHORT_FILES, LONG_FILES = 20_000, 300_000
MOST_GROWTH_MB = 6.0


@dataclass(frozen=True)
class Footprint:
    """What a process takes of the machine."""

    megabytes: float
    handles: int
    threads: int

    @classmethod
    def of(cls, process: int) -> Footprint:
        words = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
        handles = len(list(Path(f"/proc/{process}/fd").iterdir()))
        return cls(int(words["VmRSS"].split()[0]) / 1024, handles, int(words["Threads"]))


@pytest.mark.timeout(3600)
def test_many_frames_and_takes(
    tmp_path: Path, display: str, long_form: bool, record_property: pytest.RecordProperty
) -> None:
    """Memory, handles and threads stay flat; takes beyond 99 name and sort themselves."""
    takes, pictures = LONG if long_form else SHORT
    captures = Captures(tmp_path / "captures")
    started = time.perf_counter()
    footprints = []
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        for order in range(1, takes + 1):
            wanted = pictures // takes
            game.drive_until(
                lambda s, o=order, w=wanted: s.take_order == o and s.frames_saved >= w,
                take=order,
                seconds=120,
                fps=500.0,
            )
            game.ticks(
                2, order + 1 if order % 3 == 0 and order < takes else 0
            )  # every third is followed by the next at once
            footprints.append(Footprint.of(game.recorder.pid))
        game.stop()
        assert game.close() == 0, game.log()
    seconds = time.perf_counter() - started
    assert_flat(footprints)
    rows = captures.rows
    assert len(rows) >= pictures
    assert sorted({row.take for row in rows}) == list(range(1, takes + 1))
    assert [row.image for row in rows] == [picture.name for picture in captures.pictures]
    assert_rows_show_their_tick(captures, most=500)
    for take in range(1, takes + 1):
        assert_accounted(captures, take)
    first, last = footprints[len(footprints) // 4], footprints[-1]
    figures = (
        f"{len(rows)} pictures in {takes} takes, {seconds:.0f} s: memory {first.megabytes:.1f} -> {last.megabytes:.1f} "
        f"MB, handles {first.handles} -> {last.handles}, threads {first.threads} -> {last.threads}"
    )
    record_property("figures", figures)
    print(f"\n{figures}")


def assert_flat(footprints: list[Footprint]) -> None:
    """From a quarter of the way on, when everything is warm."""
    quarter = len(footprints) // 4
    early, late = footprints[quarter : 2 * quarter], footprints[-quarter:]
    growth = statistics.median(f.megabytes for f in late) - statistics.median(f.megabytes for f in early)
    assert growth < MOST_GROWTH_MB, f"the recorder grew by {growth:.1f} MB"
    assert max(f.handles for f in late) <= max(f.handles for f in early) + 3
    assert max(f.threads for f in late) <= max(f.threads for f in early)


def test_frame_one_million(tmp_path: Path, display: str) -> None:
    """Its name grows by a digit; table, order and repair know it."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display, hooks={"frames_before": 999_980}) as game:
        game.wait_ready()
        game.record(60, 1)
    frames = [int(row.image.split("_")[1].removesuffix(".jpg")) for row in captures.rows]
    assert frames == list(range(999_981, 999_981 + len(frames)))
    assert "01_1000000.jpg" in {row.image for row in captures.rows}
    assert_rows_show_their_tick(captures)
    table = captures.folder / "data.csv"
    before = table.read_bytes()
    table.unlink()
    repair(captures.folder)
    assert table.read_bytes() == before


def test_start_in_a_full_folder(
    tmp_path: Path, display: str, long_form: bool, record_property: pytest.RecordProperty
) -> None:
    """Hundreds of thousands of files: the recorder is alive for the game from the first moment, and ready soon."""
    files = LONG_FILES if long_form else SHORT_FILES
    empty = seconds_to_ready(tmp_path / "empty", tmp_path / "run", display)
    folder = tmp_path / "captures"
    fill(folder, files)
    full = seconds_to_ready(folder, tmp_path / "run", display)
    figures = f"ready after {empty:.2f} s in an empty folder, {full:.2f} s among {files} files"
    record_property("figures", figures)
    print(f"\n{figures}")
    assert full < empty + 1 + files / 100_000
    with HandGame(folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.record(40, 1)
    captures = Captures(folder)
    assert captures.take(2)["frames_saved"] > 20
    assert_accounted(captures, 2)


def fill(folder: Path, files: int) -> None:
    folder.mkdir()
    with (folder / "data.csv").open("w", encoding="ascii", newline="\n") as table:
        for frame in range(1, files + 1):
            name = f"01_{frame:06d}.jpg"
            (folder / name).touch()
            table.write(f"{name},0,0,1,3,12.5,0.1,0.1,88.25,TRUE,12.345,0.000,0.5,0,0\n")
    write_json(folder / take_file_name(1), {"format": 1, "take": 1, "how_it_ended": "stopped"})


def seconds_to_ready(folder: Path, scratch: Path, display: str) -> float:
    """How long a recorder takes to be ready; its heart must beat all the while."""
    with HandGame(folder, scratch, display) as game:
        return game.drive_until(lambda status: status.state == mapped_file.READY, seconds=60)


def test_short_takes_in_a_row(tmp_path: Path, display: str) -> None:
    """A handful of short takes in a row is whole to the last byte; what the long test only samples."""
    captures = Captures(tmp_path / "captures")
    with HandGame(captures.folder, tmp_path / "run", display) as game:
        game.wait_ready()
        for order in range(1, 9):
            game.ticks(10, order)
            game.ticks(order % 2)
        game.stop()
    assert_whole(captures)
    assert len({row.take for row in captures.rows}) == 8
