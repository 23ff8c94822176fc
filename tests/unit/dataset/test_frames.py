from __future__ import annotations

import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.captures.vocabulary import PairedBy
from lib.dataset.frames import Frames
from lib.dataset.options import OptionError, SplitOptions
from lib.dataset.pictures import PictureError
from lib.dataset.shuffle import Shuffle
from lib.dataset.split import SplitError, split
from lib.dataset.table import read_set
from lib.recordings import Recordings
from lib.recordings.discards import Discard, Discards, write_discards
from tests.unit.dataset.drives import FPS, MadeLap, MadeTake, record

SIZE = (64, 36)
LAPS = [MadeLap(count, 6) for count in range(6)]
ONE_THIRD = (1 / 3, 1 / 3, 1 / 3)


def paint(folder: Path) -> None:
    """Give every row its picture: the grey of a frame tells its number, modulo 50."""
    for frame in Recordings(folder).frames():
        level = 5 * (frame.number % 50)
        Image.new("RGB", SIZE, (level, level, level)).save(frame.path, quality=95)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("loader")
    captures = record(root / "captures", [MadeTake(LAPS), MadeTake(LAPS, shift=1.5)])
    paint(captures)
    split(Recordings(captures), root / "sets", SplitOptions(fractions=(0.6, 0.2, 0.2), gap=0.5))
    return root / "sets"


def shown(picture: np.ndarray) -> int:
    """What the grey of the picture says."""
    return round(float(picture.mean()) / 5)


def test_a_sample_has_its_picture_its_row_and_its_weight(sets: Path) -> None:
    rows = list(read_set(sets / "train.csv"))
    frames = Frames(sets, "train", size=(32, 18), telemetry=("speed_mph", "steer"))
    assert len(frames) == len(rows)
    for at in (0, 1, len(rows) // 2, -1):
        sample, row = frames[at], rows[at]
        assert sample["images"].shape == (1, 18, 32, 3)
        assert sample["images"].dtype == np.uint8
        assert shown(sample["images"][0]) == row.frame % 50
        assert sample["actions"] == pytest.approx(np.array([[row.row.steer, row.row.gas, row.row.brake]]), rel=1e-6)
        assert sample["telemetry"] == pytest.approx(np.array([[row.row.speed_mph, row.row.steer]]), rel=1e-6)
        assert sample["weight"] == pytest.approx(row.weight)
        assert not sample["image_pad"].any()
        assert not sample["action_pad"].any()
    with pytest.raises(IndexError):
        frames[len(rows)]


def test_past_pictures_never_reach_across_a_cut(sets: Path) -> None:
    rows = list(read_set(sets / "train.csv"))
    frames = Frames(sets, "train", past=(0, 1, 3))
    padded = 0
    for at in range(len(rows)):
        sample = frames[at]
        for back, picture, is_missing in zip((0, 1, 3), sample["images"], sample["image_pad"], strict=True):
            before = rows[at - back] if at >= back else None
            is_there = (
                before is not None and before.take_id == rows[at].take_id and rows[at].frame - before.frame == back
            )
            assert bool(is_missing) != is_there
            if is_there:
                assert before is not None
                assert shown(picture) == before.frame % 50
            padded += bool(is_missing)
    assert padded > 3


def test_past_in_seconds_takes_the_nearest_picture(sets: Path) -> None:
    rows = list(read_set(sets / "train.csv"))
    frames = Frames(sets, "train", past=(0, 0.32), past_in_seconds=True)
    sample = frames[10]
    assert shown(sample["images"][1]) == (rows[10].frame - 3) % 50
    assert Frames(sets, "train", past=(0, 0.32), past_in_seconds=True)[0]["image_pad"].tolist() == [False, True]


def test_a_discarded_frame_and_another_way_of_pairing_break_a_run(tmp_path: Path) -> None:
    laps = [MadeLap(0, 6), MadeLap(1, 6), MadeLap(2, 6, by=PairedBy.CLOCK), MadeLap(3, 6)]
    captures = record(tmp_path / "captures", [MadeTake(laps, take_id="one")])
    write_discards(captures, Discards([Discard("one", 1, 30, 33, "spun", "me", "2026-11-25T10:00:00Z")]))
    paint(captures)
    split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=(1, 0, 0)))
    rows = list(read_set(tmp_path / "sets" / "train.csv"))
    frames = Frames(tmp_path / "sets", "train", past=(1,))
    breaks = [rows[at].frame for at in range(len(rows)) if frames[at]["image_pad"][0]]
    assert breaks == [1, 34, 181]


