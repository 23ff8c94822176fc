"""One sample: everything the game said at one tick, in the order in which it crosses the link."""

import struct
from collections import namedtuple

# Why a tick must not become a picture, as the sample's `hold` says it. The index is the code.
HOLD_REASONS = ("", "paused", "replay", "in_pits", "telemetry_invalid", "other_car", "other_view", "off")
(
    HOLD_NONE,
    HOLD_PAUSED,
    HOLD_REPLAY,
    HOLD_IN_PITS,
    HOLD_TELEMETRY_INVALID,
    HOLD_OTHER_CAR,
    HOLD_OTHER_VIEW,
    HOLD_OFF,
) = range(len(HOLD_REASONS))

# An integer that the game did not give. A float that it did not give is NaN.
UNKNOWN = -1

# How much of a shared-memory page crosses: all that Kunos documents. An older AC has less, a newer one more.
PHYSICS_ROOM, GRAPHICS_ROOM = 580, 296

# What the game decides by, or what only its functions say, is a value of its own. The pages cross as they are.
Sample = namedtuple(
    "Sample",
    (
        "tick",  # counts calls of acUpdate from 1
        "take",  # 0: not recording; 1, 2, ...: the session's first, second, ... recording
        "hold",  # index into HOLD_REASONS
        "panel_shown",  # 1: the panel was drawn in the frame before this tick
        "panel_form",  # index into strip_code.FORMS: how the panel is drawn in this tick's frame
        "camera_mode",  # as acsys.CM counts them: 0 cockpit, 1 car, 2 drivable, ...; UNKNOWN
        "focused_car",  # the car that the camera follows, 0 = the player's; UNKNOWN
        "lap_valid",  # 1 until the car leaves the track in this lap
        "best_lap_ms",  # best valid lap of this session, 0 before there is one
        "gear",  # -1 reverse, 0 neutral, 1 first, ...
        "lap_count",  # completed laps; falls when the session restarts
        "lap_time_ms",
        "last_lap_ms",
        "time",  # seconds of the game process's perf_counter at the start of acUpdate
        "game_time",  # seconds: the sum of every deltaT so far
        "delta_t",  # seconds since the tick before, as AC gave it
        "panel_x",  # the panel's position in the game's interface units
        "panel_y",
        "performance_gain",  # seconds per second, positive = faster: made from the ticks before (`gain`)
        "gas",  # 0..1
        "brake",  # 0..1
        "clutch",  # 0..1, 1 = released
        "steer",  # degrees of the steering wheel
        "acc_lateral",  # G
        "acc_vertical",  # G
        "acc_longitudinal",  # G
        "speed_mph",
        "spline_position",  # 0..1
        "performance_meter",  # seconds, negative = faster than the best lap
        "physics",  # the page's bytes, at most PHYSICS_ROOM; b"" where it is missing
        "graphics",  # the page's bytes, at most GRAPHICS_ROOM; b"" where it is missing
    ),
)

# What the reader makes of the ticks before, and the slot doesn't hold. The slot's values are the others in their order,
# and from the pages on what `SLOT` says.
_MADE_BY_READER = "performance_gain"
SLOT_FIELDS = tuple(name for name in Sample._fields if name != _MADE_BY_READER)

# Between the tick and the pages stand whole numbers, then numbers with a fraction.
_FIRST_FLOAT, _PAGES_AT = SLOT_FIELDS.index("time"), SLOT_FIELDS.index("physics")
_GAIN_AT = Sample._fields.index(_MADE_BY_READER)

# A slot is a sample with its two pages in one piece, each at the start of its room, and their lengths; then its tick
# again: whoever sees both ticks the same has not read a slot half written. A whole number of 8 bytes, so that its first
# tick is one word.
SLOT = struct.Struct(
    "<Q{0}i4x{1}d{2}sIIQ".format(_FIRST_FLOAT - 1, _PAGES_AT - _FIRST_FLOAT, PHYSICS_ROOM + GRAPHICS_ROOM)
)


def sample_of(values, performance_gain):
    """The `Sample` that the values of a slot are, with the rate that the ticks before it give."""
    pages, physics_length, graphics_length, _ = values[_PAGES_AT:]
    physics, graphics = pages[:PHYSICS_ROOM], pages[PHYSICS_ROOM:]
    said = values[:_GAIN_AT] + (performance_gain,) + values[_GAIN_AT:_PAGES_AT]
    return Sample(*(said + (physics[:physics_length], graphics[:graphics_length])))
