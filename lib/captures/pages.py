"""AC's shared-memory pages field by field, and what the bytes of one say.

Names, offsets and meanings are Kunos' (ACSharedMemoryDocumentation); where practice differs from the documentation,
the meaning says what was seen. A shorter page, of an older AC, has the fields that fit into it.
"""

import struct
from dataclasses import dataclass

WHEELS = ("fl", "fr", "rl", "rr")
AXES = ("x", "y", "z")
_WHEELS_AND_AXES = tuple(f"{wheel}_{axis}" for wheel in WHEELS for axis in AXES)

Value = int | float | str


@dataclass(frozen=True)
class Field:
    """One field of a page; with `parts` several of the same kind, one behind the other."""

    name: str  # of the column, or of the key in NN_take.json; with parts followed by each of them
    kunos: str  # its name in Kunos' documentation
    offset: int
    kind: str  # "i" whole number, "f" number with a fraction, "u" text of `length` characters
    unit: str = ""
    meaning: str = ""
    parts: tuple[str, ...] = ()
    length: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{part}" for part in self.parts) or (self.name,)

    @property
    def form(self) -> str:
        """What struct calls one part."""
        return f"{2 * self.length}s" if self.kind == "u" else self.kind

    @property
    def end(self) -> int:
        return self.offset + max(1, len(self.parts)) * struct.calcsize(f"<{self.form}")


class Page:
    """A page: its documented size and its fields in the order of their offsets."""

    def __init__(self, name: str, size: int, fields: tuple[Field, ...]) -> None:
        self.name, self.size, self.fields = name, size, fields
        self.names = tuple(name for field in fields for name in field.names)
        self.kinds = {name: field.kind for field in fields for name in field.names}
        self._forms: dict[int, _Form] = {}

    def read(self, page: bytes) -> list[Value]:
        """What the bytes say, in the order of `names`; fields that lie beyond them are left out."""
        page = page[: self.size]
        form = self._forms.get(len(page))
        if form is None:
            form = self._forms[len(page)] = _Form(self.fields, len(page))
        return form.read(page)

    def told(self, page: bytes) -> dict[str, Value]:
        """The same by name."""
        return dict(zip(self.names, self.read(page), strict=False))


class _Form:
    """How pages of one length are read."""

    def __init__(self, fields: tuple[Field, ...], length: int) -> None:
        form, end = "<", 0
        kinds: list[str] = []
        for field in fields:
            if field.end > length:
                break
            count = max(1, len(field.parts))
            form += f"{field.offset - end}x" + field.form * count
            kinds += field.kind * count
            end = field.end
        self._struct = struct.Struct(form)
        self._texts = [index for index, kind in enumerate(kinds) if kind == "u"]

    def read(self, page: bytes) -> list[Value]:
        values = list(self._struct.unpack_from(page))
        for index in self._texts:
            values[index] = values[index].decode("utf-16-le", "replace").split("\0")[0]
        return values


