"""The commands of the workflows, as far as they can run here: the Windows job's under Wine, the release's in bash.

Every `run:` line of the two jobs stands below, with what is different here. One that doesn't is red.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lib.install.package import package
from tests import environment
from tests.environment import ROOT
from tests.windows.tests_python import base_python, desktop, pinned_otherwise, prepare_tests_environment
from tests.windows.wine import Wine, embeddable_python

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="there the workflow itself runs them"),
    pytest.mark.timeout(600),
]


def job(workflow: str, name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(ROOT / ".github" / "workflows" / workflow)["jobs"][name]
    return loaded


def commands(workflow: str, name: str) -> list[str]:
    return [step["run"].strip() for step in job(workflow, name)["steps"] if "run" in step]


# ------------------------------------------------------------------------------------- the Windows job, under Wine

SET_UP = "python -m tests.environment"
UNIT_TESTS = "python -m tests tests/unit"
INSTALL = "python -m lib install"
DRIVE = "python -m tests --basetemp .tests/drive tests/end_to_end/test_record.py"

UNDER_WINE = {
    SET_UP: "Wine's Python lacks venv and ensurepip: the environment was made by hand, and is only found here",
    UNIT_TESTS: "in test_workflow_units: some rooms, and nothing that needs the extra `tools`",
    INSTALL: "for the same reason with the release's own runtime in the place of .venv",
    DRIVE: "whole",
}


def test_every_command_of_the_windows_job_is_tried() -> None:
    assert commands("ci.yml", "windows") == list(UNDER_WINE)


def test_wine_has_the_versions_that_everyone_has() -> None:
    assert pinned_otherwise() == set()


@pytest.fixture(scope="module")
def tests_python(wine: Wine) -> Iterator[Path]:
    with desktop(wine):
        yield prepare_tests_environment(wine)


def run_under_wine(wine: Wine, program: Path, command: str, folder: Path, log: Path) -> str:
    """Run a command of the workflow as a runner does, with this for `python`; all it said."""
    python, *arguments = command.split()
    assert python == "python"
    variables = {"CI": "true", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    process = wine.start(program, *arguments, log=log, folder=folder, variables=variables)
    code = process.wait(timeout=580)
    time.sleep(0.5)  # the end of its output is still on its way into the log
    said = log.read_text(encoding="utf-8", errors="replace")
    assert code == 0, said
    return said


def test_set_up(wine: Wine, tests_python: Path, tmp_path: Path) -> None:
    said = run_under_wine(wine, base_python(), SET_UP, ROOT, tmp_path / "log.txt")
    assert said.strip() == wine.windows_path(tests_python)


def test_install(wine: Wine, tests_python: Path, tmp_path: Path) -> None:
    release = tmp_path / "SyncLogger.zip"
    assert package(ROOT, release, embeddable_python(), None) == 0
    with zipfile.ZipFile(release) as archive:
        archive.extractall(tmp_path)
    app = tmp_path / "apps" / "python" / "logger"
    said = run_under_wine(wine, app / "runtime" / "python.exe", INSTALL, app, tmp_path / "log.txt")
    assert said.splitlines()[-1].strip() == "ready to record"


def test_drive(wine: Wine, tests_python: Path, tmp_path: Path) -> None:
    said = run_under_wine(wine, base_python(), DRIVE, ROOT, tmp_path / "log.txt")
    assert " passed" in said.splitlines()[-1]
    assert "skipped" not in said
    kept = [
        pattern.removeprefix(".tests/drive/")
        for step in job("ci.yml", "windows")["steps"]
        for pattern in step.get("with", {}).get("path", "").split()
    ]
    assert kept
    for pattern in kept:
        assert list((environment.FOLDER / "drive").glob(pattern)), f"the drive leaves no {pattern}"


# ------------------------------------------------------------------------------------------- the release, in bash

_NEEDS_THE_INTERNET = ("curl ", "gh release create ")


def test_a_release_is_made_as_the_workflow_makes_it(tmp_path: Path) -> None:
    """All but the fetching of python.org's zip and the publishing. The tests' own Windows Python stands in for the
    former; it is another zip, which the pinned hash must refuse."""
    project = tmp_path / "SyncLogger"
    left_out = shutil.ignore_patterns(".git", ".tests", ".venv", "__pycache__", "runtime", "*.zip")
    shutil.copytree(ROOT, project, ignore=left_out)
    git = ["git", "-c", "user.name=tests", "-c", "user.email=tests@localhost"]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "a release"]):
        subprocess.run([*git, *arguments], cwd=project, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull})
    described = job("release.yml", "release")
    version = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    variables = {
        **os.environ,
        "EMBEDDABLE": described["env"]["EMBEDDABLE"],
        "TAG": f"v{version}",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    shutil.copyfile(embeddable_python(), project / variables["EMBEDDABLE"])
    left = []
    for command in commands("release.yml", "release"):
        if command.startswith(_NEEDS_THE_INTERNET):
            left.append(command.split()[0])
            continue
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command]
        done = subprocess.run(bash, cwd=project, env=variables, capture_output=True, text=True)
        is_refused = command.startswith("sha256sum ")
        assert (done.returncode != 0) == is_refused, f"{command}\n{done.stdout}{done.stderr}"
    assert left == ["curl", "gh"]
    with zipfile.ZipFile(project / f"SyncLogger-{version}.zip") as release:
        assert "apps/python/logger/runtime/python.exe" in release.namelist()
    assert (project / "notes.md").read_text(encoding="utf-8").strip()


def test_the_pinned_hash_is_of_the_file_that_is_fetched() -> None:
    described = job("release.yml", "release")
    digest, name = (ROOT / ".github" / "embeddable.sha256").read_text(encoding="ascii").split()
    assert name == described["env"]["EMBEDDABLE"]
    assert len(digest) == len(hashlib.sha256().hexdigest())
