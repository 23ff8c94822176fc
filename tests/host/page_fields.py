"""AC's shared-memory pages, field by field, as Kunos documents them (ACSharedMemoryDocumentation).

The app under test has a table of its own: the two must agree by both being right.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Field:
    """One field: `form` is struct's ("i", "f", "4f"), or "15u" for text in 15 UTF-16 units with its closing zero."""

    name: str
    offset: int
    form: str

    @property
    def is_text(self) -> bool:
        return self.form.endswith("u")

    @property
    def struct_form(self) -> str:
        return f"{2 * int(self.form[:-1])}s" if self.is_text else self.form

    @property
    def bytes(self) -> int:
        return struct.calcsize("<" + self.struct_form)


class Page:
    """One page: its name, its documented size and its fields in the order of their offsets."""

    def __init__(self, name: str, size: int, fields: tuple[Field, ...]) -> None:
        self.name, self.size, self.fields = name, size, fields
        form, end = "<", 0
        for field in fields:
            form += f"{field.offset - end}x{field.struct_form}"
            end = field.offset + field.bytes
        self._struct = struct.Struct(f"{form}{size - end}x")

    def pack(self, values: Mapping[str, Any]) -> bytes:
        """The page with these values: one for each field, none left out and none of another name."""
        if len(values) != len(self.fields):
            raise ValueError(f"{self.name}: {values.keys() ^ {field.name for field in self.fields}}")
        flat: list[Any] = []
        for field in self.fields:
            value = values[field.name]
            if field.is_text:
                flat.append(value.encode("utf-16-le")[: 2 * int(field.form[:-1]) - 2])
            elif isinstance(value, tuple):
                flat += value
            else:
                flat.append(value)
        return self._struct.pack(*flat)


PHYSICS = Page(
    "acpmf_physics",
    580,
    (
        Field("packetId", 0, "i"),
        Field("gas", 4, "f"),
        Field("brake", 8, "f"),
        Field("fuel", 12, "f"),
        Field("gear", 16, "i"),
        Field("rpms", 20, "i"),
        Field("steerAngle", 24, "f"),
        Field("speedKmh", 28, "f"),
        Field("velocity", 32, "3f"),
        Field("accG", 44, "3f"),
        Field("wheelSlip", 56, "4f"),
        Field("wheelLoad", 72, "4f"),
        Field("wheelsPressure", 88, "4f"),
        Field("wheelAngularSpeed", 104, "4f"),
        Field("tyreWear", 120, "4f"),
        Field("tyreDirtyLevel", 136, "4f"),
        Field("tyreCoreTemperature", 152, "4f"),
        Field("camberRAD", 168, "4f"),
        Field("suspensionTravel", 184, "4f"),
        Field("drs", 200, "f"),
        Field("tc", 204, "f"),
        Field("heading", 208, "f"),
        Field("pitch", 212, "f"),
        Field("roll", 216, "f"),
        Field("cgHeight", 220, "f"),
        Field("carDamage", 224, "5f"),
        Field("numberOfTyresOut", 244, "i"),
        Field("pitLimiterOn", 248, "i"),
        Field("abs", 252, "f"),
        Field("kersCharge", 256, "f"),
        Field("kersInput", 260, "f"),
        Field("autoShifterOn", 264, "i"),
        Field("rideHeight", 268, "2f"),
        Field("turboBoost", 276, "f"),
        Field("ballast", 280, "f"),
        Field("airDensity", 284, "f"),
        Field("airTemp", 288, "f"),
        Field("roadTemp", 292, "f"),
        Field("localAngularVel", 296, "3f"),
        Field("finalFF", 308, "f"),
        Field("performanceMeter", 312, "f"),
        Field("engineBrake", 316, "i"),
        Field("ersRecoveryLevel", 320, "i"),
        Field("ersPowerLevel", 324, "i"),
        Field("ersHeatCharging", 328, "i"),
        Field("ersIsCharging", 332, "i"),
        Field("kersCurrentKJ", 336, "f"),
        Field("drsAvailable", 340, "i"),
        Field("drsEnabled", 344, "i"),
        Field("brakeTemp", 348, "4f"),
        Field("clutch", 364, "f"),
        Field("tyreTempI", 368, "4f"),
        Field("tyreTempM", 384, "4f"),
        Field("tyreTempO", 400, "4f"),
        Field("isAIControlled", 416, "i"),
        Field("tyreContactPoint", 420, "12f"),
        Field("tyreContactNormal", 468, "12f"),
        Field("tyreContactHeading", 516, "12f"),
        Field("brakeBias", 564, "f"),
        Field("localVelocity", 568, "3f"),
    ),
)

