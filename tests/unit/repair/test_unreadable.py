"""Not being able to read a file says nothing about what is in it: nothing is moved for it."""

import errno
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.repair.repair import repair, repair_after_crash
from lib.repair.report import UnreadableError
from lib.repair.rescue import RESCUED
from tests.unit.repair.folders import assert_in_step, contents, record, rows_of


class SickDisk:
    """Opens some files only to fail at reading them, as a bad block, a cloud's placeholder or a network drive does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: set[str] = set()
        self.error = OSError(errno.EIO, "Input/output error")
        self.reads = 0
        self._open = io.open
        monkeypatch.setattr(io, "open", self._opening)

    def _opening(self, path: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if Path(path).name not in self.names or "r" not in mode:
            return self._open(path, mode, *rest, **options)
        if self.error.errno in (errno.EACCES, errno.ENOENT):
            raise type(self.error)(self.error.errno, self.error.strerror, str(path))
        return _SickFile(self._open(path, mode, *rest, **options), self)


class _SickFile:
    def __init__(self, file: Any, disk: SickDisk) -> None:
        self._file, self._disk = file, disk

    def _fail(self, *_: Any) -> Any:
        self._disk.reads += 1
        error = self._disk.error
        raise type(error)(error.errno, error.strerror)

    read = readline = __next__ = _fail

    def __iter__(self) -> Any:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SickDisk:
    return SickDisk(monkeypatch)


ERRORS = pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EIO, "Input/output error"),
        PermissionError(errno.EACCES, "Permission denied"),
        TimeoutError(errno.ETIMEDOUT, "Connection timed out"),
        OSError(errno.EINVAL, "The cloud operation was unsuccessful"),
    ],
    ids=lambda error: error.strerror,
)


@ERRORS
@pytest.mark.parametrize("name", ["02_000003.jpg", "02_take.json", "02_ticks.csv"])
def test_repair_leaves_what_it_cannot_read_and_says_so(
    tmp_path: Path, disk: SickDisk, name: str, error: OSError
) -> None:
    record(tmp_path, last_is_open=True)
    before = contents(tmp_path)
    disk.names, disk.error = {name}, error
    report = repair(tmp_path)
    disk.names = set()
    assert not (tmp_path / RESCUED).exists()
    assert contents(tmp_path) == before
    assert f"{name} can't be read ({error.strerror})" in str(report)
    # As soon as it can be read the take is completed, with all that was known of it.
    assert repair(tmp_path).takes_completed == [2]
    assert_in_step(tmp_path)
    content = json.loads((tmp_path / "02_take.json").read_text())
    assert (content["car"], content["frames_saved"]) == ("abarth500", 6)


@ERRORS
@pytest.mark.parametrize("name", ["02_000003.jpg", "02_take.json", "02_ticks.csv", "data.csv", "01_take.json"])
def test_the_start_of_a_recorder_waits_for_it(tmp_path: Path, disk: SickDisk, name: str, error: OSError) -> None:
    record(tmp_path, last_is_open=True)
    before = contents(tmp_path)
    disk.names, disk.error = {name}, error
    with pytest.raises(UnreadableError, match=f"{name} can't be read"):
        repair_after_crash(tmp_path)
    disk.names = set()
    assert contents(tmp_path) == before
    assert repair_after_crash(tmp_path).report.takes_completed == [2]
    assert_in_step(tmp_path)


def test_a_row_that_cannot_be_rebuilt_yet_comes_later(tmp_path: Path, disk: SickDisk) -> None:
    record(tmp_path)
    rows = (tmp_path / "data.csv").read_bytes()
    (tmp_path / "data.csv").unlink()
    disk.names = {"01_000003.jpg"}
    assert "01_000003.jpg can't be read" in str(repair(tmp_path))
    assert len(rows_of(tmp_path)) == 11
    disk.names = set()
    assert repair(tmp_path).rows_rebuilt == 1
    assert (tmp_path / "data.csv").read_bytes() == rows


def test_many_are_told_in_one_line(tmp_path: Path, disk: SickDisk) -> None:
    record(tmp_path, takes=1, last_is_open=True)
    disk.names = {path.name for path in tmp_path.glob("*.jpg")}
    told = str(repair(tmp_path))
    assert "and 5 more" in told
    assert len(told.splitlines()) == 1


@pytest.fixture
def as_nobody() -> Iterator[None]:
    """Without the rights of an administrator, whom no file refuses."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    yield
    if is_root:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize("name", ["02_000003.jpg", "02_take.json", "02_ticks.csv"])
def test_a_file_that_may_not_be_read(as_nobody: None, name: str) -> None:
    """The real thing: a file of another user's, or one that was locked on purpose."""
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"synclogger-test-{os.getpid()}-{name}"
    folder.mkdir()
    try:
        record(folder, last_is_open=True)
        before = contents(folder)
        (folder / name).chmod(0)
        assert f"{name} can't be read (Permission denied)" in str(repair(folder))
        with pytest.raises(UnreadableError, match=name):
            repair_after_crash(folder)
        (folder / name).chmod(0o600)
        assert contents(folder) == before
        assert repair(folder).takes_completed == [2]
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
