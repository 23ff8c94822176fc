"""What the panel draws and says, with a double of `ac` that only takes notes."""

from __future__ import annotations

import importlib
import random
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


_KEY = 0xC0FFEE


def drawn(notes: Notes, form: int) -> list[int]:
    """The data of both strips of that form, as one would read it on the screen; their marks are right."""
    found = []
    for y, marks in (
        (strip_code.FORMS[form].upper_strip_y, strip_code.UPPER_START + strip_code.UPPER_END),
        (strip_code.FORMS[form].lower_strip_y, strip_code.LOWER_START + strip_code.LOWER_END),
    ):
        blocks = [
            notes.colour_at(strip_code.STRIP_X + (block + 0.5) * strip_code.BLOCK_WIDTH, y + 4)
            for block in range(strip_code.BLOCKS)
        ]
        assert tuple(blocks[i] for i in (0, 2, -4, -2)) == marks
        data = blocks[strip_code.MARK_BLOCKS : -strip_code.MARK_BLOCKS]
        found.append(int("".join("1" if colour == (255, 255, 255) else "0" for colour in data), 2))
    return found


@pytest.mark.parametrize("form", [strip_code.FULL, strip_code.SMALL])
@pytest.mark.parametrize("tick", [1, 2, 123_456, 2**31 - 1])
def test_the_strips_decode_to_their_tick(notes: Notes, tick: int, form: int) -> None:
    importlib.import_module("lib.ingame.strip").StripDrawer(_KEY).draw(tick, form)
    for data in drawn(notes, form):
        assert strip_code.decode(data, _KEY) == tick
        assert strip_code.form_of(data) == form
        assert strip_code.decode(data, _KEY + 1) is None
    assert all(place[0] + place[2] <= strip_code.PANEL_WIDTH for place, _ in notes.quads)


def test_frames_worked_out_in_advance_are_those_of_their_tick_and_form(notes: Notes) -> None:
    """However far a game goes on between two frames, and whenever the panel changes its form."""
    draw = importlib.import_module("lib.ingame.strip").StripDrawer(_KEY).draw
    choose = random.Random(1)
    tick = 2**24 - 200  # soon a byte is another that seldom is
    for _ in range(400):
        tick += choose.choice([0, 1, 1, 1, 1, 1, 1, 1, 2, 7, 8, 9, 200, -3])
        form = strip_code.FULL if choose.random() < 0.9 else strip_code.SMALL
        notes.quads.clear()
        draw(tick, form)
        wanted = strip_code.encode(tick, _KEY, form)
        assert drawn(notes, form) == [wanted, wanted]


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
