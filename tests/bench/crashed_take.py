"""A take as a recorder leaves it that is killed late in a long drive."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from lib.captures.names import DATA_FILE, picture_name, ticks_file_name
from lib.captures.row import row_bytes, row_of
from lib.captures.take_file import Safe, write_description
from lib.captures.ticks import TICK_HEADER, TickLine, tick_line
from lib.captures.vocabulary import Ended, Outcome, PairedBy
from lib.link.sample import Sample
from lib.recorder.picture import Picture
from lib.recorder.saving.encode import JpegOptions, save_jpeg
from lib.recorder.saving.frame import TakeFiles
from lib.recorder.take import Take
from tests.environment import ROOT
from tests.unit.samples import sample

_SIZE = (64, 36)
_OPTIONS = JpegOptions(_SIZE, 90, "4:2:0")
_LINKS = 30_000  # a file system lets one file have only so many names


def make_crashed_take(captures: Path, pictures: int, behind: int) -> None:
    """A take as a recorder leaves it that is killed: the last `behind` pictures are not synced, and have no tick lines.

    Pictures that are synced are all one: nobody has to look at them.
    """
    files = TakeFiles.of(captures, 1)
    safe = pictures - behind
    physics, graphics = _pages()
    made = sample(1, steer=-161.909027, gas=0.123456789, physics=physics, graphics=graphics)
    grabbed = (1.0, 1.004)
    for frame in range(safe + 1, pictures + 1):
        _save(captures / picture_name(1, frame), made._replace(tick=frame), grabbed, files)
    source = captures / picture_name(1, safe + 1)
    for frame in range(1, safe + 1):
        if frame % _LINKS == 1:
            first = captures / picture_name(1, frame)
            shutil.copyfile(source, first)
        else:
            os.link(first, captures / picture_name(1, frame))
    _write_rows(captures, made, pictures)
    _write_ticks(captures, made, safe, grabbed)
    take = Take(1, files, {"car": "ks_double"})
    take.frames_saved = safe
    description = take.describe(Ended.OPEN, {})
    rows_end = (captures / DATA_FILE).stat().st_size // pictures * safe
    ticks_end = (captures / ticks_file_name(1)).stat().st_size
    description.safe = Safe(safe, rows_end, ticks_end, {Outcome.SAVED: safe}).content()
    write_description(captures, description)


def _save(path: Path, made: Sample, grabbed: tuple[float, float], files: TakeFiles) -> None:
    picture = Picture(made, bytearray(_SIZE[0] * _SIZE[1] * 4), _SIZE, grabbed, PairedBy.STRIP, None, _OPTIONS)
    frame = picture.frame(files, path.name)
    save_jpeg(path, frame.pixels, _SIZE, _OPTIONS, frame.comment)


def _write_rows(captures: Path, made: Sample, pictures: int) -> None:
    row = row_bytes(row_of("", made))
    with (captures / DATA_FILE).open("wb") as file:
        file.writelines(picture_name(1, frame).encode() + row for frame in range(1, pictures + 1))


def _write_ticks(captures: Path, made: Sample, safe: int, grabbed: tuple[float, float]) -> None:
    line = tick_line(TickLine(1, made, Outcome.SAVED, "IMAGE", grabbed, PairedBy.STRIP))
    _, _, values = line.partition(",")
    with (captures / ticks_file_name(1)).open("w", encoding="ascii", newline="\n") as file:
        file.write(TICK_HEADER)
        for frame in range(1, safe + 1):
            file.write(f"{frame},{values.replace('IMAGE', picture_name(1, frame))}")


def _pages() -> tuple[bytes, bytes]:
    """The pages as the game gave them."""
    content = json.loads((ROOT / "tests" / "data" / "pages_1.16.4.json").read_text(encoding="utf-8"))["pages"]
    return bytes.fromhex(content["physics"]), bytes.fromhex(content["graphics"])
