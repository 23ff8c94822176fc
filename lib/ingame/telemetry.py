"""One sample per tick: what the game says about the player's car, read as raw values and put into the link.

The driver waits for `Telemetry.publish` in each frame. The game has filled the processor's caches with its own things
by then, so what it costs is first of all how many different functions, Python's own included, are on its way, and not
how often they are called. That is why nearly always it calls only the game's, one for the pages and the one that packs.
"""

import ac
import acsys

from ..link.mapped_file import RING_TICKS
from ..link.sample import (
    HOLD_IN_PITS,
    HOLD_NONE,
    HOLD_OFF,
    HOLD_OTHER_CAR,
    HOLD_OTHER_VIEW,
    HOLD_PAUSED,
    HOLD_REPLAY,
    HOLD_TELEMETRY_INVALID,
    SLOT,
    UNKNOWN,
)
from .game import ask_number, number_or_unknown
from .lap import LapState
from .pages import STATUS_LIVE, STATUS_OFF, STATUS_PAUSE, STATUS_REPLAY

_PLAYER = 0
_NAN = float("nan")
# AC does not always say PAUSE, but its physics then stand still (as Content Manager sees it too).
_STANDSTILL_SECONDS = 0.05
# Trackside, helicopter, free and changing cameras show the car from outside, or something else (acsys.CM).
_OTHER_VIEWS = (3, 4, 6, 7)
# The game's whole numbers have 32 bits with a sign.
_LARGEST = (1 << 31) - 1
# Nearly always they are small counts, which is seen at a glance.
_MANY = 1 << 30

_state = getattr(ac, "getCarState", None)
_camera_mode, _focused_car = getattr(ac, "getCameraMode", None), getattr(ac, "getFocusedCar", None)
# What is asked of the car at each tick: whole numbers, numbers with a fraction, and two on their own.
_GEAR, _LAP_COUNT, _LAP_TIME, _LAST_LAP = [
    getattr(acsys.CS, name, None) for name in ("Gear", "LapCount", "LapTime", "LastLap")
]
_GAS, _BRAKE, _CLUTCH, _STEER, _SPEED, _SPLINE, _METER = [
    getattr(acsys.CS, name, None)
    for name in ("Gas", "Brake", "Clutch", "Steer", "SpeedMPH", "NormalizedSplinePosition", "PerformanceMeter")
]
_ACC_G, _LAP_INVALIDATED = [getattr(acsys.CS, name, None) for name in ("AccG", "LapInvalidated")]
_pack_slot, _SLOT_SIZE = SLOT.pack_into, SLOT.size


