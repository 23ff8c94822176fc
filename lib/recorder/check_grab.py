"""Grabs a piece of the screen and writes it as a JPEG, as the recorder does: run by install with its interpreter."""

import sys
import tempfile
from pathlib import Path

from PIL import Image

from .saving.encode import JpegOptions, save_jpeg
from .screen.grab import Grabber, GrabError

_LARGEST = 640


def main() -> int:
    """0 and a line with what was grabbed, or 1 and a line that says why nothing was."""
    grabber = Grabber()
    try:
        screen = grabber.monitor(1)
        if screen is None:
            print("no monitor is there (is there a screen, and is this a program of its session?)")
            return 1
        area = screen._replace(width=min(screen.width, _LARGEST), height=min(screen.height, _LARGEST))
        grab = grabber.grab(area, 0)
    except GrabError as error:
        print(f"{error} (is there a screen, and is this a program of its session?)")
        return 1
    finally:
        grabber.close()
    size = (grab.width, grab.height)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "check.jpg"
        save_jpeg(path, grab.pixels, size, JpegOptions(size, 90, "4:2:0"), b"")
        with Image.open(path) as written:
            written.load()
            written_size = written.size
    if written_size != size:
        print(f"grabbed {size}, but the JPEG has {written_size}")
        return 1
    print(f"grabbed {size[0]}x{size[1]} of the screen and wrote it as a JPEG")
    return 0


if __name__ == "__main__":
    sys.exit(main())
