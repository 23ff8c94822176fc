"""The order in which the app puts a sample into the link."""

from __future__ import annotations

import struct
from contextlib import closing
from pathlib import Path

from lib.ingame.pages import SharedMemory
from lib.link.mapped_file import RING_TICKS, GameLink
from lib.link.sample import SLOT
from lib.link.settings import read_settings
from tests.environment import ROOT
from tests.host.windowless import windowless_game


class _Newest:
    """In the place of the word with the newest tick: looks into the ring when it is written."""

    def __init__(self, ring: memoryview) -> None:
        self._ring = ring
        self.in_slot: list[tuple[int, int]] = []

    def __setitem__(self, index: int, tick: int) -> None:
        at = tick % RING_TICKS * SLOT.size
        self.in_slot.append((tick, struct.unpack_from("<Q", self._ring, at + SLOT.size - 8)[0]))

    def release(self) -> None:
        """As a memoryview."""


def test_a_tick_becomes_the_newest_once_its_sample_is_in_its_slot(tmp_path: Path) -> None:
    with (
        windowless_game(tmp_path) as game,
        closing(GameLink(str(tmp_path / "a.link"), 1)) as link,
        closing(SharedMemory()) as pages,
    ):
        telemetry = game.app_module("telemetry").Telemetry(read_settings(str(ROOT))[0], pages, print)
        link.newest.release()
        newest = _Newest(link.ring)
        link.newest = newest  # type: ignore[assignment]
        telemetry.publish_in(link)
        for tick in (1, 2, RING_TICKS, RING_TICKS + 1):
            telemetry.publish(tick, 1, tick / 60, tick / 60, 1 / 60, (1, 0, 0.0, 0.0))
        assert newest.in_slot == [(tick, tick) for tick in (1, 2, RING_TICKS, RING_TICKS + 1)]
