"""What tells a label although it is not the road is named with its box, and the road is not."""

import math
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lib.captures.names import picture_name
from lib.check.finding import Kind
from lib.check.leaks import COLUMNS, ROWS, find_leaks, leaks_of
from lib.link.sample import Sample
from tests.unit.check.drive import make_drive

FRAMES = 600
SIZE = (320, 180)
CELL = (SIZE[0] // COLUMNS, SIZE[1] // ROWS)
WHEEL = (5, 8)  # column and row of its cell
CLOCK = (13, 6)


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drive whose pictures show a noisy road, a steering wheel and a counter of ticks."""
    folder = tmp_path_factory.mktemp("drive") / "captures"
    said: dict[int, Sample] = {}

    def drive(frame: int, told: Sample) -> Sample:
        said[frame] = told._replace(steer=150 * math.sin(frame / 11) * math.sin(frame / 37))
        return said[frame]

    make_drive(folder, FRAMES, said=drive)
    for frame, told in said.items():
        picture(told).save(folder / picture_name(1, frame), quality=85)
    return folder


def picture(told: Sample) -> Image.Image:
    random.seed(told.tick)
    noise = Image.frombytes("RGB", (64, 36), random.randbytes(64 * 36 * 3))
    made = noise.resize(SIZE, Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(made)
    # A road that bends with the steering, as roads do, on ground that changes.
    bend = told.steer / 6 * (0.5 + random.random())
    draw.line([(160, 180), (160 + bend / 3, 120), (160 + bend, 80)], fill=(90, 90, 90), width=30)
    left, top = WHEEL[0] * CELL[0], WHEEL[1] * CELL[1]
    draw.rectangle((left, top, left + CELL[0] - 1, top + CELL[1] - 1), fill=(20, 20, 20))
    turned = math.radians(told.steer)
    middle = (left + CELL[0] / 2, top + CELL[1] / 2)
    end = (middle[0] + 8 * math.sin(turned), middle[1] - 8 * math.cos(turned))
    draw.line([middle, end], fill=(255, 255, 255), width=3)
    for bit in range(10):
        at = (CLOCK[0] * CELL[0] + bit % 5 * 4, CLOCK[1] * CELL[1] + bit // 5 * 10)
        colour = (255, 255, 255) if (told.tick - 1000) >> bit & 1 else (0, 0, 0)
        draw.rectangle((*at, at[0] + 3, at[1] + 9), fill=colour)
    return made


def cells_of(mask: str) -> set[tuple[int, int]]:
    left, top, width, height = map(int, mask.split(","))
    return {
        (column, row)
        for column in range(left // CELL[0], (left + width) // CELL[0])
        for row in range(top // CELL[1], (top + height) // CELL[1])
    }


def test_the_wheel_and_the_counter_are_named_and_not_the_road(captures: Path) -> None:
    findings = find_leaks([captures])
    assert {finding.kind for finding in findings} == {Kind.LEAK}
    told = {finding.to_do.rpartition(" ")[2]: finding.what for finding in findings}
    assert {cell for mask in told for cell in cells_of(mask)} == {WHEEL, CLOCK}
    wheel, clock = (next(what for mask, what in told.items() if cell in cells_of(mask)) for cell in (WHEEL, CLOCK))
    assert "tell the steering" in wheel
    assert "tell the time" in clock


def test_too_few_pictures_say_so(tmp_path: Path) -> None:
    (finding,) = find_leaks([make_drive(tmp_path / "captures", 20)])
    assert finding.kind is Kind.LEFT_OUT
    assert "20 proven pictures" in finding.what


def test_cells_beside_each_other_are_one_box() -> None:
    shares = np.zeros((ROWS, COLUMNS))
    shares[8, 5], shares[8, 6], shares[7, 6], shares[0, 0], shares[3, 3] = 0.9, 0.5, 0.8, 0.76, 0.6
    leaks = leaks_of({"steer": shares, "gas": np.zeros((ROWS, COLUMNS))}, (1280, 720))
    assert [(leak.shares, leak.box) for leak in leaks] == [
        ({"steer": 0.9}, (400, 560, 160, 160)),
        ({"steer": 0.76}, (0, 0, 80, 80)),
    ]
    assert leaks_of({}, (1280, 720)) == []
