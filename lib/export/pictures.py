"""The pictures of a part: with the bytes that they have, or made anew where an option asks for that."""

import os
import stat
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, _imaging

from ..dataset.pictures import PictureError, PictureForm
from ..errors import PROGRAM
from ..recordings.places import place
from .options import QUALITY, ExportOptions
from .parts import TakeRef

# What files begin and end with, and their suffix in OUT. Nothing is decoded to find out.
_JPEG = (b"\xff\xd8", b"\xff\xd9", ".jpg")
_PNG = (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82", ".png")
# A block that the system never wrote is read as zeros; no JPEG holds such a run.
_HOLE = bytes(512)
# Pictures are decoded no smaller than so many times --size: a filter does the rest, and no pixel is worse for it.
_SPARE = 2
# Pillow gives the memory of each picture back to the system, which clears it again for the next one: that takes as long
# as decoding. So many blocks of a megabyte are kept instead.
_KEPT_BLOCKS = 64
# Opening a pipe must not wait for whoever writes into it.
_HOW_TO_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Picture(NamedTuple):
    """One picture as it goes out."""

    name: str  # of its file
    content: bytes


class Pictures:
    """Reads the pictures of one take."""

    def __init__(self, take: TakeRef, options: ExportOptions) -> None:
        self._take = take
        self._folder = place(take.folder)
        self._is_here = type(self._folder) is type(Path())
        self._base = os.fspath(self._folder) + os.sep if self._is_here else ""
        self._form = PictureForm(options.size, options.crop, options.masks, options.grey, spare=_SPARE)
        self._makes = options.makes_pictures
        self._quality = options.quality or QUALITY
        _imaging.set_blocks_max(_KEPT_BLOCKS)

    def picture(self, image: str) -> Picture:
        """As it goes out. Raise PictureError where it can't be read."""
        content = self._read(image)
        suffix = next((suffix for start, end, suffix in (_JPEG, _PNG) if _is_whole(content, start, end)), None)
        if not self._makes and suffix is not None:
            return Picture(_stem(image) + suffix, content)
        seen = self._seen(image, content)
        file = BytesIO()
        if not self._makes:  # of an older tool: neither JPEG nor PNG, and no loader's
            seen.save(file, "PNG")
            return Picture(f"{_stem(image)}.png", file.getvalue())
        seen.save(file, "JPEG", quality=self._quality, comment=b"")
        return Picture(f"{_stem(image)}.jpg", file.getvalue())

    def content(self, image: str) -> bytes:
        """Its file. Raise PictureError where it can't be read."""
        return self._read(image)

    def array(self, image: str, content: bytes) -> NDArray[np.uint8]:
        """Its pixels: (height, width, 3), or (height, width) in grey. Raise PictureError where it can't be read."""
        return np.asarray(self._seen(image, content))

    def size(self, image: str) -> tuple[int, int]:
        """Its (width, height) as it goes out. Raise PictureError where it can't be read."""
        try:
            with Image.open(BytesIO(self._read(image))) as picture:
                return self._form.size_of(*picture.size)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise self._error(image, f"can't be read ({error})") from error

    def _seen(self, image: str, content: bytes) -> Image.Image:
        try:
            return self._form.seen(BytesIO(content))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise self._error(image, f"can't be read ({error})") from error

    def _read(self, image: str) -> bytes:
        try:
            content = _content_of(self._base + image) if self._is_here else (self._folder / image).read_bytes()
        except FileNotFoundError as error:
            raise self._error(image, "is gone") from error
        except OSError as error:
            if not self._is_here:
                raise  # the way there is broken, which no other picture will be better for
            raise self._error(image, f"can't be read ({error.strerror or error})") from error
        if content.startswith(_JPEG[0]) and _HOLE in content:  # which decoders fill with grey, and don't tell
            raise self._error(image, "has a hole: a part of it was never written")
        return content

    def _error(self, image: str, what: str) -> PictureError:
        folder, number = self._take.folder, _stem(image).rpartition("_")[2].lstrip("0") or "0"
        return PictureError(
            f"the picture {image} {what}: put it back, or leave it out with "
            f"`{PROGRAM} discard {folder} {self._take.number:02d}:{number}`, and run the same command again"
        )


def _content_of(path: str) -> bytes:
    file = os.open(path, _HOW_TO_OPEN)
    try:
        told = os.fstat(file)
        if not stat.S_ISREG(told.st_mode):
            raise OSError(0, "it is no file")
        return os.read(file, told.st_size)
    finally:
        os.close(file)


def _is_whole(content: bytes, start: bytes, end: bytes) -> bool:
    return content.startswith(start) and content.endswith(end) and len(content) > len(start + end)


def _stem(image: str) -> str:
    return image.rpartition(".")[0]
