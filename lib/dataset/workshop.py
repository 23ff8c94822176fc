"""The folder in which sets are made before they get their place, and what is left of such folders after a kill."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..captures.lock import LOCK_FILE, FolderBusyError, FolderLock, NoLocksError

# Stands in the folder once its lock is held: who can take the lock of a folder with this mark knows that it is dead.
_MARK = "made-by-synclogger-split"
_SETS = "sets"
_LONGEST_NAME = 50


@contextlib.contextmanager
def workshop(target: Path, files: tuple[str, ...]) -> Iterator[Path]:
    """A new folder beside the target, for these files; gone in the end. Raise OSError where it can't be made.

    Those that a killed run left for the same target are removed first.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{target.name[:_LONGEST_NAME]}."
    for other in target.parent.iterdir():
        if other.name.startswith(prefix):
            _remove_if_dead(other, files)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=prefix) as name, contextlib.ExitStack() as held:
        # A drive that has no locks gets no mark: what is left there has to be removed by hand.
        with contextlib.suppress(NoLocksError):
            held.enter_context(FolderLock(Path(name)))
            Path(name, _MARK).touch()
        fresh = Path(name, _SETS)  # with the rights that a new folder has, not those of a temporary one
        fresh.mkdir()
        yield fresh


def _remove_if_dead(folder: Path, files: tuple[str, ...]) -> None:
    """Remove a folder that a killed run left. One with anything else in it is not ours; one in use is locked."""
    with contextlib.suppress(OSError):
        if folder.is_symlink() or not (folder / _MARK).is_file():
            return
        inside = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
        if not inside <= {LOCK_FILE, _MARK, _SETS, *(f"{_SETS}/{file}" for file in files)}:
            return
        with contextlib.suppress(FolderBusyError, NoLocksError):
            FolderLock(folder).release()
            shutil.rmtree(folder)
