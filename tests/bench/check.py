"""`python -m tests.bench.check`: how fast `check`, the reader and its tables are, each beside its limit.

Decoding stands beside a bare loop of Pillow on as many processes in the same run; the pictures of the other figures are
small, because only their ends are read.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

from tests import environment

_PICTURES = 100_000
_DECODED = 1_000
_SIZE = (1280, 720)
_ROUNDS = 3
_CHUNK = 50


def main() -> int:
    arguments = _arguments()
    environment.enter("tests.bench.check", sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="synclogger-bench-") as name:
        found = {**_structure(Path(name), arguments.pictures), **_decoding(Path(name)), **_reading(Path(name))}
    _say(found)
    print(json.dumps(found))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.check", description=__doc__)
    parser.add_argument(
        "--pictures", type=int, default=_PICTURES, metavar="N", help="of the large folder (%(default)s)"
    )
    return parser.parse_args()


def _say(found: dict[str, Any]) -> None:
    rows = (
        ("structure, pictures a second", "structure_per_s", "{:.0f}", "20,000 or more"),
        ("  the same folder again, share of the time", "structure_again", "{:.2f}", "0.1 or less"),
        ("  peak memory", "check_mb", "{:.0f} MB", ""),
        ("--decode at 1280x720, pictures a second", "decode_per_s", "{:.0f}", ""),
        ("  bare loop of reduced decoding, all cores", "bare_per_s", "{:.0f}", ""),
        ("  share of it", "decode_share", "{:.2f}", "0.9 or more"),
        ("  bare loop of whole decoding, all cores", "whole_per_s", "{:.0f}", ""),
        ("  the same folder again, share of the time", "decode_again", "{:.3f}", "0.1 or less"),
        ("reader: a million rows, standard library", "rows_s", "{:.1f} s", "30 s or less"),
        ("reader: a million rows as tables", "tables_s", "{:.1f} s", "10 s or less"),
    )
    print(f"\nOn {found['cores']} cores, Python {sys.version.split()[0]}, {found['pictures']} pictures")
    for what, key, form, goal in rows:
        print(f"{what:<48}{form.format(found[key]):>14}   {goal}")


def _timed(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def _check(folder: Path, *more: str) -> Callable[[], object]:
    """As a user runs it, with the start of Python."""
    command = [sys.executable, "-m", "lib", "check", str(folder), *more]
    return lambda: subprocess.run(command, cwd=environment.ROOT, stdout=subprocess.DEVNULL, check=True)


def _structure(folder: Path, pictures: int) -> dict[str, Any]:
    from tests.unit.check.drive import make_drive, road

    environment.say(f"Making {pictures} pictures ...")
    file = BytesIO()
    road().crop((0, 0, 160, 96)).save(file, "JPEG")
    small = file.getvalue()
    captures = make_drive(folder / "many", pictures, paint=lambda _frame, path, comment: _write(path, small, comment))
    first = _timed(_check(captures))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    again = median(_timed(_check(captures)) for _ in range(_ROUNDS))
    return {"pictures": pictures, "structure_per_s": pictures / first, "structure_again": again / first,
            "check_mb": peak}  # fmt: skip


def _write(path: Path, picture: bytes, comment: bytes) -> None:
    path.write_bytes(picture[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + picture[2:])


def _decoding(folder: Path) -> dict[str, Any]:
    from lib.check import check as check_module
    from lib.recordings.workers import cores
    from tests.bench.photo import photo
    from tests.unit.check.drive import make_drive

    environment.say("Making pictures to decode ...")
    wide = photo(_SIZE[0] + 512, _SIZE[1])

    def paint(frame: int, path: Path, comment: bytes) -> None:
        left = 8 * frame % 512
        wide.crop((left, 0, left + _SIZE[0], _SIZE[1])).save(path, quality=90, comment=comment)

    captures = make_drive(folder / "decoded", _DECODED, paint=paint)
    paths = sorted(captures.glob("*.jpg"))
    chunks = [paths[at : at + _CHUNK] for at in range(0, len(paths), _CHUNK)]
    rates: dict[str, list[float]] = {"bare": [], "whole": [], "decode": []}
    again = 0.0
    for _ in range(_ROUNDS):
        for name, job in (("bare", _reduced_alone), ("whole", _whole_alone)):
            rates[name].append(_DECODED / _timed(lambda job=job: _on_all_cores(job, chunks)))
        for kept in (captures / ".check").glob("*"):
            kept.unlink()
        seconds = _timed(lambda: check_module.check([captures], decodes=True))
        rates["decode"].append(_DECODED / seconds)
        again = _timed(lambda: check_module.check([captures], decodes=True)) / seconds
    per_s = {f"{name}_per_s": median(found) for name, found in rates.items()}
    return {"cores": cores(), **per_s, "decode_share": per_s["decode_per_s"] / per_s["bare_per_s"],
            "decode_again": again}  # fmt: skip


def _on_all_cores(job: Callable[[list[Path]], int], chunks: list[list[Path]]) -> None:
    from lib.recordings.workers import cores

    with ProcessPoolExecutor(cores()) as pool:
        list(pool.map(job, chunks))


def _reduced_alone(paths: list[Path]) -> int:
    from PIL import Image

    for path in paths:
        with Image.open(path) as picture:
            picture.draft("L", (_SIZE[0] // 8, _SIZE[1] // 8))
            picture.load()
    return len(paths)


def _whole_alone(paths: list[Path]) -> int:
    from PIL import Image

    for path in paths:
        with Image.open(path) as picture:
            picture.load()
    return len(paths)


def _reading(folder: Path) -> dict[str, Any]:
    """Of the large folder, and from that for a million rows."""
    import pyarrow.csv  # noqa: F401  # its start is none of the reading

    from lib.recordings import Recordings

    captures = folder / "many"
    number = len(Recordings(captures))
    rows = _timed(lambda: sum(1 for _ in Recordings(captures).frames()))
    tables = _timed(lambda: sum(batch.num_rows for take in Recordings(captures).takes for batch in take.batches()))
    return {"rows_s": rows * 1e6 / number, "tables_s": tables * 1e6 / number}


if __name__ == "__main__":
    sys.exit(main())
