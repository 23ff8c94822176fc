"""Types of sample.py for those who check them; the game never reads this."""

from struct import Struct
from typing import Final, NamedTuple

HOLD_REASONS: Final[tuple[str, ...]]
HOLD_NONE: Final[int]
HOLD_PAUSED: Final[int]
HOLD_REPLAY: Final[int]
HOLD_IN_PITS: Final[int]
HOLD_TELEMETRY_INVALID: Final[int]
HOLD_OTHER_CAR: Final[int]
HOLD_OTHER_VIEW: Final[int]
HOLD_OFF: Final[int]
UNKNOWN: Final[int]
PHYSICS_ROOM: Final[int]
GRAPHICS_ROOM: Final[int]
SLOT: Final[Struct]
SLOT_FIELDS: Final[tuple[str, ...]]

class Sample(NamedTuple):
    tick: int
    take: int
    hold: int
    panel_shown: int
    panel_form: int
    camera_mode: int
    focused_car: int
    lap_valid: int
    best_lap_ms: int
    gear: int
    lap_count: int
    lap_time_ms: int
    last_lap_ms: int
    time: float
    game_time: float
    delta_t: float
    panel_x: float
    panel_y: float
    performance_gain: float
    gas: float
    brake: float
    clutch: float
    steer: float
    acc_lateral: float
    acc_vertical: float
    acc_longitudinal: float
    speed_mph: float
    spline_position: float
    performance_meter: float
    physics: bytes
    graphics: bytes

def sample_of(values: tuple[int | float | bytes, ...], performance_gain: float) -> Sample: ...
