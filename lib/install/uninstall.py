"""`python -m lib uninstall`: takes back exactly what install placed. Captures and settings stay."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ..errors import UserError
from .inifile import value_of, with_value
from .record import ChangedFile, InstallRecord, PlacedFile, read_record, record_path, sha256


def uninstall(app: Path) -> int:
    """Undo what the record says. 0: all of it is taken back."""
    if not record_path(app).exists():
        print("nothing to take back: install has not been run here")
        return 0
    record = read_record(app)
    environment = _environment_to_remove(app, record)
    for changed in reversed(record.changed):
        _restore(changed)
    for placed in record.placed:
        _remove(placed)
    if environment:
        shutil.rmtree(environment)
        print(f"removed {environment}")
    record_path(app).unlink()
    print("captures and settings are left as they are; to be rid of them too, delete the folder of the app")
    return 0


def _restore(changed: ChangedFile) -> None:
    path = Path(changed.path)
    backup = Path(changed.backup) if changed.backup else None
    if path.exists() and sha256(path) == changed.sha256:
        if backup and backup.exists():
            backup.replace(path)
        elif backup is None:
            path.unlink()
        print(f"restored {path}")
        return
    # Changed since, by the game or the player: only this app's own switch is taken back.
    if path.exists() and value_of(path.read_bytes(), "LOGGER", "ACTIVE") == "1":
        path.write_bytes(with_value(path.read_bytes(), "LOGGER", "ACTIVE", "0"))
        print(f"turned the app off in {path}, which was changed since and is otherwise left as it is")
    if backup and backup.exists():
        backup.unlink()


def _remove(placed: PlacedFile) -> None:
    path = Path(placed.path)
    if not path.exists():
        return
    if sha256(path) != placed.sha256:
        print(f"left {path}: it was changed since")
        return
    path.unlink()
    print(f"removed {path}")


def _environment_to_remove(app: Path, record: InstallRecord) -> Path | None:
    """The virtual environment that install made. Raise UserError where this very Python lives in it."""
    folder = app / ".venv"
    if record.environment != str(folder) or not folder.is_dir():
        return None
    if Path(sys.prefix).resolve() == folder.resolve():
        raise UserError(f"{folder} can't be removed by its own Python: run this with another one")
    return folder
