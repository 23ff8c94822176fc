"""Which set a unit goes into: by the seed, evenly in each stratum, the same on every machine."""

import hashlib
from collections.abc import Mapping

from .options import SETS
from .units import Unit


def assign(frames: Mapping[Unit, int], fractions: tuple[float, ...], seed: int) -> dict[Unit, str]:
    """The set of each unit. `frames` has how many frames a unit has.

    Units come in an order that the seed gives; each goes into the set that is furthest behind its fraction of the
    frames of its stratum. Strata of fewer units than there are sets can't be divided: they are one stratum together.
    A set whose fraction is 0 stays empty.
    """
    shares = {name: share for name, share in zip(SETS, fractions, strict=True) if share > 0}
    strata: dict[str, list[Unit]] = {}
    for unit in frames:
        strata.setdefault(unit.stratum, []).append(unit)
    small = [units for units in strata.values() if len(units) < len(shares)]
    large = [units for units in strata.values() if len(units) >= len(shares)]
    chosen: dict[Unit, str] = {}
    for units in (*large, [unit for few in small for unit in few]):
        chosen |= _divide(sorted(units, key=lambda unit: _drawn(unit, seed)), frames, shares)
    return chosen


def _divide(units: list[Unit], frames: Mapping[Unit, int], shares: dict[str, float]) -> dict[Unit, str]:
    total = sum(frames[unit] for unit in units)
    given = dict.fromkeys(shares, 0)
    chosen = {}
    for unit in units:
        chosen[unit] = max(shares, key=lambda name: total - given[name] / shares[name])
        given[chosen[unit]] += frames[unit]
    return chosen


def _drawn(unit: Unit, seed: int) -> bytes:
    return hashlib.sha256(f"{seed} {unit.stratum} {unit.name}".encode(errors="surrogatepass")).digest()
