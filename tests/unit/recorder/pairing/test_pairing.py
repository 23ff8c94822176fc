"""Pictures go to the tick they show: by the strip, or by what the clock and the learned lag say."""

import bisect
import random
from collections.abc import Callable

import pytest

from lib.captures.vocabulary import PairedBy
from lib.link.mapped_file import RING_TICKS
from lib.link.sample import Sample
from lib.recorder.pairing.pairing import Pairing
from lib.strip.read import StripReading
from lib.strip.rect import Rect

PANEL = Rect(0, 0, 340, 132)
ORIGIN = 5000.0  # of the recorder's clock in the game's
POLL = 0.0005
GRAB = 0.004


def sample(tick: int, time: float) -> Sample:
    empty = Sample(*[0] * len(Sample._fields))
    return empty._replace(tick=tick, time=time, panel_shown=1)


class GameAndScreen:
    """A game with a screen behind it: ticks come when their time has come, frames are shown with a lag."""

    def __init__(self, intervals: list[float], shown_since: Callable[[list[float], int], float]) -> None:
        self.times = [0.0]
        for interval in intervals:
            self.times.append(self.times[-1] + interval)
        most = len(self.times) - 10
        self._shown_since = [shown_since(self.times, tick) for tick in range(1, most)]
        self.now = 0.0  # on the game's clock

    def newest_tick(self) -> int:
        return bisect.bisect_right(self.times, self.now) - 1

    def sample(self, tick: int) -> Sample | None:
        newest = self.newest_tick()
        return sample(tick, self.times[tick]) if max(0, newest - RING_TICKS) < tick <= newest else None

    def shown_tick(self, at: float) -> int:
        return bisect.bisect_right(self._shown_since, at)


def record(
    game: GameAndScreen, pairing: Pairing, pictures: int, *, strip: bool, source: random.Random
) -> list[tuple[int, int, PairedBy]]:
    """Grab at each new tick; give for each picture the tick it shows, the tick it was paired with, and how."""
    results = []
    for _ in range(pictures):
        tick = game.newest_tick() + 1
        game.now = game.times[tick] + source.uniform(0, POLL)
        pairing.arrival(game.sample(tick), game.now - ORIGIN)
        start = game.now
        game.now += source.uniform(GRAB, 1.3 * GRAB)
        shown = game.shown_tick(start + 0.3 * GRAB)
        reading = StripReading(shown, shown, PANEL) if strip and shown else None
        pair = pairing.pair(reading, tick, start - ORIGIN, game.now - ORIGIN)
        results.append((shown, pair.tick, pair.by))
    return results


def share_within(results: list[tuple[int, int, PairedBy]], ticks: int) -> float:
    return sum(abs(shown - paired) <= ticks for shown, paired, _ in results) / len(results)


def steady(rate: float, count: int = 3000) -> list[float]:
    return [1 / rate] * count


def irregular(count: int = 3000) -> list[float]:
    source = random.Random(9)
    return [source.choice([0.006, 0.012, 0.02, 0.035]) * source.uniform(0.9, 1.1) for _ in range(count)]


RATES = {"30": steady(30), "60": steady(60), "144": steady(144), "irregular": irregular()}


def queued(frames: int, delay: float) -> Callable[[list[float], int], float]:
    return lambda times, tick: times[tick + frames] + delay


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_learns_the_lag_from_the_strip(rate: str, frames: int) -> None:
    game = GameAndScreen(RATES[rate], queued(frames, 0.003))
    pairing, source = Pairing(game), random.Random(1)
    by_strip = record(game, pairing, 400, strip=True, source=source)
    assert share_within(by_strip[10:], 0) == 1
    by_clock = record(game, pairing, 1000, strip=False, source=source)
    assert {by for _, _, by in by_clock} == {PairedBy.CLOCK}
    assert share_within(by_clock, 1) >= 0.99
    assert share_within(by_clock, 0) >= 0.95


def test_lag_in_whole_frames_holds_when_the_rate_changes() -> None:
    game = GameAndScreen(steady(60, 500) + steady(35, 1000), queued(2, 0.002))
    pairing, source = Pairing(game), random.Random(2)
    record(game, pairing, 450, strip=True, source=source)
    assert share_within(record(game, pairing, 900, strip=False, source=source), 1) >= 0.99


def test_a_lag_that_varies_is_met_within_one_tick() -> None:
    source = random.Random(3)
    latest = 0.0

    def shown_since(times: list[float], tick: int) -> float:
        nonlocal latest  # frames come in order
        latest = max(latest, times[tick + source.choice([0, 1, 1, 2])] + 0.002)
        return latest

    game = GameAndScreen(steady(60), shown_since)
    pairing = Pairing(game)
    record(game, pairing, 600, strip=True, source=source)
    assert share_within(record(game, pairing, 1500, strip=False, source=source), 1) >= 0.99


@pytest.mark.parametrize("rate", [30, 60])
def test_unlearned_is_near_what_games_do(rate: int) -> None:
    """A picture grabbed at once when tick n is new mostly shows n - 2 or n - 1."""
    for frames, delay in ((0, 0.9 / rate), (1, 0.0), (1, 0.9 / rate)):
        game = GameAndScreen(steady(rate), queued(frames, delay))
        pairing = Pairing(game)
        results = record(game, pairing, 300, strip=False, source=random.Random(4))
        assert {by for _, _, by in results} == {PairedBy.CLOCK_UNLEARNED}
        assert share_within(results[40:], 1) == 1


