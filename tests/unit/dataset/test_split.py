from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.captures.lock import FolderLock
from lib.captures.vocabulary import PairedBy
from lib.check.finding import Finding, Kind
from lib.dataset import split as module
from lib.dataset.balance import MOST, Balance
from lib.dataset.flagged import flagged
from lib.dataset.leaks import LeakError, refuse_leaks
from lib.dataset.options import SETS, SHORTEST_GAP, OptionError, SplitBy, SplitOptions
from lib.dataset.split import SplitError, SplitReport, split
from lib.dataset.table import HEADER, SetRow, read_set
from lib.dataset.units import clock_of
from lib.recordings import Recordings
from lib.recordings.discarding import Wanted, discard
from lib.recordings.selection import select
from tests.environment import ROOT
from tests.unit.dataset.drives import FPS, MadeLap, MadeTake, record

TEN_LAPS = [MadeLap(count, 12) for count in range(10)]


def drive(folder: Path, takes: int = 3) -> Path:
    return record(folder, [MadeTake(TEN_LAPS, shift=number / 7, key=number) for number in range(takes)])


def read(out: Path) -> dict[str, list[SetRow]]:
    return {name: list(read_set(out / f"{name}.csv")) for name in SETS}


def clocks(recordings: Recordings) -> dict[str, str]:
    return {take.take_id: clock_of(take) for take in recordings.takes}


def laps(rows: list[SetRow]) -> set[tuple[str, str]]:
    return {(row.take_id, row.lap) for row in rows}


