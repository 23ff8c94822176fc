"""Puts on the disk for sure what was stored: on a rhythm, away from the threads that store.

What the system has written is safe when a process dies. It is safe when the power goes only after a sync, of the
file's content, of the folder with its name, and of data.csv with its row. Only then `TakeFiles.safe` moves on.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ...captures.files import AppendedFile, sync_file, sync_folder
from .frame import TakeFiles
from .refusals import in_words

_SYNC_SECONDS = 1.0
_MOST_UNSYNCED = 1000
# How long the end of a take waits for pictures that a virus scanner keeps from being synced, and how often it looks.
_HELD_SECONDS = 1.5
_STEP_SECONDS = 0.02


class _Picture(NamedTuple):
    take: TakeFiles
    path: Path
    frame: int
    rows_end: int


class Syncer:
    """Syncs pictures, names, rows and ticks of one folder."""

    def __init__(self, folder: Path, rows: AppendedFile) -> None:
        self._folder = folder
        self._rows = rows
        self._pictures: deque[_Picture] = deque()  # in the order of storing
        self._ticks: deque[TakeFiles] = deque()
        self._reached: dict[TakeFiles, _Picture] = {}  # pictures up to here are synced, their names and rows are not
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.trouble = ""  # why the last sync did not succeed, for the user

    def stored(self, take: TakeFiles, picture: Path, frame: int, rows_end: int) -> None:
        """A picture has its name and its row, behind which data.csv ends; 0 where that says nothing about the take."""
        self._pictures.append(_Picture(take, picture, frame, rows_end))

    def wrote_ticks(self, take: TakeFiles) -> None:
        """Lines were appended to the take's NN_ticks.csv."""
        if take not in self._ticks:
            self._ticks.append(take)

    def run(self, after_each: Callable[[], None]) -> None:
        """Once a second until `stop`, and once more."""
        while not self._stopped.wait(_SYNC_SECONDS):
            self.sync_once()
            after_each()
        self.sync_once()

    def stop(self) -> None:
        """Have `run` return after a last sync."""
        self._stopped.set()

    def sync_all_of(self, take: TakeFiles, may_wait: Callable[[], bool]) -> bool:
        """Whether all the take's files are on the disk. Waits for those that are held, as long as that may be."""
        until = time.perf_counter() + _HELD_SECONDS
        while True:
            self.sync_once()
            is_waiting = take in self._ticks or any(picture.take is take for picture in self._pictures.copy())
            is_done = not is_waiting and take not in self._reached
            if is_done or not may_wait() or time.perf_counter() > until:
                return is_done and take.is_synced
            time.sleep(_STEP_SECONDS)

    def sync_once(self) -> None:
        """Sync for a moment. What a slow disk doesn't manage in it waits for the next time."""
        with self._lock:
            self.trouble = ""
            self._sync_pictures(time.perf_counter() + _SYNC_SECONDS)
            self._sync_names_and_rows()
            self._sync_ticks()

    def _sync_pictures(self, until: float) -> None:
        held: list[_Picture] = []
        while self._pictures and time.perf_counter() < until:
            picture = self._pictures.popleft()
            if not self._try(partial(sync_file, picture.path), picture.take):
                held.append(picture)  # Windows: a virus scanner looks at it; the next time then
            elif picture.take.is_synced and not any(other.take is picture.take for other in held):
                self._reached[picture.take] = picture
        self._pictures.extendleft(reversed(held))
        while len(self._pictures) > _MOST_UNSYNCED:
            # A disk that can't keep up. By now the system has written the oldest of them by itself.
            self._pictures.popleft().take.is_synced = False

    def _sync_names_and_rows(self) -> None:
        if not self._reached:
            return
        takes = tuple(self._reached)
        if self._try(partial(sync_folder, self._folder), *takes) and self._try(self._rows.sync, *takes):
            for take, picture in self._reached.items():
                if take.is_synced:
                    take.safe = replace(take.safe, frame=picture.frame, rows_end=picture.rows_end)
            self._reached.clear()

    def _sync_ticks(self) -> None:
        for _ in range(len(self._ticks)):
            take = self._ticks.popleft()
            lines = take.lines
            if not self._try(take.ticks.sync, take):
                self._ticks.append(take)
            elif take.is_synced:
                take.safe = replace(take.safe, ticks_end=lines.ticks_end, by_outcome=lines.by_outcome)

    def _try(self, action: Callable[[], object], *takes: TakeFiles) -> bool:
        """Do it for these takes. False: another program holds the file, it is to be tried again.

        What the disk refused is not tried again, and the takes count as not synced: the next try would succeed
        without having written what the system has dropped by then.
        """
        try:
            action()
        except PermissionError:
            return False
        except OSError as error:
            self.trouble = in_words(error)
            for take in takes:
                take.is_synced = False
        return True
