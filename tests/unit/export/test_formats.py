"""Each format as it stands in its files, read back by other code than wrote it."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib.captures.columns import TICK_FILE_COLUMNS
from lib.captures.names import ticks_file_name
from lib.captures.take_file import read_description, write_description
from lib.dataset.options import SplitOptions
from lib.dataset.split import split
from lib.export import columns
from lib.export.export import export
from lib.export.format import NAMES
from lib.export.options import ExportOptions
from lib.recordings import Recordings
from tests.unit.dataset.drives import MadeLap, MadeTake
from tests.unit.export.drives import change_rows, drive, files_of, press_gas_halfway_late

_OF_ROWS = {
    "gas": "gas", "brake": "brake", "clutch": "clutch", "gear": "gear", "steer_deg": "steer",
    "acc_lateral_g": "acc_lateral", "acc_longitudinal_g": "acc_longitudinal", "speed_mph": "speed_mph",
    "lap_valid": "lap_valid", "lap_time_s": "lap_time", "best_lap_s": "best_lap", "spline_position": "spline_position",
    "performance_meter_s": "performance_meter", "performance_gain": "performance_gain",
}  # fmt: skip


def made(tmp_path: Path, to: str, **options: Any) -> tuple[Path, Path]:
    captures = drive(
        tmp_path / "captures", [MadeTake([MadeLap(0, 4), MadeLap(1, 4)]), MadeTake([MadeLap(0, 2)], shift=0.2)]
    )
    press_gas_halfway_late(captures, 70)
    out = tmp_path / to
    report = export([captures], to, str(out), ExportOptions(**{"part": 45, **options}))
    assert not report.failed
    return captures, out


def expected(captures: Path) -> list[dict[str, Any]]:
    """What goes out of it, by the reader that gives one frame after the other."""
    return [
        {
            "file": frame.image, "bytes": frame.path.read_bytes(), "take_id": frame.take.take_id,
            "take": frame.take.name, "frame": frame.number, "lap": frame.lap.name if frame.lap else "",
            "place": min(int(frame.row.spline_position * 16), 15), "tick": frame.tick.tick if frame.tick else None,
            "game_time_s": frame.tick.game_time if frame.tick else None,
            **{name: getattr(frame.row, source) for name, source in _OF_ROWS.items()},
        }
        for frame in Recordings(captures).frames()
    ]  # fmt: skip


def assert_same(told: list[dict[str, Any]], truth: list[dict[str, Any]]) -> None:
    assert len(told) == len(truth)
    for row, wanted in zip(told, truth, strict=True):
        assert row.keys() == wanted.keys()
        for name, value in wanted.items():
            assert row[name] == (pytest.approx(value, rel=1e-6) if isinstance(value, float) else value), name


def test_parquet_has_the_pictures_bytes_and_typed_columns(tmp_path: Path) -> None:
    captures, out = made(tmp_path, "parquet")
    files = sorted((out / "data").iterdir())
    assert [path.name for path in files] == [f"train-00000{at}.parquet" for at in range(3)]
    told = []
    for path in files:
        for row in pq.read_table(path).to_pylist():
            image = row.pop("image")
            told.append({"file": image["path"], "bytes": image["bytes"], **row})
    assert_same(told, expected(captures))
    assert {row["gas"] for row in told} == {0.0, 0.5, 1.0}
    file = pq.ParquetFile(files[0])
    features = json.loads(file.schema_arrow.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == file.schema_arrow.names
    assert features["image"] == {"_type": "Image"}
    assert features["gas"] == {"dtype": "float32", "_type": "Value"}
    assert {features[name]["dtype"] for name in ("gear", "place")} == {"int32"}
    assert file.metadata.row_group(0).column(0).compression == "UNCOMPRESSED"


def test_parquet_has_row_groups_small_enough_for_random_access(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", [MadeTake([MadeLap(0, 25)])])
    export([captures], "parquet", str(tmp_path / "out"), ExportOptions())
    told = pq.ParquetFile(tmp_path / "out" / "data" / "train-000000.parquet").metadata
    assert [told.row_group(at).num_rows for at in range(told.num_row_groups)] == [100, 100, 50]


def test_webdataset_is_a_plain_tar_of_pictures_and_json_in_order(tmp_path: Path) -> None:
    captures, out = made(tmp_path, "webdataset")
    told = []
    for path in sorted(out.glob("train-*.tar")):
        with tarfile.open(path) as tar:
            members = tar.getmembers()
            assert path.stat().st_size % tarfile.RECORDSIZE == 0
            assert all((member.mtime, member.uid, member.uname, member.mode) == (0, 0, "", 0o644) for member in members)
            for image, numbers in zip(members[::2], members[1::2], strict=True):
                assert image.name.removesuffix(".jpg") == numbers.name.removesuffix(".json")
                content, text = tar.extractfile(image), tar.extractfile(numbers)
                assert content is not None
                assert text is not None
                told.append({"file": image.name, "bytes": content.read(), **json.loads(text.read())})
                assert isinstance(told[-1]["gas"], float)
                assert isinstance(told[-1]["gear"], int)
    assert_same(told, expected(captures))


def test_imagefolder_has_the_numbers_beside_their_pictures(tmp_path: Path) -> None:
    captures, out = made(tmp_path, "imagefolder")
    told = []
    for folder in sorted((out / "train").iterdir()):
        rows = pq.read_table(folder / "metadata.parquet").to_pylist()
        assert {path.name for path in folder.iterdir()} == {"metadata.parquet", *(row["file_name"] for row in rows)}
        for row in rows:
            name = row.pop("file_name")
            told.append({"file": name, "bytes": (folder / name).read_bytes(), **row})
    assert_same(told, expected(captures))


@pytest.mark.parametrize("to", NAMES)
def test_every_file_is_listed_with_its_size_and_sha256(tmp_path: Path, to: str) -> None:
    _, out = made(tmp_path, to)
    listed: dict[str, tuple[int, str]] = {}
    for marker in (out / ".synclogger" / "parts").iterdir():
        listed |= {name: (size, sha) for name, size, sha in json.loads(marker.read_text())["files"]}
    finished = json.loads((out / ".synclogger" / "finished.json").read_text())["files"]
    listed |= {name: (size, sha) for name, size, sha in finished}
    files = {name: (out / name).read_bytes() for name in {*listed, *files_of(out)}}
    assert listed == {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()}


@pytest.mark.parametrize("to", ["imagefolder", "parquet", "webdataset"])
def test_columns_chooses_which_go_out_and_in_which_order(tmp_path: Path, to: str) -> None:
    _, out = made(tmp_path, to, columns=("steer_deg", "car", "gas"))
    if to == "webdataset":
        with tarfile.open(out / "train-000000.tar") as tar:
            text = tar.extractfile("01_000001.json")
            assert text is not None
            assert list(json.loads(text.read()).items())[1:] == [("car", "abarth500"), ("gas", 0.0)]
        return
    path = out / ("data/train-000000.parquet" if to == "parquet" else "train/000000/metadata.parquet")
    assert pq.read_schema(path).names[1:] == ["steer_deg", "car", "gas"]
    assert pq.read_table(path)["car"].to_pylist()[0] == "abarth500"


def test_any_column_of_the_ticks_can_go_out_with_a_type_of_its_own(tmp_path: Path) -> None:
    names = [name for name in columns.known() if name not in ("weight", "driver")]
    assert {column.name for column in TICK_FILE_COLUMNS} <= {*names, "image", "game_time", *_OF_ROWS.values()}
    captures, out = made(tmp_path, "parquet", columns=tuple(names), part=None)
    table = pq.read_table(out / "data" / "train-000000.parquet")
    assert table.schema.names[1:] == names
    ticks = Recordings(captures).takes[0].table(ticks=["in_pit", "grab_start"])
    assert table["in_pit"].to_pylist() == [int(value) for value in ticks["in_pit"].to_pylist()]
    assert table["grab_start"].to_pylist() == ticks["grab_start"].to_pylist()
    assert table.schema.field("in_pit").type == pa.int64()
    assert table.schema.field("rpm").type == pa.int64()
    assert table["rpm"].null_count == table.num_rows  # nothing told it: missing, and not 0
    assert table.schema.field("world_x").type == pa.float32()


def test_a_word_among_numbers_of_the_ticks_is_missing_and_no_other(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    path = captures / ticks_file_name(1)
    header, *lines = path.read_text(encoding="ascii").splitlines()
    at = header.split(",").index("in_pit")
    for number, word in ((3, "?"), (5, "")):
        values = lines[number].split(",")
        lines[number] = ",".join([*values[:at], word, *values[at + 1 :]])
    path.write_text("\n".join([header, *lines]) + "\n", encoding="ascii")
    export([captures], "parquet", str(tmp_path / "out"), ExportOptions(columns=("in_pit",)))
    told = pq.read_table(tmp_path / "out" / "data" / "train-000000.parquet")["in_pit"].to_pylist()
    assert [number for number, value in enumerate(told) if value is None] == [3, 5]
    assert {value for value in told if value is not None} == {0}


def test_the_drivers_name_goes_out_only_where_it_is_asked_for(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    told = read_description(captures, 1)
    assert told is not None
    told.facts |= {"driver": "Ayrtön S.", "car": 'a "car", ünd\nmore \ud800'}
    write_description(captures, told)
    for to in NAMES:
        export([captures], to, str(tmp_path / to), ExportOptions(columns=("car", "gas")))
        everything = b"".join(path.read_bytes() for path in (tmp_path / to).rglob("*") if path.is_file())
        assert b"Ayrt" not in everything
        assert str(tmp_path).encode() not in everything
    export([captures], "parquet", str(tmp_path / "named"), ExportOptions(driver_name=True))
    row = pq.read_table(tmp_path / "named" / "data" / "train-000000.parquet").to_pylist()[0]
    assert row["driver"] == "Ayrtön S."


def test_what_an_older_tool_left_goes_out_where_it_is_asked_for(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    for path in captures.glob("01_t*"):
        path.unlink()
    change_rows(captures, lambda at, row: [f"C:\\old\\captures\\{row[0]}", *row[1:]])
    report = export([captures], "parquet", str(tmp_path / "out"), ExportOptions(unproven=True))
    assert not report.failed
    rows = pq.read_table(tmp_path / "out" / "data" / "train-000000.parquet").to_pylist()
    assert [row["frame"] for row in rows] == [*range(1, 61)]
    assert {(row["tick"], row["game_time_s"]) for row in rows} == {(None, None)}
    assert rows[0]["image"]["path"] == "01_000001.jpg"


def test_weights_and_splits_come_from_the_sets(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", [MadeTake([MadeLap(count, 4) for count in range(10)])])
    split(Recordings(captures), tmp_path / "sets", SplitOptions())
    export([tmp_path / "sets"], "imagefolder", str(tmp_path / "out"), ExportOptions(part=900))
    assert {path.parent.parent.name for path in (tmp_path / "out").rglob("metadata.parquet")} == {
        "train", "validation", "test",
    }  # fmt: skip
    weights = pq.read_table(tmp_path / "out" / "train" / "000000" / "metadata.parquet")["weight"]
    assert weights.type == pa.float32()
    assert sum(weights.to_pylist()) / len(weights) == pytest.approx(1, abs=0.01)
