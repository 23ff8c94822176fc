"""`python -m tests.bench.export`: how fast exports are, beside a plain copy, beside the codec alone, and beside others.

Pictures that keep their bytes stand beside `shutil.copytree` of the same folder; pictures that are made anew beside a
bare loop of Pillow on as many processes; the first beside the writers of `datasets` and `webdataset`. Each figure is
the median of the rounds of one run. `--large` exports 100,000 pictures to each format instead.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tests import environment

_SIZE, _SMALL = (1280, 720), (320, 180)
_PICTURES, _MADE_ANEW, _LARGE = 10_000, 1_200, 100_000
_ROUNDS = 3
_FORMATS = ("parquet", "webdataset", "imagefolder")
_PEERS = {"parquet": "datasets, from_generator and to_parquet", "webdataset": "webdataset.ShardWriter"}
_DISTINCT = 64


def main() -> int:
    arguments = _arguments()
    environment.enter("tests.bench.export", sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="synclogger-bench-", dir=arguments.where) as name:
        found = _large(Path(name)) if arguments.large else {**_copies(Path(name)), **_anew(Path(name))}
    print(json.dumps(found))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.export", description=__doc__)
    parser.add_argument("--large", action="store_true", help="100,000 pictures: time, memory and size")
    parser.add_argument("--where", type=Path, help="the folder to work in; default: that of temporary files")
    return parser.parse_args()


def _captures(folder: Path, pictures: int, size: tuple[int, int]) -> Path:
    """A take of so many pictures like photographs; all but the first few are copies."""
    from lib.recordings import Recordings
    from tests.bench.photo import photo
    from tests.unit.dataset.drives import FPS, MadeLap, MadeTake, record

    captures = record(folder, [MadeTake([MadeLap(0, pictures / FPS)])])
    whole, contents = photo(size[0] + _DISTINCT, size[1]), list[bytes]()
    for left in range(_DISTINCT):
        file = BytesIO()
        whole.crop((left, 0, left + size[0], size[1])).save(file, "JPEG", quality=75)
        contents.append(file.getvalue())
    for take in Recordings(captures).takes:
        for number, row in take.rows():
            (captures / row.image).write_bytes(contents[number % _DISTINCT])
    return captures


class _Cost(NamedTuple):
    """What a job takes. The processor's time says more where others are at work on the machine."""

    seconds: float
    processor: float


def _cost(work: Callable[[], object], out: Path) -> _Cost:
    """Into a folder that is not there, on a disk that has nothing left to write."""
    shutil.rmtree(out, ignore_errors=True)
    os.sync()
    began, used = time.perf_counter(), _processor()
    work()
    return _Cost(time.perf_counter() - began, _processor() - used)


