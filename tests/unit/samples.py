"""Samples for tests."""

from typing import Any

from hypothesis import strategies as st

from lib.captures.pages import GRAPHICS, PHYSICS, Page
from lib.captures.ticks import SAMPLE_COLUMNS
from lib.link.mapped_file import RING_TICKS, GameLink
from lib.link.sample import HOLD_REASONS, PHYSICS_ROOM, SLOT, SLOT_FIELDS, Sample

_FIRST_FLOAT = Sample._fields.index("time")
# Made in double precision; every other number with a fraction is a C float of the game.
_DOUBLES = ("time", "game_time", "delta_t", "performance_gain")


def sample(tick: int, **values: Any) -> Sample:
    """A sample of a car that drives, with what is not said set to something plain."""
    plain: dict[str, Any] = {name: 0 if index < _FIRST_FLOAT else 0.0 for index, name in enumerate(SAMPLE_COLUMNS)}
    plain.update(physics=b"", graphics=b"")
    plain.update(take=1, gear=3, lap_valid=1, speed_mph=80.0, time=tick / 60, game_time=tick / 60, delta_t=1 / 60)
    plain.update(values, tick=tick)
    return Sample(**plain)


def slot_values(sample: Sample) -> tuple[Any, ...]:
    """What stands in the slot of a sample, value for value."""
    pages = sample.physics.ljust(PHYSICS_ROOM, b"\0") + sample.graphics
    values = [getattr(sample, name) for name in SLOT_FIELDS if name not in ("physics", "graphics")]
    return (*values, pages, len(sample.physics), len(sample.graphics), sample.tick)


def publish(link: GameLink, values: tuple[Any, ...]) -> None:
    """Put the values of a slot into the link, as the app does."""
    SLOT.pack_into(link.ring, values[0] % RING_TICKS * SLOT.size, *values)
    link.newest[0] = values[0]


def any_sample() -> st.SearchStrategy[Sample]:
    """Samples with any finite numbers that the game can give."""
    integers = {name: st.integers(0, 2**31 - 1) for name in Sample._fields[:_FIRST_FLOAT]}
    integers |= {"gear": st.integers(-1, 12), "lap_valid": st.integers(0, 1)}
    integers |= {"camera_mode": st.integers(-1, 9), "focused_car": st.integers(-1, 30)}
    integers["hold"] = st.integers(0, len(HOLD_REASONS) - 1)
    floats = {
        name: st.floats(width=64 if name in _DOUBLES else 32, allow_nan=False, allow_infinity=False)
        for name in SAMPLE_COLUMNS[_FIRST_FLOAT:]
    }
    pages = {"physics": _any_page(PHYSICS), "graphics": _any_page(GRAPHICS)}
    return st.builds(Sample, **integers, **floats, **pages)


def _any_page(page: Page) -> st.SearchStrategy[bytes]:
    """Any bytes, and as many as an old or a new AC has of them."""
    return st.binary(min_size=0, max_size=page.size)
