"""Doctored links, settings, pages, tables and pictures: nothing is executed, nothing written elsewhere, no crash."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lib.ingame import pages, recorder_process
from lib.link import mapped_file, settings
from lib.link.mapped_file import SIZE, GameLink, RecorderLink, RecorderStatus
from lib.repair.repair import repair
from tests.end_to_end.captures import Captures, assert_whole
from tests.environment import ROOT
from tests.faults.game import HandGame, brief_of
from tests.faults.in_step import assert_in_step

ON_WINDOWS = sys.platform == "win32"


@pytest.fixture
def fence(tmp_path: Path) -> Iterator[Path]:
    """A folder beside which nothing may appear. Recorders get `fence / "captures"`."""
    inside = tmp_path / "fence"
    inside.mkdir()
    (tmp_path / "secret.csv").write_text("untouched", encoding="utf-8")
    (tmp_path / "evil.jpg").write_bytes(b"untouched")
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    yield inside
    after = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert after == before
    assert {path.name for path in inside.iterdir()} <= {"captures", "run"}


# --- the link


@pytest.mark.skipif(ON_WINDOWS, reason="Windows has no such modes; its folder belongs to the user")
def test_the_link_is_its_users_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        link = GameLink(str(tmp_path / "link"), 1)
    finally:
        os.umask(before)
    assert (tmp_path / "link").stat().st_mode & 0o777 == 0o600
    link.close()


def test_the_link_is_never_someone_elses_file(tmp_path: Path) -> None:
    (tmp_path / "link").write_bytes(b"prepared by someone")
    with pytest.raises(FileExistsError):
        GameLink(str(tmp_path / "link"), 1)


@pytest.mark.skipif(ON_WINDOWS, reason="there Windows itself keeps what is in use")
def test_links_of_the_dead_are_removed(tmp_path: Path) -> None:
    """A game and a recorder killed together leave their link; the next game clears it away, and no other."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    folder = Path(recorder_process._new_path(str(tmp_path / "ours"))).parent
    assert folder.stat().st_mode & 0o777 == 0o700
    kept = {f"{os.getpid()}-1.link", "notes.txt", "x-1.link", f"{'9' * 40}-1.link"}
    for name in {*kept, f"{dead.pid}-1.link"}:
        (folder / name).touch()
    recorder_process._new_path(str(folder))
    assert {path.name for path in folder.iterdir()} == kept


DOCTORED = {
    "empty": b"",
    "short": b"SYNCLINK" + bytes(100),
    "random": random.Random(1).randbytes(SIZE),
    "another version": b"SYNCLINK" + (99).to_bytes(4, "little") + bytes(SIZE - 12),
    "twice as long": b"SYNCLINK" + (1).to_bytes(4, "little") + bytes(2 * SIZE),
}


