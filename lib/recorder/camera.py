"""Makes pictures: look where the window is, grab it, find out which tick it shows, pass it on to be saved."""

import math
import sys
import time
from typing import Protocol

from ..captures.vocabulary import Outcome, PairedBy
from ..link.mapped_file import SYNC_UNPROVEN, RecorderLink
from ..link.sample import Sample
from ..strip.read import StripReader, StripReading
from ..strip.rect import Rect
from ..strip.trace import shows_a_mark
from .brief import Settings
from .pairing.pairing import Pair, Pairing
from .picture import Clues, Picture, Shot
from .rate import RateLimit
from .saving.encode import JpegOptions
from .saving.panel_mask import PanelMask, position_of
from .screen.grab import Grab, Grabber, GrabError
from .screen.picture_watch import FULLSCREEN_ADVICE, PictureWatch, Seen
from .screen.sight import PROBLEMS, Sight
from .screen.window import window_finder
from .unproven import ProofWatch

# Between two looks whether the recorded monitor is still there: the user is to be told within two seconds.
_MONITOR_SECONDS = 1.5
_GRAB_RETRY_SECONDS = 0.25
# Between two new ways to the screen, while what it gives is black or stands still: the old one may have gone stale.
_RENEW_SECONDS = 1.0
# A game that other windows seem to cover is grabbed all the same: its strip may be seen through them. So often, once
# it was not seen for so long.
_SEE_THROUGH_SECONDS, _UNSEEN_SECONDS = 0.1, 1.0
_MOST_LAG = 4
# Between two looks for what is left of a strip that can't be read: some milliseconds each.
_TRACE_SECONDS = 1.0

_GRAB_FAILED = "the screen can't be grabbed ({0}): recording goes on when it can"


class Wanted(Protocol):
    """What the camera asks about the take it works for."""

    last_shown: int  # the newest tick that became a picture

    def wanted(self, tick: int) -> Sample | None:
        """The sample of a tick that may still become a picture; None for any other."""


class Room(Protocol):
    """What the camera asks about the way to the disk."""

    def has_room(self, picture_bytes: int) -> bool:
        """Whether another picture of that size may be taken."""

    def whats_wrong(self, now: float) -> str:
        """What keeps pictures from the disk just now; "" when nothing does."""


