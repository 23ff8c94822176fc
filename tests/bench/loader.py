"""`python -m tests.bench.loader`: the loader beside the loop that a person writes, and beside reduced decoding alone.

Reduced decoding comes to a picture of the size that is wanted: the decoder leaves out detail down to 320x180, a filter
does the rest. What the decoder alone takes of that stands beside it.

Samples of 200x66 from 1280x720 JPEGs on all cores, in one run: each figure is the median of the rounds.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from tests import environment

_SIZE = (1280, 720)
_SEEN = (200, 66)
_PICTURES = 600
_ROUNDS = 3
_CHUNK = 50


def main() -> int:
    environment.enter("tests.bench.loader", sys.argv[1:])

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sets = _make_sets(folder)
        jobs = {"plain": _plain, "decoder": _decoder, "reduced": _reduced, "loader": _loader}
        cores = len(os.sched_getaffinity(0))
        found: dict[str, list[float]] = {name: [] for name in jobs}
        with ProcessPoolExecutor(cores) as pool:
            for _ in range(_ROUNDS + 1):  # the first round only warms up
                for name, job in jobs.items():
                    found[name].append(_per_second(pool, job, sets))
    per_second = {name: median(rates[1:]) for name, rates in found.items()}
    _say(per_second, cores)
    print(json.dumps({name: round(rate, 1) for name, rate in per_second.items()}))
    return 0


def _say(per_second: dict[str, float], cores: int) -> None:
    print(f"\nSamples a second on {cores} cores, {_SEEN[0]}x{_SEEN[1]} from {_SIZE[0]}x{_SIZE[1]}, Python "
          f"{sys.version.split()[0]}, median of {_ROUNDS} rounds")  # fmt: skip
    for what, name in (
        ("open, convert, resize, array (as people write it)", "plain"),
        ("the decoder alone, to 320x180", "decoder"),
        ("reduced decoding alone, to 200x66", "reduced"),
        ("Frames, with its row and actions", "loader"),
    ):
        print(f"  {what:<52}{per_second[name]:>8.0f}")
    print(f"  {'Frames / plain loop':<52}{per_second['loader'] / per_second['plain']:>8.2f}   4 or more")
    print(
        f"  {'Frames / reduced decoding alone':<52}{per_second['loader'] / per_second['reduced']:>8.2f}   0.9 or more"
    )
    print(f"  {'Frames / the decoder alone':<52}{per_second['loader'] / per_second['decoder']:>8.2f}")


def _make_sets(folder: Path) -> Path:
    from lib.dataset.options import SplitOptions
    from lib.dataset.split import split
    from lib.recordings import Recordings
    from tests.bench.photo import photo
    from tests.unit.dataset.drives import FPS, MadeLap, MadeTake, record

    captures = record(folder / "captures", [MadeTake([MadeLap(0, _PICTURES / FPS)])])
    picture = photo(_SIZE[0] + 64, _SIZE[1])
    for at, frame in enumerate(Recordings(captures).frames()):
        left = at % 64
        picture.crop((left, 0, left + _SIZE[0], _SIZE[1])).save(frame.path, quality=90)
    split(Recordings(captures), folder / "sets", SplitOptions(fractions=(1, 0, 0)))
    return folder / "sets"


def _per_second(pool: ProcessPoolExecutor, job: Callable[[str, int], int], sets: Path) -> float:
    began = time.perf_counter()
    starts = range(0, _PICTURES, _CHUNK)
    done = sum(pool.map(job, [str(sets)] * len(starts), starts))
    return done / (time.perf_counter() - began)


_open: dict[str, Any] = {}


def _frames(sets: str) -> Any:
    """The set, opened once in each process, as a worker of a data loader holds it."""
    from lib.dataset.frames import Frames

    if sets not in _open:
        _open[sets] = Frames(sets, "train", size=_SEEN)
    return _open[sets]


def _plain(sets: str, start: int) -> int:
    import numpy as np
    from PIL import Image

    frames = _frames(sets)
    for at in range(start, start + _CHUNK):
        np.asarray(Image.open(frames._columns.path(at)).convert("RGB").resize(_SEEN))
    return _CHUNK


def _decoder(sets: str, start: int) -> int:
    from PIL import Image

    frames = _frames(sets)
    for at in range(start, start + _CHUNK):
        with Image.open(frames._columns.path(at)) as picture:
            picture.draft("RGB", _SEEN)
            picture.load()
    return _CHUNK


def _reduced(sets: str, start: int) -> int:
    import numpy as np
    from PIL import Image

    frames = _frames(sets)
    for at in range(start, start + _CHUNK):
        with Image.open(frames._columns.path(at)) as picture:
            picture.draft("RGB", _SEEN)
            np.asarray(picture.resize(_SEEN, Image.Resampling.BILINEAR, reducing_gap=1.0))
    return _CHUNK


def _loader(sets: str, start: int) -> int:
    frames = _frames(sets)
    for at in range(start, start + _CHUNK):
        frames[at]
    return _CHUNK


if __name__ == "__main__":
    sys.exit(main())
