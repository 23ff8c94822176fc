"""From grabbed pictures to files: encoders in threads, one writer that keeps the order, syncing on a rhythm.

What fails for want of a disk is tried again, in order, until it works or the take gives up; meanwhile the
queue fills and `has_room` says no. So names never have gaps, and rows and pictures stay in step.
"""

import contextlib
import queue
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from .encode import JpegOptions, paint_over, save_jpeg
from .geometry import Rect
from .raw_queue import RawQueue
from .refusals import in_words
from .store import (
    DATA_FILE,
    AppendedFile,
    bytes_to_keep_free,
    free_bytes,
    part_name,
    rename_to_new,
    sync_file,
    sync_folder,
    take_file_name,
    ticks_file_name,
    write_json,
)

# Encoded pictures that wait for their names and rows; their pixels are gone from memory by then.
_MOST_IN_FLIGHT = 80
# A virus scanner lets go of a fresh file soon; a full disk takes longer.
_FIRST_RETRY_SECONDS = 0.02
_RETRY_SECONDS = 0.2
# How long the end of a take waits for pictures that a virus scanner keeps from being synced.
_HELD_SECONDS = 1.5
_SYNC_SECONDS = 1.0
_MOST_UNSYNCED = 1000
_STUCK_SECONDS = 1.0
# Ticks that wait for a disk that refuses them: hours of driving, and still no burden.
_MOST_TICK_BYTES = 64 << 20

_STUCK = "pictures can't be written fast enough: the disk is too slow or doesn't answer"
_LOW_DISK = "the disk is nearly full ({0} MB left): make room, recording goes on by itself"


@dataclass(eq=False)
class TakeFiles:
    """The files of one take, as the writer sees them."""

    number: int
    ticks: AppendedFile
    # Set when what can't be written now shall be given up.
    give_up: threading.Event = field(default_factory=threading.Event)
    gave_up: bool = False  # a frame was given up: the writer's note that none may follow
    is_synced: bool = True  # False: the disk was too slow to be sure that all pictures are on it

    @classmethod
    def of(cls, folder: Path, number: int) -> "TakeFiles":
        return cls(number, AppendedFile(folder / ticks_file_name(number)))


@dataclass(eq=False)
class Frame:
    """One picture on its way to the disk."""

    take: TakeFiles
    tick: int
    name: str
    pixels: bytearray
    size: tuple[int, int]
    mask: Rect | None
    options: JpegOptions
    comment: bytes
    row: bytes
    encoded: threading.Event = field(default_factory=threading.Event)
    is_whole: bool = False

    @property
    def picture_bytes(self) -> int:
        return self.size[0] * self.size[1] * 4


class Stored(NamedTuple):
    """What became of a frame."""

    take: TakeFiles
    tick: int
    is_saved: bool
    has_row: bool


class _Ticks(NamedTuple):
    take: TakeFiles
    lines: bytes


class _Description(NamedTuple):
    take: TakeFiles
    content: dict[str, Any]
    is_last: bool


