"""The link's types stand in stub files beside the code, because Python 3.3 has no typing module."""

import subprocess
import sys

import pytest

from tests.environment import ROOT

MODULES = ("lib.link.gain", "lib.link.sample", "lib.link.mapped_file", "lib.link.settings", "lib.link.strip_code")


@pytest.mark.skipif(sys.platform == "win32", reason="the same files everywhere, and mypy does not load under Wine")
def test_the_stubs_say_what_the_code_has() -> None:
    command = [sys.executable, "-m", "mypy.stubtest", *MODULES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
