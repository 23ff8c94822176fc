"""What a LeRobot dataset of format v3.0 says about itself: features, statistics, tasks, episodes.

Written with pyarrow alone; `lerobot` is never imported. Its limits on sizes of files are the defaults of its writer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .columns import ExportColumn
from .video import CODEC, GOP_FOR_TRAINING, PIXELS, PRESET

VERSION = "v3.0"
CHUNK = 1000  # files in a folder
CAMERA = "observation.images.game"
ACTIONS = ("steering", "gas", "brake")
# What a policy may see of the car: nothing in it is the answer.
STATE = ("speed_mph", "acc_lateral_g", "acc_longitudinal_g", "gear")
# What says where a row came from is nothing that a policy should see: not below "observation".
_SOURCE = {"frame", "place", "weight", "tick", "game_time_s"}
# The episodes say these.
_OF_EPISODES = {"take_id", "take", "lap", "car", "track", "layout"}
QUANTILES = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}
_INDICES = ("frame_index", "episode_index", "index", "task_index")

Statistics = dict[str, NDArray[np.float64]]


def feature_name(column: ExportColumn) -> str:
    """The key of a column."""
    return f"{'source' if column.name in _SOURCE else 'observation'}.{column.name}"


def feature_columns(columns: Iterable[ExportColumn]) -> tuple[ExportColumn, ...]:
    """Those that stand in each frame."""
    return tuple(column for column in columns if column.name not in _OF_EPISODES)


def film_info(size: tuple[int, int], fps: int, crf: int) -> dict[str, Any]:
    """What info.json tells of the films. `size` is their (width, height)."""
    return {
        "video.height": size[1], "video.width": size[0], "video.codec": CODEC, "video.pix_fmt": PIXELS,
        "video.fps": fps, "video.channels": 3, "has_audio": False, "is_depth_map": False,
        "video.g": GOP_FOR_TRAINING, "video.crf": crf, "video.preset": PRESET,
    }  # fmt: skip


def features(
    columns: Sequence[ExportColumn], state: Sequence[str], film: Mapping[str, Any], lock: float
) -> dict[str, Any]:
    """Every feature, as info.json has it. `lock`: so many degrees of steering are 1.

    It stands there because lerobot refuses to merge what differs in it: rightly, those actions are not the same.
    """
    told: dict[str, Any] = {
        "action": {"dtype": "float32", "shape": [3], "names": list(ACTIONS), "info": {"steering_lock_deg": lock}},
        "observation.state": {"dtype": "float32", "shape": [len(state)], "names": list(state)},
        CAMERA: {
            "dtype": "video",
            "shape": [3, film["video.height"], film["video.width"]],
            "names": ["channels", "height", "width"],
            "info": dict(film),
        },
    }
    for column in columns:
        told[feature_name(column)] = {"dtype": _dtype(column), "shape": [1], "names": None}
    told["timestamp"] = {"dtype": "float32", "shape": [1], "names": None}
    return told | {name: {"dtype": "int64", "shape": [1], "names": None} for name in _INDICES}


def _dtype(column: ExportColumn) -> str:
    return {"float": "float32", "double": "float64"}.get(str(column.type), str(column.type))


def data_schema(columns: Sequence[ExportColumn], state: Sequence[str]) -> pa.Schema:
    """Of the parquet files with one row a frame."""
    vector = pa.float32()
    return pa.schema([
        ("action", pa.list_(vector, len(ACTIONS))),
        ("observation.state", pa.list_(vector, len(state))),
        *((feature_name(column), column.type) for column in columns),
        ("timestamp", pa.float32()),
        *((name, pa.int64()) for name in _INDICES),
    ])  # fmt: skip


# --------------------------------------------------------------------------------------------------- statistics


def statistics_of(values: NDArray[Any]) -> Statistics:
    """Of one feature over rows: (rows,) or (rows, width)."""
    numbers = values.astype(np.float64).reshape(len(values), -1)
    quantiles = np.quantile(numbers, list(QUANTILES.values()), axis=0)
    return {
        "min": numbers.min(axis=0), "max": numbers.max(axis=0), "mean": numbers.mean(axis=0),
        "std": numbers.std(axis=0), "count": np.array([len(values)]),
        **dict(zip(QUANTILES, quantiles, strict=True)),
    }  # fmt: skip


def picture_statistics(pictures: Sequence[NDArray[np.uint8]]) -> Statistics:
    """Of some small pictures of an episode: per channel, 0 to 1, in the shape (3, 1, 1)."""
    pixels = np.concatenate([picture.reshape(-1, 3) for picture in pictures])
    counts = np.stack([np.bincount(pixels[:, channel], minlength=256) for channel in range(3)])
    levels, total = np.arange(256) / 255, len(pixels)
    mean = counts @ levels / total
    square = counts @ levels**2 / total
    # The level below which so many of the pixels lie.
    below = np.cumsum(counts, axis=1) / total
    quantiles = {name: levels[(below < share).sum(axis=1).clip(0, 255)] for name, share in QUANTILES.items()}
    there = counts > 0
    found = {
        "min": levels[there.argmax(axis=1)],
        "max": levels[255 - there[:, ::-1].argmax(axis=1)],
        "mean": mean,
        "std": np.sqrt(np.maximum(square - mean**2, 0.0)),
        **quantiles,
    }
    return {name: values.reshape(3, 1, 1) for name, values in found.items()} | {"count": np.array([len(pictures)])}


class Gathered:
    """Statistics of all episodes out of those of each, as lerobot itself puts datasets together.

    Least, most, mean and deviation are those of all rows; quantiles are the means of the episodes', by their length.
    """

    def __init__(self) -> None:
        self._sums: dict[str, dict[str, Any]] = {}

    def add(self, feature: str, found: Statistics) -> None:
        """One feature of one episode."""
        count = float(found["count"][0])
        of = {name: found[name] * count for name in ("mean", *QUANTILES)}
        of["squares"] = (found["std"] ** 2 + found["mean"] ** 2) * count
        sums = self._sums.get(feature)
        if sums is None:
            self._sums[feature] = {**of, "count": count, "min": found["min"], "max": found["max"]}
            return
        for name, value in of.items():
            sums[name] = sums[name] + value
        sums["count"] += count
        sums["min"], sums["max"] = np.minimum(sums["min"], found["min"]), np.maximum(sums["max"], found["max"])

    def content(self) -> dict[str, dict[str, Any]]:
        """As stats.json has it."""
        told = {}
        for feature, sums in self._sums.items():
            count = sums["count"]
            mean = sums["mean"] / count
            told[feature] = {
                "min": sums["min"].tolist(),
                "max": sums["max"].tolist(),
                "mean": mean.tolist(),
                "std": np.sqrt(np.maximum(sums["squares"] / count - mean**2, 0.0)).tolist(),
                "count": [int(count)],
                **{name: (sums[name] / count).tolist() for name in QUANTILES},
            }
        return told


# ----------------------------------------------------------------------------------------------------- tables


def tasks_table(tasks: Sequence[str]) -> pa.Table:
    """A frame of pandas whose index is the task's text: readers take it by that."""
    columns = [
        {"name": "task_index", "field_name": "task_index", "pandas_type": "int64", "numpy_type": "int64",
         "metadata": None},
        {"name": "task", "field_name": "task", "pandas_type": "unicode", "numpy_type": "object", "metadata": None},
    ]  # fmt: skip
    pandas = {
        "index_columns": ["task"],
        "column_indexes": [],
        "columns": columns,
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": "2.0.0",
    }
    table = pa.table({"task_index": pa.array(range(len(tasks)), pa.int64()), "task": pa.array(tasks, pa.string())})
    return table.replace_schema_metadata({"pandas": json.dumps(pandas)})


