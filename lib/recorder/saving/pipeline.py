"""From grabbed pictures to files: encoders in threads, and one writer that keeps the order.

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
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ...captures.files import AppendedFile, bytes_to_keep_free, free_bytes, rename_to_new, sync_folder
from ...captures.names import DATA_FILE, part_name, picture_key
from ...captures.take_file import Safe, TakeDescription, write_description
from .encode import paint_over, save_jpeg, warm_up, write_pictures_in_one_piece
from .frame import Frame, Stored, TakeFiles
from .priority import give_way
from .processor import ProcessorWatch
from .raw_queue import RawQueue
from .refusals import in_words
from .syncer import Syncer

# Encoded pictures that wait for their names and rows; their pixels are gone from memory by then.
_MOST_IN_FLIGHT = 80
# A virus scanner lets go of a fresh file soon; a full disk takes longer.
_FIRST_RETRY_SECONDS = 0.02
_RETRY_SECONDS = 0.2
_STUCK_SECONDS = 1.0
# How long the encoders go on not giving way after they had too little of the processor.
_HURRY_SECONDS = 5.0
# Ticks that wait for a disk that refuses them: hours of driving, and still no burden.
_MOST_TICK_BYTES = 64 << 20

_STUCK = "pictures can't be written fast enough: the disk is too slow or doesn't answer"
_LOW_DISK = "the disk is nearly full{0}: make room, recording goes on by itself"
_CUT = f"rows of {DATA_FILE} are gone, someone deleted or cut it: `python -m lib repair` puts them back"


class _Ticks(NamedTuple):
    take: TakeFiles
    lines: bytes


class _Description(NamedTuple):
    take: TakeFiles
    content: TakeDescription
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
        self._syncer = Syncer(folder, self._rows)
        self._write_trouble = self._space_trouble = ""
        self.crash = ""  # a traceback: the pipeline is broken for good
        self.free = free_bytes(folder)
        self.keep_free = bytes_to_keep_free(folder)
        self._progress_at = time.perf_counter()  # when a frame was last stored
        self._processor = ProcessorWatch()
        write_pictures_in_one_piece()
        warm_up()
        self._hurried_until = float("-inf")
        self._threads = [self._thread(job) for job in (self._encode_giving_way, self._encode) for _ in range(encoders)]
        self._threads.append(self._thread(self._store))
        self._sync_thread = self._thread(self._sync)
        for thread in (*self._threads, self._sync_thread):
            thread.start()

    def has_room(self, picture_bytes: int) -> bool:
        """Whether another frame of that size may be submitted."""
        if self._is_low or self._in_flight >= _MOST_IN_FLIGHT:
            return False
        return self._to_encode.has_room(picture_bytes)

    def submit(self, frame: Frame) -> None:
        """Take the frame; its pixels belong to the pipeline from now on."""
        self._hurry_where_starved(time.perf_counter())
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

    def describe(self, take: TakeFiles, content: TakeDescription, is_last: bool = False) -> None:
        """Write the take's NN_take.json. After the last one its files are closed."""
        self._to_store.put(_Description(take, content, is_last))

    def stored(self) -> list[Stored]:
        """What was stored or given up since the last call, in order."""
        self._hurry_where_starved(time.perf_counter())
        found = []
        while self._stored:
            found.append(self._stored.popleft())
        return found

    @property
    def trouble(self) -> str:
        """Why nothing can be written just now; "" when it can."""
        return self._write_trouble or self._syncer.trouble or self._space_trouble

    @property
    def notice(self) -> str:
        """What the user should know although all goes on; "" when there is nothing."""
        return _CUT if self._rows.was_cut else ""

    @property
    def in_flight(self) -> int:
        """Frames that were submitted and not yet stored."""
        return self._in_flight

    def is_stuck(self, now: float) -> bool:
        """Whether nothing was stored for so long, and it is the disk that is slow, not the processor."""
        is_waiting = self._in_flight > 0 and now - self._progress_at > _STUCK_SECONDS
        return is_waiting and not self.is_starved(now)

    def is_starved(self, now: float) -> bool:
        """Whether pictures come late because the processor has too little time for them."""
        return self._in_flight > 0 and self._processor.is_starved(now)

    def forget_trouble(self) -> None:
        """A take begins. What kept the one before from the disk is over, or shows itself again at once."""
        self._write_trouble = ""

    def whats_wrong(self, now: float) -> str:
        """What keeps pictures from the disk just now, the same words for the same cause; "" when nothing does."""
        if self.trouble:
            return self.trouble
        if self._is_low:
            return _LOW_DISK.format("")
        return _STUCK if self.is_stuck(now) else ""

    def told(self, now: float) -> str:
        """The same for the panel, which follows how much room is left."""
        wrong = self.whats_wrong(now)
        return _LOW_DISK.format(f" ({self.free >> 20} MB left)") if self._is_low and not self.trouble else wrong

    @property
    def _is_low(self) -> bool:
        return self.free < self.keep_free

    def close(self, deadline: float) -> bool:
        """Store what is waiting, sync it and end, until `deadline` at most. False: something is stuck in the system."""
        self._to_encode.close()
        self._to_store.put(None)
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.perf_counter()))
        self._syncer.stop()
        self._sync_thread.join(max(0.0, deadline - time.perf_counter()))
        if any(thread.is_alive() for thread in (*self._threads, self._sync_thread)):
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

    def _hurry_where_starved(self, now: float) -> None:
        """Where other programs leave next to nothing, have the encoders work that don't give way, for a while."""
        if self._processor.is_starved(now):
            self._hurried_until = now + _HURRY_SECONDS
        is_in_a_hurry = now < self._hurried_until
        if is_in_a_hurry != self._to_encode.is_in_a_hurry:
            self._to_encode.hurry(is_in_a_hurry)

    def _encode_giving_way(self) -> None:
        give_way()
        self._encode(is_in_a_hurry=False)

    def _encode(self, is_in_a_hurry: bool = True) -> None:
        while (frame := self._to_encode.get(is_in_a_hurry)) is not None:
            if frame.mask is not None:
                paint_over(frame.pixels, frame.size[0], frame.mask)
            frame.is_whole = self._persist(frame.take, partial(self._save, frame))
            frame.pixels = bytearray()
            self._to_encode.done(frame.picture_bytes)
            frame.encoded.set()

    def _save(self, frame: Frame) -> None:
        part, converting = self._folder / part_name(frame.name), self._processor.at_work(frame.picture_bytes)
        frame.file_bytes = save_jpeg(part, frame.pixels, frame.size, frame.options, frame.comment, converting)

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
                is_written = self._persist(item.take, partial(item.take.ticks.append, item.lines))
                item.take.has_all_lines = item.take.has_all_lines and is_written and not item.take.ticks.was_cut
                with self._lock:
                    self._tick_bytes -= len(item.lines)
                self._syncer.wrote_ticks(item.take)
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
            self._note_stored(frame.take, final, has_row)
        else:
            frame.take.gave_up = True
            with contextlib.suppress(OSError):
                part.unlink()
        with self._lock:
            self._in_flight -= 1
        self._progress_at = time.perf_counter()
        self._stored.append(Stored(frame.take, frame.tick, is_saved, has_row, frame.file_bytes if is_saved else 0))

    def _note_stored(self, take: TakeFiles, picture: Path, has_row: bool) -> None:
        take.has_all_rows = take.has_all_rows and has_row and not self._rows.was_cut
        key = picture_key(picture.name)
        self._syncer.stored(take, picture, key[1] if key else 0, self._rows.size if take.has_all_rows else 0)

    def _store_description(self, item: _Description) -> None:
        content, take = item.content, item.take
        if not item.is_last:
            content.safe = take.safe.content()
            if item.take.has_all_lines and not content.tick_lines_lost:
                take.lines = Safe(ticks_end=take.ticks.size, by_outcome=content.ticks.get("by_outcome", {}))
            # The next one follows in a second; this one may fail.
            with contextlib.suppress(OSError):
                write_description(self._folder, content, durable=not take.is_described)
                if not take.is_described:
                    # Whose the pictures are must be known before the first of them has its name.
                    sync_folder(self._folder)
                    take.is_described = True
            return
        # What the description says is there must be there after a power cut, too.
        content.synced = self._syncer.sync_all_of(take, self._to_store.empty)
        content.safe = None if content.synced else take.safe.content()
        self._persist(take, lambda: write_description(self._folder, content, durable=True))
        take.ticks.close()

    # --- syncing

    def _sync(self) -> None:
        self._syncer.run(self._look_at_free_space)

    def _look_at_free_space(self) -> None:
        try:
            self.free, self._space_trouble = free_bytes(self._folder), ""
        except OSError as error:
            self._space_trouble = in_words(error)
