"""Exports from and to an S3 server: a real one, on this machine, over a wire that breaks in the middle."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import ROOT, environment_python
from tests.s3 import BUCKET, Server, Wire, environment_of, served, wired
from tests.unit.check.drive import make_drive

_PARTS = ("--part", "20", "--quality", "80")


@pytest.fixture(scope="module")
def python() -> Path:
    return environment_python(["s3"])


@pytest.fixture(scope="module")
def server(python: Path) -> Iterator[Server]:
    with served(python) as found:
        yield found


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    with wired(server) as found:
        yield found


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drive") / "captures"
    make_drive(folder, 320, take=1)
    return make_drive(folder, 160, take=2)


class Command:
    """`export` as a user calls it who has set where the server is."""

    def __init__(self, python: Path, port: int) -> None:
        self._python = python
        self._environment = environment_of(port)

    def __call__(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [str(self._python), "-m", "lib", "export", *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=170)


@pytest.fixture
def export(python: Path, wire: Wire) -> Command:
    return Command(python, wire.port)


def contents(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def without_lock(found: dict[str, bytes]) -> dict[str, bytes]:
    """Nobody can hold a lock behind a URL."""
    return {name: content for name, content in found.items() if not name.endswith(".lock")}


@pytest.mark.parametrize("to", ["parquet", "webdataset", "imagefolder", "lerobot", "mp4"])
def test_an_export_to_s3_has_the_same_bytes(
    export: Command, server: Server, captures: Path, tmp_path: Path, to: str
) -> None:
    asked = ("--to", to, "--part", "100")
    done = export(captures, f"s3://{BUCKET}/same/{to}", *asked)
    assert (done.returncode, done.stderr) == (0, "")
    done = export(captures, tmp_path / "here", *asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert server.contents(f"same/{to}") == without_lock(contents(tmp_path / "here"))


def test_run_again_it_does_nothing_and_adds_what_is_new(export: Command, server: Server, tmp_path: Path) -> None:
    folder = make_drive(tmp_path / "captures", 80, take=1)
    asked = (folder, f"s3://{BUCKET}/again", "--to", "parquet", *_PARTS)
    assert export(*asked).returncode == 0
    before = server.contents("again")
    done = export(*asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing was missing" in done.stdout
    assert server.contents("again") == before
    make_drive(folder, 40, take=2)
    done = export(*asked)
    assert "2 parts of them new" in done.stdout
    data = {name for name in server.contents("again") if name.startswith("data/")}
    assert data == {f"data/train-{number:06d}.parquet" for number in range(6)}


def test_a_wire_that_breaks_is_one_line_and_the_same_command_goes_on(
    export: Command, server: Server, wire: Wire, captures: Path, tmp_path: Path
) -> None:
    asked = (captures, f"s3://{BUCKET}/cut", "--to", "parquet", *_PARTS)
    wire.cut_after(600_000)
    done = export(*asked)
    assert wire.was_cut.is_set()
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: s3://{BUCKET}/cut can't be written (")
    assert done.stderr.endswith("): what is there is whole, the same command goes on from it\n")
    assert done.stderr.count("\n") == 1
    there = server.contents("cut")
    made = {name for name in there if name.startswith(".synclogger/parts/")}
    assert 0 < len(made) < 24, "it broke in the middle"
    wire.mend()
    done = export(*asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{24 - len(made)} parts of them new" in done.stdout
    done = export(captures, tmp_path / "here", "--to", "parquet", *_PARTS)
    assert server.contents("cut") == without_lock(contents(tmp_path / "here"))


def test_a_wire_that_breaks_for_a_moment_costs_only_time(
    export: Command, server: Server, wire: Wire, captures: Path, tmp_path: Path
) -> None:
    def mend() -> None:
        wire.wait_for_cut()
        time.sleep(0.3)
        wire.mend()

    threading.Thread(target=mend).start()
    wire.cut_after(600_000)
    done = export(captures, f"s3://{BUCKET}/moment", "--to", "parquet", *_PARTS)
    assert (done.returncode, done.stderr) == (0, "")
    assert wire.was_cut.is_set()
    done = export(captures, tmp_path / "here", "--to", "parquet", *_PARTS)
    assert server.contents("moment") == without_lock(contents(tmp_path / "here"))


def test_recordings_are_read_from_s3(export: Command, server: Server, captures: Path, tmp_path: Path) -> None:
    for name, content in contents(captures).items():
        server.put(f"captures/{name}", content)
    asked = ("--to", "webdataset", *_PARTS)
    there = export(f"s3://{BUCKET}/captures", tmp_path / "there", *asked)
    assert (there.returncode, there.stderr) == (0, "")
    here = export(captures, tmp_path / "here", *asked)
    assert (here.returncode, here.stderr) == (0, "")
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_a_wire_that_breaks_while_reading_is_one_line(
    export: Command, server: Server, wire: Wire, captures: Path, tmp_path: Path
) -> None:
    for name, content in contents(captures).items():
        server.put(f"read/{name}", content)
    asked = (f"s3://{BUCKET}/read", tmp_path / "there", "--to", "parquet", *_PARTS)
    wire.cut_after(300_000)
    done = export(*asked)
    assert wire.was_cut.is_set()
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: s3://{BUCKET}/read can't be read (")
    assert done.stderr.count("\n") == 1
    wire.mend()
    done = export(*asked)
    assert (done.returncode, done.stderr) == (0, "")
    done = export(captures, tmp_path / "here", "--to", "parquet", *_PARTS)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_no_server_at_all(python: Path, captures: Path, tmp_path: Path) -> None:
    done = Command(python, 9)(captures, f"s3://{BUCKET}/out", "--to", "parquet")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: s3://{BUCKET}/out can't be read (")
    assert done.stderr.count("\n") == 1


def test_no_such_bucket(export: Command, captures: Path) -> None:
    done = export(captures, "s3://nobodys/out", "--to", "parquet")
    assert done.returncode == 2
    assert done.stderr.startswith("error: s3://nobodys/out can't be written (")
    assert done.stderr.count("\n") == 1


def test_what_is_not_ours_is_left_alone(export: Command, server: Server, captures: Path) -> None:
    server.put("theirs/readme.txt", b"of somebody else")
    done = export(captures, f"s3://{BUCKET}/theirs", "--to", "parquet")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: s3://{BUCKET}/theirs is not empty and not ours: choose another folder for OUT, nothing was written\n"
    )
    assert server.contents("theirs") == {"readme.txt": b"of somebody else"}


@pytest.mark.parametrize("out", ["nonsense://x/y", "gs://bucket/out"])
def test_a_url_that_nothing_here_reaches(export: Command, captures: Path, out: str) -> None:
    done = export(captures, out, "--to", "parquet")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {out} can't be read: ")
    assert done.stderr.count("\n") == 1
