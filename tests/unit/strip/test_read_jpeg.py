"""The strip can be read back from the JPEGs that a recording without the mask leaves."""

import io
import random

import pytest
from PIL import Image

from lib.strip.read_jpeg import JpegStripReader
from tests.unit.strip.pictures import draw_panel, scene

KEY = 77


def saved(picture: Image.Image, quality: int, subsampling: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, subsampling=subsampling)
    return Image.open(file)


@pytest.mark.parametrize("scale", [1.0, 1.37, 2.0])
@pytest.mark.parametrize(("quality", "subsampling"), [(75, 2), (90, 2), (90, 0)])
@pytest.mark.parametrize("reduced_to", [1.0, 0.75, 0.5])
def test_reads_saved_pictures(scale: float, quality: int, subsampling: int, reduced_to: float) -> None:
    source = random.Random(quality)
    picture = scene(1280, 720, source)
    draw_panel(picture, 31415, KEY, at=(source.uniform(0, 500), source.uniform(0, 400)), scale=scale)
    size = (round(1280 * reduced_to), round(720 * reduced_to))
    jpeg = saved(picture.resize(size, Image.Resampling.BILINEAR), quality, subsampling)
    assert JpegStripReader(KEY).tick(jpeg) == 31415
    assert JpegStripReader(KEY + 1).tick(jpeg) is None


def test_reads_nothing_from_a_masked_picture() -> None:
    assert JpegStripReader(KEY).tick(saved(scene(1280, 720, random.Random(1)), 90, 2)) is None
