"""One sample per tick: what the game says about the player's car, read as raw values."""

import ac
import acsys

from ..link.sample import (
    HOLD_IN_PITS,
    HOLD_NONE,
    HOLD_OFF,
    HOLD_OTHER_CAR,
    HOLD_OTHER_VIEW,
    HOLD_PAUSED,
    HOLD_REPLAY,
    HOLD_TELEMETRY_INVALID,
    SLOT_FIELDS,
    UNKNOWN,
)
from .game import ask_number, number_or_unknown
from .lap import LapState
from .pages import STATUS_LIVE, STATUS_OFF, STATUS_PAUSE, STATUS_REPLAY

_PLAYER = 0
_NAN = float("nan")
# AC does not always say PAUSE, but its physics then stand still (as Content Manager sees it too).
_STANDSTILL_SECONDS = 0.05
# No frame of a game takes a day; such a number, or infinity, would spoil the game's time for good.
_LONGEST_DELTA = 86400.0
# Trackside, helicopter, free and changing cameras show the car from outside, or something else (acsys.CM).
_OTHER_VIEWS = (3, 4, 6, 7)
# A whole number n is one of the game's, 32 bits with a sign, where (n + _HALF) >> _BITS is 0.
_HALF, _BITS = 1 << 31, 32
# Cameras and cars are counted from 0.
_COUNT_BITS = 31

_state = getattr(ac, "getCarState", None)
_camera_mode, _focused_car = getattr(ac, "getCameraMode", None), getattr(ac, "getFocusedCar", None)
# What is asked of the car at each tick: whole numbers, numbers with a fraction, and two on their own. One by one: all
# that Python has for doing it at once takes longer where the game has filled the processor's caches meanwhile.
_GEAR, _LAP_COUNT, _LAP_TIME, _LAST_LAP = [
    getattr(acsys.CS, name, None) for name in ("Gear", "LapCount", "LapTime", "LastLap")
]
_GAS, _BRAKE, _CLUTCH, _STEER, _SPEED, _SPLINE, _METER = [
    getattr(acsys.CS, name, None)
    for name in ("Gas", "Brake", "Clutch", "Steer", "SpeedMPH", "NormalizedSplinePosition", "PerformanceMeter")
]
_ACC_G, _LAP_INVALIDATED = [getattr(acsys.CS, name, None) for name in ("AccG", "LapInvalidated")]


