import errno
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.captures.names import picture_name
from lib.captures.take_file import TakeDescription, read_description
from lib.recorder.saving import encode, syncer
from lib.recorder.saving import pipeline as module
from lib.recorder.saving.encode import JpegOptions
from lib.recorder.saving.frame import Frame, Stored, TakeFiles
from lib.recorder.saving.pipeline import Pipeline

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


def told(folder: Path) -> dict[str, Any]:
    """What 01_take.json says. Windows lets nobody read a file just when it is replaced."""
    while True:
        try:
            content: dict[str, Any] = json.loads((folder / "01_take.json").read_text(encoding="utf-8"))
        except PermissionError:
            time.sleep(0.005)
        else:
            return content


def describe_until(pipeline: Pipeline, take: TakeFiles, content: TakeDescription, is_so: Callable[[], bool]) -> None:
    """As the session does, again and again: one alone may fail, on Windows already when someone looks into the file."""

    def try_again() -> bool:
        pipeline.describe(take, content)
        time.sleep(0.05)
        return is_so()

    wait_until(try_again)


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


def has_room_soon(pipeline: Pipeline, seconds: float = 1.5) -> bool:
    """Whether there is room once the encoders have caught up, however busy the machine is."""
    end = time.perf_counter() + seconds
    while not pipeline.has_room(SIZE[0] * SIZE[1] * 4):
        if time.perf_counter() > end:
            return False
        time.sleep(0.005)
    return True


