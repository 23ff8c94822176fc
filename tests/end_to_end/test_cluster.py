"""The commands on a real Dask cluster of this machine: what comes out is what one machine makes, whoever is killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster, started
from tests.environment import ROOT
from tests.unit.check.drive import make_drive

_FORMATS = ("parquet", "webdataset", "imagefolder")
# Small parts, so that there are many of them.
_PARTS = ("--part", "8", "--quality", "80")


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drive") / "captures"
    make_drive(folder, 320, take=1)
    return make_drive(folder, 160, take=2)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with started(workers=2) as found:
        yield found


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "lib", *map(str, arguments)]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=120)


def contents(out: Path) -> dict[str, bytes]:
    """Every file of it, also of what the export knows about itself."""
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def markers(out: Path) -> list[Path]:
    return list(out.glob(".synclogger/parts/*.json"))


def exported(captures: Path, out: Path, to: str = "parquet") -> dict[str, bytes]:
    """What this machine alone makes."""
    done = run("export", captures, out, "--to", to, *_PARTS)
    assert (done.returncode, done.stderr) == (0, "")
    return contents(out)


@pytest.mark.parametrize("to", _FORMATS)
def test_an_export_has_the_same_bytes(cluster: Cluster, captures: Path, tmp_path: Path, to: str) -> None:
    done = run("export", captures, tmp_path / "there", "--to", to, *_PARTS, "--cluster", cluster.address)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(markers(tmp_path / "there")) == 60
    assert contents(tmp_path / "there") == exported(captures, tmp_path / "here", to)


def test_check_says_the_same(cluster: Cluster, captures: Path) -> None:
    told = ["check", captures, "--decode", "--leaks", "--json"]
    there = run(*told, "--cluster", cluster.address)
    shutil.rmtree(captures / ".check")  # what it knows now
    here = run(*told)
    assert (there.returncode, there.stderr, there.stdout) == (here.returncode, here.stderr, here.stdout)
    assert '"takes"' in there.stdout


def wait_for(what: Callable[[], object]) -> None:
    begun = time.monotonic()
    while not what():
        assert time.monotonic() - begun < 60
        time.sleep(0.01)


def begin(captures: Path, out: Path, cluster: Cluster) -> subprocess.Popen[str]:
    """An export on the cluster of which some parts are there."""
    process = subprocess.Popen(
        command("export", captures, out, "--to", "parquet", *_PARTS, "--cluster", cluster.address),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    wait_for(lambda: len(markers(out)) > 2)
    return process


def test_a_worker_that_is_killed_costs_only_time(captures: Path, tmp_path: Path) -> None:
    with started(workers=0) as cluster:
        cluster.add_worker(nanny=False)
        cluster.add_worker(nanny=False)
        process = begin(captures, tmp_path / "there", cluster)
        cluster.workers[0].kill()
        there = len(markers(tmp_path / "there"))
        told, complaints = process.communicate(timeout=120)
    assert there < 60, "it was killed in the middle"
    assert (process.returncode, complaints) == (0, ""), told
    assert contents(tmp_path / "there") == exported(captures, tmp_path / "here")


def test_a_part_that_fails_is_named_and_stops_no_other(cluster: Cluster, captures: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(captures, tmp_path / "captures"))
    picture = broken / "01_000042.jpg"
    whole = picture.read_bytes()
    picture.write_bytes(whole[: len(whole) // 2])
    asked = ["export", broken, tmp_path / "there", "--to", "parquet", *_PARTS]
    done = run(*asked, "--cluster", cluster.address)
    assert done.returncode == 1
    assert done.stderr.startswith("not made: part 5 (train-000005, take 01 of ")
    assert "the picture 01_000042.jpg can't be read" in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(markers(tmp_path / "there")) == 59
    picture.write_bytes(whole)
    done = run(*asked, "--cluster", cluster.address)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(tmp_path / "there") == exported(broken, tmp_path / "here")


def test_a_scheduler_that_dies_ends_it_in_one_line_and_the_same_command_goes_on(captures: Path, tmp_path: Path) -> None:
    with started(workers=1) as cluster:
        process = begin(captures, tmp_path / "there", cluster)
        cluster.kill_scheduler()
        _, complaints = process.communicate(timeout=120)
    assert process.returncode == 2
    assert complaints == (
        f"error: the scheduler at {cluster.address} is gone: what is done stays; start it, then the same command goes "
        "on\n"
    )
    before = {path.name: path.stat().st_mtime_ns for path in markers(tmp_path / "there")}
    assert 2 < len(before) < 60
    done = run("export", captures, tmp_path / "there", "--to", "parquet", *_PARTS)
    assert (done.returncode, done.stderr) == (0, "")
    after = {path.name: path.stat().st_mtime_ns for path in markers(tmp_path / "there")}
    assert after.items() >= before.items(), "what was there was not made again"
    assert contents(tmp_path / "there") == exported(captures, tmp_path / "here")


def test_ctrl_c_ends_it_in_one_line(cluster: Cluster, captures: Path, tmp_path: Path) -> None:
    process = begin(captures, tmp_path / "there", cluster)
    os.killpg(process.pid, signal.SIGINT)
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 2
    assert complaints.startswith("error: stopped: ")
    assert complaints.count("\n") == 1
    done = run("export", captures, tmp_path / "there", "--to", "parquet", *_PARTS, "--cluster", cluster.address)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(tmp_path / "there") == exported(captures, tmp_path / "here")


def test_without_a_scheduler_nothing_is_written(captures: Path, tmp_path: Path) -> None:
    done = run("export", captures, tmp_path / "out", "--to", "parquet", "--cluster", "tcp://127.0.0.1:9")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no scheduler answers at tcp://127.0.0.1:9 (")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
