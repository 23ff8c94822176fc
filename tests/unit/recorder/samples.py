"""Samples for tests."""

from lib.link.sample import Sample

_FIRST_FLOAT = Sample._fields.index("time")


def sample(tick: int, **values: float) -> Sample:
    """A sample of a car that drives, with what is not said set to something plain."""
    plain: dict[str, float] = {name: 0 if index < _FIRST_FLOAT else 0.0 for index, name in enumerate(Sample._fields)}
    plain.update(take=1, gear=3, lap_valid=1, speed_mph=80.0, time=tick / 60, game_time=tick / 60, delta_t=1 / 60)
    plain.update(values, tick=tick)
    return Sample(**plain)