def test_duplicates_are_paired_alike() -> None:
    game = GameAndScreen(steady(60), queued(1, 0.003))
    pairing = Pairing(game)
    game.now = game.times[50] + 0.001
    pairing.arrival(game.sample(50), game.now - ORIGIN)
    pairs = {pairing.pair(None, 50, game.now - ORIGIN, game.now - ORIGIN + GRAB).tick for _ in range(3)}
    assert len(pairs) == 1


def test_no_tick_before_there_is_one() -> None:
    game = GameAndScreen(steady(60), queued(1, 0.003))
    game.now = -1.0
    pair = Pairing(game).pair(None, 0, 1.0, 1.1)
    assert (pair.tick, pair.sample, pair.by) == (0, None, PairedBy.CLOCK_UNLEARNED)


def test_a_strip_from_the_future_is_not_believed() -> None:
    game = GameAndScreen(steady(60), queued(1, 0.003))
    pairing = Pairing(game)
    game.now = game.times[50]
    pairing.arrival(game.sample(50), game.now - ORIGIN)
    pair = pairing.pair(StripReading(51, 51, PANEL), 50, game.now - ORIGIN, game.now - ORIGIN + GRAB)
    assert pair.by is PairedBy.CLOCK_UNLEARNED
    assert pairing.statistics()["strip_implausible"] == 1


def test_a_tick_that_left_the_ring_is_not_mispaired() -> None:
    game = GameAndScreen(steady(60, RING_TICKS + 2000), queued(1, 0.003))
    pairing = Pairing(game)
    game.now = game.times[RING_TICKS + 1000]
    pair = pairing.pair(StripReading(900, 900, PANEL), game.newest_tick(), 0.0, 0.1)
    assert (pair.tick, pair.sample, pair.by) == (900, None, PairedBy.STRIP)
    assert pairing.statistics()["out_of_ring"] == 1


def test_counts_of_a_take() -> None:
    game = GameAndScreen(steady(60), queued(1, 0.003))
    pairing, source = Pairing(game), random.Random(5)
    record(game, pairing, 100, strip=True, source=source)
    pairing.begin_take()
    record(game, pairing, 60, strip=True, source=source)
    record(game, pairing, 20, strip=False, source=source)
    game.now = game.times[game.newest_tick() + 1]
    newest = game.newest_tick()
    torn = pairing.pair(StripReading(newest - 1, newest, PANEL), newest, game.now - ORIGIN, game.now - ORIGIN + GRAB)
    assert torn.is_torn and torn.tick == newest - 1
    statistics = pairing.statistics()
    assert statistics["pictures"] == 81
    assert statistics["paired_by"] == {
        "strip": 60, "strip_kept": 0, "strip_torn": 1, "clock": 20, "clock_unlearned": 0,
    }  # fmt: skip
    assert statistics["share_by_strip"] == round(61 / 81, 6)
    assert statistics["strip_not_read"] == 20
    assert statistics["torn"] == 1
    assert statistics["lag_ticks"] == {"2": 60}
    assert 33 <= statistics["lag_ms"]["p50"] <= 35
    assert statistics["learned_lag"]["exact"] == 1


class Drawn:
    """A game that draws its apps in every so many frames; a sample tells of the frame before it."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.newest = 0

    def newest_tick(self) -> int:
        return self.newest

    def sample(self, tick: int) -> Sample | None:
        is_drawn = (tick - 1) % self.every == 0
        return sample(tick, tick / 60)._replace(panel_shown=int(is_drawn)) if 0 < tick <= self.newest else None


@pytest.mark.parametrize("every", [1, 2, 3])
@pytest.mark.parametrize("lag", [0, 1, 2, 3])
def test_what_is_called_strip_shows_the_tick_of_its_strip(every: int, lag: int) -> None:
    """The scene on the screen is `lag` frames old; its strip is the one that was drawn last in it or before."""
    game = Drawn(every)
    pairing = Pairing(game)
    proven = kept = 0
    for newest in range(20, 80):
        game.newest = newest
        scene = newest - lag
        strip = scene - scene % every
        pair = pairing.pair(StripReading(strip, strip, PANEL), newest, newest / 60, newest / 60 + GRAB)
        assert pair.known_at <= newest + 1
        game.newest = max(newest, pair.known_at)
        by = pairing.how(pair)
        proven += by is PairedBy.STRIP
        kept += by is PairedBy.STRIP_KEPT
        assert by is PairedBy.STRIP_KEPT or strip == scene
    assert proven + kept == 60
    assert (kept == 0) == (every == 1)


def test_a_strip_whose_next_frame_nobody_tells_of_proves_nothing() -> None:
    """As at the game's end, when no further tick comes."""
    game = Drawn(1)
    game.newest = 50
    pair = Pairing(game).pair(StripReading(49, 49, PANEL), 50, 0.0, GRAB)
    assert pair.known_at == 51
    assert Pairing(game).how(pair) is PairedBy.STRIP_KEPT


def test_only_proven_strips_teach_the_lag() -> None:
    game = Drawn(2)
    pairing = Pairing(game)
    for newest in range(20, 200):
        game.newest = newest
        pairing.arrival(sample(newest, newest / 60), newest / 60)
        strip = (newest - 1) - (newest - 1) % 2
        pairing.pair(StripReading(strip, strip, PANEL), newest, newest / 60, newest / 60 + GRAB)
    statistics = pairing.statistics()
    assert statistics["learned_lag"] is None
    assert statistics["paired_by"]["strip_kept"] > 150
