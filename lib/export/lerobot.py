"""`--to lerobot`: a dataset of LeRobot's format v3.0, that its library opens as it is.

A part is one film of several laps and one file of their numbers. What counts over all parts (indices, tasks,
statistics) is written once they are there, from those numbers: it takes little, and a take that comes later moves the
indices of those behind it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ..errors import UserError
from . import lerobot_meta as meta
from .columns import ExportColumn, chosen
from .film_pictures import film_pictures
from .format import Format
from .options import ExportOptions
from .parts import Part, PartResult, Plan, Written
from .resample import RUN
from .source import SPLITS, laps_of
from .store import OURS, Store
from .video import GOP_FOR_TRAINING, Film, crf_of, film_size, small_picture

# What actions are made of.
_DRIVEN = ("steer_deg", "gas", "brake")
# A file of numbers holds so many frames, one of episodes so many episodes: some tens of megabytes.
_FRAMES_A_FILE, _EPISODES_A_FILE = 200_000, 10_000
# Of each episode about so many pictures are looked at for the statistics, at about so many pixels across.
_LOOKED_AT, _PIXELS_ACROSS = 100, 150
# What stands for a whole number or a time that nobody knows.
_UNKNOWN = -1


class LeRobot(Format):
    """Films of many laps, one row a frame in parquet, an episode a lap."""

    name = "lerobot"
    needs = ("numpy", "pyarrow", "av")
    pictures_a_part = 5_000
    keeps_laps = True
    own_options = ("steering-lock",)
    wants_one_size = True
    default_fps = 30.0
    data_files = "data/*/*.parquet"

    def write(self, part: Part, frames: pa.Table, options: ExportOptions, folder: Path) -> Written:
        """The film of this part and its numbers."""
        fps = int(options.fps or 0)
        runs = _runs(frames[RUN].to_numpy())
        looks = [_Look(first, end) for first, end in runs]
        path = folder / _film(part.number)
        path.parent.mkdir(parents=True)
        size = _write_film(path, film_pictures(part, frames, options), looks, fps, crf_of(options.quality))
        columns = _columns(part.take.sets is not None, options)
        state = [name for name in meta.STATE if name in frames.column_names]
        wanted = dict.fromkeys([*(column.name for column in columns), *_DRIVEN, *state, RUN])
        numbers = folder / _numbers(part.number)
        numbers.parent.mkdir(parents=True)
        pq.write_table(frames.select(list(wanted)), numbers, compression="snappy")
        laps = laps_of(part.take)
        episodes = []
        for look in looks:
            name = frames["lap"][look.first].as_py()
            lap = laps.get(name)
            episodes.append({
                "lap": name,
                "length": look.end - look.first,
                "lap_time": lap.lap_time if lap is not None else None,
                "lap_valid": lap.is_valid if lap is not None else None,
                "pictures": {key: values.tolist() for key, values in look.statistics().items()},
            })  # fmt: skip
        steering = np.abs(frames["steer_deg"].to_numpy())
        return Written({"size": size, "state": state, "most_steering": float(steering.max()), "episodes": episodes})

    def refuse_sizes(self, sizes: Mapping[str, tuple[int, int]], results: Iterable[PartResult]) -> None:
        """All films have one size."""
        coming = {film_size(*size): take_id for take_id, size in sizes.items()}
        _refuse_two_sizes(_sizes_of(results) | coming, "nothing was written")

    def finish(
        self, plan: Plan, results: Sequence[PartResult], options: ExportOptions, folder: Path, store: Store
    ) -> None:
        """Numbers with their indices, episodes, tasks, statistics and info.json."""
        order = list(SPLITS.values())
        parts = sorted(
            (result for result in results if result.pictures),
            key=lambda result: (order.index(result.split), result.number),
        )
        if not parts:
            return
        sizes = _sizes_of(parts)
        _refuse_two_sizes(sizes, "the films that were made stay where they are")
        (size,), state = sizes, parts[0].statistics["state"]
        lock = options.steering_lock or _largest_steering(parts)
        has_sets = any(part.take.sets is not None for part in plan.parts)
        dataset = _Dataset(folder, _columns(has_sets, options), state, int(options.fps or 0), lock)
        for part in parts:
            dataset.add(part, pq.read_table(BytesIO(store.read(_numbers(part.number)))))
        dataset.close()
        film = meta.film_info(size, dataset.fps, crf_of(options.quality))
        told = meta.features(dataset.columns, state, film, lock)
        content = meta.info(
            told, dataset.fps, dataset.episodes, dataset.frames, len(dataset.tasks), dataset.splits(order)
        )
        _write_json(folder / "meta" / "info.json", content)
        _write_json(folder / "meta" / "stats.json", dataset.gathered.content())
        pq.write_table(meta.tasks_table(list(dataset.tasks)), folder / "meta" / "tasks.parquet")


class _Look:
    """Some pictures of one episode, small, for its statistics."""

    def __init__(self, first: int, end: int) -> None:
        self.first, self.end = first, end
        self._step = max(1, (end - first) // _LOOKED_AT)
        self._seen: list[NDArray[np.uint8]] = []

    def see(self, place: int, picture: VideoFrame) -> None:
        if (place - self.first) % self._step == 0:
            self._seen.append(small_picture(picture, _PIXELS_ACROSS))

    def statistics(self) -> meta.Statistics:
        return meta.picture_statistics(self._seen)


def _write_film(
    path: Path, pictures: Iterator[tuple[VideoFrame, tuple[int, int]]], looks: Sequence[_Look], fps: int, crf: int
) -> tuple[int, int]:
    """Returns (width, height) of the film."""
    at_look = iter(looks)
    look = next(at_look)
    film: Film | None = None
    try:
        for place, (picture, size) in enumerate(pictures):
            film = film or Film(path, size, time_base=Fraction(1, fps), gop=GOP_FOR_TRAINING, crf=crf)
            film.add(picture, place)
            if place == look.end:
                look = next(at_look)
            look.see(place, picture)
    except BaseException:
        if film is not None:
            film.abandon()
        raise
    assert film is not None, "a part has a picture"
    film.close()
    return film_size(*film.size)


class _Dataset:
    """The tables of the whole dataset, written part by part."""

    def __init__(
        self, folder: Path, columns: Sequence[ExportColumn], state: Sequence[str], fps: int, lock: float
    ) -> None:
        self.columns, self.fps = columns, fps
        self.gathered = meta.Gathered()
        self.tasks: dict[str, int] = {}
        self.frames = self.episodes = 0
        self._state, self._lock = state, lock
        self._data = _Files(folder / "data", meta.data_schema(columns, state), _FRAMES_A_FILE)
        self._folder = folder
        self._episodes: _Files | None = None
        self._of_split: dict[str, int] = {}

    def add(self, part: PartResult, numbers: pa.Table) -> None:
        """The next part's frames and episodes."""
        at = self._data.next_file(part.pictures)
        task = self.tasks.setdefault(_task(part.facts), len(self.tasks))
        begun = 0
        for told in part.statistics["episodes"]:
            rows = self._rows(numbers.slice(begun, told["length"]), task)
            self._data.write(rows)
            found = _statistics(rows)
            film = {name: np.array(values) for name, values in told["pictures"].items()}
            self._add_episode(part, told, begun, at, _task(part.facts), {**found, meta.CAMERA: film})
            begun += told["length"]

    def _rows(self, numbers: pa.Table, task: int) -> pa.Table:
        """One episode as it stands in the data."""
        length = numbers.num_rows
        driven = np.stack([numbers[name].to_numpy() for name in _DRIVEN], axis=1) / [self._lock, 1, 1]
        state = np.stack([numbers[name].to_numpy() for name in self._state], axis=1)
        index = np.arange(length)
        made: dict[str, Any] = {"action": _vectors(driven), "observation.state": _vectors(state)}
        for column in self.columns:
            values = numbers[column.name]
            made[meta.feature_name(column)] = pc.fill_null(values, _UNKNOWN) if values.null_count else values
        made["timestamp"] = (index / self.fps).astype(np.float32)
        made["frame_index"] = index
        made["episode_index"] = np.full(length, self.episodes)
        made["index"] = self.frames + index
        made["task_index"] = np.full(length, task)
        return pa.table(made, schema=self._data.schema)

    def _add_episode(
        self, part: PartResult, told: dict[str, Any], begun: int, at: tuple[int, int], task: str,
        statistics: dict[str, meta.Statistics],
    ) -> None:  # fmt: skip
        if self._episodes is None:
            schema = meta.episodes_schema(statistics)
            self._episodes = _Files(self._folder / "meta" / "episodes", schema, _EPISODES_A_FILE)
        length = told["length"]
        film, here = divmod(part.number, meta.CHUNK), self._episodes.next_file(1)
        row = {
            "episode_index": self.episodes, "tasks": [task], "length": length,
            "data/chunk_index": at[0], "data/file_index": at[1],
            "dataset_from_index": self.frames, "dataset_to_index": self.frames + length,
            f"videos/{meta.CAMERA}/chunk_index": film[0], f"videos/{meta.CAMERA}/file_index": film[1],
            f"videos/{meta.CAMERA}/from_timestamp": begun / self.fps,
            f"videos/{meta.CAMERA}/to_timestamp": (begun + length) / self.fps,
            "meta/episodes/chunk_index": here[0], "meta/episodes/file_index": here[1],
            "take": part.take_id, "lap": told["lap"], "car": part.facts["car"], "track": part.facts["track"],
            "lap_time": told["lap_time"], "lap_valid": told["lap_valid"], "split": part.split,
            **meta.flat(statistics),
        }  # fmt: skip
        self._episodes.write(pa.Table.from_pylist([row], schema=self._episodes.schema))
        for feature, found in statistics.items():
            self.gathered.add(feature, found)
        self._of_split[part.split] = self._of_split.get(part.split, 0) + 1
        self.episodes += 1
        self.frames += length

    def splits(self, order: Sequence[str]) -> dict[str, str]:
        """ "0:8" for each split: its episodes stand together."""
        counts = [self._of_split.get(split, 0) for split in order]
        edges = [0, *np.cumsum(counts).tolist()]
        return {split: f"{a}:{b}" for split, (a, b) in zip(order, pairwise(edges), strict=True) if b > a}

    def close(self) -> None:
        """Write what is left."""
        self._data.close()
        if self._episodes is not None:
            self._episodes.close()


