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

from ..captures.lock import FolderLock
from ..captures.names import picture_name, take_file_name, ticks_file_name
from ..captures.ownership import next_take
from ..captures.vocabulary import Ended, Outcome, Proof
from ..errors import UserError
from ..link import mapped_file
from ..link.mapped_file import RING_TICKS, RecorderLink
from ..link.sample import HOLD_NONE, Sample
from ..repair.repair import Start, repair_after_crash
from ..repair.report import UnreadableError
from .brief import Brief
from .camera import Camera
from .cost import Cost
from .life import Life, stand_back
from .picture import Picture
from .saving.frame import TakeFiles
from .saving.pipeline import Pipeline
from .saving.refusals import in_words
from .status import StatusReporter
from .take import Take

# Pictures grabbed after a tick may still show it for so long.
_GRACE_TICKS = 4
_GRACE_SECONDS = 0.2
# A game that gives no tick for so long stands still.
_FROZEN_SECONDS = 1.0
# The panel is where the last ticks say that it is.
_MOST_PANEL_TICKS = 256
_NEVER = 1 << 64  # a tick that doesn't come: what is undecided stays so
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
# So much longer where it is the processor that is behind, which is no reason to give up a picture.
_STARVED_SECONDS = 20.0
_LAST_SECONDS = 0.5
# How long the lock of a recorder that was killed just now may still be there.
_LOCK_PATIENCE = 1.0
# Between two tries to mend files that another program has open.
_ALLOWED_SECONDS = 0.5

_MOST_ENCODERS = 4
_UNREADABLE = "{0}: recording starts when it can be read; to go on without it, move it away"

_STARVED = "the processor is busy elsewhere: close other programs"

# What NN_take.json tells of the drive, as the game's brief has it.
_DRIVE = ("car", "skin", "track", "layout", "driver", "session", "ac_version", "shared_memory_version")

T = TypeVar("T")


class _GameEndedError(Exception):
    """Ends the mending when the game is gone."""


@dataclass(eq=False)
class _Closing:
    """A take that was stopped, while its last pictures are on their way."""

    take: Take
    how_it_ended: Ended
    since: float
    sync: dict[str, Any] | None = None  # its statistics, where the next take has begun its own


def _encoders() -> int:
    """As many as cores are left beside the game's."""
    cores = os.cpu_count() or 1
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    return min(_MOST_ENCODERS, max(1, cores - 1))


