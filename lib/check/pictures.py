"""Looks at some pictures of one take: are they whole, how large, what do they show.

This is the work of one process: everything here is quick for one picture, and there are very many of them.
"""

import os
import zlib
from dataclasses import dataclass, field
from hashlib import blake2b
from io import BytesIO, FileIO
from pathlib import Path

from PIL import Image, ImageChops

from ..captures.comment import Carried, read_comment
from ..recordings.levels import in_eight_bits
from ..strip.read_jpeg import JpegStripReader
from .finding import Kind
from .head import JPEG, LONGEST_END, has_end, kind_of, size_of

# A block that the system never wrote is read as zeros; no JPEG holds such a run.
_HOLE = bytes(512)
# Comments stand before the size of a JPEG, and one of ours has some thousand bytes.
_HEAD = 1 << 14
# What is looked at is an eighth of the picture; there a level below this is black, and a change up to this is noise.
_REDUCED_BY = 8
_DARK = 16
_DARK_SHARE = 0.95
_NOISE = 3
# A mouse pointer, a counter of another app: so much of a picture may change while the scene stands.
_STILL_SHARE = 0.02
# Twice as many pixels as the largest screen: more could be made to fill the memory, so they are not decoded.
_MOST_PIXELS = 1 << 26
# So many pictures in a row without a strip, and the part's others are taken to show none.
_PROBES = 5
_FORMATS = ("JPEG", "PNG", "BMP")

Fault = tuple[Kind, str]


@dataclass(frozen=True)
class PicturesPart:
    """The pictures that one process looks at."""

    folder: str
    take: int
    frames: tuple[int, ...]
    names: tuple[str, ...]
    decodes: bool = False
    strip_key: int | None = None  # of the strips that may be in them
    before: tuple[int, str] | None = None  # frame and name of the last picture of the part before

    def __len__(self) -> int:
        """How many pictures."""
        return len(self.frames)


@dataclass
class PicturesSeen:
    """What was seen. All of it can stand in JSON, for the cache."""

    bad: list[tuple[int, str, str]] = field(default_factory=list)  # frame, `Kind`, and how it showed
    sizes: list[tuple[int, int, str]] = field(default_factory=list)  # first and last frame that are so large
    rows: list[tuple[int, int]] = field(default_factory=list)  # frame, and the check sum of the row that it carries
    black: list[int] = field(default_factory=list)
    still: list[tuple[int, int]] = field(default_factory=list)  # first and last frame that show the same scene
    looks: list[tuple[int, int]] = field(default_factory=list)  # frame, and what is the same for the same picture
    strips_right: int = 0
    strips_unread: int = 0


def row_sum(line: bytes) -> int:
    """What is the same for the same row."""
    return zlib.crc32(line.strip())


def look_at(part: PicturesPart) -> PicturesSeen:
    """Look at each of them."""
    looker = _Looker(part)
    start = os.fspath(part.folder) + os.sep  # a Path for each would cost more than the look
    for frame, name in zip(part.frames, part.names, strict=True):
        looker.look(frame, start + name)
    looker.still.close()
    return looker.seen


class _Looker:
    """Looks at one picture after the other and keeps what was seen."""

    def __init__(self, part: PicturesPart) -> None:
        self.seen = PicturesSeen()
        self.still = _Stillness(self.seen.still)
        self._decodes = part.decodes
        self._strips = _Strips(part.strip_key, self.seen) if part.decodes and part.strip_key is not None else None
        if part.decodes and part.before is not None:
            self._remember(*part.before, part.folder)

    def look(self, frame: int, path: str) -> None:
        """Look at one picture. Nothing that is wrong with it keeps the others from being looked at."""
        try:
            fault = self._look(frame, path)
        except FileNotFoundError:
            fault = (Kind.VANISHED, "it was there when the folder was listed")
        except OSError as error:
            fault = (Kind.UNREADABLE, error.strerror or str(error))
        if fault is not None:
            self.seen.bad.append((frame, str(fault[0]), fault[1]))

    def _look(self, frame: int, path: str) -> Fault | None:
        with FileIO(path) as file:
            content = file.readall() if self._decodes else b""
            head, end = (content[:_HEAD], content[-LONGEST_END:]) if content else _ends(file)
        kind = kind_of(head)
        if not kind:
            return Kind.NOT_A_PICTURE, "it does not begin as a picture" if head else "it is empty"
        size = size_of(kind, head)
        if size is not None:
            self._note_size(frame, size)
        if not has_end(kind, end):
            return Kind.CUT, "its end is missing"
        if not self._decodes:
            return None
        if kind == JPEG and _HOLE in content:
            return Kind.CUT, "it has a hole that was never written"
        if size is not None and size[0] * size[1] > _MOST_PIXELS:
            return Kind.NOT_DONE, f"it says that it has {size[0]}x{size[1]} pixels: too many to decode"
        return self._decode(frame, content)

    def _note_size(self, frame: int, size: tuple[int, int]) -> None:
        told = f"{size[0]}x{size[1]}"
        sizes = self.seen.sizes
        if sizes and sizes[-1][2] == told:
            sizes[-1] = (sizes[-1][0], frame, told)
        else:
            sizes.append((frame, frame, told))

    def _decode(self, frame: int, content: bytes) -> Fault | None:
        try:
            small, comment = reduced(content)
        except (OSError, SyntaxError, ValueError) as error:
            return Kind.UNDECODABLE, str(error)
        if sum(small.histogram()[:_DARK]) >= _DARK_SHARE * small.width * small.height:
            self.seen.black.append(frame)
        else:
            self.seen.looks.append((frame, _look_of(small)))
        self.still.add(frame, small)
        if self._strips is None:
            self._note_row(frame, comment)
            return None
        carried = read_comment(comment)
        if carried is None:
            return None
        self.seen.rows.append((frame, row_sum(",".join(carried.row).encode())))
        return self._strips.compare(content, carried)

    def _note_row(self, frame: int, comment: bytes) -> None:
        """Of the comment only the row is read, which is at its beginning."""
        head, begins, rest = comment.partition(b'"row":["')
        if begins and head.startswith(b'{"synclogger"'):
            self.seen.rows.append((frame, row_sum(rest.partition(b'"]')[0].replace(b'","', b","))))

    def _remember(self, frame: int, name: str, folder: str) -> None:
        try:
            self.still.add(frame, reduced(Path(folder, name).read_bytes())[0])
        except (OSError, SyntaxError, ValueError):
            return  # its own part says so


