"""OUT: finished files under their names, and in `.synclogger` what says which of them are whole.

A part is there when its marker is, and the marker is written last. So a run that was killed leaves nothing that
counts and is not whole, and the next one goes on.
"""

import contextlib
import errno
import hashlib
import json
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from ..captures.files import write_json
from ..captures.lock import FolderLock
from ..errors import UserError
from .parts import File, PartResult

# What begins with a dot is no data for any loader.
OURS = ".synclogger"
STATE = "export.json"
PARTS = "parts"
_FRESH = "fresh"
FINISHED = "finished.json"
_BEGUN = ".begun"  # of a marker whose files are not all in place
_BUSY = "another export is at work on this folder: wait for it, or choose another one"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CHUNK = 1 << 20


class OutError(UserError):
    """OUT can't be written, so that nothing more can be done. The message is for the user."""


class Store(Protocol):
    """Where an export goes. Small: it goes to every process and machine that makes parts."""

    @property
    def name(self) -> str:
        """As the user named it."""
        ...

    def holds_other_things(self) -> bool:
        """Whether something is there that is no export of ours."""
        ...

    def state(self) -> dict[str, Any] | None:
        """What `write_state` wrote last; None where OUT is new. Raise OutError where it can't be read."""
        ...

    def write_state(self, content: dict[str, Any]) -> None:
        """Replace it at once."""
        ...

    def results(self) -> dict[int, PartResult]:
        """The parts that are whole and whose files are there in the size that they had, by their numbers."""
        ...

    def fresh(self) -> AbstractContextManager[Path]:
        """A new folder of this machine for files that are being made, gone in the end."""
        ...

    def keep_part(self, result: PartResult, folder: Path) -> None:
        """Put the files of this fresh folder in place, which `result` lists, and then the marker."""
        ...

    def read(self, name: str) -> bytes:
        """A file that a part wrote."""
        ...

    def drop_part(self, result: PartResult) -> None:
        """Take the marker and the files of a part away, because it is made anew."""
        ...

    def finished(self) -> tuple[File, ...]:
        """The files over all parts, as they were put in place last."""
        ...

    def keep_finished(self, files: tuple[File, ...], folder: Path) -> None:
        """Put these files of this fresh folder in place; those that only an earlier run had go."""
        ...

    def held(self) -> AbstractContextManager[None]:
        """Hold OUT against a second run, where that can be, and clear away what a killed one left."""
        ...


