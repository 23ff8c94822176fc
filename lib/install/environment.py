"""The app's virtual environment: made where it is missing, tried where it is there, made anew where it doesn't run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import UserError
from .place import environment_python
from .record import InstallRecord

OLDEST_PYTHON = (3, 11)
_SAY_VERSION = "import sys, pip; print(*sys.version_info[:2])"
_TRY_SECONDS = 60.0
_SHOW_END_OF_OUTPUT = 5  # lines of a failed tool's output that say why


def prepare_environment(app: Path, record: InstallRecord, say: Callable[[str], None]) -> Path:
    """Its interpreter, which runs and has the recorder's packages. Raise UserError where that can't be had."""
    python = environment_python(app)
    if not python.exists() or whats_wrong(python):
        _make(app, record, say)
    say("installing the recorder's packages into it")
    install_packages(python, app / "requirements.txt")
    return python


def install_packages(python: Path, requirements: Path) -> None:
    """Have pip install what that file names. Raise UserError where it can't."""
    _run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)],
        "installing the packages failed",
    )


def whats_wrong(python: Path) -> str:
    """Why this interpreter can't be used; "" when it can."""
    try:
        done = subprocess.run(
            [str(python), "-c", _SAY_VERSION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TRY_SECONDS,
        )
        version = tuple(int(part) for part in done.stdout.split())
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        return str(error)
    if done.returncode != 0 or len(version) != 2:
        return " / ".join((done.stdout + done.stderr).split("\n")[-2:]).strip() or f"it ended with {done.returncode}"
    if version < OLDEST_PYTHON:
        return f"its Python {version[0]}.{version[1]} is too old"
    return ""


def _make(app: Path, record: InstallRecord, say: Callable[[str], None]) -> None:
    """Make it with this Python. What stands in its place is moved aside: it may be someone else's work."""
    folder = app / ".venv"
    if folder.exists() or folder.is_symlink():
        python = environment_python(app)
        reason = whats_wrong(python) if python.exists() else "its Python is not there"
        aside = _free_name(folder)
        folder.rename(aside)
        say(f"the .venv that was here does not run ({reason}): it is kept as {aside.name}, delete it when you like")
    say("making a virtual environment in .venv")
    try:
        _run([sys.executable, "-m", "venv", str(folder)], "making .venv failed (on Debian: install python3-venv)")
    except UserError:
        shutil.rmtree(folder, ignore_errors=True)  # half of one, and ours
        raise
    record.environment = str(folder)


def _free_name(folder: Path) -> Path:
    number = 1
    while (aside := folder.with_name(f"{folder.name}-old-{number}")).exists() or aside.is_symlink():
        number += 1
    return aside


def _run(command: list[str], what_failed: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise UserError(f"{what_failed}: " + " / ".join(lines[-_SHOW_END_OF_OUTPUT:]))
