import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lib.captures.vocabulary import PairedBy
from lib.check.check import check
from lib.check.finding import Kind, Severity
from lib.recordings import Recordings
from lib.recordings.discarding import Wanted, discard
from lib.recordings.discards import Discard, Discards, DiscardsError, write_discards
from lib.recordings.folder import FolderError
from lib.recordings.selection import select
from tests.environment import ROOT

FORMAT1 = ROOT / "tests" / "data" / "format1"


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FORMAT1, tmp_path / "captures"))


def test_every_frame_has_its_row_its_tick_and_its_lap() -> None:
    recordings = Recordings(FORMAT1)
    frames = list(recordings.frames())
    assert recordings.remarks == []
    assert len(frames) == len(recordings) == 30
    assert [frame.image for frame in frames] == sorted(path.name for path in FORMAT1.glob("*.jpg"))
    for frame in frames:
        assert frame.path.is_file()
        assert frame.paired_by is PairedBy.STRIP
        assert frame.is_proven
        assert frame.tick is not None
        assert frame.lap is not None
        assert frame.lap.first <= frame.tick.tick <= frame.lap.last
        assert frame.lap.count == frame.tick.lap_count


def test_takes_of_two_folders_with_the_same_numbers_stay_apart(captures: Path) -> None:
    other = captures.parent / "other"
    shutil.copytree(captures, other)
    for path in other.glob("*_take.json"):
        content = json.loads(path.read_text())
        path.write_text(json.dumps({**content, "started_utc": "2020" + content["started_utc"][4:]}))
    recordings = Recordings(captures, other)
    assert [take.name for take in recordings.takes] == ["01", "02", "01", "02"]
    assert len({take.take_id for take in recordings.takes}) == 4


def test_the_same_take_counts_once_and_is_named(captures: Path) -> None:
    recordings = Recordings(captures, FORMAT1, captures)
    assert len(recordings.takes) == 2
    assert len(recordings.remarks) == 4
    assert "it is take 01 of" in recordings.remarks[0]


def change_row(captures: Path, at: int, speed: str) -> None:
    lines = [line.split(",") for line in (captures / "data.csv").read_text().splitlines()]
    lines[at][8] = speed
    (captures / "data.csv").write_text("".join(",".join(line) + "\n" for line in lines))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_copies_the_one_with_more_rows_counts(captures: Path, tmp_path: Path, order: tuple[int, int]) -> None:
    """As where a folder was copied while it was recorded into. What was discarded in either stays discarded."""
    copy = Path(shutil.copytree(captures, tmp_path / "copy"))
    lines = (copy / "data.csv").read_text().splitlines(keepends=True)
    (copy / "data.csv").write_text("".join(lines[:3] + lines[4:9]))
    taken = Recordings(copy).takes[0]
    write_discards(copy, Discards([Discard(taken.take_id, 1, 3, 3, "spun", "me", "2026-11-25T10:00:00Z")]))
    folders = (captures, copy)
    recordings = Recordings(*(folders[at] for at in order))
    assert len(recordings) == 30
    assert {take.folder.path for take in recordings.takes} == {captures}
    assert [frame.image for frame in recordings.frames() if frame.discarded] == ["01_000003.jpg"]
    assert len(recordings.takes_again) == 2


def test_two_takes_with_one_id_and_other_rows_both_count(captures: Path, tmp_path: Path) -> None:
    copies = [Path(shutil.copytree(captures, tmp_path / f"copy{number}")) for number in range(3)]
    for copy in copies[:2]:
        change_row(copy, 2, "123.5")
    change_row(copies[2], 2, "9.5")
    recordings = Recordings(captures, *copies)
    assert [(take.name, take.folder.path.name) for take in recordings.takes] == [
        ("01", "captures"), ("02", "captures"), ("01", "copy0"), ("01", "copy2")
    ]  # fmt: skip
    assert len({take.take_id for take in recordings.takes}) == 4
    assert [remark for remark in recordings.remarks if f"take 01 of {copies[0]} has the id of take 01 of" in remark]


