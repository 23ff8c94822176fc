"""The Pythons of this machine that the package is for, and those on which tests are run once more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.environment import ON_WINDOWS, environment_python, project

_PREFIX = "Programming Language :: Python :: "
_SAY_VERSION = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"


def interpreters() -> dict[str, str]:
    """By version, as 3.12, an interpreter of each version that pyproject.toml names and this machine has."""
    versions = [line.removeprefix(_PREFIX) for line in project()["project"]["classifiers"] if line.startswith(_PREFIX)]
    found = {version: _first_that_runs(version) for version in versions}
    return {version: path for version, path in found.items() if path}


def _first_that_runs(version: str) -> str | None:
    """A name on PATH may be a stand-in that runs nothing, so each is asked for its version."""
    for candidate in _candidates(version):
        try:
            done = subprocess.run([candidate, "-c", _SAY_VERSION], capture_output=True, text=True, timeout=30)
        except OSError:
            continue
        if done.returncode == 0 and done.stdout.strip() == version:
            return candidate
    return None


def _candidates(version: str) -> Iterator[str]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for folder in sorted((pyenv / "versions").glob(f"{version}.*"), reverse=True):
        yield str(folder / "bin" / "python")
    if ON_WINDOWS:
        yield from _from_launcher(version)


def _from_launcher(version: str) -> Iterator[str]:
    """Windows has no python3.12 on its PATH; its launcher knows where they are."""
    launcher = shutil.which("py")
    if launcher:
        command = [launcher, f"-{version}", "-c", "import sys; print(sys.executable)"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        if done.returncode == 0:
            yield done.stdout.strip()


_HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
# The suite itself is the run on the Python it runs on. One that this machine lacks is not in the list.
_OTHERS = {version: path for version, path in interpreters().items() if version != _HERE}
# The oldest of the others has the lowest versions too, because a run more would take a minute more.
WITH_LOWEST = next(iter(_OTHERS), _HERE)
# The Pythons that tests are run on once more, by version.
RUNS = {version: _OTHERS.get(version, sys.executable) for version in [WITH_LOWEST, *_OTHERS]}


def python_of(version: str) -> Path:
    """The interpreter of an environment of that version, one of RUNS. Made where it is missing."""
    return environment_python(interpreter=RUNS[version], lowest=version == WITH_LOWEST)
