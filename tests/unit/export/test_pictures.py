"""The pictures that go out: the same bytes, or new ones whose pixels show what was asked for."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from lib.dataset.options import OptionError
from lib.export.export import export
from lib.export.options import ExportOptions
from tests.unit.export.drives import SIZE, drive, grey_of, pixels

_COLOUR = (200, 40, 60)
_NEAR = 6  # of 255: what two JPEGs after each other cost on flat areas


def made(tmp_path: Path, **options: Any) -> dict[int, np.ndarray]:
    """By frame: the pixels of what went out."""
    captures = drive(tmp_path / "captures")
    export([captures], "parquet", str(tmp_path / "out"), ExportOptions(**options))
    return {int(row["path"][3:9]): pixels(row["bytes"]) for row in images(tmp_path / "out")}


def images(out: Path) -> list[dict[str, Any]]:
    tables = [pq.read_table(path, columns=["image"]) for path in sorted((out / "data").glob("*.parquet"))]
    return [row for table in tables for row in table["image"].to_pylist()]


def near(array: np.ndarray, value: Any) -> bool:
    return bool(np.abs(array - np.asarray(value)).max() <= _NEAR)


def test_without_such_an_option_pictures_keep_their_bytes(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    export([captures], "parquet", str(tmp_path / "out"), ExportOptions(fps=None))
    found = images(tmp_path / "out")
    assert len(found) == 60
    for row in found:
        assert row["bytes"] == (captures / row["path"]).read_bytes()


def test_size_makes_them_smaller_and_shows_all_of_them(tmp_path: Path) -> None:
    for frame, array in made(tmp_path, size=(48, 64)).items():
        assert array.shape == (64, 48, 3)
        assert near(array[:24, :16], grey_of(frame))
        assert near(array[40:], _COLOUR)
        assert near(array[:, 32:], _COLOUR)


def test_crop_shows_that_box_pixel_by_pixel(tmp_path: Path) -> None:
    whole = pixels((drive(tmp_path / "captures") / "01_000007.jpg").read_bytes())
    array = made(tmp_path, crop=(80, 40, 60, 50), quality=100)[7]
    assert array.shape == (50, 60, 3)
    inside = whole[40:90, 80:140]
    # The edge between grey and colour runs through it; beside one a JPEG is seldom right.
    flat = np.ones((50, 60), dtype=bool)
    flat[:40, :32] = False
    flat[:16, :8] = True
    assert near(array[flat], inside[flat])
    assert near(array[:16, :8], grey_of(7))


def test_crop_and_size_together_stretch_the_box(tmp_path: Path) -> None:
    for frame, array in made(tmp_path, crop=(0, 0, 80, 48), size=(16, 24)).items():
        assert array.shape == (24, 16, 3)
        assert near(array, grey_of(frame))
    assert near(made(tmp_path / "b", crop=(96, 0, 96, 128), size=(16, 16))[1][:, 3:], _COLOUR)


def test_masks_are_grey_boxes_of_the_saved_picture_also_where_it_is_cropped_and_smaller(tmp_path: Path) -> None:
    boxes = ((112, 64, 64, 48), (0, 96, 32, 32))
    for frame, array in made(tmp_path, masks=boxes, quality=100).items():
        for left, top, width, height in boxes:
            assert near(array[top + 4 : top + height - 4, left + 4 : left + width - 4], 128)
        assert near(array[:48, 112:], _COLOUR)
        assert near(array[:48, :80], grey_of(frame))
    cropped = made(tmp_path / "b", masks=boxes, crop=(96, 64, 96, 64), size=(48, 32), quality=100)[1]
    assert near(cropped[4:20, 12:36], 128)
    assert near(cropped[29:], _COLOUR)


def test_grey_has_one_channel_with_the_same_brightness(tmp_path: Path) -> None:
    for frame, array in made(tmp_path, grey=True).items():
        assert array.shape == (SIZE[1], SIZE[0])
        assert near(array[:48, :80], grey_of(frame))
        assert near(array[80:], round(0.299 * 200 + 0.587 * 40 + 0.114 * 60))


def test_quality_decides_the_bytes_of_new_pictures(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (90, 160, 3), dtype=np.uint8)
    captures = replaced(tmp_path, saved(Image.fromarray(noise), "JPEG", quality=98))
    sizes = []
    for quality in (20, 95):
        out = tmp_path / str(quality)
        export([captures], "parquet", str(out), ExportOptions(quality=quality))
        sizes.append(len(images(out)[0]["bytes"]))
    assert sizes[0] < 0.4 * sizes[1]


def test_new_pictures_carry_no_comment_of_the_recording(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures")
    path = captures / "01_000001.jpg"
    with Image.open(path) as image:
        image.save(path, quality=90, comment=b'{"synclogger": 2, "row": ["01_000001.jpg"]}')
    export([captures], "parquet", str(tmp_path / "out"), ExportOptions(grey=True))
    assert b"synclogger" not in images(tmp_path / "out")[0]["bytes"]


def replaced(tmp_path: Path, content: bytes) -> Path:
    captures = drive(tmp_path / "captures")
    (captures / "01_000001.jpg").write_bytes(content)
    return captures


def saved(image: Image.Image, kind: str, **more: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


_ODD = {
    "odd size": saved(Image.new("RGB", (1279, 719), (10, 120, 200)), "JPEG"),
    "tiny": saved(Image.new("RGB", (1, 1), (10, 120, 200)), "JPEG"),
    "8k": saved(Image.new("RGB", (7680, 4320), (10, 120, 200)), "JPEG"),
    "grey": saved(Image.new("L", (64, 48), 90), "JPEG"),
    "CMYK": saved(Image.new("CMYK", (64, 48), (10, 120, 200, 30)), "JPEG"),
    "progressive": saved(Image.new("RGB", (64, 48), (10, 120, 200)), "JPEG", progressive=True),
    "alpha": saved(Image.new("RGBA", (64, 48), (10, 120, 200, 40)), "PNG"),
    "16 bit": saved(Image.fromarray(np.full((48, 64), 40_000, dtype=np.uint16)), "PNG"),
}


@pytest.mark.parametrize("what", _ODD)
def test_odd_pictures_go_out_as_they_are_and_are_made_anew(tmp_path: Path, what: str) -> None:
    captures = replaced(tmp_path, _ODD[what])
    assert not export([captures], "parquet", str(tmp_path / "out"), ExportOptions()).failed
    first = images(tmp_path / "out")[0]
    assert first["bytes"] == _ODD[what]
    assert Path(first["path"]).suffix == (".png" if what in ("alpha", "16 bit") else ".jpg")
    assert not export([captures], "parquet", str(tmp_path / "small"), ExportOptions(size=(30, 20))).failed
    array = pixels(images(tmp_path / "small")[0]["bytes"])
    assert array.shape == (20, 30, 3)
    if what in ("odd size", "tiny", "8k", "progressive", "alpha"):
        assert near(array, (10, 120, 200))
    if what == "16 bit":
        assert near(array, 40_000 >> 8)


def test_a_bitmap_of_an_older_tool_goes_out_as_png_with_the_same_pixels(tmp_path: Path) -> None:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 255, (9, 7, 3), dtype=np.uint8))
    captures = replaced(tmp_path, saved(image, "BMP"))
    export([captures], "parquet", str(tmp_path / "out"), ExportOptions())
    first = images(tmp_path / "out")[0]
    assert first["path"] == "01_000001.png"
    assert (pixels(first["bytes"]) == np.asarray(image)).all()


@pytest.mark.parametrize("to", ["parquet", "lerobot", "mp4"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"crop": (500, 0, 20, 20)}, "the crop 500,0,20,20 reaches beyond pictures of 192x128"),
        ({"crop": (190, 120, 50, 50)}, "the crop 190,120,50,50 reaches beyond pictures of 192x128"),
        ({"masks": ((0, 0, 9, 9), (0, 128, 9, 9))}, "the mask 0,128,9,9 lies outside pictures of 192x128"),
    ],
)
def test_a_box_of_other_pictures_is_refused_before_anything_is_made(
    tmp_path: Path, to: str, options: dict[str, Any], said: str
) -> None:
    captures = drive(tmp_path / "captures")
    with pytest.raises(OptionError, match=said):
        export([captures], to, str(tmp_path / "out"), ExportOptions(**options))
    assert not [path for path in (tmp_path / "out").rglob("*") if path.suffix in (".parquet", ".mp4")]


def test_a_bomb_costs_its_part_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    captures = replaced(tmp_path, _ODD["odd size"])
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100_000)
    monkeypatch.setattr("lib.recordings.workers.cores", lambda: 1)
    options = ExportOptions(size=(30, 20), part=20)
    report = export([captures], "parquet", str(tmp_path / "out"), options)
    assert len(report.failed) == 1
    assert "01_000001.jpg can't be read" in report.failed[0]