def test_a_take_that_was_told_apart_can_be_discarded(captures: Path) -> None:
    described = captures / "01_take.json"
    described.write_text(json.dumps({**json.loads(described.read_text()), "take_id": "the id of both"}))
    for path in [*captures.glob("01_*")]:
        shutil.copy(path, path.with_name(f"03{path.name[2:]}"))
    rows = (captures / "data.csv").read_text().splitlines()
    more = [row.replace("01_", "03_", 1).replace(",TRUE,", ",FALSE,") for row in rows if row.startswith("01_")]
    (captures / "data.csv").write_text("".join(row + "\n" for row in [*rows, *more]))
    recordings = Recordings(captures)
    assert [(take.name, other.name) for take, other in recordings.takes_apart] == [("03", "01")]
    discard(captures, [Wanted(one, "spun") for one in select(recordings, ["01:1-3", "03:5-6"])])
    left_out = [frame.image for frame in Recordings(captures).frames() if frame.discarded]
    assert left_out == [*(f"01_{frame:06d}.jpg" for frame in (1, 2, 3)), "03_000005.jpg", "03_000006.jpg"]
    for path in [*captures.glob("01_*")]:
        path.unlink()
    (captures / "data.csv").write_text("".join(row + "\n" for row in more))
    alone = Recordings(
        captures
    )  # the first was moved away: the other goes under the id of both, and comes back nowhere
    assert {5, 6} <= {frame.number for frame in alone.frames() if frame.discarded}


def without_side_files(captures: Path) -> Path:
    for path in captures.glob("*_t*"):
        path.unlink()
    return captures


def test_what_an_older_tool_left_is_read(captures: Path) -> None:
    rows = without_side_files(captures) / "data.csv"
    text = rows.read_text().replace(".jpg", ".png").replace("TRUE", "True").replace("\n", "\r\n")
    rows.write_bytes(text.encode())
    frames = list(Recordings(captures).frames())
    assert len(frames) == 30
    assert {frame.take.name for frame in frames} == {"01", "02"}
    assert all(frame.tick is None and frame.paired_by is None and not frame.is_proven for frame in frames)
    assert all(frame.lap is not None for frame in frames)


def test_a_take_without_a_description_has_the_same_id_wherever_it_is(captures: Path, tmp_path: Path) -> None:
    here = Recordings(without_side_files(captures))
    copy = shutil.copytree(captures, tmp_path / "elsewhere")
    assert [take.take_id for take in here.takes] == [take.take_id for take in Recordings(copy).takes]


def test_rows_out_of_order_and_doubled_are_put_right_and_told(captures: Path) -> None:
    lines = (captures / "data.csv").read_bytes().splitlines(keepends=True)
    (captures / "data.csv").write_bytes(b"".join([*reversed(lines), lines[3], b"nonsense\n"]))
    recordings = Recordings(captures)
    frames = list(recordings.frames())
    assert [frame.image for frame in frames] == [path.name for path in sorted(captures.glob("*.jpg"))]
    assert all(frame.is_proven for frame in frames)
    assert any("1 rows of frames that have one already" in line for line in recordings.remarks)
    assert any("1 lines of data.csv that name no picture" in line for line in recordings.remarks)


def test_a_line_of_ticks_that_is_lost_costs_only_itself(captures: Path) -> None:
    path = captures / "01_ticks.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    lost = next(at for at, line in enumerate(lines) if b"01_000005.jpg" in line)
    path.write_bytes(b"".join([*lines[:lost], lines[lost][:50] + b"\n", *lines[lost + 1 :]]))
    frames = list(Recordings(captures).frames())
    assert [frame.image for frame in frames if frame.tick is None] == ["01_000005.jpg"]


def test_discards_are_told_with_their_reason(captures: Path) -> None:
    take = Recordings(captures).takes[1]
    entry = Discard(take.take_id, 2, 3, 5, "spun", "me", "2026-11-25T10:00:00Z")
    write_discards(captures, Discards([entry]))
    left_out = {frame.image: frame.discarded for frame in Recordings(captures).frames() if frame.discarded}
    assert left_out == {f"02_{frame:06d}.jpg": "spun" for frame in (3, 4, 5)}


def test_discards_that_cannot_be_understood_stop_everything(captures: Path) -> None:
    for text in ("{", "[]", '{"format": 1}', '{"format": 9, "discards": []}', '{"format": 1, "discards": [{}]}'):
        (captures / "discards.json").write_text(text)
        with pytest.raises(DiscardsError, match="nothing was done"):
            Recordings(captures)
        assert list(Recordings(captures, needs_discards=False).broken_discards) == [captures]


