import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.captures.lock import FolderBusyError, FolderLock
from lib.captures.names import picture_name, ticks_file_name
from lib.captures.row import row_of
from lib.captures.vocabulary import Ended
from lib.recorder.saving.encode import save_jpeg
from lib.repair import pictures
from lib.repair.repair import repair, repair_after_crash
from lib.repair.rescue import RESCUED
from tests.unit.repair.folders import OPTIONS, PIXELS, SIZE, assert_in_step, contents, record, rows_of
from tests.unit.samples import sample


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    record(folder)
    return folder


@pytest.fixture
def captures(recorded: Path, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "captures"
    shutil.copytree(recorded, folder)
    yield folder
    assert_in_step(folder)


def test_a_whole_folder_is_left_alone(captures: Path) -> None:
    before = contents(captures)
    report = repair(captures)
    assert report.is_clean
    assert str(report) == "nothing to mend"
    assert contents(captures) == before
    assert not (captures / RESCUED).exists()


def test_a_lost_data_file_is_rebuilt_byte_for_byte(captures: Path) -> None:
    before = (captures / "data.csv").read_bytes()
    (captures / "data.csv").unlink()
    assert repair(captures).rows_rebuilt == 12
    assert (captures / "data.csv").read_bytes() == before


@pytest.mark.parametrize("cut", [1, 10, 60, 200])
def test_a_torn_data_file_is_rebuilt_byte_for_byte(captures: Path, cut: int) -> None:
    before = (captures / "data.csv").read_bytes()
    os.truncate(captures / "data.csv", len(before) - cut)
    repair(captures)
    assert (captures / "data.csv").read_bytes() == before


def test_rows_lost_in_the_middle_come_back_in_order(captures: Path) -> None:
    before = (captures / "data.csv").read_bytes()
    lines = before.splitlines(keepends=True)
    (captures / "data.csv").write_bytes(b"".join(lines[:2] + lines[5:]))
    assert repair(captures).rows_rebuilt == 3
    assert (captures / "data.csv").read_bytes() == before


def test_a_picture_that_is_not_whole_goes_with_its_row(captures: Path) -> None:
    path = captures / picture_name(1, 3)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    row = rows_of(captures)[2]
    report = repair(captures)
    assert (report.pictures_taken_out, report.rows_taken_out) == (1, 1)
    assert (captures / RESCUED / path.name).read_bytes() == content[: len(content) // 2]
    assert (captures / RESCUED / "rows.csv").read_bytes() == row + b"\n"


def test_what_a_crash_left_in_data_csv_is_taken_out_and_kept(captures: Path) -> None:
    remains = [b"01_000001.jpg,0", b"01_0000" + bytes(60) + b",TRUE,1.0", rows_of(captures)[0]]
    with (captures / "data.csv").open("ab") as file:
        file.write(b"".join(line + b"\n" for line in remains))
    assert repair(captures).rows_taken_out == 3
    assert (captures / RESCUED / "rows.csv").read_bytes().split(b"\n")[:-1] == remains


def test_a_file_saved_by_a_spreadsheet_on_windows_is_understood(captures: Path) -> None:
    content = (captures / "data.csv").read_bytes()
    (captures / "data.csv").write_bytes(content.replace(b"\n", b"\r\n"))
    assert repair(captures).rows_taken_out == 0


def test_parts_are_taken_out_and_never_collide(captures: Path) -> None:
    for _ in range(2):
        (captures / ".02_000007.jpg.part").write_bytes(b"half")
        assert repair(captures).unfinished_files == 1
    assert sorted(path.name for path in (captures / RESCUED).iterdir()) == [
        ".02_000007.jpg.part", ".02_000007.jpg.part.1",
    ]  # fmt: skip


def test_a_folder_that_is_recorded_into_is_left_alone(captures: Path) -> None:
    with FolderLock(captures), pytest.raises(FolderBusyError):
        repair(captures)


def crash(folder: Path, rows: int, ticks: int, hole: bool) -> None:
    """What is on the disk when the power goes during the last take."""
    data = folder / "data.csv"
    os.truncate(data, data.stat().st_size - rows)
    lines = folder / ticks_file_name(2)
    os.truncate(lines, max(0, lines.stat().st_size - ticks))
    if hole:
        picture = folder / picture_name(2, 6)
        content = bytearray(picture.read_bytes())
        content[-600:-2] = bytes(598)
        picture.write_bytes(content)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 500), st.integers(0, 6000), st.booleans(), st.booleans())
