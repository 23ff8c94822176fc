"""What is wrong with the game just now. Events of a scene change it; the parts of the double look here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Faults:
    """Nothing is wrong at first."""

    # What getCarState does: "zero", "minus_one", "raise", "nan", or "none" of these.
    car_state: str = "none"
    # Pages that the game does not write any more: "acpmf_physics", ...
    stale_pages: frozenset[str] = frozenset()
    # What is said instead of the truth: "CS.Gas", "acpmf_physics.heading", ... to the value.
    odd: dict[str, Any] = field(default_factory=dict)
