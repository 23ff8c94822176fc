"""Small copies of pictures that stand inside the page itself, so that it can be handed on alone."""

import base64
import io
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from ..captures.names import picture_name
from ..progress import Progress, no_progress
from ..recordings import Recordings
from ..recordings.levels import in_eight_bits
from .columns import Columns

_WIDTH = 320
_QUALITY = 60
# With base64 they become a third larger; the page's limit is 30 MB, and 5 of them are Plotly's.
_MOST_BYTES = 9_000_000
_MOST_PICTURES = 1500
# More pixels than any screen has: not decoded, because it could be made to fill the memory.
_MOST_PIXELS = 1 << 27


@dataclass
class Embedded:
    """Pictures with the index of each among the columns."""

    pictures: list[tuple[int, bytes]]
    unreadable: int

    def content(self) -> dict[str, Any]:
        """For the page: one behind the other, and where each ends."""
        return {
            "at": [index for index, _ in self.pictures],
            "ends": list(accumulate(len(picture) for _, picture in self.pictures)),
            "data": base64.b64encode(b"".join(picture for _, picture in self.pictures)).decode("ascii"),
        }


def embed(
    recordings: Recordings, columns: Columns, progress: Progress = no_progress, most_bytes: int = _MOST_BYTES
) -> Embedded:
    """Evenly spread pictures of the columns; so many of them as stay within the limits."""
    found = Embedded([], 0)
    every = max(1, -(-len(columns) // _MOST_PICTURES))
    size = 0
    for index, path in enumerate(_paths(recordings, columns)):
        if index % every:
            continue
        progress("pictures taken in", index, len(columns))
        small = _small(path)
        if small is None:
            found.unreadable += 1
            continue
        found.pictures.append((index, small))
        size += len(small)
        while size > most_bytes and len(found.pictures) > 1:
            every *= 2
            found.pictures = [one for one in found.pictures if one[0] % every == 0]
            size = sum(len(picture) for _, picture in found.pictures)
    progress("pictures taken in", len(columns), len(columns))
    return found


def _paths(recordings: Recordings, columns: Columns) -> list[Path]:
    paths = []
    for at, take in enumerate(recordings.takes):
        others = columns.other_names[at]
        for index, frame in enumerate(columns.of_take(at, "frame")):
            paths.append(take.folder.path / (others.get(index) or picture_name(take.number, int(frame))))
    return paths


def _small(path: Path) -> bytes | None:
    """None where it can't be read."""
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            picture.draft("RGB", (_WIDTH, _WIDTH))
            small = in_eight_bits(ImageOps.exif_transpose(picture)).convert("RGB")
        small.thumbnail((_WIDTH, _WIDTH * 4))
        target = io.BytesIO()
        small.save(target, "JPEG", quality=_QUALITY)
        return target.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