def test_a_restart_breaks_a_run_and_the_line_does_not(tmp_path: Path) -> None:
    captures = record(tmp_path / "captures", [MadeTake([MadeLap(0, 6), MadeLap(1, 3), MadeLap(0, 6), MadeLap(1, 6)])])
    paint(captures)
    split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=(1, 0, 0)))
    frames = Frames(tmp_path / "sets", "train", past=(1,))
    assert [at + 1 for at in range(len(frames)) if frames[at]["image_pad"][0]] == [1, 91]


# --- labels at exact times


def steer_at(time: float, take: int, shift: float) -> float:
    """What tests.unit.dataset.drives drives, at any moment of a take without pauses."""
    tick = (time - 5.0) * FPS
    return 90 * math.sin(tick / 30 + take + shift)


@pytest.mark.parametrize("label_ms", [-250.0, 0.0, 100.0, 155.0])
def test_a_label_is_the_truth_at_its_own_moment(sets: Path, label_ms: float) -> None:
    rows = list(read_set(sets / "train.csv"))
    frames = Frames(sets, "train", future=4, step=0.05, label_ms=label_ms)
    checked = 0
    for at, row in enumerate(rows):
        sample = frames[at]
        for ahead in range(4):
            if sample["action_pad"][ahead]:
                continue
            assert row.game_time is not None
            truth = steer_at(row.game_time + label_ms / 1000 + ahead * 0.05, int(row.take), 1.5 * (row.take == "02"))
            assert sample["actions"][ahead][0] == pytest.approx(truth, abs=0.03)
            checked += 1
    assert checked > 3 * len(rows)


def test_at_the_pictures_own_tick_the_label_is_exactly_the_row(sets: Path) -> None:
    rows = list(read_set(sets / "val.csv"))
    for future in (1, 3):
        frames = Frames(sets, "val", future=future)
        assert all(frames[at]["actions"][0][0] == np.float32(row.row.steer) for at, row in enumerate(rows))


def test_the_gear_is_the_last_one_and_not_between_two(sets: Path) -> None:
    assert {int(gear) for gear in Frames(sets, "val", label_ms=37)[3]["gear"]} == {3}


def test_actions_beyond_the_run_are_padded_and_said(sets: Path) -> None:
    frames = Frames(sets, "test", future=3, step=0.1)
    last = int(frames._columns.run_end[0]) - 1
    assert frames[last]["action_pad"].tolist() == [False, True, True]
    assert frames[last]["actions"][1] == pytest.approx(frames[last]["actions"][0])


def test_steering_is_normalised_by_a_given_or_a_found_lock(sets: Path) -> None:
    raw, given = Frames(sets, "val")[4]["actions"][0], Frames(sets, "val", steering_lock=450)[4]["actions"][0]
    assert given == pytest.approx(raw / np.array([450, 1, 1]))
    most = max(abs(row.row.steer) for row in read_set(sets / "train.csv"))
    assert Frames(sets, "val", steering_lock="found")[4]["actions"][0][0] == pytest.approx(raw[0] / most, rel=1e-5)


# --- pictures


def test_crop_masks_and_grey(tmp_path: Path, sets: Path) -> None:
    path = Frames(sets, "train")._columns.path(0)
    picture = Image.new("RGB", (640, 360), (200, 40, 40))
    picture.paste((40, 40, 200), (320, 0, 640, 360))
    copy = tmp_path / "sets"
    (tmp_path / "captures").mkdir()
    copy.mkdir()
    for name in ("train.csv", "val.csv", "test.csv", "split.json"):
        (copy / name).write_bytes((sets / name).read_bytes())
    picture.save(tmp_path / "captures" / path.name, quality=95)
    right = Frames(copy, "train", size=(20, 20), crop=(330, 0, 310, 360))[0]["images"][0]
    assert np.abs(right.reshape(-1, 3).astype(int) - (40, 40, 200)).max() < 12
    masked = Frames(copy, "train", size=(64, 36), masks=[(0, 0, 64, 360)])[0]["images"][0]
    assert np.abs(masked[:, :6].astype(int) - 128).max() < 4
    assert np.abs(masked[:, 8:28].reshape(-1, 3).astype(int) - (200, 40, 40)).max() < 12
    assert Frames(copy, "train", grey=True)[0]["images"].shape == (1, 66, 200, 1)


