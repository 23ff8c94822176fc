import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.recorder import pipeline as module
from lib.recorder.encode import JpegOptions
from lib.recorder.pipeline import Frame, Pipeline, Stored, TakeFiles
from lib.recorder.store import picture_name

SIZE = (32, 16)


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def no_permission(path: Path, *_: Any, **__: Any) -> None:
    raise PermissionError(errno.EACCES, "Permission denied", str(path))


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    made = Pipeline(tmp_path, encoders=3)
    yield made
    assert made.close(time.perf_counter() + 5)


def frame(take: TakeFiles, number: int) -> Frame:
    name = picture_name(take.number, number)
    pixels = bytearray(SIZE[0] * SIZE[1] * 4)
    return Frame(take, number, name, pixels, SIZE, None, JpegOptions(SIZE, 90, "4:2:0"), b"{}", name.encode() + b",1\n")


def stored(pipeline: Pipeline, count: int, seconds: float = 5) -> list[Stored]:
    found: list[Stored] = []
    end = time.perf_counter() + seconds
    while len(found) < count and time.perf_counter() < end:
        found += pipeline.stored()
        time.sleep(0.005)
    assert len(found) == count
    return found


def wait_until(is_so: Callable[[], bool], seconds: float = 3) -> None:
    end = time.perf_counter() + seconds
    while not is_so():
        assert time.perf_counter() < end
        time.sleep(0.005)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rows(folder: Path) -> list[str]:
    return [line.split(",")[0] for line in (folder / "data.csv").read_text().splitlines()]


def test_encoders_may_finish_in_any_order_rows_do_not(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = module.save_jpeg

    def uneven(path: Path, *rest: Any) -> None:
        time.sleep(0.03 if int(path.name[4:10]) % 3 == 1 else 0)
        save(path, *rest)

    monkeypatch.setattr(module, "save_jpeg", uneven)
    take = TakeFiles.of(tmp_path, 1)
    for number in range(1, 11):
        pipeline.submit(frame(take, number))
    assert [done.tick for done in stored(pipeline, 10)] == list(range(1, 11))
    assert rows(tmp_path) == [picture_name(1, number) for number in range(1, 11)]


def test_a_row_comes_after_its_picture(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    append = module.AppendedFile.append

    def look(self: module.AppendedFile, piece: bytes) -> None:
        seen.append((tmp_path / piece.split(b",")[0].decode()).exists())
        append(self, piece)

    monkeypatch.setattr(module.AppendedFile, "append", look)
    take = TakeFiles.of(tmp_path, 1)
    for number in range(1, 6):
        pipeline.submit(frame(take, number))
    stored(pipeline, 5)
    assert seen == [True] * 5


def test_the_queue_is_bounded(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(module, "rename_to_new", lambda *_: go_on.wait() and None)
    take = TakeFiles.of(tmp_path, 1)
    count = 0
    while pipeline.has_room(SIZE[0] * SIZE[1] * 4):
        count += 1
        pipeline.submit(frame(take, count))
        time.sleep(0.002)  # the encoders keep up: it is the names that have to wait
    assert count == 80
    assert not pipeline.has_room(100)
    go_on.set()
    monkeypatch.undo()
    stored(pipeline, count)


@pytest.mark.parametrize("where", ["save_jpeg", "rename_to_new"])
def test_a_full_disk_is_told_and_when_it_is_over_nothing_is_missing(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(module, where, full)
    take = TakeFiles.of(tmp_path, 1)
    for number in range(1, 9):
        pipeline.submit(frame(take, number))
    wait_until(lambda: "disk is full" in pipeline.trouble)
    time.sleep(0.3)
    assert pipeline.stored() == []
    monkeypatch.undo()
    assert all(done.is_saved and done.has_row for done in stored(pipeline, 8))
    wait_until(lambda: pipeline.trouble == "")
    assert rows(tmp_path) == [picture_name(1, number) for number in range(1, 9)]


def test_a_data_file_held_by_a_spreadsheet_is_told_and_waited_for(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.AppendedFile, "append", lambda self, _: no_permission(self._path))
    take = TakeFiles.of(tmp_path, 1)
    for number in range(1, 4):
        pipeline.submit(frame(take, number))
    wait_until(lambda: "data.csv" in pipeline.trouble and "close the program" in pipeline.trouble)
    monkeypatch.undo()
    assert all(done.has_row for done in stored(pipeline, 3))


def test_what_is_given_up_leaves_no_gap_and_no_part(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = module.save_jpeg
    monkeypatch.setattr(module, "save_jpeg", lambda path, *rest: full() if "000003" in path.name else save(path, *rest))
    take = TakeFiles.of(tmp_path, 1)
    for number in range(1, 7):
        pipeline.submit(frame(take, number))
    assert [done.tick for done in stored(pipeline, 2)] == [1, 2]
    take.give_up.set()
    assert [(done.tick, done.is_saved) for done in stored(pipeline, 4)] == [(n, False) for n in (3, 4, 5, 6)]
    assert names(tmp_path) == ["01_000001.jpg", "01_000002.jpg", "data.csv"]
    following = TakeFiles.of(tmp_path, 2)
    pipeline.submit(frame(following, 1))
    assert stored(pipeline, 1)[0].is_saved


def test_a_row_that_can_not_be_written_is_still_in_its_picture(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.AppendedFile, "append", lambda self, _: no_permission(self._path))
    take = TakeFiles.of(tmp_path, 1)
    pipeline.submit(frame(take, 1))
    take.give_up.set()
    (done,) = stored(pipeline, 1)
    assert (done.is_saved, done.has_row) == (True, False)
    assert names(tmp_path) == ["01_000001.jpg"]


def test_a_stranger_in_the_way_is_not_overwritten(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "01_000001.jpg").write_bytes(b"mine")
    take = TakeFiles.of(tmp_path, 1)
    pipeline.submit(frame(take, 1))
    wait_until(lambda: "01_000001.jpg" in pipeline.trouble)
    assert (tmp_path / "01_000001.jpg").read_bytes() == b"mine"
    (tmp_path / "01_000001.jpg").unlink()
    assert stored(pipeline, 1)[0].is_saved


def test_an_error_nobody_expected_is_not_swallowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Pipeline(tmp_path, encoders=1)
    monkeypatch.setattr(module, "save_jpeg", lambda *_: 1 // 0)
    made.submit(frame(TakeFiles.of(tmp_path, 1), 1))
    wait_until(lambda: "ZeroDivisionError" in made.crash)
    made.close(time.perf_counter() + 0.2)


def test_pictures_are_synced_within_the_rhythm(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(module, "sync_file", synced.append)
    take = TakeFiles.of(tmp_path, 1)
    pipeline.submit(frame(take, 1))
    stored(pipeline, 1)
    wait_until(lambda: synced == [tmp_path / "01_000001.jpg"], seconds=2)


def test_ticks_that_wait_for_the_disk_are_bounded(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_TICK_BYTES", 100)
    take = TakeFiles.of(tmp_path, 1)
    monkeypatch.setattr(os, "write", full)
    assert pipeline.write_ticks(take, "x" * 90)
    assert not pipeline.write_ticks(take, "x" * 90)
    monkeypatch.undo()
    wait_until(lambda: pipeline.write_ticks(take, "y" * 9))
    lines = tmp_path / "01_ticks.csv"
    wait_until(lambda: lines.exists() and lines.stat().st_size == 99)
    take.ticks.close()
