import csv
import io
import json
import math
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.captures.ticks import TICK_HEADER
from lib.captures.vocabulary import Ended, Outcome, PairedBy
from lib.recorder.picture import Picture
from lib.recorder.saving.encode import JpegOptions
from lib.recorder.saving.frame import TakeFiles
from lib.recorder.take import Take
from tests.unit.samples import sample

TURNS = [Outcome.CAP, Outcome.DUPLICATE, Outcome.DROPPED_NO_WINDOW, Outcome.DROPPED_TORN, Outcome.NOT_SHOWN]
STEP = st.tuples(
    st.integers(1, 4),  # ticks that arrive together
    st.integers(0, 6),  # hold codes, mostly none
    st.sampled_from(TURNS),
    st.integers(0, 5),  # lag of the picture
    st.booleans(),  # whether a picture is made
    st.booleans(),  # whether the disk takes it
)


def new_take() -> Take:
    return Take(1, TakeFiles.of(Path("unused"), 1), {})


def picture(tick: int, game_time: float | None = None, size: tuple[int, int] = (10, 10)) -> Picture:
    made = sample(tick) if game_time is None else sample(tick, game_time=game_time)
    return Picture(made, bytearray(), size, (0.0, 0.1), PairedBy.STRIP, None, JpegOptions(size, 90, "4:2:0"))


@settings(max_examples=150, deadline=None)
@given(st.lists(STEP, max_size=60))
def test_every_tick_has_exactly_one_outcome(steps: list[tuple[int, int, Outcome, int, bool, bool]]) -> None:
    take = new_take()
    tick = 0
    waiting: list[tuple[int, bool]] = []
    for count, hold, turn, lag, is_made, is_taken in steps:
        for _ in range(count):
            tick += 1
            take.add(tick, sample(tick, hold=hold if hold < 5 and hold > 2 else 0), float(tick))
        take.turn(tick, turn)
        shown = tick - lag
        if is_made and shown > take.last_shown and take.wanted(shown) is not None:
            take.shown(picture(shown))
            waiting.append((shown, is_taken))
        take.settle()
        if len(waiting) > 3:
            take.stored(waiting[0][0], waiting[0][1], True)
            waiting.pop(0)
    for shown, is_taken in waiting:
        take.stored(shown, is_taken, True)
    take.settle(is_over=True)
    assert take.is_settled
    text = take.take_lines()
    assert text.startswith(TICK_HEADER)
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [int(line["tick"]) for line in lines] == list(range(1, tick + 1))
    told = take.describe(Ended.STOPPED, {}).ticks
    assert told["total"] == tick == sum(told["by_outcome"].values())
    assert [line["outcome"] for line in lines].count("saved") == take.frames_saved
    assert all(bool(line["image"]) == (line["outcome"] == "saved") for line in lines)


def test_what_is_held_or_no_number_never_becomes_a_picture() -> None:
    take = new_take()
    take.add(1, sample(1, hold=1), 0.0)
    take.add(2, sample(2, steer=float("nan")), 0.0)
    take.add(3, sample(3, hold=77), 0.0)
    assert [take.wanted(tick) for tick in (1, 2, 3, 4)] == [None] * 4
    take.settle(is_over=True)
    assert take.outcomes == {"held_paused": 1, "held_telemetry_invalid": 2}


def test_a_tick_waits_for_its_picture_but_not_for_ever() -> None:
    take = new_take()
    for tick in range(1, 400):
        take.add(tick, sample(tick), 0.0)
        take.turn(tick, Outcome.DROPPED_NO_WINDOW)
        take.settle()
    assert take.outcomes[Outcome.DROPPED_NO_WINDOW] == 399 - 256
    assert take.frames_dropped() == 399


def test_the_numbers_of_a_take_are_measured() -> None:
    take = new_take()
    for tick in range(1, 61):
        take.add(tick, sample(tick), 0.0)
        if tick % 2:
            take.shown(picture(tick, size=(1280, 720)))
            take.stored(tick, True, True)
    take.settle(is_over=True)
    rates = take.describe(Ended.STOPPED, {}).rates
    assert rates["game_ticks_per_second"] == 60.0
    assert rates["pictures_per_second"] == 30.0
    assert rates["picture_interval_ms"]["p50"] == 33.3
    assert rates["ticks_between_pictures"] == {"2": 29}


def test_game_times_that_are_no_numbers_are_survived() -> None:
    take = new_take()
    for tick, time in enumerate((1.0, math.nan, math.inf, 2.0, -1.0), 1):
        take.add(tick, sample(tick, game_time=time), 0.0)
        take.shown(picture(tick, time))
        take.stored(tick, True, True)
    take.settle(is_over=True)
    json.dumps(take.describe(Ended.STOPPED, {}).content(), allow_nan=False)
