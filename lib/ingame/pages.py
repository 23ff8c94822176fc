"""AC's shared-memory pages, read without ctypes: a whole page is copied at once and unpacked in one go.

Names, sizes and offsets are Kunos' (ACSharedMemoryDocumentation); the bytes of AC 1.16.4 agree. Fields were only
ever appended, so a longer page is fine, and of a shorter one (an older AC) that much is used which is there.
"""

import mmap
import os
import struct
from collections import namedtuple

from ..link.sample import UNKNOWN

Physics = namedtuple(
    "Physics",
    (
        "packet_id",
        "rpm",
        "velocity_x",
        "velocity_y",
        "velocity_z",
        "wheel_slip_fl",
        "wheel_slip_fr",
        "wheel_slip_rl",
        "wheel_slip_rr",
        "wheel_load_fl",
        "wheel_load_fr",
        "wheel_load_rl",
        "wheel_load_rr",
        "heading",
        "pitch",
        "roll",
        "tyres_out",
        "angular_velocity_x",
        "angular_velocity_y",
        "angular_velocity_z",
    ),
)
Graphics = namedtuple("Graphics", ("packet_id", "status", "session", "in_pit", "in_pit_lane", "surface_grip"))
Static = namedtuple("Static", ("shared_memory_version", "ac_version", "driver", "track_length_m"))

STATUS_REPLAY, STATUS_LIVE, STATUS_PAUSE = 1, 2, 3

_FOLDER_ELSEWHERE = "/dev/shm"
_TRIES = 3
_SECONDS_BETWEEN_OPENINGS = 1.0
# Assetto Corsa Competizione uses the same names for pages of another layout; it says 1.8 or more.
_FIRST_FOREIGN_VERSION = (1, 8)

_NAN = float("nan")
_PHYSICS = struct.Struct("<i16xi8x3f12x4f4f120x3f24xi48x3f")
_GRAPHICS = struct.Struct("<iii148xi112xif")
_GRAPHICS_BEFORE_PIT_LANE = struct.Struct("<iii148xi")
_STATIC = struct.Struct("<30s30s140s66s66s188xf")
_STATIC_BEFORE_TRACK_LENGTH = struct.Struct("<30s30s140s66s66s")


class PageError(Exception):
    """A page is missing or isn't what AC writes. The message is for the user."""


class _Page(object):
    """One page, mapped for reading."""

    def __init__(self, name, sizes):
        """Map the most of `sizes`, largest first, that the page has. Raise PageError when it has none."""
        self._map = None
        for size in sizes:
            try:
                self._map = _map(name, size)
                break
            except (OSError, ValueError) as error:
                reason = error
        if self._map is None:
            raise PageError("{0} is missing or too short ({1})".format(name, type(reason).__name__))
        self.size = size

    def copy(self):
        """The page's bytes. Its packet number stayed the same meanwhile, or the game writes all the time."""
        for _ in range(_TRIES):
            copied = self._map[: self.size]
            if self._map[:4] == copied[:4]:
                break
        return copied

    def close(self):
        self._map.close()


def _map(name, size):
    if os.name == "nt":
        return mmap.mmap(-1, size, name, access=mmap.ACCESS_READ)
    # Where bridges put AC's pages outside Windows.
    descriptor = os.open(os.path.join(_FOLDER_ELSEWHERE, name), os.O_RDONLY)
    try:
        return mmap.mmap(descriptor, size, access=mmap.ACCESS_READ)
    finally:
        os.close(descriptor)


class SharedMemory(object):
    """The three pages, opened when they are there. `problem` says what is wrong with them, "" when nothing is."""

    def __init__(self):
        self.problem = "the game's shared memory was not looked for yet"
        self.static = None
        self._physics = None
        self._graphics = None
        self._next_opening = 0.0

    def open_if_due(self, now):
        """Look for the pages, at most once a second (`now` in seconds of any steady clock)."""
        if self._physics is not None or now < self._next_opening:
            return
        self._next_opening = now + _SECONDS_BETWEEN_OPENINGS
        opened = []
        try:
            self.static = _read_static(opened)
            opened.append(_Page("acpmf_physics", (_PHYSICS.size,)))
            opened.append(_Page("acpmf_graphics", (_GRAPHICS.size, _GRAPHICS_BEFORE_PIT_LANE.size)))
        except PageError as error:
            self.problem = "{0}: lap validity comes from the game's own flag, pause and pits are not seen".format(error)
            for page in opened:
                page.close()
            return
        opened[0].close()
        self._physics, self._graphics = opened[1:]
        self.problem = ""

    def physics(self):
        """The newest `Physics`, or None while the pages are missing."""
        if self._physics is None:
            return None
        return Physics._make(_PHYSICS.unpack(self._physics.copy()))

    def graphics(self):
        """The newest `Graphics`, or None while the pages are missing."""
        if self._graphics is None:
            return None
        if self._graphics.size == _GRAPHICS.size:
            return Graphics._make(_GRAPHICS.unpack(self._graphics.copy()))
        values = _GRAPHICS_BEFORE_PIT_LANE.unpack(self._graphics.copy())
        return Graphics._make(values + (UNKNOWN, _NAN))

    def close(self):
        for page in (self._physics, self._graphics):
            if page is not None:
                page.close()
        self._physics = self._graphics = None


def _read_static(opened):
    page = _Page("acpmf_static", (_STATIC.size, _STATIC_BEFORE_TRACK_LENGTH.size))
    opened.append(page)
    has_length = page.size == _STATIC.size
    values = (_STATIC if has_length else _STATIC_BEFORE_TRACK_LENGTH).unpack(page.copy())
    version, ac_version, _, name, surname = [_text(value) for value in values[:5]]
    if not version:
        raise PageError("the game's shared memory is still empty")
    numbers = [int(part) for part in version.split(".")[:2] if part.isdecimal()]
    if tuple(numbers) >= _FIRST_FOREIGN_VERSION:
        raise PageError("shared memory of version {0} is not Assetto Corsa's".format(ascii(version)))
    driver = (name + " " + surname).strip()
    return Static(version, ac_version, driver, values[5] if has_length else None)


def _text(wide):
    return wide.decode("utf-16-le", "replace").split("\0")[0]
