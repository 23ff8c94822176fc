"""One quick look at a captures folder: every name, and what changes when the file behind it does.

A folder that did not change is known by this alone, so nothing here knows what the names mean, and nothing that takes
long to import is imported.
"""

import contextlib
import os
import stat
import sys
from array import array
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from ..captures.names import part_take
from ..progress import Progress, no_progress

# Below that, processes take longer to start than they save.
_MANY = 20_000
# So many names are one part of the work: on a slow share that is still less than the time of one that hangs.
_PART = 10_000


@dataclass(eq=False)
class Snapshot:
    """The names in a folder, in the order in which the system lists them, each with its stamp."""

    names: list[str] = field(default_factory=list)
    stamps: "array[int]" = field(default_factory=lambda: array("q"))
    no_files: set[str] = field(default_factory=set)  # of the names: folders, pipes

    def add(self, name: str, found: os.stat_result) -> None:
        """Note what is behind a name.

        The time of its last change of any kind is in the stamp: a tool can put back the time of the content, but not
        that one.
        """
        self.names.append(name)
        self.stamps.append(hash((found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode)))
        if not stat.S_ISREG(found.st_mode):
            self.no_files.add(name)

    def state(self) -> bytes:
        """Changes when anything in the folder changes."""
        told = blake2b("/".join(self.names).encode("utf-8", "surrogatepass"), digest_size=16)
        told.update(self.stamps.tobytes())
        return told.digest()


@dataclass(frozen=True)
class _Names:
    """Some names of a folder, for one process."""

    folder: str
    begin: int  # which of all names is the first
    names: list[str]


def look_at_names(folder: Path, progress: Progress = no_progress) -> Snapshot:
    """Look once at every name but the hidden ones that are none of the recorder's. OSError: it can't be listed."""
    if sys.platform == "win32":
        return _listed(folder)
    names = [name for name in os.listdir(folder) if _counts(name)]  # noqa: PTH208 - names, not a Path each
    if len(names) < _MANY:
        return _looked_up(_Names(os.fspath(folder), 0, names))
    return _on_all_cores(os.fspath(folder), names, progress)


def _listed(folder: Path) -> Snapshot:
    """Where the system tells all about a file with its name."""
    seen = Snapshot()
    with os.scandir(folder) as entries:
        for entry in entries:
            if _counts(entry.name):
                with contextlib.suppress(FileNotFoundError):
                    seen.add(entry.name, entry.stat())
    return seen


def _looked_up(part: _Names) -> Snapshot:
    """Where each name has to be looked up. From the opened folder: the system then doesn't go the whole path again."""
    seen = Snapshot()
    opened = os.open(part.folder, os.O_RDONLY)
    try:
        for name in part.names:
            try:
                found = os.stat(name, dir_fd=opened)
            except FileNotFoundError:
                continue  # gone since the folder was listed, or a link to nothing
            except OSError:
                found = os.stat(name, dir_fd=opened, follow_symlinks=False)  # a link that leads in a circle
            seen.add(name, found)
    finally:
        os.close(opened)
    return seen


def _on_all_cores(folder: str, names: list[str], progress: Progress) -> Snapshot:
    from ..recordings.workers import Failed, cores, run_parts, starts_quickly  # a small folder needs none of it

    processes = cores() if starts_quickly() else 1
    share = min(_PART, -(-len(names) // processes))
    parts = [_Names(folder, begin, names[begin : begin + share]) for begin in range(0, len(names), share)]
    found: dict[int, Snapshot] = {}
    looked_up = 0
    progress("looking at names", 0, len(names))
    for done in run_parts(_looked_up, parts, processes=processes):
        looked_up += len(done.part.names)
        progress("looking at names", looked_up, len(names))
        found[done.part.begin] = _looked_up(done.part) if isinstance(done.result, Failed) else done.result
    seen = Snapshot()
    for _, one in sorted(found.items()):
        seen.names += one.names
        seen.stamps += one.stamps
        seen.no_files |= one.no_files
    return seen


def _counts(name: str) -> bool:
    return name[0] != "." or part_take(name) is not None
