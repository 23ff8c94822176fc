"""What a captures folder holds, read as a user's script would read it, and what must always be true of it."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tests.host import witness

COLUMNS = (
    "image",
    "gas",
    "brake",
    "clutch",
    "gear",
    "steer",
    "acc_lateral",
    "acc_longitudinal",
    "speed_mph",
    "lap_valid",
    "lap_time",
    "best_lap",
    "spline_position",
    "performance_meter",
    "performance_gain",
)
PICTURE_NAME = re.compile(r"(\d{2,})_(\d{6,})\.jpg")


@dataclass(frozen=True)
class Row:
    """One row of data.csv."""

    cells: tuple[str, ...]

    @property
    def image(self) -> str:
        return self.cells[0]

    @property
    def take(self) -> int:
        return int(self.image.split("_")[0])

    def value(self, column: str) -> float:
        return float(self.cells[COLUMNS.index(column)])

    @property
    def lap_valid(self) -> bool:
        return {"TRUE": True, "FALSE": False}[self.cells[COLUMNS.index("lap_valid")]]


@dataclass(frozen=True)
class Captures:
    """A captures folder after a recording."""

    folder: Path

    @property
    def pictures(self) -> list[Path]:
        found = [path for path in self.folder.iterdir() if PICTURE_NAME.fullmatch(path.name)]
        return sorted(found, key=lambda path: tuple(int(part) for part in path.stem.split("_")))

    @property
    def rows(self) -> list[Row]:
        text = (self.folder / "data.csv").read_text(encoding="utf-8")
        return [Row(tuple(cells)) for cells in csv.reader(text.splitlines())]

    def take(self, number: int) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.folder / f"{number:02}_take.json").read_text(encoding="utf-8"))
        return loaded

    def ticks(self, number: int) -> list[dict[str, str]]:
        """Every tick of that take, by the names in the header of NN_ticks.csv."""
        with (self.folder / f"{number:02}_ticks.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def tick_of_picture(self) -> dict[str, int]:
        """The tick that each picture was paired with, by picture name."""
        numbers = sorted({row.take for row in self.rows})
        return {tick["image"]: int(tick["tick"]) for take in numbers for tick in self.ticks(take) if tick["image"]}


def assert_whole(captures: Captures) -> None:
    """One row per picture, in order, numbered without gaps, every JPEG whole and carrying its own row."""
    raw = (captures.folder / "data.csv").read_bytes()
    assert raw.endswith(b"\n"), "data.csv ends in half a row"
    assert b"\r" not in raw
    rows = captures.rows
    assert [row.image for row in rows] == [picture.name for picture in captures.pictures]
    assert all(len(row.cells) == len(COLUMNS) for row in rows)
    frames: dict[int, int] = {}
    for row in rows:
        frame = int(row.image.split("_")[1].removesuffix(".jpg"))
        assert frame == frames.get(row.take, 0) + 1, f"{row.image} does not follow frame {frames.get(row.take, 0)}"
        frames[row.take] = frame
        with Image.open(captures.folder / row.image) as picture:
            picture.load()
            assert tuple(json.loads(picture.info["comment"])["row"]) == row.cells
    leftovers = [path.name for path in captures.folder.iterdir() if path.name.endswith(".part")]
    assert leftovers == []
    for take in frames:
        assert_accounted(captures, take)


def assert_pictures_show_their_ticks(captures: Captures) -> None:
    """The witness in the scene of each picture says the very tick that the picture was paired with."""
    ticks = captures.tick_of_picture()
    assert ticks
    for image, tick in ticks.items():
        with Image.open(captures.folder / image) as picture:
            assert witness.read(picture) == tick, image


def assert_accounted(captures: Captures, take: int) -> None:
    """Each tick of the take has exactly one outcome, and the sums in the side file are those of the ticks."""
    description = captures.take(take)
    ticks = captures.ticks(take)
    numbers = [int(tick["tick"]) for tick in ticks]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "ticks are missing from NN_ticks.csv"
    counted: dict[str, int] = {}
    for tick in ticks:
        counted[tick["outcome"]] = counted.get(tick["outcome"], 0) + 1
        assert (tick["outcome"] == "saved") == bool(tick["image"]), tick
    assert counted == description["ticks"]["by_outcome"]
    assert description["ticks"]["total"] == len(ticks)
    assert description["frames_saved"] == counted.get("saved", 0)
