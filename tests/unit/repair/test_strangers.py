"""Other people's files in the output folder: phones, screenshots and other programs use names like ours."""

import csv
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lib.captures.lock import FolderLock
from lib.captures.ownership import next_take
from lib.repair.repair import Start, repair, repair_after_crash
from lib.repair.rescue import RESCUED
from tests.unit.repair.folders import assert_in_step, contents, record, rows_of

FULL_ROW = "0.5,0.0,1.0,3,12.5,0.1,0.1,88.25,TRUE,12.345,0.000,0.5,0.0,0.0"
OLD_ROWS = b"".join(
    b"%02d_%06d.png,0,1,1,3,12.5,0.1,0.1,88,True,12.3,0,0.5,0,0\r\n" % (take, frame)
    for take in (1, 2, 7)
    for frame in (1, 2, 3)
)
Mend = Callable[[Path], object]


def start(folder: Path) -> Start:
    """What the recorder does at its start."""
    with FolderLock(folder):
        return repair_after_crash(folder)


MENDS = pytest.mark.parametrize("mend", [repair, start], ids=["repair", "start"])


def next_number(folder: Path) -> int:
    found = start(folder)
    return next_take(found.highest_take, found.taken)


def photo(path: Path, behind: bytes = b"") -> None:
    Image.new("RGB", (32, 24), "green").save(path, "JPEG", comment=b"a phone")
    with path.open("ab") as file:
        file.write(behind)


def fill_with_strangers(folder: Path) -> None:
    """Nothing of it was made by SyncLogger."""
    photo(folder / "20240714_183012.jpg")
    photo(folder / "20240714_183015.jpg", behind=b"MotionPhoto_Data" + bytes(2000))  # video behind the end marker
    photo(folder / "999999999_000001.jpg")
    photo(folder / "1234_567890.jpg")
    (folder / "20240715_101500.jpg").write_bytes(b"not even a picture")
    (folder / "20240716_101500.jpg").write_bytes(b"")
    (folder / "987654321_take.json").write_text('{"take": 3, "scene": "kitchen"}')
    (folder / "03_take.json").write_text('[{"take": 3}]')
    (folder / "04_take.json").write_bytes(b"\x00\x01 no JSON")
    (folder / "05_ticks.csv").write_text("tick,price\n1,17.5\n")
    (folder / ".06_film.mp4.part").write_bytes(b"half a film")
    (folder / ".20240714_183055.jpg.part").write_bytes(b"half a photo")
    (folder / "notes.txt").write_text("mine")


@MENDS
def test_nothing_that_others_made_is_touched(tmp_path: Path, mend: Mend) -> None:
    fill_with_strangers(tmp_path)
    before = contents(tmp_path)
    report = mend(tmp_path)
    assert contents(tmp_path) == before
    said = "\n".join(report.report.left_alone) if isinstance(report, Start) else str(report)
    assert "made by something else" in said
    assert "03_take.json" in said


@MENDS
def test_nor_where_a_table_of_someone_elses_names_it(tmp_path: Path, mend: Mend) -> None:
    fill_with_strangers(tmp_path)
    labels = f"image,label\r\n20240714_183012.jpg,cat\r\n20240714_183015.jpg,{FULL_ROW}\r\n20240716_101500.jpg,dog"
    (tmp_path / "data.csv").write_bytes(labels.encode())
    before = contents(tmp_path)
    mend(tmp_path)
    after = contents(tmp_path)
    table = str(tmp_path / "data.csv")
    assert after.pop(table) == before.pop(table) + b"\n"  # its last line gets an end, before ours go behind it
    assert after == before


@MENDS
@pytest.mark.parametrize("is_open", [False, True])
def test_nor_beside_takes_of_ours(tmp_path: Path, mend: Mend, is_open: bool) -> None:
    fill_with_strangers(tmp_path)
    strangers = contents(tmp_path)
    record(tmp_path, first=10, last_is_open=is_open)
    mend(tmp_path)
    after = contents(tmp_path)
    assert {path: after[path] for path in strangers} == strangers
    assert len(rows_of(tmp_path)) == 12
    assert json.loads((tmp_path / "11_take.json").read_text())["frames_saved"] == 6
    assert next_number(tmp_path) == 12


