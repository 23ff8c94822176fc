import base64
import math
import shutil
from array import array
from pathlib import Path

import pytest

from lib.captures.vocabulary import PairedBy
from lib.recordings import Recordings
from lib.recordings.discards import Discard, Discards, write_discards
from lib.report.columns import TYPES, read_columns
from tests.environment import ROOT

FORMAT1 = ROOT / "tests" / "data" / "format1"


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FORMAT1, tmp_path / "captures"))


def test_every_value_is_that_of_its_row() -> None:
    recordings = Recordings(FORMAT1)
    columns = read_columns(recordings)
    frames = list(recordings.frames())
    assert columns.starts == [0, 15, 30]
    assert list(columns.values["frame"]) == [frame.number for frame in frames]
    assert list(columns.values["steer"]) == pytest.approx([frame.row.steer for frame in frames], rel=1e-6)
    assert list(columns.values["position"]) == pytest.approx([frame.row.spline_position for frame in frames], rel=1e-6)
    assert list(columns.values["lap_valid"]) == [frame.row.lap_valid for frame in frames]
    assert set(columns.values["paired"]) == {list(PairedBy).index(PairedBy.STRIP)}


def test_time_counts_from_the_first_picture_of_each_take() -> None:
    recordings = Recordings(FORMAT1)
    columns = read_columns(recordings)
    for index, take in enumerate(recordings.takes):
        ticks = [frame.tick for frame in take.frames()]
        first = ticks[0]
        assert first is not None
        expected = [tick.game_time - first.game_time for tick in ticks if tick is not None]
        assert list(columns.of_take(index, "time")) == pytest.approx(expected, abs=1e-5)


def test_where_the_car_is_and_the_lag_come_from_the_ticks() -> None:
    columns = read_columns(Recordings(FORMAT1))
    # of the first line of 01_ticks.csv
    assert columns.values["x"][0] == pytest.approx(2.21924257)
    assert columns.values["z"][0] == pytest.approx(-20.3473826, abs=0.1)
    assert columns.values["lag"][0] == pytest.approx((2324.074554 - 2324.054917096) * 1000, abs=0.01)


def test_a_row_whose_tick_is_lost_has_no_place_and_the_others_keep_theirs(captures: Path) -> None:
    whole = read_columns(Recordings(captures))
    path = captures / "01_ticks.csv"
    lines = [line for line in path.read_text().splitlines(keepends=True) if "01_000003.jpg" not in line]
    path.write_text("".join(lines))
    columns = read_columns(Recordings(captures))
    assert math.isnan(columns.values["x"][2])
    kept = [at for at in range(30) if at != 2]
    assert [columns.values["x"][at] for at in kept] == [whole.values["x"][at] for at in kept]


def test_a_picture_whose_row_is_lost_leaves_the_places_of_the_others(captures: Path) -> None:
    whole = read_columns(Recordings(captures))
    lines = (captures / "data.csv").read_text().splitlines(keepends=True)
    (captures / "data.csv").write_text("".join(line for line in lines if "01_000003.jpg" not in line))
    columns = read_columns(Recordings(captures))
    assert list(columns.values["x"]) == [x for at, x in enumerate(whole.values["x"]) if at != 2]


def test_without_ticks_time_goes_on_over_the_line(captures: Path) -> None:
    for path in captures.glob("*_t*"):
        path.unlink()
    columns = read_columns(Recordings(captures))
    times = list(columns.of_take(0, "time"))
    assert times == sorted(times)
    assert times[0] == 0
    assert all(map(math.isnan, columns.values["x"]))


def test_discarded_pictures_say_why(captures: Path) -> None:
    take = Recordings(captures).takes[0]
    write_discards(captures, Discards([Discard(take.take_id, 1, 2, 4, "a crash", "me", "2026-01-01T00:00:00Z")]))
    columns = read_columns(Recordings(captures))
    assert list(columns.values["discarded"][:6]) == [0, 1, 1, 1, 0, 0]
    assert columns.reasons == ["a crash"]


def test_of_too_many_pictures_some_are_shown() -> None:
    columns = read_columns(Recordings(FORMAT1), most=10)
    assert columns.every == 3
    assert list(columns.of_take(0, "frame")) == [1, 4, 7, 10, 13]


def test_the_page_gets_the_same_numbers() -> None:
    columns = read_columns(Recordings(FORMAT1))
    for name, one in columns.content().items():
        assert array(TYPES[name], base64.b64decode(one["data"])) == array(TYPES[name], columns.values[name])
