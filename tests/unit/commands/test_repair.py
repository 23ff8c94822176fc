"""Where `repair` looks when no folder is named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import ROOT
from tests.unit.repair.folders import record


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The app in a folder of its own."""
    folder = tmp_path / "SyncLogger"
    shutil.copytree(ROOT / "lib", folder / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "settings_defaults.ini", folder)
    (folder / "captures").mkdir()
    return folder


def repair(app: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lib", "repair", *arguments]
    return subprocess.run(command, cwd=app, capture_output=True, text=True, env={**os.environ, **environment})


def broken(folder: Path) -> Path:
    """A captures folder that has to be mended."""
    folder.mkdir(exist_ok=True)
    record(folder, takes=1)
    (folder / "data.csv").unlink()
    return folder


def test_it_looks_where_the_app_records_to(app: Path, tmp_path: Path) -> None:
    captures = broken(tmp_path / "drives")
    (app / "settings.ini").write_text(f"[CAPTURE]\nOUTPUT_FOLDER = {captures}\n", encoding="utf-8")
    done = repair(app)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"looked at {captures}", "rebuilt 6 rows of data.csv from the pictures"]


def test_a_quoted_folder_with_a_variable_is_the_same_as_in_the_game(app: Path, tmp_path: Path) -> None:
    captures = broken(tmp_path / "drives")
    (app / "settings.ini").write_text('[CAPTURE]\nOUTPUT_FOLDER = "%SOMEWHERE%/drives"\n', encoding="utf-8")
    done = repair(app, SOMEWHERE=str(tmp_path))
    assert f"looked at {captures}" in done.stdout
    assert "rebuilt 6 rows" in done.stdout


def test_without_the_setting_it_is_the_apps_own(app: Path) -> None:
    broken(app / "captures")
    done = repair(app)
    assert f"looked at {app / 'captures'}" in done.stdout
    assert "rebuilt 6 rows" in done.stdout


def test_a_folder_that_is_named_wins_and_is_told_too(app: Path, tmp_path: Path) -> None:
    (app / "settings.ini").write_text(f"[CAPTURE]\nOUTPUT_FOLDER = {tmp_path / 'nowhere'}\n", encoding="utf-8")
    captures = broken(tmp_path / "drives")
    done = repair(app, str(captures))
    assert f"looked at {captures}" in done.stdout
    assert "rebuilt 6 rows" in done.stdout


def test_a_folder_that_is_not_there_is_named(app: Path, tmp_path: Path) -> None:
    (app / "settings.ini").write_text(f"[CAPTURE]\nOUTPUT_FOLDER = {tmp_path / 'nowhere'}\n", encoding="utf-8")
    done = repair(app)
    assert done.returncode == 2
    assert str(tmp_path / "nowhere") in done.stderr


def test_a_setting_that_can_not_be_used_is_told(app: Path) -> None:
    (app / "settings.ini").write_text("[CAPTURE]\nOUTPUT_FOLDER = not/whole\n", encoding="utf-8")
    done = repair(app)
    assert "OUTPUT_FOLDER" in done.stderr
    assert f"looked at {app / 'captures'}" in done.stdout
