"""The recorder as a whole on each Python that it is for, from the start of a take to every way in which it ends."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.environment import FOLDER, ROOT
from tests.interpreters import RUNS, python_of

_TESTS = (
    "test_two_takes_are_recorded_as_the_contract_says", "test_however_it_ends_what_was_grabbed_is_kept",
)  # fmt: skip


@pytest.mark.timeout(900)  # the first time, an environment is made
@pytest.mark.parametrize("version", RUNS)
def test_it_records(version: str, tmp_path: Path) -> None:
    tests = [f"tests/unit/recorder/test_session.py::{name}" for name in _TESTS]
    own = ["-o", f"cache_dir={FOLDER / f'pytest-cache-{version}'}", "--basetemp", str(tmp_path / "tests")]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [python_of(version), "-m", "pytest", *tests, "-q", *own], cwd=ROOT, env=clean, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-8000:]
    assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE), done.stdout
