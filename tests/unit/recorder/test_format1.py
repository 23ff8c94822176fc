"""A folder that release 1.0.0 recorded is read, mended and gone on with. `tests/data/README.md` says what it is."""

import csv
import json
import shutil
import sys
from pathlib import Path

import pytest

from lib.captures.comment import carried
from lib.captures.row import read_row, split_row
from lib.captures.take_file import read_description
from lib.captures.vocabulary import Ended, Outcome, PairedBy
from lib.link.mapped_file import READY, RECORDING
from lib.repair.repair import repair
from tests.environment import ROOT
from tests.unit.recorder.drawn_game import DrawnGame

FORMAT1 = ROOT / "tests" / "data" / "format1"


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    folder = tmp_path / "captures"
    shutil.copytree(FORMAT1, folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


def ticks_of(folder: Path, take: int) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / f"{take:02d}_ticks.csv").read_text().splitlines()))


def test_rows_comments_and_descriptions_are_read() -> None:
    lines = (FORMAT1 / "data.csv").read_bytes().splitlines()
    assert len(lines) == 30
    by_image = {line["image"]: line for take in (1, 2) for line in ticks_of(FORMAT1, take)}
    for line in lines:
        columns = split_row(line)
        assert columns is not None
        row = read_row(columns)
        assert row is not None
        content = carried(FORMAT1 / row.image)
        assert content is not None
        assert content.row == columns
        assert content.paired_by is PairedBy.STRIP
        assert content.sample is not None
        told = by_image[row.image]
        assert content.sample.tick == int(told["tick"])
        assert content.sample.steer == pytest.approx(float(told["steer"]), rel=1e-7)
        assert content.pages is not None
        assert content.pages["wheel_load_rr"] == float(told["wheel_load_rr"]) == 2900
    for take in (1, 2):
        description = read_description(FORMAT1, take)
        assert description is not None
        assert (description.format, description.how_it_ended, description.frames_saved) == (1, Ended.STOPPED, 15)


def test_there_is_nothing_to_mend(captures: Path) -> None:
    before = contents(captures)
    assert repair(captures).is_clean
    assert contents(captures) == before


def test_a_row_and_a_tick_line_that_are_gone_come_back(captures: Path) -> None:
    before = contents(captures)
    rows = before["data.csv"].splitlines(keepends=True)
    (captures / "data.csv").write_bytes(b"".join(rows[:20] + rows[21:]))
    lines = before["02_ticks.csv"].splitlines(keepends=True)
    assert b",saved," in lines[6]
    (captures / "02_ticks.csv").write_bytes(b"".join(lines[:6] + lines[7:]))
    description = json.loads(before["02_take.json"])
    description["how_it_ended"] = "open"
    (captures / "02_take.json").write_text(json.dumps(description))
    report = repair(captures)
    assert (report.rows_rebuilt, report.takes_completed) == (1, [2])
    assert (captures / "data.csv").read_bytes() == before["data.csv"]
    assert (captures / "02_ticks.csv").read_bytes() == before["02_ticks.csv"]
    mended = read_description(captures, 2)
    assert mended is not None
    assert (mended.how_it_ended, mended.frames_saved, mended.ticks["total"]) == (Ended.RECOVERED, 15, 15)


def test_a_tick_whose_line_and_picture_are_gone_counts_as_lost(captures: Path) -> None:
    (captures / "01_000015.jpg").unlink()
    description = json.loads((captures / "01_take.json").read_text())
    description["how_it_ended"] = "open"
    (captures / "01_take.json").write_text(json.dumps(description))
    lines = (captures / "01_ticks.csv").read_text().splitlines(keepends=True)
    (captures / "01_ticks.csv").write_text("".join(lines[:8] + lines[9:]))
    repair(captures)
    told = {int(line["tick"]): line for line in ticks_of(captures, 1)}
    assert [*told] == [*range(180, 198)]
    assert told[187]["outcome"] == told[197]["outcome"] == Outcome.LOST
    assert told[187]["gas"] == ""


@pytest.mark.skipif(sys.platform == "win32", reason="draws with X11")
def test_a_recorder_goes_on_with_take_3(steady_display: None, captures: Path) -> None:
    before = contents(captures)
    game = DrawnGame(captures.parent)
    try:
        game.start()
        game.drive_until(lambda status: status.state == RECORDING and status.frames_saved >= 5)
        game.stop()
        game.drive_until(lambda status: status.state == READY)
        assert game.end() == 0
    finally:
        game.close()
    after = contents(captures)
    assert {name: after[name] for name in before if name != "data.csv"} == {
        name: before[name] for name in before if name != "data.csv"
    }
    rows = after["data.csv"].splitlines()
    assert after["data.csv"].startswith(before["data.csv"])
    assert rows[30].startswith(b"03_000001.jpg,")
    assert all(row.startswith(b"03_") for row in rows[30:])
    assert repair(captures).is_clean