class Camera:
    """Everything between the screen and a picture that is to be saved. Changes nothing of the take."""

    def __init__(self, link: RecorderLink, process_id: int) -> None:
        self._link = link
        self._finder = window_finder(process_id)
        self._grabber = Grabber()
        self._watch = PictureWatch()
        self._mask = PanelMask()
        self._strip = StripReader(link.strip_key())
        self.pairing = Pairing(link)
        self.problem = ""  # what keeps it from making pictures just now, for the user
        self.noted_problem = ""  # the same for NN_take.json, which strangers read
        self.remark = ""  # what is odd about the pictures that are made, for NN_take.json
        self.proof = ProofWatch()
        self._settings = Settings()
        self._limit = RateLimit(0)
        self._monitor: Rect | None = None
        self._monitor_at = self._grab_at = self._renew_at = self._see_through_at = self._strip_seen_at = -math.inf
        self._sight = Sight(None, None)
        self._covers_told: set[tuple[str, str]] = set()
        self._window: Rect | None = None  # where the game's window was when it was last seen
        self._is_partly_seen = False
        self._rehearsals_in_vain = 0
        self._trace_at = -math.inf
        self._lag = 1  # ticks that the screen is behind
        self._place: Rect | None = None
        self._was_away = False
        self._fresh_tick = 0  # frames before this one may have been drawn while the window was away or elsewhere

    def use(self, settings: Settings) -> None:
        """Go by these settings from now on."""
        self._settings = settings
        self._limit = RateLimit(settings.frames_per_second)

    def begin_take(self) -> None:
        """Count and limit from the beginning. What was learned stays."""
        self._limit = RateLimit(self._settings.frames_per_second)
        self.pairing.begin_take()
        self.proof.begin_take()
        self.problem = ""

    def saw(self, sample: Sample) -> None:
        """The next tick has come. To be called for every one of them."""
        self._mask.saw(sample)

    def is_wanted(self, sample: Sample) -> bool:
        """Whether the limit of pictures per second asks for a picture of this tick."""
        return self._limit.wants(sample.game_time, sample.delta_t)

    def turn(self, wanted: Wanted, room: Room, sample: Sample) -> Shot:
        """Try to make a picture of one of the `wanted` ticks, now that `sample`'s is the newest."""
        if not self.is_wanted(self._link.sample(sample.tick - self._lag) or sample):
            return Shot(Outcome.CAP)
        rect, outcome = self._where(time.perf_counter())
        self._note_place(rect, sample.tick)
        if rect is None:
            return Shot(outcome)
        if not room.has_room(rect.width * rect.height * 4):
            problem = room.whats_wrong(time.perf_counter())
            return Shot(self._cant(Outcome.DROPPED_DISK, problem) if problem else Outcome.DROPPED_QUEUE_FULL)
        try:
            grab = self._grabber.grab(rect, sample.tick, self._sight.visible)
        except GrabError as error:
            self._grab_at = time.perf_counter() + _GRAB_RETRY_SECONDS
            return Shot(self._cant(Outcome.DROPPED_GRAB_FAILED, _GRAB_FAILED.format(error)))
        return self._use(wanted, grab, rect, sample.speed_mph)

    def _use(self, wanted: Wanted, grab: Grab, rect: Rect, speed_mph: float) -> Shot:
        """Find out which tick the picture shows, and hand it over if that one is to be saved."""
        reading, pair = self._read(grab)
        self._look_for_a_trace(grab, reading, rect)
        seen = self._watch.check(grab, reading.tick if reading else None, speed_mph)
        problem = self._whats_wrong_with(grab, reading, rect, seen)
        if problem:
            return Shot(problem)
        if pair.by is PairedBy.STRIP:
            self._lag = max(0, min(grab.newest_tick - pair.tick, _MOST_LAG))
        if pair.is_torn and self._settings.drop_torn:
            return Shot(Outcome.NOT_SHOWN, torn_tick=pair.tick)
        if pair.sample is None:
            return Shot(Outcome.DROPPED_OUT_OF_RING if pair.tick else Outcome.DROPPED_UNPAIRED)
        if pair.tick < self._fresh_tick:
            return Shot(Outcome.DROPPED_WINDOW_MOVED)
        if pair.tick <= wanted.last_shown or (seen is Seen.SAME and pair.by is not PairedBy.STRIP):
            return Shot(Outcome.DUPLICATE)
        shown = wanted.wanted(pair.tick)
        if shown is None:
            return Shot(Outcome.NOT_SHOWN)
        if not self.is_wanted(shown):
            return Shot(Outcome.CAP)
        self._limit.took(shown.game_time)
        self.problem = ""
        panel = reading.panel if reading is not None else None
        return Shot(Outcome.NOT_SHOWN, self._picture(grab, Clues(pair, panel, self._game_in(rect)), shown))

    def _whats_wrong_with(self, grab: Grab, reading: StripReading | None, rect: Rect, seen: Seen) -> Outcome | None:
        """Why this can't be a picture of the running game; None when it can."""
        if not self._settings.monitor:
            # Since the look before the grab the window may have been moved, or covered beside the strip.
            sight = self._look_again(reading, rect)
            self._was_away = bool(sight.problem) or sight.rect != rect
            if sight.problem:
                return self._cant_see(sight)
            if sight.rect != rect:
                return Outcome.DROPPED_WINDOW_MOVED
        if seen is Seen.BLACK and not self._watch.is_black_for_good(grab.ended):
            return Outcome.DROPPED_BLACK
        if seen in (Seen.BLACK, Seen.FROZEN):
            self._renew(grab.ended)
            return self._cant(
                Outcome.DROPPED_BLACK if seen is Seen.BLACK else Outcome.DROPPED_FROZEN, FULLSCREEN_ADVICE
            )
        return None

    def _look_again(self, reading: StripReading | None, rect: Rect) -> Sight:
        """Where the window is now that a picture of `rect` was grabbed, with what its strip tells."""
        now = time.perf_counter()
        panel = None
        if reading is not None:
            self._strip_seen_at = now
            panel = reading.panel._replace(left=rect.left + reading.panel.left, top=rect.top + reading.panel.top)
        sight = self._finder.look(now, thorough=True, panel=panel)
        if sight.problem and now - self._strip_seen_at > _UNSEEN_SECONDS:
            self._see_through_at = now + _SEE_THROUGH_SECONDS
        self.remark = sight.beyond
        return sight

    def _renew(self, now: float) -> None:
        """Now and then have the next grab go another way: one that went stale gives what was there, or nothing."""
        if now >= self._renew_at:
            self._renew_at = now + _RENEW_SECONDS
            self._grabber.close()

    def _read(self, grab: Grab) -> tuple[StripReading | None, Pair]:
        reading = self._strip.read(grab.pixels, grab.width, grab.height) if self._settings.strip else None
        return reading, self.pairing.pair(reading, grab.newest_tick, grab.started, grab.ended)

    def _look_for_a_trace(self, grab: Grab, reading: StripReading | None, rect: Rect) -> None:
        """Now and then, while no strip can be read, find out why."""
        if reading is not None:
            self.proof.strip_was_read()
        elif self._settings.strip and grab.ended >= self._trace_at:
            self._trace_at = grab.ended + _TRACE_SECONDS
            is_beyond = self._mask.reaches_beyond(self._game_in(rect))
            self._is_partly_seen = is_beyond or shows_a_mark(grab.pixels, grab.width, grab.height)

    def _game_in(self, rect: Rect) -> Rect:
        """The part of a picture of that rectangle of the desktop in which the game's window is."""
        if not self._settings.monitor:
            return Rect(0, 0, rect.width, rect.height)
        self._window = self._finder.look(time.perf_counter()).rect or self._window
        if self._window is None:  # it may be anywhere
            return Rect(0, 0, rect.width, rect.height)
        return self._window._replace(left=self._window.left - rect.left, top=self._window.top - rect.top)

    @property
    def unproven(self) -> str:
        """Why nothing proves the pictures that are saved just now, and what to do; "" where they are proven."""
        return self.why_unproven() if self.proof.sync == SYNC_UNPROVEN else ""

    def why_unproven(self) -> str:
        """The same, whether or not they are."""
        return self.proof.why(self._settings, self._mask.is_drawn, self._is_partly_seen)

    def _picture(self, grab: Grab, clues: Clues, sample: Sample) -> Picture:
        settings = self._settings
        size = (grab.width, grab.height)
        grabbed = (grab.started, grab.ended)
        if self.pairing.clock.is_known:
            grabbed = (self.pairing.clock.to_game(grab.started), self.pairing.clock.to_game(grab.ended))
        return Picture(
            sample=sample,
            pixels=grab.pixels,
            size=size,
            grabbed=grabbed,
            paired_by=clues.pair.by,
            mask=None,
            options=JpegOptions(settings.saved_size(*size), settings.quality, settings.subsampling),
            clues=clues,
        )

    def finish(self, picture: Picture) -> Picture:
        """Decide how sure its pair is, and what of it is masked, now that the tick that tells has come."""
        assert picture.clues is not None
        pair, panel, game = picture.clues
        by = self.pairing.how(pair)
        self.proof.paired(by, time.perf_counter())
        if panel is None:
            mask = self._mask.rect(game, picture.size)
        else:
            mask = panel
            # While it is moved nobody knows which of two places was stated for the one that is seen.
            around = [self._link.sample(tick) or picture.sample for tick in (pair.tick - 1, pair.tick + 1)]
            is_still = all(position_of(sample) == position_of(picture.sample) for sample in around)
            if by is PairedBy.STRIP and is_still:
                self._mask.learn(panel, picture.sample, game, picture.size)
        return picture._replace(paired_by=by, mask=mask if self._settings.mask_panel else None, clues=None)

    def _where(self, now: float) -> tuple[Rect | None, Outcome]:
        """What to grab, or the outcome when that isn't possible."""
        if now < self._grab_at:
            return None, Outcome.DROPPED_GRAB_FAILED
        try:
            sight = self._look(now)
        except GrabError as error:
            self._grab_at = now + _GRAB_RETRY_SECONDS
            return None, self._cant(Outcome.DROPPED_GRAB_FAILED, _GRAB_FAILED.format(error))
        self._sight = sight
        if sight.problem and not self._may_see_through(sight, now):
            return None, self._cant_see(sight)
        return sight.rect, Outcome.BUSY

    def _may_see_through(self, sight: Sight, now: float) -> bool:
        """Whether a grab is worth its while although the list of windows says that the game is covered."""
        is_covered = sight.problem is Outcome.DROPPED_COVERED and sight.rect is not None and sight.visible is not None
        return is_covered and self._settings.strip and now >= self._see_through_at

    def _note_place(self, rect: Rect | None, tick: int) -> None:
        """Wait for a new frame after the window was away or elsewhere.

        Where no compositor keeps windows apart, the screen goes on showing what was there until the game draws again.
        """
        if rect is None:
            self._was_away = True
            return
        if self._was_away or (self._place is not None and rect != self._place):
            self._fresh_tick = tick + 1  # the frame of this tick may have been drawn before
        self._place, self._was_away = rect, False

    def _look(self, now: float) -> Sight:
        number = self._settings.monitor
        if not number:
            return self._finder.look(now)
        if now >= self._monitor_at:
            self._monitor_at = now + _MONITOR_SECONDS
            self._monitor = self._grabber.monitor(number)
        return Sight(self._monitor, None if self._monitor else Outcome.DROPPED_NO_MONITOR, self._monitor)

    def _cant(self, outcome: Outcome, problem: str, noted: str = "") -> Outcome:
        self.problem, self.noted_problem = problem, noted or problem
        return outcome

    def _cant_see(self, sight: Sight) -> Outcome:
        assert sight.problem is not None
        if sight.cover is not None and sight.cover[1:3] not in self._covers_told:
            self._covers_told.add(sight.cover[1:3])
            print(f"SyncLogger recorder: {sight.words}", file=sys.stderr, flush=True)
        # The title of a window is nobody's business but the driver's.
        return self._cant(sight.problem, sight.words, PROBLEMS[sight.problem])

    def rehearse(self, sample: Sample) -> str:
        """Grab without saving: learn how late the screen is. Returns what would be in the way of a recording."""
        try:
            sight = self._look(time.perf_counter())
            if sight.rect is None or (sight.problem and not self._may_see_through(sight, math.inf)):
                return sight.words
            grab = self._grabber.grab(sight.rect, sample.tick, sight.visible)
        except GrabError as error:
            return _GRAB_FAILED.format(error)
        reading, _ = self._read(grab)
        self._look_for_a_trace(grab, reading, sight.rect)
        if sight.problem:
            sight = self._look_again(reading, sight.rect)
            if sight.problem:
                return sight.words
        seen = self._watch.check(grab, reading.tick if reading else None, sample.speed_mph)
        if seen is Seen.BLACK:
            self._renew(grab.ended)
            return FULLSCREEN_ADVICE
        # The panel may have been opened, or the window shown, just now.
        self._rehearsals_in_vain = self._rehearsals_in_vain + 1 if reading is None and self._mask.is_drawn else 0
        return self.why_unproven() if self._rehearsals_in_vain > 1 else sight.beyond

    def warm_up(self) -> None:
        """Do once what the first picture of a process would wait for. What is in the way is told when it matters."""
        try:
            rect = self._look(time.perf_counter()).rect or self._grabber.monitor(1)
            if rect is not None:
                grab = self._grabber.grab(rect, 0)
                self._strip.read(grab.pixels, grab.width, grab.height)
        except GrabError:
            return

    def close(self) -> None:
        """Give back what grabbing and looking hold."""
        self._finder.close()
        self._grabber.close()
