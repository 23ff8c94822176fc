"""Every column of data.csv and of NN_ticks.csv: what it means, in which unit, and where it comes from."""

from typing import NamedTuple

from .pages import GRAPHICS, PHYSICS, Page
from .row import Row


class Column(NamedTuple):
    """One column, for people and for programs that label what they show."""

    name: str
    unit: str  # or range; "" where it is a word, a name or a count
    meaning: str  # with the sign, where it has one
    source: str  # of the value: `CS.Gas` is `ac.getCarState`, `physics.gas` a page of the shared memory
    since: int = 1  # the take format that has it first
    kind: str = ""  # "input": the driver's own, "state": of car and session, "": of the recording


_INPUT, _STATE = "input", "state"

ROW_COLUMNS = (
    Column("image", "", "the picture's file", "the recorder"),
    Column("gas", "0.0..1.0", "1 = fully pressed; before or after assists: not verified", "CS.Gas", 1, _INPUT),
    Column("brake", "0.0..1.0", "1 = fully pressed; before or after assists: not verified", "CS.Brake", 1, _INPUT),
    Column(
        "clutch", "0.0..1.0", "1 = released, as apps see it; before or after assists: not verified",
        "CS.Clutch", 1, _INPUT,
    ),
    Column("gear", "-1, 0, 1, ...", "-1 reverse, 0 neutral, 1 first", "CS.Gear - 1", 1, _INPUT),
    Column("steer", "degrees", "of the steering wheel; the sign is not verified", "CS.Steer", 1, _INPUT),
    Column("acc_lateral", "G", "the sign is not verified", "CS.AccG x", 1, _STATE),
    Column("acc_longitudinal", "G", "positive = faster, by AC's axes; not verified", "CS.AccG z", 1, _STATE),
    Column("speed_mph", "mph", "0 or more", "CS.SpeedMPH", 1, _STATE),
    Column(
        "lap_valid", "TRUE, FALSE", "TRUE until TYRES_OUT_LIMIT tyres leave the track",
        "physics.numberOfTyresOut", 1, _STATE,
    ),
    Column("lap_time", "s", "of this lap so far", "CS.LapTime / 1000", 1, _STATE),
    Column("best_lap", "s", "best valid lap of this session; 0 before it", "CS.LastLap of valid laps", 1, _STATE),
    Column("spline_position", "0.0..1.0", "share of the lap", "CS.NormalizedSplinePosition", 1, _STATE),
    Column("performance_meter", "s", "delta to the best lap, negative = faster", "CS.PerformanceMeter", 1, _STATE),
    Column("performance_gain", "s/s", "positive = getting faster", "minus the change of performance_meter", 1, _STATE),
)  # fmt: skip

_BY_NAME = {column.name: column for column in ROW_COLUMNS}

SAMPLE = (
    Column("tick", "from 1", "counts the game's frames since the app was loaded", "calls of acUpdate"),
    Column("take", "from 1", "which recording of this session", "the app"),
    Column("hold", "a word", "why the tick must not become a picture; empty = it may", "the app"),
    Column("panel_shown", "0, 1", "1 = the panel was drawn in the frame before", "the app"),
    Column("panel_form", "0, 1", "how the panel is drawn: 0 full, 1 small", "the app", 2),
    Column(
        "camera_mode", "0..9", "0 cockpit, 1 car, 2 drivable, 3 track, 4 helicopter, 5 on board, 6 free, 7 random, "
        "8 image generator, 9 start", "ac.getCameraMode", 2, _STATE,
    ),
    Column("focused_car", "from 0", "the car that the camera follows; 0 = the player's", "ac.getFocusedCar", 2, _STATE),
    Column("lap_valid", "0, 1", "1 until TYRES_OUT_LIMIT tyres leave the track", "physics.numberOfTyresOut", 1, _STATE),
    Column("best_lap_ms", "ms", "best valid lap of this session; 0 before there is one", "CS.LastLap", 1, _STATE),
    _BY_NAME["gear"],
    Column("lap_count", "laps", "completed; falls when the session restarts", "CS.LapCount", 1, _STATE),
    Column("lap_time_ms", "ms", "of this lap so far", "CS.LapTime", 1, _STATE),
    Column("last_lap_ms", "ms", "of the last lap, valid or not", "CS.LastLap", 1, _STATE),
    Column("time", "s", "the game process's clock at the start of the tick", "time.perf_counter"),
    Column("game_time", "s", "since the app was loaded", "the sum of deltaT"),
    Column("delta_t", "s", "since the tick before", "deltaT of acUpdate"),
    Column("panel_x", "interface units", "the panel's left edge", "ac.getPosition"),
    Column("panel_y", "interface units", "the panel's upper edge", "ac.getPosition"),
    _BY_NAME["performance_gain"],
    _BY_NAME["gas"],
    _BY_NAME["brake"],
    _BY_NAME["clutch"],
    _BY_NAME["steer"],
    _BY_NAME["acc_lateral"],
    Column("acc_vertical", "G", "", "CS.AccG y", 1, _STATE),
    _BY_NAME["acc_longitudinal"],
    _BY_NAME["speed_mph"],
    _BY_NAME["spline_position"],
    _BY_NAME["performance_meter"],
)  # fmt: skip

OUTCOME = (
    Column("image", "", "the picture that was made of the tick; empty = none was", "the recorder"),
    Column("outcome", "a word", "what became of the tick: docs/words.md", "the recorder"),
    Column("grab_start", "s", "begin of the grab, on the clock of `time`", "the recorder"),
    Column("grab_end", "s", "end of the grab", "the recorder"),
    Column("paired_by", "a word", "how the picture came to its tick: docs/words.md", "the recorder"),
)

# What the driver does, as the pages have it.
_INPUTS_OF_PAGES = {"physics_gas", "physics_brake", "physics_clutch", "physics_gear", "physics_steer_angle"}
# Columns of the pages that format 1 had.
_OF_FORMAT_1 = {
    "tyres_out", "in_pit", "in_pit_lane", "status", "session", "physics_packet", "graphics_packet", "heading", "pitch",
    "roll", "rpm", "surface_grip",
}  # fmt: skip
_OF_FORMAT_1_WITH_PARTS = {"world", "velocity", "local_velocity", "angular_velocity", "wheel_slip", "wheel_load"}


def _columns_of(page: Page) -> tuple[Column, ...]:
    """A column for each part of each field."""
    found = []
    for field in page.fields:
        source = f"{page.name.removeprefix('acpmf_')}.{field.kunos}"
        since = 1 if field.name in _OF_FORMAT_1 | _OF_FORMAT_1_WITH_PARTS else 2
        kind = _INPUT if field.name in _INPUTS_OF_PAGES else _STATE
        unit = field.unit or ("text" if field.kind == "u" else "")
        found += [Column(name, unit, field.meaning, source, since, kind) for name in field.names]
    return tuple(found)


PAGE_COLUMNS = (*_columns_of(PHYSICS), *_columns_of(GRAPHICS))
TICK_FILE_COLUMNS = (*SAMPLE, *PAGE_COLUMNS, *OUTCOME)
LETTERS = dict(zip(Row._fields, "ABCDEFGHIJKLMNO", strict=True))
