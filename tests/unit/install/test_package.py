"""A release: what is in it, what is not, and the same bytes each time."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from lib.errors import UserError
from lib.install.package import package
from tests.environment import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project as a user's folder looks after some use."""
    copy = tmp_path / "SyncLogger"
    left_out = shutil.ignore_patterns(".git", ".tests", ".venv", "__pycache__")
    shutil.copytree(ROOT, copy, ignore=left_out)
    (copy / "captures" / "01_000001.jpg").write_bytes(b"a picture")
    (copy / "captures" / "data.csv").write_bytes(b"01_000001.jpg\n")
    (copy / "settings.ini").write_bytes(b"[CAPTURE]\n")
    (copy / "recorder.log").write_bytes(b"a line\n")
    (copy / "lib" / "__pycache__").mkdir()
    (copy / "lib" / "__pycache__" / "x.pyc").write_bytes(b"")
    return copy


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        return opened.namelist()


def test_the_same_files_make_the_same_bytes(project: Path, tmp_path: Path) -> None:
    package(project, tmp_path / "a.zip", None, None)
    for path in project.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    package(project, tmp_path / "b.zip", None, None)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_every_file_has_the_date_of_the_release(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000001")
    package(project, tmp_path / "out.zip", None, None)
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2030, 3, 17, 17, 46, 40)}
    assert "dated 2030-03-17 17:46:40 UTC (SOURCE_DATE_EPOCH)" in capsys.readouterr().out


def test_what_content_manager_installs(project: Path, tmp_path: Path) -> None:
    package(project, tmp_path / "out.zip", None, None)
    found = names(tmp_path / "out.zip")
    assert found == sorted(found)
    app = "apps/python/logger/"
    expected = ["logger.py", "lib/ingame/app.py", "lib/recorder/__main__.py", "settings_defaults.ini", "ui/ui_app.json"]
    expected += [path.relative_to(ROOT).as_posix() for path in (ROOT / "lib" / "report" / "page").iterdir()]
    for name in [*expected, "README.md", "LICENSE", "captures/.gitkeep"]:
        assert app + name in found
    assert [name for name in found if not name.startswith(app)] == [
        "content/gui/icons/SyncLogger_OFF.png",
        "content/gui/icons/SyncLogger_ON.png",
    ]
    assert [name for name in found if name.startswith(app + "captures/")] == [app + "captures/.gitkeep"]
    for unwanted in ("settings.ini", "tests", "__pycache__", "recorder.log", ".git/", "pyproject.toml"):
        assert not [name for name in found if f"/{unwanted}" in name], unwanted


def test_icons_have_the_size_that_the_game_shows(project: Path, tmp_path: Path) -> None:
    package(project, tmp_path / "out.zip", None, None)
    with zipfile.ZipFile(tmp_path / "out.zip") as opened:
        for name in ("SyncLogger_ON.png", "SyncLogger_OFF.png"):
            with Image.open(BytesIO(opened.read(f"content/gui/icons/{name}"))) as icon:
                assert (icon.size, icon.mode, icon.format) == ((64, 64), "RGBA", "PNG")


def test_ui_app_has_the_keys_that_content_manager_reads() -> None:
    described = json.loads((ROOT / "ui" / "ui_app.json").read_text(encoding="utf-8"))
    kinds = {"name": str, "description": str, "tags": list, "year": int, "author": str, "version": str}
    optional = {"country": str, "url": str}
    assert set(kinds) <= set(described) <= set(kinds) | set(optional)
    for key, value in described.items():
        assert isinstance(value, {**kinds, **optional}[key]), key
    assert all(isinstance(tag, str) for tag in described["tags"])
    assert described["name"] == "SyncLogger"
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert described["version"] == tomllib.load(file)["project"]["version"]


@pytest.mark.parametrize("content", [b"no zip", None])
def test_a_runtime_that_is_none_is_refused(project: Path, tmp_path: Path, content: bytes | None) -> None:
    runtime = tmp_path / "runtime.zip"
    if content is None:
        with zipfile.ZipFile(runtime, "w") as archive:
            archive.writestr("python312.dll", b"")
    else:
        runtime.write_bytes(content)
    with pytest.raises(UserError, match=r"runtime\.zip is not"):
        package(project, tmp_path / "out.zip", runtime, None)
    assert not (tmp_path / "out.zip").exists()
