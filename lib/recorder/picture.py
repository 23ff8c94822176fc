"""What the camera hands over, and how it becomes a frame on its way to the disk."""

from typing import NamedTuple

from ..captures.comment import comment_of
from ..captures.row import row_bytes, row_of
from ..captures.vocabulary import Outcome, PairedBy
from ..link.sample import Sample
from ..strip.rect import Rect
from .pairing.pairing import Pair
from .saving.encode import JpegOptions
from .saving.frame import Frame, TakeFiles


class Clues(NamedTuple):
    """What was seen when a picture was grabbed, of what can be judged a tick later only."""

    pair: Pair
    panel: Rect | None  # where the strip says that the panel is; None where no strip was read
    game: Rect  # where the game's window is in the picture


class Picture(NamedTuple):
    """A grabbed picture that is to be saved."""

    sample: Sample  # of the tick that it shows
    pixels: bytearray  # rows from the top, four bytes B G R X for each pixel
    size: tuple[int, int]
    grabbed: tuple[float, float]  # start and end of the grab, on the game's clock where that is known
    paired_by: PairedBy
    mask: Rect | None  # what of it is covered before it is saved
    options: JpegOptions
    clues: Clues | None = None  # what decides on `paired_by` and `mask`, as long as they are not decided

    @property
    def known_at(self) -> int:
        """The tick that tells the last of what must be known before it is saved."""
        return self.clues.pair.known_at if self.clues is not None else 0

    def frame(self, files: TakeFiles, name: str) -> Frame:
        """The picture under its name in the take with these files."""
        row = row_of(name, self.sample)
        return Frame(
            take=files,
            tick=self.sample.tick,
            name=name,
            pixels=self.pixels,
            size=self.size,
            mask=self.mask,
            options=self.options,
            comment=comment_of(row, self.sample, self.grabbed, self.paired_by, files.take_id),
            row=row_bytes(row),
        )


class Shot(NamedTuple):
    """What came of a try to make a picture while a tick was the newest."""

    outcome: Outcome  # of that tick, unless it is shown later on
    picture: Picture | None = None
    torn_tick: int = 0  # the tick of a picture that was torn, and is not to be saved; 0: none was
