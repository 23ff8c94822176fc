"""OUT behind a URL that fsspec knows, `s3://bucket/set`: parts are made on this machine and uploaded whole.

An object of such a store is there when all of it is, so nothing needs to be moved into place: the files of a part come
first, its marker last. What a killed run left of a part that has no marker is written over by the next one.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from ..captures.files import json_text
from ..errors import UserError
from ..recordings.places import place, without_chatter
from .parts import File, PartResult
from .store import FINISHED, OURS, PARTS, STATE, FolderStore, OutError, Store, out_error


class UrlStore:
    """OUT elsewhere. Goes to other processes as its URL."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    @property
    def name(self) -> str:
        """As the user named it."""
        return self._url

    def holds_other_things(self) -> bool:
        """Whether something is there that is no export of ours."""
        with self._reaching():
            fs, root = self._place()
            if fs.isfile(root):
                return True
            if fs.isfile(f"{root}/{OURS}/{STATE}"):
                return False
            there = fs.ls(root, detail=False) if fs.isdir(root) else []
            return any(path.rstrip("/").rpartition("/")[2] != OURS for path in there if path.rstrip("/") != root)

    def state(self) -> dict[str, Any] | None:
        """What `write_state` wrote last; None where OUT is new. Raise OutError where it can't be read."""
        content = self._read(STATE)
        return content if isinstance(content, dict) else None

    def write_state(self, content: dict[str, Any]) -> None:
        """Replace it at once."""
        self._write(STATE, content)

    def results(self) -> dict[int, PartResult]:
        """The parts that are whole and whose files are there in the size that they had, by their numbers."""
        with self._reaching():
            fs, root = self._place()
            sizes = {path: told["size"] for path, told in fs.find(root, detail=True).items()}
            markers = [path for path in sizes if path.startswith(f"{root}/{OURS}/{PARTS}/")]
            contents = fs.cat(markers, on_error="omit") if markers else {}
        found = {}
        for content in contents.values():
            try:
                result = PartResult.of(json.loads(content))
            except (ValueError, KeyError, TypeError):
                continue
            if all(sizes.get(f"{root}/{file.name}") == file.size for file in result.files):
                found[result.number] = result
        return found

    @contextmanager
    def fresh(self) -> Iterator[Path]:
        """A new folder of this machine for files that are being made, gone in the end."""
        try:
            with tempfile.TemporaryDirectory(prefix="synclogger-") as folder:
                yield Path(folder)
        except OSError as error:
            raise out_error(tempfile.gettempdir(), error) from error

    def keep_part(self, result: PartResult, folder: Path) -> None:
        """Upload the files of this fresh folder, which `result` lists, and then the marker."""
        self._upload(result.files, folder)
        self._write(_marker(result), result.content())

    def read(self, name: str) -> bytes:
        """A file that a part wrote."""
        with self._reaching():
            fs, root = self._place()
            return bytes(fs.cat_file(f"{root}/{name}"))

    def drop_part(self, result: PartResult) -> None:
        """Take the marker and the files of a part away, because it is made anew."""
        self._remove(f"{OURS}/{_marker(result)}")
        self._remove(*(file.name for file in result.files))

    def finished(self) -> tuple[File, ...]:
        """The files over all parts, as they were put in place last."""
        content = self._read(FINISHED)
        return tuple(File(*file) for file in content["files"]) if content else ()

    def keep_finished(self, files: tuple[File, ...], folder: Path) -> None:
        """Upload these files of this fresh folder; those that only an earlier run had go."""
        before = self.finished()
        self._upload(files, folder)
        self._write(FINISHED, {"files": [list(file) for file in files]})
        self._remove(*sorted({file.name for file in before} - {file.name for file in files}))

    def held(self) -> nullcontext[None]:
        """Nobody can be kept out there. A second run makes the same bytes."""
        return nullcontext()

    # ----------------------------------------------------------------------------------------------- the way there

    def _place(self) -> tuple[Any, str]:
        """The file system, as every process has its own, and the path of OUT in it."""
        from fsspec.core import url_to_fs

        without_chatter()
        fs, root = url_to_fs(self._url)
        fs.invalidate_cache()  # what other processes wrote
        return fs, root.rstrip("/")

    def _read(self, name: str) -> Any:
        with self._reaching():
            fs, root = self._place()
            try:
                content = fs.cat_file(f"{root}/{OURS}/{name}")
            except FileNotFoundError:
                return None
        try:
            return json.loads(content)
        except ValueError as error:
            raise OutError(
                f"{self._url}/{OURS}/{name} can't be read ({error}): remove {self._url} and export it anew"
            ) from error

    def _write(self, name: str, content: dict[str, Any]) -> None:
        with self._reaching():
            fs, root = self._place()
            fs.pipe_file(f"{root}/{OURS}/{name}", json_text(content).encode("utf-8", "surrogatepass"))

    def _upload(self, files: tuple[File, ...], folder: Path) -> None:
        with self._reaching():
            fs, root = self._place()
            fs.put([os.fspath(folder / file.name) for file in files], [f"{root}/{file.name}" for file in files])

    def _remove(self, *names: str) -> None:
        with self._reaching():
            fs, root = self._place()
            for name in names:
                if fs.exists(f"{root}/{name}"):
                    fs.rm_file(f"{root}/{name}")

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """One line for whatever goes wrong: each of fsspec's systems has errors of its own."""
        try:
            yield
        except UserError:
            raise
        except Exception as error:
            raise out_error(self._url, error) from error


def _marker(result: PartResult) -> str:
    return f"{PARTS}/{result.number:06d}.json"


def store_at(out: str) -> Store:
    """OUT as the user named it: a folder, or a URL. Raise UserError where nothing here reaches such a URL."""
    if "://" not in out:
        return FolderStore(Path(out))
    place(out)
    return UrlStore(out)
