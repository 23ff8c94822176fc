"""Pictures for films, and films and data sets of films read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow.parquet as pq

from tests.bench.photo import photo

CAMERA = "observation.images.game"


def pictures(width: int, height: int, count: int) -> list[np.ndarray]:
    """A camera that moves over a photograph."""
    whole = np.asarray(photo(width + 8 * count, height))
    return [np.ascontiguousarray(whole[:, 8 * at : 8 * at + width]) for at in range(count)]


def read_film(path: Path) -> tuple[list[np.ndarray], list[Fraction], list[bool]]:
    """Its pictures, when each is shown, and whether it stands by itself."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return (
        [frame.to_ndarray(format="rgb24") for frame in frames],
        [frame.pts * frame.time_base for frame in frames],
        [bool(frame.key_frame) for frame in frames],
    )


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Decibels: above 30 both look alike."""
    wrong = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return float(10 * np.log10(255**2 / max(float(wrong), 1e-9)))


@dataclass
class Exported:
    """A LeRobot dataset as it lies on the disk, without lerobot."""

    folder: Path

    @property
    def info(self) -> dict[str, Any]:
        return json.loads((self.folder / "meta" / "info.json").read_text("utf-8"))

    @property
    def stats(self) -> dict[str, Any]:
        return json.loads((self.folder / "meta" / "stats.json").read_text("utf-8"))

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for path in sorted(self.folder.glob("data/*/*.parquet")) for row in pq.read_table(path).to_pylist()]

    @property
    def episodes(self) -> list[dict[str, Any]]:
        paths = sorted(self.folder.glob("meta/episodes/*/*.parquet"))
        return [row for path in paths for row in pq.read_table(path).to_pylist()]

    def pictures(self) -> list[np.ndarray]:
        """The picture of every row, found as a reader finds it: by its episode's film and moment."""
        films: dict[Path, tuple[list[np.ndarray], list[float]]] = {}
        found, fps = [], self.info["fps"]
        for episode in self.episodes:
            path = self.folder / self.info["video_path"].format(
                video_key=CAMERA, chunk_index=episode[f"videos/{CAMERA}/chunk_index"],
                file_index=episode[f"videos/{CAMERA}/file_index"],
            )  # fmt: skip
            if path not in films:
                pictures, times, _ = read_film(path)
                films[path] = pictures, [float(at) for at in times]
            pictures, times = films[path]
            for at in range(episode["length"]):
                moment = episode[f"videos/{CAMERA}/from_timestamp"] + at / fps
                place = round(moment * fps)
                assert abs(times[place] - moment) < 1e-4, "beyond the reader's tolerance"
                found.append(pictures[place])
        return found
