"""`python -m lib package`: a zip that Content Manager installs by drag and drop, the same byte for byte."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import UserError
from .place import APP_FOLDER_NAME, ICONS_IN_GAME
from .release_date import ReleaseDate, release_date

_IN_GAME = Path("apps/python") / APP_FOLDER_NAME
_SINGLE_FILES = ("logger.py", "settings_defaults.ini", "requirements.txt", "README.md", "LICENSE", "captures/.gitkeep")
_FOLDERS = ("lib", "ui", "docs")
_LEFT_OUT = {"ui/draw_icons.py"}
_ICONS = Path("ui/icons")

_RUNTIME_REQUIREMENTS = Path(__file__).parent / "runtime_requirements.txt"
_RUNTIME_VERSION = "311"
_RUNTIME_PATHS = (f"python{_RUNTIME_VERSION}.zip", ".", "site-packages", "..")

_PERMISSIONS = 0o100644 << 16
_MADE_ON_UNIX = 3


def package(app: Path, out: Path, runtime: Path | None, wheels: Path | None) -> int:
    """Write the release to `out`."""
    date = release_date(app)
    contents = dict(_app_files(app))
    if runtime:
        contents.update(_runtime_files(runtime, wheels))
    part = out.with_name(out.name + ".part")
    _write_zip(part, contents, date)
    part.replace(out)
    print(f"{out}: {len(contents)} files, {out.stat().st_size / 1e6:.1f} MB, dated {date}")
    return 0


def _app_files(app: Path) -> Iterator[tuple[str, bytes]]:
    names = [Path(name) for name in _SINGLE_FILES]
    for folder in _FOLDERS:
        names += [path.relative_to(app) for path in (app / folder).rglob("*") if path.is_file()]
    for name in names:
        if "__pycache__" in name.parts or name.as_posix() in _LEFT_OUT:
            continue
        content = (app / name).read_bytes()
        yield (_IN_GAME / name).as_posix(), content
        if name.parent == _ICONS:
            yield (ICONS_IN_GAME / name.name).as_posix(), content


def _write_zip(path: Path, contents: dict[str, bytes], date: ReleaseDate) -> None:
    """Uncompressed: compressors differ between versions and machines, and the bytes shall not."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, date.in_zip)
            entry.create_system = _MADE_ON_UNIX
            entry.external_attr = _PERMISSIONS
            archive.writestr(entry, contents[name])


# ------------------------------------------------------------------------------------------------ the runtime


def _runtime_files(embeddable: Path, wheels: Path | None) -> Iterator[tuple[str, bytes]]:
    folder = _IN_GAME / "runtime"
    yield from _python_files(embeddable, folder)
    yield (folder / f"python{_RUNTIME_VERSION}._pth").as_posix(), "\n".join([*_RUNTIME_PATHS, ""]).encode()
    with tempfile.TemporaryDirectory() as downloads:
        _fetch_wheels(Path(downloads), wheels)
        for wheel in sorted(Path(downloads).glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                for name in archive.namelist():
                    if not name.endswith("/"):
                        yield (folder / "site-packages" / name).as_posix(), archive.read(name)


def _python_files(embeddable: Path, folder: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(embeddable) as archive:
            names = archive.namelist()
            if not {"python.exe", f"python{_RUNTIME_VERSION}.dll"} <= set(names):
                raise UserError(f"{embeddable} is not python.org's embeddable Python 3.11 for Windows, 64 bit")
            for name in names:
                if not name.endswith(("/", "._pth")):
                    yield (folder / name).as_posix(), archive.read(name)
    except zipfile.BadZipFile as error:
        raise UserError(f"{embeddable} is not a whole zip file: {error}") from error


def _fetch_wheels(target: Path, source: Path | None) -> None:
    """The pinned packages for Windows. pip refuses what does not have the pinned hash."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--requirement", str(_RUNTIME_REQUIREMENTS), "--dest", str(target)]
    command += ["--platform", "win_amd64", "--python-version", _RUNTIME_VERSION, "--only-binary", ":all:"]
    if source:
        command += ["--no-index", "--find-links", str(source)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        reason = (done.stdout + done.stderr).strip().splitlines()
        raise UserError(
            "fetching mss and Pillow for Windows failed: " + (reason[-1] if reason else "pip gave no reason")
        )
