"""What becomes of `check`, `report`, `split` and `discard` on a full disk and in another user's folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from lib.recordings import Recordings
from tests.environment import ROOT
from tests.faults.small_disk import needs_mount, small_disk
from tests.unit.dataset.drives import MadeLap, MadeTake, record

_NOBODY = 65534


def make(folder: Path) -> Path:
    captures = record(folder, [MadeTake([MadeLap(count, 6) for count in range(10)])])
    for frame in Recordings(captures).frames():
        Image.new("RGB", (64, 36), (frame.number % 250, 60, 20)).save(frame.path)
    return captures


def command(*arguments: str | Path, before: tuple[str, ...] = (), home: Path | None = None) -> tuple[int, list[str]]:
    """(its exit code, what it complains about)."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "lib", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, **({"HOME": str(home)} if home is not None else {})},
    )
    return done.returncode, done.stderr.splitlines()


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """With recordings, sets and a discard on it."""
    with small_disk(tmp_path / "disk", 8) as disk:
        captures = make(disk / "captures")
        assert command("split", captures, "--out", disk / "sets") == (0, [])
        assert command("discard", captures, "01:3") == (0, [])
        # Whole pages, and nothing kept back: not one byte is left.
        with (disk / "fill").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        yield disk


@needs_mount
def test_a_full_disk_costs_one_line_and_nothing_else(full_disk: Path) -> None:
    captures, sets = full_disk / "captures", full_disk / "sets"
    before = {path: path.read_bytes() for path in full_disk.rglob("*") if path.is_file()}
    no_room = f"can't be written into {captures} (No space left on device), so nothing was changed: make room"
    refused = [
        (("discard", captures, "01:7"), no_room),
        (("discard", captures, "--restore", "01:3"), no_room),
        (("discard", captures, "--restore", "all"), no_room),
        (("split", captures, "--out", sets), f"{sets} has no room"),
        (("report", captures), "report.html can't be written (No space left on device)"),
        (("report", captures, "--standalone", "--out", full_disk / "page.html"), "page.html can't be written"),
    ]
    for arguments, said in refused:
        code, (line,) = command(*arguments)
        assert (code, said in line) == (2, True), line
    assert command("check", captures) == (0, [])  # it looks, and can't keep what it saw
    after = {path: path.read_bytes() for path in full_disk.rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="to become another user takes root")
def test_a_folder_of_another_user(tmp_path: Path) -> None:
    """Who may only read looks, makes pages and sets elsewhere, and is told at once what can't be."""
    captures, home = make(tmp_path / "captures"), tmp_path / "home"
    home.mkdir()
    for folder in (captures, *list(home.parents)[:3]):
        folder.chmod(0o755)
    shutil.chown(home, _NOBODY, _NOBODY)
    readable = ("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")  # this user's Python and tests
    nobody = ("setpriv", "--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups", *readable)
    before = {path: path.stat().st_mtime_ns for path in (captures, *captures.iterdir())}
    for arguments in (
        ("check", captures),
        ("report", captures, "--out", home / "page.html"),
        ("split", captures, "--out", home / "sets"),
        ("discard", captures, "--list"),
    ):
        assert command(*arguments, before=nobody, home=home) == (0, [])
    assert [*home.rglob(".cache/synclogger/check/*/*.json")]
    for arguments, said in (
        (("report", captures), "report.html can't be written (Permission denied): name another place with --out"),
        (("discard", captures, "01:3"), "(Permission denied), so nothing was changed: make the folder writable, or"),
    ):
        code, (line,) = command(*arguments, before=nobody, home=home)
        assert (code, said in line) == (2, True), line
    assert {path: path.stat().st_mtime_ns for path in (captures, *captures.iterdir())} == before
