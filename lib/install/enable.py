"""Enables the app in the game's own settings, keeping a copy of each file it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from .inifile import value_of, with_value
from .record import ChangedFile, InstallRecord, sha256

_BACKUP_SUFFIX = ".before-synclogger"


@dataclass(frozen=True)
class Switch:
    """A value that the game must find."""

    file: str
    section: str
    key: str


# The section of an app is its folder's name in capitals.
SWITCHES = (Switch("gameplay.ini", "PYTHON", "ENABLE_PYTHON"), Switch("python.ini", "LOGGER", "ACTIVE"))


def enable(config: Path, record: InstallRecord, say: Callable[[str], None]) -> None:
    """Turn on Python apps, and this one. Add to the record what was changed."""
    for switch in SWITCHES:
        path = config / switch.file
        content = path.read_bytes() if path.exists() else b""
        if value_of(content, switch.section, switch.key) == "1":
            say(f"{path} already has [{switch.section}] {switch.key}=1")
            continue
        try:
            changed = with_value(content, switch.section, switch.key, "1")
        except ValueError as error:
            raise UserError(f"{path}: {error}; enable the app in the game instead") from error
        record.changed = [file for file in record.changed if Path(file.path) != path]
        record.changed.append(_replace(path, changed))
        say(f"set [{switch.section}] {switch.key}=1 in {path}")


def _replace(path: Path, content: bytes) -> ChangedFile:
    backup = None
    if path.exists():
        backup = path.with_name(path.name + _BACKUP_SUFFIX)
        backup.write_bytes(path.read_bytes())
    path.write_bytes(content)
    return ChangedFile(str(path), sha256(path), str(backup) if backup else None)


def is_enabled(config: Path) -> bool:
    """Whether the game will load the app."""
    return all(
        (config / switch.file).exists()
        and value_of((config / switch.file).read_bytes(), switch.section, switch.key) == "1"
        for switch in SWITCHES
    )
