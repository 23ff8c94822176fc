"""The recorder's main loop: wait for a tick, enter it into its take, have a picture made, say how it goes."""

import importlib.metadata
import math
import os
import platform
import sys
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ..dataset.repair import repair_after_crash
from ..errors import UserError
from ..link import mapped_file
from ..link.mapped_file import RING_TICKS, RecorderLink
from .camera import Camera
from .life import Life, stand_back
from .pipeline import Pipeline, TakeFiles
from .refusals import in_words
from .settings import Brief
from .status import StatusReporter
from .store import OPEN, FolderLock, survey, take_file_name, ticks_file_name
from .take import DUPLICATE, Take

# Pictures grabbed after a tick may still show it for so long.
_GRACE_TICKS = 4
_GRACE_SECONDS = 0.2
# A link that jumps further than this is broken or forged.
_MOST_TICKS_AT_ONCE = 1_000_000
# While no take is open the window is grabbed now and then, to learn the lag and to notice what is in the way.
_REHEARSAL_SECONDS = 2.0
_HOUSEKEEPING_SECONDS = 0.1
_DESCRIBE_SECONDS = 1.0
_TICKS_TEXT_SECONDS = 0.5
_RATE_SECONDS = 2.0
# Sleeping: until shortly before a tick is expected, then in small steps; in larger ones when the game stands still.
_EARLY_SHARE = 0.85
# ... or until this far to the next one, for a second look at a screen that had nothing new to show.
_AGAIN_SHARE = 0.5
_STEP = 0.0005
_IDLE_STEP = 0.004
_IDLE_AFTER = 0.1
_LONGEST_SLEEP = 0.02
# How long a stopped take may wait for a disk that refuses, and all of it when the game is gone.
_STOPPED_PATIENCE = 3.0
_END_SECONDS = 4.0
# How long the lock of a recorder that was killed just now may still be there.
_LOCK_PATIENCE = 1.0
# Between two tries to mend files that another program has open.
_ALLOWED_SECONDS = 0.5

_MOST_ENCODERS = 4

# What NN_take.json tells of the drive, as the game's brief has it.
_DRIVE = (
    "car", "skin", "track", "layout", "driver", "session", "track_length_m", "ac_version", "shared_memory_version",
)  # fmt: skip

T = TypeVar("T")


@dataclass(eq=False)
class _Closing:
    """A take that was stopped, while its last pictures are on their way."""

    take: Take
    how_it_ended: str
    since: float
    sync: dict[str, Any] | None = None  # its statistics, where the next take has begun its own


def _encoders() -> int:
    """As many as cores are left beside the game's."""
    cores = os.cpu_count() or 1
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    return min(_MOST_ENCODERS, max(1, cores - 1))


class RecorderError(UserError):
    """The recorder can't go on. The message is for the user."""


