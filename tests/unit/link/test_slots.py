"""A sample comes out of its slot as it went in; lengths that no page has give no bytes of another's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings

from lib.link.mapped_file import GameLink, RecorderLink
from lib.link.sample import GRAPHICS_ROOM, PHYSICS_ROOM, Sample
from tests.unit.samples import any_sample, publish, sample, slot_values


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GameLink, RecorderLink]]:
    path = str(tmp_path_factory.mktemp("slots") / "a.link")
    with closing(GameLink(path, 1)) as game, closing(RecorderLink(path)) as recorder:
        yield game, recorder


@given(made=any_sample())
@settings(max_examples=50, deadline=None)
def test_a_sample_comes_out_as_it_went_in(ends: tuple[GameLink, RecorderLink], made: Sample) -> None:
    game, recorder = ends
    made = made._replace(tick=max(1, made.tick))
    publish(game, slot_values(made))
    found = recorder.sample(made.tick)
    assert found is not None
    assert found._replace(performance_gain=0.0) == made._replace(performance_gain=0.0)


def test_a_length_that_no_page_has(tmp_path: Path) -> None:
    """As a damaged link may have it."""
    path = str(tmp_path / "a.link")
    with closing(GameLink(path, 1)) as game, closing(RecorderLink(path)) as recorder:
        values = list(slot_values(sample(1, physics=b"p" * PHYSICS_ROOM, graphics=b"g" * GRAPHICS_ROOM)))
        values[-3], values[-2] = 2**32 - 1, 2**32 - 1
        publish(game, tuple(values))
        found = recorder.sample(1)
        assert found is not None
        assert (found.physics, found.graphics) == (b"p" * PHYSICS_ROOM, b"g" * GRAPHICS_ROOM)