def test_laps_are_kept_together_and_a_gap_is_left(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    report = split(Recordings(captures), tmp_path / "sets", SplitOptions())
    sets = read(tmp_path / "sets")
    assert {name: len(rows) for name, rows in sets.items()} == report.counts
    assert len(laps(sets["train"])) == 24
    assert len(laps(sets["val"])) == len(laps(sets["test"])) == 3
    assert not laps(sets["train"]) & laps(sets["val"]) | laps(sets["train"]) & laps(sets["test"])
    assert sum(report.counts.values()) + sum(report.left_out.values()) == len(Recordings(captures))
    assert closest(sets) >= 2 * SplitOptions().gap - 2 / FPS


def closest(sets: dict[str, list[SetRow]]) -> float:
    """The least time between pictures of different sets in one take, by brute force over what touches."""
    marked = sorted((row.take_id, row.game_time, name) for name, rows in sets.items() for row in rows)
    return min(b[1] - a[1] for a, b in pairwise(marked) if a[0] == b[0] and a[2] != b[2])


def test_paths_lead_from_the_set_to_the_pictures(tmp_path: Path) -> None:
    captures = drive(tmp_path / "a folder, with ümlauts #1", 1)
    split(Recordings(captures), tmp_path / "sets" / "deep", SplitOptions())
    first = next(read_set(tmp_path / "sets" / "deep" / "train.csv"))
    assert (tmp_path / "sets" / "deep" / first.image).resolve().parent == captures.resolve()


def test_every_number_with_a_fraction_has_a_decimal_point(tmp_path: Path) -> None:
    split(Recordings(drive(tmp_path / "captures", 1)), tmp_path / "sets", SplitOptions())
    whole = {"take", "frame", "place", "tick", "gear", "lap", "take_id", "image", "lap_valid"}
    with (tmp_path / "sets" / "train.csv").open(newline="") as file:
        for line in csv.DictReader(file):
            assert all("." in line[name] and "e" not in line[name] for name in HEADER if name not in whole), line


def test_the_rows_are_those_of_the_recording(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", 1)
    split(Recordings(captures), tmp_path / "sets", SplitOptions())
    frames = {frame.image: frame for frame in Recordings(captures).frames()}
    for row in (row for rows in read(tmp_path / "sets").values() for row in rows):
        frame = frames[row.row.image]
        assert frame.tick is not None
        assert frame.lap is not None
        assert row.row == pytest.approx(frame.row)
        assert (row.tick, row.game_time, row.lap) == (frame.tick.tick, frame.tick.game_time, frame.lap.name)


@pytest.mark.parametrize("by", [*SplitBy])
def test_what_is_kept_together_stands_in_one_set(tmp_path: Path, by: SplitBy) -> None:
    takes = [
        MadeTake(TEN_LAPS[:4], car=f"car{number % 4}", track=f"track{number % 4}", key=number // 2, shift=number / 7)
        for number in range(8)
    ]
    captures = record(tmp_path / "captures", takes)
    split(Recordings(captures), tmp_path / "sets", SplitOptions(by=by, fractions=(0.5, 0.25, 0.25), gap=0.2))
    facts = {take.take_id: take.description.facts for take in Recordings(captures).takes if take.description}
    keys = {
        SplitBy.LAP: lambda row: (row.take_id, row.lap),
        SplitBy.PLACE: lambda row: (facts[row.take_id]["track"], row.place),
        SplitBy.TAKE: lambda row: row.take_id,
        SplitBy.SESSION: lambda row: facts[row.take_id]["strip_key"],
        SplitBy.CAR: lambda row: facts[row.take_id]["car"],
        SplitBy.TRACK: lambda row: facts[row.take_id]["track"],
    }
    found = [{keys[by](row) for row in rows} for rows in read(tmp_path / "sets").values()]
    assert all(found)
    assert sum(map(len, found)) == len(set().union(*found))


def test_each_car_and_track_is_divided_by_the_fractions(tmp_path: Path) -> None:
    takes = [MadeTake(TEN_LAPS, car=car, shift=at) for at, car in enumerate(("abarth500", "ks_ferrari"))]
    captures = record(tmp_path / "captures", takes)
    split(Recordings(captures), tmp_path / "sets", SplitOptions())
    for rows in read(tmp_path / "sets").values():
        assert {row.take for row in rows} == {"01", "02"}


def test_the_same_recordings_and_seed_make_the_same_bytes(tmp_path: Path) -> None:
    captures = drive(tmp_path / "a" / "captures")
    moved = Path(shutil.copytree(captures, tmp_path / "b" / "captures"))
    for folder, seed, out in ((captures, 0, "a/one"), (moved, 0, "b/one"), (captures, 1, "a/two")):
        split(Recordings(folder), tmp_path / out, SplitOptions(seed=seed))

    def content(out: str) -> list[bytes]:
        return [path.read_bytes() for path in sorted((tmp_path / out).iterdir())]

    assert content("a/one") == content("b/one")
    assert content("a/one") != content("a/two")


def test_filters_say_how_many_they_took(tmp_path: Path) -> None:
    strange = [
        MadeLap(0, 12, start=4, pits_until=6),
        *TEN_LAPS[1:6],
        MadeLap(6, 12, off_at=5),
        MadeLap(7, 18),
        MadeLap(8, 12, by=PairedBy.CLOCK),
    ]
    captures = record(tmp_path / "captures", [MadeTake(strange), MadeTake(TEN_LAPS, shift=1)])
    every = {
        "nothing proves their tick": SplitOptions(),
        "of a lap that was cut": SplitOptions(valid_laps=True),
        "of a slow lap": SplitOptions(within=5),
        "standing": SplitOptions(no_standing=True),
        "in the pits": SplitOptions(no_pits=True),
        "not of a complete lap": SplitOptions(complete_laps=True),
        "of another speed": SplitOptions(speed=(40, 80)),
    }
    for why, options in every.items():
        report = split(Recordings(captures), tmp_path / why, options)
        assert report.left_out[why] > 0, why
        assert sum(report.counts.values()) + sum(report.left_out.values()) == len(Recordings(captures)), why
    unproven = split(Recordings(captures), tmp_path / "unproven", SplitOptions(unproven=True))
    assert "nothing proves their tick" not in unproven.left_out
    by_name = {why: {row.lap for rows in read(tmp_path / why).values() for row in rows} for why in every}
    assert "01@6" not in by_name["of a lap that was cut"]
    assert "01@7" not in by_name["of a slow lap"]
    assert "01@8" not in by_name["standing"]


def test_rare_frames_weigh_more_and_training_weighs_one_on_average(tmp_path: Path) -> None:
    split(Recordings(drive(tmp_path / "captures")), tmp_path / "sets", SplitOptions())
    weights = [row.weight for row in read(tmp_path / "sets")["train"]]
    assert sum(weights) / len(weights) == pytest.approx(1, abs=1e-3)
    assert max(weights) > 2 * min(weights)


@pytest.mark.parametrize(
    "counts", [[100_000, 1, 5, 20], [9_700, *[1] * 300], [970, 10, 10, 10], [1], [5, 5], [1_000_000, 1]]
)
def test_no_weight_is_more_than_ten_times_the_mean(counts: list[int]) -> None:
    balance = Balance.of(found for found, count in enumerate(counts) for _ in range(count))
    weights = [balance.weight(found) for found in range(len(counts))]
    assert max(weights) <= MOST
    mean = sum(weight * count for weight, count in zip(weights, counts, strict=True)) / sum(counts)
    assert mean == pytest.approx(1)
    below = [weight * count for weight, count in zip(weights, counts, strict=True) if weight < MOST]
    assert below == pytest.approx([below[0]] * len(below)), "all bins that are not capped weigh the same"


@pytest.mark.parametrize(
    "options", [{"gap": float("inf")}, {"within": float("inf")}, {"speed": (0.0, float("inf"))}, {"within": -1.0}]
)
def test_what_is_no_number_for_json_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=f"--{next(iter(options))}"):
        SplitOptions(**options)


def test_thinning_out_leaves_out_only_what_is_common(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    whole = split(Recordings(captures), tmp_path / "whole", SplitOptions())
    thin = split(Recordings(captures), tmp_path / "thin", SplitOptions(thin_out=True))
    assert thin.counts["train"] < whole.counts["train"]
    assert thin.counts["val"] == whole.counts["val"]
    assert thin.left_out["thinned out"] == whole.counts["train"] - thin.counts["train"]


def test_what_check_flagged_is_left_out(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    finding = Finding(Kind.JERK, str(captures), "the steering jumps", take="02", first=100, last=120)
    remark = Finding(Kind.STRAIGHT, str(captures), "mostly straight", take="02")
    path = tmp_path / "findings.json"
    path.write_text(json.dumps({"findings": [finding.content(), remark.content()]}))
    recordings = Recordings(captures)
    report = split(recordings, tmp_path / "sets", SplitOptions(left_out=flagged(path, recordings)))
    assert report.left_out["named by the list"] == 21
    frames = {(row.take, row.frame) for rows in read(tmp_path / "sets").values() for row in rows}
    assert not frames & {("02", frame) for frame in range(100, 121)}
    for text in ("", "{}", '{"findings": [{}]}', '{"findings": [3]}'):
        path.write_text(text)
        with pytest.raises(OptionError, match="check DIR --json"):
            flagged(path, recordings)


# --- what an old tool left


def test_an_old_folder_without_ticks_is_split_by_its_lap_times(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", 1)
    for path in captures.glob("*_t*"):
        path.unlink()
    with pytest.raises(SplitError, match="nothing proves their tick"):
        split(Recordings(captures), tmp_path / "sets", SplitOptions())
    split(Recordings(captures), tmp_path / "sets", SplitOptions(unproven=True))
    sets = read(tmp_path / "sets")
    assert len({row.lap for rows in sets.values() for row in rows}) == 10
    numbers = sorted((row.frame, name) for name, rows in sets.items() for row in rows)
    touching = [(b[0] - a[0]) / FPS for a, b in pairwise(numbers) if a[1] != b[1]]
    assert min(touching) >= 2 * SplitOptions().gap - 2 / FPS


# --- leaks


def test_a_lap_copied_under_another_take_is_refused(tmp_path: Path) -> None:
    takes = [MadeTake(TEN_LAPS, take_id="one"), MadeTake(TEN_LAPS, take_id="two", shift=0.5)]
    captures = record(tmp_path / "captures", takes)
    rows = (captures / "data.csv").read_bytes().splitlines(keepends=True)
    copied = [row.replace(b"01_", b"03_", 1) for row in rows if row.startswith(b"01_")]
    with (captures / "data.csv").open("ab") as file:
        file.writelines(copied)
    ticks = (captures / "01_ticks.csv").read_text().replace("01_", "03_")
    (captures / "03_ticks.csv").write_text(ticks)
    with pytest.raises(LeakError, match="the same drive is there twice"):
        split(Recordings(captures), tmp_path / "sets", SplitOptions())
    assert not (tmp_path / "sets").exists()


@pytest.mark.parametrize("gap", [0, -1, SHORTEST_GAP / 2, float("nan")])
def test_no_gap_is_refused(gap: float) -> None:
    with pytest.raises(OptionError, match="--gap"):
        SplitOptions(gap=gap)


def test_a_gap_that_was_not_left_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.dataset.plan._leave_gaps", lambda plans, gap: 0)
    with pytest.raises(LeakError, match="apart"):
        split(Recordings(drive(tmp_path / "captures")), tmp_path / "sets", SplitOptions())


@pytest.fixture
def restarted(tmp_path: Path) -> Recordings:
    """Recording was stopped and begun again at once, in one session of the game."""
    takes = [MadeTake([MadeLap(0, 12)], key=7, pause=0.1, shift=number / 7) for number in range(8)]
    return Recordings(record(tmp_path / "captures", takes))


@pytest.mark.parametrize("by", [SplitBy.TAKE, SplitBy.LAP])
def test_a_gap_is_left_between_takes_of_a_session_too(tmp_path: Path, restarted: Recordings, by: SplitBy) -> None:
    report = split(restarted, tmp_path / "sets", SplitOptions(by=by, fractions=(0.5, 0.25, 0.25), gap=1.0))
    marked = sorted((row.game_time, name) for name, rows in read(tmp_path / "sets").items() for row in rows)
    turns = [after[0] - before[0] for before, after in pairwise(marked) if before[1] != after[1]]
    assert len(turns) >= 2
    assert min(turns) >= 2 * 1.0
    assert report.left_out["beside another set"] >= 18 * len(turns)


def test_a_gap_that_was_not_left_between_takes_is_found(
    tmp_path: Path, restarted: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.dataset.plan._leave_gaps", lambda plans, gap: 0)
    with pytest.raises(LeakError, match=r"less than 0\.2 seconds apart, of take captures-1 or .*--gap"):
        split(restarted, tmp_path / "sets", SplitOptions(by=SplitBy.TAKE, fractions=(0.5, 0.25, 0.25)))


@pytest.mark.parametrize("shared", ["picture", "lap"])
def test_what_two_sets_share_is_found(tmp_path: Path, shared: str) -> None:
    recordings = Recordings(drive(tmp_path / "captures"))
    split(recordings, tmp_path / "sets", SplitOptions())
    refuse_leaks(tmp_path / "sets", SplitOptions(), clocks(recordings))
    train, val = (tmp_path / "sets" / f"{name}.csv" for name in ("train", "val"))
    stolen = train.read_text().splitlines()[5]
    if shared == "lap":
        stolen = ",".join(["x.jpg", *stolen.split(",")[1:3], "999999", *stolen.split(",")[4:]])
    val.write_text(val.read_text() + stolen + "\n")
    with pytest.raises(LeakError, match=shared):
        refuse_leaks(tmp_path / "sets", SplitOptions(), clocks(recordings))


# --- folders


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", 1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.csv").write_text("mine")
    for out in (tmp_path / "mine", captures, captures / "sets", tmp_path / "mine" / "train.csv"):
        with pytest.raises(SplitError, match="nothing was written"):
            split(Recordings(captures), out, SplitOptions())
    assert (tmp_path / "mine" / "train.csv").read_text() == "mine"


def test_other_options_for_the_same_folder_are_refused_and_named(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    split(Recordings(captures), tmp_path / "sets", SplitOptions())
    split(Recordings(captures), tmp_path / "sets", SplitOptions())
    with pytest.raises(SplitError, match=r"\(seed, gap\)"):
        split(Recordings(captures), tmp_path / "sets", SplitOptions(seed=4, gap=3))


def test_too_little_for_three_sets_is_told(tmp_path: Path) -> None:
    captures = record(tmp_path / "captures", [MadeTake([MadeLap(0, 12), MadeLap(1, 12)])])
    with pytest.raises(SplitError, match=r"test would be empty: 2 units \(a lap of a take\)"):
        split(Recordings(captures), tmp_path / "sets", SplitOptions())
    split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=(0.5, 0.5, 0)))
    (tmp_path / "empty").mkdir()
    with pytest.raises(SplitError, match="no picture"):
        split(Recordings(tmp_path / "empty"), tmp_path / "other", SplitOptions())


def test_split_json_says_how_it_was_made(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    split(Recordings(captures), tmp_path / "sets", SplitOptions(seed=7))
    told = json.loads((tmp_path / "sets" / "split.json").read_text())
    assert told["options"]["seed"] == 7
    assert sum(told["counts"].values()) == sum(len(rows) for rows in read(tmp_path / "sets").values())
    assert str(tmp_path) not in json.dumps(told)


# --- what a folder can hold, and what can happen


ODD_NAMES = ["a b, #1 %20", 'Übung "ж" 日本', "x" * 200, "two\nlines", os.fsdecode(b"no utf-8 \xff\xfe")]
ODD_NAMES = ODD_NAMES if sys.platform == "linux" else ODD_NAMES[:1]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_path_leads_back_to_the_pictures(tmp_path: Path, name: str) -> None:
    captures = record(tmp_path / name, [MadeTake(TEN_LAPS[:4], take_id="one")])
    split(Recordings(captures), tmp_path / f"{name[:9]} sets", SplitOptions())
    (row, *_) = read_set(tmp_path / f"{name[:9]} sets" / "train.csv")
    assert Path(tmp_path, f"{name[:9]} sets", row.image).resolve().parent == captures.resolve()


def test_any_name_of_a_car_goes_into_split_json(tmp_path: Path) -> None:
    car = 'half \ud800, "quoted"\n<b>' + "x" * 40_000
    captures = record(tmp_path / "captures", [MadeTake(TEN_LAPS[:4], car="CAR")])
    description = captures / "01_take.json"
    description.write_text(description.read_text().replace('"CAR"', json.dumps(car)))
    split(Recordings(captures), tmp_path / "sets", SplitOptions())
    told = json.loads((tmp_path / "sets" / "split.json").read_text(encoding="utf-8"))
    assert all(car in unit for unit in told["units"])


@pytest.mark.parametrize("lap", [5, 400])
def test_any_number_of_ticks_a_second(tmp_path: Path, lap: int) -> None:
    laps = [MadeLap(0, 6, fps=lap), MadeLap(1, 6), MadeLap(2, 6, fps=lap), MadeLap(3, 6)]
    captures = record(tmp_path / "captures", [MadeTake(laps)])
    split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=(0.5, 0.25, 0.25), gap=0.5))
    assert closest(read(tmp_path / "sets")) >= 1 - 2 / FPS


def test_pictures_of_one_moment_stand_apart_where_the_time_went_back(tmp_path: Path) -> None:
    laps = [MadeLap(count, 12, pause=-9.0 if count % 3 == 1 else 0.0) for count in range(10)]
    captures = record(tmp_path / "captures", [MadeTake(laps)])
    split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=(0.5, 0.25, 0.25)))
    assert closest(read(tmp_path / "sets")) >= 2 * SplitOptions().gap - 2 / FPS


def test_a_frame_whose_tick_is_lost_goes_into_no_set(tmp_path: Path) -> None:
    """Nothing says beside which frames it stands."""
    captures = drive(tmp_path / "captures", 1)
    path = captures / "01_ticks.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:300], *lines[340:]]))
    report = split(Recordings(captures), tmp_path / "sets", SplitOptions(unproven=True))
    assert report.left_out["their tick is lost"] == 40


def test_values_of_ticks_that_are_no_numbers_cost_their_frames(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", 1)
    path = captures / "01_ticks.csv"
    header, *lines = path.read_text().splitlines()
    names = header.split(",")
    bad = [("lap_count", "nan"), ("game_time", "nan"), ("lap_time_ms", "x"), ("tick", ""), ("game_time", "1e400")]
    for number, (name, value) in enumerate(bad):
        cells = lines[100 + 9 * number].split(",")
        cells[names.index(name)] = value
        lines[100 + 9 * number] = ",".join(cells)
    path.write_text("\n".join([header, *lines, ""]))
    report = split(Recordings(captures), tmp_path / "sets", SplitOptions(unproven=True))
    assert sum(report.counts.values()) + sum(report.left_out.values()) == 1200
    assert report.left_out["their tick is lost"] == 4


@pytest.mark.parametrize("work", ["reading", "writing"])
def test_stopped_it_leaves_the_sets_as_they_were(tmp_path: Path, work: str) -> None:
    captures = drive(tmp_path / "captures", 1)

    def stop(what: str, done: int, of: int) -> None:
        if what == work:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        split(Recordings(captures), tmp_path / "sets", SplitOptions(), stop)
    assert [path.name for path in tmp_path.iterdir()] == ["captures"]
    split(Recordings(captures), tmp_path / "sets", SplitOptions())
    before = {path: path.read_bytes() for path in (tmp_path / "sets").iterdir()}
    record(captures, [MadeTake(TEN_LAPS, shift=3)], first=2)
    with pytest.raises(KeyboardInterrupt):
        split(Recordings(captures), tmp_path / "sets", SplitOptions(), stop)
    assert {path: path.read_bytes() for path in (tmp_path / "sets").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["captures", "sets"]


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", 1)
    code = (
        "import os, signal, sys; from pathlib import Path; from lib.dataset import split as s; "
        "from lib.dataset.options import SplitOptions; from lib.recordings import Recordings; "
        "s.refuse_leaks = lambda *rest: os.kill(os.getpid(), signal.SIGTERM); "
        "s.split(Recordings(sys.argv[1]), Path(sys.argv[2]), SplitOptions())"
    )
    subprocess.run([sys.executable, "-c", code, captures, tmp_path / "sets"], cwd=ROOT, check=False)
    (left,) = (path for path in tmp_path.iterdir() if path.name.startswith(".sets."))
    assert sum(path.stat().st_size for path in left.rglob("*.csv"))
    strangers = {tmp_path / ".sets.mine", tmp_path / ".sets.copy", tmp_path / ".sets.held"}
    for path in strangers:
        shutil.copytree(left, path)
    next((tmp_path / ".sets.mine").glob("made-by*")).unlink()  # by its name alone it could be ours
    (tmp_path / ".sets.copy" / "sets" / "notes.txt").touch()  # someone put something there
    with FolderLock(tmp_path / ".sets.held"):  # another run is at work in it
        split(Recordings(captures), tmp_path / "sets", SplitOptions())
    assert {*tmp_path.iterdir()} == {captures, tmp_path / "sets", *strangers}
    split(Recordings(captures), tmp_path / "sets", SplitOptions())
    assert {*tmp_path.iterdir()} == {captures, tmp_path / "sets", *strangers} - {tmp_path / ".sets.held"}


@pytest.mark.parametrize(("fractions", "said"), [((0.5, 0.5, 0.0), "two sets"), ((0.5, 0.25, 0.25), "three sets")])
def test_too_few_units_for_the_sets_that_were_asked_for(
    fractions: tuple[float, float, float], said: str, tmp_path: Path
) -> None:
    captures = record(tmp_path / "captures", [MadeTake([MadeLap(0, 12)])])
    with pytest.raises(SplitError, match=f"are too few for {said}"):
        split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=fractions))


def test_two_takes_with_one_id_and_other_rows_never_both_go_into_sets(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", 1)
    copy = Path(shutil.copytree(captures, tmp_path / "copy"))
    lines = [line.split(",") for line in (copy / "data.csv").read_text().splitlines()]
    (copy / "data.csv").write_text("".join(",".join([*line[:8], "12.25", *line[9:]]) + "\n" for line in lines))
    both = Recordings(captures, copy)
    with pytest.raises(SplitError, match="have the same id and different rows"):
        split(both, tmp_path / "sets", SplitOptions())
    discard(copy, [Wanted(one, "a changed copy") for one in select(Recordings(copy), ["01"])])
    report = split(Recordings(captures, copy), tmp_path / "sets", SplitOptions())
    assert sum(report.counts.values()) + report.left_out["beside another set"] == 1200


@pytest.mark.parametrize("gear", ["", "nan", "NaN", "inf"])
def test_a_gear_that_is_no_number_goes_into_no_set(gear: str, tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", 1)
    lines = [line.split(",") for line in (captures / "data.csv").read_text().splitlines()]
    for line in lines[200:207]:
        line[4] = gear
    (captures / "data.csv").write_text("".join(",".join(line) + "\n" for line in lines))
    report = split(Recordings(captures), tmp_path / "sets", SplitOptions())
    assert report.left_out["no number"] == 7
    table = Recordings(captures).takes[0].table()
    assert table["gear"].null_count == 7
    assert [number for number, known in enumerate(table["gear"].is_valid().to_pylist()) if not known] == [
        *range(200, 207)
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size there")
def test_without_room_it_says_so_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", 1)
    command = [sys.executable, "-m", "lib", "split", str(captures), "--out", str(tmp_path / "sets")]
    limited = ["sh", "-c", 'ulimit -f 20; exec "$@"', "sh", *command]
    done = subprocess.run(limited, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        f"error: {tmp_path / 'sets'} has no room: the sets are as they were before; make room or choose another "
        "folder for --out\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["captures"]


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", 1)
    (tmp_path / "file").touch()
    with pytest.raises(SplitError, match=r"file/x can't be written|file.x can't be written"):
        split(Recordings(captures), tmp_path / "file" / "x", SplitOptions())


def test_the_same_folder_twice_counts_once(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", 1)
    report = split(Recordings(captures, captures / "."), tmp_path / "sets", SplitOptions())
    assert sum(report.counts.values()) + sum(report.left_out.values()) == 1200
    assert "again" in report.remarks[0]


# --- any drive


LAP = st.builds(
    MadeLap,
    count=st.integers(0, 3),
    seconds=st.sampled_from([4.0, 7.0, 12.0]),
    pause=st.sampled_from([0.0, 0.0, 3.0, -3.0]),
    off_at=st.sampled_from([1e9, 2.0]),
    pits_until=st.sampled_from([0.0, 0.0, 3.0]),
    by=st.sampled_from([PairedBy.STRIP, PairedBy.STRIP, PairedBy.CLOCK]),
)
TAKE = st.builds(
    MadeTake,
    laps=st.lists(LAP, max_size=5),
    car=st.sampled_from(["a", "b"]),
    track=st.sampled_from(["x", "y"]),
    key=st.integers(1, 2),
    pause=st.sampled_from([0.0, 0.1, 30.0]),
)
OPTIONS = st.builds(
    SplitOptions,
    by=st.sampled_from(SplitBy),
    seed=st.integers(0, 3),
    gap=st.sampled_from([0.2, 1.0, 5.0]),
    unproven=st.booleans(),
    valid_laps=st.booleans(),
    complete_laps=st.booleans(),
    within=st.sampled_from([None, 0.0, 30.0]),
    speed=st.sampled_from([None, (40.0, 80.0)]),
    no_pits=st.booleans(),
    no_standing=st.booleans(),
    thin_out=st.booleans(),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TAKE, min_size=1, max_size=4), st.lists(TAKE, max_size=2), OPTIONS)
def test_no_leak_and_nothing_unaccounted_for(
    takes: list[MadeTake], more: list[MadeTake], options: SplitOptions
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folders = [
            record(Path(name) / folder, [replace(take, shift=at * 0.37 + len(folder)) for at, take in enumerate(made)])
            for folder, made in (("one", takes), ("another", more))
        ]
        recordings = Recordings(*folders)
        report = _split(recordings, Path(name) / "sets", options)
        if report is None:
            assert not (Path(name) / "sets").exists()
            return
        sets = read(Path(name) / "sets")
        assert sum(map(len, sets.values())) + sum(report.left_out.values()) == len(recordings)
        refuse_leaks(Path(name) / "sets", options, clocks(recordings))


def _split(recordings: Recordings, out: Path, options: SplitOptions) -> SplitReport | None:
    """None where there is too little for three sets."""
    try:
        return module.split(recordings, out, options)
    except SplitError:
        return None
