"""`python -m tests.bench.report_page`: how large a report of many pictures is, how soon it can be used, how it scrubs.

The folder is made of one drive with pictures of its own, over and over: one take, its pictures hard links to some
hundred real files, its rows and ticks written as the recorder writes them.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("The benchmark needs Python 3.11 or newer, this is " + sys.version.split()[0])

from tests import environment

_LAP_SECONDS = 90.0
_RATE = 60
_DIFFERENT = 200
_SCRUB_SECONDS = 5.0
LIMITS = {
    "page_mb": "30 or less",
    "usable_s": "3 or less",
    "scrub_per_s": "30 or more",
    "browser_per_s": "",
    "plots_s": "",
    "made_s": "",
    "made_rss_mb": "",
}


def make_folder(folder: Path, pictures: int, size: tuple[int, int] = (1280, 720)) -> None:
    """A captures folder with so many pictures."""
    from PIL import ImageDraw

    from lib.captures.names import picture_name
    from lib.captures.take_file import TakeDescription, write_description
    from tests.bench.photo import photo

    folder.mkdir(parents=True, exist_ok=True)
    originals = []
    for number in range(min(pictures, _DIFFERENT)):
        picture = photo(*size).copy()
        ImageDraw.Draw(picture).text((20, 20), f"{number}", fill="white", font_size=160)
        originals.append(folder / picture_name(1, number + 1))
        picture.save(originals[-1], quality=90)
    for frame in range(len(originals) + 1, pictures + 1):
        os.link(originals[(frame - 1) % len(originals)], folder / picture_name(1, frame))
    _write_rows(folder, pictures)
    told = TakeDescription(1, how_it_ended="stopped", frames_saved=pictures, proof={"proven": pictures}, synced=True)
    told.facts = {"take_id": "bench", "car": "double", "track": "loop", "driver": "nobody"}
    told.ticks = {"total": pictures, "by_outcome": {"saved": pictures}}
    write_description(folder, told)


def _write_rows(folder: Path, pictures: int) -> None:
    from lib.captures.names import picture_name
    from lib.captures.ticks import TICK_COLUMNS

    at = {name: index for index, name in enumerate(TICK_COLUMNS)}
    with (folder / "data.csv").open("w") as rows, (folder / "01_ticks.csv").open("w") as ticks:
        ticks.write(",".join(TICK_COLUMNS) + "\n")
        for frame in range(1, pictures + 1):
            row, told = _moment(frame)
            image = picture_name(1, frame)
            rows.write(",".join([image, *row]) + "\n")
            line = ["0"] * len(TICK_COLUMNS)
            for name, value in {**told, "image": image}.items():
                line[at[name]] = value
            ticks.write(",".join(line) + "\n")


def _moment(frame: int) -> tuple[list[str], dict[str, str]]:
    """The columns B to O, and what the tick says beside them."""
    seconds = frame / _RATE
    lap, lap_time = divmod(seconds, _LAP_SECONDS)
    share = lap_time / _LAP_SECONDS
    turn = math.sin(12.6 * share + lap / 9) * math.sin(37.7 * share)
    speed = 90 - 50 * abs(turn)
    pedal = math.cos(50.3 * share)
    row = [
        max(0.0, pedal), max(0.0, -pedal), 1.0, 2 + round(speed / 30), 180 * turn, 2 * turn, pedal, speed, "TRUE",
        lap_time, 0.0 if lap < 1 else _LAP_SECONDS, share, 0.0, 0.0,
    ]  # fmt: skip
    texts = [str(value) if isinstance(value, int | str) else f"{value:.6f}" for value in row]
    angle = 2 * math.pi * share
    told = {
        "tick": str(frame), "game_time": f"{seconds:.6f}", "time": f"{seconds:.6f}", "lap_count": f"{lap:.0f}",
        "lap_time_ms": f"{1000 * lap_time:.0f}", "last_lap_ms": f"{1000 * _LAP_SECONDS if lap else 0:.0f}",
        "lap_valid": "1", "world_x": f"{400 * math.cos(angle):.3f}",
        "world_z": f"{250 * math.sin(angle) + 60 * math.sin(3 * angle):.3f}",
        "grab_start": f"{seconds + 0.02:.6f}", "grab_end": f"{seconds + 0.022:.6f}",
        "outcome": "saved", "paired_by": "strip",
    }  # fmt: skip
    return texts, told


def measure(folder: Path) -> dict[str, float]:
    """Make the page of a folder and use it."""
    import resource

    from lib.report.report import report
    from tests.browser import chromium, show

    begun = time.perf_counter()
    made = report(folder)
    found = {
        "made_s": time.perf_counter() - begun,
        "made_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "page_mb": made.path.stat().st_size / 1e6,
    }
    with chromium() as driver:
        show(driver, made.path)
        found["usable_s"] = driver.execute_script("return synclogger.usableMs") / 1000
        found["plots_s"] = (
            driver.execute_script("return performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000
        )
        driver.set_script_timeout(60)
        found["scrub_per_s"] = driver.execute_async_script(_SCRUB, _SCRUB_SECONDS)
        found["browser_per_s"] = driver.execute_async_script(_DECODE, _SCRUB_SECONDS)
    return found


# Moves the slider through the take as a hand does, a step for each frame that the browser draws, and counts the
# different pictures that came onto the screen.
_SCRUB = """
const [seconds, done] = arguments;
const scrub = document.getElementById("scrub");
const count = synclogger.columns.frame.length;
const before = synclogger.pictures.shown;
const begun = performance.now();
function move(now) {
  const share = (now - begun) / 1000 / seconds;
  if (share >= 1) return done((synclogger.pictures.shown - before) / seconds);
  scrub.value = Math.floor(share * (count - 1));
  scrub.dispatchEvent(new Event("input"));
  requestAnimationFrame(move);
}
requestAnimationFrame(move);
"""

# What the browser can do at all in that time: decode pictures and draw them, and nothing else.
_DECODE = """
const [seconds, done] = arguments;
const count = synclogger.columns.frame.length;
const pen = document.getElementById("picture").getContext("2d");
const begun = performance.now();
let drawn = 0;
let next = 0;
async function work() {
  while (performance.now() - begun < 1000 * seconds) {
    const image = new Image();
    next = (next + 499) % count;
    image.src = synclogger.pictures.addressOf(next);
    await new Promise((resolve) => (image.onload = resolve));
    pen.drawImage(await createImageBitmap(image), 0, 0);
    drawn += 1;
    await new Promise(requestAnimationFrame);
  }
}
Promise.all([work(), work(), work()]).then(() => done(drawn / seconds));
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.report_page", description=__doc__)
    parser.add_argument("--pictures", type=int, default=100_000, help="(%(default)s)")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep the folder there; one that is there is used")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every number to this file")
    arguments = parser.parse_args()
    try:
        environment.prepare_system(private_display=False)
        environment.enter("tests.bench.report_page", sys.argv[1:])
        with tempfile.TemporaryDirectory() as temporary:
            folder = arguments.folder or Path(temporary, "captures")
            if not (folder / "data.csv").exists():
                environment.say(f"Making {arguments.pictures} pictures ...")
                make_folder(folder, arguments.pictures)
            found: dict[str, Any] = {"pictures": arguments.pictures, **measure(folder)}
    except environment.SetupError as error:
        environment.say(f"Can't set up the benchmark: {error}")
        return 1
    for name, limit in LIMITS.items():
        print(f"{name:<12} {found[name]:>10.2f}   {limit}")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
