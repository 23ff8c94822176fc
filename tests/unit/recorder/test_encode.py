import io
from pathlib import Path

import pytest
from PIL import Image

from lib.recorder.encode import JpegOptions, paint_over, save_jpeg
from lib.recorder.geometry import Rect

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
    assert isinstance(seen[0], io.BufferedWriter)