class Pipeline:
    """Takes frames and lines, brings them to the captures folder, and says what became of them."""

    def __init__(self, folder: Path, encoders: int) -> None:
        self._folder = folder
        self._rows = AppendedFile(folder / DATA_FILE)
        self._to_encode: RawQueue[Frame] = RawQueue(encoders)
        self._to_store: queue.SimpleQueue[Frame | _Ticks | _Description | None] = queue.SimpleQueue()
        self._stored: deque[Stored] = deque()
        self._lock = threading.Lock()
        self._in_flight = 0
        self._tick_bytes = 0
        self._stopped = threading.Event()
        self._unsynced: deque[tuple[Path, TakeFiles]] = deque()
        self._unsynced_takes: set[TakeFiles] = set()
        self._is_new = False  # pictures are synced, their names and rows are not
        self._sync_lock = threading.Lock()
        self._write_trouble = self._sync_trouble = ""
        self.crash = ""  # a traceback: the pipeline is broken for good
        self.free = free_bytes(folder)
        self.keep_free = bytes_to_keep_free(folder)
        self._progress_at = time.perf_counter()  # when a frame was last stored
        self._threads = [self._thread(self._encode) for _ in range(encoders)] + [self._thread(self._store)]
        self._syncer = self._thread(self._sync)
        for thread in (*self._threads, self._syncer):
            thread.start()

    def has_room(self, picture_bytes: int) -> bool:
        """Whether another frame of that size may be submitted."""
        if self.free < self.keep_free or self._in_flight >= _MOST_IN_FLIGHT:
            return False
        return self._to_encode.has_room(picture_bytes)

    def submit(self, frame: Frame) -> None:
        """Take the frame; its pixels belong to the pipeline from now on."""
        with self._lock:
            if self._in_flight == 0:
                self._progress_at = time.perf_counter()
            self._in_flight += 1
        self._to_encode.put(frame, frame.picture_bytes)
        self._to_store.put(frame)

    def write_ticks(self, take: TakeFiles, lines: str) -> bool:
        """Append lines to the take's NN_ticks.csv. False: too much is waiting already, they are lost."""
        encoded = lines.encode("ascii")
        with self._lock:
            if self._tick_bytes + len(encoded) > _MOST_TICK_BYTES:
                return False
            self._tick_bytes += len(encoded)
        self._to_store.put(_Ticks(take, encoded))
        return True

    def describe(self, take: TakeFiles, content: dict[str, Any], is_last: bool = False) -> None:
        """Write the take's NN_take.json. After the last one its files are closed."""
        self._to_store.put(_Description(take, content, is_last))

    def stored(self) -> list[Stored]:
        """What was stored or given up since the last call, in order."""
        found = []
        while self._stored:
            found.append(self._stored.popleft())
        return found

    @property
    def trouble(self) -> str:
        """Why nothing can be written just now; "" when it can."""
        return self._write_trouble or self._sync_trouble

    @property
    def in_flight(self) -> int:
        """Frames that were submitted and not yet stored."""
        return self._in_flight

    def is_stuck(self, now: float) -> bool:
        """Whether nothing was stored for so long that it is the disk that is slow, not the processor."""
        return self._in_flight > 0 and now - self._progress_at > _STUCK_SECONDS

    def whats_wrong(self, now: float) -> str:
        """What keeps pictures from the disk just now, for the user; "" when nothing does."""
        if self.trouble:
            return self.trouble
        if self.free < self.keep_free:
            return _LOW_DISK.format(self.free >> 20)
        return _STUCK if self.is_stuck(now) else ""

    def close(self, deadline: float) -> bool:
        """Store what is waiting, sync it and end, until `deadline` at most. False: something is stuck in the system."""
        self._to_encode.close()
        self._to_store.put(None)
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.perf_counter()))
        self._stopped.set()
        self._syncer.join(max(0.0, deadline - time.perf_counter()))
        if any(thread.is_alive() for thread in (*self._threads, self._syncer)):
            return False
        self._rows.close()
        return True

    def _thread(self, job: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=self._guarded, args=(job,), name=job.__name__.strip("_"), daemon=True)

    def _guarded(self, job: Callable[[], None]) -> None:
        """Run a thread's job. What it didn't expect must be seen, not lost with the thread."""
        try:
            job()
        except Exception:  # noqa: BLE001 - whatever it is: the session reports it and ends properly
            self.crash = traceback.format_exc()

    # --- encoders

    def _encode(self) -> None:
        while (frame := self._to_encode.get()) is not None:
            if frame.mask is not None:
                paint_over(frame.pixels, frame.size[0], frame.mask)
            frame.is_whole = self._persist(frame.take, partial(self._save, frame))
            frame.pixels = bytearray()
            self._to_encode.done(frame.picture_bytes)
            frame.encoded.set()

    def _save(self, frame: Frame) -> None:
        save_jpeg(self._folder / part_name(frame.name), frame.pixels, frame.size, frame.options, frame.comment)

    def _persist(self, take: TakeFiles, action: Callable[[], object]) -> bool:
        """Do it, again and again while the disk refuses. False when the take gave up."""
        wait = _FIRST_RETRY_SECONDS
        is_retry = False
        while True:
            try:
                action()
            except OSError as error:
                self._write_trouble = in_words(error)
                is_retry = True
            else:
                if is_retry:
                    self._write_trouble = ""
                return True
            if take.give_up.wait(wait):
                return False
            wait = min(2 * wait, _RETRY_SECONDS)

    # --- the writer

    def _store(self) -> None:
        while (item := self._to_store.get()) is not None:
            if isinstance(item, Frame):
                self._store_frame(item)
            elif isinstance(item, _Ticks):
                self._persist(item.take, partial(item.take.ticks.append, item.lines))
                with self._lock:
                    self._tick_bytes -= len(item.lines)
                self._unsynced_takes.add(item.take)
            else:
                self._store_description(item)

    def _store_frame(self, frame: Frame) -> None:
        frame.encoded.wait()
        part, final = self._folder / part_name(frame.name), self._folder / frame.name
        # Behind a frame that was given up none may follow: names have no gaps.
        is_saved = not frame.take.gave_up and frame.is_whole
        is_saved = is_saved and self._persist(frame.take, lambda: rename_to_new(part, final))
        has_row = is_saved and self._persist(frame.take, lambda: self._rows.append(frame.row))
        if is_saved:
            self._unsynced.append((final, frame.take))
        else:
            frame.take.gave_up = True
            with contextlib.suppress(OSError):
                part.unlink()
        with self._lock:
            self._in_flight -= 1
        self._progress_at = time.perf_counter()
        self._stored.append(Stored(frame.take, frame.tick, is_saved, has_row))

    def _store_description(self, item: _Description) -> None:
        path = self._folder / take_file_name(item.take.number)
        if not item.is_last:
            # The next one follows in a second; this one may fail.
            with contextlib.suppress(OSError):
                write_json(path, item.content)
            return
        # What the description says is there must be there after a power cut, too.
        content = {**item.content, "synced": self._sync_all_of(item.take)}
        self._persist(item.take, lambda: write_json(path, content, durable=True))
        item.take.ticks.close()

    # --- syncing

    def _sync(self) -> None:
        """Once a second put on the disk what was stored since, away from the threads that store."""
        while not self._stopped.wait(_SYNC_SECONDS):
            self._sync_once()
        self._sync_once()

    def _sync_all_of(self, take: TakeFiles) -> bool:
        """Whether all its pictures are on the disk. Waits for those that are held while there is nothing to store."""
        until = time.perf_counter() + _HELD_SECONDS
        while True:
            self._sync_once()
            is_synced = not any(unsynced is take for _, unsynced in self._unsynced.copy())
            if is_synced or not self._to_store.empty() or time.perf_counter() > until:
                return is_synced and take.is_synced
            time.sleep(_FIRST_RETRY_SECONDS)

    def _sync_once(self) -> None:
        """Sync for a moment. What a slow disk doesn't manage in it waits for the next time."""
        with self._sync_lock:
            self._sync_trouble = ""
            until = time.perf_counter() + _SYNC_SECONDS
            held: list[tuple[Path, TakeFiles]] = []
            while self._unsynced and time.perf_counter() < until:
                path, take = self._unsynced.popleft()
                self._is_new = True
                try:
                    sync_file(path)
                except PermissionError:
                    held.append((path, take))  # Windows: a virus scanner looks at it; the next time then
                except OSError as error:
                    self._sync_trouble = in_words(error)
                    take.is_synced = False
            self._unsynced.extendleft(reversed(held))
            while len(self._unsynced) > _MOST_UNSYNCED:
                # A disk that can't keep up. By now the system has written the oldest of them by itself.
                self._unsynced.popleft()[1].is_synced = False
            if self._is_new:
                self._is_new = not (
                    self._try_sync(partial(sync_folder, self._folder)) and self._try_sync(self._rows.sync)
                )
            while self._unsynced_takes:
                self._try_sync(self._unsynced_takes.pop().ticks.sync)
            self._try_sync(self._look_at_free_space)

    def _try_sync(self, action: Callable[[], object]) -> bool:
        try:
            action()
        except OSError as error:
            self._sync_trouble = in_words(error)
            return False
        return True

    def _look_at_free_space(self) -> None:
        self.free = free_bytes(self._folder)
