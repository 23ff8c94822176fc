"""Prints what reading the sync strip from one 1920x1080 picture takes: `python -m tests.bench.strip_times`.

In processor time, so that other programs at work make no difference.
"""

import random
import statistics
import time

from PIL import Image

from lib.strip.read import StripReader
from tests.unit.strip.pictures import draw_panel, gradient, noise, raw, saturated_noise, scene

SIZE = (1920, 1080)
KEY = 2014
REPEATS = 40


def milliseconds(reader: StripReader, pixels: bytearray) -> float:
    start = time.thread_time()
    reader.read(pixels, *SIZE)
    return (time.thread_time() - start) * 1000


def found(scale: float, picture: Image.Image) -> tuple[float, float]:
    """Median times of the search that finds the strip, and of reading it again at its place."""
    draw_panel(picture, 123456, KEY, at=(900, 700), scale=scale)
    pixels = raw(picture)
    searches, again = [], []
    for _ in range(REPEATS):
        reader = StripReader(KEY)
        searches.append(milliseconds(reader, pixels))
        again.append(milliseconds(reader, pixels))
    return statistics.median(searches), statistics.median(again)


def not_found(picture: Image.Image) -> tuple[float, float]:
    """Median times of whole searches, and of those at the reduced rhythm after the strip has long been away."""
    pixels = raw(picture)
    whole = statistics.median(milliseconds(StripReader(KEY), pixels) for _ in range(REPEATS))
    reader = StripReader(KEY)
    later = [milliseconds(reader, pixels) for _ in range(REPEATS)][5:]
    return whole, statistics.median(later)


def main() -> None:
    source = random.Random(1)
    print("found, ms                          search    at its place")
    for scale in (0.5, 1.0, 1.37, 3.0):
        search, again = found(scale, scene(*SIZE, source))
        print(f"  scene, interface scale {scale:<8g} {search:9.3f} {again:15.4f}")
    print("not found, ms                       whole    reduced rhythm")
    contents = {
        "scene": scene(*SIZE, source),
        "gradient": gradient(*SIZE, source),
        "noise": noise(*SIZE, source),
        "saturated noise of 2 pixels": saturated_noise(*SIZE, source, 2),
        "saturated noise of 30 pixels": saturated_noise(*SIZE, source, 30),
        "white": Image.new("RGB", SIZE, "white"),
        "black": Image.new("RGB", SIZE, "black"),
        "magenta": Image.new("RGB", SIZE, "magenta"),
    }
    for name, picture in contents.items():
        whole, later = not_found(picture)
        print(f"  {name:<30} {whole:9.3f} {later:15.4f}")


if __name__ == "__main__":
    main()
