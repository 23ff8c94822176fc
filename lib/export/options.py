"""What `export` is asked for. The same options and recordings make the same bytes, on one machine or on many."""

import math
from dataclasses import dataclass
from typing import Any

from ..dataset.options import OptionError
from ..dataset.pictures import Box

# As good as what is recorded: the default of the app's QUALITY.
QUALITY = 90
# Folders of more files than that are slow everywhere, and the Hugging Face Hub refuses them.
MOST_IN_A_PART = 9_999


@dataclass(frozen=True)
class ExportOptions:
    """How the recordings go out."""

    fps: float | None = None  # pictures a second of game time; None: every picture there is
    size: tuple[int, int] | None = None  # width, height
    crop: Box | None = None  # in pixels of the saved picture, as the masks
    masks: tuple[Box, ...] = ()
    grey: bool = False
    quality: int | None = None  # of JPEGs that are made anew, and of films; None: what each has by default
    columns: tuple[str, ...] = ()  # (): those of a set
    unproven: bool = False  # also pictures of which nothing proves the tick
    driver_name: bool = False
    licence: str = ""  # an SPDX name, for the card
    part: int | None = None  # the most pictures in a file or folder; None: what the format likes best
    overlay: bool = False  # films show pedals, wheel, speed and delta
    steering_lock: float | None = None  # degrees that LeRobot's action calls 1; None: the largest of the training rows

    def __post_init__(self) -> None:
        """Raise OptionError where a value makes no sense."""
        if self.fps is not None and not 0 < self.fps <= 1000:
            raise OptionError(f"--fps {self.fps:g}: more than 0 and at most 1000 pictures a second")
        if self.size is not None and not all(0 < side <= 65_500 for side in self.size):
            raise OptionError(f"--size {self.size[0]} {self.size[1]}: width and height, from 1 to 65500 pixels")
        for name, box in (("crop", self.crop), *(("mask", box) for box in self.masks)):
            if box is not None and (min(box[2:]) < 1 or min(box) < 0):
                raise OptionError(f"--{name} {','.join(map(str, box))}: left, top, width, height in pixels")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise OptionError(f"--quality {self.quality}: from 1 to 100")
        if self.part is not None and not 1 <= self.part <= MOST_IN_A_PART:
            raise OptionError(f"--part {self.part}: from 1 to {MOST_IN_A_PART} pictures")
        if self.steering_lock is not None and not 0 < self.steering_lock < math.inf:
            raise OptionError(f"--steering-lock {self.steering_lock:g}: degrees above 0, or found")

    @property
    def makes_pictures(self) -> bool:
        """Whether pictures are decoded and made anew, instead of going out with the bytes that they have."""
        return self.size is not None or self.crop is not None or bool(self.masks) or self.grey or bool(self.quality)

    def content(self) -> dict[str, Any]:
        """What decides the bytes that come out, as it stands in export.json. Its keys are the options' names."""
        return {
            "fps": self.fps,
            "size": list(self.size) if self.size else None,
            "crop": list(self.crop) if self.crop else None,
            "mask": [list(box) for box in self.masks],
            "grey": self.grey,
            "quality": self.quality,
            "columns": list(self.columns),
            "unproven": self.unproven,
            "driver-name": self.driver_name,
            "licence": self.licence,
            "part": self.part,
            "overlay": self.overlay,
            "steering-lock": self.steering_lock,
        }
