"""What a recorder meets in its folder when it starts: others' files, unreadable ones, a long take to mend."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from PIL import Image

from lib.captures.take_file import read_description, write_description
from lib.link import mapped_file
from lib.link.mapped_file import RecorderStatus
from tests.bench.crashed_take import make_crashed_take
from tests.end_to_end.captures import Captures
from tests.faults.game import HandGame, mend

PICTURES = 3000


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A take that was left open, of which everything has to be read."""
    folder = tmp_path / "captures"
    folder.mkdir()
    make_crashed_take(folder, PICTURES, 40)
    description = read_description(folder, 1)
    assert description is not None
    description.safe = None
    write_description(folder, description)
    return folder


@pytest.mark.parametrize("name", ["01_take.json", "01_002990.jpg", "01_ticks.csv", "data.csv"])
def test_a_file_that_can_not_be_read_is_waited_for(crashed: Path, tmp_path: Path, name: str) -> None:
    bad = tmp_path / "bad"
    bad.touch()
    before = {path.name: path.read_bytes() for path in crashed.glob("*.[jc]s*")}
    with HandGame(crashed, tmp_path / "run", display=None, hooks={"unreadable": [name, str(bad)]}) as game:
        game.drive_until(lambda status: f"{name} can't be read (Input/output error)" in status.message, seconds=20)
        assert game.status().state == mapped_file.STARTING
        game.ticks(50)
        assert {path.name: path.read_bytes() for path in crashed.glob("*.[jc]s*")} == before
        bad.unlink()
        game.drive_until(lambda status: status.state == mapped_file.READY, seconds=20)
    assert not (crashed / ".rescued").exists()
    content = json.loads((crashed / "01_take.json").read_text(encoding="utf-8"))
    assert (content["car"], content["frames_saved"]) == ("ks_double", PICTURES)


def test_while_one_waits_the_game_may_end(crashed: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.touch()
    game = HandGame(crashed, tmp_path / "run", display=None, hooks={"unreadable": ["01_take.json", str(bad)]})
    game.drive_until(lambda status: "can't be read" in status.message, seconds=20)
    assert game.close() == 0


def test_the_mending_of_a_long_take_is_told_and_ends_with_the_game(crashed: Path, tmp_path: Path) -> None:
    words = re.compile(r"Mending take 01: [0-9]+ of 3000 \.\.\.")
    told: set[str] = set()

    def is_under_way(status: RecorderStatus) -> bool:
        if status.state == mapped_file.STARTING and words.fullmatch(status.message):
            told.add(status.message)
        return len(told) > 2

    game = HandGame(crashed, tmp_path / "run", display=None, hooks={"slow_pictures": 0.003})
    game.drive_until(is_under_way, seconds=20)
    began = time.perf_counter()
    assert game.close() == 0
    assert time.perf_counter() - began < 5
    assert json.loads((crashed / "01_take.json").read_text(encoding="utf-8"))["how_it_ended"] == "open"
    mend(crashed, tmp_path / "run")
    content = json.loads((crashed / "01_take.json").read_text(encoding="utf-8"))
    assert (content["how_it_ended"], content["frames_saved"]) == ("recovered after a crash", PICTURES)


def test_a_recording_beside_files_of_others(tmp_path: Path, display: str) -> None:
    """Photos of a phone, another program's files, rows of an older tool: the take is 03, and they are as they were."""
    folder = tmp_path / "captures"
    folder.mkdir()
    for name in ("20240714_183012.jpg", "20240714_183015.jpg", "999999999_000001.jpg"):
        Image.new("RGB", (60, 40), "green").save(folder / name)
        with (folder / name).open("ab") as file:
            file.write(b"a video behind the end marker" + bytes(3000))
    (folder / "20240714_take.json").write_text('{"scene": "kitchen", "take": 3}', encoding="utf-8")
    old_rows = b"".join(b"02_%06d.png,0,1,1,3,12.5,0.1,0.1,88,True,12.3,0,0.5,0,0\r\n" % frame for frame in (1, 2, 3))
    (folder / "data.csv").write_bytes(old_rows)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "data.csv"}
    for order in (1, 2):
        with HandGame(folder, tmp_path / "run", display) as game:
            game.wait_ready()
            game.record(20, order)
            log = game.log()
        assert log.count("left alone: 4 files") == 1
        assert "20240714" in log
    assert {name: (folder / name).read_bytes() for name in before} == before
    table = (folder / "data.csv").read_bytes()
    assert table.startswith(old_rows)
    assert {line[:3] for line in table[len(old_rows) :].splitlines()} == {b"03_", b"04_"}
    takes = sorted(path.name for path in folder.glob("0*_take.json"))
    assert takes == ["03_take.json", "04_take.json"]
    ids = {Captures(folder).take(take)["take_id"] for take in (3, 4)}
    assert len(ids) == 2
