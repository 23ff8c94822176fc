"""One sample: everything the game said at one tick, in the order in which it crosses the link."""

import struct
from collections import namedtuple

# Why a tick must not become a picture, as the sample's `hold` says it. The index is the code.
HOLD_REASONS = ("", "paused", "replay", "in_pits", "telemetry_invalid")
HOLD_NONE, HOLD_PAUSED, HOLD_REPLAY, HOLD_IN_PITS, HOLD_TELEMETRY_INVALID = range(5)

# An integer that the game did not give (a page is missing). A float that it did not give is NaN.
UNKNOWN = -1

Sample = namedtuple(
    "Sample",
    (
        "tick",  # counts calls of acUpdate from 1
        "take",  # 0: not recording; 1, 2, ...: the session's first, second, ... recording
        "hold",  # index into HOLD_REASONS
        "panel_shown",  # 1: the panel was drawn in the frame before this tick
        "gear",  # -1 reverse, 0 neutral, 1 first, ...
        "lap_valid",  # 1 until the car leaves the track in this lap
        "lap_count",  # completed laps; falls when the session restarts
        "lap_time_ms",
        "last_lap_ms",
        "best_lap_ms",  # best valid lap of this session, 0 before there is one
        "tyres_out",  # 0..4, UNKNOWN without the physics page
        "in_pit",  # 1: stopped in the pit box
        "in_pit_lane",
        "status",  # 0 off, 1 replay, 2 live, 3 pause
        "session",  # 0 practice, 1 qualify, 2 race, 3 hotlap, ...
        "physics_packet",
        "graphics_packet",
        "time",  # seconds of the game process's perf_counter at the start of acUpdate
        "game_time",  # seconds: the sum of every deltaT so far
        "delta_t",  # seconds since the tick before, as AC gave it
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
        "performance_gain",  # seconds per second, positive = faster
        "world_x",  # metres, y up
        "world_y",
        "world_z",
        "velocity_x",  # m/s, world axes
        "velocity_y",
        "velocity_z",
        "local_velocity_x",  # m/s, car axes: x lateral, y up, z forward
        "local_velocity_y",
        "local_velocity_z",
        "angular_velocity_x",  # rad/s, car axes
        "angular_velocity_y",
        "angular_velocity_z",
        "heading",  # radians
        "pitch",
        "roll",
        "rpm",
        "wheel_slip_fl",
        "wheel_slip_fr",
        "wheel_slip_rl",
        "wheel_slip_rr",
        "wheel_load_fl",  # N
        "wheel_load_fr",
        "wheel_load_rl",
        "wheel_load_rr",
        "surface_grip",
        "panel_x",  # the panel's position in the game's interface units
        "panel_y",
    ),
)

_INTEGERS_AFTER_TICK = Sample._fields.index("time") - 1
_FLOATS = len(Sample._fields) - _INTEGERS_AFTER_TICK - 1

# The tick stands first and again last: a reader that sees both the same has not read a slot half written.
SLOT = struct.Struct("<Q{0}i{1}dQ".format(_INTEGERS_AFTER_TICK, _FLOATS))
