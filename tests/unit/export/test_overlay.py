"""The overlay shows what the row says, inside its field, and leaves the rest of the picture alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lib.export.overlay import Shown, with_overlay

_NOTHING = Shown(0.0, 0.0, 0.0, 0.0, 0.0)


def shown(row: Shown, size: tuple[int, int] = (1280, 720)) -> np.ndarray:
    return with_overlay(np.full((size[1], size[0], 3), 90, dtype=np.uint8), row).astype(int)


def greenish(picture: np.ndarray) -> int:
    return int(np.count_nonzero(picture[..., 1] - picture[..., [0, 2]].max(axis=-1) > 50))


def reddish(picture: np.ndarray) -> int:
    return int(np.count_nonzero(picture[..., 0] - picture[..., [1, 2]].max(axis=-1) > 50))


def test_pedals_rise_with_what_they_show() -> None:
    gas = [greenish(shown(_NOTHING._replace(gas=share))) for share in (0.0, 0.25, 0.5, 1.0)]
    brake = [reddish(shown(_NOTHING._replace(brake=share))) for share in (0.0, 0.25, 0.5, 1.0)]
    for area in (gas, brake):
        assert area[0] == 0
        assert area[2] == pytest.approx(2 * area[1], rel=0.15)
        assert area[3] == pytest.approx(2 * area[2], rel=0.15)
    assert reddish(shown(_NOTHING._replace(gas=1.0))) == 0
    for share in (1e-6, 0.001, 0.02, 0.999, 1.5, -0.5):
        shown(_NOTHING._replace(gas=share, brake=share))


def mark(picture: np.ndarray) -> tuple[float, float]:
    """Where the wheel's blue mark is, (down, right) from the middle of the wheel."""
    blue = np.argwhere(picture[..., 2] - picture[..., 0] > 90)
    wheel = np.argwhere(picture[:, :540].min(axis=-1) > 200)
    middle = (wheel.min(axis=0) + wheel.max(axis=0)) / 2
    down, right = blue.mean(axis=0) - middle
    return float(down), float(right)


def test_the_wheel_turns_clockwise_for_more_than_nothing() -> None:
    down, right = mark(shown(_NOTHING))
    assert down < -20
    assert abs(right) < 3
    assert mark(shown(_NOTHING._replace(steer=90)))[1] > 20
    assert mark(shown(_NOTHING._replace(steer=-90)))[1] < -20
    assert mark(shown(_NOTHING._replace(steer=180)))[0] > 20
    assert mark(shown(_NOTHING._replace(steer=450))) == pytest.approx(mark(shown(_NOTHING._replace(steer=90))), abs=3)


def test_speed_and_delta_change_the_picture_and_faster_is_green() -> None:
    assert (shown(_NOTHING._replace(speed_mph=123)) != shown(_NOTHING._replace(speed_mph=124))).any()
    assert greenish(shown(_NOTHING._replace(delta=-0.5))) > 100
    assert reddish(shown(_NOTHING._replace(delta=0.5))) > 100
    assert greenish(shown(_NOTHING)) == reddish(shown(_NOTHING)) == 0


@pytest.mark.parametrize(
    "size", [(1280, 720), (1279, 719), (640, 360), (320, 180), (160, 90), (84, 84), (200, 66), (7, 5), (1, 1)]
)
def test_the_field_lies_below_and_the_rest_stays(size: tuple[int, int]) -> None:
    picture = shown(Shown(30.0, 0.5, 0.5, 99.0, -0.3), size)
    assert picture.shape == (size[1], size[0], 3)
    changed = np.argwhere((picture != 90).any(axis=-1))
    assert len(changed)
    if size[1] >= 180:
        assert changed[:, 0].min() > size[1] * 0.6
        left, right = changed[:, 1].min(), size[0] - 1 - changed[:, 1].max()
        assert abs(left - right) <= 1


def test_a_value_that_nobody_knows_is_not_shown() -> None:
    nothing = Shown(*[math.nan] * 5)
    assert greenish(shown(nothing)) == reddish(shown(nothing)) == 0
    assert shown(nothing).shape == (720, 1280, 3)
