"""discards.json: what is left out of every set, without leaving the folder."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..captures.files import is_plain_file, write_json
from ..errors import UserError

DISCARDS_FILE = "discards.json"
DISCARDS_FORMAT = 1
# So begins the id of a take of which only the rows are left.
ID_OF_ROWS = "rows-"
# So an id goes on where another take with other rows has the same.
TOLD_APART = "-rows-"


class DiscardsError(UserError):
    """The file can't be used. The message is for the user."""


@dataclass(frozen=True)
class Discard:
    """Frames of one take that are left out: from the first to the last, both included."""

    take_id: str
    take: int  # the take's number when it was discarded, for people; `take_id` is what counts
    first: int
    last: int
    why: str
    who: str
    when_utc: str  # ISO 8601

    def is_of(self, take_id: str, take: int) -> bool:
        """Whether it is about that take.

        An id that was made of the rows, in whole or in part, changes when rows are added or repaired; in its folder
        the number is enough.
        """
        if take_id == self.take_id:
            return True
        return take == self.take and self.take_id.startswith((ID_OF_ROWS, take_id + TOLD_APART))


@dataclass
class Discards:
    """All that is left out of one folder."""

    entries: list[Discard] = field(default_factory=list)

    def of_take(self, take_id: str, take: int) -> list[tuple[int, int, str]]:
        """(first, last, why) of what is left out of a take, in order."""
        return sorted((entry.first, entry.last, entry.why) for entry in self.entries if entry.is_of(take_id, take))


def read_discards(folder: Path) -> Discards:
    """What the folder's file says. Raise DiscardsError where it is there and can't be understood.

    To go on without it would put back what someone took out.
    """
    path = folder / DISCARDS_FILE
    try:
        if not is_plain_file(path):
            raise DiscardsError(f"{path} is no file, so nothing was done: move it away")
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Discards()
    except (OSError, ValueError, RecursionError) as error:
        raise DiscardsError(
            f"{path} can't be read ({error}), so nothing was done: mend it, or move it away to use every frame"
        ) from error
    return _understood(content, path)


def write_discards(folder: Path, discards: Discards) -> None:
    """Replace the file at once. Raise OSError where the disk refuses."""
    content = {"format": DISCARDS_FORMAT, "discards": [asdict(entry) for entry in discards.entries]}
    write_json(folder / DISCARDS_FILE, content, durable=True)


def _understood(content: Any, path: Path) -> Discards:
    names = tuple(Discard.__annotations__)
    try:
        if content["format"] > DISCARDS_FORMAT:
            raise DiscardsError(f"{path} is of a later SyncLogger, so nothing was done: use that one")
        entries = [Discard(*(entry[name] for name in names)) for entry in content["discards"]]
        for name, kind in Discard.__annotations__.items():
            if not all(type(getattr(entry, name)) is kind for entry in entries):  # True is no frame
                raise TypeError(f"a {name} that is no {kind.__name__}")
        return Discards(entries)
    except (KeyError, TypeError) as error:
        raise DiscardsError(
            f"{path} is not what SyncLogger writes ({error!r}), so nothing was done: mend it, or move it away"
        ) from error
