"""H.264 films that are the same bytes on every machine with the same PyAV: libx264 in one thread a film.

Many films at once use all cores. H.264 stores colours for blocks of 2x2 pixels, so a picture of odd width or height
gets its last column or row once more: 1279x719 becomes 1280x720, and no pixel is lost or moved.
"""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

CODEC = "h264"
PIXELS = "yuv420p"
# Random access needs no more than one other picture to be decoded.
GOP_FOR_TRAINING = 2
# A fifth of the bytes, for watching.
GOP_FOR_WATCHING = 30
# 0 is without loss, 51 the worst; with this and GOP_FOR_TRAINING a third of a JPEG of quality 75, equally good.
_CRF, _QUALITY = 23, 75
PRESET = "veryfast"
# What x264 weighs ahead of time (its "macroblock tree") differs a little from run to run, on the same pictures.
STEADY = "mbtree=0:rc-lookahead=0:scenecut=0"

# The numbers that H.264 has for them. Said in the film, because players guess: by its size, and not all the same.
_BT601, _BT709 = 6, 1


def crf_of(quality: int | None) -> int:
    """What stands for --quality in H.264; without it what is as good as a JPEG of 75."""
    return _CRF if quality is None else min(51, round(_CRF - (quality - _QUALITY) * 0.4))


def film_size(width: int, height: int) -> tuple[int, int]:
    """(width, height) of a film of such pictures."""
    return width + width % 2, height + height % 2


def frame_of(picture: NDArray[np.uint8]) -> VideoFrame:
    """A picture, (height, width, 3), as films take it."""
    shown = VideoFrame.from_ndarray(_even(picture), format="rgb24")
    return shown.reformat(format=PIXELS, dst_colorspace=Colorspace.ITU601)


def small_picture(frame: VideoFrame, across: int) -> NDArray[np.uint8]:
    """What a reader gets of it, made smaller: (height, width, 3), none of both more than `across`."""
    share = min(1.0, across / max(frame.width, frame.height))
    size = max(1, round(frame.width * share)), max(1, round(frame.height * share))
    return frame.reformat(*size, format="rgb24", src_colorspace=Colorspace.ITU601).to_ndarray().astype(np.uint8)


class JpegDecoder:
    """JPEGs as films take them, without a way through red, green and blue: a third of the time, and no colour is lost.

    It says nothing of a file that is no plain JPEG, or damaged: whoever has the better words for it decodes that one.
    """

    def __init__(self) -> None:
        self._context: Any = av.CodecContext.create("mjpeg", "r")
        self._context.thread_count = 1
        self._context.options = {"err_detect": "explode"}

    def frame(self, content: bytes) -> VideoFrame | None:
        """The picture; None where it isn't a whole JPEG in colour of an even size."""
        if not (content.startswith(b"\xff\xd8") and content.endswith(b"\xff\xd9")):
            return None
        try:
            frames = self._context.decode(av.Packet(content))
        except (OSError, ValueError):  # FFmpeg's errors are of both kinds
            return None
        frame = frames[0] if len(frames) == 1 else None
        if frame is None or frame.format.name not in _IN_COLOUR or frame.width % 2 or frame.height % 2:
            return None
        made: VideoFrame = frame.reformat(
            format=PIXELS,
            src_colorspace=Colorspace.ITU601,
            dst_colorspace=Colorspace.ITU601,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
        )
        return made


class Film:
    """One film while it is written. Before it is closed it is no whole file."""

    def __init__(
        self, path: Path, size: tuple[int, int], *, time_base: Fraction, gop: int, crf: int = _CRF, last: int = 1
    ) -> None:
        """`size` is (width, height) of the pictures; the last of them is shown for `last` steps of `time_base`.

        The file may have a name of bytes that are no UTF-8: it is opened here, not by FFmpeg.
        """
        self._file = path.open("wb")
        self.size = size
        self._time_base = time_base
        self._last = last
        self._container: Any = av.open(self._file, "w", format="mp4", options=_ONLY_WHAT_IS_TOLD)
        stream: Any = self._container.add_stream("libx264", rate=1 / time_base)
        stream.width, stream.height = film_size(*size)
        stream.pix_fmt = PIXELS
        stream.time_base = time_base
        # Without pictures that refer to later ones, and with one thread: nothing depends on the machine.
        stream.options = {"preset": PRESET, "crf": str(crf), "bf": "0", "threads": "1", "x264-params": STEADY}
        context = stream.codec_context
        context.time_base = time_base
        context.gop_size = gop
        context.thread_count = 1
        context.colorspace, context.color_primaries, context.color_trc = _BT601, _BT709, _BT709
        context.color_range = 1  # 16 to 235, as players expect it
        self._stream = stream

    def add(self, frame: VideoFrame, at: int) -> None:
        """The next picture, shown from `at` on, in steps of `time_base`."""
        if (frame.width, frame.height) != film_size(*self.size):
            raise ValueError(f"a picture of {frame.width}x{frame.height} in a film of {self.size}")
        frame.pts, frame.time_base = at, self._time_base
        self._mux(frame)

    def close(self) -> None:
        """Write what is left. The file is whole then."""
        self._mux(None)
        self._container.close()
        self._file.close()

    def abandon(self) -> None:
        """Let go of the file, which is not whole."""
        with contextlib.suppress(OSError):
            self._container.close()
        self._file.close()

    def _mux(self, frame: VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            packet.duration = self._last  # counts for the last one: the others end where the next begins
            self._container.mux(packet)


# As JPEGs of cameras, games and photographs are.
_IN_COLOUR = ("yuvj420p", "yuvj422p", "yuvj444p")
# FFmpeg writes its version into films, and the time unless told not to.
_ONLY_WHAT_IS_TOLD = {"fflags": "+bitexact", "movflags": "+faststart"}


def _even(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    if width % 2 or height % 2:
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(picture)
