"""Makes what the tests and the demo need, on a fresh machine: packages, system libraries, a private display.

`python3 -m tests.environment` only sets up, and prints the interpreter that has everything.
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def environment_python(
    groups: Iterable[str] = ("test",), *, interpreter: str = sys.executable, lowest: bool = False, alone: bool = False
) -> Path:
    """The interpreter of a virtual environment with the pinned packages. Make it where it is missing.

    With `lowest`, whatever the wheel asks for in a range is there in the lowest version of that range. With `alone`
    there are none of the recorder's packages: for programs of others that only read what we wrote.
    """
    packages = lowest_packages(groups) if lowest else pinned_packages(groups, alone=alone)
    folder = environment_folder(packages, interpreter)
    ready = folder / "ready"
    if not ready.exists():
        _check_folder()
        say(f"Setting up once: {len(packages)} packages into {folder.relative_to(ROOT)}")
        shutil.rmtree(folder, ignore_errors=True)
        make_environment(folder, packages, interpreter)
        ready.touch()
    return _python_in(folder)


def _check_folder() -> None:
    """Raise SetupError where this user can't put anything into our folder, as where another one made it."""
    try:
        FOLDER.mkdir(exist_ok=True)
        tempfile.TemporaryFile(dir=FOLDER).close()
    except OSError as error:
        raise SetupError(
            f"packages are missing and {FOLDER} can't be written to ({error.strerror or error}): "
            "use a copy of the project of your own"
        ) from error


def environment_folder(packages: list[str], interpreter: str = sys.executable) -> Path:
    """Where that environment is: another one for each Python and each choice of packages."""
    version = _output_of(interpreter, "import sys; print(sys.version)")
    fingerprint = hashlib.sha256("\n".join([version, *packages]).encode()).hexdigest()[:12]
    return FOLDER / f"venv-{fingerprint}"


def pinned_packages(groups: Iterable[str], *, alone: bool = False) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines())
    declared = project()["dependency-groups"]
    recorder = [] if alone else [*filter(None, lines)]
    return [*recorder, *(package for group in groups for package in declared[group])]


def lowest_packages(groups: Iterable[str]) -> list[str]:
    """What `pinned_packages` has, but the lowest version of each package that the wheel or an extra of it asks for."""
    metadata = project()["project"]
    extras = metadata.get("optional-dependencies", {}).values()
    ranges = [*metadata["dependencies"], *(package for extra in extras for package in extra)]
    named = {_name(package) for package in ranges}
    pinned = [package for package in pinned_packages(groups) if _name(package) not in named]
    return [*map(_lowest, ranges), *pinned]


def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _name(requirement: str) -> str:
    """The package's name, in the one spelling that counts."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def _lowest(requirement: str) -> str:
    """`name >= 1, < 3; marker` as `name == 1; marker`."""
    found = re.fullmatch(r"([^<>=!~;]+)>=\s*([\w.]+)\s*,\s*<\s*[\w.]+\s*(;.*)?", requirement)
    if not found:
        raise SetupError(f"pyproject.toml: {requirement} has no range of the form >= LOWEST, < FIRST THAT IS TOO NEW")
    name, version, marker = found.groups()
    return f"{name.strip()} == {version} {marker or ''}".strip()


def make_environment(folder: Path, packages: list[str], interpreter: str = sys.executable) -> Path:
    """A new virtual environment with these packages. Returns its interpreter."""
    if subprocess.call([interpreter, "-c", "import ensurepip"], stderr=subprocess.DEVNULL) != 0:
        version = _output_of(interpreter, "import sys; print('%d.%d' % sys.version_info[:2])")
        install_debian_packages([f"python{version}-venv"])
    run([interpreter, "-m", "venv", str(folder)])
    python = _python_in(folder)
    # Compiling all of it takes a third of the time, and most of it is never imported.
    run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", *packages])
    return python


def _python_in(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if ON_WINDOWS else "bin/python")


def _output_of(interpreter: str, code: str) -> str:
    return subprocess.run([interpreter, "-c", code], capture_output=True, text=True, check=True).stdout


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
    import fcntl

    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    patient = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"]
    with Path(tempfile.gettempdir(), "synclogger-apt.lock").open("w") as lock:
        # Tests that run at the same time may each need something; `update` waits for nobody.
        fcntl.flock(lock, fcntl.LOCK_EX)
        say(f"Installing {names}")
        run([*patient, "update"], environment)
        run([*patient, "install", "-y", "--no-install-recommends", *packages], environment)


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
