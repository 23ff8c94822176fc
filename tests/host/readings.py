"""What the game says at a tick, to `ac.getCarState` and on its pages: all of it from one drive.

Each wheel, each axis and each field has a value of its own, so that two which were swapped don't look alike.
"""

from __future__ import annotations

import math
import struct
from typing import Any

from . import acsys
from .faults import Faults
from .page_fields import GRAPHICS, PHYSICS, STATIC, Page
from .pages import Pages
from .track import GRAVITY, Drive

OFF, REPLAY, LIVE, PAUSE = range(4)
PRACTICE, QUALIFY, RACE = range(3)

_PHYSICS_RATE = 333
_MPH = 2.2369363
_FLOAT = struct.Struct("<f")
_WHEEL_RADII = (0.312, 0.313, 0.325, 0.326)
# What the car's weight puts on each wheel, in N.
_WHEEL_LOADS = (2510.0, 2470.0, 2930.0, 2880.0)
_TANK_LITRES, _LITRES_PER_METRE = 30.0, 0.0004

Wheels = tuple[float, float, float, float]


class Readings:
    """The game's numbers. `tell` takes them from the drive as it is at this tick."""

    def __init__(self, drive: Drive, faults: Faults | None = None, version: str = "1.7") -> None:
        self.drive = drive
        self.faults = faults or Faults()
        self.version = version
        self.status = LIVE
        self.session = PRACTICE
        self.stands_still = False  # physics do, while the status says LIVE
        self.static = self._static()
        self._physics_steps = 0.0
        self._graphics_packet = 0
        self._tell_all()

    def advance(self, seconds: float) -> None:
        """One frame of the game: drive on, unless that is paused, and take all numbers anew."""
        if self.status == LIVE and not self.stands_still:
            self.drive.advance(seconds)
            self._physics_steps += seconds * _PHYSICS_RATE
        # Twice in each frame that is not paused.
        if self.status != PAUSE:
            self._graphics_packet += 2
        self._tell_all()

    def write_static(self, pages: Pages) -> None:
        """Put what stays as it is into its page, as the game does when a session begins."""
        self._write(pages, STATIC, self.static)

    def write(self, pages: Pages) -> None:
        """Put this tick's numbers into their pages."""
        self._write(pages, PHYSICS, self.physics)
        self._write(pages, GRAPHICS, self.graphics)

    def _write(self, pages: Pages, page: Page, values: dict[str, Any]) -> None:
        if page.name not in self.faults.stale_pages:
            pages.write(page, {**values, **self._odd(page)})

    def car_state(self, car: int, identifier: int, *wheel: int) -> Any:
        """What getCarState answers: 0 for what it does not know, as AC does."""
        fault = self.faults.car_state
        if fault == "raise":
            raise RuntimeError("getCarState failed")
        if car != 0 or fault == "zero":
            return 0
        if fault == "minus_one":
            return -1
        value = self.told.get(identifier, 0)
        if wheel:
            value = value[wheel[0]] if isinstance(value, tuple) and wheel[0] in range(len(value)) else 0
        if fault == "nan" and isinstance(value, float):
            return float("nan")
        return value

    def _odd(self, page: Page) -> dict[str, Any]:
        """What is told to stand in this page instead of the truth."""
        prefix = page.name + "."
        return {name[len(prefix) :]: value for name, value in self.faults.odd.items() if name.startswith(prefix)}

    def _tell_all(self) -> None:
        self.physics = self._physics()
        self.graphics = self._graphics()
        odd = {name[3:]: value for name, value in self.faults.odd.items() if name.startswith("CS.")}
        self.told = {
            getattr(acsys.CS, name): as_c_float(value) for name, value in {**self._car_values(), **odd}.items()
        }

    # --- getCarState

    def _car_values(self) -> dict[str, Any]:
        """By their names in acsys.CS."""
        drive, physics = self.drive, self.physics
        speed, slip = drive.car.speed, self._slip_angles()
        return {
            "SpeedMS": speed,
            "SpeedMPH": speed * _MPH,
            "SpeedKMH": physics["speedKmh"],
            "Gas": physics["gas"],
            "Brake": physics["brake"],
            "Clutch": physics["clutch"],
            "Gear": physics["gear"],
            "BestLap": drive.best_lap_ms,
            "CamberRad": physics["camberRAD"],
            "CamberDeg": _each(physics["camberRAD"], math.degrees(1)),
            "AccG": physics["accG"],
            "CGHeight": physics["cgHeight"],
            "DriveTrainSpeed": speed / _WHEEL_RADII[2],
            "LapInvalidated": int(not drive.lap_is_valid),
            "LapTime": int(drive.lap_time * 1000),
            "LastLap": drive.last_lap_ms,
            "LapCount": drive.lap_count,
            "PerformanceMeter": drive.performance_meter,
            "LastFF": physics["finalFF"],
            "LocalAngularVelocity": physics["localAngularVel"],
            "LocalVelocity": physics["localVelocity"],
            "NormalizedSplinePosition": drive.spline_position,
            "RPM": drive.rpm,
            "Load": physics["wheelLoad"],
            "NdSlip": _each(physics["wheelSlip"], 0.9),
            "SlipAngle": slip,
            "SlipRatio": _each(physics["wheelSlip"], 0.1),
            "Steer": drive.steering_wheel_degrees,
            "SpeedTotal": (speed, speed * _MPH, speed * 3.6),
            "ThermalState": _each(physics["tyreCoreTemperature"], 1.01),
            "TurboBoost": physics["turboBoost"],
            "TyreDirtyLevel": physics["tyreDirtyLevel"],
            "TyreSlip": _each(physics["wheelSlip"], 1.1),
            "Velocity": physics["velocity"],
            "WheelAngularSpeed": physics["wheelAngularSpeed"],
            "WorldPosition": drive.motion.pose.position,
            "CurrentTyresCoreTemp": physics["tyreCoreTemperature"],
            "DynamicPressure": physics["wheelsPressure"],
            "SuspensionTravel": physics["suspensionTravel"],
            "TyreRadius": _WHEEL_RADII,
            "TyreLoadedRadius": _each(_WHEEL_RADII, 0.98),
            "Mz": _each(slip, 12.0),
            "DY": _each(slip, 0.3),
            "TyreContactPoint": _by_wheel(physics["tyreContactPoint"]),
            "TyreContactNormal": _by_wheel(physics["tyreContactNormal"]),
            "TyreHeadingVector": _by_wheel(physics["tyreContactHeading"]),
            "DrsAvailable": physics["drsAvailable"],
            "DrsEnabled": physics["drsEnabled"],
            "KersCharge": physics["kersCharge"],
            "KersInput": physics["kersInput"],
            "EngineBrake": physics["engineBrake"],
            "ERSRecovery": physics["ersRecoveryLevel"],
            "ERSDelivery": physics["ersPowerLevel"],
            "ERSHeatCharging": physics["ersHeatCharging"],
            "ERSCurrentKJ": physics["kersCurrentKJ"],
            "ERSMaxJ": self.static["ersMaxJ"],
            "RaceFinished": 0,
            "P2PStatus": 2,
            "P2PActivations": 5,
        }

    # --- pages

    def _physics(self) -> dict[str, Any]:
        drive, motion = self.drive, self.drive.motion
        gas, brake = drive.pedals
        speed, lateral, longitudinal = drive.car.speed, drive.lateral_g, drive.car.acceleration / GRAVITY
        work, lap = abs(lateral) + abs(longitudinal), drive.spline_position
        charge = 0.5 + 0.4 * math.sin(6 * lap)
        return {
            "packetId": int(self._physics_steps),
            "gas": gas,
            "brake": brake,
            "fuel": _TANK_LITRES - drive.car.distance * _LITRES_PER_METRE,
            "gear": drive.gear,
            "rpms": int(drive.rpm),
            "steerAngle": math.radians(drive.steering_wheel_degrees),
            "speedKmh": speed * 3.6,
            "velocity": motion.velocity,
            "accG": (lateral, drive.vertical_g, longitudinal),
            "wheelSlip": _wheels(0.02 + 0.11 * work, 0.013),
            "wheelLoad": self._wheel_loads(lateral, longitudinal),
            "wheelsPressure": _wheels(26.4 + 0.2 * work, 0.31),
            "wheelAngularSpeed": tuple(speed * (1 + 0.01 * gas) / radius for radius in _WHEEL_RADII),
            "tyreWear": _wheels(99.5 - drive.car.distance * 1e-4, 0.07),
            "tyreDirtyLevel": _wheels(0.1 + 1.2 * drive.car.tyres_out, 0.03),
            "tyreCoreTemperature": _wheels(81.0 + 3 * work, 1.7),
            "camberRAD": _wheels(-0.043 + 0.01 * lateral, 0.0021),
            "suspensionTravel": _wheels(0.061 + 0.012 * longitudinal, 0.0047),
            "drs": 0.25 * gas,
            "tc": 0.11,
            "heading": motion.pose.heading,
            "pitch": motion.pose.pitch,
            "roll": motion.pose.roll,
            "cgHeight": 0.33 + 0.004 * longitudinal,
            "carDamage": (0.5 + lap, 1.5 + lap, 2.5 + lap, 3.5 + lap, 4.5 + lap),
            "numberOfTyresOut": drive.car.tyres_out,
            "pitLimiterOn": int(drive.is_in_pit_lane),
            "abs": 0.17,
            "kersCharge": charge,
            "kersInput": 0.3 * gas,
            "autoShifterOn": int(lap > 0.1),
            "rideHeight": (0.091 - 0.01 * longitudinal, 0.104 + 0.01 * longitudinal),
            "turboBoost": 0.85 * gas,
            "ballast": 12.0,
            "airDensity": 1.19,
            "airTemp": 24.5,
            "roadTemp": 31.5,
            "localAngularVel": motion.angular_velocity,
            "finalFF": 0.4 * lateral,
            "performanceMeter": drive.performance_meter,
            "engineBrake": 7,
            "ersRecoveryLevel": 8,
            "ersPowerLevel": 9,
            "ersHeatCharging": int(lap > 0.2),
            "ersIsCharging": int(brake > 0),
            "kersCurrentKJ": 310.0 * charge,
            "drsAvailable": int(lap > 0.5),
            "drsEnabled": int(lap > 0.6),
            "brakeTemp": _wheels(180.0 + 220 * brake, 9.0),
            "clutch": drive.clutch,
            "tyreTempI": _wheels(84.0 + 3 * work, 1.3),
            "tyreTempM": _wheels(79.0 + 3 * work, 1.1),
            "tyreTempO": _wheels(74.0 + 3 * work, 0.9),
            "isAIControlled": int(0.3 < lap < 0.35),
            "tyreContactPoint": self._contact_points(),
            "tyreContactNormal": self._contact_normals(),
            "tyreContactHeading": self._contact_headings(),
            "brakeBias": 0.64,
            "localVelocity": motion.local_velocity,
        }

    def _graphics(self) -> dict[str, Any]:
        drive = self.drive
        sector = int(drive.spline_position * 3)
        lap_ms = int(drive.lap_time * 1000)
        return {
            "packetId": self._graphics_packet,
            "status": self.status,
            "session": self.session,
            "currentTime": _clock(lap_ms),
            "lastTime": _clock(drive.last_lap_ms),
            "bestTime": _clock(drive.best_lap_ms),
            "split": _clock(lap_ms // 3),
            "completedLaps": drive.lap_count,
            "position": 4,
            "iCurrentTime": lap_ms,
            "iLastTime": drive.last_lap_ms,
            "iBestTime": drive.best_lap_ms,
            "sessionTimeLeft": 1_800_000.0 - drive.car.distance * 20,
            "distanceTraveled": drive.car.distance,
            "isInPit": int(drive.stands_in_pit),
            "currentSectorIndex": sector,
            "lastSectorTime": drive.last_lap_ms // 3 + sector,
            "numberOfLaps": 17,
            "tyreCompound": "Street (ST)",
            "replayTimeMultiplier": 1.0 if self.status == REPLAY else 0.0,
            "normalizedCarPosition": drive.spline_position,
            "carCoordinates": drive.motion.pose.position,
            "penaltyTime": 0.25,
            "flag": 2 if drive.car.tyres_out else 0,
            "idealLineOn": int(drive.spline_position > 0.4),
            "isInPitLane": int(drive.is_in_pit_lane or drive.stands_in_pit),
            "surfaceGrip": 0.98 - 0.01 * drive.spline_position,
            "mandatoryPitDone": int(drive.lap_count > 0),
            "windSpeed": 9.5,
            "windDirection": 213.0,
        }

    def _static(self) -> dict[str, Any]:
        """The same as long as the game lives."""
        return {
            "smVersion": self.version,
            "acVersion": "1.16.4",
            "numberOfSessions": 3,
            "numCars": 1,
            "carModel": "ks_double",
            "track": "ks_loop",
            "playerName": "Test",
            "playerSurname": "Driver",
            "playerNick": "tester",
            "sectorCount": 3,
            "maxTorque": 405.0,
            "maxPower": 331000.0,
            "maxRpm": 8500,
            "maxFuel": 64.0,
            "suspensionMaxTravel": (0.11, 0.12, 0.13, 0.14),
            "tyreRadius": _WHEEL_RADII,
            "maxTurboBoost": 0.9,
            "deprecated_1": 24.0,
            "deprecated_2": 32.0,
            "penaltiesEnabled": 1,
            "aidFuelRate": 1.0,
            "aidTireRate": 2.0,
            "aidMechanicalDamage": 0.5,
            "aidAllowTyreBlankets": 1,
            "aidStability": 0.2,
            "aidAutoClutch": 1,
            "aidAutoBlip": 1,
            "hasDRS": 1,
            "hasERS": 1,
            "hasKERS": 1,
            "kersMaxJ": 400_000.0,
            "engineBrakeSettingsCount": 13,
            "ersPowerControllerCount": 6,
            "trackSPlineLength": self.drive.track.length,
            "trackConfiguration": "short",
            "ersMaxJ": 4_000_000.0,
            "isTimedRace": 0,
            "hasExtraLap": 0,
            "carSkin": "00_red",
            "reversedGridPositions": 0,
            "pitWindowStart": 10,
            "pitWindowEnd": 20,
        }

    # --- wheels

    def _wheel_loads(self, lateral: float, longitudinal: float) -> Wheels:
        """Weight goes to the outer wheels in a bend, to the rear ones under power."""
        aside, back = 520.0 * lateral, 430.0 * max(-2.0, min(2.0, longitudinal))
        front_left, front_right, rear_left, rear_right = _WHEEL_LOADS
        return (
            front_left + aside - back,
            front_right - aside - back,
            rear_left + 0.9 * aside + back,
            rear_right - 0.9 * aside + back,
        )

    def _slip_angles(self) -> Wheels:
        return _wheels(1.4 * self.drive.lateral_g, 0.11)

    def _contact_points(self) -> tuple[float, ...]:
        """x, y, z of each wheel, one after the other."""
        pose = self.drive.motion.pose
        x, y, z = pose.position
        sine, cosine = math.sin(pose.heading), math.cos(pose.heading)
        corners = ((-0.8, 1.3), (0.8, 1.3), (-0.8, -1.3), (0.8, -1.3))
        found: list[float] = []
        for wheel, (right, ahead) in enumerate(corners):
            found += (x + right * cosine + ahead * sine, y - 0.31 + 0.01 * wheel, z - right * sine + ahead * cosine)
        return tuple(found)

    def _contact_normals(self) -> tuple[float, ...]:
        roll = self.drive.motion.pose.roll
        found: list[float] = []
        for wheel in range(4):
            found += (roll + 0.0011 * (wheel + 1), 0.99 - 0.0013 * wheel, 0.02 + 0.0017 * wheel)
        return tuple(found)

    def _contact_headings(self) -> tuple[float, ...]:
        heading = self.drive.motion.pose.heading
        found: list[float] = []
        for wheel in range(4):
            turned = heading + (math.radians(self.drive.steering_wheel_degrees) / 14 if wheel < 2 else 0.0)
            found += (math.sin(turned + 0.001 * wheel), 0.001 * (wheel + 1), math.cos(turned + 0.001 * wheel))
        return tuple(found)


def as_c_float(value: Any) -> Any:
    """Numbers with a fraction as AC has them: C floats. Whole numbers stay what they are."""
    if isinstance(value, tuple):
        return tuple(as_c_float(part) for part in value)
    return _FLOAT.unpack(_FLOAT.pack(value))[0] if isinstance(value, float) else value


def _wheels(value: float, step: float) -> Wheels:
    """Front left, front right, rear left, rear right."""
    return value, value + step, value + 2 * step, value + 3 * step


def _each(values: tuple[float, ...], factor: float) -> tuple[float, ...]:
    return tuple(value * factor for value in values)


def _by_wheel(values: tuple[float, ...]) -> tuple[tuple[float, ...], ...]:
    return tuple(values[3 * wheel : 3 * wheel + 3] for wheel in range(4))


def _clock(milliseconds: int) -> str:
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes}:{rest // 1000:02}:{rest % 1000:03}"
