"""`python -m tests.bench.export_film`: how fast films are written, beside PyAV that only encodes the same pictures.

What is encoded alone is decoded before and waits in memory. Once as most people write it, in one process with the
encoder's own threads; once on as many processes as there are cores, which is the most that the machine can do. Each
figure is the median of the rounds of one run. `--busy` compares processor time instead, for a machine that does other
things as well. `--large` exports 100,000 pictures.
"""

from __future__ import annotations

import argparse
import json
import os
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
from typing import Any

from tests import environment

_SIZE, _LARGE_SIZE = (1280, 720), (320, 180)
_PICTURES, _LARGE = 1_200, 100_000
_FPS = 30
_LAP_SECONDS = 10
_ROUNDS = 3
_DISTINCT = 64


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.export_film", description=__doc__)
    parser.add_argument("--busy", action="store_true", help="processor time, where others use the machine too")
    parser.add_argument("--large", action="store_true", help="100,000 pictures: time, memory and size")
    parser.add_argument("--where", type=Path, help="the folder to work in; default: that of temporary files")
    arguments = parser.parse_args()
    environment.enter("tests.bench.export_film", sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="synclogger-bench-", dir=arguments.where) as name:
        work = _large if arguments.large else _processor_time if arguments.busy else _speed
        found = work(Path(name))
    print(json.dumps(found))
    return 0


