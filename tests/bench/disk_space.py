"""Prints how many GB an hour of recording takes, by size, rate and quality: `python -m tests.bench.disk_space`.

The pictures are like photographs, of a game at 1920x1080, saved by the recorder's own encoder with their comments. The
lines of NN_ticks.csv at 60 ticks a second are in it, and what the files' last blocks leave unused is not.
"""

from __future__ import annotations

import json
import tempfile
from itertools import pairwise
from pathlib import Path

from lib.captures.comment import comment_of
from lib.captures.row import row_bytes, row_of
from lib.captures.ticks import TickLine, tick_line
from lib.captures.vocabulary import Outcome, PairedBy
from lib.link.sample import Sample
from lib.recorder.saving.encode import JpegOptions, save_jpeg
from tests.bench.photo import photo
from tests.environment import ROOT
from tests.unit.samples import sample

GAME = (1920, 1080)
SIZES = ((640, 360), (1280, 720), (1920, 1080))
RATES = (15, 30, 60)
QUALITIES = (75, 90)
TICKS_PER_SECOND = 60
_HOUR, _GB = 3600, 1e9


def a_sample() -> Sample:
    """One with the pages of the real game, and numbers as long as they are in a drive."""
    pages = json.loads((ROOT / "tests" / "data" / "pages_1.16.4.json").read_text(encoding="utf-8"))["pages"]
    numbers = {
        name: 0.1234567890123 + index
        for index, name in enumerate(Sample._fields)
        if name not in ("physics", "graphics") and index >= Sample._fields.index("time")
    }
    whole = {"lap_time_ms": 83_512, "last_lap_ms": 91_222, "best_lap_ms": 91_222}
    physics, graphics = (bytes.fromhex(pages[name]) for name in ("physics", "graphics"))
    return sample(123_456, physics=physics[:580], graphics=graphics[:296], **numbers, **whole)


def bytes_of(size: tuple[int, int], quality: int, folder: Path) -> int:
    """Of one picture with its row."""
    said = a_sample()
    row = row_of("01_000001.jpg", said)
    comment = comment_of(row, said, (12.345678, 12.356789), PairedBy.STRIP, "0f8fad5b-d9cb-469f-a165-70867728950e")
    pixels = bytearray(photo(*GAME).convert("RGBX").tobytes("raw", "BGRX"))
    saved = save_jpeg(folder / "picture.jpg", pixels, GAME, JpegOptions(size, quality, 420), comment)
    return saved + len(row_bytes(row))


def main() -> None:
    """Print the table as it stands in the README."""
    line = tick_line(
        TickLine(123_456, a_sample(), Outcome.SAVED, "01_000001.jpg", (12.345678, 12.356789), PairedBy.STRIP)
    )
    of_ticks = len(line) * TICKS_PER_SECOND
    print("| saved size | quality | " + " | ".join(f"{rate} per second" for rate in RATES) + " | one picture |")
    print("|---|---|" + "---|" * (len(RATES) + 1))
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            for quality in QUALITIES:
                picture = bytes_of(size, quality, Path(folder))
                hours = [(picture * rate + of_ticks) * _HOUR / _GB for rate in RATES]
                assert all(less < more for less, more in pairwise(hours))
                cells = " | ".join(f"{hour:.1f}" for hour in hours)
                print(f"| {size[0]}\u00d7{size[1]} | {quality} | {cells} | {picture / 1000:.0f} KB |")
    print(f"\nof it NN_ticks.csv: {of_ticks * _HOUR / _GB:.1f} GB an hour at {TICKS_PER_SECOND} ticks a second")


if __name__ == "__main__":
    main()
