"""Grabs a piece of the screen and writes it as a JPEG: run by install with the recorder's interpreter."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import mss
from PIL import Image

_LARGEST = 640


def main() -> int:
    try:
        with mss.MSS() as grabber:
            screen = grabber.monitors[1]
            area = {
                "left": screen["left"],
                "top": screen["top"],
                "width": min(screen["width"], _LARGEST),
                "height": min(screen["height"], _LARGEST),
            }
            picture = grabber.grab(area)
    except (mss.ScreenShotError, OSError, IndexError) as error:
        print(f"{error} (is there a screen, and is this a program of its session?)")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "check.jpg"
        Image.frombytes("RGB", picture.size, picture.bgra, "raw", "BGRX").save(path, quality=90)
        with Image.open(path) as written:
            written.load()
            size = written.size
    if size != tuple(picture.size):
        print(f"grabbed {tuple(picture.size)}, but the JPEG has {size}")
        return 1
    print(f"grabbed {size[0]}x{size[1]} of the screen and wrote it as a JPEG")
    return 0


if __name__ == "__main__":
    sys.exit(main())
