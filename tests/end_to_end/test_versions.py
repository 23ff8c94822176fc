"""The modern side on each Python that it is for, and with the lowest version of each package that the wheel allows."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from packaging.requirements import Requirement

from tests import environment
from tests.environment import FOLDER, ROOT
from tests.interpreters import RUNS, WITH_LOWEST, python_of
from tests.whole import RECORDING

# What these try is the screen's, pip's, the disk's or the game's doing, or arithmetic: the same under each Python. They
# take minutes in each run.
_THE_SAME_EVERYWHERE = (
    "tests/unit/ingame", "tests/unit/install/test_environment.py", "tests/unit/strip/test_read.py",
    "tests/unit/check/test_edges.py", "tests/unit/export/test_edges.py", "tests/unit/export/test_export.py",
)  # fmt: skip
# What these try is what packages do. Only the run with the lowest versions has others than this suite.
_THE_SAME_WITH_THE_SAME_PACKAGES = (
    "tests/unit/export/test_lerobot.py", "tests/unit/export/test_mp4.py", "tests/unit/export/test_video.py",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """The unit tests under one Python, on their way."""

    process: subprocess.Popen[str]
    output: IO[str]

    def result(self) -> tuple[int, str]:
        """How it ended and all it said."""
        code = self.process.wait()
        self.output.seek(0)
        return code, self.output.read()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """All at once: they wait more than they compute, and one after the other they take twice as long."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    with ExitStack() as stack:
        started = {}
        for version in RUNS:
            python = python_of(version)
            base = tmp_path_factory.mktemp(f"python{version}-")
            # Neither the cache nor the folders of the suite that waits for this.
            own = ["-o", f"cache_dir={FOLDER / f'pytest-cache-{version}'}", "--basetemp", str(base / "tests")]
            output = stack.enter_context((base / "output.txt").open("w+", encoding="utf-8"))
            process = subprocess.Popen(
                [python, "-m", "pytest", *_tests_of_lib(version), "-x", "-q", *own],
                cwd=ROOT, env=clean, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            stack.callback(process.wait)
            stack.callback(process.terminate)
            started[version] = Run(process, output)
        yield started


@pytest.mark.timeout(1200)  # the first time, environments are made
@pytest.mark.parametrize("version", RUNS)
def test_the_unit_tests_pass(version: str, runs: dict[str, Run]) -> None:
    assert _output([python_of(version), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]) == version
    code, said = runs[version].result()
    assert code == 0, said[-8000:]
    assert re.search(r"^\d+ passed", said, re.MULTILINE), said


def _tests_of_lib(version: str) -> list[str]:
    """The unit tests without those of the workshop, which no user's Python runs: what mirrors lib/."""
    named = (
        ROOT / "tests" / "unit" / name for path in (ROOT / "lib").iterdir() for name in (path.name, f"test_{path.name}")
    )
    of_packages = () if version == WITH_LOWEST else _THE_SAME_WITH_THE_SAME_PACKAGES
    left_out = [str(ROOT / name) for name in (*_THE_SAME_EVERYWHERE, *of_packages, *RECORDING)]
    paths = sorted(str(path) for path in named if path.exists() and path.name not in ("__init__.py", "__pycache__"))
    return [*(path for path in paths if path not in left_out), *(f"--ignore={path}" for path in left_out)]


def test_one_run_has_the_lowest_versions() -> None:
    python = python_of(WITH_LOWEST)
    code = "from importlib.metadata import version; print(version('Pillow'), version('mss'))"
    assert _output([python, "-c", code]) == "11.0.0 10.2.0"


def _output(command: list[str | Path]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_what_the_game_has_lies_within_what_the_wheel_allows() -> None:
    ranges = {found.name: found for found in map(Requirement, environment.project()["project"]["dependencies"])}
    pins = [line.partition("#")[0] for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()]
    pinned = {found.name: found for found in map(Requirement, filter(str.strip, pins))}
    assert set(pinned) == set(ranges)
    for name, pin in pinned.items():
        (exact,) = pin.specifier
        assert exact.operator == "=="
        assert ranges[name].specifier.contains(exact.version)
        assert str(ranges[name].marker) == str(pin.marker)
