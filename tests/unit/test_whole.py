"""`python3 -m tests` runs every file of tests once."""

from __future__ import annotations

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