def _captures(folder: Path, pictures: int, size: tuple[int, int]) -> Path:
    """A take of so many pictures of a camera that moves over a photograph, in laps."""
    from lib.recordings import Recordings
    from tests.unit.dataset.drives import MadeLap, MadeTake, record

    laps = [MadeLap(count, _LAP_SECONDS, fps=_FPS) for count in range(-(-pictures // (_LAP_SECONDS * _FPS)))]
    captures, contents = record(folder, [MadeTake(laps)]), _views(size)
    for frame in Recordings(captures).frames():
        if frame.number <= pictures:
            frame.path.write_bytes(contents[frame.number % _DISTINCT])
    rows = (captures / "data.csv").read_bytes().splitlines(keepends=True)
    (captures / "data.csv").write_bytes(b"".join(rows[:pictures]))
    return captures


def _views(size: tuple[int, int]) -> list[bytes]:
    from tests.bench.photo import photo

    whole, contents = photo(size[0] + 4 * _DISTINCT, size[1]), []
    for left in range(0, 4 * _DISTINCT, 4):
        file = BytesIO()
        whole.crop((left, 0, left + size[0], size[1])).save(file, "JPEG", quality=90)
        contents.append(file.getvalue())
    return contents


def _cores() -> int:
    return len(os.sched_getaffinity(0))


# ------------------------------------------------------------------------------------------------------------ speed


def _speed(folder: Path) -> dict[str, float]:
    captures, out = _captures(folder / "captures", _PICTURES, _SIZE), folder / "out"
    laps = range(0, _PICTURES, _LAP_SECONDS * _FPS)
    part = ["--part", str(laps.step)]
    with ProcessPoolExecutor(_cores()) as pool:

        def on_all(work: Callable[[Path, Path, int], None]) -> Callable[[], object]:
            return lambda: list(pool.map(work, [captures] * len(laps), [folder] * len(laps), laps))

        jobs: dict[str, Callable[[], object]] = {
            "encode": lambda: _encode(folder / "alone.mp4", _PICTURES, _decoded(captures), threads=0),
            "encode_on_all": on_all(_only_encode),
            "codec_on_all": on_all(_decode_and_encode),
            "lerobot": _export(captures, out, "lerobot", *part),
            "mp4": _export(captures, out, "mp4", *part),
            "mp4_overlay": _export(captures, out, "mp4", *part, "--overlay"),
        }
        found: dict[str, list[float]] = {name: [] for name in jobs}
        for _ in range(_ROUNDS + 1):  # the first round only warms up
            for name, job in jobs.items():
                shutil.rmtree(out, ignore_errors=True)
                found[name].append(_seconds(job))
    rates = {name: _PICTURES / median(times[1:]) for name, times in found.items()}
    _say(rates)
    return {name: round(rate, 1) for name, rate in rates.items()}


def _processor_time(folder: Path) -> dict[str, float]:
    captures, out = _captures(folder / "captures", _PICTURES, _SIZE), folder / "out"
    paths = sorted(captures.glob("*.jpg"))
    jobs: dict[str, Callable[[], object]] = {
        "encode": lambda: _encode(folder / "alone.mp4", _PICTURES, _decoded(captures), threads=1),
        "codec": lambda: _encode(folder / "alone.mp4", _PICTURES, map(_decode, paths), threads=1),
        "lerobot": _export(captures, out, "lerobot"),
        "mp4": _export(captures, out, "mp4"),
        "mp4_overlay": _export(captures, out, "mp4", "--overlay"),
    }
    found: dict[str, list[float]] = {name: [] for name in jobs}
    _decoded(captures)
    for _ in range(_ROUNDS):
        for name, job in jobs.items():
            shutil.rmtree(out, ignore_errors=True)
            before = _processor()
            job()
            found[name].append((_processor() - before) / _PICTURES * 1000)
    times = {name: median(all_of) for name, all_of in found.items()}
    what = f"{_PICTURES} pictures of {_SIZE[0]}x{_SIZE[1]}, Python {sys.version.split()[0]}, median of {_ROUNDS} rounds"
    print(f"\n{what}: milliseconds of processor time a picture")
    for name, what in (("encode", "PyAV, encoding alone"), ("codec", "Pillow and PyAV, decoding and encoding alone"),
                       ("lerobot", "export --to lerobot, the whole command"), ("mp4", "export --to mp4"),
                       ("mp4_overlay", "export --to mp4 --overlay")):  # fmt: skip
        print(f"  {what:<46}{times[name]:>6.1f}   encoding alone is {times['encode'] / times[name]:.2f} of it")
    return {f"{name}_ms": round(value, 2) for name, value in times.items()}


def _processor() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _say(rates: dict[str, float]) -> None:
    machine = f"{_cores()} cores, Python {sys.version.split()[0]}"
    print(f"\n{_PICTURES} pictures of {_SIZE[0]}x{_SIZE[1]}, {machine}, median of {_ROUNDS} rounds: pictures a second")
    for name, what, beside, limit in (
        ("encode", "PyAV, encoding alone, its own threads", "", ""),
        ("encode_on_all", "PyAV, encoding alone, a process a core", "", ""),
        ("codec_on_all", "Pillow and PyAV alone, a process a core", "", ""),
        ("lerobot", "export --to lerobot, the whole command", "encode", "0.8 or more"),
        ("lerobot", "", "codec_on_all", "0.8 or more"),
        ("lerobot", "", "encode_on_all", ""),
        ("mp4", "export --to mp4", "", ""),
        ("mp4_overlay", "export --to mp4 --overlay", "", ""),
    ):
        share = f"   {rates[name] / rates[beside]:.2f} of {beside}   {limit}" if beside else ""
        print(f"  {what:<44}{rates[name]:>7.1f}{share}".rstrip())


def _seconds(work: Callable[[], object]) -> float:
    os.sync()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _export(captures: Path, out: Path, to: str, *options: str) -> Callable[[], object]:
    command = [sys.executable, "-m", "lib", "export", str(captures), str(out), "--to", to, *options]
    return lambda: subprocess.run(command, cwd=environment.ROOT, check=True, stdout=subprocess.DEVNULL)


_in_memory: list[Any] = []


def _decoded(captures: Path) -> list[Any]:
    """The pictures, decoded once in each process: that happens while warming up."""
    if not _in_memory:
        _in_memory.extend(map(_decode, sorted(captures.glob("*.jpg"))[:_DISTINCT]))
    return _in_memory


def _decode(path: Path) -> Any:
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def _only_encode(captures: Path, folder: Path, first: int) -> None:
    _encode(folder / f"{first}.mp4", _LAP_SECONDS * _FPS, _decoded(captures), threads=1)


def _decode_and_encode(captures: Path, folder: Path, first: int) -> None:
    paths = sorted(captures.glob("*.jpg"))[first : first + _LAP_SECONDS * _FPS]
    _encode(folder / f"{first}.mp4", len(paths), map(_decode, paths), threads=1)


def _encode(path: Path, count: int, pictures: Any, threads: int) -> None:
    """As in PyAV's own examples, with the same settings of the encoder as ours."""
    import av

    from lib.export.video import GOP_FOR_TRAINING, PRESET, STEADY, crf_of

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=_FPS)
        stream.width, stream.height, stream.pix_fmt = *_SIZE, "yuv420p"
        stream.options = {"preset": PRESET, "crf": str(crf_of(None)), "g": str(GOP_FOR_TRAINING), "x264-params": STEADY}
        stream.codec_context.thread_count = threads
        shown = pictures if not isinstance(pictures, list) else (pictures[at % len(pictures)] for at in range(count))
        for picture in shown:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


# ------------------------------------------------------------------------------------------------------------- many


def _large(folder: Path) -> dict[str, Any]:
    captures, out = _captures(folder / "captures", _LARGE, _LARGE_SIZE), folder / "out"
    size = sum(path.stat().st_size for path in captures.glob("*.jpg"))
    print(f"\n{_LARGE} pictures of {_LARGE_SIZE[0]}x{_LARGE_SIZE[1]}, {size / 1e6:.0f} MB, {_cores()} cores")
    found: dict[str, Any] = {"picture_bytes": size}
    for to, options in (("lerobot", ()), ("mp4", ("--part", "9999"))):
        shutil.rmtree(out, ignore_errors=True)
        seconds, megabytes = _with_memory(captures, out, to, *options)
        files = [path for path in out.rglob("*") if path.is_file()]
        written = sum(path.stat().st_size for path in files)
        again, _ = _with_memory(captures, out, to, *options)
        print(f"  {to:<10}{seconds:>7.1f} s {megabytes:>6.0f} MB of memory in the largest process, {len(files)} files, "
              f"{written / size:.3f} of the pictures' bytes; again {again:.1f} s")  # fmt: skip
        found[to] = {"seconds": seconds, "memory_mb": megabytes, "files": len(files), "bytes": written, "again": again}
    return found


def _with_memory(captures: Path, out: Path, to: str, *options: str) -> tuple[float, float]:
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-m", "lib", "export", str(captures), str(out), "--to", to, *options]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=environment.ROOT, check=True, capture_output=True, text=True
    )
    return time.perf_counter() - began, int(done.stdout) / 1024


if __name__ == "__main__":
    sys.exit(main())
