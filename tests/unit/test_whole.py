"""`python3 -m tests` runs every file of tests once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import whole
from tests.__main__ import _is_whole
from tests.environment import ROOT


def test_every_file_is_in_one_of_the_two_sessions() -> None:
    computing, in_real_time = whole.test_files()
    assert sorted([*computing, *in_real_time]) == sorted((ROOT / "tests").rglob("test_*.py"))
    assert not set(computing) & set(in_real_time)


def test_what_records_with_a_game_has_the_machine_for_itself_and_one_wine_is_at_work() -> None:
    computing, in_real_time = whole.test_files()
    assert {"test_sync.py", "test_training.py", "test_windows.py", "test_session.py"} <= {
        path.name for path in in_real_time
    }
    with_wine = [path.name for path in computing if "wine: " + "Wine" in path.read_text(encoding="utf-8")]
    assert with_wine == ["test_workflow_units.py"], "of one file all tests run in one process"


def test_whoever_chooses_tests_gets_one_session() -> None:
    assert _is_whole([])
    assert _is_whole(["--durations=15", "--long"])
    for chosen in (["tests/unit"], ["-k", "name"], ["--basetemp", "folder"], ["-m", "mark"]):
        assert not _is_whole(chosen)


@pytest.mark.parametrize(
    ("fails", "code", "told"),
    [
        (0, 0, "== both sessions: 2 passed in"),
        (1, 0, "== both sessions: 1 failed, 1 passed; run once more: 1 of 1 passed (test_b.py::test) in"),
        (2, 1, "== both sessions: 1 failed, 1 passed; run once more: 0 of 1 passed (test_b.py::test) in"),
    ],
)
def test_a_test_that_fails_gets_one_more_run_and_is_named(tmp_path: Path, fails: int, code: int, told: str) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "test_a.py").write_text("def test(): pass\n")
    failing = (
        "import pathlib\nruns = pathlib.Path('runs')\n\ndef test():\n    with runs.open('a') as file:\n        file"
    )
    (tmp_path / "test_b.py").write_text(f"{failing}.write('.')\n    assert len(runs.read_text()) > {fails}\n")
    program = (
        "import sys; from pathlib import Path; from tests import whole; whole.ROOT = Path();"
        "whole.test_files = lambda: ([Path('test_a.py')], [Path('test_b.py')]); sys.exit(whole.run(['-q']))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[-1].startswith(told)) == (code, True), done.stdout + done.stderr


def test_many_that_fail_at_once_are_no_moment_of_a_busy_machine() -> None:
    assert whole.deserve_another_run(["a", "b"], ["-q"])
    assert not whole.deserve_another_run([], [])
    assert not whole.deserve_another_run(list("abcdefgh"), [])
    assert not whole.deserve_another_run(["a"], ["-x"])
