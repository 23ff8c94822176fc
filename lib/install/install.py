"""`python -m lib install`: an interpreter with the recorder's packages, a real grab, the icons, the switches."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from ..errors import UserError
from ..link.settings import read_settings
from .enable import enable, is_enabled
from .environment import prepare_environment
from .place import ICONS_IN_GAME, find_game, game_config, packed_python
from .record import InstallRecord, PlacedFile, read_record, sha256


def install(app: Path, *, enable_app: bool, documents: Path | None) -> int:
    """Make everything ready. 0: ready to record; 1: installed, but the screen can't be grabbed."""
    game = find_game(app)
    config = game_config(game, documents) if game and enable_app else None
    if enable_app and config is None:
        raise UserError(f"{app} is not inside an Assetto Corsa installation (…/apps/python/logger): nothing to enable")
    record = read_record(app)
    try:
        python = _recorder_python(app, record)
        if game:
            _place_icons(app, game, record)
        if config:
            enable(config, record, _say)
    finally:
        record.write(app)
    if game:
        _say_how_to_enable(game, documents)
        _say_where_recordings_go(app)
    return _check_grab(app, python)


def _say(line: str) -> None:
    print(line, flush=True)


# ------------------------------------------------------------------------------------- the recorder's Python


def _recorder_python(app: Path, record: InstallRecord) -> Path:
    packed = packed_python(app)
    if packed.exists():
        _say(f"the recorder's Python came with the app: {packed}")
        return packed
    return prepare_environment(app, record, _say)


def _check_grab(app: Path, python: Path) -> int:
    """Grab a piece of the screen and write it as a JPEG, with the interpreter that will do so in the game."""
    done = subprocess.run(
        [str(python), "-m", "lib.recorder.check_grab"],
        cwd=app,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    answer = (done.stdout + done.stderr).strip().splitlines()
    if done.returncode == 0:
        _say(f"checked: {answer[-1]}")
        _say("ready to record")
        return 0
    reason = answer[-1] if answer else f"the check ended with {done.returncode}"
    print(f"error: installed, but the screen can't be grabbed from here: {reason}", file=sys.stderr)
    return 1


# --------------------------------------------------------------------------------------------------- the game


def _place_icons(app: Path, game: Path, record: InstallRecord) -> None:
    folder = game / ICONS_IN_GAME
    folder.mkdir(parents=True, exist_ok=True)
    for icon in sorted((app / "ui" / "icons").glob("*.png")):
        target = folder / icon.name
        if target.exists() and not record.has_placed(target):
            if sha256(target) != sha256(icon):
                _say(f"left {target} as it is: another one is there already")
            continue
        shutil.copyfile(icon, target)
        record.placed = [file for file in record.placed if Path(file.path) != target]
        record.placed.append(PlacedFile(str(target), sha256(target)))
        _say(f"placed {target}")


def _shown(program: str) -> str:
    """A program as it is typed at a prompt."""
    return f'"{program}"' if " " in program else program


def _say_how_to_enable(game: Path, documents: Path | None) -> None:
    try:
        enabled = is_enabled(game_config(game, documents))
    except UserError:
        enabled = False
    if enabled:
        _say("the app is enabled: find SyncLogger in the app bar on the right edge of the screen, in a session")
    else:
        _say(
            "to enable the app: in the game Options > General > UI Modules > logger, in Content Manager Settings > "
            f"Assetto Corsa > Python Apps, or run `{_shown(sys.executable)} -m lib install --enable`"
        )
    if sys.platform != "win32" and not packed_python(game / "apps" / "python" / "logger").exists():
        _say("under Proton the game starts Windows programs only: use a release packed with a runtime there")


def _say_where_recordings_go(app: Path) -> None:
    settings, problems = read_settings(str(app))
    for problem in problems:
        _say(problem)
    captures = Path(str(settings["CAPTURE.OUTPUT_FOLDER"]) or app / "captures")
    if captures.is_relative_to(app):
        _say(
            f"recordings go to {captures}, in the app's folder: Content Manager's Delete and \"remove existing first\" "
            "take that folder away; name one elsewhere in the setting OUTPUT_FOLDER"
        )
    else:
        _say(f"recordings go to {captures}")
