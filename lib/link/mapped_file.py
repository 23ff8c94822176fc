"""The mapped file between the game and the recorder: a ring of samples one way, a status the other way.

Never blocks, needs no lock and no system library: each word has one writer, and a reader compares a
sequence number before and after it copies. On the processors AC runs on (x86) stores become visible in
the order in which they were made, which is what this relies on.

Layout, little endian:

======== ======================== ============ =====================================================
offset   what                     written by   form
======== ======================== ============ =====================================================
0        magic                    game, once   8 bytes ``SYNCLINK``
8        link version             game, once   u32, at this place in every version
12       link version             recorder     u32, at this place in every version; 0 = not there yet
16       strip key                game, once   u32: mixed into the strip's check value
24       newest tick              game         u64; 0 = no tick yet
32       closing                  game         u32: 1 = the game asks the recorder to finish and end
64       recorder status          recorder     sequence u32, `_STATUS`, message
1024     brief                    game         sequence u32, length u32, JSON in UTF-8
32768    ring                     game         RING_TICKS slots of `sample.SLOT`
======== ======================== ============ =====================================================
"""

import errno
import mmap
import os
import struct
from collections import namedtuple

from .gain import PerformanceGain
from .sample import SLOT, SLOT_FIELDS, sample_of

LINK_VERSION = 3
RING_TICKS = 4096

_MAGIC = b"SYNCLINK"
_U32 = struct.Struct("<I")
_AT_VERSION = 8
_AT_RECORDER_VERSION = 12
_AT_STRIP_KEY = 16
_AT_NEWEST = 24
_NEWEST_WORD = _AT_NEWEST // 8
_AT_CLOSING = 32
_AT_STATUS = 64
_AT_BRIEF = 1024
_AT_RING = 32768
BRIEF_ROOM = _AT_RING - _AT_BRIEF - 8
SIZE = _AT_RING + RING_TICKS * SLOT.size

# What the recorder is doing. `WAITING`: a take is open, but nothing is saved until what the message names is over.
STARTING, READY, RECORDING, WAITING, FINISHING, FAILED = range(6)
# How pictures are paired just now. `SYNC_UNPROVEN`: nothing proves it, and the message says why and what to do.
SYNC_NONE, SYNC_STRIP, SYNC_CLOCK, SYNC_UNPROVEN = range(4)

RecorderStatus = namedtuple(
    "RecorderStatus",
    (
        "state",
        "sync",
        "take_number",  # the NN of captures/NN_...; 0 before the first take
        "take_order",  # which of the session's takes that is, as Sample.take says it
        "frames_saved",  # in this take
        "frames_dropped",  # in this take: pictures that should have been saved and were not
        "frames_unproven",  # in this take: saved pictures of which nothing proves the tick
        "heartbeat",  # changes at least twice a second while the recorder lives
        "pictures_per_second",
        "bytes_per_second",  # that this take puts on the disk
        "room_seconds",  # how long the disk has room for that; -1 where nobody knows
        "message",  # one line for the panel: what is wrong and what to do; "" when all is well
    ),
)
_STATUS = struct.Struct("<IIIIIIIQdddI")
_MESSAGE_ROOM = _AT_BRIEF - _AT_STATUS - 4 - _STATUS.size
_READ_TRIES = 8
# What of a slot the rate of the performance delta is made of.
_GAIN_OF = [SLOT_FIELDS.index(name) for name in ("game_time", "lap_count", "performance_meter")]
_MEMORY_PAGE = 4096
_ZEROS = bytes(1 << 16)
# What a file system says that allocates nothing in advance.
_CANT_ALLOCATE = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


class LinkError(Exception):
    """The file is not a link, or a link of another version. The message is for the user."""


class GameLink(object):
    """The game's end: makes the file, has room for samples, reads the recorder's status."""

    def __init__(self, path: str, strip_key: int):
        """Make the file at `path`, for this user alone. Raise OSError where that can't be done."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            _allocate(descriptor, SIZE)
            self._map = mmap.mmap(descriptor, SIZE)
        except Exception:
            os.close(descriptor)
            os.remove(path)
            raise
        os.close(descriptor)
        self.path = path
        self._brief_sequence = 0
        self._words = _Words(self._map)
        # For who publishes at each tick: the slots, each at its tick % RING_TICKS * SLOT.size, and the newest tick. A
        # tick becomes the newest once its sample is in its slot.
        self.ring, self.newest = memoryview(self._map)[_AT_RING:], self._words.u64[_NEWEST_WORD : _NEWEST_WORD + 1]
        # A page of memory that is written for the first time costs more than all else in a frame: do it now.
        for at in range(0, SIZE, _MEMORY_PAGE):
            self._words.u32[at // 4] = 0
        self._words.u32[_AT_VERSION // 4] = LINK_VERSION
        self._words.u32[_AT_STRIP_KEY // 4] = strip_key
        self._map[: len(_MAGIC)] = _MAGIC

    def write_brief(self, text: bytes):
        """Say what the recorder must know about session and settings. Raise ValueError when it is too long."""
        if len(text) > BRIEF_ROOM:
            raise ValueError("the brief has {0} bytes, {1} fit".format(len(text), BRIEF_ROOM))
        self._brief_sequence += 2
        words = self._words.u32
        words[_AT_BRIEF // 4] = self._brief_sequence - 1
        words[_AT_BRIEF // 4 + 1] = len(text)
        self._map[_AT_BRIEF + 8 : _AT_BRIEF + 8 + len(text)] = text
        words[_AT_BRIEF // 4] = self._brief_sequence

    def ask_to_close(self):
        self._words.u32[_AT_CLOSING // 4] = 1

    def recorder_version(self) -> int:
        """The link version that the recorder speaks; 0 until it has opened the link."""
        return self._words.u32[_AT_RECORDER_VERSION // 4]

    def status(self):
        """The recorder's newest `RecorderStatus`, or None while there is none or it is being written."""
        copied = self._words.copy_settled(_AT_STATUS, _AT_BRIEF - _AT_STATUS - 4)
        if copied is None:
            return None
        values = _STATUS.unpack_from(copied)
        length = min(values[-1], _MESSAGE_ROOM)
        message = copied[_STATUS.size : _STATUS.size + length].decode("utf-8", "replace")
        return RecorderStatus(*(values[:-1] + (message,)))

    def close(self):
        for view in (self.ring, self.newest, self._words):
            view.release()
        self._map.close()


