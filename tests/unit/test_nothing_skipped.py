"""In CI a test that does not run is an error, however it was left out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import ROOT

_CONFTEST = 'pytest_plugins = ["tests.nothing_skipped"]\n'
_SETTINGS = "[pytest]\ntestpaths = tests\nnorecursedirs = captures\nfilterwarnings = error\n"
_PASSES = "def test_passes(): pass\n"
_SKIPS = "import pytest\n\n\ndef test_skips(): pytest.skip('no root here')\n"
_SKIPPED_BY_MARK = "import pytest\n\n\n@pytest.mark.skipif(True, reason='no root here')\ndef test_skips(): pass\n"
_SKIPS_AS_A_WHOLE = "import pytest\n\npytest.skip('no root here', allow_module_level=True)\n"


def run_pytest(folder: Path, *arguments: str, ci: bool = True) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text(_SETTINGS)
    (folder / "conftest.py").write_text(_CONFTEST)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"} | ({"CI": "1"} if ci else {})
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def write(folder: Path, tests: dict[str, str]) -> None:
    for name, text in tests.items():
        path = folder / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_where_every_test_runs_ci_is_green(tmp_path: Path) -> None:
    write(tmp_path, {"test_a.py": _PASSES, "unit/test_b.py": _PASSES})
    done = run_pytest(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="there another system's tests are left out by the same means")
@pytest.mark.parametrize("text", [_SKIPS, _SKIPPED_BY_MARK, _SKIPS_AS_A_WHOLE])
def test_a_skipped_test_fails_in_ci_and_says_why(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"test_a.py": _PASSES, "test_b.py": text})
    assert run_pytest(tmp_path, ci=False).returncode == 0
    done = run_pytest(tmp_path)
    assert done.returncode != 0
    assert "in CI every test runs" in done.stdout
    assert "no root here" in done.stdout


def test_a_deselected_test_fails_in_ci(tmp_path: Path) -> None:
    write(tmp_path, {"test_a.py": _PASSES + "def test_other(): pass\n"})
    for arguments in (["-k", "passes"], ["--deselect", "tests/test_a.py::test_other"]):
        assert run_pytest(tmp_path, *arguments, ci=False).returncode == 0
        done = run_pytest(tmp_path, *arguments)
        assert done.returncode != 0
        assert "deselected: ['tests/test_a.py::test_other']" in done.stderr


@pytest.mark.parametrize(
    ("left_out", "arguments"),
    [
        ("unit/captures/test_b.py", []),  # norecursedirs
        ("unit/test_b.py", ["--ignore", "tests/unit"]),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="there another system's tests are left out by the same means")
def test_a_file_that_is_never_collected_fails_in_ci(tmp_path: Path, left_out: str, arguments: list[str]) -> None:
    write(tmp_path, {"test_a.py": _PASSES, left_out: _PASSES})
    assert run_pytest(tmp_path, *arguments, ci=False).returncode == 0
    done = run_pytest(tmp_path, *arguments)
    assert done.returncode != 0
    assert f"nothing was collected from ['tests/{left_out}']" in done.stderr
