"""Captures folders for tests of what mends them, as the recorder leaves them."""

import os
from pathlib import Path

from lib.captures.names import ticks_file_name
from lib.captures.take_file import write_description
from lib.captures.vocabulary import Ended, PairedBy
from lib.recorder.picture import Picture
from lib.recorder.saving.encode import JpegOptions, save_jpeg
from lib.recorder.saving.frame import TakeFiles
from lib.recorder.take import Take
from tests.unit.samples import sample

SIZE = (24, 16)
PIXELS = bytes(range(256)) * (SIZE[0] * SIZE[1] * 4 // 256)
OPTIONS = JpegOptions(SIZE, 90, "4:2:0")


def record(folder: Path, takes: int = 2, frames: int = 6, last_is_open: bool = False, first: int = 1) -> None:
    """A captures folder as the recorder leaves it."""
    rows = b""
    for number in range(first, first + takes):
        take = Take(number, TakeFiles.of(folder, number), {"car": "abarth500"})
        for tick in range(1, 2 * frames + 1):
            made = sample(tick, take=number, steer=tick / 3, gas=0.1)
            take.add(tick, made, 0.0)
            if tick % 2:
                grabbed = (tick / 60, tick / 60 + 0.004)
                picture = Picture(made, bytearray(PIXELS), SIZE, grabbed, PairedBy.STRIP, None, OPTIONS)
                frame = picture.frame(take.files, take.shown(picture))
                size = save_jpeg(folder / frame.name, frame.pixels, SIZE, OPTIONS, frame.comment)
                rows += frame.row
                take.stored(tick, True, True, size)
        take.settle(is_over=True)
        (folder / ticks_file_name(number)).write_text(take.take_lines())
        how = Ended.OPEN if last_is_open and number == first + takes - 1 else Ended.STOPPED
        write_description(folder, take.describe(how, {}))
    with (folder / "data.csv").open("ab") as file:
        file.write(rows)


def rows_of(folder: Path) -> list[bytes]:
    return (folder / "data.csv").read_bytes().split(b"\n")[:-1]


def assert_in_step(folder: Path) -> None:
    names = [row.split(b",")[0].decode() for row in rows_of(folder)]
    assert names == sorted(path.name for path in folder.glob("*.jpg"))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in the folder and below, but the lock."""
    found = {}
    for where, _, names in os.walk(folder):
        found.update({str(Path(where) / name): (Path(where) / name).read_bytes() for name in names if name != ".lock"})
    return found
