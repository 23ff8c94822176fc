"""What install placed, so that uninstall takes back exactly that."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..errors import UserError

_NAME = ".installed.json"


@dataclass(frozen=True)
class PlacedFile:
    """A file outside the app's folder that install made."""

    path: str
    sha256: str


@dataclass(frozen=True)
class ChangedFile:
    """A file of the game that install changed. `backup` is the copy of before, or None where there was no file."""

    path: str
    sha256: str
    backup: str | None


@dataclass
class InstallRecord:
    """Everything that install left behind, besides the app's own files."""

    environment: str | None = None
    placed: list[PlacedFile] = field(default_factory=list)
    changed: list[ChangedFile] = field(default_factory=list)

    def has_placed(self, path: Path) -> bool:
        return any(Path(file.path) == path for file in self.placed)

    def has_changed(self, path: Path) -> bool:
        return any(Path(file.path) == path for file in self.changed)

    def write(self, app: Path) -> None:
        record_path(app).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8", newline="\n")


def record_path(app: Path) -> Path:
    return app / _NAME


def read_record(app: Path) -> InstallRecord:
    """The record of earlier installs; an empty one when there is none."""
    path = record_path(app)
    if not path.exists():
        return InstallRecord()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return InstallRecord(
            environment=found["environment"],
            placed=[PlacedFile(**file) for file in found["placed"]],
            changed=[ChangedFile(**file) for file in found["changed"]],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is damaged ({error}): delete it, and remove by hand what install placed") from error


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