PHYSICS = Page(
    "acpmf_physics",
    580,
    (
        Field("physics_packet", "packetId", 0, "i", "", "counts the steps of the physics, about 333 a second"),
        Field("physics_gas", "gas", 4, "f", "0..1", "gas as the page has it; before or after assists: not verified"),
        Field(
            "physics_brake", "brake", 8, "f", "0..1", "brake as the page has it; before or after assists: not verified"
        ),
        Field("fuel", "fuel", 12, "f", "litres", "left in the tank"),
        Field("physics_gear", "gear", 16, "i", "", "0 reverse, 1 neutral, 2 first, ..."),
        Field("rpm", "rpms", 20, "i", "1/min", "of the engine"),
        Field("physics_steer_angle", "steerAngle", 24, "f", "not documented", "steering as the page has it"),
        Field("speed_kmh", "speedKmh", 28, "f", "km/h", "0 or more"),
        Field("velocity", "velocity", 32, "f", "m/s", "world axes, y up", AXES),
        Field("physics_acc", "accG", 44, "f", "G", "car axes: x lateral, y up, z forward", AXES),
        Field("wheel_slip", "wheelSlip", 56, "f", "", "slip of the tyre, 0 or more", WHEELS),
        Field("wheel_load", "wheelLoad", 72, "f", "N", "0 or more", WHEELS),
        Field("tyre_pressure", "wheelsPressure", 88, "f", "psi", "0 or more", WHEELS),
        Field("wheel_angular_speed", "wheelAngularSpeed", 104, "f", "rad/s", "sign not verified", WHEELS),
        Field("tyre_wear", "tyreWear", 120, "f", "", "100 = new", WHEELS),
        Field("tyre_dirt", "tyreDirtyLevel", 136, "f", "0..10", "0 = clean", WHEELS),
        Field("tyre_core_temperature", "tyreCoreTemperature", 152, "f", "deg C", "", WHEELS),
        Field("camber", "camberRAD", 168, "f", "rad", "sign not verified", WHEELS),
        Field("suspension_travel", "suspensionTravel", 184, "f", "m", "wrong for some mods", WHEELS),
        Field("drs", "drs", 200, "f", "0..1", ""),
        Field("tc", "tc", 204, "f", "", "slip ratio at which traction control acts; 0 = off"),
        Field("heading", "heading", 208, "f", "rad", "zero and sign not verified"),
        Field("pitch", "pitch", 212, "f", "rad", "sign not verified"),
        Field("roll", "roll", 216, "f", "rad", "sign not verified"),
        Field("cg_height", "cgHeight", 220, "f", "m", "of the centre of gravity"),
        Field(
            "damage", "carDamage", 224, "f", "", "0 = none; Kunos names no parts, the fifth is unused", tuple("12345")
        ),
        Field("tyres_out", "numberOfTyresOut", 244, "i", "0..4", "off the track now"),
        Field("pit_limiter", "pitLimiterOn", 248, "i", "0, 1", ""),
        Field("abs", "abs", 252, "f", "", "slip ratio at which ABS acts; 0 = off"),
        Field("kers_charge", "kersCharge", 256, "f", "0..1", ""),
        Field("kers_input", "kersInput", 260, "f", "0..1", ""),
        Field("auto_shifter", "autoShifterOn", 264, "i", "0, 1", ""),
        Field("ride_height", "rideHeight", 268, "f", "m", "", ("front", "rear")),
        Field("turbo_boost", "turboBoost", 276, "f", "bar", ""),
        Field("ballast", "ballast", 280, "f", "kg", ""),
        Field("air_density", "airDensity", 284, "f", "kg/m3", ""),
        Field("air_temperature", "airTemp", 288, "f", "deg C", ""),
        Field("road_temperature", "roadTemp", 292, "f", "deg C", ""),
        Field(
            "angular_velocity",
            "localAngularVel",
            296,
            "f",
            "rad/s",
            "car axes: x lateral, y up, z forward; signs not verified",
            AXES,
        ),
        Field("final_force_feedback", "finalFF", 308, "f", "", "what goes to the wheel; signed"),
        Field("physics_performance_meter", "performanceMeter", 312, "f", "s", "negative = faster than the best lap"),
        Field("engine_brake", "engineBrake", 316, "i", "", "setting"),
        Field("ers_recovery_level", "ersRecoveryLevel", 320, "i", "", "setting"),
        Field("ers_power_level", "ersPowerLevel", 324, "i", "", "setting"),
        Field("ers_heat_charging", "ersHeatCharging", 328, "i", "", "0 motor, 1 battery"),
        Field("ers_is_charging", "ersIsCharging", 332, "i", "0, 1", ""),
        Field("kers_current_kj", "kersCurrentKJ", 336, "f", "kJ", "spent in this lap"),
        Field("drs_available", "drsAvailable", 340, "i", "0, 1", ""),
        Field("drs_enabled", "drsEnabled", 344, "i", "0, 1", ""),
        Field("brake_temperature", "brakeTemp", 348, "f", "deg C", "0 in older versions of AC", WHEELS),
        Field(
            "physics_clutch",
            "clutch",
            364,
            "f",
            "0..1",
            "clutch as the page has it, 1 = released; before or after assists: not verified",
        ),
        Field("tyre_temperature_inner", "tyreTempI", 368, "f", "deg C", "", WHEELS),
        Field("tyre_temperature_middle", "tyreTempM", 384, "f", "deg C", "", WHEELS),
        Field("tyre_temperature_outer", "tyreTempO", 400, "f", "deg C", "", WHEELS),
        Field("is_ai_controlled", "isAIControlled", 416, "i", "0, 1", "1 = the game drives"),
        Field("tyre_contact_point", "tyreContactPoint", 420, "f", "m", "world axes, y up", _WHEELS_AND_AXES),
        Field("tyre_contact_normal", "tyreContactNormal", 468, "f", "", "of the ground, world axes", _WHEELS_AND_AXES),
        Field("tyre_contact_heading", "tyreContactHeading", 516, "f", "", "of the tyre, world axes", _WHEELS_AND_AXES),
        Field("brake_bias", "brakeBias", 564, "f", "0..1", "0 rear, 1 front"),
        Field("local_velocity", "localVelocity", 568, "f", "m/s", "car axes; in format 1 from CS.LocalVelocity", AXES),
    ),
)

