"""Where things are: the Assetto Corsa around the app, the player's Documents, the app's own virtual environment."""

from __future__ import annotations

import sys
from pathlib import Path

from ..errors import UserError

APP_FOLDER_NAME = "logger"
ICONS_IN_GAME = Path("content/gui/icons")
_STEAM_ID = "244210"
_CSIDL_PERSONAL = 5
_MAX_PATH = 260


def find_game(app: Path) -> Path | None:
    """The Assetto Corsa that the app lies in, or None outside of one."""
    if len(app.parents) < 3 or app.parent.name.lower() != "python" or app.parents[1].name.lower() != "apps":
        return None
    root = app.parents[2]
    if not ((root / "acs.exe").exists() or (root / "content").is_dir()):
        return None
    if app.name != APP_FOLDER_NAME:
        raise UserError(f"Assetto Corsa loads the app only from a folder called {APP_FOLDER_NAME}: rename {app}")
    return root


def game_config(game: Path, documents: Path | None) -> Path:
    """The folder with the game's settings, below the player's Documents."""
    folder = documents or _documents(game)
    if folder is None:
        raise UserError("the Documents folder of the game was not found: name it with --documents DIR")
    config = folder / "Assetto Corsa" / "cfg"
    if not config.is_dir():
        raise UserError(f"there is no {config}: start the game once, or name the Documents folder with --documents DIR")
    return config


def environment_python(app: Path) -> Path:
    """The interpreter of the app's virtual environment, there or not."""
    return app / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def packed_python(app: Path) -> Path:
    """The interpreter that a release with a runtime brings, there or not."""
    return app / "runtime" / "python.exe"


def _documents(game: Path) -> Path | None:
    if sys.platform == "win32":
        return _documents_of_windows()
    return _documents_in_proton(game)


def _documents_in_proton(game: Path) -> Path | None:
    """The game lies in <library>/steamapps/common/<game>, its Windows in <library>/steamapps/compatdata."""
    user = game.parents[1] / "compatdata" / _STEAM_ID / "pfx" / "drive_c" / "users" / "steamuser"
    return next((user / name for name in ("Documents", "My Documents") if (user / name).is_dir()), None)


if sys.platform == "win32":
    import ctypes

    def _documents_of_windows() -> Path | None:
        """As Windows says it: the folder may have been moved to another drive or to a cloud."""
        found = ctypes.create_unicode_buffer(_MAX_PATH)
        result = ctypes.windll.shell32.SHGetFolderPathW(None, _CSIDL_PERSONAL, None, 0, found)
        return Path(found.value) if result == 0 else None
