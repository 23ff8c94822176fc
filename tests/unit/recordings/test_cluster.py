"""Parts of work on a real Dask cluster: a scheduler and workers on this machine, some of which are killed."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from lib.errors import UserError
from lib.recordings.cluster import cluster_executor
from lib.recordings.workers import Done, Failed, run_parts
from lib.tools import ToolsMissingError
from tests.cluster import Cluster, started
from tests.environment import ROOT
from tests.unit.recordings.test_workers import double, fail_at_three, results

# distributed's client leaves its sockets to the collector, and older ones call what newer Pythons deprecate.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with started(workers=2) as found:
        yield found


def run(address: str, work: object, parts: range, patience: float = 60.0) -> list[Done[int, int]]:
    with cluster_executor(address) as executor:
        return list(run_parts(work, parts, executor, patience=patience))  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------- all is well, an error


def test_every_part_is_done_once(cluster: Cluster) -> None:
    assert results(run(cluster.address, double, range(60))) == {number: 2 * number for number in range(60)}


def test_without_an_address_it_is_this_machine() -> None:
    with cluster_executor(None) as executor:
        assert executor is None


def where(_: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def test_all_workers_have_parts_and_this_process_has_none(cluster: Cluster) -> None:
    done = {one.result for one in run(cluster.address, where, range(20))}
    assert len(done) == 2
    assert os.getpid() not in done


def test_an_error_is_raised_here(cluster: Cluster) -> None:
    with pytest.raises(ValueError, match="three"):
        run(cluster.address, fail_at_three, range(12))


def note(folder: str, part: int) -> int:
    Path(folder, str(part)).touch()
    time.sleep(0.3)
    return part


def test_who_stops_asking_ends_what_waits(cluster: Cluster, tmp_path: Path) -> None:
    with cluster_executor(cluster.address) as executor:
        done = run_parts(partial(note, str(tmp_path)), range(100), executor)
        next(done)
        done.close()  # type: ignore[attr-defined]
        time.sleep(1.0)
        begun = len(list(tmp_path.iterdir()))
        assert 1 <= begun <= 6, "two are done or under way on each worker, at the most"
        time.sleep(1.0)
        assert len(list(tmp_path.iterdir())) == begun


# ------------------------------------------------------------------------------------------ workers that die


def die_once(folder: str, part: int) -> int:
    """The first worker that gets part 5 dies of it."""
    marker = Path(folder, "died")
    if part == 5 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return 2 * part


def test_a_worker_that_is_killed_costs_only_time(cluster: Cluster, tmp_path: Path) -> None:
    done = run(cluster.address, partial(die_once, str(tmp_path)), range(30))
    assert (tmp_path / "died").exists()
    assert results(done) == {number: 2 * number for number in range(30)}


def die_at_three(part: int) -> int:
    if part == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * part


def test_a_part_that_kills_every_worker_is_named_and_costs_no_other(cluster: Cluster) -> None:
    done = run(cluster.address, die_at_three, range(12))
    assert results(done) == {number: "failed" if number == 3 else 2 * number for number in range(12)}
    assert next(one.result for one in done if one.part == 3) == Failed("its worker died, 4 times")


def sleep_at_three(part: int) -> int:
    time.sleep(9 if part == 3 else 0)
    return 2 * part


def test_a_part_that_hangs_is_named_and_costs_no_other() -> None:
    with started(workers=2) as cluster:
        done = run(cluster.address, sleep_at_three, range(12), patience=3.0)
    assert results(done) == {number: "failed" if number == 3 else 2 * number for number in range(12)}


# ------------------------------------------------------------------------------- no cluster, or not any more


def slowly(part: int) -> int:
    time.sleep(0.2)
    return part


def test_a_scheduler_that_dies_ends_it_in_one_line() -> None:
    with started(workers=1) as cluster:
        threading.Timer(1.5, cluster.kill_scheduler).start()
        with pytest.raises(UserError, match=r"^the scheduler at tcp://127\.0\.0\.1:\d+ is gone: what is done stays"):
            run(cluster.address, slowly, range(200))


def test_a_last_worker_that_dies_ends_it_in_one_line() -> None:
    with started(workers=0) as cluster:
        cluster.add_worker(nanny=False)
        threading.Timer(1.5, cluster.workers[0].kill).start()
        with pytest.raises(UserError, match=r"has no worker any more: what is done stays"):
            run(cluster.address, slowly, range(200), patience=3.0)


def test_nobody_at_that_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.recordings.cluster._CONNECT_SECONDS", 0.5)
    with pytest.raises(UserError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9 \(.+\): start one") as found:
        run("tcp://127.0.0.1:9", double, range(3))
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("address", ["nonsense://x", "", "127.0.0.1", "tcp://"])
def test_no_address(address: str) -> None:
    gc.collect()  # a client that never came to be ends in whatever thread collects it, which may be the next one's
    with pytest.raises(UserError, match="no scheduler answers at"):
        run(address, double, range(3))


def test_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.recordings.cluster._FIRST_WORKER_SECONDS", 0.5)
    with started(workers=0) as cluster, pytest.raises(UserError, match="has no worker: start one with `dask worker"):
        run(cluster.address, double, range(3))


def test_a_worker_without_synclogger(tmp_path: Path) -> None:
    with started(workers=0) as cluster:
        cluster.add_worker(cwd=tmp_path)
        with pytest.raises(UserError, match=r"^the worker tcp://127\.0\.0\.1:\d+ has no lib: install there"):
            run(cluster.address, double, range(3))


@pytest.mark.parametrize("older", ["", "def versions():\n    return {\"SyncLogger's code\": 'x'}\n"])
def test_a_worker_with_another_synclogger(tmp_path: Path, older: str) -> None:
    (tmp_path / "lib" / "recordings").mkdir(parents=True)
    (tmp_path / "lib" / "__init__.py").touch()
    (tmp_path / "lib" / "recordings" / "__init__.py").touch()
    if older:
        (tmp_path / "lib" / "recordings" / "cluster.py").write_text(older, encoding="utf-8")
    with started(workers=0) as cluster:
        cluster.add_worker(cwd=tmp_path)
        with pytest.raises(UserError, match=r"^the worker \S+ has SyncLogger's code .+, this machine \w+: the same"):
            run(cluster.address, double, range(3))


def test_a_folder_that_a_worker_does_not_see(cluster: Cluster, tmp_path: Path) -> None:
    with cluster_executor(cluster.address, [tmp_path]):
        pass
    with (
        pytest.raises(UserError, match=r"^the worker \S+ doesn't see the folder .*: put it where all machines find it"),
        cluster_executor(cluster.address, [tmp_path / "only here"]),
    ):
        pass


def test_a_python_without_distributed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.tools.find_spec", lambda name: None)
    with pytest.raises(ToolsMissingError, match=r"--cluster needs distributed.*: run `.*pip install distributed` once"):
        run("tcp://127.0.0.1:9", double, range(3))


def test_a_machine_too_busy_to_say_goodbye_costs_nothing(cluster: Cluster) -> None:
    with cluster_executor(cluster.address) as executor:
        done = list(run_parts(double, range(3), executor))
        executor._client.loop.add_callback(time.sleep, 3.0)  # type: ignore[union-attr]
    assert results(done) == {number: 2 * number for number in range(3)}


def test_ctrl_c_ends_what_waits(cluster: Cluster, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from functools import partial\n"
        "from tests.unit.recordings.test_cluster import note, cluster_executor, run_parts\n"
        "try:\n"
        "    with cluster_executor(sys.argv[1]) as executor:\n"
        "        for one in run_parts(partial(note, sys.argv[2]), range(100), executor):\n"
        "            print('begun', flush=True)\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, cluster.address, str(tmp_path)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    os.killpg(process.pid, signal.SIGINT)
    told, complaints = process.communicate(timeout=30)
    assert (told.splitlines()[-1], complaints) == (b"stopped", b"")
    time.sleep(1.0)
    begun = len(list(tmp_path.iterdir()))
    assert begun <= 8
    time.sleep(1.0)
    assert len(list(tmp_path.iterdir())) == begun
