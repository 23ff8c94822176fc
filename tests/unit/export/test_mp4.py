"""--to mp4: frame k is row k, at the game's time; the CSV beside it says the same numbers as the recording."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from lib.dataset.options import SplitOptions
from lib.dataset.split import split
from lib.export.export import export
from lib.export.mp4 import TICKS_A_SECOND
from lib.export.options import ExportOptions
from lib.recordings import Frame, Recordings
from tests.unit.dataset.drives import MadeLap, MadeTake
from tests.unit.export.film_drive import FPS, LAPS, film_drive, source_picture
from tests.unit.export.films import psnr, read_film


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film_drive(tmp_path_factory.mktemp("drive") / "captures", [MadeTake(LAPS), MadeTake(LAPS[:1], shift=9)])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def frames_of(captures: Path, take: int = 0) -> list[Frame]:
    return list(Recordings(captures).takes[take].frames())


def make(captures: Path, out: Path, options: ExportOptions | None = None) -> Path:
    assert export([captures], "mp4", str(out), options or ExportOptions()).failed == ()
    return out


@pytest.fixture(scope="module")
def out(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(captures, tmp_path_factory.mktemp("export") / "out")


def test_a_take_is_a_film_and_its_table(out: Path) -> None:
    names = sorted(path.name for path in out.iterdir() if path.suffix in (".mp4", ".csv"))
    assert names == [f"train-00000{take - 1}-take-0{take}.{kind}" for take in (1, 2) for kind in ("csv", "mp4")]


def test_frame_k_is_row_k_at_the_games_time(captures: Path, out: Path) -> None:
    frames = frames_of(captures)
    pictures, times, _ = read_film(out / "train-000000-take-01.mp4")
    rows = rows_of(out / "train-000000-take-01.csv")
    assert len(pictures) == len(rows) == len(frames) == 435
    begun = frames[0].tick.game_time if frames[0].tick else 0.0
    for at, (picture, time, row, frame) in enumerate(zip(pictures, times, rows, frames, strict=True)):
        assert frame.tick is not None
        assert row["film_frame"] == str(at)
        assert row["image"] == frame.image
        assert abs(float(time) - (frame.tick.game_time - begun)) <= 0.5 / TICKS_A_SECOND + 1e-9
        assert abs(float(row["film_time_s"]) - float(time)) < 1e-6
        quality = psnr(picture, source_picture(captures, frame.image))
        assert quality > 30
        near = frames[at + 1] if at + 1 < len(frames) else frames[at - 1]
        assert psnr(picture, source_picture(captures, near.image)) < quality - 5, "a picture beside it would pass"
    steps = np.diff([float(time) for time in times])
    assert steps.max() == pytest.approx(2.0 + 1 / FPS, abs=1e-4), "the picture before a hole stands until it is over"


def test_the_table_has_the_numbers_of_the_recording_each_with_a_point(captures: Path, out: Path) -> None:
    for row, frame in zip(rows_of(out / "train-000000-take-01.csv"), frames_of(captures), strict=True):
        source = frame.row
        told = [float(row[name]) for name in ("gas", "brake", "steer_deg", "speed_mph", "performance_meter_s")]
        exact = [source.gas, source.brake, source.steer, source.speed_mph, source.performance_meter]
        assert [np.float32(value) for value in told] == [np.float32(value) for value in exact]
        assert float(row["lap_time_s"]) == source.lap_time
        assert row["lap_valid"] == ("TRUE" if source.lap_valid else "FALSE")
        assert (row["gear"], row["frame"]) == (str(source.gear), str(frame.number))
        assert all("." in row[name] and "e" not in row[name] for name in ("gas", "brake", "steer_deg", "lap_time_s"))


def test_sets_make_a_film_for_each_split(captures: Path, tmp_path: Path) -> None:
    split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=(0.5, 0.5, 0), gap=0.2))
    out = make(tmp_path / "sets", tmp_path / "out")
    names = sorted(path.name for path in out.glob("*.mp4"))
    assert {name.partition("-")[0] for name in names} == {"train", "validation"}
    for path in out.glob("*.mp4"):
        assert len(read_film(path)[0]) == len(rows_of(path.with_suffix(".csv")))


def test_the_overlay_is_drawn_when_asked_for(captures: Path, out: Path, tmp_path: Path) -> None:
    small = ExportOptions(size=(320, 180), overlay=True)
    with_it = read_film(make(captures, tmp_path / "with", small) / "train-000001-take-02.mp4")[0]
    plain = ExportOptions(size=(320, 180))
    without = read_film(make(captures, tmp_path / "without", plain) / "train-000001-take-02.mp4")[0]
    for one, other in zip(with_it, without, strict=True):
        apart = np.abs(one.astype(int) - other.astype(int)).mean(axis=-1)
        assert apart[125:173, 60:260].mean() > 10, "the field"
        assert apart[:100].mean() < 5, "the rest of the picture"


def test_times_that_stand_or_are_not_told(tmp_path: Path) -> None:
    captures = film_drive(tmp_path / "captures", [MadeTake([MadeLap(0, 3, pause=-1.0, fps=FPS)])])
    out = make(captures, tmp_path / "back")
    pictures, times, _ = read_film(out / "train-000000-take-01.mp4")
    assert len(pictures) == 90
    assert (np.diff([float(time) for time in times]) > 0).all()
    assert float(rows_of(out / "train-000000-take-01.csv")[-1]["film_time_s"]) == pytest.approx(89 / FPS, abs=0.04)
    (captures / "01_ticks.csv").unlink()
    out = make(captures, tmp_path / "untold", ExportOptions(unproven=True))
    rows = rows_of(out / "train-000000-take-01.csv")
    assert len(read_film(out / "train-000000-take-01.mp4")[0]) == len(rows) == 90
    assert {row["game_time_s"] for row in rows} == {""}
    assert float(rows[-1]["film_time_s"]) == pytest.approx(89 / FPS, abs=0.01)
