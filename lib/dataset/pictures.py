"""From a saved picture to the array that a network sees, decoding no more of it than that needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import UserError
from ..recordings.levels import in_eight_bits
from .options import OptionError

# left, top, width, height in pixels of the saved picture.
Box = tuple[int, int, int, int]

_GREY = 128


def _are_whole(numbers: object, count: int) -> bool:
    """Whether these are so many whole numbers: what comes from a caller may be anything."""
    if not isinstance(numbers, tuple | list):
        return False
    return len(numbers) == count and all(isinstance(number, Integral) for number in numbers)


class PictureError(UserError):
    """A picture of the set can't be read. The message names it, for the user."""


@dataclass(frozen=True)
class PictureForm:
    """How pictures are seen."""

    size: tuple[int, int] | None  # width, height; None: as large as what is seen of it
    crop: Box | None = None  # None: the whole picture
    masks: Sequence[Box] = ()  # what is painted grey: the panel, what tells the label
    is_grey: bool = False
    # The decoder leaves out detail until a picture is this many times as large as `size`. At 1 that is fastest and
    # moves pixels by 1 of 255 on average; at 2 and more a real filter makes the last step.
    spare: int = 1

    def __post_init__(self) -> None:
        """Raise OptionError where a size is none."""
        for box in (self.crop, *self.masks):
            if box is not None and not (_are_whole(box, 4) and min(box[2:]) >= 1):
                raise OptionError(f"{box} is no box: left, top, width, height in pixels")
        if self.size is not None and not (_are_whole(self.size, 2) and min(self.size) >= 1):
            raise OptionError(f"{self.size} is no size: width and height in pixels")

    def load(self, path: Path) -> NDArray[np.uint8]:
        """(height, width, 3), or (height, width, 1) in grey.

        Raise PictureError where the picture can't be read, OptionError where a box is none of this picture's.
        """
        try:
            return self._load(path)
        except OptionError as error:
            raise OptionError(f"{path}: {error}") from error
        except FileNotFoundError as error:
            raise PictureError(
                f"the picture {path} is gone: put it back, or make the sets again with `split`; where the pictures "
                "moved, the sets must move with them"
            ) from error
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise PictureError(
                f"the picture {path} can't be read ({error}): `check --decode` finds all such, `discard` leaves them "
                "out, then make the sets again with `split`"
            ) from error

    def _load(self, path: Path) -> NDArray[np.uint8]:
        # An array of one's own: torch warns of those that can't be written to.
        array: NDArray[np.uint8] = np.array(self.seen(path))
        return array[..., None] if self.is_grey else array

    def size_of(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) in this form of a saved picture that has these. Raise OptionError as `seen` does."""
        self._refuse_boxes_outside((width, height))
        if self.size is not None:
            return self.size
        return self.crop[2:] if self.crop is not None else (width, height)

    def _refuse_boxes_outside(self, whole: tuple[int, int]) -> None:
        """Raise OptionError where the crop is not in the picture, or a mask would cover nothing of it."""
        if self.crop is not None:
            left, top, width, height = self.crop
            if min(left, top) < 0 or left + width > whole[0] or top + height > whole[1]:
                raise OptionError(f"the crop {_listed(self.crop)} reaches beyond pictures of {whole[0]}x{whole[1]}")
        for mask in self.masks:
            left, top, width, height = mask
            if left >= whole[0] or top >= whole[1] or left + width <= 0 or top + height <= 0:
                raise OptionError(f"the mask {_listed(mask)} lies outside pictures of {whole[0]}x{whole[1]}")

    def seen(self, file: Path | IO[bytes]) -> Image.Image:
        """The picture in this form, in RGB or in grey. Raise what Pillow raises where it can't be read.

        Raise OptionError where a box is none of this picture's.
        """
        mode = "L" if self.is_grey else "RGB"
        with Image.open(file) as picture:
            whole = picture.size
            self._refuse_boxes_outside(whole)
            left, top, width, height = self.crop or (0, 0, *whole)
            if self.size is not None:
                # The decoder leaves out what a smaller picture doesn't show: a fraction of the time.
                wanted = self.size[0] * self.spare, self.size[1] * self.spare
                picture.draft(mode, (_scaled(whole[0], wanted[0], width), _scaled(whole[1], wanted[1], height)))
            image = in_eight_bits(picture).convert(mode)
        across, down = image.size[0] / whole[0], image.size[1] / whole[1]
        for box in self.masks:
            _paint(image, box, across, down)
        seen = (left * across, top * down, (left + width) * across, (top + height) * down)
        seen = (max(0.0, seen[0]), max(0.0, seen[1]), min(image.size[0], seen[2]), min(image.size[1], seen[3]))
        if self.size is None:
            return image.crop(tuple(map(int, seen))) if self.crop is not None else image  # type: ignore[arg-type]
        # Halving first where that is enough costs a third less, and moves no pixel by more than 2 of 255.
        return image.resize(self.size, Image.Resampling.BILINEAR, box=seen, reducing_gap=float(self.spare))


def _listed(box: Box) -> str:
    return ",".join(map(str, box))


def _scaled(whole: int, wanted: int, seen: int) -> int:
    """So many pixels must the whole have that what is seen of it still has the wanted ones."""
    return max(1, -(-whole * wanted // seen))


def _paint(image: Image.Image, box: Box, across: float, down: float) -> None:
    left, top, width, height = box
    colour: Any = _GREY if image.mode == "L" else (_GREY, _GREY, _GREY)
    image.paste(
        colour,
        (int(left * across), int(top * down), -int(-(left + width) * across // 1), -int(-(top + height) * down // 1)),
    )
