"""The engine: parts, what is left out, what is refused, what a second run does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lib.captures.names import DATA_FILE
from lib.captures.vocabulary import PairedBy
from lib.dataset.options import OptionError, SplitOptions
from lib.dataset.split import split
from lib.errors import UserError
from lib.export.export import ExportError, ExportReport, export
from lib.export.format import NAMES
from lib.export.options import ExportOptions
from lib.export.store import OutError
from lib.recordings import Recordings
from lib.recordings.discarding import Wanted, discard
from lib.recordings.selection import select
from tests.environment import ROOT
from tests.unit.dataset.drives import MadeLap, MadeTake
from tests.unit.export.drives import change_rows, drive, files_of

PARTS_OF_20 = ExportOptions(part=20)
# Of 20 pictures each: a part may end where a lap does.
THREE_LAPS = MadeTake([MadeLap(0, 2), MadeLap(1, 2), MadeLap(2, 2)])


def run(captures: Path, out: Path, options: ExportOptions = PARTS_OF_20, to: str = "parquet") -> ExportReport:
    return export([captures], to, str(out), options)


def frames_of(out: Path, split_name: str = "train") -> list[tuple[str, int]]:
    tables = [pq.read_table(path) for path in sorted((out / "data").glob(f"{split_name}-*.parquet"))]
    return [
        row for table in tables for row in zip(*table.select(["take_id", "frame"]).to_pydict().values(), strict=True)
    ]


def leave_out(captures: Path, what: str) -> None:
    discard(captures, [Wanted(selected, "test") for selected in select(Recordings(captures), [what])])


def test_every_frame_goes_out_once_in_parts_of_about_the_same_size(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", [MadeTake([MadeLap(0, 7)]), MadeTake([MadeLap(0, 2)])])
    report = run(captures, tmp_path / "out", ExportOptions(part=30))
    assert frames_of(tmp_path / "out") == [
        *(("captures-1", frame) for frame in range(1, 71)),
        *(("captures-2", frame) for frame in range(1, 21)),
    ]
    assert [result.pictures for result in report.results] == [23, 23, 24, 20]
    assert sum(len(result.files) for result in report.results) == 4


def test_one_take_gives_work_to_several_processes_unless_a_number_is_asked_for(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", [MadeTake([MadeLap(0, 60)])])
    assert [result.pictures for result in run(captures, tmp_path / "out", ExportOptions()).results] == [200, 200, 200]
    assert [result.pictures for result in run(captures, tmp_path / "one", ExportOptions(part=900)).results] == [600]


def test_what_is_left_out_is_counted_by_reason(tmp_path: Path) -> None:
    laps = [MadeLap(0, 6), MadeLap(1, 3, by=PairedBy.CLOCK)]
    captures = drive(tmp_path / "captures", [MadeTake(laps)])
    leave_out(captures, "01:1-7")
    change_rows(captures, lambda at, row: [*row[:1], "nan", *row[2:]] if at == 10 else row)
    report = run(captures, tmp_path / "out")
    assert report.plan.left_out() == {"discarded": 7, "nothing proves their tick": 30, "no number": 1}
    assert len(frames_of(tmp_path / "out")) == 60 - 7 - 1
    assert ("captures-1", 11) not in frames_of(tmp_path / "out")
    lines = list(report.lines("out"))
    assert "left out, discarded: 7" in lines
    assert "left out, nothing proves their tick: 30" in lines
    unproven = run(captures, tmp_path / "all", ExportOptions(unproven=True))
    assert unproven.plan.left_out() == {"discarded": 7, "no number": 1}
    assert len(frames_of(tmp_path / "all")) == 90 - 7 - 1


def test_sets_go_out_as_the_splits_that_the_hub_knows(tmp_path: Path) -> None:
    laps = [MadeLap(count, 4) for count in range(10)]
    captures = drive(tmp_path / "captures", [MadeTake(laps), MadeTake(laps, shift=0.3)])
    split(Recordings(captures), tmp_path / "sets", SplitOptions())
    export([tmp_path / "sets"], "parquet", str(tmp_path / "out"), PARTS_OF_20)
    for name, called in (("train", "train"), ("val", "validation"), ("test", "test")):
        lines = (tmp_path / "sets" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        header, rows = (
            lines[0].split(","),
            [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]],
        )
        table = {}
        for path in sorted((tmp_path / "out" / "data").glob(f"{called}-*.parquet")):
            for column, values in pq.read_table(path).to_pydict().items():
                table.setdefault(column, []).extend(values)
        assert sorted(table) == sorted(header)
        assert len(rows) == len(table["frame"])
        told = {(row["take_id"], row["frame"]): row for row in rows}
        for at, key in enumerate(zip(table["take_id"], map(str, table["frame"]), strict=True)):
            row = told[key]
            assert table["image"][at]["path"] == row["image"].rpartition("/")[2]
            for column in header[4:]:
                said = row[column]
                value = {"TRUE": True, "FALSE": False}.get(said, said if column == "lap" else None)
                expected = value if value is not None else pytest.approx(float(said), rel=1e-6)
                assert table[column][at] == expected, column


def test_run_again_nothing_is_missing_and_a_new_take_alone_is_added(tmp_path: Path) -> None:
    captures, out = drive(tmp_path / "captures"), tmp_path / "out"
    assert run(captures, out).new == 3
    before = {name: (out / name).stat().st_mtime_ns for name in files_of(out)}
    assert run(captures, out).new == 0
    drive(captures, [MadeTake([MadeLap(0, 3)])], first=2)
    again = run(captures, out)
    assert again.new == 2
    assert {name: (out / name).stat().st_mtime_ns for name in before} == before
    assert len(frames_of(out)) == 90


def test_another_folder_is_added_to_what_is_there(tmp_path: Path) -> None:
    one, another, out = drive(tmp_path / "one"), drive(tmp_path / "another"), tmp_path / "out"
    run(one, out)
    report = run(another, out)
    assert report.new == 3
    assert not report.failed
    assert {take for take, _ in frames_of(out)} == {"one-1", "another-1"}


def test_a_part_whose_rows_changed_is_made_anew_and_no_other(tmp_path: Path) -> None:
    captures, out = drive(tmp_path / "captures"), tmp_path / "out"
    run(captures, out)
    before = files_of(out)
    leave_out(captures, "01:25")
    assert run(captures, out).new == 1
    after = files_of(out)
    assert [name for name in after if after[name] != before[name]] == ["data/train-000001.parquet"]
    assert frames_of(out) == [("captures-1", frame) for frame in range(1, 61) if frame != 25]


def test_a_part_of_which_nothing_is_left_leaves_no_file(tmp_path: Path) -> None:
    captures, out = drive(tmp_path / "captures"), tmp_path / "out"
    run(captures, out, to="imagefolder")
    leave_out(captures, "01:21-40")
    run(captures, out, to="imagefolder")
    assert {name.split("/")[1] for name in files_of(out)} == {"000000", "000002"}


def test_a_take_that_grows_gets_parts_behind_the_others(tmp_path: Path) -> None:
    captures, out = drive(tmp_path / "captures", [MadeTake([MadeLap(0, 6)])]), tmp_path / "out"
    rows = (captures / DATA_FILE).read_bytes()
    cut = rows[: rows.index(b"01_000051.jpg")]
    (captures / DATA_FILE).write_bytes(cut)
    run(captures, out)
    assert len(frames_of(out)) == 50
    (captures / DATA_FILE).write_bytes(rows)
    assert run(captures, out).new == 1
    assert [frame for _, frame in frames_of(out)] == [*range(1, 61)]


@pytest.mark.parametrize("to", NAMES)
def test_the_same_input_makes_the_same_bytes(tmp_path: Path, to: str) -> None:
    captures = drive(tmp_path / "captures", [THREE_LAPS])
    copy = shutil.copytree(captures, tmp_path / "elsewhere")
    options = ExportOptions(part=20, size=(32, 20))
    run(captures, tmp_path / "a", options, to)
    run(copy, tmp_path / "b", options, to)
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")
    assert len([name for name in files_of(tmp_path / "a") if not name.endswith(".json")]) >= 3


@pytest.mark.parametrize("to", NAMES)
@pytest.mark.parametrize("spoil", ["gone", "cut", "hole", "empty", "folder", "pipe"])
def test_a_picture_that_cant_be_read_names_its_part_and_stops_no_other(tmp_path: Path, to: str, spoil: str) -> None:
    captures, out = drive(tmp_path / "captures", [THREE_LAPS]), tmp_path / "out"
    path = captures / "01_000030.jpg"
    content = path.read_bytes()
    path.unlink()
    if spoil == "folder":
        path.mkdir()
    elif spoil == "pipe":
        os.mkfifo(path)
    elif spoil != "gone":
        broken = {"cut": content[:-200], "hole": content[:-600] + bytes(598) + content[-2:], "empty": b""}[spoil]
        path.write_bytes(broken)
    report = run(captures, out, to=to)
    assert len(report.failed) == 1
    assert report.failed[0].startswith(f"part 1 (train-000001, take 01 of {captures})")
    assert "01_000030.jpg" in report.failed[0]
    assert f"discard {captures} 01:30" in report.failed[0]
    assert [result.number for result in report.results] == [0, 2]
    leave_out(captures, "01:30")
    again = run(captures, out, to=to)
    assert (again.new, again.failed) == (1, ())
    left = 10 if to == "lerobot" else 19  # there the lap is cut in two, of which one lasts less than a second
    assert [result.pictures for result in again.results] == [20, left, 20]


def test_a_take_that_cant_be_read_is_named_and_stops_no_other(tmp_path: Path) -> None:
    captures, another = drive(tmp_path / "captures"), drive(tmp_path / "another")
    split(Recordings(captures, another), tmp_path / "sets", SplitOptions(fractions=(1, 0, 0)))
    shutil.rmtree(another)
    report = run(tmp_path / "sets", tmp_path / "out")
    assert len(report.failed) == 1
    assert str(another) in report.failed[0]
    assert {take for take, _ in frames_of(tmp_path / "out")} == {"captures-1"}


def refusal(captures: Path, out: Path, options: ExportOptions = PARTS_OF_20, to: str = "parquet") -> str:
    before = {path: path.read_bytes() for path in sorted(out.parent.rglob("*")) if path.is_file()}
    with pytest.raises(UserError) as raised:
        run(captures, out, options, to)
    assert {path: path.read_bytes() for path in sorted(out.parent.rglob("*")) if path.is_file()} == before
    message = str(raised.value)
    assert "\n" not in message
    assert str(out) in message
    assert "choose another folder for OUT" in message
    return message


def test_a_bad_out_is_refused_in_one_line_and_nothing_is_written(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    assert "lies in" in refusal(captures, captures)
    assert "lies in" in refusal(captures, captures / "deep" / "out")
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.doc").write_text("mine")
    assert "not ours" in refusal(captures, other)
    (tmp_path / "file").write_text("mine")
    assert "not ours" in refusal(captures, tmp_path / "file")
    assert "not ours" in refusal(captures, tmp_path)
    link = tmp_path / "link"
    link.symlink_to(captures, target_is_directory=True)
    assert "lies in" in refusal(captures, link / "out")


def test_out_with_other_options_is_refused_and_says_which(tmp_path: Path) -> None:
    captures, out = drive(tmp_path / "captures"), tmp_path / "out"
    run(captures, out)
    told = refusal(captures, out, ExportOptions(part=20, grey=True, columns=("gas",)))
    assert "(--grey, --columns)" in told
    assert "(format)" in refusal(captures, out, to="webdataset")
    split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=(1, 0, 0)))
    assert "(sets)" in refusal(tmp_path / "sets", out)


def test_an_empty_out_is_taken_and_left_empty_where_nothing_goes_out(tmp_path: Path) -> None:
    captures, out = drive(tmp_path / "captures"), tmp_path / "out"
    leave_out(captures, "01")
    out.mkdir()
    with pytest.raises(ExportError, match=r"there is no picture to export: 60 left out, discarded.*--unproven"):
        run(captures, out)
    assert not out.exists() or not any(out.iterdir())
    out.mkdir(exist_ok=True)
    run(drive(tmp_path / "more"), out)
    assert len(frames_of(out)) == 60


def test_a_wrong_column_or_value_is_refused_in_one_line(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    with pytest.raises(OptionError, match="no column 'steer_dg'; did you mean steer_deg"):
        run(captures, tmp_path / "out", ExportOptions(columns=("steer_dg",)))
    with pytest.raises(OptionError, match="--driver-name only"):
        run(captures, tmp_path / "out", ExportOptions(columns=("driver",)))
    with pytest.raises(OptionError, match="only sets have it"):
        run(captures, tmp_path / "out", ExportOptions(columns=("weight",)))
    with pytest.raises(OptionError, match="the picture always goes out"):
        run(captures, tmp_path / "out", ExportOptions(columns=("image",)))
    with pytest.raises(OptionError, match="--overlay does nothing for parquet"):
        run(captures, tmp_path / "out", ExportOptions(overlay=True))
    with pytest.raises(OptionError, match="--steering-lock does nothing for parquet"):
        run(captures, tmp_path / "out", ExportOptions(steering_lock=450.0))
    for options in ({"size": (0, 5)}, {"crop": (0, 0, 0, 5)}, {"quality": 101}, {"fps": 0.0}, {"part": 10_000}):
        with pytest.raises(OptionError, match=rf"--{next(iter(options))} "):
            ExportOptions(**options)
    assert not (tmp_path / "out").exists()


def test_a_file_that_went_or_was_cut_since_is_made_anew(tmp_path: Path) -> None:
    captures, out = drive(tmp_path / "captures"), tmp_path / "out"
    run(captures, out)
    before = files_of(out)
    (out / "data" / "train-000000.parquet").unlink()
    with (out / "data" / "train-000002.parquet").open("r+b") as file:
        file.truncate(10)
    assert run(captures, out).new == 2
    assert files_of(out) == before


def command(captures: Path, out: Path, *options: str) -> list[str]:
    where = [str(captures), str(out), "--to", "imagefolder", "--part", "20", "--size", "640", "400", *options]
    return [sys.executable, "-m", "lib", "export", *where]


def wait_for_a_part(out: Path, process: subprocess.Popen[str]) -> None:
    while not list((out / ".synclogger" / "parts").glob("*.json")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle_the_same_command_goes_on_to_the_same_bytes(tmp_path: Path, stop: signal.Signals) -> None:
    captures = drive(tmp_path / "captures", [MadeTake([MadeLap(0, 60)])])
    whole, out = tmp_path / "whole", tmp_path / "out"
    subprocess.run(command(captures, whole), cwd=ROOT, check=True, capture_output=True)
    process = subprocess.Popen(command(captures, out), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    wait_for_a_part(out, process)
    process.send_signal(stop)
    _, told = process.communicate(timeout=30)
    there = len(list((out / ".synclogger" / "parts").glob("*.json")))
    assert there < 30
    if stop == signal.SIGINT:
        assert process.returncode == 2
        assert told.splitlines()[-1] == f"error: stopped: {there} of 30 parts are there, the same command goes on"
    again = subprocess.run(command(captures, out), cwd=ROOT, check=True, capture_output=True, text=True)
    assert f"{30 - there} parts of them new" in again.stdout
    assert files_of(out) == files_of(whole)
    markers = (out / ".synclogger").rglob("*")
    assert sorted(path.name for path in markers if not path.name.startswith("0")) == [
        ".lock", "export.json", "finished.json", "parts",
    ]  # fmt: skip


def test_a_second_run_beside_it_is_refused(tmp_path: Path) -> None:
    captures, out = drive(tmp_path / "captures", [MadeTake([MadeLap(0, 60)])]), tmp_path / "out"
    process = subprocess.Popen(command(captures, out), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    wait_for_a_part(out, process)
    beside = subprocess.run(command(captures, out), cwd=ROOT, capture_output=True, text=True)
    assert beside.returncode == 2
    assert beside.stderr.startswith("error: another export is at work on this folder")
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_what_a_killed_run_had_half_in_place_is_gone_where_the_rows_changed(tmp_path: Path) -> None:
    captures, out = drive(tmp_path / "captures"), tmp_path / "out"
    run(captures, out, to="imagefolder")
    marker = out / ".synclogger" / "parts" / "000001.json"
    marker.rename(marker.with_suffix(".begun"))
    leave_out(captures, "01:25")
    run(captures, out, to="imagefolder")
    assert "train/000001/01_000025.jpg" not in files_of(out)
    assert len(files_of(out)) == 59 + 3


def test_a_full_disk_is_said_and_the_next_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    captures, out = drive(tmp_path / "captures"), tmp_path / "out"
    small = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); import runpy, signal, sys;"
    small += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    small += "sys.argv[0] = 'lib'; runpy.run_module('lib', run_name='__main__', alter_sys=True)"
    where = [str(captures), str(out), "--to", "parquet", "--part", "20"]
    full = subprocess.run([sys.executable, "-c", small, "export", *where], cwd=ROOT, capture_output=True, text=True)
    assert full.returncode == 2
    assert full.stderr == f"error: {out} has no room: what is there is whole, the same command goes on from it\n"
    assert frames_of(out) == [] if (out / "data").exists() else True
    assert run(captures, out).new == 3


def test_out_that_cant_be_read_back_is_said(tmp_path: Path) -> None:
    captures, out = drive(tmp_path / "captures"), tmp_path / "out"
    run(captures, out)
    (out / ".synclogger" / "export.json").write_text("{")
    with pytest.raises(OutError, match=r"export.json can't be read .*: remove .* and export it anew"):
        run(captures, out)


def test_the_command_says_what_went_out_and_ends_with_1_where_a_part_is_missing(tmp_path: Path) -> None:
    captures, out = drive(tmp_path / "captures"), tmp_path / "out"
    (captures / "01_000030.jpg").unlink()
    where = [str(captures), str(out), "--to", "webdataset", "--part", "20", "--mask", "0,0,5,5"]
    done = subprocess.run([sys.executable, "-m", "lib", "export", *where], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "train: 40 pictures of 1 take in 2 parts", "2 parts of them new; 1 part could not be made",
    ]  # fmt: skip
    assert done.stderr.startswith("not made: part 1 (train-000001,")
    assert json.loads((out / ".synclogger" / "export.json").read_text())["options"]["mask"] == [[0, 0, 5, 5]]
