"""Prints how many pictures are torn where the panel can't tell: `python -m tests.bench.tears [--seconds S]`.

The strips at the panel's edges show a tear only between them. Witnesses in two corners of the scene show the rest:
where one of them tells another tick than the picture's row, the picture is torn between panel and witness. The double
brings its frames to the screen whole; to see what a display does that doesn't wait for a whole frame, it also brings
them there band by band.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests import environment
from tests.end_to_end.captures import Captures
from tests.host import witness
from tests.host.run import run_host
from tests.host.scene import Event, Scene

_READY = 2.5
_SIZE = (1280, 720)
_RATES = (60, 144, 0)
# How many bands, and where the panel is.
_WAYS = ((1, "top"), (8, "top"), (8, "bottom"))
_PANEL = {"top": (20, 20), "bottom": (20, 570)}


def share_torn(fps: int, bands: int, panel: str, seconds: float) -> tuple[int, int, int]:
    """Pictures, and how many of them were torn inside the panel, and elsewhere."""
    events = (
        Event(1.0, "bands", bands),
        Event(1.0, "upper_witness"),
        Event(_READY, "click"),
        Event(_READY + seconds, "click"),
        Event(_READY + seconds + 1.5, "quit"),
    )
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(events=events, size=_SIZE, fps=fps, lag=0, panel=_PANEL[panel])
        host = run_host(Path(folder), scene, {"SYNC.DROP_TORN": 0})
        captures = Captures(host.app / "captures")
        elsewhere = 0
        ticks = captures.tick_of_picture()
        for image, tick in ticks.items():
            with Image.open(captures.folder / image) as picture:
                elsewhere += {witness.read(picture), witness.read(picture, is_upper=True)} != {tick}
        return len(ticks), int(captures.take(1)["sync"]["torn"]), elsewhere


def main() -> int:
    """Print the table as it stands in docs/survives.md."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tears", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of recording for each line (%(default)s)")
    seconds = parser.parse_args().seconds
    server = environment.start_display()
    os.environ["DISPLAY"] = server.name
    try:
        print("| frames reach the screen | panel | frames a second | pictures | torn in the panel | torn elsewhere |")
        print("|---|---|---|---|---|---|")
        for bands, panel in _WAYS:
            for fps in _RATES:
                pictures, inside, elsewhere = share_torn(fps, bands, panel, seconds)
                how = "whole" if bands == 1 else f"in {bands} bands"
                shares = " | ".join(f"{count} ({100 * count / pictures:.1f} %)" for count in (inside, elsewhere))
                print(f"| {how} | {panel} | {fps or 'unlimited'} | {pictures} | {shares} |", flush=True)
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
