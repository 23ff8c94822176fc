"""Frames, laps and takes are left out and taken back; nothing else in the folder changes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lib.captures.lock import FolderLock
from lib.errors import UserError
from lib.recordings import Recordings
from lib.recordings.discarding import Wanted, discard, restore, restore_all, without
from lib.recordings.discards import DISCARDS_FILE, read_discards
from lib.recordings.selection import SelectionError, select
from lib.repair.repair import repair
from lib.report.report import report
from tests.environment import ROOT
from tests.unit.check.drive import RATE, make_drive

FRAMES = 280


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_drive(tmp_path_factory.mktemp("drive") / "captures", FRAMES)
    return make_drive(folder, 30, take=2)


@pytest.fixture
def captures(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "captures"))


def left_out(captures: Path) -> list[str]:
    return [frame.image for frame in Recordings(captures).frames() if frame.discarded]


def leave_out(captures: Path, *whats: str) -> None:
    discard(captures, [Wanted(one, "why not") for one in select(Recordings(captures), whats)])


def images(take: int, first: int, last: int) -> list[str]:
    return [f"{take:02d}_{frame:06d}.jpg" for frame in range(first, last + 1)]


def command(*arguments: str | Path, told: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "lib", *map(str, arguments)],
        cwd=ROOT, input=told, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("02", images(2, 1, 30)),
        ("2", images(2, 1, 30)),
        ("02:7", images(2, 7, 7)),
        ("02:7-9", images(2, 7, 9)),
        ("02:28-", images(2, 28, 30)),
        ("02:1,5-6", [*images(2, 1, 1), *images(2, 5, 6)]),
        ("01@1", images(1, 12 * RATE, FRAMES)),
        ("02:0.5s-1s", images(2, 11, 21)),
    ],
)
def test_what_is_named_is_left_out(captures: Path, what: str, expected: list[str]) -> None:
    leave_out(captures, what)
    assert left_out(captures) == expected
    assert Recordings(captures).takes[expected[0].startswith("02")].discarded_frames == len(expected)
    restore(captures, select(Recordings(captures), [what]))
    assert left_out(captures) == []
    assert read_discards(captures).entries == []


@pytest.mark.parametrize("what", ["", "x", "03", "02:", "02:9-7", "02:a-b", "02@9", "02:90s-99s", "-1", "02:1-2-3"])
def test_what_names_nothing_is_refused(captures: Path, what: str) -> None:
    with pytest.raises(SelectionError):
        select(Recordings(captures), [what])


def test_a_part_is_taken_back(captures: Path) -> None:
    leave_out(captures, "02:5-15")
    restored = restore(captures, select(Recordings(captures), ["02:8-9", "01"]))
    assert [(one.first, one.last) for one in restored] == [(8, 9)]
    assert left_out(captures) == [*images(2, 5, 7), *images(2, 10, 15)]


def test_what_is_left_out_already_stays_as_it_was(captures: Path) -> None:
    leave_out(captures, "02:5-15")
    before = (captures / DISCARDS_FILE).read_bytes()
    leave_out(captures, "02:5-9", "02:10-15")
    assert (captures / DISCARDS_FILE).read_bytes() == before


def test_stretches_without_others() -> None:
    assert list(without([(1, 9)], [])) == [(1, 9)]
    assert list(without([(1, 9)], [(3, 4), (4, 6), (9, 20)])) == [(1, 2), (7, 8)]
    assert list(without([(3, 4)], [(1, 9)])) == []


def test_a_recording_that_runs_is_not_in_the_way(captures: Path) -> None:
    with FolderLock(captures):
        leave_out(captures, "02:5")
    assert left_out(captures) == images(2, 5, 5)


def test_two_at_once_lose_nothing(captures: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-m", "lib", "discard", str(captures), f"01:{frame}"], cwd=ROOT,
                         stdout=subprocess.DEVNULL)
        for frame in range(1, 7)
    ]  # fmt: skip
    assert [process.wait() for process in processes] == [0] * 6
    assert left_out(captures) == images(1, 1, 6)


def test_nothing_else_changes(captures: Path) -> None:
    def state() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in captures.iterdir() if "discards" not in path.name}

    before = state()
    leave_out(captures, "01")
    assert state() == before


def test_repair_keeps_what_is_left_out(captures: Path) -> None:
    leave_out(captures, "01:5-6", "02")
    kept = (captures / DISCARDS_FILE).read_bytes()
    (captures / "01_000009.jpg").unlink()
    (captures / "data.csv").unlink()
    repair(captures)
    assert (captures / DISCARDS_FILE).read_bytes() == kept
    assert left_out(captures) == [*images(1, 5, 6), *images(2, 1, 30)]


def test_repair_keeps_what_is_left_out_of_a_take_without_side_files(captures: Path) -> None:
    """Its id is made of its rows, which the repair changes."""
    for path in captures.glob("0*_t*"):
        path.unlink()
    leave_out(captures, "02:5-6")
    (captures / "02_000009.jpg").unlink()
    repair(captures)
    assert left_out(captures) == images(2, 5, 6)


# ------------------------------------------------------------------------------------------------- command line


def test_the_command_line(captures: Path) -> None:
    done = command("discard", captures, "02:5-6", "01@1", "--why", "spun, again")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "2 entries left out; 43 of 310 frames are left out"
    listed = command("discard", captures, "--list").stdout.splitlines()
    assert listed[0].startswith("02:5-6: spun, again, by ")
    assert listed[-1] == "43 of 310 frames are left out"
    done = command("discard", captures, "--restore", "02")
    assert done.stdout.splitlines()[-1] == "1 entry taken back; 41 of 310 frames are left out"
    done = command("discard", captures, "--restore", "all")
    assert done.stdout.splitlines()[-1] == "1 entry taken back; 0 of 310 frames are left out"


def test_what_check_found_is_left_out(captures: Path) -> None:
    (captures / "02_000009.jpg").write_bytes(b"")
    (captures / "01_000020.jpg").write_bytes((captures / "01_000020.jpg").read_bytes()[:-30])
    found = command("check", "--json", captures).stdout
    done = command("discard", captures, "--from", "-", "--kind", "cut", told=found)
    assert (done.returncode, done.stderr) == (0, "")
    assert left_out(captures) == images(1, 20, 20)
    assert command("discard", captures, "--from", "-", told=found).returncode == 0
    assert left_out(captures) == ["01_000020.jpg", "02_000009.jpg"]
    assert command("check", captures).returncode == 0
    assert [entry.why for entry in read_discards(captures).entries] == ["cut", "not_a_picture"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing was named"),
        (["02:900"], "02:900: no such frames, the take has frames 1 to 30; nothing was left out"),
        (["07"], "there is no take 07 here; there is 01, 02"),
        (["--from", "-"], "- is not what"),
        (["02", "--list", "--restore"], "not allowed with"),
        (["02", "--list"], "--list shows all that is left out"),
        (["02", "--kind", "black"], "--kind chooses from what --from reads"),
        (["--from", "-", "--kind", "blakk"], "invalid choice: 'blakk'"),
        (["--restore"], "discard DIR --restore all"),
        (["--restore", "all", "--from", "-"], "--restore all takes everything back"),
        (["02:1,5s-2s"], "seconds have a point, 1.5s-2s"),
    ],
)
def test_what_cannot_be_done_is_said(captures: Path, arguments: list[str], said: str) -> None:
    done = command("discard", captures, *arguments, told="{}")
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (captures / DISCARDS_FILE).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first", None),
        ("first", "x"),
        ("first", 1e999),
        ("first", True),
        ("last", -2),
        ("kind", "blakk"),
        ("take", [1]),
    ],
)
def test_what_is_nearly_a_finding_is_refused_in_one_line(captures: Path, field: str, value: object) -> None:
    (captures / "01_000020.jpg").write_bytes(b"")
    found = json.loads(command("check", "--json", captures).stdout)
    found["findings"][0][field] = value
    done = command("discard", captures, "--from", "-", told=json.dumps(found))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not what `python -m lib check --json` writes" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (captures / DISCARDS_FILE).exists()


def test_findings_about_takes_that_are_elsewhere_are_counted(captures: Path, tmp_path: Path) -> None:
    (captures / "01_000020.jpg").write_bytes(b"")
    found = command("check", "--json", captures).stdout
    other = make_drive(tmp_path / "other", 30, take=7)
    done = command("discard", other, "--from", "-", told=found)
    assert f"of takes that are not in {other}, so nothing was done for them: 1 found" in done.stdout


def test_a_reason_stays_in_its_line(captures: Path) -> None:
    done = command("discard", captures, "02:5", "--why", "spun\nand \x1b[31mred")
    assert done.stdout.splitlines()[0].startswith("02:5: spun?and ?[31mred, by ")
    assert len(command("discard", captures, "--list").stdout.splitlines()) == 2


@pytest.mark.parametrize("closed", ["stdout", "stdin"])
def test_what_is_closed_costs_no_traceback(captures: Path, closed: str) -> None:
    line = f'exec {">&-" if closed == "stdout" else "<&-"}; exec "$@"'
    source = ["--from", "-"] if closed == "stdin" else ["02:5"]
    command_line = ["sh", "-c", line, "sh", sys.executable, "-m", "lib", "discard", str(captures), *source]
    done = subprocess.run(command_line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == (2 if closed == "stdin" else 0)
    assert done.stderr.count("\n") == (closed == "stdin")
    assert left_out(captures) == ([] if closed == "stdin" else ["02_000005.jpg"])


def test_output_that_cannot_be_written_is_told_from_a_folder_that_cannot(captures: Path) -> None:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lib", "discard", str(captures), "02:5"],
            cwd=ROOT, env=buffered, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("error: what was asked for is done, but its output can't be written (No space left")
    assert len(done.stderr.splitlines()) == 1
    assert left_out(captures) == ["02_000005.jpg"]


def test_what_a_link_under_our_name_leads_to_is_not_written_over(captures: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("the user's")
    for name in (DISCARDS_FILE, "report.html"):
        (captures / f".{name}.part").symlink_to(elsewhere)
    leave_out(captures, "02:5")
    report(captures)
    assert elsewhere.read_text() == "the user's"
    assert left_out(captures) == ["02_000005.jpg"]
    assert not any((captures / name).is_symlink() for name in (DISCARDS_FILE, "report.html"))


def test_a_folder_that_refuses_is_not_waited_for(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def refuse(_folder: Path, patience: float, *_rest: str) -> None:
        waited.append(patience)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("lib.recordings.discarding.FolderLock", refuse)
    monkeypatch.setattr("lib.recordings.discarding.os.access", lambda *_: False)  # as it is for anyone but root
    with pytest.raises(UserError, match="so nothing was changed: make the folder writable"):
        restore_all(captures)
    assert waited == [0.0]


def test_a_folder_that_cannot_be_written_to(captures: Path) -> None:
    (captures / ".discards.lock").mkdir()  # refuses root as well
    done = command("discard", captures, "02")
    assert done.returncode == 2
    assert "can't be written into" in done.stderr
    assert ".discards.lock in it is a folder, move that away" in done.stderr
    assert json.loads((captures / "01_take.json").read_text())["take"] == 1
