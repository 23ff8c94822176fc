"""Recordings for tests of films: each picture is another view of a photograph, so that a film tells which it shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from lib.captures.names import picture_key
from lib.captures.row import Row
from lib.recordings import Recordings
from tests.bench.photo import photo
from tests.unit.dataset.drives import MadeLap, MadeTake, record
from tests.unit.export.drives import change_rows

SIZE = (96, 64)
FPS = 30
_STEP = 7  # pixels from one picture to the next
_VIEWS = 150

LAPS = (
    MadeLap(0, 4, fps=FPS),
    MadeLap(1, 3, fps=FPS, off_at=1.0),
    MadeLap(2, 5, fps=FPS, pause=2.0),  # a hole in the middle of it
    MadeLap(3, 2, fps=FPS),
    MadeLap(4, 0.5, fps=FPS),
)


def film_drive(
    folder: Path, takes: Sequence[MadeTake] = (MadeTake(LAPS),), size: tuple[int, int] = SIZE, first: int = 1
) -> Path:
    """Takes with a picture for each row, and rows in which every number moves."""
    record(folder, takes, first)
    change_rows(folder, _moved)
    whole = photo(size[0] + _STEP * _VIEWS, size[1])
    for take in Recordings(folder).takes:
        for frame in take.frames():
            if not frame.path.exists():
                left = _STEP * ((frame.number + 40 * take.number) % _VIEWS)
                whole.crop((left, 0, left + size[0], size[1])).save(frame.path, quality=95, subsampling=0)
    return folder


def _moved(at: int, row: list[str]) -> list[str]:
    values = dict(zip(Row._fields, row, strict=True))
    frame = (picture_key(values["image"]) or (0, 0))[1]
    values |= {
        "gas": "1" if frame % 60 < 30 else f"{0.5 + 0.5 * math.sin(frame):.5f}",
        "brake": f"{(frame % 9) / 8:.3f}",
        "clutch": f"{(frame % 5) / 4:.2f}",
        "gear": str(1 + frame // 40 % 5),
        "acc_lateral": f"{math.sin(frame / 9):.4f}",
        "acc_longitudinal": f"{math.cos(frame / 7):.4f}",
        "best_lap": f"{90 - frame / 100:.3f}",
        "performance_meter": f"{math.sin(frame / 50):.3f}",
        "performance_gain": f"{math.cos(frame / 50):.3f}",
    }
    return list(values.values())


def source_picture(folder: Path, image: str) -> np.ndarray:
    with Image.open(folder / image) as picture:
        return np.asarray(picture.convert("RGB"))