def test_discards_that_are_no_file_or_of_other_types_stop_everything(captures: Path) -> None:
    entry = Discard("an id", 2, 3, 5, "spun", "me", "2026-11-25T10:00:00Z")
    write_discards(captures, Discards([replace(entry, first="three")]))  # type: ignore[arg-type]
    with pytest.raises(DiscardsError, match="a first that is no int"):
        Recordings(captures)
    (captures / "discards.json").unlink()
    os.mkfifo(captures / "discards.json")
    with pytest.raises(DiscardsError, match="is no file"):
        Recordings(captures)


def test_a_side_file_of_another_program_makes_no_take(captures: Path) -> None:
    before = [take.name for take in Recordings(captures).takes]
    (captures / "90_take.json").write_text("no JSON")
    (captures / "91_take.json").write_text('{"camera": "A7"}')
    (captures / "92_ticks.csv").write_text("dogs,fleas\n")
    (captures / "93_take.json").mkdir()
    os.mkfifo(captures / "94_ticks.csv")
    found = Recordings(captures)
    assert ([take.name for take in found.takes], found.remarks) == (before, [])


def test_a_take_of_which_only_a_side_file_is_whole_stays_one(captures: Path) -> None:
    (captures / "data.csv").unlink()
    (captures / "01_take.json").write_text("no JSON")
    assert [take.name for take in Recordings(captures).takes] == ["01", "02"]
    (captures / "01_ticks.csv").unlink()  # now only its pictures say it
    assert [take.name for take in Recordings(captures).takes] == ["01", "02"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="there is no folder"):
        Recordings(tmp_path / "captures")
    assert Recordings(tmp_path).takes == []
    with pytest.raises(FolderError):
        Recordings()


def test_reading_changes_nothing(captures: Path) -> None:
    def state() -> list[tuple[str, int, int]]:
        return sorted((entry.name, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in os.scandir(captures))

    before = state()
    list(Recordings(captures).frames())
    assert state() == before


@pytest.mark.parametrize("odd", ["a pipe", "a folder"])
def test_a_data_csv_that_is_no_file_is_named_at_once(captures: Path, odd: str) -> None:
    (captures / "data.csv").unlink()
    os.mkfifo(captures / "data.csv") if odd == "a pipe" else (captures / "data.csv").mkdir()
    with pytest.raises(FolderError, match=r"data\.csv is no file, so nothing was read: move what has that name away"):
        Recordings(captures)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tick", "9" * 25), ("tick", "x"), ("lap_count", "9" * 25), ("lap_count", "-" + "9" * 400),
        ("game_time", "nan"), ("game_time", "inf"), ("game_time", "1e999"),
    ],
)  # fmt: skip
def test_a_number_of_no_game_costs_its_tick_and_nothing_else(captures: Path, name: str, value: str) -> None:
    lost = _spoil(captures, name, value)
    (take, *_) = Recordings(captures).takes
    assert [frame.number for frame in take.frames() if frame.tick is None] == [lost]
    assert take.table()["tick"].is_null().to_pylist().index(True) == lost - 1
    assert take.table()["tick"].null_count == 1
    assert Kind.TICK_LOST in {finding.kind for finding in check([captures]).findings}


@pytest.mark.parametrize("name", ["lap_time_ms", "last_lap_ms"])
def test_a_lap_time_of_no_game_costs_nothing(captures: Path, name: str) -> None:
    laps = [lap.name for lap in Recordings(captures).takes[0].laps]
    _spoil(captures, name, "9" * 400)
    (take, *_) = Recordings(captures).takes
    assert [lap.name for lap in take.laps] == laps
    assert take.table().num_rows == len(take)
    assert not check([captures]).of(Severity.DAMAGE)


def _spoil(captures: Path, name: str, value: str) -> int:
    """Write that into one line of the first take's ticks. Returns the frame that the line is about."""
    path = captures / "01_ticks.csv"
    header, *lines = path.read_text().splitlines()
    names = header.split(",")
    at = next(at for at, line in enumerate(lines) if at > 8 and line.split(",")[names.index("image")])
    cells = lines[at].split(",")
    cells[names.index(name)] = value
    lines[at] = ",".join(cells)
    path.write_text("\n".join([header, *lines, ""]))
    return int(cells[names.index("image")].split("_")[1].removesuffix(".jpg"))