class Telemetry(object):
    """Publishes a sample at each tick and follows what needs every tick: lap and pause."""

    def __init__(self, settings, shared_memory, log_once):
        """`log_once` is called with a line about telemetry that can't be read."""
        self._pages = shared_memory
        self._log_once = log_once
        self._lap = LapState(settings["LAP.TYRES_OUT_LIMIT"])
        self._holds_paused = not settings["WHEN.PAUSED"]
        self._holds_replay = not settings["WHEN.REPLAY"]
        self._holds_in_pits = not settings["WHEN.IN_PITS"]
        self._physics_packet = UNKNOWN
        self._physics_moved_at = 0.0
        self.session = UNKNOWN  # as the graphics page counts them
        self.hold = HOLD_NONE  # why the newest sample must not become a picture, index into HOLD_REASONS
        self.publish_in(None)

    def publish_in(self, link):
        """Put every sample from now on into the ring of that `GameLink`; where it is None, nobody reads them."""
        if link is not None:
            self._ring, self._slots, self._newest = link.ring, RING_TICKS, link.newest
        else:
            self._ring, self._slots, self._newest = bytearray(_SLOT_SIZE), 1, [0]

    def publish(self, tick, take, now, game_time, delta_t, panel):
        """Read the sample of this tick and put it into the link, where its tick becomes the newest.

        `take` is 0 while nothing is recorded, `now` the clock's time at the tick's start, `panel` (shown, form, x, y),
        in interface units.
        """
        read = self._pages.read(now)
        pages, physics_length, graphics_length, packet, tyres_out, status, self.session, in_pit = read
        try:
            camera_mode, focused_car = _camera_mode(), _focused_car()
            are_whole = type(camera_mode) is type(focused_car) is int
            if not (are_whole and 0 <= camera_mode < _MANY and 0 <= focused_car < _MANY):
                raise ValueError
        except Exception:
            # One of the two fails, is missing or gives nonsense: it alone is unknown.
            camera_mode, focused_car = number_or_unknown(_camera_mode), number_or_unknown(_focused_car)
        if packet != self._physics_packet and status == STATUS_LIVE and not (in_pit or focused_car or camera_mode):
            # As nearly always: the game runs, and shows what the driver sees.
            self._physics_packet, self._physics_moved_at, hold = packet, now, HOLD_NONE
        else:
            hold = self._why_held(now, packet, status, in_pit, camera_mode, focused_car)
        lap = self._lap
        try:
            gear, lap_count = _state(_PLAYER, _GEAR), _state(_PLAYER, _LAP_COUNT)
            lap_time, last_lap = _state(_PLAYER, _LAP_TIME), _state(_PLAYER, _LAST_LAP)
            are_whole = type(gear) is type(lap_count) is type(lap_time) is type(last_lap) is int
            are_small = are_whole and 0 <= gear < _MANY and 0 <= lap_count < _MANY
            if not (are_small and 0 <= lap_time < _MANY and 0 <= last_lap < _MANY):
                gear, lap_count, lap_time, last_lap = [_whole(said) for said in (gear, lap_count, lap_time, last_lap)]
            gas, brake, clutch = _state(_PLAYER, _GAS), _state(_PLAYER, _BRAKE), _state(_PLAYER, _CLUTCH)
            steer, speed = _state(_PLAYER, _STEER), _state(_PLAYER, _SPEED)
            spline, meter = _state(_PLAYER, _SPLINE), _state(_PLAYER, _METER)
            lateral, vertical, longitudinal = _state(_PLAYER, _ACC_G)
            # One sum finds any number that isn't finite; from a float on, a whole one that no float can hold. With the
            # vertical acceleration, which may be infinite, it is a float where each of them is a number.
            total = 0.0 + gas + brake + clutch + steer + speed + spline + meter + lateral + longitudinal
            if type(total + vertical) is not float:
                raise TypeError
            goes_on = lap_count == lap.count and last_lap == lap.last_lap_ms and lap_time >= lap.time_ms
            if status == STATUS_REPLAY:
                # That is not driven: its laps say nothing about this one.
                lap.pass_over()
            elif goes_on and 0 <= tyres_out < lap.tyres_out_limit:
                # As nearly always: nothing else of the lap's state can have changed.
                lap.time_ms = lap_time
            else:
                is_invalidated = tyres_out < 0 and _state(_PLAYER, _LAP_INVALIDATED) == 1
                lap.update(tick, lap_count, lap_time, last_lap, tyres_out, is_invalidated)
        except Exception as error:
            # Whatever a failing game function raises or gives instead of numbers: this tick can't become a row.
            self._log_once("the game gave no telemetry ({0}); such ticks are not saved".format(type(error).__name__))
            lap.pass_over()
            gear, lap_count, lap_time, last_lap = 1, 0, 0, 0
            gas = brake = clutch = steer = speed = spline = meter = lateral = vertical = longitudinal = total = _NAN
        if total - total != 0.0:
            hold = HOLD_TELEMETRY_INVALID
        self.hold = hold
        _pack_slot(
            self._ring, tick % self._slots * _SLOT_SIZE,
            tick, take, hold, panel[0], panel[1], camera_mode, focused_car, lap.is_valid, lap.best_ms,
            gear - 1, lap_count, lap_time, last_lap, now, game_time, delta_t, panel[2], panel[3],
            gas, brake, clutch, steer, lateral, vertical, longitudinal, speed, spline, meter,
            pages, physics_length, graphics_length, tick,
        )  # fmt: skip
        self._newest[0] = tick

    def _why_held(self, now, packet, status, in_pit, camera_mode, focused_car):
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


def _whole(number):
    """As a whole number of the game's. Raise OverflowError, TypeError or ValueError where it is none."""
    number = int(number)
    if not -_LARGEST <= number <= _LARGEST:
        raise OverflowError
    return number
