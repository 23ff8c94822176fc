"""A clone on Windows has the same bytes: Python and Assetto Corsa read LF there too."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.environment import ROOT


@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="needs git and a clone")
def test_a_clone_as_git_makes_it_on_windows_has_no_carriage_returns(tmp_path: Path) -> None:
    settings = ["-c", "core.autocrlf=true", "-c", "core.eol=crlf"]
    subprocess.run(["git", *settings, "clone", "--quiet", str(ROOT), str(tmp_path / "clone")], check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--eol"], cwd=tmp_path / "clone", check=True, capture_output=True, text=True
    )
    endings = {tuple(line.split()[:2]) for line in listed.stdout.splitlines()}
    assert endings <= {("i/lf", "w/lf"), ("i/none", "w/none"), ("i/-text", "w/-text")}
