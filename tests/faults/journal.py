"""Every change that a recorder makes to its folder, written down; and what a power cut at any moment leaves of it.

A disk keeps for sure what was synced. Of everything later it keeps what it likes, in any order: names without
their content, content without its name, blocks with holes before them.
"""

from __future__ import annotations

import io
import os
import pickle
import random
import stat
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# What a disk writes at once or not at all.
BLOCK = 512


@dataclass(frozen=True)
class Change:
    """One change or one sync. `file` is a number that a file keeps under every name; 0 where it's about the folder."""

    kind: str  # create, data, size, rename, unlink, sync, sync_folder
    moment: float
    file: int = 0
    name: str = ""
    new_name: str = ""
    at: int = 0  # data: the offset; size: the size; syncs: how many changes had been made when it began
    content: bytes = b""


class JournalWriter:
    """Sits between the recorder and the system, in the recorder's process."""

    def __init__(self, folder: str, path: str) -> None:
        self._folder = folder
        self._file = Path(path).open("wb")  # noqa: SIM115 - open for as long as the process lives
        self._lock = threading.RLock()
        self._count = 0
        self._last_file = 0
        self._by_inode: dict[int, int] = {}
        self._sizes: dict[int, int] = {}
        self._system = {name: getattr(os, name) for name in ("write", "fsync", "ftruncate", "rename", "unlink")}
        self._open = io.open

    def install(self) -> None:
        io.open = self._opening  # type: ignore[assignment]
        os.write = self._writing
        os.fsync = self._syncing  # type: ignore[assignment]
        os.ftruncate = self._truncating
        os.rename = os.replace = self._renaming  # type: ignore[assignment]
        os.unlink = self._unlinking  # type: ignore[assignment]

    def _note(self, kind: str, **values: Any) -> None:
        pickle.dump(Change(kind, time.monotonic(), **values), self._file)
        self._file.flush()
        self._count += 1

    def _name(self, path: Any) -> str:
        """The path inside the folder; "" for any other."""
        folder, name = os.path.split(os.fspath(path)) if isinstance(path, str | os.PathLike) else ("", "")
        return str(name) if folder == self._folder else ""

    def _note_growth(self, path: Any, file: int) -> None:
        """What was written to a file by ways that are not hooked."""
        with self._open(path, "rb") as content:
            content.seek(self._sizes[file])
            grown = content.read()
        if grown:
            self._note("data", file=file, at=self._sizes[file], content=grown)
            self._sizes[file] += len(grown)

    def _opening(self, path: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        name = self._name(path)
        if not name or "r" in mode:
            return self._open(path, mode, *arguments, **options)
        with self._lock:
            is_new = not os.path.lexists(path)
            opened = self._open(path, mode, *arguments, **options)
            inode = os.fstat(opened.fileno()).st_ino
            if is_new:
                self._last_file += 1
                self._by_inode[inode] = self._last_file
                self._sizes[self._last_file] = 0
                self._note("create", file=self._last_file, name=name)
            elif "w" in mode:
                self._sizes[self._by_inode[inode]] = 0
                self._note("size", file=self._by_inode[inode], at=0)
            return opened

    def _tracked(self, descriptor: int) -> int:
        return self._by_inode.get(os.fstat(descriptor).st_ino, 0)

    def _writing(self, descriptor: int, content: Any) -> int:
        with self._lock:
            file = self._tracked(descriptor)
            written: int = self._system["write"](descriptor, content)
            if file:
                self._note("data", file=file, at=self._sizes[file], content=bytes(content[:written]))
                self._sizes[file] += written
            return written

    def _truncating(self, descriptor: int, size: int) -> None:
        with self._lock:
            self._system["ftruncate"](descriptor, size)
            if file := self._tracked(descriptor):
                self._sizes[file] = size
                self._note("size", file=file, at=size)

    def _syncing(self, descriptor: int) -> None:
        with self._lock:
            is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
            file = 0 if is_folder else self._tracked(descriptor)
            if file:
                self._note_growth(f"/proc/self/fd/{descriptor}", file)
            began = self._count
        self._system["fsync"](descriptor)
        with self._lock:
            if file or is_folder:
                self._note("sync_folder" if is_folder else "sync", file=file, at=began)

    def _renaming(self, old: Any, new: Any, **options: Any) -> None:
        with self._lock:
            file = self._by_inode.get(Path(old).stat().st_ino, 0) if self._name(old) else 0
            if file:
                self._note_growth(old, file)
            self._system["rename"](old, new, **options)
            if file:
                self._note("rename", file=file, name=self._name(old), new_name=self._name(new))

    def _unlinking(self, path: Any, **options: Any) -> None:
        with self._lock:
            self._system["unlink"](path, **options)
            if name := self._name(path):
                self._note("unlink", name=name)


def read_journal(path: Path) -> list[Change]:
    """All changes, in the order in which they were made."""
    changes = []
    with path.open("rb") as file:
        while True:
            try:
                changes.append(pickle.load(file))
            except EOFError:
                return changes


@dataclass
class Disk:
    """What is on the disk after the power went."""

    names: dict[str, int] = field(default_factory=dict)
    contents: dict[int, bytearray] = field(default_factory=dict)

    def write_to(self, folder: Path) -> None:
        folder.mkdir()
        for name, file in self.names.items():
            (folder / name).write_bytes(self.contents.get(file, b""))


def after_power_cut(changes: list[Change], cut: int, rng: random.Random) -> Disk:
    """What may be left when the power goes after so many changes."""
    done = changes[:cut]
    synced: dict[int, int] = {}  # file -> the changes of it that are safe
    for change in done:
        if change.kind in ("sync", "sync_folder"):
            synced[change.file] = max(synced.get(change.file, 0), change.at)
    disk = Disk()
    luck = rng.choice((0.0, 0.5, 0.9, 1.0))
    for index, change in enumerate(done):
        if change.kind in ("create", "rename", "unlink"):
            if index < synced.get(0, 0) or rng.random() < luck:
                _apply_to_names(disk, change)
        elif change.kind in ("data", "size"):
            is_safe = index < synced.get(change.file, 0)
            _apply_to_content(disk.contents.setdefault(change.file, bytearray()), change, is_safe, luck, rng)
    return disk


def _apply_to_names(disk: Disk, change: Change) -> None:
    if change.kind == "create":
        disk.names[change.name] = change.file
        return
    disk.names.pop(change.name, None)
    if change.kind == "rename":
        disk.names[change.new_name] = change.file


def _apply_to_content(content: bytearray, change: Change, is_safe: bool, luck: float, rng: random.Random) -> None:
    if change.kind == "size":
        if is_safe or rng.random() < luck:
            del content[change.at :]
        return
    written = bytearray(change.content)
    if not is_safe:
        if rng.random() < 0.3:
            return  # not even the new size reached the disk
        for start in range(0, len(written), BLOCK):
            if rng.random() >= luck:
                written[start : start + BLOCK] = bytes(len(written[start : start + BLOCK]))
    if len(content) < change.at:
        content.extend(bytes(change.at - len(content)))
    content[change.at : change.at + len(written)] = written
