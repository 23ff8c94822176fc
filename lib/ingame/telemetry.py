"""One sample per tick: what the game says about the player's car, read as raw values."""

import math
import time

import ac
import acsys

from ..link.sample import HOLD_IN_PITS, HOLD_NONE, HOLD_PAUSED, HOLD_REPLAY, HOLD_TELEMETRY_INVALID, UNKNOWN
from .gain import PerformanceGain
from .lap import LapState
from .pages import STATUS_PAUSE, STATUS_REPLAY, Graphics, Physics

_CAR = 0
_NAN = float("nan")
_NO_VECTOR = (_NAN, _NAN, _NAN)
_NO_GRAPHICS = Graphics(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, _NAN)
_NO_PHYSICS = Physics(*([UNKNOWN] + [_NAN] * 15 + [UNKNOWN] + [_NAN] * 3))
# AC does not always say PAUSE, but its physics then stand still (as Content Manager sees it too).
_STANDSTILL_SECONDS = 0.05
# No frame of a game takes a day; such a number, or infinity, would spoil the game's time for good.
_LONGEST_DELTA = 86400.0

_state = ac.getCarState
_CS = acsys.CS


class Telemetry(object):
    """Reads a sample at each tick and follows what needs every tick: lap, performance gain, pause."""

    def __init__(self, settings, shared_memory, log_once):
        """`log_once` is called with a line about telemetry that can't be read."""
        self._pages = shared_memory
        self._log_once = log_once
        self._lap = LapState(settings["LAP.TYRES_OUT_LIMIT"])
        self._gain = PerformanceGain()
        self._holds_paused = not settings["WHEN.PAUSED"]
        self._holds_replay = not settings["WHEN.REPLAY"]
        self._holds_in_pits = not settings["WHEN.IN_PITS"]
        self._game_time = 0.0
        self._physics_packet = UNKNOWN
        self._physics_moved_at = 0.0

    def publish(self, link_publish, tick, take, delta_t, panel):
        """Read this tick's sample and hand its values to `link_publish`.

        `take` is 0 while nothing is recorded, `panel` is (shown, x, y) in interface units. Returns the sample's hold.
        """
        now = time.perf_counter()
        self._game_time += delta_t if 0.0 < delta_t < _LONGEST_DELTA else 0.0
        self._pages.open_if_due(now)
        physics = self._pages.physics() or _NO_PHYSICS
        graphics = self._pages.graphics() or _NO_GRAPHICS
        try:
            gas = float(_state(_CAR, _CS.Gas))
            brake = float(_state(_CAR, _CS.Brake))
            clutch = float(_state(_CAR, _CS.Clutch))
            gear = int(_state(_CAR, _CS.Gear)) - 1
            steer = float(_state(_CAR, _CS.Steer))
            lateral, vertical, longitudinal = _state(_CAR, _CS.AccG)
            speed = float(_state(_CAR, _CS.SpeedMPH))
            lap_count = int(_state(_CAR, _CS.LapCount))
            lap_time = int(_state(_CAR, _CS.LapTime))
            last_lap = int(_state(_CAR, _CS.LastLap))
            spline = float(_state(_CAR, _CS.NormalizedSplinePosition))
            meter = float(_state(_CAR, _CS.PerformanceMeter))
            world = _vector(_state(_CAR, _CS.WorldPosition))
            local_velocity = _vector(_state(_CAR, _CS.LocalVelocity))
            is_invalidated = physics.tyres_out < 0 and _state(_CAR, _CS.LapInvalidated) == 1
            hold = self._hold(physics.packet_id, graphics, now)
        except Exception as error:
            # Whatever a failing game function raises or gives instead of numbers: this tick can't become a row.
            self._log_once("the game gave no telemetry ({0}); such ticks are not saved".format(type(error).__name__))
            gas = brake = clutch = steer = lateral = vertical = longitudinal = speed = spline = meter = _NAN
            gear = lap_count = lap_time = last_lap = 0
            world = local_velocity = _NO_VECTOR
            hold = HOLD_TELEMETRY_INVALID
        else:
            # A replay is not driven: its laps say nothing about this one.
            if graphics.status != STATUS_REPLAY:
                self._lap.update(lap_count, lap_time, last_lap, physics.tyres_out, is_invalidated)
        gain = self._gain.update(self._game_time, lap_count, meter)
        # One sum finds any number that isn't finite.
        total = gas + brake + clutch + steer + lateral + longitudinal + speed + spline + meter + gain
        if total - total != 0.0:
            hold = HOLD_TELEMETRY_INVALID
        link_publish(
            tick,
            take,
            hold,
            panel[0],
            gear,
            1 if self._lap.is_valid else 0,
            lap_count,
            lap_time,
            last_lap,
            self._lap.best_ms,
            physics.tyres_out,
            graphics.in_pit,
            graphics.in_pit_lane,
            graphics.status,
            graphics.session,
            physics.packet_id,
            graphics.packet_id,
            now,
            self._game_time,
            delta_t,
            gas,
            brake,
            clutch,
            steer,
            lateral,
            vertical,
            longitudinal,
            speed,
            spline,
            meter,
            gain,
            world[0],
            world[1],
            world[2],
            physics.velocity_x,
            physics.velocity_y,
            physics.velocity_z,
            local_velocity[0],
            local_velocity[1],
            local_velocity[2],
            physics.angular_velocity_x,
            physics.angular_velocity_y,
            physics.angular_velocity_z,
            physics.heading,
            physics.pitch,
            physics.roll,
            physics.rpm,
            physics.wheel_slip_fl,
            physics.wheel_slip_fr,
            physics.wheel_slip_rl,
            physics.wheel_slip_rr,
            physics.wheel_load_fl,
            physics.wheel_load_fr,
            physics.wheel_load_rl,
            physics.wheel_load_rr,
            graphics.surface_grip,
            panel[1],
            panel[2],
        )
        return hold

    def _hold(self, physics_packet, graphics, now):
        """Why this tick must not become a picture, as a HOLD_ code."""
        if physics_packet != self._physics_packet or physics_packet == UNKNOWN:
            self._physics_packet = physics_packet
            self._physics_moved_at = now
        if graphics.status == STATUS_REPLAY:
            return HOLD_REPLAY if self._holds_replay else HOLD_NONE
        if self._holds_paused:
            is_standing = now - self._physics_moved_at > _STANDSTILL_SECONDS
            if is_standing or graphics.status == STATUS_PAUSE:
                return HOLD_PAUSED
        if self._holds_in_pits:
            in_pit = graphics.in_pit if graphics.in_pit != UNKNOWN else ac.isCarInPit(_CAR)
            if in_pit == 1:
                return HOLD_IN_PITS
        return HOLD_NONE


def _vector(value):
    """Three floats, or three NaN for what `getCarState` gives when it fails."""
    try:
        x, y, z = value
    except TypeError:
        return _NO_VECTOR
    return value if math.isfinite(x + y + z) else _NO_VECTOR
