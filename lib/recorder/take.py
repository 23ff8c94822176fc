"""One take: what became of each of its ticks, and the numbers that describe it."""

import math
import time
from collections import Counter, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..captures.names import picture_name
from ..captures.row import is_recordable
from ..captures.take_file import TakeDescription
from ..captures.ticks import TICK_HEADER, TickLine, held, tick_line
from ..captures.vocabulary import Ended, Outcome, PairedBy, Proof
from ..link.sample import Sample
from ..percentiles import percentiles, step_of
from .picture import Picture
from .saving.frame import TakeFiles

# A frame that is so many ticks old is not shown any more.
_HORIZON_TICKS = 256
_MOST_SIZES = 50
# Outcomes that a better picture of the tick still changes.
_OPEN_TO_CHANGE = (Outcome.BUSY, Outcome.DUPLICATE, Outcome.NOT_SHOWN)


@dataclass(slots=True)
class _Entry:
    """One tick whose outcome may still change."""

    tick: int
    sample: Sample | None
    outcome: Outcome | None  # None: its picture is on the way to the disk
    image: str = ""
    grabbed: tuple[float, float] | None = None
    paired_by: PairedBy | None = None


class Take:
    """Keeps account of a take. Every tick of it has exactly one outcome in the end."""

    def __init__(self, order: int, files: TakeFiles, facts: dict[str, Any]) -> None:
        self.order = order
        self.files = files
        self.number = files.number
        self.frames_given = 0  # names given to pictures, saved or on their way
        self.frames_saved = 0
        self.picture_bytes = 0  # of the saved pictures together
        self.proofs: Counter[Proof] = Counter()  # of the saved pictures
        self.rows_missing = 0
        self.last_shown = 0  # the newest tick that became a picture
        self.newest = 0  # the newest tick of the take
        self.newest_wanted = 0  # ... that may become a picture
        self.newest_wanted_at = float("-inf")  # ... and when it was seen
        self.outcomes: Counter[Outcome] = Counter()
        self.lines_lost = 0
        self._facts = facts
        self._started = datetime.now().astimezone()
        # What turns moments on either process's clock into wall-clock time.
        self._clocks = {
            "utc_offset": self._started.strftime("%z"),
            "recorder": {"unix_s": time.time(), "perf_counter_s": time.perf_counter()},
        }
        self._entries: deque[_Entry] = deque()
        self._by_tick: dict[int, _Entry] = {}
        self._lines = [TICK_HEADER]
        self._sizes: list[str] = []
        self._saved_sizes: list[str] = []
        self._problems: Counter[str] = Counter()
        self._intervals: Counter[int] = Counter()
        self._game_span: tuple[float, float] | None = None
        self._picture_span: tuple[float, float] | None = None
        self._tick_gaps: Counter[int] = Counter()
        self._last_saved_tick = 0

    # --- ticks

    def add(self, tick: int, sample: Sample | None, now: float) -> None:
        """A tick of this take; `sample` is None where the ring lost it."""
        self.newest = tick
        if sample is None:
            outcome = Outcome.DROPPED_OUT_OF_RING
        elif sample.hold:
            outcome = held(sample.hold)
        elif not is_recordable(sample):
            outcome = Outcome.HELD_TELEMETRY_INVALID
        else:
            outcome = Outcome.BUSY
            self.newest_wanted, self.newest_wanted_at = tick, now
        if sample is not None and math.isfinite(sample.game_time):
            start = self._game_span[0] if self._game_span else sample.game_time
            self._game_span = (start, sample.game_time)
        entry = _Entry(tick, sample, outcome)
        self._entries.append(entry)
        self._by_tick[tick] = entry

    def turn(self, tick: int, outcome: Outcome) -> None:
        """What the recorder did when this tick was the newest. Stands unless the tick is shown later on."""
        entry = self._by_tick.get(tick)
        if entry is not None and entry.outcome in (
            Outcome.BUSY,
            Outcome.DUPLICATE,
        ):  # a second look may find more than the first
            entry.outcome = outcome

    def lost(self, tick: int, outcome: Outcome) -> None:
        """A picture of that tick was seen and can't be used. Stands unless a better one of it comes."""
        entry = self._by_tick.get(tick)
        if entry is not None and entry.outcome in _OPEN_TO_CHANGE:
            entry.outcome = outcome

    def wanted(self, tick: int) -> Sample | None:
        """The sample of a tick that may still become a picture; None for any other."""
        entry = self._by_tick.get(tick)
        if entry is None or entry.outcome is None or entry.outcome.is_held:
            return None
        return entry.sample

    def shown(self, picture: Picture) -> str:
        """The picture is on its way to the disk. Returns its name."""
        tick = picture.sample.tick
        self.frames_given += 1
        entry = self._by_tick[tick]
        entry.outcome = None
        entry.image = picture_name(self.number, self.frames_given)
        entry.grabbed = picture.grabbed
        entry.paired_by = picture.paired_by
        self.last_shown = tick
        _note_size(self._sizes, picture.size)
        _note_size(self._saved_sizes, picture.options.size)
        return entry.image

    def paired(self, tick: int, by: PairedBy) -> None:
        """It is decided how the picture of this tick, which is on its way, was paired."""
        self._by_tick[tick].paired_by = by

    def stored(self, tick: int, is_saved: bool, has_row: bool, file_bytes: int = 0) -> None:
        """The picture of this tick is on the disk, or was given up."""
        entry = self._by_tick[tick]
        if not is_saved:
            entry.outcome, entry.image = Outcome.DROPPED_DISK, ""
            return
        entry.outcome = Outcome.SAVED
        self.frames_saved += 1
        self.picture_bytes += file_bytes
        self.rows_missing += not has_row
        assert entry.sample is not None and entry.paired_by is not None
        self.proofs[entry.paired_by.proof] += 1
        self._measure(tick, entry.sample.game_time)

    def _measure(self, tick: int, time: float) -> None:
        """Count how far this picture is from the one before."""
        if not math.isfinite(time):
            return
        if self._picture_span is not None:
            self._intervals[step_of(time - self._picture_span[1])] += 1
            self._tick_gaps[min(tick - self._last_saved_tick, _HORIZON_TICKS)] += 1
        self._picture_span = (self._picture_span[0] if self._picture_span else time, time)
        self._last_saved_tick = tick

    def settle(self, is_over: bool = False) -> None:
        """Turn the ticks whose outcome can't change any more into lines; with `is_over` that is all of them."""
        while self._entries:
            entry = self._entries[0]
            is_past = is_over or entry.tick < self.last_shown or entry.tick <= self.newest - _HORIZON_TICKS
            if entry.outcome is None or not (is_past or entry.outcome is Outcome.SAVED):
                break
            self._entries.popleft()
            del self._by_tick[entry.tick]
            self.outcomes[entry.outcome] += 1
            self._lines.append(
                tick_line(
                    TickLine(entry.tick, entry.sample, entry.outcome, entry.image, entry.grabbed, entry.paired_by)
                )
            )

    def take_lines(self) -> str:
        """The lines of NN_ticks.csv that were made since the last call."""
        lines, self._lines = "".join(self._lines), []
        return lines

    @property
    def is_settled(self) -> bool:
        return not self._entries

    # --- what is told about it

    def note_problem(self, problem: str) -> None:
        """Something kept the recorder from grabbing; `problem` is what the user reads."""
        self._problems[problem] += 1

    def frames_dropped(self) -> int:
        """Ticks that should have become pictures and did not."""
        settled = sum(count for outcome, count in self.outcomes.items() if outcome.is_dropped)
        return settled + sum(entry.outcome is not None and entry.outcome.is_dropped for entry in self._entries)

    def describe(
        self, how_it_ended: Ended, sync: dict[str, Any], game_minus_recorder: float | None = None
    ) -> TakeDescription:
        """What NN_take.json is to say now. The last is how far the game's clock is before the recorder's."""
        return TakeDescription(
            take=self.number,
            take_id=self.files.take_id,
            facts=self._facts,
            window_sizes=list(self._sizes),
            saved_sizes=list(self._saved_sizes),
            started_utc=_utc(self._started),
            ended_utc=None if how_it_ended is Ended.OPEN else _utc(datetime.now(UTC)),
            clocks={**self._clocks, "game_minus_recorder_s": game_minus_recorder},
            how_it_ended=how_it_ended,
            frames_saved=self.frames_saved,
            picture_bytes=self.picture_bytes,
            proof={str(proof): self.proofs[proof] for proof in Proof},
            rows_missing=self.rows_missing,
            ticks={"total": self.outcomes.total(), "by_outcome": dict(sorted(self.outcomes.items()))},
            tick_lines_lost=self.lines_lost,
            problems=dict(self._problems),
            rates=self._rates(),
            sync=sync,
        )

    def _rates(self) -> dict[str, Any]:
        return {
            "game_ticks_per_second": _per_second(self.outcomes.total(), self._game_span),
            "pictures_per_second": _per_second(self.frames_saved, self._picture_span),
            "picture_interval_ms": percentiles(self._intervals),
            "ticks_between_pictures": {str(gap): count for gap, count in sorted(self._tick_gaps.items())},
        }


def _note_size(sizes: list[str], size: tuple[int, int]) -> None:
    """Add the size where it differs from the last one."""
    text = f"{size[0]}x{size[1]}"
    if sizes[-1:] != [text] and len(sizes) < _MOST_SIZES:
        sizes.append(text)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _per_second(count: int, span: tuple[float, float] | None) -> float | None:
    """How many per second of game time; the first of them only starts the clock."""
    if count < 2 or span is None or span[1] <= span[0]:
        return None
    return round((count - 1) / (span[1] - span[0]), 3)
