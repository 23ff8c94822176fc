"""What a format is: how a part becomes files, and what is written once all parts are there."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from .options import ExportOptions
from .parts import Part, PartResult, Plan, Written
from .store import Store


class Format(ABC):
    """One of the formats. Its object is made anew in each process and holds nothing."""

    name: str
    needs: tuple[str, ...] = ("numpy", "pyarrow")  # modules of the extras, as they are imported
    pictures_a_part = 2_500  # the most, where nobody asks for another number
    keeps_laps = False  # a part ends only where a lap does
    own_options: tuple[str, ...] = ()  # which of those that not every format looks at
    wants_one_size = False  # pictures of two sizes don't go into one export
    default_fps: float | None = None  # what wants a constant rate has at most this one, where no --fps is given
    data_files = ""  # which files hold a {split}, or all of them, for the card; "" where the Hub reads no such format

    @abstractmethod
    def write(self, part: Part, frames: Any, options: ExportOptions, folder: Path) -> Written:
        """Write the files of this part below `folder`, under the names that they have below OUT.

        `frames` is an Arrow table: every column of `columns.known()` that the options ask for, and all of
        `columns.ALWAYS`. Raise PictureError where a picture can't be read; any other OSError is OUT's.
        """

    def refuse_sizes(  # noqa: B027 - most formats take any
        self, sizes: Mapping[str, tuple[int, int]], results: Iterable[PartResult]
    ) -> None:
        """Raise UserError where takes, by id, with pictures of these (width, height) can't go beside those `results`.

        Called before any of them is made.
        """

    def finish(  # noqa: B027 - most formats need nothing
        self, plan: Plan, results: Sequence[PartResult], options: ExportOptions, folder: Path, store: Store
    ) -> None:
        """Write what stands over all parts below `folder`; nothing, where the files of the parts say all.

        `results` are in the order of `plan.parts`; `store` reads what parts wrote. Called when no part is missing,
        and again, into a fresh folder, when parts were added.
        """


# By the name that --to takes: where it is. Imported when asked for, because one needs packages that others don't.
_FORMATS = {
    "imagefolder": ("imagefolder", "ImageFolder"),
    "lerobot": ("lerobot", "LeRobot"),
    "mp4": ("mp4", "Mp4"),
    "parquet": ("parquet", "Parquet"),
    "webdataset": ("webdataset", "WebDataset"),
}
NAMES = tuple(_FORMATS)


def format_of(name: str) -> Format:
    """The format that --to names."""
    module, kind = _FORMATS[name]
    return cast(Format, getattr(import_module(f".{module}", __package__), kind)())
