"""Made-up drives as captures folders: rows, ticks and descriptions, without pictures."""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lib.captures.names import DATA_FILE, picture_name, ticks_file_name
from lib.captures.row import row_bytes, row_of
from lib.captures.take_file import TakeDescription, write_description
from lib.captures.ticks import TICK_HEADER, TickLine, tick_line
from lib.captures.vocabulary import Ended, Outcome, PairedBy
from tests.unit.samples import sample

FPS = 10


@dataclass(frozen=True)
class MadeLap:
    """One lap as it was driven."""

    count: int
    seconds: float
    start: float = 0.0  # the lap time at which it begins: more than 0 where the recording began in it
    pause: float = 0.0  # seconds of game time that stand in the middle of it; below 0 it goes back there
    fps: int = FPS
    off_at: float = math.inf  # the lap time at which the car leaves the track
    pits_until: float = 0.0
    by: PairedBy = PairedBy.STRIP


@dataclass(frozen=True)
class MadeTake:
    """One take."""

    laps: Sequence[MadeLap] = field(default=(MadeLap(0, 30), MadeLap(1, 30), MadeLap(2, 30)))
    car: str = "abarth500"
    track: str = "imola"
    take_id: str = ""
    key: int | None = None  # of the session; None: one of its own
    pause: float = 30.0  # seconds since the take before in its session
    shift: float = 0.0  # moves every value a little, so that no two drives are the same


def record(folder: Path, takes: Sequence[MadeTake], first: int = 1) -> Path:
    """Write the takes into the folder, numbered from `first`."""
    folder.mkdir(parents=True, exist_ok=True)
    ends: dict[int, float] = {}  # of each session, in its game time
    with (folder / DATA_FILE).open("ab") as rows:
        for number, take in enumerate(takes, first):
            key = take.key if take.key is not None else zlib.crc32(os.fsencode(f"{folder.name}-{number}"))
            begun = ends[key] + take.pause if key in ends else 5.0
            text, lines, ends[key] = _take(number, take, begun)
            rows.write(text)
            (folder / ticks_file_name(number)).write_text(TICK_HEADER + lines, encoding="ascii", newline="\n")
            facts = {"car": take.car, "track": take.track, "layout": "", "strip_key": key}
            write_description(
                folder,
                TakeDescription(
                    number,
                    take_id=take.take_id or f"{folder.name}-{number}",
                    facts=facts,
                    how_it_ended=Ended.STOPPED,
                    frames_saved=text.count(b"\n"),
                    synced=True,
                ),
            )
    return folder


def _take(number: int, take: MadeTake, time: float) -> tuple[bytes, str, float]:
    rows, lines = [], []
    tick, last_lap = 0, 0
    for lap in take.laps:
        begun, end = round(lap.start * lap.fps), round(lap.seconds * lap.fps)
        for step in range(begun, end):
            tick += 1
            at = step / lap.fps
            time += 1 / lap.fps + (lap.pause if step == (begun + end) // 2 else 0)
            made = sample(
                tick,
                game_time=time,
                lap_count=lap.count,
                lap_time_ms=round(at * 1000),
                last_lap_ms=last_lap,
                lap_valid=int(at < lap.off_at),
                spline_position=at / lap.seconds,
                speed_mph=0.0 if at < lap.pits_until else 60 + 30 * math.sin(tick / 10) + take.shift,
                steer=90 * math.sin(tick / 30 + number + take.shift),
            )
            name = picture_name(number, tick)
            rows.append(row_bytes(row_of(name, made)))
            in_pits = int(at < lap.pits_until)
            pages = {"in_pit": in_pits, "in_pit_lane": in_pits}
            lines.append(tick_line(TickLine(tick, made, Outcome.SAVED, name, (time, time + 0.01), lap.by, pages)))
        last_lap = round(lap.seconds * 1000)
    return b"".join(rows), "".join(lines), time
