"""From raw grabbed pixels to a JPEG file."""

import errno
import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageFile

from ...strip.rect import Rect

_PIXEL = 4
_END = b"\xff\xd9"
_LARGEST_WRITE = 16 << 20
# Mid grey, B G R X: a colour with no meaning to whoever learns from the pictures.
_MASK_PIXEL = bytes((128, 128, 128, 255))
_UNWATCHED = nullcontext()


@dataclass(frozen=True)
class JpegOptions:
    """How a picture is saved."""

    size: tuple[int, int]
    quality: int
    subsampling: str  # as Pillow names it: "4:2:0", "4:2:2", "4:4:4"


def write_pictures_in_one_piece() -> None:
    """Have Pillow hand a picture to the system in one write, in this whole process.

    Of several writes one in the middle could be cut short by a full disk, and nobody would notice.
    """
    ImageFile.MAXBLOCK = _LARGEST_WRITE


def warm_up() -> None:
    """Do once what the first picture of a process would wait for."""
    size = (16, 16)
    image = _rgb(bytearray(size[0] * size[1] * _PIXEL), size, size)
    image.save(BytesIO(), "JPEG", quality=90, subsampling="4:2:0", comment=b"{}")


def save_jpeg(
    path: Path,
    pixels: bytearray,
    size: tuple[int, int],
    options: JpegOptions,
    comment: bytes,
    converting: AbstractContextManager[None] = _UNWATCHED,
) -> int:
    """Write the picture to `path`. Returns the size of the file. Raise OSError where the disk refuses.

    What needs the processor only, and no disk, is done inside `converting`.

    It goes to a real file, not to memory first: only then does Pillow let go of the interpreter lock while it
    encodes. The file is closed when this returns, and whole: Pillow takes a write that a full disk cut short for
    a complete one, so the end of the picture is looked at.
    """
    with converting:
        image = _rgb(pixels, size, options.size)
    with path.open("w+b") as file:
        image.save(file, "JPEG", quality=options.quality, subsampling=options.subsampling, comment=comment)
        file.seek(-len(_END), os.SEEK_END)
        if file.read() != _END:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return file.tell()


def paint_over(pixels: bytearray, width: int, rect: Rect) -> None:
    """Cover the rectangle, which lies inside the picture, with one flat colour."""
    line = _MASK_PIXEL * rect.width
    stride = width * _PIXEL
    first = rect.top * stride + rect.left * _PIXEL
    with memoryview(pixels) as view:  # to fill a slice of a bytearray takes three times as long
        for at in range(first, first + rect.height * stride, stride):
            view[at : at + len(line)] = line


def _rgb(pixels: bytearray, size: tuple[int, int], saved: tuple[int, int]) -> Image.Image:
    """The picture in RGB and in the size it is saved in."""
    factor = min(size[0] // saved[0], size[1] // saved[1])
    if factor >= 2:
        # Averaging whole blocks first is several times cheaper than converting and resampling every pixel. The
        # view calls blue red, which an average doesn't mind; the conversion puts it right.
        reduced = Image.frombuffer("RGBX", size, pixels, "raw", "RGBX", 0, 1).reduce(factor)
        size = reduced.size
        image = Image.frombuffer("RGB", size, reduced.tobytes(), "raw", "BGRX", 0, 1)
    else:
        image = Image.frombuffer("RGB", size, pixels, "raw", "BGRX", 0, 1)
    if size != saved:
        image = image.resize(saved, Image.Resampling.BILINEAR)
    return image
