"""`python -m tests.bench.cluster`: two workers beside one, and what a scheduler holds of a million parts.

A real scheduler and real workers on this machine. The speed is that of an export that makes pictures anew, on one
worker, on two, and on this machine's own processes, each in turn. Then parts that do nothing, as many as
`--parts` says: seconds a part, and the memory of the scheduler and of the command before, meanwhile and after.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from tests import environment

if TYPE_CHECKING:
    from tests.cluster import Cluster

_PICTURES, _ROUNDS = 4_800, 3
_PARTS, _THREADS = 1_000_000, 32


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cluster", description=__doc__)
    parser.add_argument("--parts", type=int, default=_PARTS, help="of the dry run (%(default)s)")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="of the speed; 0 leaves it out (%(default)s)")
    arguments = parser.parse_args()
    environment.enter("tests.bench.cluster", sys.argv[1:], ("test", "bench"))
    found = {**(_speed(arguments.rounds) if arguments.rounds else {}), **_dry_run(arguments.parts)}
    print(json.dumps(found))
    return 0


def _speed(rounds: int) -> dict[str, Any]:
    from lib.export.export import export
    from lib.export.options import ExportOptions
    from lib.recordings.cluster import cluster_executor
    from tests.bench.export import _captures
    from tests.cluster import started

    seconds: dict[str, list[float]] = {"one_worker": [], "two_workers": [], "this_machine": []}
    with tempfile.TemporaryDirectory(prefix="synclogger-bench-") as name, started(1) as one, started(2) as two:
        captures = _captures(Path(name, "captures"), _PICTURES, (1280, 720))
        options = ExportOptions(size=(320, 180), part=100)
        where = {"one_worker": one.address, "two_workers": two.address, "this_machine": None}
        for at in range(rounds + 1):
            for what, address in where.items():
                with cluster_executor(address) as executor:
                    begun = time.perf_counter()
                    export([captures], "parquet", str(Path(name, f"{what}-{at}")), options, executor=executor)
                    if at:  # the first is for warm caches
                        seconds[what].append(time.perf_counter() - begun)
    found = {what: round(_PICTURES / median(values), 1) for what, values in seconds.items()}
    by_round = [one / two for one, two in zip(seconds["one_worker"], seconds["two_workers"], strict=True)]
    return {"pictures_a_second": found, "two_to_one": round(median(by_round), 3), "rounds": rounds}


def nothing(part: int) -> int:
    """A part that costs a worker nothing."""
    return part


def _dry_run(parts: int) -> dict[str, Any]:
    from tests.cluster import started

    with started(0) as cluster:
        # Several are under way at a time, else all of it waits for the way there and back.
        cluster.add_worker(threads=_THREADS)
        return _measured(cluster, parts)


def _measured(cluster: Cluster, parts: int) -> dict[str, Any]:
    import psutil

    from lib.recordings.cluster import cluster_executor
    from lib.recordings.workers import run_parts

    with cluster_executor(cluster.address) as executor:
        scheduler, here = psutil.Process(cluster.scheduler.pid), psutil.Process(os.getpid())
        for _ in run_parts(nothing, range(2_000), executor):
            pass  # what any first parts make it load
        before = _megabytes(scheduler), _megabytes(here)
        begun, most, done = time.perf_counter(), before, 0
        for _ in run_parts(nothing, range(parts), executor):
            done += 1
            if done % 5_000 == 0:
                most = max(most[0], _megabytes(scheduler)), max(most[1], _megabytes(here))
            if done % 100_000 == 0:
                print(f"{done} parts, scheduler {_megabytes(scheduler):.0f} MB", file=sys.stderr, flush=True)
        seconds = time.perf_counter() - begun
        time.sleep(5)
        after = _megabytes(scheduler), _megabytes(here)
    return {
        "parts": done,
        "parts_a_second": round(done / seconds),
        "scheduler_mb": {"before": before[0], "most": most[0], "after": after[0]},
        "command_mb": {"before": before[1], "most": most[1], "after": after[1]},
    }


def _megabytes(process: Any) -> float:
    return round(process.memory_info().rss / 1e6, 1)


if __name__ == "__main__":
    sys.exit(main())