def one_picture(tmp_path: Path, name: str = "01_000001.jpg") -> tuple[Path, Path]:
    """A set of one row, and where its picture belongs."""
    captures = record(tmp_path / "captures", [MadeTake([MadeLap(0, 1 / FPS)])])
    rows = (captures / "data.csv").read_bytes().replace(b"01_000001.jpg", name.encode())
    (captures / "data.csv").write_bytes(rows)
    for path in captures.glob("*_t*"):
        path.unlink()
    split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=(1, 0, 0), unproven=True))
    return tmp_path / "sets", captures / name


@pytest.mark.parametrize(
    ("name", "mode", "colour", "seen"),
    [
        ("01_000001.jpg", "CMYK", (0, 155, 255, 0), (255, 100, 0)),
        ("01_000001.jpg", "L", 90, (90, 90, 90)),
        ("01_000001.png", "RGB", (200, 40, 10), (200, 40, 10)),
        ("01_000001.png", "RGBA", (200, 40, 10, 30), (200, 40, 10)),
        ("01_000001.png", "LA", (90, 30), (90, 90, 90)),
        ("01_000001.png", "I;16", 90 * 257, (90, 90, 90)),
        ("01_000001.png", "P", 0, (0, 0, 0)),
        ("01_000001.png", "1", 1, (255, 255, 255)),
    ],
)
def test_pictures_of_every_kind_are_seen_in_their_colours(
    tmp_path: Path, name: str, mode: str, colour: object, seen: tuple[int, int, int]
) -> None:
    sets, path = one_picture(tmp_path, name)
    Image.new(mode, (1279, 719), colour).save(path, quality=95)  # type: ignore[arg-type]
    images = Frames(sets)[0]["images"]
    assert images.shape == (1, 66, 200, 3)
    assert np.abs(images.reshape(-1, 3).astype(int) - seen).max() <= 3


def test_a_sample_can_be_written_to(sets: Path) -> None:
    """Or torch warns of each."""
    assert all(value.flags.writeable for value in Frames(sets)[0].values() if value.ndim)


def test_a_picture_that_can_not_be_read_is_named_with_what_to_do(tmp_path: Path) -> None:
    sets, path = one_picture(tmp_path)
    with pytest.raises(PictureError, match=r"01_000001.jpg is gone: put it back"):
        Frames(sets)[0]
    Image.effect_noise((640, 360), 90).save(path)
    for content in (b"", b"\xff\xd8\xff", path.read_bytes()[:20_000]):
        path.write_bytes(content)
        with pytest.raises(PictureError, match=r"01_000001.jpg can't be read .*`check --decode`"):
            Frames(sets)[0]
    Image.new("RGB", (640, 360)).save(path)
    for crop in ((700, 0, 20, 20), (600, 0, 50, 20)):
        with pytest.raises(OptionError, match=r"01_000001.jpg: the crop .* reaches beyond pictures of 640x360"):
            Frames(sets, crop=crop)[0]
    with pytest.raises(OptionError, match=r"01_000001.jpg: the mask 0,360,9,9 lies outside pictures of 640x360"):
        Frames(sets, masks=[(600, 300, 99, 99), (0, 360, 9, 9)])[0]


def test_one_picture_is_all_that_there_is(tmp_path: Path) -> None:
    sets, path = one_picture(tmp_path)
    Image.new("RGB", SIZE).save(path)
    for back, in_seconds in ((2, False), (0.3, True)):
        frames = Frames(sets, past=(0, back), past_in_seconds=in_seconds)
        assert frames[0]["image_pad"].tolist() == [False, True]
    assert len(Frames(sets, "val")) == 0


