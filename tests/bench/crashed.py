"""A recorder that died at the end of a long drive: how long the next one takes to mend its take, and in what memory."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path
from typing import Any

from lib.captures.vocabulary import Ended
from lib.link.mapped_file import READY
from tests.bench.crashed_take import make_crashed_take
from tests.bench.measure import scratch_folder
from tests.faults.game import HandGame

PICTURES = 216_000  # an hour at 60 a second
_BEHIND = 120  # two seconds of it were not synced yet, and have no line in NN_ticks.csv


def measure(pictures: int, rounds: int) -> dict[str, Any]:
    """The median of the rounds, and each of them."""
    found = [_round(pictures) for _ in range(rounds)]
    seconds = statistics.median(one["ready_s"] for one in found)
    return {"pictures": pictures, "ready_s": seconds, "peak_mb": max(one["peak_mb"] for one in found), "rounds": found}


def _round(pictures: int) -> dict[str, float]:
    with scratch_folder() as folder:
        make_crashed_take(folder / "captures", pictures, _BEHIND)
        game = HandGame(folder / "captures", folder / "run", display=None)
        began = time.perf_counter()
        game.drive_until(lambda status: status.state == READY, seconds=120)
        seconds = time.perf_counter() - began
        status = Path(f"/proc/{game.recorder.pid}/status").read_text(encoding="ascii")
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        game.close()
        take = json.loads((folder / "captures" / "01_take.json").read_text(encoding="utf-8"))
        if take["how_it_ended"] != Ended.RECOVERED or take["ticks"]["by_outcome"] != {"saved": pictures}:
            raise RuntimeError(f"the take was not mended: {take['how_it_ended']}, {take['ticks']}")
        return {"ready_s": seconds, "peak_mb": peak / 1024}
