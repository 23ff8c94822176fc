"""An Assetto Corsa with the app in it, and the Documents of its player, made up of empty files."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.environment import ROOT


@dataclass(frozen=True)
class FakeGame:
    root: Path
    app: Path
    documents: Path

    @property
    def config(self) -> Path:
        return self.documents / "Assetto Corsa" / "cfg"

    def everything(self) -> dict[str, bytes]:
        """Every file of the game and of Documents with its content."""
        files = [path for top in (self.root, self.documents) for path in top.rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in files}


@pytest.fixture
def game(tmp_path: Path) -> FakeGame:
    root = tmp_path / "steam" / "Assetto Corsa mit Ümläuten"
    app = root / "apps" / "python" / "logger"
    app.mkdir(parents=True)
    (root / "acs.exe").touch()
    shutil.copytree(ROOT / "ui", app / "ui")
    shutil.copytree(ROOT / "lib", app / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("settings_defaults.ini", "requirements.txt", "LICENSE"):
        shutil.copyfile(ROOT / name, app / name)
    (app / "captures").mkdir()
    (app / "captures" / "01_000001.jpg").write_bytes(b"a picture")
    documents = tmp_path / "Moved Documents"
    config = documents / "Assetto Corsa" / "cfg"
    config.mkdir(parents=True)
    (config / "python.ini").write_bytes(b"[OTHERAPP]\r\nACTIVE=1\r\n")
    (config / "gameplay.ini").write_bytes(b"[GUI]\r\nSCALE=1\r\n\r\n[PYTHON]\r\nENABLE_PYTHON=0 ; apps\r\n")
    return FakeGame(root, app, documents)