def files_in(folder: Path, sha256: dict[str, str]) -> tuple[File, ...]:
    """The files below a fresh folder, in the order of their names. Those not hashed yet are read.

    Raise FileNotFoundError where the folder was cleared away meanwhile, so that no part counts as whole that is not.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    folder.stat()
    named = [(path, path.relative_to(folder).as_posix()) for path in paths]
    return tuple(File(name, path.stat().st_size, sha256.get(name) or _sha256_of(path)) for path, name in named)


class FolderStore:
    """OUT on a drive of this machine, or one that every machine of a cluster sees under the same name."""

    def __init__(self, out: Path) -> None:
        self._out = out.resolve()
        self._name = str(out)
        self._ours = self._out / OURS

    @property
    def name(self) -> str:
        """As the user named it."""
        return self._name

    def holds_other_things(self) -> bool:
        """Whether something is there that is no export of ours."""
        if not self._out.exists():
            return False
        if not self._out.is_dir():
            return True
        return not (self._ours / STATE).is_file() and any(path.name != OURS for path in self._out.iterdir())

    def state(self) -> dict[str, Any] | None:
        """What `write_state` wrote last; None where OUT is new. Raise OutError where it can't be read."""
        content = self._read(STATE)
        return content if isinstance(content, dict) else None

    def write_state(self, content: dict[str, Any]) -> None:
        """Replace it at once."""
        with self._writing():
            self._ours.mkdir(parents=True, exist_ok=True)
            write_json(self._ours / STATE, content)

    def results(self) -> dict[int, PartResult]:
        """The parts that are whole and whose files are there in the size that they had, by their numbers."""
        found = {}
        for path in sorted((self._ours / PARTS).glob("*.json")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                result = PartResult.of(json.loads(path.read_bytes()))
                if all((self._out / file.name).stat().st_size == file.size for file in result.files):
                    found[result.number] = result
        return found

    @contextmanager
    def fresh(self) -> Iterator[Path]:
        """A new folder of this machine for files that are being made, gone in the end."""
        with self._writing():
            (self._ours / _FRESH).mkdir(parents=True, exist_ok=True)
            folder = tempfile.mkdtemp(dir=self._ours / _FRESH)
        try:
            with self._writing():
                yield Path(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep_part(self, result: PartResult, folder: Path) -> None:
        """Put the files of this fresh folder in place, which `result` lists, and then the marker."""
        marker = self._marker(result)
        with self._writing():
            marker.parent.mkdir(parents=True, exist_ok=True)
            write_json(_begun(marker), result.content())
            self._put_in_place(result.files, folder)
            try:
                _begun(marker).replace(marker)
            except FileNotFoundError:
                marker.stat()  # a machine that was taken for dead made the same part meanwhile

    def read(self, name: str) -> bytes:
        """A file that a part wrote."""
        return (self._out / name).read_bytes()

    def drop_part(self, result: PartResult) -> None:
        """Take the marker and the files of a part away, because it is made anew."""
        marker = self._marker(result)
        with self._writing():
            marker.replace(_begun(marker))
            self._take_back(_begun(marker))

    def finished(self) -> tuple[File, ...]:
        """The files over all parts, as they were put in place last."""
        content = self._read(FINISHED)
        return tuple(File(*file) for file in content["files"]) if content else ()

    def keep_finished(self, files: tuple[File, ...], folder: Path) -> None:
        """Put these files of this fresh folder in place; those that only an earlier run had go."""
        with self._writing():
            before = self.finished()
            self._put_in_place(files, folder)
            write_json(self._ours / FINISHED, {"files": [list(file) for file in files]})
            self._remove({file.name for file in before} - {file.name for file in files})

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold OUT against a second run, and clear away what a killed one left."""
        with self._writing():
            self._ours.mkdir(parents=True, exist_ok=True)
            lock = FolderLock(self._ours, busy=_BUSY)
        try:
            with lock:
                self._clear_away()
                try:
                    yield
                finally:
                    self._clear_away()
        finally:
            if not (self._ours / STATE).exists():  # nothing was begun, so nothing stays
                shutil.rmtree(self._ours, ignore_errors=True)
                with contextlib.suppress(OSError):
                    self._out.rmdir()

    def _clear_away(self) -> None:
        """What a run left that was killed."""
        self._clear_fresh()
        with self._writing():
            for begun in (self._ours / PARTS).glob(f"*{_BEGUN}"):
                self._take_back(begun)

    def _clear_fresh(self) -> None:
        """At once for whoever is still at work on another machine: it finds its folder gone, not half empty."""
        old = self._ours / f"{_FRESH}-{uuid.uuid4().hex}"
        with contextlib.suppress(OSError):
            (self._ours / _FRESH).rename(old)
        for folder in self._ours.glob(f"{_FRESH}*"):
            shutil.rmtree(folder, ignore_errors=True)

    def _take_back(self, begun: Path) -> None:
        # It may become whole meanwhile, by another machine that nobody waited for.
        with contextlib.suppress(ValueError, KeyError, TypeError, FileNotFoundError):
            self._remove(file.name for file in PartResult.of(json.loads(begun.read_bytes())).files)
        begun.unlink(missing_ok=True)

    def _put_in_place(self, files: Iterable[File], folder: Path) -> None:
        for file in files:
            target = self._out / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            (folder / file.name).replace(target)

    def _marker(self, result: PartResult) -> Path:
        return self._ours / PARTS / f"{result.number:06d}.json"

    def _read(self, name: str) -> Any:
        path = self._ours / name
        try:
            return json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise OutError(f"{path} can't be read ({error}): remove {self._name} and export it anew") from error

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            (self._out / name).unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise out_error(self._name, error) from error


def out_error(name: str, error: Exception) -> OutError:
    """What to say where it refuses."""
    told = getattr(error, "strerror", None) or str(error).partition("\n")[0] or type(error).__name__
    what = "has no room" if getattr(error, "errno", None) in _NO_ROOM else f"can't be written ({told})"
    return OutError(f"{name} {what}: what is there is whole, the same command goes on from it")


def _begun(marker: Path) -> Path:
    return marker.with_suffix(_BEGUN)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
