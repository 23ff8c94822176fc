"""Each picture's row is that of the tick it shows, whatever the display does with the frames.

The witness is the tick that the double burns into the scene; the app knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lib.check.check import check
from lib.recorder import unproven
from tests.end_to_end import sync_cases
from tests.end_to_end.captures import Captures, assert_whole
from tests.end_to_end.sync_cases import Case, Outcome, drive, panel_closed_after_learning, panel_never_shown
from tests.host import run
from tests.host.run import run_host
from tests.host.scene import Event, Scene

pytestmark = [pytest.mark.usefixtures("display"), pytest.mark.timeout(900)]

SEEN_LONG_ENOUGH = {True: 10.0, False: 2.5}
LAG_AND_RATE = [(60, 2), ("irregular", 1)]
LAG_AND_RATE_LONG = [(60, 0), (60, 1), (60, 3), (30, 1), (30, 2), (144, 1), (144, 3), ("irregular", 2)]


@pytest.fixture
def step_seconds(long_form: bool) -> float:
    return 6.0 if long_form else 0.8


def assert_strip_is_always_right(outcome: Outcome) -> None:
    assert outcome.unread == 0
    assert outcome.count("strip") == outcome.total("strip"), sync_cases.table([outcome])


@pytest.mark.parametrize("case", sync_cases.WITH_STRIP, ids=lambda case: case.name)
def test_with_the_strip_every_row_is_right(case: Case, tmp_path: Path, step_seconds: float) -> None:
    outcome = drive(case, tmp_path, step_seconds)
    print(sync_cases.table([outcome]))
    assert_strip_is_always_right(outcome)
    assert outcome.total("strip") >= 0.98 * outcome.pictures > 0


@pytest.mark.parametrize("frames", [2, 3])
def test_a_strip_that_the_next_frame_kept_proves_nothing(frames: int, tmp_path: Path, step_seconds: float) -> None:
    outcome = drive(sync_cases.interface_drawn_every(frames, 1), tmp_path, 4 * step_seconds)
    print(sync_cases.table([outcome]))
    assert_strip_is_always_right(outcome)
    assert outcome.total("strip") > 0
    assert outcome.total("strip_kept") > 0


@pytest.mark.parametrize(("case", "why"), sync_cases.NEVER_PROVEN, ids=lambda given: getattr(given, "name", ""))
def test_a_take_of_which_nothing_is_proven_says_so(case: Case, why: str, tmp_path: Path, step_seconds: float) -> None:
    outcome = drive(case, tmp_path, 2 * step_seconds)
    print(sync_cases.table([outcome]), *outcome.panel, sep="\n")
    take = outcome.captures.take(1)
    assert outcome.total("strip", "clock") == 0
    assert take["proof"] == {"proven": 0, "bridged": 0, "unproven": take["frames_saved"]}
    assert take["frames_saved"] > 20
    assert why in take["problems"]
    while_recording = [said for said in outcome.panel if said.startswith("Stop")]
    assert while_recording[-1].startswith("Stop Recording | Take 01 is unproven | ")
    assert_says(while_recording[-1], why)
    assert outcome.panel[-1].startswith("Start Recording | Take 01 is unproven | ")
    assert_says(outcome.panel[-1], why)


def assert_says(panel: str, message: str) -> None:
    """All of the message can be read in the panel, whose lines are told apart by bars."""
    assert message in " ".join(panel.replace("|", " ").split())


def test_once_a_strip_was_proven_the_take_is_no_longer_called_unproven(tmp_path: Path, step_seconds: float) -> None:
    steps = ((), (("open_panel", None),), ())
    settings = (("SYNC.MASK_PANEL", 0),)
    case = Case("panel closed, then opened", 60, steps, 1, (("close_panel", None),), settings)
    outcome = drive(case, tmp_path, 2 * step_seconds)
    print(sync_cases.table([outcome]), *outcome.panel, sep="\n")
    assert_strip_is_always_right(outcome)
    proof = outcome.captures.take(1)["proof"]
    assert proof["unproven"] == outcome.total("clock_unlearned", "strip_kept") > 0
    assert proof["proven"] == outcome.total("strip") > proof["unproven"]
    assert f", {proof['unproven']} unproven" in outcome.panel[-1]
    assert outcome.panel[-1].startswith("Start Recording | Ready | Take 01 saved: ")
    assert_says(outcome.panel[-1], unproven.NOT_DRAWN)


def test_panel_closed_and_covered_for_a_while(tmp_path: Path, step_seconds: float) -> None:
    outcome = drive(sync_cases.PANEL_HIDDEN, tmp_path, max(step_seconds, 1.2))
    print(sync_cases.table([outcome]))
    assert_strip_is_always_right(outcome)
    by_clock = ("clock", "clock_unlearned")
    assert outcome.total(*by_clock) > 20
    assert outcome.count(*by_clock, within=1) >= 0.99 * outcome.total(*by_clock)
    assert outcome.sync["paired_by"]["strip"] > outcome.sync["paired_by"]["clock"] > 0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.function is test_without_the_strip_after_learning:
        is_long = metafunc.config.getoption("--long")
        metafunc.parametrize(("fps", "lag"), LAG_AND_RATE + (LAG_AND_RATE_LONG if is_long else []))


def test_without_the_strip_after_learning(fps: float | str, lag: int, tmp_path: Path, long_form: bool) -> None:
    outcome = drive(panel_closed_after_learning(fps, lag), tmp_path, SEEN_LONG_ENOUGH[long_form])
    print(sync_cases.table([outcome]))
    assert_strip_is_always_right(outcome)
    assert outcome.total("clock") > 50
    assert outcome.total("clock_unlearned") == 0
    assert outcome.count("clock", within=1) >= 0.99 * outcome.total("clock")


def test_without_the_strip_from_the_start(tmp_path: Path, step_seconds: float) -> None:
    outcome = drive(panel_never_shown(60, 1), tmp_path, 3 * step_seconds)
    print(sync_cases.table([outcome]))
    assert outcome.total("strip", "clock") == 0
    assert outcome.count("clock_unlearned", within=1) >= 0.95 * outcome.total("clock_unlearned") > 0
    assert outcome.sync["learned_lag"] is None


def test_anyone_can_verify_the_pairing_from_unmasked_pictures(tmp_path: Path) -> None:
    scene = Scene(events=(Event(2.5, "click"), Event(4.5, "click"), Event(5.2, "quit")), size=(960, 540), lag=2)
    captures = Captures(run_host(tmp_path, scene, {"SYNC.MASK_PANEL": 0}).app / "captures")
    checked = check([captures.folder], decodes=True)
    assert checked.findings == []
    assert checked.takes[0]["strips_right"] == len(captures.pictures) > 60


def test_a_pairing_that_is_one_tick_off_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: a recorder that takes the sample of the tick before."""
    right = "return Pair(reading.tick, self._ticks.sample(reading.tick),"
    wrong = "return Pair(reading.tick - 1, self._ticks.sample(reading.tick - 1),"
    monkeypatch.setattr(
        run, "prepare_root", with_change(run.prepare_root, "lib/recorder/pairing/pairing.py", right, wrong)
    )
    outcome = drive(sync_cases.WITH_STRIP[0], tmp_path, 0.3)
    assert outcome.errors["strip"] == {-1: outcome.total("strip")}
    with pytest.raises(AssertionError):
        assert_strip_is_always_right(outcome)


