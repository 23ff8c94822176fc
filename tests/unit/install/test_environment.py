"""The app's virtual environment where one stands that doesn't run, or none can be made: real interpreters."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.errors import UserError
from lib.install import environment
from lib.install.environment import prepare_environment
from lib.install.record import InstallRecord

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts and links; Windows: the same code")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "requirements.txt").touch()
    return folder


def break_its_base(folder: Path) -> None:
    """The Python that it was made with was uninstalled."""
    for link in (folder / "bin").glob("python*"):
        link.unlink()
        link.symlink_to("/usr/bin/python-that-was-removed")


def end_at_once(folder: Path) -> None:
    """Windows' launcher in .venv is there, the Python behind it is not: it says so and ends with 103."""
    write_script(folder / "bin" / "python", r"echo No Python at \'C:\\Python311\\python.exe\' >&2; exit 103")


def stop_halfway(folder: Path) -> None:
    """Someone closed the window while it was being made: no pip is in it yet."""
    for packages in folder.glob("lib*/python*/site-packages"):
        shutil.rmtree(packages)


def write_script(path: Path, line: str) -> None:
    path.unlink()
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("harm", [break_its_base, end_at_once, stop_halfway])
def test_one_that_does_not_run_is_made_anew(app: Path, harm: Callable[[Path], None]) -> None:
    """What stood there is kept aside, and said: install may not have made it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", app / ".venv"], check=True)
    (app / ".venv" / "notes.txt").write_text("mine")
    harm(app / ".venv")
    said: list[str] = []
    record = InstallRecord()
    for _ in range(2):
        python = prepare_environment(app, record, said.append)
        assert subprocess.run([python, "-c", "import pip"]).returncode == 0
    (kept,) = app.glob(".venv-*")
    assert (kept / "notes.txt").read_text() == "mine"
    assert len([line for line in said if kept.name in line]) == 1
    assert record.environment == str(app / ".venv")


def test_one_that_is_too_old_does_not_run(tmp_path: Path) -> None:
    """An earlier install was begun with a Python that is too old."""
    (tmp_path / "python").touch()
    write_script(tmp_path / "python", "echo 3 9")
    assert environment.whats_wrong(tmp_path / "python") == "its Python 3.9 is too old"
    write_script(tmp_path / "python", "echo 3 11")
    assert environment.whats_wrong(tmp_path / "python") == ""


def test_one_that_runs_is_left(app: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", app / ".venv"], check=True)
    (app / ".venv" / "notes.txt").write_text("mine")
    record = InstallRecord()
    prepare_environment(app, record, lambda _: None)
    assert (app / ".venv" / "notes.txt").read_text() == "mine"
    assert list(app.glob(".venv-*")) == []
    assert record == InstallRecord()


def test_one_that_can_not_be_made_leaves_nothing(app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where ensurepip is missing: venv ends with an error and half an environment."""
    (tmp_path / "python").touch()
    write_script(tmp_path / "python", 'mkdir -p "$3/bin"; touch "$3/bin/python"; echo no ensurepip >&2; exit 1')
    monkeypatch.setattr(environment.sys, "executable", str(tmp_path / "python"))
    record = InstallRecord()
    for _ in range(2):
        with pytest.raises(UserError, match=r"making \.venv failed .*no ensurepip"):
            prepare_environment(app, record, lambda _: None)
        assert [path.name for path in app.iterdir()] == ["requirements.txt"]
    assert record == InstallRecord()
