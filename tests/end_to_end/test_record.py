"""The whole app against the double: what was driven is what stands in captures/."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from lib.link.strip_code import FORMS
from tests.end_to_end.captures import Captures, Row, assert_pictures_show_their_ticks, assert_whole
from tests.host import witness
from tests.host.run import Host, run_host
from tests.host.scene import Event, Scene, two_takes

_SIZE = (640, 360)
_LAP = 4.0
_SHOWN_LAP = 12.0  # a lap of the double never shows less
_READY = 5.0  # a recorder on Windows takes longer to start


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An AC root with spaces and letters beyond ASCII in its path."""
    return tmp_path_factory.mktemp("games") / "Assetto Corsa Übung ж"


def scene_of_the_drive() -> Scene:
    """Two takes: the first over four laps, the second of them with a cut; then a short one."""
    cut = 1.06 * _LAP + 1.5
    events = (*two_takes(first=4.2 * _LAP, second=1.5), Event(cut, "cut", 0.6))
    dumped = tuple(range(400, 460))
    return Scene(events=events, size=_SIZE, lap_seconds=_LAP, dump_ticks=dumped, panel=(10, 10), lag=1)


@pytest.fixture(scope="module")
def drive(display: str, folder: Path) -> Host:
    return run_host(folder, scene_of_the_drive())


@pytest.fixture(scope="module")
def captures(drive: Host) -> Captures:
    return Captures(drive.app / "captures")


@pytest.fixture(scope="module")
def truths(drive: Host, captures: Captures) -> list[tuple[Row, dict[str, float], int]]:
    """(row, what was true, tick) for every saved picture."""
    truth, ticks = drive.truth, captures.tick_of_picture()
    return [(row, truth[ticks[row.image]], ticks[row.image]) for row in captures.rows]


def test_one_row_per_picture_in_order(captures: Captures) -> None:
    assert_whole(captures)
    assert {row.take for row in captures.rows} == {1, 2}
    assert sum(row.take == 1 for row in captures.rows) > 300
    assert captures.take(1)["how_it_ended"] == captures.take(2)["how_it_ended"] == "stopped"


def test_every_picture_shows_the_tick_of_its_row(captures: Captures) -> None:
    assert_pictures_show_their_ticks(captures)


@pytest.mark.parametrize("column", ["gas", "brake", "clutch", "steer", "acc_lateral", "acc_longitudinal", "speed_mph"])
def test_what_the_driver_and_the_car_did(column: str, truths: list[tuple[Row, dict, int]]) -> None:
    values = [(row.value(column), truth[column]) for row, truth, _ in truths]
    assert all(math.isclose(seen, true, rel_tol=1e-6, abs_tol=1e-9) for seen, true in values)
    # Steering and sideways acceleration go both ways, and no column stands still but the clutch.
    assert column == "clutch" or len({seen for seen, _ in values}) > 20


def test_gear_counts_from_minus_one(truths: list[tuple[Row, dict, int]]) -> None:
    assert all(row.value("gear") == truth["gear"] - 1 for row, truth, _ in truths)


def test_lap_time_position_and_delta(truths: list[tuple[Row, dict, int]]) -> None:
    for row, truth, _ in truths:
        assert math.isclose(row.value("lap_time"), truth["lap_time_ms"] / 1000, abs_tol=1e-9)
        assert math.isclose(row.value("spline_position"), truth["spline_position"], rel_tol=1e-6)
        assert math.isclose(row.value("performance_meter"), truth["performance_meter"], rel_tol=1e-6, abs_tol=1e-9)


def test_no_smeared_position_at_the_line(truths: list[tuple[Row, dict, int]]) -> None:
    positions = [row.value("spline_position") for row, _, _ in truths if row.take == 1]
    falls = [(a, b) for a, b in pairwise(positions) if b < a]
    assert len(falls) == 4
    assert all(a > 0.95 and b < 0.05 for a, b in falls)


def test_lap_is_invalid_from_the_cut_to_the_line(truths: list[tuple[Row, dict, int]]) -> None:
    seen = [(truth["lap_count"], row.lap_valid) for row, truth, _ in truths if row.take == 1]
    changes = [after for before, after in pairwise(seen) if before[1] != after[1]]
    assert changes == [(1, False), (2, True)]
    cut = next(index for index, (_, valid) in enumerate(seen) if not valid)
    first_out = next(index for index, (_, truth, _) in enumerate(truths) if truth["tyres_out"] == 4)
    assert cut == first_out


def test_best_lap_is_the_best_of_the_valid_ones(truths: list[tuple[Row, dict, int]]) -> None:
    """Lap 2 is faster than lap 1 but was cut; lap 3 is slower than it and valid; lap 4 is the fastest."""
    best = [row.value("best_lap") for row, _, _ in truths if row.take == 1]
    values = list(dict.fromkeys(best))
    assert values[0] == 0
    assert len(values) == 4, values
    assert math.isclose(values[1], 1.06 * _SHOWN_LAP, abs_tol=0.15)
    assert math.isclose(values[2], 1.03 * _SHOWN_LAP, abs_tol=0.15)
    assert math.isclose(values[3], 0.96 * _SHOWN_LAP, abs_tol=0.15)