def test_after_a_crash_the_quick_repair_is_enough(
    tmp_path_factory: pytest.TempPathFactory, rows: int, ticks: int, hole: bool, full: bool
) -> None:
    folder = tmp_path_factory.mktemp("crashed")
    record(folder, last_is_open=True)
    first_take = rows_of(folder)[:6]
    crash(folder, rows, ticks, hole)
    report = repair(folder) if full else repair_after_crash(folder).report
    assert 2 in report.takes_completed
    assert_in_step(folder)
    assert rows_of(folder)[:6] == first_take
    assert len(rows_of(folder)) == 12 - hole
    content = json.loads((folder / "02_take.json").read_text())
    assert content["how_it_ended"] == Ended.RECOVERED
    assert content["frames_saved"] == 6 - hole
    assert content["ticks"]["total"] == sum(content["ticks"]["by_outcome"].values())
    assert content["ticks"]["by_outcome"]["saved"] == 6 - hole
    assert content["ended_utc"]
    assert content["car"] == "abarth500"
    assert repair(folder).is_clean
    shutil.rmtree(folder)


@pytest.mark.parametrize("broken", [b"", b"{", b"\x00" * 100, b'{"how_it_ended": 7, "ticks": []'])
def test_a_broken_description_is_made_anew(captures: Path, broken: bytes) -> None:
    (captures / "02_take.json").write_bytes(broken)
    repair_after_crash(captures)
    content = json.loads((captures / "02_take.json").read_text())
    assert (content["how_it_ended"], content["frames_saved"]) == (Ended.RECOVERED, 6)
    assert (captures / RESCUED / "02_take.json").read_bytes() == broken


@settings(max_examples=60, deadline=None)
@given(comment=st.binary(max_size=2000) | st.recursive(
    st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["synclogger", "row", "tick"]), inner
    )
).map(lambda content: json.dumps(content).encode()))  # fmt: skip
def test_a_doctored_picture_is_refused(tmp_path_factory: pytest.TempPathFactory, comment: bytes) -> None:
    folder = tmp_path_factory.mktemp("doctored")
    save_jpeg(folder / picture_name(1, 1), bytearray(PIXELS), SIZE, OPTIONS, comment[:60000])
    repair(folder)
    assert not (folder / "data.csv").exists()
    shutil.rmtree(folder)


def test_nothing_of_a_healthy_folder_is_read_twice_at_the_start(
    captures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start must be as quick in a folder of a million pictures."""
    walk, walks = os.scandir, []
    monkeypatch.setattr(os, "scandir", lambda folder: walks.append(folder) or walk(folder))
    monkeypatch.setattr(pictures, "is_whole", lambda *_: pytest.fail("looked at a picture"))
    assert repair_after_crash(captures).report.is_clean
    assert len(walks) == 1


@pytest.mark.parametrize("column", ["=cmd|'/C calc'!A0", "0,0", "0\n0", "nan", "1e5", "", "\u0663", "0" * 500])
def test_a_row_that_a_picture_carries_is_checked_column_by_column(tmp_path: Path, column: str) -> None:
    name = picture_name(1, 1)
    made = sample(1)
    row = row_of(name, made)
    row[3] = column
    comment = json.dumps({"synclogger": 1, "row": row, "tick": {}}).encode()
    save_jpeg(tmp_path / name, bytearray(PIXELS), SIZE, OPTIONS, comment)
    assert repair(tmp_path).pictures_taken_out == 1
    assert not (tmp_path / "data.csv").exists() or rows_of(tmp_path) == []


def test_half_a_row_that_is_taken_out_is_told(captures: Path) -> None:
    before = (captures / "data.csv").read_bytes()
    (captures / "data.csv").write_bytes(before + before.splitlines()[-1][:25])
    assert "took half a row out of data.csv" in str(repair(captures))
    assert (captures / "data.csv").read_bytes() == before
    assert str(repair(captures)) == "nothing to mend"
