"""What the command line says about words that it doesn't know."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.environment import ROOT


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["split", "captures", "--out", "sets", "--test", "0.2"], "python -m lib split: error: unrecognized arguments"),
        (["check", "--nothing"], "python -m lib check: error: unrecognized arguments: --nothing"),
        (["repair", "one", "two"], "python -m lib repair: error: unrecognized arguments: two"),
        (["--nothing"], "python -m lib: error: "),
    ],
)
def test_an_unknown_option_is_told_with_the_usage_of_its_command(words: list[str], told: str) -> None:
    command = [sys.executable, "-m", "lib", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"usage: {told.partition(':')[0]} ")
    assert told in done.stderr
