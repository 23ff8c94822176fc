"""Parts of work on all cores: all of them are done, also where a process dies, hangs or is interrupted."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.recordings.workers import Done, Failed, run_parts
from tests.environment import ROOT


def double(number: int) -> int:
    return 2 * number


def die_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    return 2 * number


def hang_at_three(number: int) -> int:
    if number == 3:
        time.sleep(600)
    return 2 * number


def fail_at_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return 2 * number


def get_ctrl_c(number: int) -> str:
    """As a terminal sends it, to this process as well."""
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
    except KeyboardInterrupt:
        return "interrupted"
    return f"done {number}"


def results(done: list[Done[int, int]]) -> dict[int, int | str]:
    return {one.part: "failed" if isinstance(one.result, Failed) else one.result for one in done}


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_every_part_is_done_once(processes: int) -> None:
    done = list(run_parts(double, range(50), processes=processes))
    assert len(done) == 50
    assert results(done) == {number: 2 * number for number in range(50)}
    assert list(run_parts(double, [])) == []


def test_any_executor_will_do() -> None:
    with ThreadPoolExecutor(2) as executor:
        assert results(list(run_parts(double, range(9), executor))) == {number: 2 * number for number in range(9)}


def test_a_process_that_dies_costs_its_part_only() -> None:
    done = results(list(run_parts(die_at_three, range(12), processes=2)))
    assert done == {number: "failed" if number == 3 else 2 * number for number in range(12)}


def test_a_process_that_hangs_costs_its_part_only() -> None:
    done = results(list(run_parts(hang_at_three, range(6), processes=2, patience=3.0)))
    assert done == {number: "failed" if number == 3 else 2 * number for number in range(6)}


def test_an_error_of_the_work_is_raised() -> None:
    with pytest.raises(ValueError, match="three"):
        list(run_parts(fail_at_three, range(12), processes=2))


def test_nothing_of_it_is_at_work_when_all_is_done() -> None:
    """A thread that still puts away its pipes while Python ends leaves a traceback for the user."""
    before = {*threading.enumerate()}
    for processes in (2, 3):
        assert len(list(run_parts(double, range(20), processes=processes))) == 20
        assert [thread for thread in threading.enumerate() if thread not in before] == []


def test_ctrl_c_interrupts_no_process_in_its_work() -> None:
    """The parent decides: it ends them, or lets them finish. One that is interrupted would tell of it in between."""
    done = [one.result for one in run_parts(get_ctrl_c, range(4), processes=2)]
    assert sorted(map(str, done)) == [f"done {number}" for number in range(4)]


def test_ctrl_c_ends_all_of_them() -> None:
    code = (
        "import sys, time\n"
        "from tests.unit.recordings.test_workers import hang_at_three\n"
        "from lib.recordings.workers import run_parts\n"
        "print('begun', flush=True)\n"
        "try:\n"
        "    list(run_parts(hang_at_three, [3, 1], processes=2))\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to all of them
    told, complaints = process.communicate(timeout=30)  # the pipes close when the last of the processes has ended
    assert (told, complaints) == (b"stopped\n", b"")
