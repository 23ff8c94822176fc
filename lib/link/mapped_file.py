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

import mmap
import os
import struct
from collections import namedtuple

from .sample import SLOT, Sample

LINK_VERSION = 1
RING_TICKS = 4096

_MAGIC = b"SYNCLINK"
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_AT_VERSION = 8
_AT_RECORDER_VERSION = 12
_AT_STRIP_KEY = 16
_AT_NEWEST = 24
_AT_CLOSING = 32
_AT_STATUS = 64
_AT_BRIEF = 1024
_AT_RING = 32768
_BRIEF_ROOM = _AT_RING - _AT_BRIEF - 8
SIZE = _AT_RING + RING_TICKS * SLOT.size

# What the recorder is doing. `WAITING`: a take is open, but nothing is saved until what the message names is over.
STARTING, READY, RECORDING, WAITING, FINISHING, FAILED = range(6)
# How the newest saved picture was paired.
SYNC_NONE, SYNC_STRIP, SYNC_CLOCK = range(3)

RecorderStatus = namedtuple(
    "RecorderStatus",
    (
        "state",
        "sync",
        "take_number",  # the NN of captures/NN_...; 0 before the first take
        "take_order",  # which of the session's takes that is, as Sample.take says it
        "frames_saved",  # in this take
        "frames_dropped",  # in this take: pictures that should have been saved and were not
        "heartbeat",  # changes at least twice a second while the recorder lives
        "pictures_per_second",
        "message",  # one line for the panel: what is wrong and what to do; "" when all is well
    ),
)
_STATUS = struct.Struct("<IIIIIIQdI")
_MESSAGE_ROOM = _AT_BRIEF - _AT_STATUS - 4 - _STATUS.size
_READ_TRIES = 8


class LinkError(Exception):
    """The file is not a link, or a link of another version. The message is for the user."""


class GameLink(object):
    """The game's end: makes the file, publishes samples, reads the recorder's status."""

    def __init__(self, path: str, strip_key: int):
        """Make the file at `path`, for this user alone. Raise OSError where that can't be done."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            os.lseek(descriptor, SIZE - 1, os.SEEK_SET)
            os.write(descriptor, b"\0")
            self._map = mmap.mmap(descriptor, SIZE)
        finally:
            os.close(descriptor)
        self.path = path
        self._brief_sequence = 0
        _U32.pack_into(self._map, _AT_VERSION, LINK_VERSION)
        _U32.pack_into(self._map, _AT_STRIP_KEY, strip_key)
        self._map[: len(_MAGIC)] = _MAGIC

    def publish(self, *sample):
        """Put one sample, the values in the order of `Sample`, into the ring. Its tick becomes the newest."""
        tick = sample[0]
        SLOT.pack_into(self._map, _AT_RING + tick % RING_TICKS * SLOT.size, *(sample + (tick,)))
        _U64.pack_into(self._map, _AT_NEWEST, tick)

    def write_brief(self, text: bytes):
        """Say what the recorder must know about session and settings. Raise ValueError when it is too long."""
        if len(text) > _BRIEF_ROOM:
            raise ValueError("the brief has {0} bytes, {1} fit".format(len(text), _BRIEF_ROOM))
        self._brief_sequence += 2
        _U32.pack_into(self._map, _AT_BRIEF, self._brief_sequence - 1)
        _U32.pack_into(self._map, _AT_BRIEF + 4, len(text))
        self._map[_AT_BRIEF + 8 : _AT_BRIEF + 8 + len(text)] = text
        _U32.pack_into(self._map, _AT_BRIEF, self._brief_sequence)

    def ask_to_close(self):
        _U32.pack_into(self._map, _AT_CLOSING, 1)

    def recorder_version(self) -> int:
        """The link version that the recorder speaks; 0 until it has opened the link."""
        return _U32.unpack_from(self._map, _AT_RECORDER_VERSION)[0]

    def status(self):
        """The recorder's newest `RecorderStatus`, or None while there is none or it is being written."""
        copied = _copy_settled(self._map, _AT_STATUS, 4, _AT_BRIEF - _AT_STATUS - 4)
        if copied is None:
            return None
        values = _STATUS.unpack_from(copied)
        length = min(values[-1], _MESSAGE_ROOM)
        message = copied[_STATUS.size : _STATUS.size + length].decode("utf-8", "replace")
        return RecorderStatus(*(values[:-1] + (message,)))

    def close(self):
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
        _U32.pack_into(self._map, _AT_RECORDER_VERSION, LINK_VERSION)
        problem = _why_not_ours(self._map[: _AT_VERSION + 4])
        if problem:
            self._map.close()
            raise LinkError(problem)

    def strip_key(self) -> int:
        return _U32.unpack_from(self._map, _AT_STRIP_KEY)[0]

    def newest_tick(self) -> int:
        return _U64.unpack_from(self._map, _AT_NEWEST)[0]

    def is_closing(self) -> bool:
        return _U32.unpack_from(self._map, _AT_CLOSING)[0] != 0

    def sample(self, tick: int):
        """The `Sample` of that tick, or None when the ring no longer (or not yet) holds it whole."""
        at = _AT_RING + tick % RING_TICKS * SLOT.size
        copied = self._map[at : at + SLOT.size]
        if _U64.unpack_from(self._map, at)[0] != tick:
            return None
        values = SLOT.unpack(copied)
        if values[0] != tick or values[-1] != tick:
            return None
        return Sample(*values[:-1])

    def brief(self):
        """The brief as the game wrote it (bytes), or None while there is none or it is being written."""
        copied = _copy_settled(self._map, _AT_BRIEF, 4, _BRIEF_ROOM + 4)
        if copied is None:
            return None
        return copied[4 : 4 + min(_U32.unpack_from(copied)[0], _BRIEF_ROOM)]

    def report(self, status: RecorderStatus):
        """Tell the game what the recorder is doing. A message too long for the link is cut."""
        message = status.message.encode("utf-8", "replace")[:_MESSAGE_ROOM]
        self._status_sequence += 2
        _U32.pack_into(self._map, _AT_STATUS, self._status_sequence - 1)
        _STATUS.pack_into(self._map, _AT_STATUS + 4, *(tuple(status[:-1]) + (len(message),)))
        at = _AT_STATUS + 4 + _STATUS.size
        self._map[at : at + len(message)] = message
        _U32.pack_into(self._map, _AT_STATUS, self._status_sequence)

    def close(self):
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


def _copy_settled(mapped, at, skip, length):
    """Bytes behind the sequence number at `at`, or None while they are unwritten or being written."""
    for _ in range(_READ_TRIES):
        before = _U32.unpack_from(mapped, at)[0]
        copied = mapped[at + skip : at + skip + length]
        if before == _U32.unpack_from(mapped, at)[0] and before % 2 == 0:
            return copied if before else None
    return None
