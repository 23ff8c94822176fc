"""The pictures of a part as a film takes them: in order, three channels, all of one size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ..dataset.pictures import PictureError
from .options import ExportOptions
from .parts import Part
from .pictures import Pictures
from .video import JpegDecoder, frame_of

_CHANNELS = 3

# (the picture, (height, width, 3), its place among the rows) -> what is to be seen of it
Drawn = Callable[[NDArray[np.uint8], int], NDArray[np.uint8]]


def film_pictures(
    part: Part, frames: Any, options: ExportOptions, draw: Drawn | None = None
) -> Iterator[tuple[VideoFrame, tuple[int, int]]]:
    """Each row's picture, ready for a film, and (width, height) of the first before they were made even.

    Raise PictureError where one can't be read or has another size.
    """
    pictures, decoder = Pictures(part.take, options), JpegDecoder()
    is_changed = bool(options.size or options.crop or options.masks or options.grey or draw)
    size: tuple[int, int] | None = None
    for at, image in enumerate(frames["image"].to_pylist()):
        content = pictures.content(image)
        frame = None if is_changed else decoder.frame(content)
        if frame is None:
            picture = pictures.array(image, content)
            if picture.ndim < _CHANNELS:
                picture = np.stack([picture] * _CHANNELS, axis=-1)
            if draw is not None:
                picture = draw(picture, at)
            own, frame = picture.shape[1::-1], frame_of(picture)
        else:
            own = frame.width, frame.height
        if size is None:
            size = own
        if size != own:
            raise PictureError(
                f"a film has pictures of one size: {image} of take {part.take.number:02d} has {own[0]}x{own[1]}, those "
                f"before it {size[0]}x{size[1]}; give --size W H"
            )
        yield frame, size
