"""The file between game and recorder: on a full disk, and under two processes at work."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lib.ingame import recorder_process
from lib.link.mapped_file import RING_TICKS, SIZE, GameLink, RecorderLink
from tests.environment import ROOT
from tests.faults.small_disk import needs_mount, small_disk
from tests.unit.samples import publish, sample, slot_values

# A game that makes its link, has the rest of the disk filled by someone else, and drives once through the ring.
_GAME = """
import sys
from lib.link.mapped_file import RING_TICKS, GameLink
from tests.unit.samples import publish, sample, slot_values

link = GameLink(sys.argv[1], 1)
try:
    with open(sys.argv[2], "wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
except OSError as error:
    assert error.errno == 28, error
for tick in range(1, RING_TICKS + 1):
    publish(link, slot_values(sample(tick)))
print("drove on")
"""


@needs_mount
def test_a_disk_that_fills_up_does_not_end_the_game(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 8) as disk:
        done = subprocess.run(
            [sys.executable, "-c", _GAME, str(disk / "link"), str(disk / "filler")],
            cwd=ROOT, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, "drove on\n"), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows makes no holes")
@pytest.mark.parametrize("allocates", [True, False])
def test_the_disk_gave_every_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allocates: bool) -> None:
    """Also where the system can't allocate in advance, as under Wine."""
    if not allocates:
        monkeypatch.delattr(os, "posix_fallocate")
    link = GameLink(str(tmp_path / "link"), 1)
    link.close()
    found = (tmp_path / "link").stat()
    assert found.st_size == SIZE
    assert found.st_blocks * 512 >= SIZE


@needs_mount
@pytest.mark.parametrize("allocates", [True, False])
def test_a_disk_that_is_full_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allocates: bool) -> None:
    if not allocates:
        monkeypatch.delattr(os, "posix_fallocate")
    with small_disk(tmp_path / "disk", 1) as disk:
        monkeypatch.setattr(
            recorder_process, "_link_folders", lambda app_folder: [str(disk / "ours"), str(disk / "app")]
        )
        with pytest.raises(recorder_process.NoLinkError) as caught:
            recorder_process._new_link(str(tmp_path), 1)
        assert "disk is full: free 5 MB" in str(caught.value)
        assert str(disk) in str(caught.value)
        assert not list(disk.rglob("*.link"))


@pytest.mark.parametrize("on_windows", [True, False])
def test_a_folder_that_is_not_there_gives_way_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_windows: bool
) -> None:
    """LOCALAPPDATA, TEMP and the runtime folder: missing, on a drive that isn't there, or in place of a file."""
    (tmp_path / "file").touch()
    monkeypatch.setattr(recorder_process, "_ON_WINDOWS", on_windows)
    for name in ("LOCALAPPDATA", "TEMP", "TMP", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "file" / "gone"))
    if on_windows:
        monkeypatch.delenv("LOCALAPPDATA")
    link = recorder_process._new_link(str(tmp_path), 1)
    link.close()
    Path(link.path).unlink()
    assert (Path(link.path).parent == tmp_path / "link") == on_windows
    monkeypatch.setenv("TMP", str(tmp_path / "\u00fcber"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "\u00fcber"))
    link = recorder_process._new_link(str(tmp_path), 1)
    link.close()
    assert Path(link.path).is_relative_to(tmp_path / "\u00fcber")


def test_where_nothing_takes_a_file_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(recorder_process, "_link_folders", lambda app_folder: [str(tmp_path / "file" / "x")])
    with pytest.raises(recorder_process.NoLinkError, match="No folder takes the file"):
        recorder_process._new_link(str(tmp_path), 1)


# The app's telemetry publishes as fast as it can, as long as it is let.
_WRITER = """
import itertools
import sys
from pathlib import Path
from lib.ingame.pages import SharedMemory
from lib.link.mapped_file import GameLink
from lib.link.settings import read_settings
from tests.host.windowless import windowless_game

with windowless_game(Path(sys.argv[2])) as game:
    telemetry = game.app_module("telemetry").Telemetry(read_settings(sys.argv[3])[0], SharedMemory(), print)
    telemetry.publish_in(GameLink(sys.argv[1], 1))
    print("writes", flush=True)
    for tick in itertools.count(1):
        telemetry.publish(tick, 1, tick / 60, tick / 60, 1 / 60, (1, 0, 0.0, 0.0))
"""


def test_the_newest_tick_never_falls(tmp_path: Path) -> None:
    """Not for an instant, and no part of a number is read with part of another."""
    path = tmp_path / "link"
    command = [sys.executable, "-c", _WRITER, str(path), str(tmp_path), str(ROOT)]
    writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    try:
        assert writer.stdout.readline() == b"writes\n"
        link = RecorderLink(str(path))
        newest, until = 0, time.perf_counter() + 3
        while time.perf_counter() < until:
            for _ in range(1000):
                seen = link.newest_tick()
                assert newest <= seen < newest + 100_000, (newest, seen)
                newest = seen
        assert newest > 10_000
        link.close()
    finally:
        writer.kill()
        writer.communicate()


def test_no_tick_below_1_has_a_sample(tmp_path: Path) -> None:
    """A slot that nobody wrote yet looks like that of tick 0."""
    game = GameLink(str(tmp_path / "link"), 1)
    recorder = RecorderLink(str(tmp_path / "link"))
    assert recorder.newest_tick() == 0
    assert [recorder.sample(tick) for tick in (0, -1, -RING_TICKS)] == [None] * 3
    publish(game, slot_values(sample(RING_TICKS, speed_mph=9.0)))
    assert recorder.sample(0) is None
    found = recorder.sample(RING_TICKS)
    assert found is not None and found.speed_mph == 9.0
    recorder.close()
    game.close()