def _processor() -> float:
    """Seconds of this process and of those that it waited for."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(who)[:2]) for who in whose)


def _medians(jobs: dict[str, Callable[[], object]], out: Path) -> dict[str, _Cost]:
    found: dict[str, list[_Cost]] = {name: [] for name in jobs}
    for _ in range(_ROUNDS + 1):  # the first round only warms up
        for name, job in jobs.items():
            found[name].append(_cost(job, out))
    shutil.rmtree(out, ignore_errors=True)
    return {name: _Cost(*map(median, zip(*costs[1:], strict=True))) for name, costs in found.items()}


def _export(captures: Path, out: Path, to: str, *options: str) -> Callable[[], object]:
    command = [sys.executable, "-m", "lib", "export", str(captures), str(out), "--to", to, *options]
    return lambda: subprocess.run(command, cwd=environment.ROOT, check=True, stdout=subprocess.DEVNULL)


# --------------------------------------------------------------------------------------------- the same bytes


def _copies(folder: Path) -> dict[str, float]:
    """The whole command, from the start of Python to its end, beside a copy by one process and by all cores."""
    captures, out = _captures(folder / "captures", _PICTURES, _SIZE), folder / "out"
    python = environment.environment_python(["datasets"])
    jobs: dict[str, Callable[[], object]] = {
        "copy": lambda: shutil.copytree(captures, out),
        "copy_on_all": lambda: _copy_on_all(captures, out),
        **{to: _export(captures, out, to) for to in _FORMATS},
    }
    for to in _PEERS:
        jobs[f"peer_{to}"] = _peer(python, to, captures, out)
    took = _medians(jobs, out)
    _say_copies(took, sum(path.stat().st_size for path in captures.glob("*.jpg")))
    shutil.rmtree(captures)
    return _content(took)


def _copy_on_all(captures: Path, out: Path) -> None:
    out.mkdir()
    names = sorted(path.name for path in captures.iterdir())
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        chunks = [names[at : at + 500] for at in range(0, len(names), 500)]
        list(pool.map(_copy_these, [captures] * len(chunks), [out] * len(chunks), chunks))


def _copy_these(captures: Path, out: Path, names: list[str]) -> None:
    for name in names:
        shutil.copyfile(captures / name, out / name)


def _peer(python: Path, to: str, captures: Path, out: Path) -> Callable[[], object]:
    script = environment.ROOT / "tests" / "bench" / "export_peers.py"
    command = [str(python), str(script), to, str(captures), str(out)]
    clean = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(out / "cache")}
    return lambda: subprocess.run(command, env=clean, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _say_copies(took: dict[str, _Cost], size: int) -> None:
    print(f"\n{_PICTURES} pictures with the bytes that they have, {size / 1e6:.0f} MB, {_machine()}")
    copy = took["copy"].seconds
    _say("shutil.copytree", took["copy"])
    _say("a copy by all cores", took["copy_on_all"])
    for to in _FORMATS:
        limit = "   0.8 or more" if to != "imagefolder" else ""
        _say(f"export --to {to}", took[to], f"{copy / took[to].seconds:.2f} of the copy's speed{limit}")
    for to, what in _PEERS.items():
        _say(what, took[f"peer_{to}"], f"{took[f'peer_{to}'].seconds / took[to].seconds:.1f} x ours")


def _say(what: str, cost: _Cost, more: str = "") -> None:
    print(f"  {what:<44}{cost.seconds:>7.2f} s, processor {cost.processor:>6.2f} s   {more}".rstrip())


def _content(took: dict[str, _Cost]) -> dict[str, float]:
    return {f"{name}_{of}": round(value, 3) for name, cost in took.items() for of, value in cost._asdict().items()}


# ----------------------------------------------------------------------------------------------- made anew


def _anew(folder: Path) -> dict[str, float]:
    captures, out = _captures(folder / "captures", _MADE_ANEW, _SIZE), folder / "out"
    jobs: dict[str, Callable[[], object]] = {
        "codec": lambda: _bare(captures, out, _coded),
        "anew": _export(captures, out, "webdataset", "--quality", "75"),
        "bare": lambda: _bare(captures, out, _made_small),
        "small": _export(captures, out, "webdataset", "--size", *map(str, _SMALL)),
    }
    took = _medians(jobs, out)
    print(f"\n{_MADE_ANEW} pictures of {_SIZE[0]}x{_SIZE[1]} made anew, {_machine()}")
    for bare, ours, what in (("codec", "anew", "--quality 75"), ("bare", "small", f"--size {_SMALL[0]} {_SMALL[1]}")):
        alone = "Pillow alone: decode, encode" if bare == "codec" else "Pillow alone: decode, resize, encode"
        _say(alone, took[bare], f"{_MADE_ANEW / took[bare].seconds:.0f} a second")
        share = f"{took[bare].seconds / took[ours].seconds:.2f} of it   0.8 or more"
        _say(f"export {what}", took[ours], f"{_MADE_ANEW / took[ours].seconds:.0f} a second, {share}")
    return _content(took)


def _bare(captures: Path, out: Path, work: Callable[[Path], None]) -> None:
    out.mkdir()
    paths = sorted(captures.glob("*.jpg"))
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(work, paths, chunksize=20))


def _coded(path: Path) -> None:
    from PIL import Image

    with Image.open(path) as picture:
        picture.save(BytesIO(), "JPEG", quality=75)


def _made_small(path: Path) -> None:
    """As well as ours: the decoder leaves out no more than down to twice the size."""
    from PIL import Image

    with Image.open(path) as picture:
        picture.draft("RGB", (2 * _SMALL[0], 2 * _SMALL[1]))
        picture.resize(_SMALL, Image.Resampling.BILINEAR, reducing_gap=2.0).save(BytesIO(), "JPEG", quality=90)


# ------------------------------------------------------------------------------------------------- many


def _large(folder: Path) -> dict[str, Any]:
    captures, out = _captures(folder / "captures", _LARGE, (640, 360)), folder / "out"
    size = sum(path.stat().st_size for path in captures.glob("*.jpg"))
    print(f"\n{_LARGE} pictures, {size / 1e6:.0f} MB, {_machine()}")
    found = {}
    for to in _FORMATS:
        shutil.rmtree(out, ignore_errors=True)
        os.sync()
        seconds, megabytes = _with_memory(captures, out, to)
        files = [path for path in out.rglob("*") if path.is_file()]
        written = sum(path.stat().st_size for path in files)
        again, _ = _with_memory(captures, out, to)
        print(f"  {to:<14}{seconds:>7.1f} s {megabytes:>6.0f} MB of memory in the largest process, {len(files)} files, "
              f"{written / size:.3f} of the pictures' bytes; again {again:.1f} s")  # fmt: skip
        found[to] = {"seconds": seconds, "memory_mb": megabytes, "files": len(files), "bytes": written, "again": again}
    return {"picture_bytes": size, **found}


def _with_memory(captures: Path, out: Path, to: str) -> tuple[float, float]:
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-m", "lib", "export", str(captures), str(out), "--to", to]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=environment.ROOT, check=True, capture_output=True, text=True
    )
    return time.perf_counter() - began, int(done.stdout) / 1024


def _machine() -> str:
    return f"{len(os.sched_getaffinity(0))} cores, Python {sys.version.split()[0]}, median of {_ROUNDS} rounds"


if __name__ == "__main__":
    sys.exit(main())
