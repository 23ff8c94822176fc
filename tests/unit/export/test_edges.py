"""Odd folders, takes and rows: each goes out, or one line says what was left out and why; never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lib.captures.names import DATA_FILE, take_file_name, ticks_file_name
from lib.errors import UserError
from lib.export.export import ExportReport, export
from lib.export.options import ExportOptions
from lib.recordings.discards import DISCARDS_FILE
from tests.environment import ROOT
from tests.unit.dataset.drives import MadeLap, MadeTake
from tests.unit.export.drives import ONE_LAP, change_rows, drive, files_of


def run(captures: Path, out: Path, *more: Path) -> ExportReport:
    """Every picture is proven or said to be left out; nothing in the folder changes."""
    before = contents(captures)
    report = export([captures, *more], "parquet", str(out), ExportOptions(part=20))
    assert contents(captures) == before
    assert not report.failed
    return report


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def pictures(report: ExportReport) -> int:
    return sum(result.pictures for result in report.results)


def refused(captures: Path, out: Path, *more: Path) -> str:
    with pytest.raises(UserError) as raised:
        run(captures, out, *more)
    assert "\n" not in str(raised.value)
    assert not out.exists()
    return str(raised.value)


@pytest.mark.parametrize("name", ["with a space", "50% #1", "Aufnähme", "録画", "x" * 200, "-- to", "a,b'c\"d"])
def test_names_of_folders(tmp_path: Path, name: str) -> None:
    captures = drive(tmp_path / name)
    assert pictures(run(captures, tmp_path / f"{name[:100]} out")) == 60


@pytest.mark.skipif(sys.platform == "win32", reason="such a name can't be there")
def test_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures").rename(Path(os.fsdecode(bytes(tmp_path) + b"/\xff\xfe")))
    assert pictures(run(captures, Path(os.fsdecode(bytes(tmp_path) + b"/out\xff")))) == 60


def test_a_folder_behind_a_link_and_one_that_only_may_be_read(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    (tmp_path / "link").symlink_to(captures, target_is_directory=True)
    captures.chmod(0o500)
    assert pictures(run(tmp_path / "link", tmp_path / "out")) == 60


def test_folders_without_anything_to_export(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refused(empty, tmp_path / "out").startswith("there is no picture to export: name a recording")
    (empty / ".gitkeep").touch()
    assert "name a recording" in refused(empty, tmp_path / "out")
    assert "there is no folder" in refused(tmp_path / "nowhere", tmp_path / "out")


def test_the_same_folder_twice_and_a_copy_of_it_count_once(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    copy = shutil.copytree(captures, tmp_path / "copy")
    report = run(captures, tmp_path / "out", captures, copy)
    assert pictures(report) == 60
    assert len(report.remarks) == 2


def test_takes_with_the_same_number_of_two_folders_keep_apart(tmp_path: Path) -> None:
    one, another = drive(tmp_path / "one"), drive(tmp_path / "another", [MadeTake([MadeLap(0, 3)], shift=0.2)])
    report = run(one, tmp_path / "out", another)
    assert [(result.take_id, result.pictures) for result in report.results] == [
        ("one-1", 20), ("one-1", 20), ("one-1", 20), ("another-1", 15), ("another-1", 15),
    ]  # fmt: skip


def test_sets_beside_another_folder_are_refused(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    sets = tmp_path / "sets"
    sets.mkdir()
    (sets / "split.json").write_text("{}")
    assert "name it alone" in refused(captures, tmp_path / "out", sets)
    with pytest.raises(UserError, match="another version"):
        run(sets, tmp_path / "out")


def without(*names: str) -> Callable[[Path], None]:
    def change(captures: Path) -> None:
        for name in names:
            (captures / name).unlink()

    return change


def write(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda captures: (captures / name).write_bytes(content) and None


def described(**facts: object) -> Callable[[Path], None]:
    def change(captures: Path) -> None:
        path = captures / take_file_name(1)
        path.write_text(json.dumps(json.loads(path.read_text()) | facts))

    return change


def rows(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def changed(captures: Path) -> None:
        (captures / DATA_FILE).write_bytes(change((captures / DATA_FILE).read_bytes()))

    return changed


def values(at: int, value: str) -> Callable[[Path], None]:
    return lambda captures: change_rows(captures, lambda _, row: [*row[:at], value, *row[at + 1 :]])


# What is done to a take of 60 pictures, and how many of them go out.
_ODD: dict[str, tuple[Callable[[Path], None], int]] = {
    "description gone": (without(take_file_name(1)), 60),
    "description cut": (write(take_file_name(1), b'{"take'), 60),
    "description of a later format": (described(format=99), 60),
    "description without an id, of format 1": (described(format=1, take_id=None), 60),
    "take left open": (described(how_it_ended="open"), 60),
    "names of 40 kB": (described(car="x" * 40_000, track='a,"b"\n\u202e<b>\U0001f3ce'), 60),
    "layout that is a number": (described(layout=7, car=None), 60),
    "ticks gone": (without(ticks_file_name(1)), 0),
    "ticks empty": (write(ticks_file_name(1), b""), 0),
    "a line behind the rows that is none": (rows(lambda text: text + b"01_000061.jpg,1.0"), 60),
    "by a spreadsheet": (rows(lambda text: b"\xef\xbb\xbf" + text.replace(b",", b";").replace(b".", b",")
                              .replace(b",jpg", b".jpg").replace(b"\n", b"\r\n")), 60),
    "with a header line": (rows(lambda text: b"image,gas\n" + text), 60),
    "out of order": (rows(lambda text: b"".join(reversed(text.splitlines(keepends=True)))), 60),
    "doubled": (rows(lambda text: text + text), 60),
    "some missing": (rows(lambda text: b"".join(text.splitlines(keepends=True)[::2])), 30),
    "folders before the names": (rows(lambda text: text.replace(b"01_0", b"C:\\Users\\me/01_0")), 60),
    "steering beyond its range": (values(5, "-900.0"), 60),
    "a number larger than a C float": (values(5, "1e300"), 60),
    "the share of the lap at 1": (values(12, "1.0"), 60),
    "the share of the lap beyond it": (values(12, "-3.5"), 60),
    "no number": (values(1, "nan"), 0),
    "infinite": (values(8, "inf"), 0),
    "empty": (values(8, ""), 0),
}  # fmt: skip


@pytest.mark.parametrize("what", _ODD)
def test_odd_takes_and_rows(tmp_path: Path, what: str) -> None:
    change, expected = _ODD[what]
    captures = drive(tmp_path / "captures")
    change(captures)
    if expected:
        report = run(captures, tmp_path / "out")
        assert pictures(report) == expected
        assert sum(pq.read_metadata(path).num_rows for path in (tmp_path / "out" / "data").iterdir()) == expected
    else:
        assert "60 left out" in refused(captures, tmp_path / "out")


@pytest.mark.parametrize(
    "laps",
    [
        [MadeLap(0, 3), MadeLap(1, 3), MadeLap(0, 3), MadeLap(1, 3)],  # a restart
        [MadeLap(0, 6, pause=-3)],  # game time goes back
        [MadeLap(0, 6, pause=40)],
        [MadeLap(0, 6, pits_until=3)],
        [MadeLap(0, 1, fps=5), MadeLap(1, 1, fps=400)],
        [MadeLap(0, 0.1)],  # one picture
    ],
)
def test_odd_drives(tmp_path: Path, laps: list[MadeLap]) -> None:
    captures = drive(tmp_path / "captures", [MadeTake(laps)])
    count = len((captures / DATA_FILE).read_text().splitlines())
    report = run(captures, tmp_path / "out")
    assert pictures(report) == count
    frames = [frame for path in sorted((tmp_path / "out" / "data").iterdir()) for frame in
              pq.read_table(path)["frame"].to_pylist()]  # fmt: skip
    assert frames == [*range(1, count + 1)]


def test_a_list_of_discards_that_cant_be_read_stops_the_export(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    (captures / DISCARDS_FILE).write_bytes(b"{")
    assert DISCARDS_FILE in refused(captures, tmp_path / "out")


def test_many_takes(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", [MadeTake([MadeLap(0, 0.2)]) for _ in range(300)])
    report = run(captures, tmp_path / "out")
    assert len(report.results) == 300
    assert report.results[299].take_id == "captures-300"


def command(captures: Path, out: Path, **how: object) -> subprocess.CompletedProcess[str]:
    where = [str(captures), "--to", "webdataset", "--part", "20", str(out)]
    arguments = [sys.executable, *how.pop("python", ()), "-m", "lib", "export", *where]  # type: ignore[misc]
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, **how)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("how", ["optimised", "another locale", "another time zone", "few files", "no terminal"])
def test_where_the_command_runs(tmp_path: Path, how: str) -> None:
    captures = drive(tmp_path / "captures", [ONE_LAP, ONE_LAP])
    assert command(captures, tmp_path / "plain").returncode == 0

    def few_files() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    options: dict[str, dict[str, object]] = {
        "optimised": {"python": ("-OO",)},
        "another locale": {"env": {**os.environ, "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}},
        "another time zone": {"env": {**os.environ, "TZ": "Asia/Kathmandu"}},
        "few files": {"preexec_fn": few_files},
        "no terminal": {"stdin": subprocess.DEVNULL, "start_new_session": True},
    }
    done = command(captures, tmp_path / "out", **options[how])
    assert (done.returncode, done.stderr) == (0, "")
    assert files_of(tmp_path / "out") == files_of(tmp_path / "plain")


def test_output_into_something_that_ends_early(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    line = f'"{sys.executable}" -m lib export "{captures}" "{tmp_path / "out"}" --to parquet | true'
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert files_of(tmp_path / "out")


def test_rate_and_time_left_are_told(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    told: list[tuple[str, int, int]] = []
    options = ExportOptions(part=20)
    export([captures], "parquet", str(tmp_path / "out"), options, lambda what, done, of: told.append((what, done, of)))
    assert told[-1] == ("pictures", 60, 60)
    assert ("pictures", 20, 60) in told
