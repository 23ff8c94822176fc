"""A captures folder as a recorder leaves it, made quickly: real JPEGs of a road that moves, with rows and ticks."""

import math
import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from lib.captures.comment import comment_of
from lib.captures.names import picture_name, ticks_file_name
from lib.captures.row import row_bytes, row_of
from lib.captures.take_file import TakeDescription, write_description
from lib.captures.ticks import TICK_HEADER, TickLine, tick_line
from lib.captures.vocabulary import Ended, Outcome, PairedBy
from lib.link.sample import Sample
from tests.unit.samples import sample

RATE = 20
FRAMES = 320
SIZE = (160, 96)
KEY = 4711
_LAP_SECONDS = 12.0
_FIRST_TICK = 1000

Change = Callable[[int, Sample], Sample]
Paint = Callable[[int, Path, bytes], None]  # frame, file, and the comment that the picture carries


def drive_sample(frame: int, take: int = 1) -> Sample:
    """What the game says at the tick that a frame shows."""
    seconds = frame / RATE
    lap_time = seconds % _LAP_SECONDS
    return sample(
        _FIRST_TICK + frame,
        take=take,
        time=100 + seconds,
        game_time=seconds,
        gas=0.5 + 0.4 * math.sin(seconds),
        brake=max(0.0, 0.5 * math.sin(seconds / 2)),
        clutch=1.0,
        steer=90 * math.sin(seconds / 3) + math.sin(7 * seconds),
        acc_lateral=math.sin(seconds / 3),
        acc_longitudinal=math.cos(seconds),
        speed_mph=70 + 20 * math.sin(seconds / 5),
        spline_position=lap_time / _LAP_SECONDS,
        lap_count=int(seconds / _LAP_SECONDS),
        lap_time_ms=round(1000 * lap_time),
    )


def road() -> Image.Image:
    """Something that looks different wherever one stands."""
    random.seed(5)
    small = Image.frombytes("RGB", (400, 30), random.randbytes(400 * 30 * 3))
    return small.resize((400 * 16, 30 * 16), Image.Resampling.BILINEAR)


def painter() -> Paint:
    """Paints a road that moves by."""
    scene = road()

    def paint(frame: int, path: Path, comment: bytes) -> None:
        left = 18 * frame % (scene.width - SIZE[0])
        picture = scene.crop((left, 60, left + SIZE[0], 60 + SIZE[1]))
        picture.save(path, quality=80, comment=comment)

    return paint


def make_drive(
    folder: Path,
    frames: int = FRAMES,
    take: int = 1,
    said: Change = lambda frame, told: told,
    paint: Paint | None = None,
) -> Path:
    """The take, whole and clean. `said` changes what the game says at a frame, `paint` makes other pictures."""
    folder.mkdir(exist_ok=True)
    paint = paint or painter()
    rows, ticks = [], [TICK_HEADER]
    for frame in range(1, frames + 1):
        told = said(frame, drive_sample(frame, take))
        name = picture_name(take, frame)
        row = row_of(name, told)
        rows.append(row_bytes(row))
        paint(frame, folder / name, comment_of(row, told, (1.0, 1.1), PairedBy.STRIP, f"{take:032x}"))
        ticks.append(tick_line(TickLine(told.tick, told, Outcome.SAVED, name, (1.0, 1.1), PairedBy.STRIP)))
    with (folder / "data.csv").open("ab") as file:
        file.write(b"".join(rows))
    (folder / ticks_file_name(take)).write_text("".join(ticks), encoding="utf-8", newline="\n")
    write_description(folder, describe(take, frames))
    return folder


def describe(take: int, frames: int) -> TakeDescription:
    """As the recorder closes it."""
    facts = {"car": "ks_double", "track": "ks_loop", "strip_key": KEY, "settings": {"SYNC.MASK_PANEL": 1}}
    return TakeDescription(
        take,
        take_id=f"{take:032x}",
        facts=facts,
        started_utc=f"2026-11-25T10:{take:02d}:00.000Z",
        how_it_ended=Ended.STOPPED,
        frames_saved=frames,
        synced=True,
    )
