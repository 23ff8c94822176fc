"""What is left of a strip that can't be read is told from nothing at all."""

import random

import pytest
from PIL import Image

from lib.strip.trace import shows_a_mark
from tests.unit.strip.pictures import draw_panel, gradient, raw

SIZE = (640, 360)


def picture(at: tuple[float, float], scale: float, smooth: bool = False) -> Image.Image:
    made = gradient(*SIZE, random.Random(3))
    draw_panel(made, 77, 5, at=at, scale=scale, smooth=smooth)
    return made


@pytest.mark.parametrize("scale", [0.75, 1.0, 1.5])
@pytest.mark.parametrize("at", [(-170.0, 40.0), (500.0, 100.0)])
def test_half_of_a_panel_is_seen(at: tuple[float, float], scale: float) -> None:
    assert shows_a_mark(raw(picture(at, scale)), *SIZE)


def test_a_panel_of_which_a_part_is_covered_is_seen() -> None:
    covered = picture((100, 100), 1.0, smooth=True)
    covered.paste((90, 120, 60), (100, 90, 400, 260))
    assert shows_a_mark(raw(covered), *SIZE)
    covered.paste((90, 120, 60), (90, 90, 460, 260))
    assert not shows_a_mark(raw(covered), *SIZE)


@pytest.mark.parametrize("seed", range(20))
def test_a_scene_shows_no_mark(seed: int) -> None:
    assert not shows_a_mark(raw(gradient(*SIZE, random.Random(seed))), *SIZE)
