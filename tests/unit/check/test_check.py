"""What `check` does beside finding: discards, caches, folders that are recorded into, the command line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lib.captures.lock import FolderLock
from lib.check import look as look_module
from lib.check import snapshot as snapshot_module
from lib.check.cache import CACHE_FOLDER
from lib.check.check import check
from lib.check.finding import Finding, Kind, Severity
from lib.check.snapshot import look_at_names
from lib.recordings import Recordings
from lib.recordings.discards import Discard, Discards, write_discards
from lib.recordings.workers import PATIENCE_SECONDS
from tests.environment import ROOT
from tests.unit.check.drive import make_drive

FRAMES = 40


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_drive(tmp_path_factory.mktemp("drive") / "captures", FRAMES)


@pytest.fixture
def captures(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "captures"))


def cut(captures: Path, frame: int) -> None:
    path = captures / f"01_{frame:06d}.jpg"
    path.write_bytes(path.read_bytes()[:300])


def command(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "lib", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )


# ----------------------------------------------------------------------------------------------------- findings


def test_every_kind_has_a_severity_and_reads_back() -> None:
    for kind in Kind:
        finding = Finding(kind, "a folder", "what", "do", "02", 7, 9)
        assert Finding.of(json.loads(json.dumps(finding.content()))) == finding
        assert finding.severity in Severity
    assert Finding(Kind.CUT, "a folder", "what", "do", "02", 7, 7).where == "02:7"


def test_a_discarded_frame_needs_no_remark(captures: Path) -> None:
    cut(captures, 5)
    cut(captures, 6)
    cut(captures, 7)
    take_id = Recordings(captures).takes[0].take_id
    write_discards(captures, Discards([Discard(take_id, 1, 6, 6, "cut", "me", "2026-11-25T10:00:00Z")]))
    checked = check([captures])
    assert [(one.kind, one.where) for one in checked.findings] == [(Kind.CUT, "01:5"), (Kind.CUT, "01:7")]
    write_discards(captures, Discards([Discard(take_id, 1, 5, 9, "cut", "me", "2026-11-25T10:00:00Z")]))
    checked = check([captures])
    assert (checked.findings, checked.hidden, checked.discarded, checked.exit_code) == ([], 1, 5, 0)


def test_what_cannot_be_read_is_not_damage(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(part: object) -> object:
        seen = look(part)
        if not isinstance(part, look_module.TelemetryPart):
            seen.bad.append((3, str(Kind.UNREADABLE), "Permission denied"))
        return seen

    look = look_module.do_part
    monkeypatch.setattr(look_module, "do_part", refuse)
    monkeypatch.setattr("lib.recordings.workers.cores", lambda: 1)
    checked = check([captures])
    assert [(one.severity, one.where) for one in checked.findings] == [(Severity.UNREAD, "01:3")]
    assert checked.exit_code == 2


def test_a_folder_that_is_recorded_into(captures: Path) -> None:
    path = captures / "01_take.json"
    path.write_text(path.read_text().replace('"stopped"', '"open"'))
    (captures / ".01_000041.jpg.part").write_bytes(b"\xff\xd8")
    shutil.copy(captures / "01_000040.jpg", captures / "01_000041.jpg")  # its row comes in a moment
    with FolderLock(captures):
        assert check([captures]).findings == []
    kinds = {one.kind for one in check([captures]).findings}
    assert kinds == {Kind.TAKE_OPEN, Kind.UNFINISHED, Kind.PICTURE_WITHOUT_ROW}


def test_takes_of_several_folders(captures: Path, tmp_path: Path) -> None:
    other = make_drive(tmp_path / "other", FRAMES, take=2)
    (other / "02_000003.jpg").write_bytes(b"")
    checked = check([captures, other, Path(shutil.copytree(captures, tmp_path / "again"))])
    assert [(one.kind, one.folder, one.where) for one in checked.findings] == [
        (Kind.LEFT_OUT, str(tmp_path / "again"), "01"),
        (Kind.NOT_A_PICTURE, str(other), "02:3"),
    ]


def test_a_take_with_the_id_of_another_is_named(captures: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(captures, tmp_path / "copy"))
    rows = (copy / "data.csv").read_text()
    (copy / "data.csv").write_text(rows.replace(",TRUE,", ",FALSE,"))
    found = [(one.kind, one.folder, one.where) for one in check([captures, copy]).findings]
    assert (Kind.SAME_ID, str(copy), "01") in found


def test_a_slow_share_is_not_taken_for_one_that_hangs() -> None:
    """Half a second for a picture, a twentieth for a name: no part of the work takes as long as one that hangs."""
    assert PATIENCE_SECONDS / look_module._PART > 0.5
    assert PATIENCE_SECONDS / look_module._PART_DECODED > 0.5
    assert PATIENCE_SECONDS / snapshot_module._PART > 0.05


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    (tmp_path / ".gitkeep").touch()
    assert check([tmp_path]).content()["takes"] == []


# -------------------------------------------------------------------------------------------------------- cache


def forbid_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(part: object) -> object:
        raise AssertionError(f"looked again at {part}")

    monkeypatch.setattr(look_module, "do_part", look)


def test_an_unchanged_folder_is_looked_at_once(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut(captures, 5)
    first = check([captures], decodes=True)
    monkeypatch.setattr(look_module, "look_at_folders", None)  # not even its rows are read
    assert check([captures], decodes=True) == first


def test_an_unchanged_folder_waits_for_nothing_that_looks(captures: Path) -> None:
    """What reads and decodes takes longer to import than the names of many pictures to read."""
    script = (
        "import sys; from lib.__main__ import main; sys.argv[0] = 'lib'; main(); print('lib.check.look' in sys.modules)"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", script, "check", captures], cwd=ROOT, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]
    assert [one.splitlines()[-1] for one in told] == ["True", "False"]
    assert told[0].splitlines()[:-1] == told[1].splitlines()[:-1]


def test_names_looked_up_on_all_cores_are_those_of_one(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (captures / "01_000050.jpg").mkdir()
    (captures / "01_000051.jpg").symlink_to("nowhere")
    (captures / ".01_000052.jpg.part").touch()
    (captures / ".hidden").touch()
    alone = look_at_names(captures)
    assert alone.no_files == {"01_000050.jpg"}
    assert sorted(alone.names) == sorted(
        [*(f"01_{frame:06d}.jpg" for frame in (*range(1, FRAMES + 1), 50)), ".01_000052.jpg.part",
         "01_take.json", "01_ticks.csv", "data.csv"]
    )  # fmt: skip
    monkeypatch.setattr("lib.check.snapshot._MANY", 1)
    monkeypatch.setattr("lib.recordings.workers.cores", lambda: 3)
    together = look_at_names(captures)
    assert (together.names, together.stamps, together.no_files) == (alone.names, alone.stamps, alone.no_files)
    assert together.state() == alone.state()


def test_only_what_changed_is_looked_at_again(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check([captures], decodes=True)
    make_drive(captures, FRAMES, take=2)
    monkeypatch.setattr("lib.recordings.workers.cores", lambda: 1)
    looked = []
    look = look_module.do_part
    monkeypatch.setattr(look_module, "do_part", lambda part: [looked.append(part), look(part)][1])
    check([captures], decodes=True)
    assert [part.take if isinstance(part.take, int) else part.take.number for part in looked] == [2, 2]


def test_a_changed_picture_is_seen(captures: Path) -> None:
    assert check([captures]).findings == []
    cut(captures, 9)
    assert [one.where for one in check([captures]).findings] == ["01:9"]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no time of the last change of any kind")
@pytest.mark.parametrize("name", ["01_000009.jpg", "data.csv", "01_ticks.csv"])
def test_a_change_whose_time_was_put_back_is_seen(name: str, captures: Path) -> None:
    """As tools do that edit a picture and leave its date."""
    assert check([captures]).findings == []
    path = captures / name
    before, content = path.stat(), bytearray(path.read_bytes())
    content[:2] = b"??"
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert check([captures]).exit_code == 1


def test_what_the_system_refused_is_tried_again(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(part: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("lib.recordings.workers.cores", lambda: 1)
    with monkeypatch.context() as refusing:
        refusing.setattr("lib.check.pictures._ends", refuse)
        assert check([captures]).exit_code == 2
    assert check([captures]).findings == []


def test_a_spoilt_cache_is_no_cache(captures: Path) -> None:
    cut(captures, 9)
    first = check([captures])
    kept = list((captures / CACHE_FOLDER).glob("*.json"))
    assert len(kept) == 3
    for content in ("", "{}", "[1, 2]", '{"takes": 5}'):
        for path in kept:
            path.write_text(content)
        assert check([captures]).findings == first.findings


def test_a_folder_that_refuses_gets_no_cache(captures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (captures / CACHE_FOLDER).write_text("in the way")  # as good as a folder that can't be written to, for root as well
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    before = sorted(captures.iterdir())
    check([captures])
    assert sorted(captures.iterdir()) == before
    forbid_looking(monkeypatch)
    assert check([captures]).findings == []
    assert list((tmp_path / "cache").rglob("*.json"))


# ------------------------------------------------------------------------------------------------- command line


def test_the_command_line_says_it(captures: Path) -> None:
    done = command("check", captures)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"1 take, {FRAMES} pictures; no damage; 0 remarks"
    cut(captures, 9)
    done = command("check", captures)
    assert (done.returncode, done.stderr) == (1, "")
    line = next(line for line in done.stdout.splitlines() if "01:9" in line)
    assert line.endswith(f"python -m lib discard {captures} 01:9 --why cut")


def test_json_has_all_of_it(captures: Path) -> None:
    cut(captures, 9)
    done = command("check", "--json", captures)
    content = json.loads(done.stdout)
    assert done.returncode == 1
    assert content["counts"] == {"damage": 1, "remark": 0, "unread": 0}
    assert content["findings"][0]["where"] == "01:9"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = command("check", tmp_path / "captures")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: there is no folder {tmp_path / 'captures'}")


def test_output_into_something_that_ends_early(captures: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "lib", "check", str(captures)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, told = process.communicate()
    assert b"Traceback" not in told


def test_a_folder_need_not_be_named() -> None:
    """Then it is the one that the app records to."""
    done = command("check")
    assert "error" not in done.stderr
    assert done.stdout.splitlines()[-1].endswith(" remarks")


def test_what_to_do_can_be_copied(captures: Path) -> None:
    (captures / "data.csv").unlink()
    told = command("check", captures).stdout
    assert f"`python -m lib repair {captures}` brings back what the pictures carry" in told
    assert command("repair", captures).returncode == 0
    assert command("check", captures).returncode == 0
