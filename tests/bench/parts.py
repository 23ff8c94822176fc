"""Each part of the way timed alone, and the ways that others go: limits and baselines."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import mss
import mss.tools
import numpy as np
from PIL import Image

from lib.recorder.saving.encode import JpegOptions, save_jpeg
from tests.bench.photo import photo

QUALITY, SUBSAMPLING = 90, "4:2:0"
Size = tuple[int, int]


def milliseconds(action: Callable[[int], object], runs: int) -> list[float]:
    """How long each of so many runs took, after one that does not count."""
    action(0)
    taken = []
    for run in range(1, runs + 1):
        began = time.perf_counter()
        action(run)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def region(size: Size) -> dict[str, int]:
    return {"left": 0, "top": 0, "width": size[0], "height": size[1]}


def raw_picture(size: Size) -> bytearray:
    return bytearray(photo(*size).convert("RGBX").tobytes("raw", "BGRX"))


def encode_ms(size: Size, folder: Path, threads: int, runs: int) -> float:
    """Milliseconds per picture of converting and encoding to files on so many threads at once."""
    pixels = [raw_picture(size) for _ in range(threads)]
    options = JpegOptions(size, QUALITY, SUBSAMPLING)

    def work(number: int) -> None:
        for run in range(runs):
            save_jpeg(folder / f"encode_{number}_{run % 8}.jpg", pixels[number], size, options, b"{}")

    work(0)
    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        list(pool.map(work, range(threads)))
        return (time.perf_counter() - began) * 1000 / (runs * threads)


def encode_new_ms(size: Size, folder: Path, runs: int) -> float:
    """The same on one thread, median, of pictures that were just copied, as a grab does: none is in the cache whole."""
    pixels = raw_picture(size)
    options = JpegOptions(size, QUALITY, SUBSAMPLING)
    waiting = deque([bytearray(pixels), bytearray(pixels)])
    taken = []
    for run in range(runs):
        waiting.append(bytearray(pixels))
        picture = waiting.popleft()
        began = time.perf_counter()
        save_jpeg(folder / f"encode_0_{run % 8}.jpg", picture, size, options, b"{}")
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def limits(size: Size, folder: Path, threads: list[int], runs: int) -> dict[str, float]:
    """Median milliseconds per picture of each part alone."""
    pixels = raw_picture(size)
    with mss.MSS() as screen:
        grab = milliseconds(lambda _: screen.grab(region(size)), runs)
    copy = milliseconds(lambda _: bytearray(pixels), runs)
    jpeg = folder / "encode_0_0.jpg"
    found = {f"encode_{count}_ms": encode_ms(size, folder, count, runs) for count in threads}
    content = jpeg.read_bytes()
    write = milliseconds(lambda run: (folder / f"write_{run % 8}.jpg").write_bytes(content), runs)
    return {
        "grab_ms": statistics.median(grab),
        "copy_ms": statistics.median(copy),
        "write_ms": statistics.median(write),
        "jpeg_kb": len(content) / 1000,
        "encode_new_ms": encode_new_ms(size, folder, runs),
        **found,
    }


def inline_png(size: Size, folder: Path, runs: int) -> list[float]:
    """The old way, baseline (a): all of it in acUpdate, PNG by mss."""
    with mss.MSS() as screen:

        def step(run: int) -> None:
            shot = screen.grab(region(size))
            mss.tools.to_png(shot.rgb, shot.size, output=str(folder / f"inline_{run % 4}.png"))

        return milliseconds(step, runs)


def inline_jpeg(size: Size, folder: Path, runs: int) -> list[float]:
    """Baseline (b): all of it in acUpdate, JPEG by Pillow."""
    with mss.MSS() as screen:

        def step(run: int) -> None:
            shot = screen.grab(region(size))
            image = Image.frombytes("RGB", shot.size, shot.bgra, "raw", "BGRX")
            image.save(folder / f"inline_{run % 8}.jpg", quality=QUALITY, subsampling=SUBSAMPLING)

        return milliseconds(step, runs)


def opencv_loop(size: Size, folder: Path, seconds: float) -> float:
    """Baseline (c): pictures per second of the simplest separate loop, mss and OpenCV at the same quality."""
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        QUALITY,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    ]
    count = 0
    with mss.MSS() as screen, (folder / "loop.csv").open("w", encoding="utf-8") as rows:
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            picture = np.asarray(screen.grab(region(size)))[:, :, :3]
            cv2.imwrite(str(folder / f"loop_{count:06}.jpg"), picture, options)
            rows.write(f"loop_{count:06}.jpg,{time.time()}\n")
            count += 1
        return count / (time.perf_counter() - began)
