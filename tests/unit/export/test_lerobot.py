"""--to lerobot, read back with pyarrow and PyAV and held against the recording, frame by frame."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from lib.dataset.options import OptionError, SplitOptions
from lib.dataset.split import split
from lib.errors import UserError
from lib.export.export import ExportReport, export
from lib.export.lerobot import LeRobot
from lib.export.options import ExportOptions
from lib.recordings import Recordings, workers
from tests.unit.dataset.drives import MadeLap, MadeTake
from tests.unit.export.drives import files_of
from tests.unit.export.film_drive import FPS, LAPS, SIZE, film_drive, source_picture
from tests.unit.export.films import CAMERA, Exported, psnr

SPA = MadeTake(LAPS[:2], car="bmw_m3", track="spa", shift=20)


def run(named: Path | list[Path], out: Path, options: ExportOptions | None = None) -> ExportReport:
    report = export([named] if isinstance(named, Path) else named, "lerobot", str(out), options or ExportOptions())
    assert report.failed == ()
    return report


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film_drive(tmp_path_factory.mktemp("drive") / "captures", [MadeTake(LAPS), SPA])


@pytest.fixture(scope="module")
def exported(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    out = tmp_path_factory.mktemp("export") / "lerobot"
    run(captures, out)
    return Exported(out)


def test_every_frame_is_the_picture_and_the_row_of_the_recording(captures: Path, exported: Exported) -> None:
    takes = {take.take_id: take for take in Recordings(captures).takes}
    sources = {(take.take_id, frame.number): frame for take in takes.values() for frame in take.frames()}
    lock = exported.info["features"]["action"]["info"]["steering_lock_deg"]
    assert lock == pytest.approx(max(abs(frame.row.steer) for frame in sources.values()), rel=1e-6)
    rows, pictures, episodes = exported.rows, exported.pictures(), exported.episodes
    assert len(rows) == len(pictures) == exported.info["total_frames"] > 500
    for row, picture in zip(rows, pictures, strict=True):
        take_id = episodes[row["episode_index"]]["take"]
        frame = sources[take_id, row["source.frame"]]
        near = sources.get((take_id, frame.number + 1)) or sources[take_id, frame.number - 1]
        quality = psnr(picture, source_picture(captures, frame.image))
        assert quality > 30
        assert psnr(picture, source_picture(captures, near.image)) < quality - 5, "a picture beside it would pass"
        source = frame.row
        assert row["action"] == pytest.approx([source.steer / lock, source.gas, source.brake], rel=1e-6)
        assert row["observation.state"] == pytest.approx(
            [source.speed_mph, source.acc_lateral, source.acc_longitudinal, source.gear], rel=1e-6
        )
        told = {name: row[f"observation.{name}"] for name in ("gas", "brake", "clutch", "gear", "steer_deg")}
        assert list(told.values()) == [
            np.float32(source.gas), np.float32(source.brake), np.float32(source.clutch), source.gear,
            np.float32(source.steer),
        ]  # fmt: skip
        assert row["observation.lap_valid"] is source.lap_valid
        assert row["observation.lap_time_s"] == source.lap_time
        assert frame.tick is not None
        assert row["source.game_time_s"] == pytest.approx(frame.tick.game_time, abs=1e-9)
    assert 0.5 < np.mean([row["action"][1] == 1.0 for row in rows]) < 0.9, "whole and broken numbers in one column"


def test_the_indices_are_what_readers_count_on(exported: Exported) -> None:
    rows, fps = exported.rows, exported.info["fps"]
    assert fps == FPS
    assert [row["index"] for row in rows] == list(range(len(rows)))
    assert [row["timestamp"] for row in rows] == [float(np.float32(row["frame_index"] / fps)) for row in rows]
    at = 0
    for number, episode in enumerate(exported.episodes):
        assert episode["episode_index"] == number
        assert (episode["dataset_from_index"], episode["dataset_to_index"]) == (at, at + episode["length"])
        of = rows[at : at + episode["length"]]
        assert [row["frame_index"] for row in of] == list(range(len(of)))
        assert {row["episode_index"] for row in of} == {number}
        seconds = episode[f"videos/{CAMERA}/to_timestamp"] - episode[f"videos/{CAMERA}/from_timestamp"]
        assert seconds == pytest.approx(episode["length"] / fps)
        at += episode["length"]
    assert at == len(rows)


def test_an_episode_is_a_lap_and_a_hole_cuts_it(captures: Path, exported: Exported) -> None:
    laps = {(take.take_id, lap.name): lap for take in Recordings(captures).takes for lap in take.laps}
    episodes = exported.episodes
    first = [episode for episode in episodes if episode["take"] == episodes[0]["take"]]
    assert [episode["lap"] for episode in first] == ["01@0", "01@1", "01@2", "01@2", "01@3"]
    assert [episode["length"] for episode in first] == [120, 90, 75, 75, 60]
    for episode in episodes:
        lap = laps[episode["take"], episode["lap"]]
        assert (episode["lap_time"], episode["lap_valid"]) == (lap.lap_time, lap.is_valid)
    assert {episode["lap_valid"] for episode in episodes} == {True, False}
    assert [(episode["car"], episode["track"]) for episode in (episodes[0], episodes[-1])] == [
        ("abarth500", "imola"), ("bmw_m3", "spa"),
    ]  # fmt: skip


def test_a_lap_of_half_a_second_is_left_out_and_counted(captures: Path, tmp_path: Path) -> None:
    report = run(captures, tmp_path / "out")
    assert report.plan.left_out() == {"a run of less than a second": 15}


def test_one_row_group_an_episode(exported: Exported) -> None:
    lengths = [episode["length"] for episode in exported.episodes]
    groups = []
    for path in sorted(exported.folder.glob("data/*/*.parquet")):
        metadata = pq.read_metadata(path)
        groups += [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)]
    assert groups == lengths


def test_the_schemas_are_those_of_the_format(exported: Exported) -> None:
    info = exported.info
    assert (info["codebase_version"], info["total_episodes"], info["total_tasks"]) == ("v3.0", 7, 2)
    film = info["features"][CAMERA]
    assert (film["shape"], film["dtype"]) == ([3, SIZE[1], SIZE[0]], "video")
    assert film["info"]["video.fps"] == FPS
    assert all("/" not in name for name in info["features"])
    schema = pq.read_schema(exported.folder / "data" / "chunk-000" / "file-000.parquet")
    assert set(schema.names) == set(info["features"]) - {CAMERA}
    assert str(schema.field("action").type).startswith("fixed_size_list<")
    assert [str(schema.field(name).type) for name in ("timestamp", "index", "task_index")] == [
        "float",
        "int64",
        "int64",
    ]
    tasks = pq.read_table(exported.folder / "meta" / "tasks.parquet")
    assert json.loads(tasks.schema.metadata[b"pandas"])["index_columns"] == ["task"]
    assert tasks.to_pydict() == {
        "task_index": [0, 1],
        "task": ["Drive imola in abarth500.", "Drive spa in bmw_m3."],
    }
    assert [row["task_index"] for row in exported.rows] == [
        ["Drive imola in abarth500.", "Drive spa in bmw_m3."].index(episode["tasks"][0])
        for episode in exported.episodes
        for _ in range(episode["length"])
    ]


def test_statistics_are_those_of_the_rows_and_pictures(exported: Exported) -> None:
    rows, stats, episodes = exported.rows, exported.stats, exported.episodes
    assert set(stats) == set(exported.info["features"])
    for name in ("action", "observation.state", "observation.steer_deg", "observation.lap_valid", "source.frame"):
        values = np.array([row[name] for row in rows], dtype=float).reshape(len(rows), -1)
        found = stats[name]
        assert found["count"] == [len(rows)]
        for key, of in (("min", np.min), ("max", np.max), ("mean", np.mean), ("std", np.std)):
            assert found[key] == pytest.approx(of(values, axis=0).tolist(), rel=1e-5, abs=1e-7), (name, key)
        assert (np.array(found["q01"]) <= found["q50"]).all()
        assert (np.array(found["q50"]) <= found["q99"]).all()
        of_first = np.array(values[: episodes[0]["length"]])
        assert episodes[0][f"stats/{name}/q90"] == pytest.approx(np.quantile(of_first, 0.9, axis=0).tolist())
    found = stats[CAMERA]
    pixels = np.stack(exported.pictures()).reshape(-1, 3) / 255
    for key, of in (("mean", np.mean), ("std", np.std)):
        assert np.shape(found[key]) == (3, 1, 1)
        assert np.ravel(found[key]) == pytest.approx(of(pixels, axis=0), abs=0.02)
    assert np.ravel(found["q50"]) == pytest.approx(np.quantile(pixels, 0.5, axis=0), abs=0.03)
    assert np.shape(episodes[0][f"stats/{CAMERA}/min"]) == (3, 1, 1)


def test_sets_stand_in_order_and_info_says_where(captures: Path, tmp_path: Path) -> None:
    sets = tmp_path / "sets"
    split(Recordings(captures), sets, SplitOptions(fractions=(0.5, 0.25, 0.25), gap=0.2))
    run(sets, tmp_path / "out")
    exported = Exported(tmp_path / "out")
    told = [episode["split"] for episode in exported.episodes]
    assert told == sorted(told, key=["train", "validation", "test"].index)
    assert set(told) == {"train", "validation", "test"}
    for name, text in exported.info["splits"].items():
        first, end = map(int, text.split(":"))
        assert set(told[first:end]) == {name}
        assert end - first == told.count(name)
    assert "source.weight" in exported.info["features"]
    in_training = [row for row in exported.rows if told[row["episode_index"]] == "train"]
    lock = exported.info["features"]["action"]["info"]["steering_lock_deg"]
    assert lock == max(abs(row["observation.steer_deg"]) for row in in_training)


def test_the_bytes_depend_on_no_number_of_processes(
    captures: Path, exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cores in (1, 3):
        monkeypatch.setattr(workers, "cores", lambda cores=cores: cores)
        run(captures, tmp_path / str(cores))
        assert files_of(tmp_path / str(cores)) == files_of(exported.folder)
    assert len(list(exported.folder.glob("videos/*/*/*.mp4"))) == 2


def test_a_take_that_comes_later_makes_what_both_make_at_once(captures: Path, tmp_path: Path) -> None:
    out, growing = tmp_path / "out", film_drive(tmp_path / "captures", [MadeTake(LAPS, take_id="earlier")])
    run(growing, out)
    film = next(out.glob("videos/*/*/file-000.mp4"))
    made = film.stat().st_mtime_ns
    assert run([growing, captures], out).new == 2
    assert film.stat().st_mtime_ns == made, "what was there stays"
    both = Exported(out)
    run([growing, captures], tmp_path / "at once")
    assert files_of(out) == files_of(tmp_path / "at once")
    assert both.info["total_episodes"] == 5 + 7
    assert len(both.pictures()) == both.info["total_frames"]
    assert both.rows[-1]["index"] == both.info["total_frames"] - 1


def test_what_stands_over_all_parts_is_made_up_for_where_a_run_ended_before_it(
    captures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, growing = tmp_path / "out", film_drive(tmp_path / "captures", [MadeTake(LAPS[:1], take_id="earlier")])
    run(growing, out)

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(LeRobot, "finish", killed)
        with pytest.raises(KeyboardInterrupt):
            run([growing, captures], out)
    assert Exported(out).info["total_episodes"] == 1
    assert run([growing, captures], out).new == 0
    assert Exported(out).info["total_episodes"] == 1 + 7
    written = (out / "meta" / "info.json").stat().st_mtime_ns
    assert run([growing, captures], out).new == 0
    assert (out / "meta" / "info.json").stat().st_mtime_ns == written, "nothing was missing any more"


def test_a_steering_lock_that_is_given(captures: Path, tmp_path: Path) -> None:
    run(captures, tmp_path / "out", ExportOptions(steering_lock=450))
    exported = Exported(tmp_path / "out")
    assert exported.info["features"]["action"]["info"] == {"steering_lock_deg": 450}
    rows = exported.rows
    assert [row["action"][0] * 450 for row in rows] == pytest.approx(
        [row["observation.steer_deg"] for row in rows], abs=1e-4
    )


def test_another_rate_another_form_other_columns(captures: Path, tmp_path: Path) -> None:
    options = ExportOptions(fps=10, size=(33, 21), grey=True, columns=("gas", "rpm", "paired_by"))
    run(captures, tmp_path / "out", options)
    exported = Exported(tmp_path / "out")
    assert exported.info["fps"] == 10
    assert exported.info["features"][CAMERA]["shape"] == [3, 22, 34]
    row = exported.rows[0]
    assert {name for name in row if name.startswith(("observation", "source"))} == {
        "observation.state", "observation.gas", "observation.rpm", "observation.paired_by",
    }  # fmt: skip
    assert row["observation.paired_by"] == "strip"
    picture = exported.pictures()[0].astype(int)
    assert np.abs(picture[..., 0] - picture[..., 2]).max() <= 6
    assert [episode["length"] for episode in exported.episodes][:2] == [40, 30]


@pytest.mark.parametrize("size", [(95, 63), (96, 63), (127, 71)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    captures = film_drive(tmp_path / "captures", [MadeTake(LAPS[:1])], size)
    run(captures, tmp_path / "out")
    exported = Exported(tmp_path / "out")
    width, height = size
    assert exported.info["features"][CAMERA]["shape"] == [3, height + height % 2, width + width % 2]
    first = next(Recordings(captures).takes[0].frames())
    assert psnr(exported.pictures()[0][:height, :width], source_picture(captures, first.image)) > 28


def test_what_makes_no_such_dataset_is_said_in_a_line(captures: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"--fps 29\.97.*whole number"):
        export([captures], "lerobot", str(tmp_path / "out"), ExportOptions(fps=29.97))
    for lock in (0, -5, float("inf"), float("nan")):
        with pytest.raises(OptionError, match="--steering-lock"):
            ExportOptions(steering_lock=lock)
    film_drive(tmp_path / "other", [MadeTake(LAPS[:1], take_id="other")], (64, 48))
    two = tmp_path / "two"
    with pytest.raises(UserError, match=r"96x64.*64x48.*--size"):
        export([captures, tmp_path / "other"], "lerobot", str(two), ExportOptions())
    assert not list(two.rglob("*.mp4")), "told before anything is encoded"
    run(captures, two, ExportOptions())
    films = list(two.rglob("*.mp4"))
    with pytest.raises(UserError, match=r"96x64.*64x48.*--size"):
        export([tmp_path / "other"], "lerobot", str(two), ExportOptions())
    assert list(two.rglob("*.mp4")) == films
    for where in (ExportOptions(size=(48, 32)), ExportOptions(crop=(4, 4, 40, 32))):
        assert not export([captures, tmp_path / "other"], "lerobot", str(tmp_path / f"{where.size}"), where).failed


def test_two_sizes_in_one_take(tmp_path: Path) -> None:
    captures = film_drive(tmp_path / "captures", [MadeTake(LAPS[:1])])
    first = next(Recordings(captures).takes[0].frames())
    source = source_picture(captures, first.image)
    Image.fromarray(source[:32]).save(first.path)
    report = export([captures], "lerobot", str(tmp_path / "out"), ExportOptions())
    assert len(report.failed) == 1
    assert "96x64, those before it 96x32; give --size W H" in report.failed[0]
    run(captures, tmp_path / "sized", ExportOptions(size=(48, 32)))


def test_a_take_of_an_older_tool_goes_out_when_asked(tmp_path: Path) -> None:
    captures = film_drive(tmp_path / "captures", [MadeTake([MadeLap(0, 3), MadeLap(1, 3)])])
    (captures / "01_ticks.csv").unlink()
    run(captures, tmp_path / "out", ExportOptions(unproven=True))
    exported = Exported(tmp_path / "out")
    assert [episode["length"] for episode in exported.episodes] == [30, 30]
    assert {(row["source.tick"], row["source.game_time_s"]) for row in exported.rows} == {(-1, -1.0)}
    assert len(exported.pictures()) == 60
