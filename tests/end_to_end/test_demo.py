"""The demo as someone runs it who is not the first on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import environment
from tests.end_to_end.captures import Captures, assert_whole
from tests.environment import ROOT
from tests.faults.small_disk import held

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX users and files")

_SECONDS = "4"
_NOBODY = 65534
_SHARED = Path("/dev/shm")
# What earlier versions of the double left there, and any program that makes the game's pages known outside Windows.
_LEFT = ("acpmf_double.lock", "acpmf_physics", "acpmf_graphics", "acpmf_static")


def demo(captures: Path, *before: str) -> subprocess.CompletedProcess[str]:
    """Run it with a home of its own."""
    command = [*before, sys.executable, "-m", "tests.demo", "--seconds", _SECONDS, "--captures", str(captures)]
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_RUNTIME_DIR")}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**environment, "HOME": str(captures.parent)},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def leftovers() -> Iterator[None]:
    """Pages and a lock that only this user may use, as a double leaves them that was killed."""
    made = [_SHARED / name for name in _LEFT if not (_SHARED / name).exists()]
    for path in made:
        path.touch(mode=0o600)
    yield
    for path in made:
        path.unlink(missing_ok=True)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="to become another user takes root")
def test_a_second_user_of_the_machine(tmp_path: Path, display: str, leftovers: None) -> None:
    # The capability only lets it read where this user's Python and tests are; it may write nothing of this user's.
    readable = ("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")
    another_user = ("setpriv", "--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups", *readable)
    home = tmp_path / "home"
    home.mkdir()
    for folder in (home, *list(home.parents)[:3]):
        folder.chmod(0o755)
    shutil.chown(home, _NOBODY, _NOBODY)
    done = demo(home / "captures", *another_user)
    assert done.returncode == 0, done.stdout + done.stderr
    assert_whole(Captures(home / "captures"))
    assert (home / "captures" / "data.csv").stat().st_uid == _NOBODY
    assert [path for path in _SHARED.iterdir() if path.lstat().st_uid == _NOBODY] == []


@pytest.mark.parametrize("name", ["", "data.csv", ".lock"])
def test_a_folder_of_someone_else_is_named_with_what_to_do(tmp_path: Path, display: str, name: str) -> None:
    captures = tmp_path / "captures"
    captures.mkdir()
    for file in ("data.csv", ".lock"):
        (captures / file).touch()
    with held(captures / name):
        done = demo(captures)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Can't run the demo: can't record into {captures}")
    assert "--captures DIR" in line


def test_packages_that_only_another_user_can_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.tests` is there and is someone else's, and lacks what this Python needs."""
    monkeypatch.setattr(environment, "FOLDER", tmp_path / ".tests")
    (tmp_path / ".tests").mkdir()
    with held(tmp_path / ".tests"), pytest.raises(environment.SetupError, match="copy of the project of your own"):
        environment.environment_python()
