"""Leaves frames out of every set, and takes that back. Nothing is moved or deleted, and a recording may go on."""

import errno
import getpass
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ..captures.lock import FolderLock
from ..errors import UserError
from .discards import DISCARDS_FILE, Discard, Discards, read_discards, write_discards
from .selection import Selected, range_name

# The recorder holds another one: a recording that runs is not in the way.
_LOCK_FILE = ".discards.lock"
_PATIENCE = 10.0


@dataclass(frozen=True)
class Wanted:
    """What is to be left out, and why."""

    selected: Selected
    why: str


def discard(folder: Path, wanted: Iterable[Wanted]) -> list[Discard]:
    """Leave these out. Returns what is new; what was left out already stays as it was."""
    new: list[Discard] = []
    with _held(folder):
        discards = read_discards(folder)
        who, when = _who(), datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        for one in wanted:
            take, first, last = one.selected
            known = [(entry.first, entry.last) for entry in discards.entries if entry.is_of(take.take_id, take.number)]
            if list(without([(first, last)], known)):
                new.append(Discard(take.take_id, take.number, first, last, one.why, who, when))
                discards.entries.append(new[-1])
        if new:
            _write(folder, discards)
    return new


def restore(folder: Path, selected: Iterable[Selected]) -> list[Discard]:
    """Take these back into the sets. Returns what was left out of them, as far as it was."""
    with _held(folder):
        discards = read_discards(folder)
        kept, restored = discards.entries, list[Discard]()
        for take, first, last in selected:
            before, kept = kept, []
            for entry in before:
                if not entry.is_of(take.take_id, take.number):
                    kept.append(entry)
                    continue
                rest = list(without([(entry.first, entry.last)], [(first, last)]))
                kept += [replace(entry, first=begin, last=end) for begin, end in rest]
                begin, end = max(first, entry.first), min(last, entry.last)
                if begin <= end:
                    restored.append(replace(entry, first=begin, last=end))
        if restored:
            _write(folder, Discards(kept))
    return restored


def restore_all(folder: Path) -> list[Discard]:
    """Take everything back, also of takes that are not here any more."""
    with _held(folder):
        entries = read_discards(folder).entries
        if entries:
            _write(folder, Discards())
    return entries


def name_of(entry: Discard) -> str:
    """As people type it."""
    return range_name(f"{entry.take:02d}", entry.first, entry.last)


def without(stretches: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of these stretches is in none of the taken ones."""
    ordered = sorted(taken)
    for first, last in stretches:
        for begin, end in ordered:
            if end < first or begin > last:
                continue
            if begin > first:
                yield first, begin - 1
            first = end + 1
        if first <= last:
            yield first, last


def _held(folder: Path) -> FolderLock:
    busy = f"another command is changing {DISCARDS_FILE} in this folder: try again"
    try:
        # Windows refuses for a moment where another one lets go of the lock; a folder that refuses always does it now.
        patience = _PATIENCE if os.access(folder, os.W_OK) else 0.0
        return FolderLock(folder, patience, _LOCK_FILE, busy)
    except OSError as error:
        raise _not_written(folder, error) from error


def _write(folder: Path, discards: Discards) -> None:
    try:
        write_discards(folder, discards)
    except OSError as error:
        raise _not_written(folder, error) from error


def _not_written(folder: Path, error: OSError) -> UserError:
    what = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "make the folder writable, or work on a copy"
    if (folder / _LOCK_FILE).is_dir():
        what = f"{_LOCK_FILE} in it is a folder, move that away"
    why = error.strerror or error
    return UserError(f"{DISCARDS_FILE} can't be written into {folder} ({why}), so nothing was changed: {what}")


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""  # a system that does not say
