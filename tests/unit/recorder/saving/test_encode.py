import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from lib.recorder.saving.encode import JpegOptions, paint_over, save_jpeg
from lib.strip.rect import Rect
from tests import environment

SIZE = (320, 180)
QUARTERS = {(40, 40): (220, 30, 30), (280, 40): (30, 200, 30), (40, 140): (30, 30, 210), (280, 140): (230, 220, 40)}


def grabbed() -> bytearray:
    """Four quarters of different colours, as a grab delivers them."""
    image = Image.new("RGB", SIZE)
    for (x, y), colour in QUARTERS.items():
        image.paste(colour, (x // 160 * 160, y // 90 * 90, x // 160 * 160 + 160, y // 90 * 90 + 90))
    return bytearray(image.convert("RGBX").tobytes("raw", "BGRX"))


def close(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("saved", [SIZE, (160, 90), (100, 50), (200, 112), (640, 360), (7, 5)])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
def test_colours_are_right_at_every_size(tmp_path: Path, saved: tuple[int, int], subsampling: str) -> None:
    path = tmp_path / "x.part"
    save_jpeg(path, grabbed(), SIZE, JpegOptions(saved, 90, subsampling), b'{"a":1}')
    with Image.open(path) as image:
        image.load()
        assert image.size == saved
        assert image.info["comment"] == b'{"a":1}'
        for (x, y), colour in QUARTERS.items():
            if min(saved) > 10:
                assert close(image.getpixel((x * saved[0] // SIZE[0], y * saved[1] // SIZE[1])), colour)


def test_the_mask_covers_the_rectangle_and_nothing_else(tmp_path: Path) -> None:
    pixels = grabbed()
    before = Image.frombytes("RGB", SIZE, bytes(pixels), "raw", "BGRX")
    paint_over(pixels, SIZE[0], Rect(150, 80, 30, 20))
    after = Image.frombytes("RGB", SIZE, bytes(pixels), "raw", "BGRX")
    expected = before.copy()
    expected.paste((128, 128, 128), (150, 80, 180, 100))
    assert after.tobytes() == expected.tobytes()


def test_a_disk_that_refuses_is_an_os_error() -> None:
    with pytest.raises(OSError):
        save_jpeg(Path("/dev/full"), grabbed(), SIZE, JpegOptions(SIZE, 90, "4:2:0"), b"")


def test_the_encoder_writes_to_a_real_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Into memory, Pillow holds the interpreter lock for as long as it encodes."""
    seen = []
    save = Image.Image.save
    monkeypatch.setattr(Image.Image, "save", lambda self, file, *a, **k: (seen.append(file), save(self, file, *a, **k)))
    save_jpeg(tmp_path / "x", grabbed(), SIZE, JpegOptions(SIZE, 90, "4:2:0"), b"")
    assert isinstance(seen[0], io.BufferedRandom)


CUT_SHORT = """
import resource, signal, sys
from pathlib import Path
from lib.recorder.saving.encode import JpegOptions, save_jpeg
size = (640, 480)
pixels = bytearray((7919 * n >> 5) & 255 for n in range(size[0] * size[1] * 4))
path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
save_jpeg(path, pixels, size, JpegOptions(size, 90, "4:4:4"), b"{}")
whole = path.read_bytes()
assert len(whole) > 200_000
for limit in (0, 1, 3, 100, 65536, 65537, 150_000, len(whole) - 2, len(whole) - 1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        save_jpeg(path, pixels, size, JpegOptions(size, 90, "4:4:4"), b"{}")
    except OSError:
        continue
    raise SystemExit(f"{path.stat().st_size} of {len(whole)} bytes passed for a picture")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits a file as Unix does")
def test_a_picture_that_the_disk_cut_short_is_never_taken_for_whole(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", CUT_SHORT, str(tmp_path / "x.part")], cwd=environment.ROOT, check=True)
