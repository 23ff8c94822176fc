"""The power goes at any moment, and the disk keeps what it likes of what was not synced."""

from __future__ import annotations

import random
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lib.repair.repair import repair_after_crash
from tests.end_to_end.captures import Captures, assert_accounted
from tests.faults.game import HandGame, mend
from tests.faults.in_step import assert_in_step
from tests.faults.journal import Change, after_power_cut, read_journal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the journal hooks POSIX calls")

SHORT_CUTS, LONG_CUTS = 25, 1000
# What may be lost: the rhythm of syncing is a second, and a sync takes its time.
MOST_LOST_SECONDS = 2.5


@dataclass(frozen=True)
class Drive:
    """A recording, and everything its recorder did to the disk."""

    folder: Path
    changes: list[Change]

    def rows_before(self, moment: float) -> list[bytes]:
        """The rows that had been written by then, in order."""
        data = next(c.file for c in self.changes if c.kind == "create" and c.name == "data.csv")
        return [c.content for c in self.changes if c.kind == "data" and c.file == data and c.moment <= moment]


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory, display: str) -> Drive:
    """Three takes, one of them right after another."""
    base = tmp_path_factory.mktemp("power")
    journal = base / "journal"
    with HandGame(base / "captures", base / "run", display, hooks={"journal": str(journal)}) as game:
        game.wait_ready()
        game.ticks(330, 1)
        game.ticks(120, 2)
        game.stop()
        game.ticks(120, 3)
        game.ticks(80)
        assert game.close() == 0, game.log()
    return Drive(base / "captures", read_journal(journal))


def test_the_journal_tells_all(drive: Drive, tmp_path: Path) -> None:
    """With nothing lost, what the journal leads to is the folder itself: else it would prove nothing."""
    everything = after_power_cut(drive.changes, len(drive.changes), _NothingLost())
    everything.write_to(tmp_path / "played")
    real = {path.name: path.read_bytes() for path in drive.folder.iterdir()}
    played = {path.name: path.read_bytes() for path in (tmp_path / "played").iterdir()}
    assert played == real


class _NothingLost(random.Random):
    def choice(self, _: object) -> float:  # type: ignore[override]
        return 1.0

    def random(self) -> float:
        return 0.5


@pytest.mark.timeout(1800)
def test_power_cut_loses_seconds_at_most(
    drive: Drive, tmp_path: Path, long_form: bool, record_property: pytest.RecordProperty
) -> None:
    rng = random.Random(3)
    lost_rows = worst = 0
    cuts = LONG_CUTS if long_form else SHORT_CUTS
    for number in range(cuts):
        cut = rng.randrange(1, len(drive.changes))
        folder = tmp_path / "captures"
        after_power_cut(drive.changes, cut, random.Random(number + 1000)).write_to(folder)
        try:
            lost = check_mended(drive, folder, drive.changes[cut - 1].moment)
        except Exception as error:
            error.add_note(f"power cut {number}, after change {cut} of {len(drive.changes)}: {folder}")
            raise
        lost_rows, worst = lost_rows + lost, max(worst, lost)
        shutil.rmtree(folder)
    figures = f"{cuts} power cuts: at worst {worst} rows lost of the last {MOST_LOST_SECONDS} s, none older"
    record_property("figures", figures)
    print(f"\n{figures}")
    assert worst > 0, "no cut lost anything: the disk was too kind to prove anything"


def check_mended(drive: Drive, folder: Path, moment: float) -> int:
    """Mend the folder and hold it against what was recorded. Returns how many rows are lost."""
    repair_after_crash(folder)
    captures = Captures(folder)
    rows = assert_in_step(captures)
    written = drive.rows_before(moment)
    kept = {b",".join(cell.encode() for cell in row.cells) + b"\n" for row in rows}
    assert kept <= set(drive.rows_before(float("inf"))), "a row that was never written"
    safe = drive.rows_before(moment - MOST_LOST_SECONDS)
    assert [row for row in safe if row not in kept] == [], "rows older than some seconds are lost"
    for take in {row.take for row in rows}:
        assert captures.take(take)["how_it_ended"] != "open"
        assert_accounted(captures, take)
    return len([row for row in written if row not in kept])


def test_the_next_start_mends_and_goes_on(drive: Drive, tmp_path: Path, display: str) -> None:
    """The same through a real recorder, which then records into the folder."""
    folder = tmp_path / "captures"
    after_power_cut(drive.changes, len(drive.changes) // 2, random.Random(5)).write_to(folder)
    mend(folder, tmp_path / "run")
    before = (folder / "data.csv").read_bytes()
    takes = {row.take for row in assert_in_step(Captures(folder))}
    with HandGame(folder, tmp_path / "run", display) as game:
        game.wait_ready()
        game.record(30, 1)
    assert (folder / "data.csv").read_bytes().startswith(before)
    after = {row.take for row in assert_in_step(Captures(folder))}
    assert takes < after
    assert min(after - takes) > max(takes)
