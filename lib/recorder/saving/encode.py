"""From raw grabbed pixels to a JPEG file."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFile

from .geometry import Rect

_PIXEL = 4
_END = b"\xff\xd9"
# A picture goes to the system in one write, as long as it is not larger than this. Of several writes one in the
# middle could be cut short, and nobody would notice.
ImageFile.MAXBLOCK = 16 << 20
# Mid grey, B G R X: a colour with no meaning to whoever learns from the pictures.
_MASK_PIXEL = bytes((128, 128, 128, 255))


@dataclass(frozen=True)
class JpegOptions:
    """How a picture is saved."""

    size: tuple[int, int]
    quality: int
    subsampling: str  # as Pillow names it: "4:2:0", "4:2:2", "4:4:4"


def save_jpeg(path: Path, pixels: bytearray, size: tuple[int, int], options: JpegOptions, comment: bytes) -> None:
    """Write the picture to `path`. Raise OSError where the disk refuses.

    It goes to a real file, not to memory first: only then does Pillow let go of the interpreter lock while it
    encodes. The file is closed when this returns, and whole: Pillow takes a write that a full disk cut short for
    a complete one, so the end of the picture is looked at.
    """
    image = _rgb(pixels, size, options.size)
    with path.open("w+b") as file:
        image.save(file, "JPEG", quality=options.quality, subsampling=options.subsampling, comment=comment)
        file.seek(-len(_END), os.SEEK_END)
        if file.read() != _END:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))


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
