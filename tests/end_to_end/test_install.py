"""`python -m lib install` as a player runs it, in a copy of the app inside a made-up game."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import ROOT


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "Spiele für mich" / "assettocorsa" / "apps" / "python" / "logger"
    folder.mkdir(parents=True)
    (folder.parents[2] / "acs.exe").touch()
    for name in ("lib", "ui"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("logger.py", "requirements.txt", "settings_defaults.ini"):
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def run(app: Path, python: Path | str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    return subprocess.run(
        [str(python), "-m", "lib", *arguments], cwd=app, env=environment, capture_output=True, text=True, timeout=170
    )


def test_install_makes_what_the_recorder_needs_and_uninstall_takes_it_back(app: Path, display: str) -> None:
    bare = sys._base_executable  # type: ignore[attr-defined]  # outside of any virtual environment
    before = sorted(app.parents[2].rglob("*"))
    done = run(app, bare, "install")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "ready to record"
    assert (app.parents[2] / "content" / "gui" / "icons" / "SyncLogger_ON.png").exists()

    python = app / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    assert "can't be removed by its own Python" in run(app, python, "uninstall").stderr
    assert run(app, bare, "uninstall").returncode == 0
    left = [path for path in sorted(app.parents[2].rglob("*")) if path not in before]
    assert [path for path in left if path.is_file()] == []


def older_pythons() -> list[str]:
    """Those of this machine that are too old, from the first one that knows f-strings on."""
    names = [f"python3.{minor}" for minor in range(6, 11)]
    places = [shutil.which(name) or "" for name in names]
    places += [str(path) for name in names for path in Path.home().glob(f".pyenv/versions/*/bin/{name}")]
    return [
        place for place in places if place and subprocess.run([place, "-c", ""], capture_output=True).returncode == 0
    ]


def test_a_python_that_is_too_old_gets_one_line_and_leaves_nothing(app: Path) -> None:
    """Every real one that is here, and this one under the number of an older one."""
    before = sorted(app.rglob("*"))
    old = "import runpy, sys; sys.version_info = (3, 9, 18); runpy.run_module('lib', run_name='__main__')"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    for command in ([sys.executable, "-c", old], *([python, "-m", "lib"] for python in older_pythons())):
        done = subprocess.run([*command, "install"], cwd=app, env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (2, ""), command
        (line,) = done.stderr.splitlines()
        assert line.startswith("error: Python 3.")
        assert "needs 3.11 or newer" in line
    assert sorted(app.rglob("*")) == before


@pytest.mark.skipif(os.name == "nt", reason="a screen is always there")
def test_without_a_screen_one_line_says_so(app: Path) -> None:
    (app / "runtime").mkdir()
    (app / "runtime" / "python.exe").symlink_to(sys.executable)
    done = run(app, sys.executable, "install", DISPLAY=":9999")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: installed, but the screen can't be grabbed from here: ")


def test_an_error_is_one_line(app: Path) -> None:
    done = run(app, sys.executable, "install", "--enable", "--documents", str(app))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "start the game once" in line


def test_a_missing_package_is_named_with_what_to_do(app: Path, tmp_path: Path) -> None:
    (app / "lib" / "repair" / "repair.py").write_text("import mss_is_not_here\n")
    done = run(app, sys.executable, "repair", str(tmp_path))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "this Python has no mss_is_not_here: run `python -m lib install` once" in line
