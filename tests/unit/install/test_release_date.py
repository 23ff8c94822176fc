"""What a release is dated by: a variable, else its commit, else a fixed day; always something that a zip can hold."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import UserError
from lib.install.release_date import release_date
from tests.environment import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="needs git")

# An odd second: a zip holds even ones.
_COMMITTED = datetime(2031, 5, 17, 23, 58, 41, tzinfo=UTC)
_COMMITTED_IN_ZIP = (2031, 5, 17, 23, 58, 40)


@pytest.fixture(autouse=True)
def no_date_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one commit, made far from UTC."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "file").write_bytes(b"content")
    date = {name: f"{int(_COMMITTED.timestamp())} +0930" for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")}
    person = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgSign=false"]
    for command in (["init", "--quiet"], ["add", "."], [*person, "commit", "--quiet", "--message", "First"]):
        subprocess.run(["git", *command], cwd=folder, env={**os.environ, **date}, check=True)
    return folder


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_a_checkout_is_dated_by_its_commit_wherever_it_is_made(checkout: Path, zone: str) -> None:
    code = (
        "import pathlib, sys; from lib.install.release_date import release_date;"
        "print(release_date(pathlib.Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(checkout)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True)
    assert done.stdout == "2031-05-17 23:58:40 UTC (its commit)\n"


def test_another_repository_in_the_environment_is_not_asked(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(checkout / "elsewhere"))
    assert release_date(checkout).in_zip == _COMMITTED_IN_ZIP


def test_the_variable_goes_first(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000001")
    assert release_date(checkout).in_zip == (2001, 9, 9, 1, 46, 40)
    assert "SOURCE_DATE_EPOCH" in str(release_date(checkout))


@pytest.mark.parametrize("value", ["yesterday", "1.5", "-1", "0x10", "\uff12"])
def test_a_variable_that_is_no_date_is_refused(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(UserError, match="SOURCE_DATE_EPOCH must be whole seconds since 1970"):
        release_date(tmp_path)


def test_without_a_checkout_it_is_the_same_day_each_time_and_said(checkout: Path) -> None:
    below = checkout / "an app that lies in somebody's repository"
    below.mkdir()
    found = release_date(below)
    assert found.in_zip == release_date(below.parent.parent).in_zip != _COMMITTED_IN_ZIP
    assert "no git checkout, and SOURCE_DATE_EPOCH is not set" in str(found)


def test_without_git_it_is_that_day_too_and_said(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    found = release_date(checkout)
    assert found.in_zip == release_date(checkout.parent).in_zip
    assert "git can't be run" in str(found)


def test_a_damaged_checkout_says_why(checkout: Path) -> None:
    (checkout / ".git" / "HEAD").unlink()
    found = release_date(checkout)
    assert found.in_zip == release_date(checkout.parent).in_zip
    assert "git can't tell the date of the commit (fatal: not a git repository" in str(found)


@given(st.integers(0, 2**40))
def test_any_moment_becomes_one_that_a_zip_gives_back(tmp_path_factory: pytest.TempPathFactory, seconds: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", str(seconds))
        date = release_date(Path())
    path = tmp_path_factory.getbasetemp() / "date.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("file", date.in_zip), b"")
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].date_time == date.in_zip
    held = min(max(seconds, 315532800), 4354819198)  # the first and the last moment that a zip can hold
    assert date.moment.timestamp() == held - held % 2