def test_gain_is_positive_while_getting_faster(drive: Host, truths: list[tuple[Row, dict, int]]) -> None:
    """Against lap 1 (factor 1.06) lap 3 (1.03) and lap 4 (0.96) gain all the time."""
    truth_of = drive.truth
    for row, truth, tick in truths:
        gain = row.value("performance_gain")
        assert math.isclose(gain, _gain(truth_of, tick), rel_tol=0.05, abs_tol=1e-6)
        if row.take == 1 and truth["lap_count"] in (2, 3) and truth["lap_time_ms"] > 300:
            assert gain > 0


def _gain(truth_of: dict[int, dict[str, float]], tick: int) -> float:
    """How fast the delta of the double fell in the last quarter of a second of that lap."""
    now = past = truth_of[tick]
    while (before := truth_of.get(tick - 1)) and before["lap_count"] == now["lap_count"]:
        if now["seconds"] - before["seconds"] > 0.25 + 1e-9:
            break
        tick, past = tick - 1, before
    seconds = now["seconds"] - past["seconds"]
    return (past["performance_meter"] - now["performance_meter"]) / seconds if seconds else 0.0


def test_a_picture_is_what_was_drawn(drive: Host, captures: Captures) -> None:
    """Outside the masked panel, a saved picture equals the double's own frame but for JPEG's loss."""
    names = {tick: image for image, tick in captures.tick_of_picture().items()}
    compared = 0
    for path in sorted(drive.root.glob("frame_*.png")):
        tick = int(path.stem.removeprefix("frame_"))
        if tick not in names:
            continue
        compared += 1
        with Image.open(path) as drawn, Image.open(captures.folder / names[tick]) as saved:
            assert saved.size == drawn.size == _SIZE
            box = (0, 160, *_SIZE)
            difference = ImageChops.difference(drawn.convert("RGB").crop(box), saved.convert("RGB").crop(box))
            assert max(ImageStat.Stat(difference).mean) < 3
            swapped = Image.merge("RGB", drawn.convert("RGB").split()[::-1]).crop(box)
            wrong = ImageChops.difference(swapped, saved.convert("RGB").crop(box))
            assert max(ImageStat.Stat(wrong).mean) > 5, "a picture with red and blue swapped would pass"
    assert compared > 20


def test_the_panel_is_masked(captures: Captures, truths: list[tuple[Row, dict, int]]) -> None:
    """In every picture, in the form that the double drew it in: after two seconds without trouble it is small."""
    heights = set()
    for row, truth, _ in truths:
        heights.add(truth["panel_height"])
        with Image.open(captures.folder / row.image) as picture:
            panel = picture.convert("RGB").crop((20, 20, 330, int(truth["panel_height"]) - 2))
            # JPEG lets the scene's colours run a little into the grey; a strip would reach from 0 to 255.
            assert all(low > 100 and high < 156 for low, high in panel.getextrema()), row.image
    assert heights == {float(form.height) for form in FORMS}


def test_the_other_app_and_the_game_go_on(drive: Host) -> None:
    statistics = drive.statistics
    assert statistics["violations"] == []
    assert any(line.startswith("Collider: ") for line in drive.py_log)
    assert not any("Traceback" in line for line in drive.py_log)


@pytest.fixture(scope="module")
def second_session(drive: Host, captures: Captures, folder: Path) -> Iterator[dict[str, str]]:
    """The game started again on the same folder, reduced pictures; digests of every file before."""
    before = {path.name: _digest(path) for path in captures.folder.iterdir() if path.is_file()}
    rows = (captures.folder / "data.csv").read_bytes()
    settings = {"CAPTURE.WIDTH": 320, "CAPTURE.HEIGHT": 180, "CAPTURE.FRAMES_PER_SECOND": 20}
    run_host(folder, Scene(events=two_takes(1.5, 1.5, ready=_READY), size=_SIZE, lap_seconds=_LAP), settings)
    assert (captures.folder / "data.csv").read_bytes().startswith(rows)
    yield before


def test_a_second_session_adds_takes_and_changes_nothing(second_session: dict[str, str], captures: Captures) -> None:
    for name, digest in second_session.items():
        if name != "data.csv":
            assert _digest(captures.folder / name) == digest, name
    assert_whole(captures)
    assert {row.take for row in captures.rows} == {1, 2, 3, 4}


def test_reduced_pictures_show_the_same_scene(second_session: dict[str, str], captures: Captures) -> None:
    ticks = captures.tick_of_picture()
    for row in captures.rows:
        if row.take >= 3:
            with Image.open(captures.folder / row.image) as picture:
                assert picture.size == (320, 180)
                assert witness.read(picture) == ticks[row.image]


def test_the_cap_spaces_pictures_evenly(second_session: dict[str, str], captures: Captures) -> None:
    take = captures.take(3)
    assert 18 <= take["rates"]["pictures_per_second"] <= 21
    assert take["ticks"]["by_outcome"]["cap"] > 15


def test_the_take_says_what_was_driven(captures: Captures) -> None:
    take = captures.take(1)
    said = {key: take[key] for key in ("car", "skin", "track", "layout", "driver", "quality")}
    assert said == {
        "car": "ks_double",
        "skin": "00_red",
        "track": "ks_loop",
        "layout": "short",
        "driver": "Test Driver",
        "quality": 90,
    }
    assert take["sync"]["share_by_strip"] == 1.0
    json.dumps(take, allow_nan=False)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
