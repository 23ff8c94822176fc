import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.dataset.repair import RECOVERED, RESCUED, repair, repair_after_crash
from lib.recorder.encode import JpegOptions, save_jpeg
from lib.recorder.pipeline import TakeFiles
from lib.recorder.row import comment_of, row_bytes, row_of
from lib.recorder.store import FolderBusyError, FolderLock, picture_name, survey, ticks_file_name, write_json
from lib.recorder.take import Take
from tests.unit.recorder.samples import sample

SIZE = (24, 16)
PIXELS = bytes(range(256)) * (SIZE[0] * SIZE[1] * 4 // 256)


def record(folder: Path, takes: int = 2, frames: int = 6, last_is_open: bool = False) -> None:
    """A captures folder as the recorder leaves it."""
    rows = b""
    for number in range(1, takes + 1):
        take = Take(number, TakeFiles.of(folder, number), {"car": "abarth500"})
        for tick in range(1, 2 * frames + 1):
            made = sample(tick, take=number, steer=tick / 3, gas=0.1)
            take.add(tick, made, 0.0)
            if tick % 2:
                name = take.shown(tick, (tick / 60, tick / 60 + 0.004), "strip", SIZE, SIZE)
                row = row_of(name, made)
                comment = comment_of(row, made, (tick / 60, tick / 60 + 0.004), "strip")
                save_jpeg(folder / name, bytearray(PIXELS), SIZE, JpegOptions(SIZE, 90, "4:2:0"), comment)
                rows += row_bytes(row)
                take.stored(tick, True, True)
        take.settle(is_over=True)
        (folder / ticks_file_name(number)).write_text(take.take_lines())
        how = "open" if last_is_open and number == takes else "stopped"
        write_json(folder / f"{number:02d}_take.json", take.describe(how, {}))
    (folder / "data.csv").write_bytes(rows)


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


def rows_of(folder: Path) -> list[bytes]:
    return (folder / "data.csv").read_bytes().split(b"\n")[:-1]


def assert_in_step(folder: Path) -> None:
    names = [row.split(b",")[0].decode() for row in rows_of(folder)]
    assert names == sorted(path.name for path in folder.glob("*.jpg"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


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


def test_what_is_no_row_is_taken_out_and_kept(captures: Path) -> None:
    with (captures / "data.csv").open("ab") as file:
        file.write(b"image,gas\n=cmd|' /C calc'!A0\n01_000001.jpg,0\n\xff\xfe\n" + rows_of(captures)[0] + b"\n")
    assert repair(captures).rows_taken_out == 5
    assert (captures / RESCUED / "rows.csv").read_bytes().count(b"\n") == 5


def test_a_file_saved_by_a_spreadsheet_on_windows_is_understood(captures: Path) -> None:
    content = (captures / "data.csv").read_bytes()
    (captures / "data.csv").write_bytes(content.replace(b"\n", b"\r\n"))
    assert repair(captures).rows_taken_out == 0


def test_parts_are_taken_out_and_never_collide(captures: Path) -> None:
    for _ in range(2):
        (captures / ".03_000001.jpg.part").write_bytes(b"half")
        assert repair(captures).unfinished_files == 1
    assert sorted(path.name for path in (captures / RESCUED).iterdir()) == [
        ".03_000001.jpg.part", ".03_000001.jpg.part.1",
    ]  # fmt: skip


def test_a_picture_that_claims_another_name_is_not_believed(captures: Path) -> None:
    shutil.copy(captures / picture_name(1, 1), captures / picture_name(1, 7))
    assert repair(captures).pictures_taken_out == 1


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
    report = repair(folder) if full else repair_after_crash(folder, survey(folder))
    assert 2 in report.takes_completed
    assert_in_step(folder)
    assert rows_of(folder)[:6] == first_take
    assert len(rows_of(folder)) == 12 - hole
    content = json.loads((folder / "02_take.json").read_text())
    assert content["how_it_ended"] == RECOVERED
    assert content["frames_saved"] == 6 - hole
    assert content["ticks"]["total"] == sum(content["ticks"]["by_outcome"].values())
    assert content["ticks"]["by_outcome"]["saved"] == 6 - hole
    assert content["ended_utc"]
    assert content["car"] == "abarth500"
    assert repair(folder).is_clean
    shutil.rmtree(folder)


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b"\x00" * 100, b'{"how_it_ended": 7, "ticks": []'])
def test_a_broken_description_is_made_anew(captures: Path, broken: bytes) -> None:
    (captures / "02_take.json").write_bytes(broken)
    repair_after_crash(captures, survey(captures))
    content = json.loads((captures / "02_take.json").read_text())
    assert (content["how_it_ended"], content["frames_saved"]) == (RECOVERED, 6)
    assert (captures / RESCUED / "02_take.json").read_bytes() == broken


@settings(max_examples=60, deadline=None)
@given(comment=st.binary(max_size=2000) | st.recursive(
    st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["synclogger", "row", "tick"]), inner
    )
).map(lambda content: json.dumps(content).encode()))  # fmt: skip
def test_a_doctored_picture_is_refused(tmp_path_factory: pytest.TempPathFactory, comment: bytes) -> None:
    folder = tmp_path_factory.mktemp("doctored")
    save_jpeg(folder / picture_name(1, 1), bytearray(PIXELS), SIZE, JpegOptions(SIZE, 90, "4:2:0"), comment[:60000])
    repair(folder)
    assert not (folder / picture_name(1, 1)).exists()
    shutil.rmtree(folder)


def test_nothing_of_a_healthy_folder_is_read_twice_at_the_start(
    captures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start must be as quick in a folder of a million pictures."""
    seen = survey(captures)
    monkeypatch.setattr(os, "scandir", lambda _: pytest.fail("walked again"))
    assert repair_after_crash(captures, seen).is_clean


@pytest.mark.parametrize("column", ["=cmd|'/C calc'!A0", "0,0", "0\n0", "nan", "1e5", "", "\u0663", "0" * 500])
def test_a_row_that_a_picture_carries_is_checked_column_by_column(tmp_path: Path, column: str) -> None:
    name = picture_name(1, 1)
    made = sample(1)
    row = row_of(name, made)
    row[3] = column
    comment = json.dumps({"synclogger": 1, "row": row, "tick": {}}).encode()
    save_jpeg(tmp_path / name, bytearray(PIXELS), SIZE, JpegOptions(SIZE, 90, "4:2:0"), comment)
    assert repair(tmp_path).pictures_taken_out == 1
    assert not (tmp_path / "data.csv").exists() or rows_of(tmp_path) == []