@pytest.mark.parametrize("drop_torn", [1, 0])
def test_torn_pictures_are_counted_and_dropped(drop_torn: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tenth frame's lower strip is still that of the frame before, as in a picture torn inside the panel."""
    right = "        at = tick - self._first_tick"
    torn = (
        "        if tick % 10 == 0 and len(self._strips[form]) == 2:\n"
        "            if not hasattr(self, 'halves'):\n"
        "                halves = [[strips[half:half + 1] for strips in self._strips] for half in (0, 1)]\n"
        "                self.halves = [StripDrawer(self._key, half) for half in halves]\n"
        "            self.halves[0].draw(tick, form)\n"
        "            self.halves[1].draw(tick - 1, form)\n"
        "            return\n"
    ) + right
    monkeypatch.setattr(run, "prepare_root", with_change(run.prepare_root, "lib/ingame/strip.py", right, torn))
    scene = Scene(events=(Event(2.5, "click"), Event(4.5, "click"), Event(5.2, "quit")), size=(640, 360))
    captures = Captures(run_host(tmp_path, scene, {"SYNC.DROP_TORN": drop_torn}).app / "captures")
    assert_whole(captures)
    saved = set(captures.tick_of_picture().values())
    torn_ones = {int(tick["tick"]) for tick in captures.ticks(1) if int(tick["tick"]) % 10 == 0}
    assert captures.take(1)["sync"]["torn"] >= 8
    assert ("dropped_torn" in captures.take(1)["ticks"]["by_outcome"]) == bool(drop_torn)
    assert bool(saved & torn_ones) != bool(drop_torn)


def with_change(prepare_root: Callable[..., Path], file: str, old: str, new: str) -> Callable[..., Path]:
    """`prepare_root`, but one line of the app's copy is another."""

    def prepare(root: Path, *arguments: object) -> Path:
        app = prepare_root(root, *arguments)
        path = app / file
        code = path.read_text(encoding="utf-8")
        assert code.count(old) == 1
        path.write_text(code.replace(old, new), encoding="utf-8")
        return app

    return prepare