GRAPHICS = Page(
    "acpmf_graphics",
    296,
    (
        Field("graphics_packet", "packetId", 0, "i", "", "goes up by 2 with each frame"),
        Field("status", "status", 4, "i", "", "0 off, 1 replay, 2 live, 3 pause"),
        Field(
            "session", "session", 8, "i", "",
            "-1 unknown, 0 practice, 1 qualify, 2 race, 3 hotlap, 4 time attack, 5 drift, 6 drag",
        ),
        Field("current_time_text", "currentTime", 12, "u", "", "of this lap, as the game shows it", length=15),
        Field("last_time_text", "lastTime", 42, "u", "", "of the last lap", length=15),
        Field("best_time_text", "bestTime", 72, "u", "", "of the best lap", length=15),
        Field("split_text", "split", 102, "u", "", "", length=15),
        Field("completed_laps", "completedLaps", 132, "i", "laps", ""),
        Field("position", "position", 136, "i", "", "place in the session, from 1"),
        Field("current_time_ms", "iCurrentTime", 140, "i", "ms", "of this lap"),
        Field("last_time_ms", "iLastTime", 144, "i", "ms", "of the last lap"),
        Field("best_time_ms", "iBestTime", 148, "i", "ms", "of the best lap, valid or not"),
        Field("session_time_left", "sessionTimeLeft", 152, "f", "ms", "-1 in a replay"),
        Field("distance_traveled", "distanceTraveled", 156, "f", "m", "in this session"),
        Field("in_pit", "isInPit", 160, "i", "0, 1", "1 = stands in its box"),
        Field("sector", "currentSectorIndex", 164, "i", "", "from 0"),
        Field("last_sector_time_ms", "lastSectorTime", 168, "i", "ms", ""),
        Field("number_of_laps", "numberOfLaps", 172, "i", "laps", "of the race"),
        Field("tyre_compound", "tyreCompound", 176, "u", "", "", length=33),
        Field("replay_time_multiplier", "replayTimeMultiplier", 244, "f", "", ""),
        Field("normalized_car_position", "normalizedCarPosition", 248, "f", "0..1", "share of the lap"),
        Field("world", "carCoordinates", 252, "f", "m", "of the car, y up; in format 1 from CS.WorldPosition", AXES),
        Field("penalty_time", "penaltyTime", 264, "f", "s", ""),
        Field("flag", "flag", 268, "i", "", "0 none, 1 blue, 2 yellow, 3 black, 4 white, 5 chequered, 6 penalty"),
        Field("ideal_line", "idealLineOn", 272, "i", "0, 1", "1 = drawn on the track"),
        Field("in_pit_lane", "isInPitLane", 276, "i", "0, 1", ""),
        Field("surface_grip", "surfaceGrip", 280, "f", "0..1", ""),
        Field("mandatory_pit_done", "mandatoryPitDone", 284, "i", "0, 1", ""),
        Field("wind_speed", "windSpeed", 288, "f", "km/h", ""),
        Field("wind_direction", "windDirection", 292, "f", "deg", "0..359"),
    ),
)  # fmt: skip