class _Files:
    """Numbered parquet files of one schema; each table that is written is a row group of its own."""

    def __init__(self, folder: Path, schema: pa.Schema, most_rows: int) -> None:
        self.schema = schema
        self._folder, self._most = folder, most_rows
        self._number, self._rows = -1, most_rows
        self._writer: pq.ParquetWriter | None = None

    def next_file(self, rows: int) -> tuple[int, int]:
        """(chunk, file) that the next so many rows go to: never divided over two."""
        if self._writer is None or self._rows + rows > self._most:
            self.close()
            self._number, self._rows = self._number + 1, 0
            path = self._folder / f"{_numbered(self._number)}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(path, self.schema, compression="snappy")
        self._rows += rows
        return divmod(self._number, meta.CHUNK)

    def write(self, rows: pa.Table) -> None:
        """To the file that `next_file` named last."""
        assert self._writer is not None
        self._writer.write_table(rows, row_group_size=max(1, rows.num_rows))

    def close(self) -> None:
        """The file is whole."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None


def _columns(has_sets: bool, options: ExportOptions) -> tuple[ExportColumn, ...]:
    return meta.feature_columns(chosen(options, has_sets))


def _runs(runs: NDArray[np.int32]) -> list[tuple[int, int]]:
    """(first, end) of the rows of each run."""
    return list(pairwise([0, *(np.flatnonzero(np.diff(runs)) + 1).tolist(), len(runs)]))


def _statistics(rows: pa.Table) -> dict[str, meta.Statistics]:
    found = {}
    for name in rows.column_names:
        column = rows[name].combine_chunks()
        if pa.types.is_fixed_size_list(column.type):
            found[name] = meta.statistics_of(column.flatten().to_numpy().reshape(len(column), -1))
        elif not pa.types.is_string(column.type):
            found[name] = meta.statistics_of(column.to_numpy(zero_copy_only=False))
    return found


def _vectors(values: NDArray[Any]) -> pa.Array:
    flat = pa.array(values.astype(np.float32).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1])


def _sizes_of(results: Iterable[PartResult]) -> dict[tuple[int, int], str]:
    """(width, height) of the films, each with a take that has it."""
    found = ((result.statistics["size"], result.take_id) for result in results if result.pictures)
    return {(int(width), int(height)): take_id for (width, height), take_id in found}


def _refuse_two_sizes(sizes: Mapping[tuple[int, int], str], cost: str) -> None:
    if len(sizes) > 1:
        told = " and ".join(f"{width}x{height} (take {take_id})" for (width, height), take_id in sizes.items())
        raise UserError(
            f"a LeRobot dataset has pictures of one size, these have {told}: give --size W H and a new OUT; {cost}"
        )


def _largest_steering(parts: Sequence[PartResult]) -> float:
    """Degrees, of the training rows; of the first split that there is, where there are none."""
    found = max(part.statistics["most_steering"] for part in parts if part.split == parts[0].split)
    return float(found) or 1.0


def _task(facts: dict[str, Any]) -> str:
    where = " ".join(filter(None, (facts.get("track"), facts.get("layout"))))
    return f"Drive {where or 'the track'} in {facts.get('car') or 'the car'}."


def _numbered(number: int) -> str:
    chunk, file = divmod(number, meta.CHUNK)
    return f"chunk-{chunk:03d}/file-{file:03d}"


def _film(number: int) -> str:
    return f"videos/{meta.CAMERA}/{_numbered(number)}.mp4"


def _numbers(number: int) -> str:
    """Of a part, without what counts over all. Its name begins with a dot: it is no data for any loader."""
    return f"{OURS}/numbers/{number:06d}.parquet"


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8", newline="\n")
