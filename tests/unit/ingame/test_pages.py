"""The game's pages as `SharedMemory.read` gives them: each of one moment, as long as it is, or nothing."""

from __future__ import annotations

import itertools
import json
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib.ingame import pages
from lib.ingame.pages import SharedMemory
from lib.link.sample import GRAPHICS_ROOM, PHYSICS_ROOM, UNKNOWN
from tests.environment import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="writes pages as files")

REAL = {
    name: bytes.fromhex(page)
    for name, page in json.loads((ROOT / "tests" / "data" / "pages_1.16.4.json").read_text())["pages"].items()
}
TYRES_OUT_AT = 244


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(pages, "_FOLDER_ELSEWHERE", str(tmp_path))
    return tmp_path


def put(folder: Path, **changed: bytes) -> None:
    for name, page in {**REAL, **changed}.items():
        (folder / f"acpmf_{name}").write_bytes(page)


@pytest.fixture
def memory(folder: Path) -> Iterator[SharedMemory]:
    put(folder)
    opened = SharedMemory()
    opened.read(1.0)
    yield opened
    opened.close()


def write(folder: Path, packet: int, tyres_out: int) -> None:
    """What the game does between two frames."""
    with (folder / "acpmf_physics").open("r+b") as file:
        file.write(struct.pack("<i", packet))
        file.seek(TYRES_OUT_AT)
        file.write(struct.pack("<i", tyres_out))


def while_copied(memory: SharedMemory, happen: Callable[[], None]) -> None:
    """Have something happen right behind each copy of the physics page."""
    now, page, words, room, size = memory._physics

    class Room:
        def __setitem__(self, at: slice, view: memoryview) -> None:
            room[at] = view
            happen()

    memory._physics = now, page, words, Room(), size


def test_what_stands_in_real_pages(memory: SharedMemory) -> None:
    pages, physics_length, graphics_length, packet, tyres_out, status, session, in_pit = memory.read(2.0)
    assert pages == REAL["physics"][:PHYSICS_ROOM] + REAL["graphics"][:GRAPHICS_ROOM]
    assert (physics_length, graphics_length) == (PHYSICS_ROOM, GRAPHICS_ROOM)
    assert (packet, tyres_out, status, session, in_pit) == (57556, 0, 2, 2, 0)


def test_a_page_that_is_written_meanwhile_is_read_again(memory: SharedMemory, folder: Path) -> None:
    frames = iter([(58_000, 4)])
    while_copied(memory, lambda: [write(folder, *frame) for frame in itertools.islice(frames, 1)] and None)
    pages, _, _, packet, tyres_out, *_ = memory.read(2.0)
    assert (packet, tyres_out) == (58_000, 4)
    assert struct.unpack_from("<i240xi", pages) == (58_000, 4)


def test_a_page_that_is_written_all_the_time_holds_nobody_up(memory: SharedMemory, folder: Path) -> None:
    packets = itertools.count(60_000)
    while_copied(memory, lambda: write(folder, next(packets), 0))
    assert memory.read(2.0)[1] == PHYSICS_ROOM
    assert next(packets) < 60_010


def test_a_shorter_page_of_an_older_game(folder: Path) -> None:
    put(folder, physics=REAL["physics"][:400], graphics=REAL["graphics"][:200])
    memory = SharedMemory()
    pages, physics_length, graphics_length, packet, _, status, _, _ = memory.read(1.0)
    assert (physics_length, pages[:400], packet) == (400, REAL["physics"][:400], 57556)
    assert (graphics_length, pages[PHYSICS_ROOM : PHYSICS_ROOM + 200], status) == (200, REAL["graphics"][:200], 2)
    memory.close()


def test_missing_pages_are_looked_for_again(folder: Path) -> None:
    memory = SharedMemory()
    assert memory.read(1.0) == (b"", 0, 0, *[UNKNOWN] * 5)
    put(folder)
    assert memory.read(1.5)[0] == b""  # once a second is enough
    assert memory.read(2.5)[0][:PHYSICS_ROOM] == REAL["physics"][:PHYSICS_ROOM]
    memory.close()
    assert not memory.is_open