def test_ticks_that_are_no_numbers_are_passed_over_and_time_that_goes_back_is_refused(tmp_path: Path) -> None:
    captures = record(tmp_path / "captures", [MadeTake([MadeLap(0, 6)])])
    paint(captures)
    split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=(1, 0, 0)))
    path = captures / "01_ticks.csv"
    header, *lines = path.read_text().splitlines()
    for at, (name, value) in enumerate((("steer", "nan"), ("gas", "x"), ("game_time", ""), ("brake", "inf"))):
        cells = lines[9 * at + 5].split(",")
        cells[header.split(",").index(name)] = value
        lines[9 * at + 5] = ",".join(cells)
    path.write_text("\n".join([header, *lines, ""]))
    frames = Frames(tmp_path / "sets", label_ms=50)
    for at, row in enumerate(read_set(tmp_path / "sets" / "train.csv")):
        if not frames[at]["action_pad"][0]:
            assert row.game_time is not None
            assert frames[at]["actions"][0][0] == pytest.approx(steer_at(row.game_time + 0.05, 1, 0), abs=0.1)
    path.write_text("\n".join([header, *lines[20:], *lines[:20], ""]))
    with pytest.raises(SplitError, match="time goes back behind second 11"):
        Frames(tmp_path / "sets", label_ms=50)


# --- workers, order, statistics


def test_it_goes_into_workers_and_back(sets: Path) -> None:
    frames = Frames(sets, "train", past=(0, 2), future=2)
    other = pickle.loads(pickle.dumps(frames))
    for key, value in frames[7].items():
        assert np.array_equal(value, other[7][key]), key


def test_an_epoch_is_shuffled_by_seed_and_goes_on_where_it_was_left() -> None:
    whole = list(Shuffle(100, seed=3))
    assert sorted(whole) == list(range(100))
    assert whole == list(Shuffle(100, seed=3))
    assert whole != list(Shuffle(100, seed=3, epoch=1)) != list(Shuffle(100, seed=4))
    assert list(Shuffle(100, seed=3, start=60)) == whole[60:]
    assert len(Shuffle(100, seed=3, start=60)) == 40


def test_statistics_are_those_of_the_training_set_for_every_set(sets: Path) -> None:
    steers = np.array([row.row.steer for row in read_set(sets / "train.csv")])
    for name in ("train", "val", "test"):
        found = Frames(sets, name).statistics.columns["steer"]
        assert found.mean == pytest.approx(steers.mean())
        assert found.deviation == pytest.approx(steers.std())
        assert found.quantiles["q50"] == pytest.approx(np.median(steers))


# --- what can't be


def test_what_makes_no_sense_is_refused_in_one_line(sets: Path, tmp_path: Path) -> None:
    for options in (
        {"future": 0},
        {"past": ()},
        {"past": (-1,)},
        {"size": (0, 9)},
        {"size": "200x66"},
        {"size": (66,)},
        {"size": (200.5, 66)},
        {"crop": (0, 0, 9)},
        {"masks": [(0, 0, 9, "9")]},
        {"step": 0},
        {"steering_lock": "x"},
        {"steering_lock": math.nan},
        {"past": (0, 0.5)},
        {"past": (math.nan,), "past_in_seconds": True},
        {"step": math.nan},
        {"label_ms": math.nan},
    ):
        with pytest.raises(OptionError):
            Frames(sets, "train", **options)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="no set 'dev'"):
        Frames(sets, "dev")
    with pytest.raises(SplitError, match="no column 'rpm'"):
        Frames(sets, "train", telemetry=("rpm",))
    with pytest.raises(SplitError, match="has no sets"):
        Frames(tmp_path, "train")


def test_without_ticks_only_the_rows_own_moment_is_there(tmp_path: Path) -> None:
    captures = record(tmp_path / "captures", [MadeTake(LAPS)])
    for path in captures.glob("*_t*"):
        path.unlink()
    paint(captures)
    split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=ONE_THIRD, unproven=True))
    assert Frames(tmp_path / "sets", "train")[0]["actions"].shape == (1, 3)
    with pytest.raises(SplitError, match="no ticks"):
        Frames(tmp_path / "sets", "train", future=2)
