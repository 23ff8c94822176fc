"""`.ci/run` and the pre-commit hooks check the same, and each check finds what it is there for."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests import environment
from tests.environment import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason=".ci/run is for Linux")

_HOOKS: list[dict[str, Any]] = YAML(typ="safe").load(ROOT / ".pre-commit-config.yaml")["repos"][0]["hooks"]
_IDS = [hook["id"] for hook in _HOOKS]
# Says what it was asked for and whether it is CI, and does nothing.
_STAND_IN = '#!/bin/sh\necho "CI=$CI $(basename "$0") $*" >> "{log}"\n'
_PYTHON3 = '#!/bin/sh\necho "{tools}/python"\n'


class RecordedCi:
    """`.ci/run` in a folder where each tool only writes down how it was called."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._log = folder, folder / "log"
        tools = folder / "tools"
        script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
        shutil.copytree(ROOT / ".github", folder / ".github")
        _write_program(folder / ".ci" / "run", script)
        _write_program(folder / "path" / "python3", _PYTHON3.format(tools=tools))
        for name in {line.split()[1] for line in script.splitlines() if line.startswith("run ")}:
            _write_program(tools / name, _STAND_IN.format(log=self._log))

    def calls(self, *command: str) -> list[str]:
        """The tools' calls that this command leads to."""
        self._log.write_text("")
        environment = {"PATH": f"{self._folder / 'path'}:{os.environ['PATH']}"}
        subprocess.run(command, cwd=self._folder, env=environment, check=True, timeout=60)
        return self._log.read_text().splitlines()


def _write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def test_the_hooks_check_all_that_ci_checks_but_the_tests(tmp_path: Path) -> None:
    ci = RecordedCi(tmp_path)
    calls = ci.calls(".ci/run")
    assert all(call.startswith("CI=1 ") for call in calls), "in CI nothing may be skipped"
    checks = [call for call in calls if not call.startswith("CI=1 python ")]
    assert calls[-1].startswith("CI=1 python -m tests")
    assert [call for hook in _HOOKS for call in ci.calls(*hook["entry"].split())] == checks


def test_every_workflow_and_form_is_checked(tmp_path: Path) -> None:
    calls = " ".join(RecordedCi(tmp_path).calls("bash", ".ci/run", "check-jsonschema"))
    for path in [*(ROOT / ".github").rglob("*.yml"), *(ROOT / ".github").rglob("*.yaml")]:
        assert f" {path.relative_to(ROOT).as_posix()}" in calls


def test_a_tool_that_ci_does_not_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        RecordedCi(tmp_path).calls(".ci/run", "ruf")


def _append(text: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def _replace(old: str, new: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


_FAULTS: list[tuple[str, str, Callable[[Path], None], str]] = [
    ("ruff", "lib/errors.py", _append("x = { }\n"), "lib/errors.py"),
    ("mypy", "lib/errors.py", _append('x: int = "one"\n'), "lib/errors.py"),
    ("vermin", "lib/link/__init__.py", _append('x = f"{1}"\n'), "3.6"),
    ("check-jsonschema", ".github/workflows/ci.yml", _replace("runs-on:", "runs_on:"), "ci.yml"),
    ("check-jsonschema", ".github/ISSUE_TEMPLATE/fault.yml", _replace("type: dropdown", "type: drop"), "fault.yml"),
    ("zizmor", ".github/workflows/ci.yml", _replace("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7"), "unpinned-uses"),
    ("pre-commit", ".pre-commit-config.yaml", _replace("language: system", "language: sistem"), "sistem"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project as a repository of its own, with the tools' environment of this one."""
    copy = tmp_path_factory.mktemp("project") / "SyncLogger"
    left_out = shutil.ignore_patterns(".git", ".tests", ".venv", "__pycache__", "captures")
    shutil.copytree(ROOT, copy, ignore=lambda folder, names: left_out(folder, names) if folder == str(ROOT) else [])
    (copy / ".tests").symlink_to(environment.FOLDER)
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=copy, check=True)
    return copy


@pytest.mark.parametrize(
    ("hook", "name", "spoil", "named"), _FAULTS, ids=[f"{fault[0]}-{fault[1]}" for fault in _FAULTS]
)
def test_a_hook_refuses_what_it_is_there_for(
    project: Path, hook: str, name: str, spoil: Callable[[Path], None], named: str
) -> None:
    before = (project / name).read_text(encoding="utf-8")
    spoil(project / name)
    try:
        entry = next(one["entry"] for one in _HOOKS if one["id"] == hook)
        done = subprocess.run(entry.split(), cwd=project, capture_output=True, text=True, timeout=120)
    finally:
        (project / name).write_text(before, encoding="utf-8")
    assert done.returncode != 0
    assert named in done.stdout + done.stderr


def test_every_hook_has_such_a_fault() -> None:
    assert {fault[0] for fault in _FAULTS} == set(_IDS)


def test_a_commit_that_breaks_the_form_is_refused(project: Path) -> None:
    """pre-commit itself, as git calls it, on what was staged."""
    spoiled = project / "lib" / "errors.py"
    before = spoiled.read_text(encoding="utf-8")
    pre_commit = str(environment.environment_python().with_name("pre-commit"))
    command = [pre_commit, "run", "ruff", "--files", "lib/errors.py"]
    cache = {**os.environ, "PRE_COMMIT_HOME": str(project.parent / "pre-commit"), "PRE_COMMIT_COLOR": "never"}
    for spoil, refused in ((False, False), (True, True)):
        spoiled.write_text(before + ("x = { }\n" if spoil else ""), encoding="utf-8")
        subprocess.run(["git", "add", "lib/errors.py"], cwd=project, check=True)
        done = subprocess.run(command, cwd=project, env=cache, capture_output=True, text=True, timeout=120)
        assert (done.returncode != 0) == refused, done.stdout + done.stderr
    spoiled.write_text(before, encoding="utf-8")
