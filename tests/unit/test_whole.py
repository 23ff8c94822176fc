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


_FLAKY = """
import pathlib
import pytest
runs = pathlib.Path("runs")

def test():
    with runs.open("a") as file:
        file.write(".")
    {}
"""


def run_whole(folder: Path, files: dict[str, str], *arguments: str) -> tuple[int, str]:
    """(exit code, last line) of two sessions: one with `test_a.py`, one with `test_b.py`."""
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    for name, content in files.items():
        (folder / name).write_text(content)
    program = (
        "import sys; from pathlib import Path; from tests import whole; whole.ROOT = Path();"
        "whole.test_files = lambda: ([Path('test_a.py')], [Path('test_b.py')]); sys.exit(whole.run(sys.argv[1:]))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-c", program, "-q", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    return done.returncode, done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("then", "code", "told"),
    [
        ("pass", 0, "2 passed"),
        ("assert len(runs.read_text()) > 1", 0, "1 failed, 1 passed; run once more: 1 of 1 passed (test_b.py::test)"),
        ("assert len(runs.read_text()) > 2", 1, "1 failed, 1 passed; run once more: 0 of 1 passed (test_b.py::test)"),
        (
            "assert len(runs.read_text()) > 1; pytest.skip()",
            1,
            "1 failed, 1 passed; run once more: 0 of 1 passed (test_b.py::test)",
        ),
    ],
)
def test_a_test_that_fails_gets_one_more_run_and_is_named(tmp_path: Path, then: str, code: int, told: str) -> None:
    ended, line = run_whole(tmp_path, {"test_a.py": "def test(): pass", "test_b.py": _FLAKY.format(then)})
    assert (ended, line.partition(" in ")[0]) == (code, f"== both sessions: {told}")


_DIES_ONCE = "import os; os.environ.get('PYTEST_XDIST_WORKER') and os._exit(1)"


@pytest.mark.parametrize(
    ("files", "arguments"),
    [
        ({"test_b.py": "\n".join(f"def test_{number}(): assert 0" for number in range(9))}, []),
        ({"test_b.py": _FLAKY.format("assert len(runs.read_text()) > 1")}, ["-x"]),
        ({"test_b.py": "import nothing_of_this_name"}, []),
        ({"test_a.py": _FLAKY.format(_DIES_ONCE), "test_b.py": "def test(): pass"}, []),
    ],
    ids=["many", "the others never ran", "a file that is none", "a process that died"],
)
def test_what_is_no_moment_of_a_busy_machine_gets_none(
    tmp_path: Path, files: dict[str, str], arguments: list[str]
) -> None:
    ended, line = run_whole(tmp_path, {"test_a.py": "def test(): pass", **files}, *arguments)
    assert ended != 0
    assert "once more" not in line