def _versions() -> dict[str, str]:
    """What this runs on. Windows can take seconds to say it."""
    return {
        "python": platform.python_version(),
        "mss": importlib.metadata.version("mss"),
        "pillow": importlib.metadata.version("Pillow"),
        "platform": platform.platform(),
    }


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
        self._progress = ""  # how far that is
        self._is_over = False  # the game ended meanwhile
        self._notice = ""  # what the user should know although all goes on
        self._take: Take | None = None
        # Pictures with names, until the tick after them tells how sure they are.
        self._undecided: deque[tuple[Take, str, Picture]] = deque()
        self._unproven = ""  # why pictures of the last take are unproven
        self._noted_unproven = ""
        self._closing: list[_Closing] = []
        self._told: Take | None = None  # the take whose numbers the panel shows: the one that was begun last
        self._begun_order = 0  # which of the session's recordings was begun last
        self._noted_problem = self._noted_remark = ""  # the problem and the remark that the take knows already
        self._has_noted_notice = False  # ... and whether it knows of the pipeline's notice
        self._seen = 0
        self._arrived = 0.0
        self._interval = 1 / 60
        self._rehearse_at = self._keep_house_at = self._describe_at = self._ticks_text_at = -math.inf
        self._saved_at: deque[float] = deque(maxlen=1000)
        self._started_at = 0.0
        self._cost = Cost(0.0)
        self._waits = False  # nothing is to be saved at the newest tick, whatever is recorded
        self._again_at = math.inf

    def run(self) -> None:
        """Record until the game is gone. Raise RecorderError where that is not possible."""
        self._read_brief()
        stand_back()
        self._captures.mkdir(parents=True, exist_ok=True)
        with FolderLock(self._captures, _LOCK_PATIENCE):
            if not self._look_around_when_allowed():
                return
            versions = self._meanwhile(_versions)
            if versions is None:
                return
            self._versions = versions
            self._pipeline = Pipeline(self._captures, _encoders())
            self._camera.warm_up()
            self._status.set(mapped_file.READY)
            try:
                ended = self._loop()
            except Exception:
                self._end(Ended.RECORDER_FAILED)
                raise
            self._end(ended)

    # --- starting

    def _look_around_when_allowed(self) -> bool:
        """Look around as soon as everything that has to be mended can be read and written. False: the game ended."""
        while True:
            try:
                found = self._meanwhile(self._look_around)
            except UnreadableError as error:
                self._status.set(mapped_file.STARTING, _UNREADABLE.format(error))
            except OSError as error:
                self._status.set(mapped_file.STARTING, in_words(error))
            else:
                if found is None:
                    return False
                self._highest_take, self._taken = found.highest_take, found.taken
                return True
            self._meanwhile(lambda: time.sleep(_ALLOWED_SECONDS))
            if self._is_over:
                return False

    def _look_around(self) -> Start:
        """Mend what a crash left. Returns what the folder shows."""
        found = repair_after_crash(self._captures, self._tell_progress)
        report = found.report
        for line in (*report.lines(), *report.notes):
            print(f"SyncLogger recorder: after a crash: {line}", file=sys.stderr, flush=True)
        for line in (*report.left(), *report.left_alone):
            print(f"SyncLogger recorder: {line}", file=sys.stderr, flush=True)
        self._mended = "; ".join((*report.lines(), *report.notes))
        return found

    def _tell_progress(self, what: str, done: int, of: int) -> None:
        """Say how far the mending is. Raises _GameEndedError where nobody waits for it any more."""
        if self._is_over:
            raise _GameEndedError
        count = f"{done} of {of}" if of else str(done)
        self._progress = f"{what[:1].upper()}{what[1:]}: {count} ..."

    def _meanwhile(self, job: Callable[[], T]) -> T | None:
        """Do what may take seconds in a folder of a million files, and stay alive for the game. None: it ended."""
        self._progress = ""
        pool = ThreadPoolExecutor(1)
        future: Future[T] = pool.submit(job)
        pool.shutdown(wait=False)
        while not future.done():
            now = time.perf_counter()
            if self._life.ended(now) and not self._is_over:
                self._is_over = True
                until = now + _STOPPED_PATIENCE
            if self._is_over and now > until:
                return None  # it is stuck in the system
            if self._progress:
                self._status.set(mapped_file.STARTING, self._progress)
            if self._status.is_due(now):
                self._status.report(now)
            time.sleep(0.01)
        return None if self._is_over else future.result()

    def _read_brief(self) -> None:
        """Take over what the game says; keep what is known when it says nothing."""
        text = self._link.brief()
        if text is None:
            return
        self._brief = Brief.parse(text)
        self._camera.use(self._brief.settings)

    # --- the loop

    def _loop(self) -> Ended:
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
        self._follow_panel(newest)
        self._submit_decided(newest)
        if self._seen:
            per_tick = (now - self._arrived) / (newest - self._seen)
            self._interval += 0.1 * (min(per_tick, 0.2) - self._interval)
        self._waits = sample.hold != HOLD_NONE or self._camera.problem != ""
        if self._waits or now - self._arrived > _FROZEN_SECONDS:
            self._cost.wait(now - self._arrived)
        self._arrived = now
        self._admit_up_to(newest, now)
        take = self._take_to_grab_for(newest, now)
        if take is not None:
            outcome = self._shoot(take, sample)
            self._again_at = now + _AGAIN_SHARE * self._interval if outcome is Outcome.DUPLICATE else math.inf
        elif now >= self._rehearse_at and not self._closing and self._take is None:
            self._rehearse_at = now + _REHEARSAL_SECONDS
            self._notice = self._camera.rehearse(sample)

    def _try_again(self, newest: int, now: float) -> None:
        """The screen still showed the last picture when this tick came. By now it may show the next one."""
        sample, take = self._link.sample(newest), self._take_to_grab_for(newest, now)
        if sample is not None and take is not None:
            self._shoot(take, sample)

    def _shoot(self, take: Take, sample: Sample) -> Outcome:
        """Have a picture made, and enter into the take what came of it. Returns the outcome of this newest tick."""
        shot = self._camera.turn(take, self._pipeline, sample)
        if shot.torn_tick:
            take.lost(shot.torn_tick, Outcome.DROPPED_TORN)
        if shot.picture is not None:
            self._undecided.append((take, take.shown(shot.picture), shot.picture))
            self._submit_decided(sample.tick)
        if self._camera.problem not in ("", self._noted_problem):
            take.note_problem(self._camera.noted_problem)
        if self._camera.remark not in ("", self._noted_remark):
            take.note_problem(self._camera.remark)
        self._noted_problem, self._noted_remark = self._camera.problem, self._camera.remark
        if self._pipeline.notice and not self._has_noted_notice:
            take.note_problem(self._pipeline.notice)
            self._has_noted_notice = True
        take.turn(sample.tick, shot.outcome)
        take.settle()
        return shot.outcome

    def _follow_panel(self, newest: int) -> None:
        """Have the camera see the new ticks, as far as they matter to where the panel is."""
        for tick in range(max(self._seen, newest - _MOST_PANEL_TICKS) + 1, newest + 1):
            sample = self._link.sample(tick)
            if sample is not None:
                self._camera.saw(sample)

    def _submit_decided(self, newest: int) -> None:
        """Send the pictures of which all is known by now on their way to the disk."""
        while self._undecided and self._undecided[0][-1].known_at <= newest:
            take, name, picture = self._undecided.popleft()
            picture = self._camera.finish(picture)
            take.paired(picture.sample.tick, picture.paired_by)
            self._pipeline.submit(picture.frame(take.files, name))
            unproven = self._camera.unproven
            if unproven not in ("", self._noted_unproven):
                take.note_problem(unproven)
                self._unproven = unproven
            self._noted_unproven = unproven

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
            known_order = self._take.order if self._take is not None else 0
            order = sample.take if sample is not None else known_order
            if self._take is not None and order != self._take.order:
                self._stop(now)
            if self._take is None and order > self._begun_order:
                self._start(order)
            if self._take is not None:
                self._take.add(tick, sample, now)
                if tick < newest and sample is not None and not self._camera.is_wanted(sample):
                    self._take.turn(tick, Outcome.CAP)

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
        self._highest_take = next_take(self._highest_take, self._taken)
        while self._is_taken(self._highest_take):
            self._highest_take += 1  # someone put takes into the folder meanwhile
        self._take = self._told = Take(order, TakeFiles.of(self._captures, self._highest_take), self._facts())
        for closing in self._closing:
            closing.sync = closing.sync or self._camera.pairing.statistics()
        self._camera.begin_take()
        self._pipeline.forget_trouble()
        self._mended = self._notice = ""  # of what was before; what lasts is told again
        self._saved_at.clear()
        self._started_at = self._arrived
        self._begun_order, self._noted_problem, self._has_noted_notice = order, "", False
        self._cost = Cost(self._arrived)
        self._unproven = self._noted_unproven = ""
        self._status.take_order, self._status.take_number = order, self._take.number
        self._describe_at = float("-inf")
        # Before the first picture has its name: a picture alone doesn't prove that it is ours.
        self._describe(self._take, Ended.OPEN, self._camera.pairing.statistics())

    def _is_taken(self, take: int) -> bool:
        names = take_file_name(take), ticks_file_name(take), picture_name(take, 1)
        return any(os.path.lexists(self._captures / name) for name in names)

    def _stop(self, now: float) -> None:
        assert self._take is not None
        self._closing.append(_Closing(self._take, Ended.STOPPED, now))
        self._take = None
        self._camera.problem = ""

    def _facts(self) -> dict[str, Any]:
        """What NN_take.json says about the drive and the means."""
        settings = self._brief.settings
        return {
            "app_version": self._brief.app_version,
            **{name: self._brief.game.get(name) for name in _DRIVE},
            "track_length_m": self._brief.static.get("track_spline_length"),
            "static": self._brief.static,
            "source": f"monitor{settings.monitor}" if settings.monitor else "window",
            "quality": settings.quality,
            "subsampling": settings.subsampling,
            "settings": self._brief.stated_settings,
            "bad_settings": list(self._brief.problems),
            "strip_key": self._link.strip_key(),
            "versions": self._versions,
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
            self._describe(self._take, Ended.OPEN, self._camera.pairing.statistics())
        self._close_takes(now)
        self._report(now)

    def _describe(self, take: Take, how_it_ended: Ended, sync: dict[str, Any], is_last: bool = False) -> None:
        """Have the take's NN_take.json written."""
        self._write_lines(take)  # so that it tells of the very lines that stand in NN_ticks.csv before it
        clock = self._camera.pairing.clock
        description = take.describe(how_it_ended, sync, clock.to_game(0.0) if clock.is_known else None)
        self._pipeline.describe(take.files, description, is_last)

    def _collect_stored(self, now: float) -> None:
        for stored in self._pipeline.stored():
            for take in self._open_takes():
                if take.files is stored.take:
                    take.stored(stored.tick, stored.is_saved, stored.has_row, stored.file_bytes)
                    take.settle()
            if stored.is_saved:
                self._saved_at.append(now)
                self._cost.add(now, stored.file_bytes)

    def _open_takes(self) -> list[Take]:
        takes = [closing.take for closing in self._closing]
        return [*takes, self._take] if self._take is not None else takes

    def _write_lines(self, take: Take) -> None:
        lines = take.take_lines()
        if not self._waits:
            self._cost.add(time.perf_counter(), len(lines))
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
            self._describe(take, closing.how_it_ended, sync, is_last=True)
            if take.rows_missing:
                self._mended = "rows are missing in data.csv; the next start puts them back from the pictures"

    def _report(self, now: float) -> None:
        status = self._status
        if self._told is not None:
            status.frames_saved, status.frames_dropped = self._told.frames_saved, self._told.frames_dropped()
            status.frames_unproven = self._told.proofs[Proof.UNPROVEN]
        while self._saved_at and self._saved_at[0] < now - _RATE_SECONDS:
            self._saved_at.popleft()
        status.sync = self._camera.proof.sync
        status.pictures_per_second = self._pictures_per_second(now)
        status.bytes_per_second = self._cost.per_second(now)
        status.room_seconds = self._cost.room_seconds(now, self._pipeline.free - self._pipeline.keep_free)
        told = self._pipeline.told(now)
        problem = told or self._camera.problem
        if self._take is not None:
            unproven = self._camera.unproven
            starved = _STARVED if self._pipeline.is_starved(now) else ""
            told_beside = unproven or starved or self._pipeline.notice
            status.set(mapped_file.WAITING if problem else mapped_file.RECORDING, problem or told_beside)
        elif self._closing:
            status.set(mapped_file.FINISHING, told)
        else:
            unproven = self._unproven if status.frames_unproven else ""
            status.set(mapped_file.READY, told or unproven or self._notice or self._pipeline.notice or self._mended)
        if status.is_due(now):
            status.report(now)

    def _pictures_per_second(self, now: float) -> float:
        """Over the last seconds, or over the take where that is younger."""
        span = min(_RATE_SECONDS, now - self._started_at)
        return len(self._saved_at) / span if span > _HOUSEKEEPING_SECONDS else 0.0

    # --- the end

    def _end(self, how: Ended) -> None:
        """Save what was grabbed, close the takes, and leave; within some seconds, whatever the disk does."""
        started = time.perf_counter()
        self._status.set(mapped_file.FINISHING)
        self._submit_decided(_NEVER)
        if self._take is not None:
            self._closing.append(_Closing(self._take, how, started))
            self._take = None
        while self._closing and not self._pipeline.crash:
            now = time.perf_counter()
            longer = _STARVED_SECONDS if self._pipeline.is_starved(now) else 0.0
            if now - started > _END_SECONDS + longer:
                break
            if now - started > _STOPPED_PATIENCE + longer:
                for closing in self._closing:
                    closing.take.files.give_up.set()
            self._collect_stored(now)
            self._close_takes(now)
            self._report(now)
            time.sleep(0.005)
        self._pipeline.close(max(started + _END_SECONDS, time.perf_counter() + _LAST_SECONDS))
        self._camera.close()
