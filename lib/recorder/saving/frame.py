"""What is on its way to the disk, and what is told of it when it is there."""

import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ...captures.files import AppendedFile
from ...captures.names import ticks_file_name
from ...captures.take_file import Safe
from ...strip.rect import Rect
from .encode import JpegOptions


@dataclass(eq=False)
class TakeFiles:
    """The files of one take, as the writer sees them."""

    number: int
    ticks: AppendedFile
    # Tells this take from all others, also those of other machines.
    take_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    # Set when what can't be written now shall be given up.
    give_up: threading.Event = field(default_factory=threading.Event)
    gave_up: bool = False  # a frame was given up: the writer's note that none may follow
    is_described: bool = False  # its NN_take.json is on the disk for sure
    is_synced: bool = True  # False: the disk was too slow, or refused, so nobody can be sure of all files
    has_all_rows: bool = True  # each of its pictures has its row where it belongs
    has_all_lines: bool = True  # no lines of its NN_ticks.csv were given up
    lines: Safe = field(default_factory=Safe)  # what its NN_ticks.csv says so far, when it was last described
    safe: Safe = field(default_factory=Safe)  # what of it is on the disk for sure

    @classmethod
    def of(cls, folder: Path, number: int) -> "TakeFiles":
        return cls(number, AppendedFile(folder / ticks_file_name(number)))


@dataclass(eq=False)
class Frame:
    """One picture on its way to the disk."""

    take: TakeFiles
    tick: int
    name: str
    pixels: bytearray
    size: tuple[int, int]
    mask: Rect | None
    options: JpegOptions
    comment: bytes
    row: bytes
    encoded: threading.Event = field(default_factory=threading.Event)
    is_whole: bool = False
    file_bytes: int = 0

    @property
    def picture_bytes(self) -> int:
        return self.size[0] * self.size[1] * 4


class Stored(NamedTuple):
    """What became of a frame."""

    take: TakeFiles
    tick: int
    is_saved: bool
    has_row: bool
    file_bytes: int = 0  # the size of the saved picture
