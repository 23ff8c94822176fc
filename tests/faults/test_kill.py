"""SIGKILL of the game, the recorder, or both, at random moments: nothing that was saved is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.end_to_end.captures import Captures, assert_whole
from tests.environment import ROOT
from tests.faults.game import HandGame, mend
from tests.faults.killed_game import PHASES
from tests.faults.scene import SIZE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL; under Windows see tests/windows")

VICTIMS = (("game",), ("recorder",), ("recorder", "game"))
# Seconds after its beginning within which a phase is struck.
SPANS = {"launch": 0.4, "recording": 0.45, "stop": 0.12, "change": 0.15, "end": 0.15}
LONG_KILLS, SHORT_KILLS = 216, 15
KILLS_PER_FOLDER = 8
LARGE = (1200, 800)
_ORPHAN_SECONDS = 8.0


@dataclass
class Tally:
    """What a series of kills came to."""

    kills: int = 0
    rows: int = 0
    acknowledged: int = 0
    rescued: int = 0
    by_phase: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills {self.by_phase}: {self.rows} rows checked, {self.acknowledged} acknowledged before "
            f"their kill, 0 of them lost, {self.rescued} files moved to .rescued"
        )


def whole_pictures(folder: Path) -> set[str]:
    """The names of the pictures that are on the disk and whole."""
    found = set()
    for path in Captures(folder).pictures:
        with Image.open(path) as picture:
            picture.load()
        found.add(path.name)
    return found


def acknowledged_rows(folder: Path) -> list[str]:
    """The whole lines that data.csv has just now."""
    data = folder / "data.csv"
    return data.read_text(encoding="utf-8").splitlines(keepends=True) if data.exists() else []


def strike(
    folder: Path, scratch: Path, phase: str, victims: tuple[str, ...], delay: float, size: tuple[int, int] = SIZE
) -> dict[str, int]:
    """Let a game drive and die. Returns what its recorder had acknowledged when everything was dead."""
    told = scratch / "told.json"
    told.unlink(missing_ok=True)
    plan: dict[str, Any] = {"phase": phase, "victims": victims, "delay": delay, "told": str(told)}
    plan |= {"size": size, "captures": str(folder), "scratch": str(scratch)}
    game = subprocess.run(
        [sys.executable, "-m", "tests.faults.killed_game", json.dumps(plan)],
        cwd=ROOT,
        timeout=60,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert game.returncode in (0, -signal.SIGKILL), game.stderr
    said: dict[str, int] = json.loads(told.read_text(encoding="utf-8"))
    assert wait_gone(said["recorder"]), "the recorder outlived its game"
    return said


def wait_gone(process: int) -> bool:
    """Wait for a process that is not our child; a zombie counts as gone."""
    until = time.perf_counter() + _ORPHAN_SECONDS
    while time.perf_counter() < until:
        try:
            os.kill(process, 0)
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def check_after_repair(folder: Path, before: list[str], pictures: set[str], said: dict[str, int]) -> None:
    """The folder is whole, and has everything that was in it before the repair."""
    captures = Captures(folder)
    if not captures.pictures and not before:
        return
    assert_whole(captures)
    after = (folder / "data.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in before if line.endswith("\n")]
    assert after[: len(whole)] == whole, "a row that was in data.csv is gone or changed"
    rows = {row.image for row in captures.rows}
    assert pictures <= rows, "a whole picture lost its row"
    if said["take"]:
        assert sum(row.take == said["take"] for row in captures.rows) >= said["saved"], "a counted picture is gone"
    for take in {row.take for row in captures.rows}:
        description = captures.take(take)
        assert description["how_it_ended"] != "open"
        assert description["ended_utc"]


def kill_series(base: Path, kills: int, seed: int) -> Tally:
    """Kill again and again, over folders that several kills share, and look after each."""
    rng = random.Random(seed)
    tally = Tally()
    combinations = [(phase, victims) for phase in PHASES for victims in VICTIMS]
    # Large pictures are longer on their way to the disk.
    sizes = [SIZE, LARGE]
    rng.shuffle(combinations)
    takes = 0
    for number in range(kills):
        folder = base / f"captures-{number // KILLS_PER_FOLDER}"
        takes = takes if number % KILLS_PER_FOLDER else 0
        phase, victims = combinations[number % len(combinations)]
        delay = rng.uniform(0, SPANS[phase])
        before = acknowledged_rows(folder)
        said = strike(folder, base / "run", phase, victims, delay, rng.choice(sizes))
        kept = acknowledged_rows(folder)
        assert kept[: len(before)] == before
        pictures = whole_pictures(folder) if folder.exists() else set()
        mend(folder, base / "run")
        try:
            check_after_repair(folder, kept, pictures, said)
        except AssertionError as error:
            error.add_note(f"kill {number} of seed {seed}: {victims} {delay:.4f} s into {phase}, folder {folder}")
            raise
        highest = max((row.take for row in Captures(folder).rows), default=0) if (folder / "data.csv").exists() else 0
        assert highest >= takes
        takes = highest
        tally.kills += 1
        tally.rows += len(acknowledged_rows(folder))
        tally.acknowledged += len(kept)
        tally.by_phase[phase] = tally.by_phase.get(phase, 0) + 1
    rescued = [path for path in base.glob("captures-*/.rescued/**/*") if path.is_file()]
    tally.rescued = len(rescued)
    return tally


@pytest.mark.timeout(3600)
def test_killed_at_any_moment_loses_nothing(
    tmp_path: Path, display: str, long_form: bool, record_property: pytest.RecordProperty
) -> None:
    seed = random.SystemRandom().randrange(1 << 32) if long_form else 1
    tally = kill_series(tmp_path, LONG_KILLS if long_form else SHORT_KILLS, seed)
    record_property("figures", str(tally))
    print(f"\n{tally}; seed {seed}")
    assert tally.acknowledged > 0


def test_killed_while_it_repairs(tmp_path: Path, display: str) -> None:
    """The recorder that mends what a crash left is killed in the middle of it, several times."""
    folder, scratch = tmp_path / "captures", tmp_path / "run"
    said = strike(folder, scratch, "recording", ("recorder", "game"), 0.3)
    rows = acknowledged_rows(folder)
    assert rows
    (folder / "data.csv").write_text("".join(rows[:-3]) + rows[-3][:20], encoding="utf-8")
    pictures = whole_pictures(folder)
    for delay in (0.08, 0.12, 0.14, 0.16, 0.2):
        game = HandGame(folder, scratch, display=None)
        time.sleep(delay)
        game.recorder.kill()
        game.close()
    mend(folder, scratch)
    check_after_repair(folder, rows[:-3], pictures, said)


def test_recorder_killed_game_goes_on(tmp_path: Path, display: str) -> None:
    """The game starts another recorder; ticks and takes go on, and the killed take is mended."""
    with HandGame(tmp_path / "captures", tmp_path / "run", display) as game:
        game.wait_ready()
        game.ticks(40, 1)
        game.recorder.kill()
        game.ticks(20, 1)
        game.launch_another()
        game.wait_ready()
        game.record(30, 2)
        assert game.close() == 0
    captures = Captures(tmp_path / "captures")
    assert_whole(captures)
    assert {row.take for row in captures.rows} == {1, 2}
    assert "crash" in captures.take(1)["how_it_ended"]
    assert captures.take(2)["how_it_ended"] == "stopped"
