"""Makes pictures: look where the window is, grab it, find out which tick it shows, pass it on to be saved."""

import math
import time

from ..link import mapped_file
from ..link.mapped_file import RecorderLink
from ..link.sample import Sample
from .encode import JpegOptions
from .geometry import Rect
from .grab import Grab, Grabber, GrabError
from .pairing import Pair, PairedBy, Pairing
from .panel_mask import PanelMask
from .picture_watch import BLACK, FROZEN, FULLSCREEN_ADVICE, SAME, PictureWatch
from .pipeline import Frame, Pipeline
from .rate import RateLimit
from .row import comment_of, row_bytes, row_of
from .settings import Settings
from .strip import StripReader, StripReading
from .take import DUPLICATE, NOT_SHOWN, Take
from .window import PROBLEMS, Sight, window_finder

# Between two looks whether the recorded monitor is still there: the user is to be told within two seconds.
_MONITOR_SECONDS = 1.5
_GRAB_RETRY_SECONDS = 0.25
_MOST_LAG = 4

_GRAB_FAILED = "the screen can't be grabbed ({0}): recording goes on when it can"


class Camera:
    """Everything between the screen and the pipeline."""

    def __init__(self, link: RecorderLink, process_id: int) -> None:
        self._link = link
        self._finder = window_finder(process_id)
        self._grabber = Grabber()
        self._watch = PictureWatch()
        self._mask = PanelMask()
        self._strip = StripReader(link.strip_key())
        self.pairing = Pairing(link)
        self.problem = ""  # what keeps it from making pictures just now, for the user
        self.sync: int = mapped_file.SYNC_NONE  # how the last picture was paired
        self._settings = Settings()
        self._limit = RateLimit(0)
        self._monitor: Rect | None = None
        self._monitor_at = self._grab_at = -math.inf
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
        self.problem = ""

    def is_wanted(self, sample: Sample) -> bool:
        """Whether the limit of pictures per second asks for a picture of this tick."""
        return self._limit.wants(sample.game_time, sample.delta_t)

    def turn(self, pipeline: Pipeline, take: Take, sample: Sample) -> str:
        """Try to make a picture now that this tick is the newest. Says what came of it for this tick."""
        if not self.is_wanted(self._link.sample(sample.tick - self._lag) or sample):
            return "cap"
        rect, outcome = self._where(take, time.perf_counter())
        self._note_place(rect, sample.tick)
        if rect is None:
            return outcome
        if not pipeline.has_room(rect.width * rect.height * 4):
            problem = pipeline.whats_wrong(time.perf_counter())
            return self._cant(take, "disk", problem) if problem else "dropped_queue_full"
        try:
            grab = self._grabber.grab(rect, sample.tick)
        except GrabError as error:
            self._grab_at = time.perf_counter() + _GRAB_RETRY_SECONDS
            return self._cant(take, "grab_failed", _GRAB_FAILED.format(error))
        return self._use(pipeline, take, grab, rect, sample.speed_mph)

    def _use(self, pipeline: Pipeline, take: Take, grab: Grab, rect: Rect, speed_mph: float) -> str:
        """Find out which tick the picture shows, and hand it on if that one is to be saved."""
        reading, pair = self._read(grab)
        seen = self._watch.check(grab, reading.tick if reading else None, speed_mph)
        problem = self._whats_wrong_with(take, grab, rect, seen)
        if problem:
            return problem
        if pair.by is PairedBy.STRIP:
            self._lag = max(0, min(grab.newest_tick - pair.tick, _MOST_LAG))
        if pair.is_torn and self._settings.drop_torn:
            take.lost(pair.tick, "dropped_torn")
            return NOT_SHOWN
        if pair.sample is None:
            return "dropped_out_of_ring" if pair.tick else "dropped_unpaired"
        if pair.tick < self._fresh_tick:
            return "dropped_window_moved"
        if pair.tick <= take.last_shown or (seen == SAME and pair.by is not PairedBy.STRIP):
            return DUPLICATE
        shown = take.wanted(pair.tick)
        if shown is None:
            return NOT_SHOWN
        if not self.is_wanted(shown):
            return "cap"
        self._limit.took(shown.game_time)
        pipeline.submit(self._frame(take, grab, reading, pair, shown))
        self.sync = mapped_file.SYNC_STRIP if pair.by is PairedBy.STRIP else mapped_file.SYNC_CLOCK
        self.problem = ""
        return NOT_SHOWN

    def _whats_wrong_with(self, take: Take, grab: Grab, rect: Rect, seen: str) -> str:
        """Why this can't be a picture of the running game, as an outcome; "" when it can."""
        if seen == FROZEN:
            return self._cant(take, seen, FULLSCREEN_ADVICE)
        if seen == BLACK:
            is_for_good = self._watch.is_black_for_good(grab.ended)
            return self._cant(take, seen, FULLSCREEN_ADVICE) if is_for_good else f"dropped_{seen}"
        if not self._settings.monitor:
            # Since the look before the grab the window may have been moved, or covered beside the strip.
            sight = self._finder.look(time.perf_counter(), thorough=True)
            self._was_away = sight.rect != rect
            if sight.rect is None:
                return self._cant(take, sight.problem, PROBLEMS[sight.problem])
            if sight.rect != rect:
                return "dropped_window_moved"
        return ""

    def _read(self, grab: Grab) -> tuple[StripReading | None, Pair]:
        reading = self._strip.read(grab.pixels, grab.width, grab.height) if self._settings.strip else None
        return reading, self.pairing.pair(reading, grab.newest_tick, grab.started, grab.ended)

    def _frame(self, take: Take, grab: Grab, reading: StripReading | None, pair: Pair, sample: Sample) -> Frame:
        settings = self._settings
        size = (grab.width, grab.height)
        saved_size = settings.saved_size(*size)
        grabbed = (grab.started, grab.ended)
        if self.pairing.clock.is_known:
            grabbed = (self.pairing.clock.to_game(grab.started), self.pairing.clock.to_game(grab.ended))
        name = take.shown(pair.tick, grabbed, pair.by, size, saved_size)
        row = row_of(name, sample)
        return Frame(
            take=take.files,
            tick=pair.tick,
            name=name,
            pixels=grab.pixels,
            size=size,
            mask=self._mask.rect(reading.panel if reading else None, sample, *size) if settings.mask_panel else None,
            options=JpegOptions(saved_size, settings.quality, settings.subsampling),
            comment=comment_of(row, sample, grabbed, pair.by),
            row=row_bytes(row),
        )

    def _where(self, take: Take, now: float) -> tuple[Rect | None, str]:
        """What to grab, or the outcome when that isn't possible."""
        if now < self._grab_at:
            return None, "dropped_grab_failed"
        try:
            sight = self._look(now)
        except GrabError as error:
            self._grab_at = now + _GRAB_RETRY_SECONDS
            return None, self._cant(take, "grab_failed", _GRAB_FAILED.format(error))
        if sight.rect is None:
            return None, self._cant(take, sight.problem, PROBLEMS[sight.problem])
        return sight.rect, ""

    def _note_place(self, rect: Rect | None, tick: int) -> None:
        """Wait for a new frame after the window was away or elsewhere.

        Where no compositor keeps windows apart, the screen goes on showing what was there until the game draws again.
        """
        if rect is None:
            self._was_away = True
            return
        if self._was_away or (self._place is not None and rect != self._place):
            self._fresh_tick = tick
        self._place, self._was_away = rect, False

    def _look(self, now: float) -> Sight:
        number = self._settings.monitor
        if not number:
            return self._finder.look(now)
        if now >= self._monitor_at:
            self._monitor_at = now + _MONITOR_SECONDS
            self._monitor = self._grabber.monitor(number)
        return Sight(self._monitor, "" if self._monitor else "no_monitor")

    def _cant(self, take: Take, cause: str, problem: str) -> str:
        if problem != self.problem:
            self.problem = problem
            take.note_problem(problem)
        return f"dropped_{cause}"

    def rehearse(self, sample: Sample) -> str:
        """Grab without saving: learn how late the screen is. Returns what would be in the way of a recording."""
        try:
            sight = self._look(time.perf_counter())
            if sight.rect is None:
                return PROBLEMS[sight.problem]
            grab = self._grabber.grab(sight.rect, sample.tick)
        except GrabError as error:
            return _GRAB_FAILED.format(error)
        reading, _ = self._read(grab)
        seen = self._watch.check(grab, reading.tick if reading else None, sample.speed_mph)
        return FULLSCREEN_ADVICE if seen == BLACK else ""

    def close(self) -> None:
        """Give back what grabbing and looking hold."""
        self._finder.close()
        self._grabber.close()