def reduced(content: bytes) -> tuple[Image.Image, bytes]:
    """The picture in grey at an eighth of its size, and its comment.

    A JPEG is decoded at an eighth right away. All of its data is read for that, so one that is cut is found as well as
    by decoding it whole; a test does both at a thousand places.
    """
    with Image.open(BytesIO(content), formats=_FORMATS) as picture:
        small = (max(1, picture.width // _REDUCED_BY), max(1, picture.height // _REDUCED_BY))
        picture.draft("L", small)
        picture.load()
        comment = picture.info.get("comment", b"")
        grey = in_eight_bits(picture).convert("L")
        if grey.width >= 2 * small[0]:
            grey = grey.reduce(grey.width // small[0])
        return grey, comment if isinstance(comment, bytes) else b""


def _look_of(small: Image.Image) -> int:
    return int.from_bytes(blake2b(small.tobytes(), digest_size=8).digest(), "big")


def _ends(file: FileIO) -> tuple[bytes, bytes]:
    """The beginning and the end of a file."""
    head = file.read(_HEAD)
    if len(head) < _HEAD:
        return head, head[-LONGEST_END:]
    file.seek(-LONGEST_END, 2)
    return head, file.read(LONGEST_END)


class _Stillness:
    """Finds stretches that show what the first picture of them shows.

    Each is held against the first, not against the one before: even a slow car moves away from it.
    """

    def __init__(self, found: list[tuple[int, int]]) -> None:
        self._found = found
        self._reference: Image.Image | None = None
        self._first = self._last = 0

    def add(self, frame: int, small: Image.Image) -> None:
        """The next picture."""
        if self._reference is not None and _is_same(self._reference, small):
            self._last = frame
            return
        self.close()
        self._reference, self._first, self._last = small, frame, frame

    def close(self) -> None:
        """Nothing comes after it."""
        if self._last > self._first:
            self._found.append((self._first, self._last))


def _is_same(one: Image.Image, other: Image.Image) -> bool:
    if one.size != other.size:
        return False
    changed = ImageChops.difference(one, other).histogram()[_NOISE + 1 :]
    return sum(changed) <= _STILL_SHARE * one.width * one.height


class _Strips:
    """Holds the strips of a take's pictures against the ticks of their rows, where the pictures show strips."""

    def __init__(self, key: int, seen: PicturesSeen) -> None:
        self._reader = JpegStripReader(key)
        self._seen = seen
        self._is_visible = False
        self._misses = 0

    def compare(self, content: bytes, carried: Carried) -> Fault | None:
        """What is wrong. Masked pictures cost some looks only."""
        if carried.sample is None or (self._misses >= _PROBES and not self._is_visible):
            self._seen.strips_unread += 1
            return None
        with Image.open(BytesIO(content), formats=_FORMATS) as picture:
            shown = self._reader.tick(picture)
        if shown is None:
            self._misses += 1
            self._seen.strips_unread += 1
            return None
        self._is_visible = True
        if shown == carried.sample.tick:
            self._seen.strips_right += 1
            return None
        return Kind.STRIP_DISAGREES, f"it shows tick {shown}, its row is that of tick {carried.sample.tick}"
