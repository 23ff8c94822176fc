"""What a repair found and did, in words."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..captures.names import DATA_FILE
from ..errors import UserError
from .rescue import RESCUED

_SHOWN = 3


class UnreadableError(UserError):
    """A file can't be read just now, which says nothing about what is in it. The message names it."""


@dataclass
class RepairReport:
    """What was found and done."""

    rows_rebuilt: int = 0
    rows_taken_out: int = 0
    unfinished_files: int = 0
    takes_completed: list[int] = field(default_factory=list)
    taken_out: list[str] = field(default_factory=list)  # pictures, also what only had the name of one
    notes: list[str] = field(default_factory=list)  # what else was done, or is to be done by the user
    left_alone: list[str] = field(default_factory=list)  # what is none of its business, for people
    _left: dict[str, list[str]] = field(default_factory=dict)

    @property
    def pictures_taken_out(self) -> int:
        """How many."""
        return len(self.taken_out)

    @property
    def is_clean(self) -> bool:
        """Whether there was nothing to mend."""
        return not (self.lines() or self.notes)

    def __str__(self) -> str:
        return "\n".join([*self.lines(), *self.notes, *self.left(), *self.left_alone] or ["nothing to mend"])

    def leave(self, name: str, why: str) -> None:
        """A file is left in place although it isn't in step with the others."""
        self._left.setdefault(why, []).append(name)

    def left(self) -> list[str]:
        """What was left in place and why, for people."""
        return [f"left in place: {name}{_and_more(names)}: {why}" for why, (name, *names) in self._left.items()]

    def lines(self) -> list[str]:
        """What was done, for people."""
        found = []
        if self.takes_completed:
            found.append(f"completed {_count(len(self.takes_completed), 'take')} that a crash left open")
        if self.rows_rebuilt:
            found.append(f"rebuilt {_count(self.rows_rebuilt, 'row')} of {DATA_FILE} from the pictures")
        if self.rows_taken_out:
            found.append(f"took {_count(self.rows_taken_out, 'row')} without a whole picture out of {DATA_FILE}")
        if self.pictures_taken_out:
            shown = ", ".join(self.taken_out[:_SHOWN]) + _and_more(self.taken_out[_SHOWN:])
            taken = _count(self.pictures_taken_out, "picture")
            found.append(f"took out {taken} that can't be used, to {RESCUED}: {shown}")
        if self.unfinished_files:
            found.append(f"took out {_count(self.unfinished_files, 'file')} that was never finished")
        return found


class Unread:
    """What becomes of files that can't be read: the recorder's start waits for them, `repair` tells of them."""

    def __init__(self, waits: bool) -> None:
        self._waits = waits
        self._words: dict[str, str] = {}

    def note(self, path: Path, error: OSError) -> None:
        """A file can't be read. Raise UnreadableError where that is to be waited for."""
        words = _cant_read(path, error)
        if self._waits:
            raise UnreadableError(words) from error
        self._words.setdefault(path.name, words)

    def is_about(self, take: int) -> bool:
        """Whether a file of this take could not be read."""
        return any(name.startswith(f"{take:02d}_") for name in self._words)

    def words(self) -> list[str]:
        """For people, without end even where a whole disk can't be read."""
        if not self._words:
            return []
        first, *others = self._words.values()
        return [f"{first}{_and_more(others)}: left as it is, run repair again when it can be read"]


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise UnreadableError where the file, without which nothing can be mended, can't be read."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableError(_cant_read(path, error)) from error


def _cant_read(path: Path, error: OSError) -> str:
    return f"{path.name} can't be read ({error.strerror or error})"


def _and_more(names: list[str]) -> str:
    return f" and {len(names)} more" if names else ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