GRAPHICS = Page(
    "acpmf_graphics",
    296,
    (
        Field("packetId", 0, "i"),
        Field("status", 4, "i"),
        Field("session", 8, "i"),
        Field("currentTime", 12, "15u"),
        Field("lastTime", 42, "15u"),
        Field("bestTime", 72, "15u"),
        Field("split", 102, "15u"),
        Field("completedLaps", 132, "i"),
        Field("position", 136, "i"),
        Field("iCurrentTime", 140, "i"),
        Field("iLastTime", 144, "i"),
        Field("iBestTime", 148, "i"),
        Field("sessionTimeLeft", 152, "f"),
        Field("distanceTraveled", 156, "f"),
        Field("isInPit", 160, "i"),
        Field("currentSectorIndex", 164, "i"),
        Field("lastSectorTime", 168, "i"),
        Field("numberOfLaps", 172, "i"),
        Field("tyreCompound", 176, "33u"),
        Field("replayTimeMultiplier", 244, "f"),
        Field("normalizedCarPosition", 248, "f"),
        Field("carCoordinates", 252, "3f"),
        Field("penaltyTime", 264, "f"),
        Field("flag", 268, "i"),
        Field("idealLineOn", 272, "i"),
        Field("isInPitLane", 276, "i"),
        Field("surfaceGrip", 280, "f"),
        Field("mandatoryPitDone", 284, "i"),
        Field("windSpeed", 288, "f"),
        Field("windDirection", 292, "f"),
    ),
)

STATIC = Page(
    "acpmf_static",
    684,
    (
        Field("smVersion", 0, "15u"),
        Field("acVersion", 30, "15u"),
        Field("numberOfSessions", 60, "i"),
        Field("numCars", 64, "i"),
        Field("carModel", 68, "33u"),
        Field("track", 134, "33u"),
        Field("playerName", 200, "33u"),
        Field("playerSurname", 266, "33u"),
        Field("playerNick", 332, "33u"),
        Field("sectorCount", 400, "i"),
        Field("maxTorque", 404, "f"),
        Field("maxPower", 408, "f"),
        Field("maxRpm", 412, "i"),
        Field("maxFuel", 416, "f"),
        Field("suspensionMaxTravel", 420, "4f"),
        Field("tyreRadius", 436, "4f"),
        Field("maxTurboBoost", 452, "f"),
        Field("deprecated_1", 456, "f"),
        Field("deprecated_2", 460, "f"),
        Field("penaltiesEnabled", 464, "i"),
        Field("aidFuelRate", 468, "f"),
        Field("aidTireRate", 472, "f"),
        Field("aidMechanicalDamage", 476, "f"),
        Field("aidAllowTyreBlankets", 480, "i"),
        Field("aidStability", 484, "f"),
        Field("aidAutoClutch", 488, "i"),
        Field("aidAutoBlip", 492, "i"),
        Field("hasDRS", 496, "i"),
        Field("hasERS", 500, "i"),
        Field("hasKERS", 504, "i"),
        Field("kersMaxJ", 508, "f"),
        Field("engineBrakeSettingsCount", 512, "i"),
        Field("ersPowerControllerCount", 516, "i"),
        Field("trackSPlineLength", 520, "f"),
        Field("trackConfiguration", 524, "33u"),
        Field("ersMaxJ", 592, "f"),
        Field("isTimedRace", 596, "i"),
        Field("hasExtraLap", 600, "i"),
        Field("carSkin", 604, "33u"),
        Field("reversedGridPositions", 672, "i"),
        Field("pitWindowStart", 676, "i"),
        Field("pitWindowEnd", 680, "i"),
    ),
)

PAGES = (PHYSICS, GRAPHICS, STATIC)
