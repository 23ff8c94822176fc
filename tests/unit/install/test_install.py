"""Install places, uninstall takes back, captures stay."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lib.errors import UserError
from lib.install import install as installing
from lib.install.install import install
from lib.install.place import find_game, game_config
from lib.install.uninstall import uninstall
from tests.unit.install.conftest import FakeGame


@pytest.fixture(autouse=True)
def running_python_is_the_recorders(monkeypatch: pytest.MonkeyPatch) -> None:
    """No virtual environment is made: the end-to-end test does that."""
    monkeypatch.setattr(installing, "_recorder_python", lambda app, record: Path(sys.executable))


def test_uninstall_leaves_everything_as_it_was(game: FakeGame, display: str) -> None:
    before = game.everything()
    assert install(game.app, enable_app=True, documents=game.documents) == 0
    assert (game.root / "content/gui/icons/SyncLogger_ON.png").exists()
    assert (game.config / "python.ini").read_bytes() == b"[OTHERAPP]\r\nACTIVE=1\r\n\r\n[LOGGER]\r\nACTIVE=1\r\n"
    assert b"ENABLE_PYTHON=1 ; apps\r\n" in (game.config / "gameplay.ini").read_bytes()
    assert before[str(game.config / "python.ini")] in game.everything().values()
    assert uninstall(game.app) == 0
    after = {path: content for path, content in game.everything().items() if "__pycache__" not in path}
    assert after == before


def test_installing_twice_is_like_installing_once(game: FakeGame, display: str) -> None:
    before = game.everything()
    for _ in range(2):
        assert install(game.app, enable_app=True, documents=game.documents) == 0
    uninstall(game.app)
    assert {path: content for path, content in game.everything().items() if "__pycache__" not in path} == before


def test_without_enable_the_games_settings_stay(
    game: FakeGame, display: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = (game.config / "python.ini").read_bytes()
    install(game.app, enable_app=False, documents=game.documents)
    assert (game.config / "python.ini").read_bytes() == settings
    assert "to enable the app" in capsys.readouterr().out


def test_where_recordings_go_is_said_and_what_content_manager_does_with_it(
    game: FakeGame, display: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Inside the app's folder they go with the app; elsewhere they stay."""
    install(game.app, enable_app=False, documents=game.documents)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "recordings go to" in line]
    assert str(game.app / "captures") in line
    assert "Content Manager" in line
    assert "OUTPUT_FOLDER" in line
    for folder, is_inside in ((game.app / "takes", True), (tmp_path / "takes", False)):
        (game.app / "settings.ini").write_text(f"[CAPTURE]\nOUTPUT_FOLDER = {folder}\n", encoding="utf-8")
        install(game.app, enable_app=False, documents=game.documents)
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "recordings go to" in line]
        assert str(folder) in line
        assert ("Content Manager" in line) == is_inside


def test_a_setting_that_is_not_used_is_said(game: FakeGame, display: str, capsys: pytest.CaptureFixture[str]) -> None:
    (game.app / "settings.ini").write_text("[CAPTURE]\nOUTPUT_FOLDER = takes\n", encoding="utf-8")
    install(game.app, enable_app=False, documents=game.documents)
    assert "settings.ini: CAPTURE.OUTPUT_FOLDER is 'takes' but must be" in capsys.readouterr().out


def test_what_was_changed_since_is_left(game: FakeGame, display: str) -> None:
    install(game.app, enable_app=True, documents=game.documents)
    python_ini = game.config / "python.ini"
    python_ini.write_bytes(python_ini.read_bytes() + b"[LATER]\r\nACTIVE=1\r\n")
    icon = game.root / "content/gui/icons/SyncLogger_ON.png"
    icon.write_bytes(b"drawn by the player")
    uninstall(game.app)
    assert b"[LATER]\r\nACTIVE=1" in python_ini.read_bytes()
    assert b"[LOGGER]\r\nACTIVE=0" in python_ini.read_bytes()
    assert icon.read_bytes() == b"drawn by the player"


def test_icons_that_were_there_before_are_left(game: FakeGame, display: str) -> None:
    icon = game.root / "content/gui/icons/SyncLogger_ON.png"
    icon.parent.mkdir(parents=True)
    icon.write_bytes(b"another one")
    install(game.app, enable_app=False, documents=game.documents)
    uninstall(game.app)
    assert icon.read_bytes() == b"another one"


def test_the_app_must_have_the_name_that_the_game_expects(game: FakeGame) -> None:
    renamed = game.app.rename(game.app.with_name("logger-main"))
    with pytest.raises(UserError, match="folder called logger"):
        find_game(renamed)


def test_outside_of_the_game_there_is_nothing_to_enable(tmp_path: Path) -> None:
    assert find_game(tmp_path) is None
    with pytest.raises(UserError, match="nothing to enable"):
        install(tmp_path, enable_app=True, documents=None)


def test_a_game_that_was_never_started_is_said(game: FakeGame, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="start the game once"):
        game_config(game.root, tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Proton is Linux")
def test_documents_are_found_in_the_proton_prefix(tmp_path: Path) -> None:
    library = tmp_path / "steamapps"
    root = library / "common" / "assettocorsa"
    config = library / "compatdata/244210/pfx/drive_c/users/steamuser/Documents/Assetto Corsa/cfg"
    root.mkdir(parents=True)
    config.mkdir(parents=True)
    assert game_config(root, None) == config


@pytest.mark.skipif(sys.platform == "win32", reason="another lookup there")
def test_documents_that_are_not_found_are_asked_for(game: FakeGame) -> None:
    with pytest.raises(UserError, match="--documents DIR"):
        game_config(game.root, None)