def test_no_number_comes_from_strangers(tmp_path: Path) -> None:
    fill_with_strangers(tmp_path)
    assert next_number(tmp_path) == 1
    record(tmp_path, takes=2)
    assert next_number(tmp_path) == 6  # 03 to 05 have a file of someone else's


def test_a_take_goes_where_no_file_of_anybody_is(tmp_path: Path) -> None:
    photo(tmp_path / "01_000001.jpg")
    (tmp_path / ".02_000001.jpg.part").write_bytes(b"x")
    (tmp_path / "03_000001.jpg").mkdir()
    assert next_number(tmp_path) == 4


@MENDS
def test_a_stranger_inside_a_take_of_ours_is_left_and_told(tmp_path: Path, mend: Mend) -> None:
    record(tmp_path, takes=1, last_is_open=True)
    photo(tmp_path / "01_000050.jpg")
    before = (tmp_path / "01_000050.jpg").read_bytes()
    found = mend(tmp_path)
    report = found.report if isinstance(found, Start) else found
    assert "01_000050.jpg" in "\n".join(report.left())  # type: ignore[attr-defined]
    assert (tmp_path / "01_000050.jpg").read_bytes() == before
    assert json.loads((tmp_path / "01_take.json").read_text())["frames_saved"] == 6
    assert len(rows_of(tmp_path)) == 6


def test_a_take_of_which_only_pictures_are_left_is_ours(tmp_path: Path) -> None:
    record(tmp_path, takes=1)
    (tmp_path / "01_take.json").unlink()
    (tmp_path / "01_ticks.csv").unlink()
    assert next_number(tmp_path) == 2
    content = json.loads((tmp_path / "01_take.json").read_text())
    assert content["frames_saved"] == 6
    assert content["ticks"]["by_outcome"]["saved"] == 6
    assert content["take_id"]
    assert repair(tmp_path).is_clean


def test_a_take_of_which_a_power_cut_left_few_pictures_whole_is_ours(tmp_path: Path) -> None:
    """Neither its side files nor the first, the middle and the last picture tell anything: one other does."""
    record(tmp_path, takes=1, frames=30)
    whole = "01_000012.jpg"
    for path in tmp_path.iterdir():
        if path.name.startswith("01_") and path.name != whole:
            path.write_bytes(bytes(path.stat().st_size))
    (tmp_path / "data.csv").unlink()
    report = start(tmp_path).report
    assert report.left_alone == []
    assert [path.name for path in tmp_path.glob("*.jpg")] == [whole]
    assert_in_step(tmp_path)


def test_a_side_file_of_another_program_is_not_replaced(tmp_path: Path) -> None:
    record(tmp_path, takes=1)
    (tmp_path / "01_take.json").write_text('{"take": 1, "scene": "kitchen"}')
    before = contents(tmp_path)
    report = repair(tmp_path)
    assert contents(tmp_path) == before
    assert "01_take.json" in str(report)


# --- what older tools left


@MENDS
def test_rows_of_older_tools_stay_byte_for_byte(tmp_path: Path, mend: Mend) -> None:
    for name in ("01_000001.png", "01_000002.png", "02_000001.png"):
        (tmp_path / name).write_bytes(b"\x89PNG")
    (tmp_path / "data.csv").write_bytes(OLD_ROWS)
    before = contents(tmp_path)
    mend(tmp_path)
    assert contents(tmp_path) == before
    assert next_number(tmp_path) == 8


