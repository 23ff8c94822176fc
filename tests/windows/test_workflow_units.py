"""The unit tests as the Windows job of the workflow runs them, under Wine: they compute, so they need not be alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.environment import ROOT
from tests.windows.test_workflows import UNIT_TESTS, run_under_wine, tests_python  # noqa: F401
from tests.windows.tests_python import base_python
from tests.windows.wine import Wine

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="there the workflow itself runs them"),
    pytest.mark.timeout(600),
]

# The rooms that have to do with Windows, and what in them has not: it only takes its time there.
ROOMS = ("captures", "commands", "ingame", "install", "link", "recorder", "repair", "strip")
NOT_FOR_WINDOWS = {
    "ingame/test_odd_values.py": "what the game's functions give",
    "repair/test_long_take.py": "how much of a take is gone through",
    "strip/test_read.py": "pixels",
}


@pytest.mark.usefixtures("tests_python")
def test_unit_tests(wine: Wine, tmp_path: Path) -> None:
    rooms = [f"tests/unit/{room}" for room in ROOMS]
    left_out = [f"--ignore=tests/unit/{file}" for file in NOT_FOR_WINDOWS]
    assert all((ROOT / "tests" / "unit" / file).is_file() for file in NOT_FOR_WINDOWS)
    command = UNIT_TESTS.replace("tests/unit", " ".join([*rooms, *left_out]))
    said = run_under_wine(wine, base_python(), command, ROOT, tmp_path / "log.txt")
    assert " passed" in said.splitlines()[-1]