class Session:
    """Records for one game, from its launch to its end."""

    def __init__(self, link: RecorderLink, captures: Path, parent: int) -> None:
        self._link = link
        self._captures = captures
        self._status = StatusReporter(link)
        self._life = Life(link, parent)
        self._camera = Camera(link, parent)
        self._brief = Brief()
        self._mended = ""  # what was mended at the start, until the first take
        self._notice = ""  # what the user should know although all goes on
        self._take: Take | None = None
        self._closing: list[_Closing] = []
        self._seen = 0
        self._arrived = 0.0
        self._interval = 1 / 60
        self._rehearse_at = self._keep_house_at = self._describe_at = self._ticks_text_at = -math.inf
        self._saved_at: deque[float] = deque(maxlen=1000)
        self._started_at = 0.0
        self._again_at = math.inf

    def run(self) -> None:
        """Record until the game is gone. Raise RecorderError where that is not possible."""
        self._read_brief()
        stand_back()
        self._captures.mkdir(parents=True, exist_ok=True)
        with FolderLock(self._captures, _LOCK_PATIENCE):
            if not self._look_around_when_allowed():
                return
            self._pipeline = Pipeline(self._captures, _encoders())
            self._status.set(mapped_file.READY)
            try:
                ended = self._loop()
            except Exception:
                self._end("recorder_failed")
                raise
            self._end(ended)

    # --- starting

    def _look_around_when_allowed(self) -> bool:
        """Look around as soon as no other program holds a file that has to be mended. False: the game ended first."""
        while True:
            try:
                self._highest_take = self._meanwhile(self._look_around)
            except PermissionError as error:
                self._status.set(mapped_file.STARTING, in_words(error))
                self._meanwhile(lambda: time.sleep(_ALLOWED_SECONDS))
            else:
                return True
            if self._life.ended(time.perf_counter()):
                return False

    def _look_around(self) -> int:
        """Mend what a crash left. Returns the highest take that the folder shows."""
        seen = survey(self._captures)
        report = repair_after_crash(self._captures, seen)
        for line in (*report.lines(), *report.notes):
            print(f"SyncLogger recorder: after a crash: {line}", file=sys.stderr, flush=True)
        self._mended = "; ".join((*report.lines(), *report.notes))
        return seen.highest_take

    def _meanwhile(self, job: Callable[[], T]) -> T:
        """Do what may take seconds in a folder of a million files, and stay alive for the game."""
        with ThreadPoolExecutor(1) as pool:
            future: Future[T] = pool.submit(job)
            while not future.done():
                now = time.perf_counter()
                if self._status.is_due(now):
                    self._status.report(now)
                time.sleep(0.01)
            return future.result()

    def _read_brief(self) -> None:
        """Take over what the game says; keep what is known when it says nothing."""
        text = self._link.brief()
        if text is None:
            return
        self._brief = Brief.parse(text)
        self._camera.use(self._brief.settings)

    # --- the loop

    def _loop(self) -> str:
        while True:
            now = time.perf_counter()
            ended = self._life.ended(now)
            if ended:
                return ended
            newest = self._link.newest_tick()
            if newest > self._seen:
                self._on_tick(newest, now)
            elif now >= self._again_at:
                self._again_at = math.inf
                self._try_again(newest, now)
            now = time.perf_counter()
            if now >= self._keep_house_at:
                self._keep_house_at = now + _HOUSEKEEPING_SECONDS
                self._keep_house(now)
            self._sleep()

    def _sleep(self) -> None:
        now = time.perf_counter()
        wait = min(self._arrived + _EARLY_SHARE * self._interval, self._again_at) - now
        if wait <= 0:
            wait = _STEP if now - self._arrived < _IDLE_AFTER else _IDLE_STEP
        time.sleep(min(wait, _LONGEST_SLEEP))

    def _on_tick(self, newest: int, now: float) -> None:
        sample = self._link.sample(newest)
        if sample is None:
            return
        self._camera.pairing.arrival(sample, now)
        if self._seen:
            per_tick = (now - self._arrived) / (newest - self._seen)
            self._interval += 0.1 * (min(per_tick, 0.2) - self._interval)
        self._arrived = now
        self._admit_up_to(newest, now)
        take = self._take_to_grab_for(newest, now)
        if take is not None:
            outcome = self._camera.turn(self._pipeline, take, sample)
            take.turn(newest, outcome)
            take.settle()
            self._again_at = now + _AGAIN_SHARE * self._interval if outcome == DUPLICATE else math.inf
        elif now >= self._rehearse_at and not self._closing and self._take is None:
            self._rehearse_at = now + _REHEARSAL_SECONDS
            self._notice = self._camera.rehearse(sample)

    def _try_again(self, newest: int, now: float) -> None:
        """The screen still showed the last picture when this tick came. By now it may show the next one."""
        sample, take = self._link.sample(newest), self._take_to_grab_for(newest, now)
        if sample is not None and take is not None:
            take.turn(newest, self._camera.turn(self._pipeline, take, sample))
            take.settle()

    def _admit_up_to(self, newest: int, now: float) -> None:
        """Enter every new tick into its take; open and close takes as the samples say."""
        if newest - self._seen > _MOST_TICKS_AT_ONCE and self._seen:
            raise RecorderError("the ticks in the link jump: the link file is damaged; start the game again")
        first = (
            self._seen + 1 if self._seen and self._take is not None else max(self._seen + 1, newest - RING_TICKS + 1)
        )
        self._seen = newest
        for tick in range(first, newest + 1):
            sample = self._link.sample(tick)
            order = self._take.order if sample is None and self._take is not None else getattr(sample, "take", 0)
            if self._take is not None and order != self._take.order:
                self._stop(now)
            if self._take is None and order > self._status.take_order:
                self._start(order)
            if self._take is not None:
                self._take.add(tick, sample, now)
                if tick < newest and sample is not None and not self._camera.is_wanted(sample):
                    self._take.turn(tick, "cap")

    def _take_to_grab_for(self, newest: int, now: float) -> Take | None:
        """The take of which something that may be saved can still be on the screen."""
        take = self._take or (self._closing[-1].take if self._closing else None)
        if take is None or take.newest_wanted <= take.last_shown:
            return None
        if newest - take.newest_wanted > _GRACE_TICKS or now - take.newest_wanted_at > _GRACE_SECONDS:
            return None
        return take

    # --- takes

    def _start(self, order: int) -> None:
        self._read_brief()
        self._highest_take += 1
        while any((self._captures / name(self._highest_take)).exists() for name in (take_file_name, ticks_file_name)):
            self._highest_take += 1  # someone put takes into the folder meanwhile
        self._take = Take(order, TakeFiles.of(self._captures, self._highest_take), self._facts())
        for closing in self._closing:
            closing.sync = closing.sync or self._camera.pairing.statistics()
        self._camera.begin_take()
        self._mended = ""
        self._saved_at.clear()
        self._started_at = self._arrived
        self._status.take_order, self._status.take_number = order, self._take.number
        self._describe_at = float("-inf")

    def _stop(self, now: float) -> None:
        assert self._take is not None
        self._closing.append(_Closing(self._take, "stopped", now))
        self._take = None
        self._camera.problem = ""

    def _facts(self) -> dict[str, Any]:
        """What NN_take.json says about the drive and the means."""
        settings = self._brief.settings
        return {
            "app_version": self._brief.app_version,
            **{name: self._brief.game.get(name) for name in _DRIVE},
            "source": f"monitor{settings.monitor}" if settings.monitor else "window",
            "quality": settings.quality,
            "subsampling": settings.subsampling,
            "settings": self._brief.stated_settings,
            "bad_settings": list(self._brief.problems),
            "strip_key": self._link.strip_key(),
            "versions": {
                "python": platform.python_version(),
                "mss": importlib.metadata.version("mss"),
                "pillow": importlib.metadata.version("Pillow"),
                "platform": platform.platform(),
            },
        }

    # --- now and then

    def _keep_house(self, now: float) -> None:
        if self._pipeline.crash:
            raise RecorderError(f"saving pictures failed, see recorder.log: {self._pipeline.crash.splitlines()[-1]}")
        self._collect_stored(now)
        if now >= self._ticks_text_at:
            self._ticks_text_at = now + _TICKS_TEXT_SECONDS
            for take in self._open_takes():
                take.settle()  # nothing else does so while the game is paused
                self._write_lines(take)
        if self._take is not None and now >= self._describe_at:
            self._describe_at = now + _DESCRIBE_SECONDS
            self._pipeline.describe(self._take.files, self._take.describe(OPEN, self._camera.pairing.statistics()))
        self._close_takes(now)
        self._report(now)

    def _collect_stored(self, now: float) -> None:
        for stored in self._pipeline.stored():
            for take in self._open_takes():
                if take.files is stored.take:
                    take.stored(stored.tick, stored.is_saved, stored.has_row)
                    take.settle()
            if stored.is_saved:
                self._saved_at.append(now)

    def _open_takes(self) -> list[Take]:
        takes = [closing.take for closing in self._closing]
        return [*takes, self._take] if self._take is not None else takes

    def _write_lines(self, take: Take) -> None:
        lines = take.take_lines()
        if lines and not self._pipeline.write_ticks(take.files, lines):
            take.lines_lost += lines.count("\n")

    def _close_takes(self, now: float) -> None:
        """Finish the takes that were stopped and whose last pictures are stored."""
        for closing in list(self._closing):
            take, since = closing.take, closing.since
            if now - since > _STOPPED_PATIENCE and (self._pipeline.trouble or self._pipeline.is_stuck(now)):
                take.files.give_up.set()
            if now - since < _GRACE_SECONDS and take is self._take_to_grab_for(self._seen, now):
                continue
            take.settle(is_over=True)
            if not take.is_settled:
                continue
            self._closing.remove(closing)
            self._write_lines(take)
            sync = closing.sync or self._camera.pairing.statistics()
            self._pipeline.describe(take.files, take.describe(closing.how_it_ended, sync), is_last=True)
            if take.rows_missing:
                self._mended = "rows are missing in data.csv; the next start puts them back from the pictures"

    def _report(self, now: float) -> None:
        status = self._status
        takes = self._open_takes()
        if takes:
            status.frames_saved, status.frames_dropped = takes[-1].frames_saved, takes[-1].frames_dropped()
        while self._saved_at and self._saved_at[0] < now - _RATE_SECONDS:
            self._saved_at.popleft()
        status.sync = self._camera.sync
        status.pictures_per_second = self._pictures_per_second(now)
        problem = self._pipeline.whats_wrong(now) or self._camera.problem
        if self._take is not None:
            status.set(mapped_file.WAITING if problem else mapped_file.RECORDING, problem)
        elif self._closing:
            status.set(mapped_file.FINISHING, self._pipeline.whats_wrong(now))
        else:
            status.set(mapped_file.READY, self._pipeline.whats_wrong(now) or self._notice or self._mended)
        if status.is_due(now):
            status.report(now)

    def _pictures_per_second(self, now: float) -> float:
        """Over the last seconds, or over the take where that is younger."""
        span = min(_RATE_SECONDS, now - self._started_at)
        return len(self._saved_at) / span if span > _HOUSEKEEPING_SECONDS else 0.0

    # --- the end

    def _end(self, how: str) -> None:
        """Save what was grabbed, close the takes, and leave; within some seconds, whatever the disk does."""
        started = time.perf_counter()
        self._status.set(mapped_file.FINISHING)
        if self._take is not None:
            self._closing.append(_Closing(self._take, how, started))
            self._take = None
        while self._closing and time.perf_counter() - started < _END_SECONDS and not self._pipeline.crash:
            now = time.perf_counter()
            if now - started > _STOPPED_PATIENCE:
                for closing in self._closing:
                    closing.take.files.give_up.set()
            self._collect_stored(now)
            self._close_takes(now)
            self._report(now)
            time.sleep(0.005)
        self._pipeline.close(started + _END_SECONDS)
        self._camera.close()