class Telemetry(object):
    """Reads a sample at each tick and follows what needs every tick: lap, performance gain, pause."""

    def __init__(self, settings, shared_memory, log_once):
        """`log_once` is called with a line about telemetry that can't be read."""
        self._pages = shared_memory
        self._log_once = log_once
        self._lap = LapState(settings["LAP.TYRES_OUT_LIMIT"])
        self._holds_paused = not settings["WHEN.PAUSED"]
        self._holds_replay = not settings["WHEN.REPLAY"]
        self._holds_in_pits = not settings["WHEN.IN_PITS"]
        self._game_time = 0.0
        self._physics_packet = UNKNOWN
        self._physics_moved_at = 0.0
        self.session = UNKNOWN  # as the graphics page counts them

    def sample(self, now, tick, take, delta_t, panel):
        """This tick's sample, as the values of a slot of the link. The third says why it can't become a picture.

        `now` is the clock's at the tick's start, `take` is 0 while nothing is recorded, `panel` is (shown, form, x, y),
        in interface units.
        """
        if type(delta_t) is not float:
            delta_t = _float_or_nan(delta_t)
        if 0.0 < delta_t < _LONGEST_DELTA:
            self._game_time += delta_t
        physics, packet, tyres_out, graphics, status, self.session, in_pit = self._pages.read(now)
        try:
            camera_mode, focused_car = _camera_mode(), _focused_car()
            if not type(camera_mode) is type(focused_car) is int or (camera_mode | focused_car) >> _COUNT_BITS:
                raise ValueError
        except Exception:
            # One of the two fails, is missing or gives nonsense: it alone is unknown.
            camera_mode, focused_car = number_or_unknown(_camera_mode), number_or_unknown(_focused_car)
        if packet != self._physics_packet and status == STATUS_LIVE and not (in_pit or focused_car or camera_mode):
            # As nearly always: the game runs, and shows what the driver sees.
            self._physics_packet, self._physics_moved_at, hold = packet, now, HOLD_NONE
        else:
            hold = self._hold(now, packet, status, in_pit, camera_mode, focused_car)
        lap = self._lap
        try:
            gear, lap_count = int(_state(_PLAYER, _GEAR)), int(_state(_PLAYER, _LAP_COUNT))
            lap_time, last_lap = int(_state(_PLAYER, _LAP_TIME)), int(_state(_PLAYER, _LAST_LAP))
            if ((gear + _HALF - 1) | (lap_count + _HALF) | (lap_time + _HALF) | (last_lap + _HALF)) >> _BITS:
                raise OverflowError
            gas, brake, clutch = _state(_PLAYER, _GAS), _state(_PLAYER, _BRAKE), _state(_PLAYER, _CLUTCH)
            steer, speed = _state(_PLAYER, _STEER), _state(_PLAYER, _SPEED)
            spline, meter = _state(_PLAYER, _SPLINE), _state(_PLAYER, _METER)
            lateral, vertical, longitudinal = _state(_PLAYER, _ACC_G)
            # One sum finds any number that isn't finite; from a float on, a whole one that no float can hold.
            total = 0.0 + gas + brake + clutch + steer + speed + spline + meter + lateral + longitudinal
            # A replay is not driven: its laps say nothing about this one.
            if status != STATUS_REPLAY:
                is_invalidated = tyres_out < 0 and _state(_PLAYER, _LAP_INVALIDATED) == 1
                lap.update(lap_count, lap_time, last_lap, tyres_out, is_invalidated)
        except Exception as error:
            # Whatever a failing game function raises or gives instead of numbers: this tick can't become a row.
            self._log_once("the game gave no telemetry ({0}); such ticks are not saved".format(type(error).__name__))
            gear, lap_count, lap_time, last_lap = 1, 0, 0, 0
            gas = brake = clutch = steer = speed = spline = meter = lateral = vertical = longitudinal = total = _NAN
        if total - total != 0.0:
            hold = HOLD_TELEMETRY_INVALID
        return (
            tick, take, hold, panel[0], panel[1], camera_mode, focused_car, 1 if lap.is_valid else 0, lap.best_ms,
            gear - 1, lap_count, lap_time, last_lap, now, self._game_time, delta_t, panel[2], panel[3],
            gas, brake, clutch, steer, lateral, vertical, longitudinal, speed, spline, meter,
            physics, graphics, len(physics), len(graphics), tick,
        )  # fmt: skip

    def _hold(self, now, packet, status, in_pit, camera_mode, focused_car):
        """Why this tick must not become a picture, as a HOLD_ code."""
        if packet != self._physics_packet or packet == UNKNOWN:
            self._physics_packet = packet
            self._physics_moved_at = now
        if status == STATUS_REPLAY and self._holds_replay:
            return HOLD_REPLAY
        if status == STATUS_OFF:
            return HOLD_OFF
        stands_still = status == STATUS_PAUSE or now - self._physics_moved_at > _STANDSTILL_SECONDS
        if stands_still and self._holds_paused and status != STATUS_REPLAY:
            return HOLD_PAUSED
        if focused_car > _PLAYER:
            return HOLD_OTHER_CAR
        if camera_mode in _OTHER_VIEWS:
            return HOLD_OTHER_VIEW
        if in_pit == UNKNOWN:
            in_pit = ask_number("isCarInPit", _PLAYER)
        if in_pit == 1 and self._holds_in_pits and status != STATUS_REPLAY:
            return HOLD_IN_PITS
        return HOLD_NONE


def without_car(values):
    """The same slot where a value of the car doesn't fit into one: this tick can't become a row."""
    timed, behind = values[_TIMED_AT:_CAR_AT], values[_CAR_AT + len(_NO_VALUES) :]
    ours = values[:_HOLD_AT] + (HOLD_TELEMETRY_INVALID,) + values[_HOLD_AT + 1 : _NUMBERS_AT]
    return ours + _NO_NUMBERS + timed + _NO_VALUES + behind


_HOLD_AT, _NUMBERS_AT, _TIMED_AT, _CAR_AT = [SLOT_FIELDS.index(name) for name in ("hold", "gear", "time", "gas")]
# Gear, lap count, lap time, last lap.
_NO_NUMBERS = (0, 0, 0, 0)
# From gas to the performance meter, as `Sample` has them.
_NO_VALUES = (_NAN,) * 10


def _float_or_nan(delta_t):
    try:
        return float(delta_t)
    except (TypeError, ValueError, OverflowError):
        return _NAN