def test_the_queue_is_bounded(pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(module, "rename_to_new", lambda *_: go_on.wait() and None)
    take = TakeFiles.of(tmp_path, 1)
    count = 0
    while has_room_soon(pipeline):
        count += 1
        pipeline.submit(frame(take, count))
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
    monkeypatch.setattr(syncer, "sync_file", synced.append)
    take = TakeFiles.of(tmp_path, 1)
    pipeline.submit(frame(take, 1))
    stored(pipeline, 1)
    wait_until(lambda: synced == [tmp_path / "01_000001.jpg"], seconds=2)


def test_a_nearly_full_disk_is_one_problem_however_full_it_gets(pipeline: Pipeline) -> None:
    problems, told = set(), set()
    for megabytes in range(100, 50, -1):
        pipeline.free = megabytes << 20
        assert not pipeline.has_room(100)
        problems.add(pipeline.whats_wrong(time.perf_counter()))
        told.add(pipeline.told(time.perf_counter()))
    assert problems == {"the disk is nearly full: make room, recording goes on by itself"}
    assert len(told) == 50
    assert "the disk is nearly full (77 MB left): make room, recording goes on by itself" in told


def test_rows_that_are_gone_are_noticed_and_pictures_go_on(pipeline: Pipeline, tmp_path: Path) -> None:
    take = TakeFiles.of(tmp_path, 1)
    pipeline.submit(frame(take, 1))
    stored(pipeline, 1)
    assert pipeline.notice == ""
    if sys.platform == "win32":
        with pytest.raises(PermissionError):  # nobody takes them away while they are written
            (tmp_path / "data.csv").unlink()
        pipeline._rows.close()
    (tmp_path / "data.csv").unlink()
    pipeline.submit(frame(take, 2))
    assert stored(pipeline, 1)[0].has_row
    assert "rows of data.csv are gone" in pipeline.notice
    assert pipeline.whats_wrong(time.perf_counter()) == ""
    wait_until(lambda: take.safe.frame == 2)
    assert take.safe.rows_end == 0  # where it would be says nothing about the rows before


def test_what_is_safe_stands_in_the_description_and_bears_out(pipeline: Pipeline, tmp_path: Path) -> None:
    """It is what the next start goes by after a crash."""
    take = TakeFiles.of(tmp_path, 1)
    description = TakeDescription(1, ticks={"total": 2, "by_outcome": {"saved": 2}})
    pipeline.describe(take, description)
    for number in (1, 2):
        pipeline.submit(frame(take, number))
    assert all(done.file_bytes > 100 for done in stored(pipeline, 2))
    pipeline.write_ticks(take, "header\n1,\n2,\n")
    pipeline.describe(take, description)
    pipeline.write_ticks(take, "3,\n")
    wait_until(lambda: take.safe.frame == 2 and take.safe.ticks_end > 0)
    assert (tmp_path / "data.csv").read_bytes()[: take.safe.rows_end].endswith(b"01_000002.jpg,1\n")
    assert (tmp_path / "01_ticks.csv").read_bytes()[: take.safe.ticks_end] == b"header\n1,\n2,\n"
    describe_until(pipeline, take, description, lambda: told(tmp_path).get("safe") == take.safe.content())
    assert take.safe.by_outcome == {"saved": 2}
    pipeline.describe(take, description, is_last=True)
    wait_until(lambda: "synced" in told(tmp_path))
    assert "safe" not in told(tmp_path)


def test_lines_that_were_given_up_are_not_counted_as_safe(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The description counts them; the file doesn't have them."""
    take = TakeFiles.of(tmp_path, 1)
    pipeline.write_ticks(take, "header\n1,\n")
    pipeline.describe(take, TakeDescription(1, ticks={"total": 1, "by_outcome": {"saved": 1}}))
    wait_until(lambda: take.lines.ticks_end == 10)
    monkeypatch.setattr(module.AppendedFile, "append", full)
    take.give_up.set()
    pipeline.write_ticks(take, "2,\n")
    later = TakeDescription(1, ticks={"total": 2, "by_outcome": {"saved": 2}})
    describe_until(pipeline, take, later, lambda: told(tmp_path)["ticks"]["total"] == 2)
    assert take.lines.by_outcome == {"saved": 1}
    take.ticks.close()


def test_whose_a_take_is_stands_there_before_its_first_picture(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is on the disk for sure: a name alone proves nothing."""
    synced: list[str] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.append("")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    take = TakeFiles.of(tmp_path, 1)
    seen: list[tuple[bool, int]] = []
    rename = module.rename_to_new

    def look(old: Path, new: Path) -> None:
        seen.append((take.is_described, len(synced)))
        rename(old, new)

    monkeypatch.setattr(module, "rename_to_new", look)
    pipeline.describe(take, TakeDescription(1))
    pipeline.submit(frame(take, 1))
    stored(pipeline, 1)
    # The file, and the folder with its name; Windows puts the name on the disk with the file.
    assert seen == [(True, 1 if sys.platform == "win32" else 2)]
    assert read_description(tmp_path, 1) is not None


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


@pytest.mark.parametrize("behind", ["the disk", "the processor"])
def test_what_is_behind_is_told_apart(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behind: str
) -> None:
    """Nothing is stored for a while: where it waits says for what."""
    go_on = threading.Event()
    convert = encode._rgb
    if behind == "the processor":
        monkeypatch.setattr(encode, "_rgb", lambda *how: go_on.wait() and convert(*how))
    else:
        monkeypatch.setattr(module, "rename_to_new", lambda old, new: go_on.wait() and old.rename(new))
    pipeline.submit(frame(TakeFiles.of(tmp_path, 1), 1))
    is_starved = behind == "the processor"
    wait_until(lambda: pipeline.is_starved(time.perf_counter()) or pipeline.is_stuck(time.perf_counter()))
    later = time.perf_counter() + 60
    assert (pipeline.is_starved(later), pipeline.is_stuck(later)) == (is_starved, not is_starved)
    assert ("the disk is too slow" in pipeline.whats_wrong(later)) == (not is_starved)
    go_on.set()
    assert stored(pipeline, 1)[0].is_saved


def test_what_kept_one_take_from_the_disk_is_not_told_of_the_next(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full, the take was given up, room was made since."""
    monkeypatch.setattr(module, "save_jpeg", full)
    take = TakeFiles.of(tmp_path, 1)
    pipeline.submit(frame(take, 1))
    wait_until(lambda: "disk is full" in pipeline.trouble)
    take.give_up.set()
    assert not stored(pipeline, 1)[0].is_saved
    assert "disk is full" in pipeline.trouble
    monkeypatch.undo()
    pipeline.forget_trouble()
    pipeline.submit(frame(TakeFiles.of(tmp_path, 2), 1))
    assert stored(pipeline, 1)[0].is_saved
    assert pipeline.trouble == ""
