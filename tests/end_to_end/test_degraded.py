"""Where the recorder can't record: the panel says which and what to do, and the game runs on undisturbed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import environment
from tests.host.run import Host, run_host
from tests.host.scene import Event, Scene

pytestmark = pytest.mark.skipif(environment.ON_WINDOWS, reason="shell scripts; the same under Wine: test_windows")

_SCENE = Scene(events=(Event(3.0, "click"), Event(6.0, "quit")), size=(480, 270))


def _wrapper(folder: Path, line: str) -> Path:
    """An interpreter of the recorder that runs in another environment."""
    path = folder / "python"
    path.write_text(f'#!/bin/sh\n{line}\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def _drive(folder: Path, python: Path | str) -> Host:
    host = run_host(folder / "game", _SCENE, {"RECORDER.PYTHON": python}, timeout=400)
    statistics = host.statistics
    assert statistics["violations"] == []
    assert statistics["ticks"] > 250
    ours = [line for line in host.py_log if line.startswith("SyncLogger")]
    assert 1 <= len(ours) <= 4, ours
    return host


def test_no_interpreter(tmp_path: Path, display: str) -> None:
    host = _drive(tmp_path, tmp_path / "nowhere")
    assert "Setting PYTHON names no file" in host.panel[-1]
    assert "Start Recording" in host.panel[-1]


def test_no_mss(tmp_path: Path, display: str) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    host = _drive(tmp_path, bare / "bin" / "python")
    assert "mss" in host.panel[-1]
    assert "install" in host.panel[-1]


def test_no_display(tmp_path: Path, display: str) -> None:
    host = run_host(tmp_path / "game", _SCENE, {"RECORDER.PYTHON": _wrapper(tmp_path, "unset DISPLAY")}, timeout=400)
    assert any("display" in line.lower() for line in host.panel), host.panel
    assert host.statistics["violations"] == []


def test_no_window(tmp_path: Path, display: str) -> None:
    """The recorder sees another desktop, where the game has no window."""
    elsewhere = environment.start_display()
    try:
        wrapper = _wrapper(tmp_path, f"export DISPLAY={elsewhere.name}")
        host = run_host(tmp_path / "game", _SCENE, {"RECORDER.PYTHON": wrapper}, timeout=400)
    finally:
        elsewhere.stop()
    assert any("window" in line.lower() for line in host.panel), host.panel
    assert host.statistics["violations"] == []


def test_a_bad_setting_is_named(tmp_path: Path, display: str) -> None:
    host = run_host(tmp_path / "game", _SCENE, {"CAPTURE.QUALITY": 900}, timeout=400)
    line = "CAPTURE.QUALITY is '900' but must be a whole number from 1 to 100; 90 is used"
    assert any(line in said for said in host.py_log)
    assert any("CAPTURE.QUALITY" in said for said in host.panel), host.panel


_BAD_LISTENER = """
import ac

def acMain(ac_version):
    window = ac.newApp("Bad")
    try:
        ac.addRenderCallback(window, lambda delta_t: None)
    except {caught}:
        ac.log("caught")
    return "Bad"
"""


@pytest.mark.parametrize("caught", ["TypeError", "BaseException"])
def test_a_listener_that_crashes_the_game_ends_the_double(tmp_path: Path, display: str, caught: str) -> None:
    """Whatever the app catches: a crash is no exception."""
    root = tmp_path / "game"
    bad = root / "apps" / "python" / "bad"
    bad.mkdir(parents=True)
    (bad / "bad.py").write_text(_BAD_LISTENER.format(caught=caught), encoding="utf-8")
    with pytest.raises(AssertionError, match="ended with 3"):
        run_host(root, _SCENE, timeout=400)
    assert "the game crashes" in (root / "logs" / "log.txt").read_text(encoding="utf-8")


def test_lacking_modules_can_not_be_imported(tmp_path: Path, display: str) -> None:
    root = tmp_path / "game"
    probe = root / "apps" / "python" / "probe"
    probe.mkdir(parents=True)
    code = (
        "import ac, sys\n"
        "def acMain(v):\n"
        "    found = []\n"
        "    for name in ('ctypes', '_ctypes', 'socket', 'select', 'unicodedata', 'sqlite3', 'decimal_'):\n"
        "        try:\n            __import__(name, globals())\n            found.append(name)\n"
        "        except ImportError:\n            pass\n"
        "    ac.log('probe %s %s %s' % (found, hasattr(sys, 'argv'), sys.stdout))\n"
        "    return 'Probe'\n"
    )
    (probe / "probe.py").write_text(code, encoding="utf-8")
    host = run_host(root, Scene(events=(Event(0.5, "quit"),), size=(480, 270)), timeout=400)
    assert "probe [] False None" in host.py_log