@pytest.mark.parametrize("kind", DOCTORED)
def test_a_file_that_is_no_link(fence: Path, kind: str) -> None:
    """One line says why; nothing is made anywhere."""
    link = fence / "run"
    link.write_bytes(DOCTORED[kind])
    command = [sys.executable, "-m", "lib.recorder", "--link", str(link), "--captures", str(fence / "captures")]
    done = subprocess.run(
        [*command, "--parent", str(os.getpid())], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2
    assert "link" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (fence / "captures").exists()


BRIEFS: dict[str, bytes] = {
    "no JSON": b"\xff\xfe not json",
    "deep": b"[" * 30_000,
    "a list": b"[1, 2, 3]",
    "huge numbers": brief_of({"CAPTURE.QUALITY": 10**300}),
    "text for a number": brief_of({"CAPTURE.WIDTH": "1; import os"}),
    "a list for a setting": json.dumps({"settings": {"CAPTURE.WIDTH": [1]}, "game": {}}).encode(),
    "settings are a list": json.dumps({"settings": [], "game": []}).encode(),
    "unknown source": brief_of({"CAPTURE.SOURCE": "../../../dev/video0"}),
}


@pytest.mark.parametrize("kind", BRIEFS)
def test_a_doctored_brief(fence: Path, kind: str) -> None:
    """It is refused with a reason; what is no plain value in it is left out."""
    game = HandGame(fence / "captures", fence / "run", display=None, brief=BRIEFS[kind])
    game.drive_until(lambda status: status.state in (mapped_file.FAILED, mapped_file.READY))
    status = game.status()
    code = game.close()
    if kind == "a list for a setting":
        assert (code, status.state) == (0, mapped_file.READY)
    else:
        assert (code, status.state) == (2, mapped_file.FAILED)
        assert "install one release" in status.message or "the setting" in status.message
    assert "Traceback" not in game.log()


def test_a_brief_that_points_elsewhere(fence: Path, display: str) -> None:
    """Paths in the brief are told in the side file, and are never used."""
    elsewhere = str(fence.parent / "elsewhere")
    climbing = "../../../../../../tmp/evil"
    brief = {
        "app_version": climbing,
        "settings": {"CAPTURE.OUTPUT_FOLDER": elsewhere, climbing: climbing, "RECORDER.PYTHON": "/bin/sh"},
        "game": {"car": climbing, "track": "\0\n\r=cmd|' /C calc'!A0", "skin": "\ud800", "layout": "x" * 5000},
        "problems": [climbing] * 300,
    }
    captures = Captures(fence / "captures")
    text = json.dumps(brief).encode()
    with HandGame(captures.folder, fence / "run", display, brief=text) as game:
        game.wait_ready()
        game.record(20, 1)
    assert_whole(captures)
    assert not Path(elsewhere).exists()
    assert captures.take(1)["car"] == climbing


def test_random_bytes_all_over_the_link(fence: Path, display: str) -> None:
    """The recorder lives or ends with a reason; what it saved is whole."""
    rng = random.Random(3)
    captures = Captures(fence / "captures")
    for round_number in range(4):
        game = HandGame(captures.folder, fence / "run", display)
        game.wait_ready()
        game.ticks(20, round_number + 1)
        with game.link_path.open("r+b") as file:
            for _ in range(400):
                file.seek(rng.randrange(SIZE))
                file.write(rng.randbytes(rng.choice((1, 8, 64))))
                file.flush()
                if game.recorder.poll() is None and rng.random() < 0.1:
                    game.ticks(1, round_number + 1)
        try:
            game.ticks(20, round_number + 1)
        finally:
            assert game.close() in (0, 2), game.log()
        assert "Traceback" not in game.log()
    assert_in_step(captures)


@pytest.mark.parametrize("newest", [2**63, 2**64 - 1, 5_000_000, 0])
def test_a_tick_out_of_nowhere(fence: Path, display: str, newest: int) -> None:
    """A newest tick that no drive reaches is passed over until the game says the next one."""
    captures = Captures(fence / "captures")
    with HandGame(captures.folder, fence / "run", display) as game:
        game.wait_ready()
        game.ticks(20, 1)
        write_newest(game, newest)
        time.sleep(0.3)
        game.ticks(20, 1)
        game.stop()
    assert_whole(captures)
    assert captures.take(1)["ticks"]["total"] == 40


def test_ticks_that_jump(fence: Path, display: str) -> None:
    """Ticks that leap by millions, each with its sample: refused, not walked through one by one."""
    captures = Captures(fence / "captures")
    game = HandGame(captures.folder, fence / "run", display)
    game.wait_ready()
    game.ticks(20, 1)
    game.tick += 2**30
    game.ticks(2, 1)
    assert game.wait_recorder() == 2
    assert "jump" in game.status().message
    game.close()
    assert_whole(captures)


def write_newest(game: HandGame, newest: int) -> None:
    with game.link_path.open("r+b") as file:
        file.seek(24)
        file.write(newest.to_bytes(8, "little"))


# --- what a doctored recorder tells the game


def test_a_doctored_status_does_not_harm_the_game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ac", types.ModuleType("ac"))
    from lib.ingame.panel import describe

    rng = random.Random(4)
    game = GameLink(str(tmp_path / "link"), 1)
    recorder = RecorderLink(str(tmp_path / "link"))
    recorder.report(RecorderStatus(2, 1, 3, 1, 99, 0, 0, 7, 60.0, 4e6, -1.0, "all is well"))
    with (tmp_path / "link").open("r+b") as file:
        for _ in range(3000):
            file.seek(rng.randrange(68, 1024))
            file.write(rng.randbytes(8))
            file.flush()
            status = game.status()
            for is_recording in (True, False):
                headline, message = describe(is_recording, status, "")
                assert len(headline) < 200
                assert len(message) < 2000
    recorder.close()
    game.close()


# --- settings and pages, inside the game

INI = {
    "binary": random.Random(5).randbytes(4000),
    "no section": b"WIDTH = 3\n",
    "interpolation": b"[CAPTURE]\nWIDTH = %(HEIGHT)s\nQUALITY = ${x}\n",
    "code": b"[CAPTURE]\nWIDTH = __import__('os').system('touch evil')\nQUALITY = 1e9\n",
    "long": b"[CAPTURE]\nWIDTH = " + b"9" * 100_000 + b"\n",
    "twice": b"[CAPTURE]\nWIDTH = 5\nWIDTH = x\n[CAPTURE]\nWIDTH = -1\n",
    "zeros": bytes(2000),
    "unknown keys": b"[CAPTURE]\n" + b"".join(b"K%d = 1\n" % number for number in range(500)),
}


@pytest.mark.parametrize("kind", INI)
def test_a_doctored_settings_file(tmp_path: Path, kind: str) -> None:
    """Bad values give way to the defaults, and a line says so."""
    (tmp_path / "settings_defaults.ini").write_bytes((ROOT / "settings_defaults.ini").read_bytes())
    (tmp_path / "settings.ini").write_bytes(INI[kind])
    found, problems = settings.read_settings(str(tmp_path))
    defaults, _ = settings.read_settings(str(ROOT))
    assert found.keys() == defaults.keys()
    assert problems or kind == "zeros"
    assert found["CAPTURE.WIDTH"] in (defaults["CAPTURE.WIDTH"], 5)
    assert all(line.isascii() for line in problems)


@pytest.mark.skipif(ON_WINDOWS, reason="pages as files")
def test_doctored_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random pages of random sizes: read or refused, never an exception in the game."""
    monkeypatch.setattr(pages, "_FOLDER_ELSEWHERE", str(tmp_path))
    rng = random.Random(6)
    for round_number in range(300):
        for name in ("acpmf_physics", "acpmf_graphics", "acpmf_static"):
            content = bytearray(rng.randbytes(rng.choice((0, 1, 100, 400, 684, 5000))))
            if name == "acpmf_static" and len(content) > 40 and round_number % 2:
                content[:8] = rng.choice(("1.7\0", "².³\0", "\u0661.\u0667\0", "9999")).encode("utf-16-le")
            (tmp_path / name).write_bytes(content)
        memory = pages.SharedMemory()
        memory.open_if_due(1.0)
        memory.read(1.0)
        memory.close()


# --- what lies in the captures folder

COMMENTS: list[Any] = [
    {"synclogger": 1, "row": ["../../evil.jpg", *["0"] * 8, "TRUE", *["0"] * 5], "tick": {}},
    {"synclogger": 1, "row": ["01_000003.jpg", "=cmd|'/C calc'!A0", *["0"] * 7, "TRUE", *["0"] * 5], "tick": {}},
    {"synclogger": 1, "row": ["01_000004.jpg", "0\n../evil,1", *["0"] * 7, "TRUE", *["0"] * 5], "tick": {}},
    {"synclogger": 1, "row": ["01_000005.jpg", *["0"] * 8, "TRUE", *["0"] * 5], "tick": {"tick": 10**400}},
    {"synclogger": 1, "row": ["01_000006.jpg", *["9" * 300] * 8, "TRUE", *["0"] * 5], "tick": {"tick": []}},
    {"synclogger": 1, "row": {"0": 1}, "tick": {}},
    {"synclogger": 2, "row": [], "tick": {}},
    [[[[]]]],
    "just text",
]


def fill_with_traps(folder: Path) -> None:
    """Pictures, tables and side files by someone who means harm, after a recording that a crash left open."""
    folder.mkdir(exist_ok=True)
    picture = Image.new("RGB", (32, 32), "red")
    for number, content in enumerate(COMMENTS, start=2):
        comment = json.dumps(content).encode()
        picture.save(folder / f"01_{number:06d}.jpg", comment=comment)
    picture.save(folder / "01_000020.jpg", comment=b"{" * 5000)
    (folder / "01_000021.jpg").write_bytes(b"\xff\xd8" + b"\xff\xfe\xff\xff" * 2000 + b"\xff\xd9")
    (folder / "01_000022.jpg").write_bytes(b"")
    (folder / "01_000023.jpg").mkdir()
    (folder / "01_take.json").write_text('{"how_it_ended": "open", "take": "../../x"}', encoding="utf-8")
    (folder / "02_take.json").write_bytes(b"[" * 50_000)
    lines = [b"../../secret.csv,1,2,3\n", b"\xff" * 300 + b"\n", b"=1+1," * 14 + b"\n", b"01_000001.jpg" + b",9" * 14]
    (folder / "data.csv").write_bytes(b"".join(lines))
    (folder / "01_ticks.csv").write_bytes(b"../../evil.jpg\n" + b"9" * 6000 + b",,\n" + os.urandom(500))
    (folder / ".evil.part").write_bytes(b"not ours")
    if not ON_WINDOWS:
        (folder / "01_000024.jpg").symlink_to(folder.parent.parent / "evil.jpg")
        (folder / ".01_000001.jpg.part").symlink_to(folder.parent.parent / "evil.jpg")
        (folder / "03_ticks.csv").symlink_to(folder.parent.parent / "secret.csv")
        os.mkfifo(folder / "01_000025.jpg")


def test_repair_among_traps(fence: Path) -> None:
    fill_with_traps(fence / "captures")
    before = (fence / "captures" / "data.csv").read_bytes().splitlines()
    repair(fence / "captures")
    after = (fence / "captures" / "data.csv").read_bytes().splitlines()
    # What a picture claims gets nowhere; lines of someone else's stay, the half row of ours doesn't.
    assert after[:3] == before[:3]
    assert [row[:16] for row in after[3:]] == [b"01_000005.jpg,0,", b"01_000006.jpg,99"]


def test_recording_among_traps(fence: Path, display: str) -> None:
    """The recorder starts, numbers its take after all of them, and records."""
    fill_with_traps(fence / "captures")
    with HandGame(fence / "captures", fence / "run", display) as game:
        game.wait_ready()
        game.record(30, 1)
        assert game.close() == 0, game.log()
    lines = (fence / "captures" / "data.csv").read_bytes().split(b"\n")
    assert sum(line.startswith(b"04_") for line in lines) > 20
    assert "Traceback" not in game.log()
