"""No frame of the game pays for the ring's memory: it is there when the link is made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lib.link.mapped_file import RING_TICKS, GameLink
from lib.link.sample import GRAPHICS_ROOM, PHYSICS_ROOM
from tests.unit.samples import publish, sample, slot_values

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count page faults for us")


def faults() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def test_publishing_finds_every_page_of_memory_in_place(tmp_path: Path) -> None:
    link = GameLink(str(tmp_path / "a.link"), 1)
    values = list(slot_values(sample(1, physics=bytes(PHYSICS_ROOM), graphics=bytes(GRAPHICS_ROOM))))
    before = faults()
    for tick in range(1, RING_TICKS + 1):
        values[0] = values[-1] = tick
        publish(link, tuple(values))
    # One a page would be more than a thousand.
    assert faults() - before < 100
    link.close()