@MENDS
def test_rows_of_ours_behind_those_of_older_tools_are_mended(tmp_path: Path, mend: Mend) -> None:
    header = b"image,gas,brake\r\n"
    (tmp_path / "data.csv").write_bytes(header + OLD_ROWS)
    record(tmp_path, first=8, last_is_open=True)
    whole = (tmp_path / "data.csv").read_bytes()
    lines = whole.splitlines(keepends=True)
    (tmp_path / "data.csv").write_bytes(b"".join(lines[:-4]) + lines[-2] + lines[-1][:30])
    mend(tmp_path)
    assert (tmp_path / "data.csv").read_bytes() == whole
    assert (tmp_path / RESCUED / "rows.csv").read_bytes() == lines[-1][:30] + b"\n"


# --- pictures under other names


@MENDS
def test_pictures_of_another_take_are_left_and_told(tmp_path: Path, mend: Mend) -> None:
    """Someone puts two collections together by renaming."""
    record(tmp_path, takes=1)
    other = tmp_path / "other"
    other.mkdir()
    record(other, takes=1)
    for path in sorted(other.glob("01_*.jpg")):
        path.rename(tmp_path / path.name.replace("01_", "02_"))
    shutil.rmtree(other)
    before = contents(tmp_path)
    found = mend(tmp_path)
    report = found.report if isinstance(found, Start) else found
    said = "\n".join(report.left())  # type: ignore[attr-defined]
    assert "02_000001.jpg" in said
    assert "another name" in said
    after = contents(tmp_path)
    assert {path: after[path] for path in before} == before
    assert next_number(tmp_path) == 3


def test_a_picture_copied_inside_its_take_is_left_and_told(tmp_path: Path) -> None:
    record(tmp_path, takes=1)
    shutil.copy(tmp_path / "01_000001.jpg", tmp_path / "01_000007.jpg")
    report = repair(tmp_path)
    assert report.pictures_taken_out == 0
    assert "01_000007.jpg" in str(report)
    assert len(rows_of(tmp_path)) == 6


def test_what_only_has_the_name_of_a_picture_of_ours_is_named_and_kept(tmp_path: Path) -> None:
    record(tmp_path, takes=1)
    theirs = {f"01_{frame:06d}.jpg": f"a shopping list {frame}".encode() for frame in (500, 501, 502, 503)}
    for name, content in theirs.items():
        (tmp_path / name).write_bytes(content)
    said = str(repair(tmp_path))
    assert (
        "took out 4 pictures that can't be used, to .rescued: 01_000500.jpg, 01_000501.jpg, 01_000502.jpg and 1 more"
        in said
    )
    assert {name: (tmp_path / ".rescued" / name).read_bytes() for name in theirs} == theirs


# --- what a later release wrote


@MENDS
def test_a_take_of_a_newer_release_is_left(tmp_path: Path, mend: Mend) -> None:
    record(tmp_path, takes=1)
    content = json.loads((tmp_path / "01_take.json").read_text())
    (tmp_path / "01_take.json").write_text(json.dumps({**content, "format": 99, "how_it_ended": "open"}))
    (tmp_path / "data.csv").unlink()
    before = contents(tmp_path)
    mend(tmp_path)
    assert contents(tmp_path) == before


def test_what_was_mended_reads_as_before(tmp_path: Path) -> None:
    record(tmp_path, takes=3)
    fill_with_strangers_of_other_numbers(tmp_path)
    before = (tmp_path / "data.csv").read_bytes()
    (tmp_path / "data.csv").unlink()
    repair(tmp_path)
    assert (tmp_path / "data.csv").read_bytes() == before
    assert len(list(csv.reader((tmp_path / "data.csv").read_text().splitlines()))) == 18


def fill_with_strangers_of_other_numbers(folder: Path) -> None:
    photo(folder / "20240714_183012.jpg")
    if sys.platform != "win32":
        (folder / "09_000001.jpg").symlink_to(folder / "nowhere")


def test_in_step_without_strangers(tmp_path: Path) -> None:
    record(tmp_path)
    (tmp_path / "data.csv").unlink()
    repair(tmp_path)
    assert_in_step(tmp_path)
