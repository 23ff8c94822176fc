"""Reads the sync strip from saved pictures: anyone can verify the pairing of a recording made without the mask.

JPEG moves the strip's colours away from their exact values. They are put back to the nearest of none, half and
full before the recorder's reader looks at them; the check value still decides.
"""

from PIL import Image

from ..recorder.strip import StripReader

_NONE_BELOW, _FULL_ABOVE = 96, 160
_SNAP = [0 if value < _NONE_BELOW else 255 if value > _FULL_ABOVE else 128 for value in range(256)]


class JpegStripReader:
    """Reads the strips of one session, told apart by its key, from its pictures in turn."""

    def __init__(self, key: int) -> None:
        self._reader = StripReader(key, thorough=True)

    def tick(self, picture: Image.Image) -> int | None:
        """The tick that the picture shows; None where the panel is masked, closed or covered, or too small to read."""
        snapped = picture.convert("RGB").point(_SNAP * 3)
        reading = self._reader.read(snapped.tobytes("raw", "BGRX"), *snapped.size)
        return None if reading is None else reading.tick
