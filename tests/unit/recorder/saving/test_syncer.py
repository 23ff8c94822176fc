"""What is on the disk for sure, and when that may be said."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.captures.files import AppendedFile
from lib.captures.take_file import Safe
from lib.recorder.saving import syncer as module
from lib.recorder.saving.frame import TakeFiles
from lib.recorder.saving.syncer import Syncer


class Disk:
    """Syncs as it is told to."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.errors: dict[str, OSError] = {}
        self.synced: list[str] = []
        self._names = {folder: "folder"}
        for name in ("sync_file", "sync_folder"):
            monkeypatch.setattr(module, name, self._sync)
        monkeypatch.setattr(AppendedFile, "sync", lambda file: self._sync(file._path))

    def _sync(self, path: Path) -> None:
        name = self._names.get(path, path.name)
        if name in self.errors:
            raise self.errors[name]
        self.synced.append(name)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path, monkeypatch)


@pytest.fixture
def syncer(tmp_path: Path) -> Syncer:
    return Syncer(tmp_path, AppendedFile(tmp_path / "data.csv"))


@pytest.fixture
def take(tmp_path: Path) -> TakeFiles:
    return TakeFiles.of(tmp_path, 1)


Store = Callable[..., None]


@pytest.fixture
def store(tmp_path: Path, syncer: Syncer, take: TakeFiles) -> Store:
    def one(frame: int, of: TakeFiles = take) -> None:
        syncer.stored(of, tmp_path / f"{of.number:02d}_{frame:06d}.jpg", frame, 100 * frame)

    return one


HELD = PermissionError(errno.EACCES, "Permission denied")
BROKEN = OSError(errno.EIO, "Input/output error")


def test_a_frame_is_safe_when_its_name_and_its_row_are_too(
    disk: Disk, syncer: Syncer, take: TakeFiles, store: Store
) -> None:
    store(1)
    store(2)
    assert take.safe == Safe()
    syncer.sync_once()
    assert disk.synced == ["01_000001.jpg", "01_000002.jpg", "folder", "data.csv"]
    assert (take.safe.frame, take.safe.rows_end) == (2, 200)


@pytest.mark.parametrize("where", ["folder", "data.csv"])
def test_not_before(disk: Disk, syncer: Syncer, take: TakeFiles, store: Store, where: str) -> None:
    disk.errors[where] = HELD
    store(1)
    syncer.sync_once()
    assert take.safe.frame == 0
    disk.errors.clear()
    syncer.sync_once()
    assert take.safe.frame == 1


def test_a_picture_that_is_held_holds_those_behind_it(
    disk: Disk, syncer: Syncer, take: TakeFiles, store: Store
) -> None:
    other = TakeFiles.of(Path(), 2)
    disk.errors["01_000002.jpg"] = HELD
    for frame in (1, 2, 3):
        store(frame)
    store(1, other)
    syncer.sync_once()
    assert (take.safe.frame, other.safe.frame) == (1, 1)
    disk.errors.clear()
    store(4)
    syncer.sync_once()
    assert take.safe.frame == 4
    assert syncer.sync_all_of(take, lambda: True)


@pytest.mark.parametrize("where", ["01_000002.jpg", "folder", "data.csv", "01_ticks.csv"])
def test_what_the_disk_refused_once_is_never_safe_again(
    disk: Disk, syncer: Syncer, take: TakeFiles, store: Store, where: str
) -> None:
    """The next sync would succeed, and the system has dropped what it could not write."""
    store(1)
    syncer.sync_once()
    disk.errors[where] = BROKEN
    store(2)
    syncer.wrote_ticks(take)
    syncer.sync_once()
    assert syncer.trouble
    disk.errors.clear()
    store(3)
    syncer.wrote_ticks(take)
    syncer.sync_once()
    assert syncer.trouble == ""
    assert take.safe.frame == (2 if where == "01_ticks.csv" else 1)
    assert not syncer.sync_all_of(take, lambda: True)


def test_ticks_that_are_held_are_not_forgotten(disk: Disk, syncer: Syncer, take: TakeFiles) -> None:
    disk.errors["01_ticks.csv"] = HELD
    syncer.wrote_ticks(take)
    syncer.sync_once()
    assert not syncer.sync_all_of(take, lambda: False)
    disk.errors.clear()
    assert syncer.sync_all_of(take, lambda: False)
    assert disk.synced == ["01_ticks.csv"]


def test_lines_are_safe_as_far_as_they_were_described(disk: Disk, syncer: Syncer, take: TakeFiles) -> None:
    take.lines = Safe(ticks_end=900, by_outcome={"saved": 3})
    syncer.wrote_ticks(take)
    syncer.sync_once()
    assert take.safe == Safe(ticks_end=900, by_outcome={"saved": 3})


def test_what_a_slow_disk_could_not_sync_is_not_called_safe(
    disk: Disk, syncer: Syncer, take: TakeFiles, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SYNC_SECONDS", -1)  # no time at all
    monkeypatch.setattr(module, "_MOST_UNSYNCED", 3)
    for frame in range(1, 6):
        store(frame)
    syncer.sync_once()
    monkeypatch.undo()
    assert not take.is_synced
    assert take.safe.frame == 0


def test_a_flush_that_takes_long_does_not_stop_the_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows lets a write wait for a flush of the same handle: it must be another one, and no lock between them."""
    rows = AppendedFile(tmp_path / "data.csv")
    written: set[int] = set()
    flushed: set[int] = set()
    is_flushing, go_on = threading.Event(), threading.Event()
    write = os.write

    def note_write(handle: int, piece: bytes) -> int:
        written.add(handle)
        return write(handle, piece)

    def slow_flush(handle: int) -> None:
        flushed.add(handle)
        is_flushing.set()
        go_on.wait(5)

    monkeypatch.setattr(os, "write", note_write)
    monkeypatch.setattr(os, "fsync", slow_flush)
    rows.append(b"one\n")
    flusher = threading.Thread(target=rows.sync)
    flusher.start()
    assert is_flushing.wait(5)
    rows.append(b"two\n")
    assert (tmp_path / "data.csv").read_bytes() == b"one\ntwo\n"
    go_on.set()
    flusher.join()
    assert flushed
    assert not written & flushed
    rows.close()
