"""A crash late in a long drive: what was on the disk for sure is not read again, and nothing holds all of it.

`tests.bench` measures the time for an hour's take; here is what that rests on.
"""

import io
import json
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lib.captures.names import picture_name
from lib.captures.take_file import read_description, write_description
from lib.repair.repair import repair, repair_after_crash
from tests.bench.crashed_take import make_crashed_take

PICTURES, BEHIND = 1500, 40


class CountingDisk:
    """Counts what is read, by file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: dict[str, int] = {}
        self._open = io.open
        monkeypatch.setattr(io, "open", self._opening)

    def _opening(self, path: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        file = self._open(path, mode, *rest, **options)
        return _CountedFile(file, Path(path).name, self.read) if mode == "rb" else file


class _CountedFile:
    def __init__(self, file: Any, name: str, read: dict[str, int]) -> None:
        self._file, self._name, self._read = file, name, read
        self._read.setdefault(name, 0)

    def _count(self, piece: bytes) -> bytes:
        self._read[self._name] += len(piece)
        return piece

    def read(self, size: int = -1) -> bytes:
        return self._count(self._file.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._count(self._file.readline(size))

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> bytes:
        line = self._count(self._file.readline())
        if not line:
            raise StopIteration
        return line

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    make_crashed_take(tmp_path, PICTURES, BEHIND)
    return tmp_path


def assert_mended(captures: Path, pictures: int = PICTURES) -> None:
    content = json.loads((captures / "01_take.json").read_text())
    assert content["frames_saved"] == content["ticks"]["total"] == pictures
    assert content["how_it_ended"] == "recovered after a crash"
    assert "safe" not in content
    lines = (captures / "01_ticks.csv").read_text().splitlines()
    assert [int(line.split(",")[0]) for line in lines[1:]] == [*range(1, pictures + 1)]
    rows = (captures / "data.csv").read_bytes().splitlines()
    assert [row.split(b",")[0].decode() for row in rows] == [picture_name(1, frame + 1) for frame in range(pictures)]


def test_only_what_was_not_safe_is_read(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = CountingDisk(monkeypatch)
    ticks, rows = ((captures / name).stat().st_size for name in ("01_ticks.csv", "data.csv"))
    repair_after_crash(captures)
    opened = {name for name in disk.read if name.endswith(".jpg")}
    assert opened == {picture_name(1, frame) for frame in range(PICTURES - BEHIND + 1, PICTURES + 1)}
    assert disk.read["01_ticks.csv"] < 100_000 < ticks
    assert disk.read["data.csv"] < rows + 80_000  # once for the numbers of takes, and its end
    monkeypatch.undo()
    assert_mended(captures)


@pytest.mark.parametrize("lost", ["pictures", "rows", "ticks", "half a row", "half a line"])
def test_what_a_crash_took_is_seen_all_the_same(captures: Path, lost: str) -> None:
    data, ticks = captures / "data.csv", captures / "01_ticks.csv"
    if lost == "pictures":
        for frame in range(PICTURES - 4, PICTURES + 1):
            (captures / picture_name(1, frame)).write_bytes(b"\xff\xd8" + bytes(900) + b"\xff\xd9")
    elif lost == "rows":
        data.write_bytes(b"".join(data.read_bytes().splitlines(keepends=True)[:-30]))
    elif lost == "ticks":
        ticks.unlink()
        take = json.loads((captures / "01_take.json").read_text())
        (captures / "01_take.json").write_text(json.dumps({**take, "safe": {}}))
        for frame in range(1, PICTURES - BEHIND + 1):  # all those are one picture here
            (captures / picture_name(1, frame)).unlink()
        data.write_bytes(b"".join(data.read_bytes().splitlines(keepends=True)[-BEHIND:]))
    else:
        path = data if lost == "half a row" else ticks
        with path.open("ab") as file:
            file.write(b"01_0000" if lost == "half a row" else b"1461,1,")
    repair_after_crash(captures)
    if lost == "ticks":
        content = json.loads((captures / "01_take.json").read_text())
        assert content["ticks"] == {"total": BEHIND, "by_outcome": {"saved": BEHIND}}
        return
    assert_mended(captures, PICTURES - 5 if lost == "pictures" else PICTURES)


@pytest.mark.parametrize(
    "safe",
    [
        {"frame": 10**9},
        {"rows_end": 10},
        {"rows_end": 9000},  # where another row ends
        {"rows_end": 10**9},
        {"ticks_end": 77},
        {"ticks_end": 10**9},
        {"by_outcome": {"saved": 10**9}},
        {"by_outcome": {"saved": -5}},
        {"by_outcome": ["saved"]},
        {"frame": "all"},
        {},
    ],
    ids=str,
)
def test_a_description_that_says_too_much_is_not_believed(captures: Path, safe: dict[str, Any]) -> None:
    """A file put back from elsewhere, edited, or doctored: what doesn't fit is read whole."""
    description = read_description(captures, 1)
    assert description is not None
    assert description.safe is not None
    description.safe = {**description.safe, **safe} if safe else None
    write_description(captures, description)
    for frame in range(1, PICTURES - BEHIND + 1):  # those that would have to be read are one picture here
        assert (captures / picture_name(1, frame)).exists()
    repair_after_crash(captures)
    assert_mended(captures)


@pytest.mark.parametrize("mend", [repair, repair_after_crash])
def test_rows_that_someone_took_out_come_back(captures: Path, mend: Callable[[Path], object]) -> None:
    """Where the rows no longer are where they were, all of them are looked at; those of a real take are not all one."""
    data = captures / "data.csv"
    lines = data.read_bytes().splitlines(keepends=True)
    data.write_bytes(b"".join(lines[:1440] + lines[1445:]))
    for frame in range(1441, 1446):
        shutil.copyfile(captures / picture_name(1, 1490), captures / "copy")
        carry_row(captures / "copy", picture_name(1, frame), lines[frame - 1])
        (captures / "copy").replace(captures / picture_name(1, frame))
    mend(captures)
    assert_mended(captures)


def carry_row(picture: Path, name: str, row: bytes) -> None:
    """Put another row into the picture's comment, of the same length."""
    content = picture.read_bytes()
    picture.write_bytes(content.replace(picture_name(1, 1490).encode(), name.encode()))
    assert row.startswith(name.encode())


def test_nothing_holds_all_of_it(captures: Path) -> None:
    ticks = (captures / "01_ticks.csv").stat().st_size
    description = read_description(captures, 1)
    assert description is not None
    description.safe = {"frame": PICTURES - BEHIND}  # so that both tables are gone through whole
    write_description(captures, description)
    tracemalloc.start()
    try:
        repair_after_crash(captures)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < ticks / 2
    assert most < 1_500_000


def test_how_far_it_is_can_be_told(captures: Path) -> None:
    told: list[tuple[str, int, int]] = []
    description = read_description(captures, 1)
    assert description is not None
    description.safe = None
    write_description(captures, description)
    repair_after_crash(captures, lambda *far: told.append(far))
    assert ("mending take 01", 0, PICTURES) in told
    assert ("mending take 01", 1000, PICTURES) in told
