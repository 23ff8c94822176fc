"""Types of mapped_file.py for those who check them; the game never reads this."""

from typing import Final, NamedTuple

from .sample import Sample

LINK_VERSION: Final[int]
RING_TICKS: Final[int]
SIZE: Final[int]
BRIEF_ROOM: Final[int]
STARTING: Final[int]
READY: Final[int]
RECORDING: Final[int]
WAITING: Final[int]
FINISHING: Final[int]
FAILED: Final[int]
SYNC_NONE: Final[int]
SYNC_STRIP: Final[int]
SYNC_CLOCK: Final[int]
SYNC_UNPROVEN: Final[int]

class RecorderStatus(NamedTuple):
    state: int
    sync: int
    take_number: int
    take_order: int
    frames_saved: int
    frames_dropped: int
    frames_unproven: int
    heartbeat: int
    pictures_per_second: float
    bytes_per_second: float
    room_seconds: float
    message: str

class LinkError(Exception): ...

class GameLink:
    path: str
    ring: memoryview
    newest: memoryview
    def __init__(self, path: str, strip_key: int) -> None: ...
    def write_brief(self, text: bytes) -> None: ...
    def ask_to_close(self) -> None: ...
    def recorder_version(self) -> int: ...
    def status(self) -> RecorderStatus | None: ...
    def close(self) -> None: ...

class RecorderLink:
    def __init__(self, path: str) -> None: ...
    def strip_key(self) -> int: ...
    def newest_tick(self) -> int: ...
    def is_closing(self) -> bool: ...
    def sample(self, tick: int) -> Sample | None: ...
    def brief(self) -> bytes | None: ...
    def report(self, status: RecorderStatus) -> None: ...
    def close(self) -> None: ...
