"""Reads the sync strip from saved pictures: anyone can verify the pairing of a recording made without the mask."""

from PIL import Image

from .read import StripReader


class JpegStripReader:
    """Reads the strips of one session, told apart by its key, from its pictures in turn."""

    def __init__(self, key: int) -> None:
        self._reader = StripReader(key, thorough=True)

    def tick(self, picture: Image.Image) -> int | None:
        """The tick that the picture shows; None where the panel is masked, closed or covered, or too small to read."""
        reading = self._reader.read(picture.convert("RGB").tobytes("raw", "BGRX"), *picture.size)
        return None if reading is None else reading.tick
