"""Makes what the tests and the demo need, on a fresh machine: packages, system libraries, a private display.

`python3 -m tests.environment` only sets up, and prints the interpreter that has everything.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".tests"
ON_WINDOWS = os.name == "nt"

# Debian's name of each program and library that all tests and the demo need.
_PROGRAMS = {"Xvfb": "xvfb"}
_LIBRARIES = {
    "xcb": "libxcb1",
    "xcb-randr": "libxcb-randr0",
    "xcb-render": "libxcb-render0",
    "xcb-shm": "libxcb-shm0",
    "xcb-xfixes": "libxcb-xfixes0",
    "X11": "libx11-6",
    "Xext": "libxext6",
    "Xcursor": "libxcursor1",
    "Xi": "libxi6",
    "Xrandr": "libxrandr2",
    "Xfixes": "libxfixes3",
}


class SetupError(Exception):
    """Something can't be set up here. The message says what to do."""


def say(line: str) -> None:
    """Tell about progress, apart from what a program prints as its result."""
    print(line, file=sys.stderr, flush=True)


# ------------------------------------------------------------------------------------------ Python packages


def enter(module: str, arguments: list[str], groups: Iterable[str] = ("test",)) -> None:
    """Go on inside the tests' own virtual environment: set it up, and run `module` again in there."""
    python = environment_python(groups)
    if Path(sys.prefix).resolve() == python.parent.parent.resolve():
        return
    command = [str(python), "-m", module, *arguments]
    os.chdir(ROOT)
    if ON_WINDOWS:
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


def environment_python(groups: Iterable[str] = ("test",)) -> Path:
    """The interpreter of a virtual environment with the pinned packages. Make it where it is missing."""
    packages = _pinned_packages(groups)
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    fingerprint = hashlib.sha256("\n".join([sys.version, requirements, *packages]).encode()).hexdigest()[:12]
    folder = FOLDER / f"venv-{fingerprint}"
    python = folder / ("Scripts/python.exe" if ON_WINDOWS else "bin/python")
    ready = folder / "ready"
    if not ready.exists():
        _make_environment(folder, python, packages)
        ready.touch()
    return python


def _pinned_packages(groups: Iterable[str]) -> list[str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared = tomllib.load(file)["dependency-groups"]
    return [package for group in groups for package in declared[group]]


def _make_environment(folder: Path, python: Path, packages: list[str]) -> None:
    say(f"Setting up once: {len(packages)} packages and requirements.txt into {folder.relative_to(ROOT)}")
    if not _has_module("ensurepip"):
        install_debian_packages([f"python3.{sys.version_info.minor}-venv"])
    shutil.rmtree(folder, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(folder)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "-r", str(ROOT / "requirements.txt")])
    run([*pip, *packages])


def _has_module(name: str) -> bool:
    return subprocess.call([sys.executable, "-c", f"import {name}"], stderr=subprocess.DEVNULL) == 0


# -------------------------------------------------------------------------------- Debian's packages, display


def prepare_system(*, private_display: bool = True) -> None:
    """See to it that the programs and libraries are there. Raise SetupError where that takes someone else."""
    if ON_WINDOWS:
        return
    missing = [package for library, package in _LIBRARIES.items() if not ctypes.util.find_library(library)]
    if missing:
        install_debian_packages(missing)
    if private_display:
        prepare_programs(_PROGRAMS)


def prepare_programs(programs: Mapping[str, str]) -> None:
    """See to it that these programs are there, each with the name of its Debian package. Raise SetupError likewise."""
    missing = [package for program, package in programs.items() if not shutil.which(program)]
    if missing:
        install_debian_packages(missing)


def install_debian_packages(packages: list[str]) -> None:
    """Install with apt-get where this user may, else raise SetupError that names the packages."""
    names = " ".join(packages)
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise SetupError(f"missing on this machine: {names} (Debian's names); install them, then run this again")
    say(f"Installing {names}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    run([*quiet, "update"], environment)
    run([*quiet, "install", "-y", "--no-install-recommends", *packages], environment)


def run(command: list[str], environment: Mapping[str, str] | None = None) -> None:
    """Run to the end, quietly. Raise SetupError with its output when it fails."""
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise SetupError(f"failed: {' '.join(command)}\n{done.stdout}{done.stderr}")


@dataclass
class Display:
    """A private X display, alive until `stop`."""

    name: str
    server: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.server.terminate()
        try:
            self.server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()


def start_display(width: int = 2560, height: int = 1440) -> Display:
    """Start an X server without a screen, on a number that is free."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    if not number:
        server.wait()
        raise SetupError("Xvfb, the X server without a screen, does not start here")
    return Display(f":{number}", server)


def main() -> int:
    try:
        prepare_system()
        print(environment_python())
    except SetupError as error:
        say(f"Can't set up the tests: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