STATIC = Page(
    "acpmf_static",
    684,
    (
        Field("shared_memory_version", "smVersion", 0, "u", length=15),
        Field("ac_version", "acVersion", 30, "u", length=15),
        Field("number_of_sessions", "numberOfSessions", 60, "i"),
        Field("number_of_cars", "numCars", 64, "i"),
        Field("car_model", "carModel", 68, "u", length=33),
        Field("track", "track", 134, "u", length=33),
        Field("player_name", "playerName", 200, "u", length=33),
        Field("player_surname", "playerSurname", 266, "u", length=33),
        Field("player_nick", "playerNick", 332, "u", length=33),
        Field("sector_count", "sectorCount", 400, "i"),
        Field("max_torque", "maxTorque", 404, "f", "Nm"),
        Field("max_power", "maxPower", 408, "f", "W"),
        Field("max_rpm", "maxRpm", 412, "i", "1/min"),
        Field("max_fuel", "maxFuel", 416, "f", "litres"),
        Field("suspension_max_travel", "suspensionMaxTravel", 420, "f", "m", parts=WHEELS),
        Field("tyre_radius", "tyreRadius", 436, "f", "m", parts=WHEELS),
        Field("max_turbo_boost", "maxTurboBoost", 452, "f", "bar"),
        Field("deprecated_1", "deprecated_1", 456, "f"),
        Field("deprecated_2", "deprecated_2", 460, "f"),
        Field("penalties_enabled", "penaltiesEnabled", 464, "i"),
        Field("aid_fuel_rate", "aidFuelRate", 468, "f"),
        Field("aid_tyre_rate", "aidTireRate", 472, "f"),
        Field("aid_mechanical_damage", "aidMechanicalDamage", 476, "f"),
        Field("aid_allow_tyre_blankets", "aidAllowTyreBlankets", 480, "i"),
        Field("aid_stability", "aidStability", 484, "f"),
        Field("aid_auto_clutch", "aidAutoClutch", 488, "i"),
        Field("aid_auto_blip", "aidAutoBlip", 492, "i"),
        Field("has_drs", "hasDRS", 496, "i"),
        Field("has_ers", "hasERS", 500, "i"),
        Field("has_kers", "hasKERS", 504, "i"),
        Field("kers_max_j", "kersMaxJ", 508, "f", "J"),
        Field("engine_brake_settings_count", "engineBrakeSettingsCount", 512, "i"),
        Field("ers_power_controller_count", "ersPowerControllerCount", 516, "i"),
        Field("track_spline_length", "trackSPlineLength", 520, "f", "m"),
        Field("track_configuration", "trackConfiguration", 524, "u", length=33),
        Field("ers_max_j", "ersMaxJ", 592, "f", "J"),
        Field("is_timed_race", "isTimedRace", 596, "i"),
        Field("has_extra_lap", "hasExtraLap", 600, "i"),
        Field("car_skin", "carSkin", 604, "u", length=33),
        Field("reversed_grid_positions", "reversedGridPositions", 672, "i"),
        Field("pit_window_start", "pitWindowStart", 676, "i", "lap or minute"),
        Field("pit_window_end", "pitWindowEnd", 680, "i", "lap or minute"),
    ),
)
