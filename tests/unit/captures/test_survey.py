import os
import sys
import tracemalloc
from pathlib import Path

import pytest

from lib.captures import survey as module
from lib.captures.survey import position, survey, takes_in_rows
from lib.check.listing import listing_of
from lib.check.snapshot import look_at_names

ROW = "0.5,0.0,1.0,3,12.5,0.1,0.1,88.25,TRUE,12.345,0.000,0.5,0.0,0.0"


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"x")


def test_one_look_shows_every_name(tmp_path: Path) -> None:
    touch(tmp_path, "01_000002.jpg", "01_000001.jpg", "100_000001.jpg", "02_take.json", "03_ticks.csv")
    touch(tmp_path, ".04_000001.jpg.part", ".05_take.json.part", ".06_film.mp4.part", "note.txt", "55_holiday.jpg")
    (tmp_path / "07_000001.jpg").mkdir()
    (tmp_path / "08_take.json").mkdir()
    seen = survey(tmp_path)
    assert {take: list(frames) for take, frames in seen.pictures.items()} == {1: [1, 2], 100: [1]}
    assert seen.side_files == {2: ["02_take.json"], 3: ["03_ticks.csv"]}
    assert seen.parts == [".04_000001.jpg.part", ".05_take.json.part"]
    assert seen.taken == {1, 2, 3, 4, 5, 7, 8, 100}
    assert sorted(seen.odd) == ["07_000001.jpg", "08_take.json"]
    assert seen.has((1, 2))
    assert not seen.has((1, 3))
    assert not seen.has((7, 1))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "01_take.json")
    os.mkfifo(tmp_path / "01_000001.jpg")
    assert survey(tmp_path).takes == []


def test_nothing_grows_with_the_numbers_in_names(tmp_path: Path) -> None:
    touch(tmp_path, "20240714_183012.jpg", "999999999_999999999999.jpg", "987654321_take.json", "99999999_000001.jpg")
    tracemalloc.start()
    try:
        seen = survey(tmp_path)
        assert not seen.has((20240714, 1))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 1 << 20


def test_frames_are_found_whether_or_not_one_is_missing(tmp_path: Path) -> None:
    touch(tmp_path, *(f"01_{frame:06d}.jpg" for frame in (1, 2, 3, 5, 9, 1000000)))
    frames = survey(tmp_path).pictures[1]
    assert [position(frames, frame) for frame in (1, 2, 3, 5, 9, 1000000)] == [0, 1, 2, 3, 4, 5]
    assert [position(frames, frame) for frame in (4, 6, 8, 10, 2000000)] == [None] * 5


@pytest.mark.parametrize(
    ("content", "takes"),
    [
        ("", set()),
        (f"04_000001.jpg,{ROW}\n03_000001.jpg,{ROW}\n", {3, 4}),
        (f"02_1000000.jpg,{ROW}\n31_0000", {2}),
        (f"02_000001.jpg,{ROW}\n31_000001.jpg,0.5,", {2, 31}),
        # Rows of older tools: other formats of pictures, other words, other line ends.
        ("05_000001.png,0,1,1,3,12.5,0.1,0.1,88,True,12.3,0,0.5,0,0\r\n", {5}),
        ("12_000001.png,0,1,1,3,12.5,0.1,0.1,88,True,12.3,0,0.5,0,0", {12}),
        # No rows: labels of photos, text, too few columns.
        ("20240714_183012.jpg,cat\n07_000001.jpg,dog\nimage,gas\n08_take,1\n", set()),
        (f"20240714_183012.jpg,{ROW}\n", set()),
    ],
)
def test_rows_tell_of_takes(tmp_path: Path, content: str, takes: set[int]) -> None:
    (tmp_path / "data.csv").write_bytes(content.encode())
    assert takes_in_rows(tmp_path) == takes


def test_a_take_of_a_high_number_is_believed_when_it_is_ours(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes(f"20240715_000001.jpg,{ROW}\n".encode())
    assert takes_in_rows(tmp_path, {20240715}) == {20240715}


def test_rows_across_the_chunks_of_a_long_file_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 17)
    (tmp_path / "data.csv").write_bytes(
        b"".join(b"%02d_000001.jpg,%s\n" % (take, ROW.encode()) for take in range(1, 45))
    )
    assert takes_in_rows(tmp_path) == {*range(1, 45)}


def test_without_data_csv_no_row_tells_of_anything(tmp_path: Path) -> None:
    assert takes_in_rows(tmp_path) == set()
    (tmp_path / "data.csv").mkdir()
    assert takes_in_rows(tmp_path) == set()


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody make such a link by name alone")
def test_a_link_that_leads_in_a_circle_is_no_picture(tmp_path: Path) -> None:
    for name in ("03_000001.jpg", "04_take.json"):
        (tmp_path / name).symlink_to(name)
    (tmp_path / "05_000001.jpg").write_bytes(b"x")
    seen = survey(tmp_path)
    assert set(seen.pictures) == {5}
    assert sorted(seen.odd) == ["03_000001.jpg", "04_take.json"]
    assert [take for take, _, _ in listing_of(look_at_names(tmp_path)).no_files] == [3]