def episodes_schema(statistics: Mapping[str, Statistics]) -> pa.Schema:
    """One row an episode. `statistics` are those of any episode: all have the same shapes."""
    whole, real, text = pa.int64(), pa.float64(), pa.string()
    fields = [
        ("episode_index", whole), ("tasks", pa.list_(text)), ("length", whole),
        ("data/chunk_index", whole), ("data/file_index", whole),
        ("dataset_from_index", whole), ("dataset_to_index", whole),
        (f"videos/{CAMERA}/chunk_index", whole), (f"videos/{CAMERA}/file_index", whole),
        (f"videos/{CAMERA}/from_timestamp", real), (f"videos/{CAMERA}/to_timestamp", real),
        ("meta/episodes/chunk_index", whole), ("meta/episodes/file_index", whole),
        ("take", text), ("lap", text), ("car", text), ("track", text), ("lap_time", real), ("lap_valid", pa.bool_()),
        ("split", text),
    ]  # fmt: skip
    for feature, found in statistics.items():
        for name, values in found.items():
            kind: Any = whole if name == "count" else real
            for _ in range(values.ndim):
                kind = pa.list_(kind)
            fields.append((f"stats/{feature}/{name}", kind))
    return pa.schema(fields)


def flat(statistics: Mapping[str, Statistics]) -> dict[str, Any]:
    """The columns of an episode's statistics."""
    return {
        f"stats/{feature}/{name}": values.tolist()
        for feature, found in statistics.items()
        for name, values in found.items()
    }


def info(
    told: Mapping[str, Any], fps: int, episodes: int, frames: int, tasks: int, splits: Mapping[str, str]
) -> dict[str, Any]:
    """info.json. A key of our own doesn't belong here: readers warn of it."""
    return {
        "codebase_version": VERSION,
        "robot_type": "assetto_corsa_car",
        "total_episodes": episodes,
        "total_frames": frames,
        "total_tasks": tasks,
        "chunks_size": CHUNK,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "fps": fps,
        "splits": dict(splits),
        "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
        "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
        "features": dict(told),
    }
