"""The Windows Python that runs our own tests under Wine, and the desktop that they need there.

Windows' embeddable Python has neither venv nor ensurepip, so what `tests.environment` would make is made by hand, at
the very place where it looks for it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import environment
from tests.environment import ROOT
from tests.windows.wine import FOLDER, Wine, download, embeddable_python, host_python

_REQUIREMENTS = Path(__file__).with_name("tests_requirements.txt")
_DOWNLOADS = FOLDER / "tests-downloads"
_BASE = FOLDER / "base-python"
_PROGRAM_FILES = (
    "python.exe",
    "python311.zip",
    "python311.dll",
    "python3.dll",
    "vcruntime140.dll",
    "vcruntime140_1.dll",
)
_ASK_FOLDER = "from tests.environment import *; print(environment_folder(pinned_packages(['test'])).name)"
_STAY = "import ctypes, time; ctypes.windll.user32.GetDesktopWindow(); print('up', flush=True); time.sleep(3600)"


def base_python() -> Path:
    """Python as a Windows user has it at the prompt, but for venv and ensurepip."""
    program = _BASE / "python.exe"
    if not (_BASE / "ready").exists():
        shutil.rmtree(_BASE, ignore_errors=True)
        with zipfile.ZipFile(embeddable_python()) as source:
            source.extractall(_BASE)
        # Without its ._pth file -m, the working directory and PYTHONPATH count.
        (_BASE / "python311._pth").unlink()
        (_BASE / "ready").touch()
    return program


def prepare_tests_environment(wine: Wine) -> Path:
    """The virtual environment of the tests, for that Python; its interpreter."""
    folder = environment.FOLDER / _answer(wine, base_python(), "-c", _ASK_FOLDER)
    program = folder / "Scripts" / "python.exe"
    ready, pins = folder / "ready", _REQUIREMENTS.read_text(encoding="utf-8")
    if not ready.exists() or ready.read_text(encoding="utf-8") != pins:
        environment.say("Setting up once: a Windows Python for our own tests")
        shutil.rmtree(folder, ignore_errors=True)
        program.parent.mkdir(parents=True)
        for name in _PROGRAM_FILES:
            shutil.copyfile(_BASE / name, program.parent / name)
        (folder / "pyvenv.cfg").write_text(f"home = {wine.windows_path(_BASE)}\n", encoding="utf-8")
        shutil.rmtree(_DOWNLOADS, ignore_errors=True)
        download(_REQUIREMENTS, "--only-binary", ":all:", to=_DOWNLOADS)
        for wheel in _DOWNLOADS.glob("*.whl"):
            with zipfile.ZipFile(wheel) as source:
                source.extractall(folder / "Lib" / "site-packages")
        ready.write_text(pins, encoding="utf-8")
    return program


def _answer(wine: Wine, program: Path, *arguments: str) -> str:
    done = subprocess.run(
        [wine.program, str(program), *arguments],
        cwd=ROOT,
        env=wine.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def pinned_otherwise() -> set[str]:
    """What is pinned for Wine in another version than for everyone else."""
    ours = _versions(_REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    theirs = _versions(environment.pinned_packages(["test"]))
    return {name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]}


def _versions(pins: list[str]) -> dict[str, str]:
    found = [re.match(r"([\w.-]+)==([\w.]+)", pin) for pin in pins]
    return {match[1].lower(): match[2] for match in found if match}


@contextmanager
def desktop(wine: Wine) -> Iterator[None]:
    """Windows' desktop, always there on Windows. Under Wine the first program with a window starts it as its child: it
    would keep that program's output open, and whoever reads that would wait for ever."""
    log = FOLDER / "desktop.txt"
    log.unlink(missing_ok=True)
    process = wine.start(host_python(), "-c", _STAY, log=log, folder=ROOT)
    end = time.monotonic() + 30
    while not (log.exists() and log.read_text().strip()):
        assert time.monotonic() < end, "Wine's desktop does not come up"
        time.sleep(0.05)
    yield
    process.kill()
    process.wait()
