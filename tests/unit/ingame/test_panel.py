"""What the panel draws and says, with a double of `ac` that only takes notes."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from lib.link import mapped_file, strip_code
from lib.link.mapped_file import RecorderStatus
from lib.link.sample import HOLD_PAUSED

_READY = RecorderStatus(mapped_file.READY, 0, 0, 0, 0, 0, 0, 1, 0.0, 0.0, -1.0, "")


class Notes:
    """Every quad with its colour."""

    def __init__(self) -> None:
        self.quads: list[tuple[tuple[float, ...], tuple[float, ...]]] = []
        self._colour: tuple[float, ...] = ()

    def glColor4f(self, *colour: float) -> None:  # noqa: N802
        self._colour = colour

    def glQuad(self, *place: float) -> None:  # noqa: N802
        self.quads.append((place, self._colour))

    def colour_at(self, x: float, y: float) -> tuple[int, ...]:
        """The colour on top at that point."""
        for (left, top, width, height), colour in reversed(self.quads):
            if left <= x < left + width and top <= y < top + height:
                return tuple(round(255 * part) for part in colour[:3])
        raise AssertionError(f"nothing was drawn at {x}, {y}")


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notes]:
    taken = Notes()
    fake: Any = types.ModuleType("ac")
    fake.glColor4f, fake.glQuad = taken.glColor4f, taken.glQuad
    monkeypatch.setitem(sys.modules, "ac", fake)
    yield taken
    for name in ("strip", "panel", "game"):
        sys.modules.pop(f"lib.ingame.{name}", None)


@pytest.mark.parametrize("form", [strip_code.FULL, strip_code.SMALL])
@pytest.mark.parametrize("tick", [1, 2, 123_456, 2**31 - 1])
def test_the_strips_decode_to_their_tick(notes: Notes, tick: int, form: int) -> None:
    key = 0xC0FFEE
    drawer = importlib.import_module("lib.ingame.strip").StripDrawer(key)
    drawer.draw(tick ^ 0xFFFF, 1 - form)
    drawer.draw(tick ^ 0xFFFF, form)  # what one tick leaves prepared is right for the next
    notes.quads.clear()
    drawer.draw(tick, form)
    for y, marks in (
        (strip_code.FORMS[form].upper_strip_y, strip_code.UPPER_START + strip_code.UPPER_END),
        (strip_code.FORMS[form].lower_strip_y, strip_code.LOWER_START + strip_code.LOWER_END),
    ):
        blocks = [
            notes.colour_at(strip_code.STRIP_X + (block + 0.5) * strip_code.BLOCK_WIDTH, y + 4)
            for block in range(strip_code.BLOCKS)
        ]
        data = blocks[strip_code.MARK_BLOCKS : -strip_code.MARK_BLOCKS]
        bits = "".join("1" if colour == (255, 255, 255) else "0" for colour in data)
        assert strip_code.decode(int(bits, 2), key) == tick
        assert strip_code.form_of(int(bits, 2)) == form
        assert strip_code.decode(int(bits, 2), key + 1) is None
        assert tuple(blocks[i] for i in (0, 2, -4, -2)) == marks
    assert all(place[0] + place[2] <= strip_code.PANEL_WIDTH for place, _ in notes.quads)


def test_what_the_panel_says(notes: Notes) -> None:
    describe = importlib.import_module("lib.ingame.panel").describe
    assert describe(False, _READY, "") == ("Ready", "")
    assert describe(True, _READY, "")[0] == "Recording starts ..."
    assert describe(False, None, "")[0] == "Starting ..."
    starting = _READY._replace(state=mapped_file.STARTING, message="no permission to write (data.csv)")
    assert describe(True, starting, "") == ("Recording starts ...", "no permission to write (data.csv)")
    assert describe(False, _READY, "No Python.") == ("Not recording", "No Python.")
    recording = _READY._replace(
        state=mapped_file.RECORDING,
        sync=mapped_file.SYNC_CLOCK,
        take_number=7,
        frames_saved=12,
        frames_dropped=3,
        pictures_per_second=58.6,
    )
    assert describe(True, recording, "") == ("Recording take 07", "12 pictures, 59/s, 3 dropped, sync by clock")
    assert describe(False, recording, "")[0] == "Finishing take 07", "its last pictures are still on their way"
    saved = recording._replace(state=mapped_file.READY)
    assert describe(False, saved, "") == ("Ready", "Take 07 saved: 12 pictures.")
    minimised = saved._replace(message="the game is minimised")
    assert describe(False, minimised, "") == ("Ready", "Take 07 saved: 12 pictures; the game is minimised")
    paused = describe(True, recording, "", HOLD_PAUSED)
    assert paused == ("Take 07 waits", "The game is paused. Recording goes on with it.")
    waiting = recording._replace(state=mapped_file.WAITING, message="the disk is full: make room")
    assert describe(True, waiting, "") == ("Take 07 waits", "the disk is full: make room")
    assert describe(False, waiting, "") == ("Finishing take 07", "12 pictures, 59/s, 3 dropped, sync by clock")
    finishing = waiting._replace(state=mapped_file.FINISHING)
    assert describe(False, finishing, "") == ("Finishing take 07", "the disk is full: make room")
    assert describe(False, finishing._replace(message=""), "")[1] == "12 pictures, 59/s, 3 dropped, sync by clock"


def test_the_panel_says_what_recording_costs(notes: Notes) -> None:
    panel = importlib.import_module("lib.ingame.panel")
    recording = _READY._replace(
        state=mapped_file.RECORDING,
        sync=mapped_file.SYNC_STRIP,
        take_number=1,
        frames_saved=12345,
        pictures_per_second=60,
        bytes_per_second=4_100_000.0,
        room_seconds=5.2 * 3600,
    )
    assert panel.describe(True, recording, "")[1].split("\n")[1] == "4.1 MB/s, room for 5.2 h"
    assert panel.in_one_line(True, recording, "") == "12345 pictures, 4.1 MB/s, room for 5.2 h"
    in_minutes = panel.in_one_line(True, recording._replace(room_seconds=34.9 * 60), "")
    assert in_minutes == "12345 pictures, 4.1 MB/s, room for 34 min"
    assert panel.in_one_line(True, recording._replace(room_seconds=-1.0), "") == "12345 pictures, 4.1 MB/s"
    assert panel.in_one_line(True, recording._replace(bytes_per_second=0.0), "") == "12345 pictures"
    longest = panel.in_one_line(True, recording._replace(frames_saved=9_999_999, room_seconds=9.9e7), "")
    assert len(longest) <= 47


def test_one_line_is_enough_only_while_all_goes_well(notes: Notes) -> None:
    in_one_line = importlib.import_module("lib.ingame.panel").in_one_line
    recording = _READY._replace(state=mapped_file.RECORDING, sync=mapped_file.SYNC_STRIP, take_number=1)
    assert in_one_line(True, recording, "")
    for is_recording, status, problem, hold in (
        (False, recording, "", 0),
        (True, None, "", 0),
        (True, recording, "No Python.", 0),
        (True, recording, "", HOLD_PAUSED),
        (True, recording._replace(message="the disk is slow"), "", 0),
        (True, recording._replace(room_seconds=300.0), "", 0),
        (True, recording._replace(frames_saved=90, frames_unproven=2), "", 0),
        *((True, recording._replace(state=state), "", 0) for state in range(6) if state != mapped_file.RECORDING),
        *((True, recording._replace(sync=sync), "", 0) for sync in range(4) if sync != mapped_file.SYNC_STRIP),
    ):
        assert in_one_line(is_recording, status, problem, hold) == ""


def test_a_take_that_is_unproven_has_a_headline_of_its_own(notes: Notes) -> None:
    describe = importlib.import_module("lib.ingame.panel").describe
    unproven = _READY._replace(
        state=mapped_file.RECORDING,
        sync=mapped_file.SYNC_UNPROVEN,
        take_number=3,
        frames_saved=90,
        frames_unproven=90,
        pictures_per_second=60.0,
        message="Uncover it.",
    )
    assert describe(True, unproven, "") == (
        "Take 03 is unproven",
        "Uncover it. 90 of 90 pictures are saved so.",
    )
    assert describe(True, unproven, "", HOLD_PAUSED)[0] == "Take 03 waits"
    saved = unproven._replace(state=mapped_file.READY)
    assert describe(False, saved, "") == (
        "Take 03 is unproven",
        "Uncover it. 90 of 90 pictures are saved so.",
    )
    mended = unproven._replace(sync=mapped_file.SYNC_STRIP, frames_saved=400, message="")
    assert describe(True, mended, "") == (
        "Recording take 03",
        "400 pictures, 60/s, 0 dropped, 90 unproven, sync by strip",
    )
    assert describe(False, mended._replace(state=mapped_file.READY), "") == (
        "Ready",
        "Take 03 saved: 400 pictures, 90 unproven.",
    )


def test_long_lines_are_broken_between_words(notes: Notes) -> None:
    wrapped = importlib.import_module("lib.ingame.panel")._wrapped
    lines = wrapped("word " * 25)
    assert len(lines) == 3
    assert all(len(line) <= 52 for line in lines)
    assert " ".join(lines).split() == ["word"] * 25
    assert wrapped("") == ["", "", ""]
    assert wrapped("12 pictures\n4.1 MB/s") == ["12 pictures", "4.1 MB/s", ""]


def test_a_word_longer_than_a_line_is_broken(notes: Notes) -> None:
    wrapped = importlib.import_module("lib.ingame.panel")._wrapped
    path = "".join(f"folder{number}/" for number in range(9))
    assert 52 < len(path) < 104
    assert wrapped("read " + path) == ["read", path[:52], path[52:]]
    assert wrapped(path + " is full") == [path[:52], path[52:] + " is full", ""]
    assert wrapped("x" * 104 + " y") == ["x" * 52, "x" * 52, "y"]


def test_what_does_not_fit_ends_in_dots(notes: Notes) -> None:
    wrapped = importlib.import_module("lib.ingame.panel")._wrapped
    assert wrapped("x" * 156) == ["x" * 52] * 3
    assert wrapped("x" * 157) == ["x" * 52, "x" * 52, "x" * 49 + "..."]
    lines = wrapped("word " * 40)
    assert lines[2].endswith("...")
    assert all(len(line) <= 52 for line in lines)