class RecorderLink(object):
    """The recorder's end: reads samples, reports its status."""

    def __init__(self, path: str):
        """Open the link at `path`. Raise LinkError when it is none, OSError when it can't be opened."""
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            if os.fstat(descriptor).st_size != SIZE:
                head = os.read(descriptor, _AT_VERSION + 4)
                raise LinkError(_why_not_ours(head) or "the link file has the wrong size")
            self._map = mmap.mmap(descriptor, SIZE)
        finally:
            os.close(descriptor)
        self._status_sequence = 0
        self._words = _Words(self._map)
        self._words.u32[_AT_RECORDER_VERSION // 4] = LINK_VERSION
        problem = _why_not_ours(self._map[: _AT_VERSION + 4])
        if problem:
            self.close()
            raise LinkError(problem)
        self._gain, self._gains = PerformanceGain(), [0.0] * RING_TICKS
        self._followed = 0  # the newest tick whose rate is known

    def strip_key(self) -> int:
        return self._words.u32[_AT_STRIP_KEY // 4]

    def newest_tick(self) -> int:
        return self._words.u64[_NEWEST_WORD]

    def is_closing(self) -> bool:
        return self._words.u32[_AT_CLOSING // 4] != 0

    def sample(self, tick: int):
        """The `Sample` of that tick, or None when the ring no longer (or not yet) holds it whole."""
        values = self._slot(tick)
        if values is None:
            return None
        # Each tick's rate is made of the ticks before it, so each is followed once, in their order.
        for earlier in range(max(self._followed, tick - RING_TICKS) + 1, tick):
            self._follow(earlier, self._slot(earlier))
        if tick > self._followed:
            self._follow(tick, values)
        return sample_of(values, self._gains[tick % RING_TICKS])

    def _slot(self, tick):
        """The values of that tick's slot, or None where it isn't there whole."""
        if tick < 1:
            return None
        at = _AT_RING + tick % RING_TICKS * SLOT.size
        copied = self._map[at : at + SLOT.size]
        if self._words.u64[at // 8] != tick:
            return None
        values = SLOT.unpack(copied)
        return values if values[0] == values[-1] == tick else None

    def _follow(self, tick, values):
        self._followed = tick
        if values is not None:
            self._gains[tick % RING_TICKS] = self._gain.update(*[values[index] for index in _GAIN_OF])

    def brief(self):
        """The brief as the game wrote it (bytes), or None while there is none or it is being written."""
        copied = self._words.copy_settled(_AT_BRIEF, BRIEF_ROOM + 4)
        if copied is None:
            return None
        return copied[4 : 4 + min(_U32.unpack_from(copied)[0], BRIEF_ROOM)]

    def report(self, status: RecorderStatus):
        """Tell the game what the recorder is doing. A message too long for the link is cut."""
        message = status.message.encode("utf-8", "replace")[:_MESSAGE_ROOM]
        self._status_sequence += 2
        words = self._words.u32
        words[_AT_STATUS // 4] = self._status_sequence - 1
        _STATUS.pack_into(self._map, _AT_STATUS + 4, *(tuple(status[:-1]) + (len(message),)))
        at = _AT_STATUS + 4 + _STATUS.size
        self._map[at : at + len(message)] = message
        words[_AT_STATUS // 4] = self._status_sequence

    def close(self):
        self._words.release()
        self._map.close()


def _why_not_ours(head: bytes) -> str:
    if head[: len(_MAGIC)] != _MAGIC:
        return "the link file was not made by SyncLogger"
    version = _U32.unpack_from(head, _AT_VERSION)[0]
    if version != LINK_VERSION:
        return "the app in the game speaks link version {0}, the recorder {1}: install one release of both".format(
            version, LINK_VERSION
        )
    return ""


def _allocate(descriptor, size):
    """Have the disk give every byte now. A hole that can't be filled later ends the process that writes into it."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(descriptor, 0, size)
            return
        except OSError as error:
            if error.errno not in _CANT_ALLOCATE:
                raise
    left = size
    while left > 0:
        written = os.write(descriptor, _ZEROS[:left])
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        left -= written


class _Words(object):
    """The mapped words that stand alone: each is read and written as one. `struct` would go byte by byte."""

    def __init__(self, mapped):
        self._map = mapped
        self._bytes = memoryview(mapped)
        self.u32, self.u64 = self._bytes.cast("I"), self._bytes.cast("Q")

    def copy_settled(self, at, length):
        """Bytes behind the sequence number at `at`, or None while they are unwritten or being written."""
        for _ in range(_READ_TRIES):
            before = self.u32[at // 4]
            copied = self._map[at + 4 : at + 4 + length]
            if before == self.u32[at // 4] and before % 2 == 0:
                return copied if before else None
        return None

    def release(self):
        """A file that is looked into can't be closed."""
        for view in (self.u32, self.u64, self._bytes):
            view.release()
