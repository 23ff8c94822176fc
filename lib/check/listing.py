"""What the names in a captures folder say: which pictures of which takes are there."""

import os
from array import array
from dataclasses import dataclass, field
from hashlib import blake2b

from ..captures.names import part_take, picture_name
from ..recordings.rows import image_key
from .snapshot import Snapshot


@dataclass(eq=False)
class TakePictures:
    """The pictures of one take, in the order of their frames once `put_in_order` was called."""

    take: int
    frames: "array[int]" = field(default_factory=lambda: array("Q"))
    stamps: "array[int]" = field(default_factory=lambda: array("q"))  # of each: another where it is another picture
    other_names: dict[int, str] = field(default_factory=dict)  # of frames whose picture is named as older tools do

    def add(self, frame: int, name: str, stamp: int) -> None:
        """Note a picture."""
        self.frames.append(frame)
        self.stamps.append(stamp)
        if name != picture_name(self.take, frame):
            self.other_names[frame] = name

    def put_in_order(self) -> None:
        """Sort by frame: a folder lists its names as it likes."""
        order = sorted(range(len(self.frames)), key=self.frames.__getitem__)
        self.frames = array("Q", map(self.frames.__getitem__, order))
        self.stamps = array("q", map(self.stamps.__getitem__, order))

    def name(self, frame: int) -> str:
        """The picture's name."""
        return self.other_names.get(frame) or picture_name(self.take, frame)

    def state(self, first: int = 0, last: int | None = None) -> bytes:
        """Changes when one of these pictures changes, comes or goes."""
        part = slice(first, last)
        told = blake2b(str(self.take).encode(), digest_size=16)
        for numbers in (self.frames[part], self.stamps[part]):
            told.update(numbers.tobytes())
        for frame in self.frames[part] if self.other_names else ():
            told.update(self.name(frame).encode())
        return told.digest()


@dataclass(eq=False)
class Listing:
    """What the names of one folder say."""

    takes: dict[int, TakePictures] = field(default_factory=dict)
    no_files: list[tuple[int, int, str]] = field(default_factory=list)  # take, frame and name: a folder, a pipe
    unfinished: list[str] = field(default_factory=list)  # files that were being written when a recorder died


def listing_of(seen: Snapshot) -> Listing:
    """Tell the names apart."""
    found = Listing()
    for name, stamp in zip(seen.names, seen.stamps, strict=True):
        key = image_key(os.fsencode(name))
        if key is not None and name in seen.no_files:
            found.no_files.append((*key, name))
        elif key is not None:
            pictures = found.takes.get(key[0])
            if pictures is None:
                pictures = found.takes[key[0]] = TakePictures(key[0])
            pictures.add(key[1], name, stamp)
        elif part_take(name) is not None:
            found.unfinished.append(name)
    for pictures in found.takes.values():
        pictures.put_in_order()
    found.no_files.sort()
    found.unfinished.sort()
    return found
