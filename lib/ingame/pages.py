"""AC's shared-memory pages, read without ctypes: a whole page is copied at once, and crosses the link as it is.

Names, sizes and offsets are Kunos' (ACSharedMemoryDocumentation); the bytes of AC 1.16.4 agree. Fields were only
ever appended, so a longer page is fine, and of a shorter one (an older AC) that much is used which is there.
"""

import mmap
import os
import struct
from collections import namedtuple

from ..link.sample import GRAPHICS_ROOM, PHYSICS_ROOM, UNKNOWN

# What is needed of the static page in here; the recorder reads all of it.
Static = namedtuple("Static", ("shared_memory_version", "ac_version", "page"))

STATUS_OFF, STATUS_REPLAY, STATUS_LIVE, STATUS_PAUSE = range(4)

# What the game side decides by, as words of 4 bytes: `numberOfTyresOut`; status, session and in the pit box. Word 0 of
# either page is its packet number.
_TYRES_OUT = 61
_STATUS, _SESSION, _IN_PIT = 1, 2, 40
_STATIC_HEAD = struct.Struct("<30s30s")
_STATIC_ROOM = 684
_SHORTEST_PHYSICS, _SHORTEST_GRAPHICS = 4 * _TYRES_OUT + 4, 4 * _IN_PIT + 4
# The static page of the oldest AC ends with the driver's names.
_SHORTEST_STATIC = 400
_FIELD_BYTES = 4
_NOTHING = (b"", 0, 0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)

_FOLDER_ELSEWHERE = "/dev/shm"
_TRIES = range(4)
_WHOLE = slice(None)
_SECONDS_BETWEEN_OPENINGS = 1.0
# Assetto Corsa Competizione uses the same names for pages of another layout; it says 1.8 or more.
_FIRST_FOREIGN_VERSION = (1, 8)


class PageError(Exception):
    """A page is missing or isn't what AC writes. The message is for the user."""


class _Page(object):
    """One page, mapped for reading."""

    def __init__(self, name, most, least):
        """Map as much of the page as there is, from `most` down to `least` bytes. Raise PageError where it is less."""
        self._map = None
        for size in range(most, least - 1, -_FIELD_BYTES):
            try:
                self._map = _map(name, size)
                break
            except FileNotFoundError as error:
                reason = error
                break
            except (OSError, ValueError) as error:
                reason = error
        if self._map is None:
            raise PageError("{0} is missing or too short ({1})".format(name, type(reason).__name__))
        self._bytes = memoryview(self._map)
        self._words = self._bytes.cast("i")
        self.copy = self._bytes.tobytes  # called without arguments: the page's bytes

    def copying_into(self, room):
        """For who copies it at each tick to the start of `room`: page as words and bytes, copy as both, size."""
        copy = room[: len(self._bytes)]
        return self._words, self._bytes, copy.cast("i"), copy, len(copy)

    def close(self):
        for view in (self._words, self._bytes):
            view.release()
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
        self.is_open = False
        self._pages = []
        self._next_opening = 0.0
        self._physics = self._graphics = None  # what each page's `copying_into` gave, while they are open
        self._copies = bytearray(PHYSICS_ROOM + GRAPHICS_ROOM)  # in one piece, as a slot of the link has them

    def open_if_due(self, now):
        """Look for the pages, at most once a second (`now` in seconds of any steady clock)."""
        if self.is_open or now < self._next_opening:
            return
        self._next_opening = now + _SECONDS_BETWEEN_OPENINGS
        try:
            self._pages.append(_Page("acpmf_static", _STATIC_ROOM, _SHORTEST_STATIC))
            _read_static(self._pages[0])
            self._pages.append(_Page("acpmf_physics", PHYSICS_ROOM, _SHORTEST_PHYSICS))
            self._pages.append(_Page("acpmf_graphics", GRAPHICS_ROOM, _SHORTEST_GRAPHICS))
        except PageError as error:
            self.problem = "{0}: lap validity comes from the game's own flag, pause and pits are not seen".format(error)
            self.close()
            return
        physics, graphics = self._pages[1:]
        rooms = memoryview(self._copies)
        self._physics, self._graphics = physics.copying_into(rooms), graphics.copying_into(rooms[PHYSICS_ROOM:])
        self.is_open = True
        self.problem = ""

    def read(self, now):
        """(both pages, their lengths, packet, tyres out, status, session, in the pit box), as they are now.

        Each page is copied while its packet number stays the same, or the game writes all the time. The copies are
        good until the next call. b"", 0 and UNKNOWN while the pages are missing; they are looked for again as time
        goes by (`now`).
        """
        if not self.is_open:
            self.open_if_due(now)
            if not self.is_open:
                return _NOTHING
        physics, physics_bytes, in_physics, physics_copy, physics_length = self._physics
        graphics, graphics_bytes, in_graphics, graphics_copy, graphics_length = self._graphics
        for _ in _TRIES:
            packet, number = physics[0], graphics[0]
            physics_copy[_WHOLE] = physics_bytes
            graphics_copy[_WHOLE] = graphics_bytes
            if physics[0] == packet and graphics[0] == number:
                break
        return (
            self._copies, physics_length, graphics_length,
            packet, in_physics[_TYRES_OUT], in_graphics[_STATUS], in_graphics[_SESSION], in_graphics[_IN_PIT],
        )  # fmt: skip

    def static(self):
        """What the static page says now, a `Static`: car and track may be others than before. None while missing."""
        if not self.is_open:
            return None
        try:
            return _read_static(self._pages[0])
        except PageError:
            return None

    def close(self):
        self.is_open = False
        for page in self._pages:
            page.close()
        self._pages = []


def _read_static(page):
    """The page's `Static`. Raise PageError where it isn't AC's, or not written yet."""
    copied = page.copy()
    version, ac_version = [_text(value) for value in _STATIC_HEAD.unpack_from(copied)]
    if not version:
        raise PageError("the game's shared memory is still empty")
    numbers = [int(part) for part in version.split(".")[:2] if part.isdecimal()]
    if tuple(numbers) >= _FIRST_FOREIGN_VERSION:
        raise PageError("shared memory of version {0} is not Assetto Corsa's".format(ascii(version)))
    return Static(version, ac_version, copied)


def _text(wide):
    return wide.decode("utf-16-le", "replace").split("\0")[0]
