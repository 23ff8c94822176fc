"""`--to mp4`: a take as a film that any player shows, in the game's own time, and beside it the row of each frame.

Frame k of the film is row k of the CSV. A film shows each picture until the next one came: where the game stood, or
frames were left out, it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from .columns import chosen
from .film_pictures import Drawn, film_pictures
from .format import Format
from .options import ExportOptions
from .overlay import Shown, with_overlay
from .parts import Part, Written
from .resample import moments
from .video import GOP_FOR_WATCHING, Film, crf_of

# What films are timed in: no rate of a game is further from it than 6 microseconds.
TICKS_A_SECOND = 90_000
_SHOWN = ("steer_deg", "gas", "brake", "speed_mph", "performance_meter_s")
_ROWS_AT_ONCE = 10_000


class Mp4(Format):
    """train-000000-take-01.mp4 and .csv, one pair a take, and split where there are sets."""

    name = "mp4"
    needs = ("numpy", "pyarrow", "av")
    pictures_a_part = 10**9
    keeps_laps = True
    own_options = ("overlay",)

    def write(self, part: Part, frames: pa.Table, options: ExportOptions, folder: Path) -> Written:
        """The film and its table."""
        name = f"{part.name}-take-{part.take.number:02d}"
        times = film_times(moments(frames))
        pictures = film_pictures(part, frames, options, _overlay(frames) if options.overlay else None)
        _write_film(folder / f"{name}.mp4", times, pictures, crf_of(options.quality))
        columns = [column.name for column in chosen(options, part.take.sets is not None)]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            file.writelines(_lines(frames.select(["image", *columns]), times))
        return Written()


def film_times(times: NDArray[np.float64]) -> NDArray[np.int64]:
    """When each frame is shown, in TICKS_A_SECOND from the first: exact to half a tick, and always going on.

    A frame of which nothing tells the time stands evenly between its neighbours. Where time stands, as it does where
    the game was paused, the next frame comes one tick later; where it goes back, the film goes on as if it had not.
    """
    told = np.isfinite(times)
    places = np.arange(len(times))
    if not told.any():
        return places * (TICKS_A_SECOND // 30)
    filled = np.interp(places, places[told], times[told])
    passed = np.diff(filled)
    back = np.where(passed < 0, passed, 0.0)
    shown = filled - filled[0] - np.concatenate(([0.0], np.cumsum(back)))
    ticks = np.rint(shown * TICKS_A_SECOND).astype(np.int64)
    return np.maximum.accumulate(ticks - places) + places


def _overlay(frames: pa.Table) -> Drawn:
    rows = np.stack([frames[name].to_numpy() for name in _SHOWN], axis=1).tolist()
    return lambda picture, at: with_overlay(picture, Shown(*rows[at]))


def _write_film(
    path: Path, times: NDArray[np.int64], pictures: Iterator[tuple[VideoFrame, tuple[int, int]]], crf: int
) -> None:
    film: Film | None = None
    base = Fraction(1, TICKS_A_SECOND)
    usual = int(np.median(np.diff(times))) if len(times) > 1 else TICKS_A_SECOND // 30
    try:
        for at, (picture, size) in zip(times.tolist(), pictures, strict=True):
            film = film or Film(path, size, time_base=base, gop=GOP_FOR_WATCHING, crf=crf, last=usual)
            film.add(picture, at)
    except BaseException:
        if film is not None:
            film.abandon()
        raise
    if film is not None:
        film.close()


# ------------------------------------------------------------------------------------------------------------ CSV


def _lines(rows: pa.Table, times: NDArray[np.int64]) -> Iterator[str]:
    """A header, then a line a frame. Every number with a fraction has a decimal point, so that no reader guesses."""
    yield ",".join(["film_frame", "film_time_s", *rows.column_names]) + "\n"
    for begin in range(0, rows.num_rows, _ROWS_AT_ONCE):
        some = rows.slice(begin, _ROWS_AT_ONCE)
        seconds = [f"{at / TICKS_A_SECOND:.6f}" for at in times[begin : begin + _ROWS_AT_ONCE].tolist()]
        numbers = map(str, range(begin, begin + some.num_rows))
        for cells in zip(numbers, seconds, *map(_cells, some.columns), strict=True):
            yield ",".join(cells) + "\n"


def _cells(column: Any) -> list[str]:
    kind, values = column.type, column.to_pylist()
    if pa.types.is_boolean(kind):
        return ["" if value is None else "TRUE" if value else "FALSE" for value in values]
    if pa.types.is_floating(kind):
        exact = np.float32 if pa.types.is_float32(kind) else np.float64
        return ["" if value is None else _decimal(exact(value)) for value in values]
    return ["" if value is None else _quoted(str(value)) for value in values]


def _decimal(value: np.floating[Any]) -> str:
    """The fewest digits that give the number back, never with an exponent, always with a point."""
    return np.format_float_positional(value, unique=True, trim="0")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n\r') else text
