"""The panel shrinks and grows while it records: each picture keeps its row, and the mask covers the form it shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from lib.link.strip_code import FORMS, FULL, PANEL_WIDTH, SMALL
from tests.end_to_end import sync_cases
from tests.end_to_end.captures import Captures
from tests.end_to_end.sync_cases import Case, drive
from tests.end_to_end.test_sync import assert_strip_is_always_right, with_change
from tests.host import run, witness
from tests.host.run import run_host
from tests.host.scene import Event, Scene

pytestmark = [pytest.mark.usefixtures("display"), pytest.mark.timeout(900)]

_SIZE, _AT = (1280, 720), (40, 30)


@pytest.fixture
def soon_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The panel shrinks after a fraction of its time, so that a short drive has many changes."""
    quick = with_change(run.prepare_root, "lib/ingame/panel.py", "_QUIET_SECONDS = 2.0", "_QUIET_SECONDS = 0.3")
    monkeypatch.setattr(run, "prepare_root", quick)


@pytest.mark.usefixtures("soon_quiet")
@pytest.mark.parametrize("case", sync_cases.PANEL_FORMS, ids=lambda case: case.name)
def test_every_row_is_right_in_both_forms(case: Case, tmp_path: Path, long_form: bool) -> None:
    outcome = drive(case, tmp_path, 6.0 if long_form else 1.2)
    print(sync_cases.table([outcome]))
    assert_strip_is_always_right(outcome)
    assert outcome.total("strip") >= 0.95 * outcome.pictures > 0


@pytest.mark.usefixtures("soon_quiet")
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_mask_covers_the_form_that_the_picture_shows(tmp_path: Path, scale: float) -> None:
    # It shrinks after 0.3 s without a word, which it looks for five times a second.
    steps = [Event(3.7 + 1.1 * number, "resume" if number % 2 else "pause") for number in range(6)]
    events = (Event(2.5, "click"), *steps, Event(10.7, "click"), Event(11.4, "quit"))
    host = run_host(tmp_path, Scene(events=events, size=_SIZE, panel=_AT, scale=scale))
    captures, truth = Captures(host.app / "captures"), host.truth
    seen = {FULL: 0, SMALL: 0}
    left, top = (round(at * scale) for at in _AT)
    changes = 0
    before = None
    for row in captures.rows:
        with Image.open(captures.folder / row.image) as saved:
            tick = witness.read(saved)
            picture = saved.convert("RGB")
        assert tick is not None
        form = [form.height for form in FORMS].index(int(truth[tick]["panel_height"]))
        seen[form] += 1
        changes += before not in (None, form)
        before = form
        bottom = top + round(FORMS[form].height * scale)
        right = left + round(PANEL_WIDTH * scale)
        inside = picture.crop((left + 4, top + 4, right - 4, bottom - 4))
        # JPEG lets the scene's colours run a little into the grey; a strip would reach from 0 to 255.
        assert all(low > 100 and high < 156 for low, high in inside.getextrema()), (row.image, inside.getextrema())
        below = picture.crop((left + 4, bottom + 12, right - 4, bottom + 40))
        assert max(high - low for low, high in below.getextrema()) > 2, (row.image, "the mask hides more than it must")
        assert not is_grey(below), (row.image, "the mask hides more than it must")
    assert min(seen.values()) > 10
    assert changes >= 4


def test_a_panel_that_is_pushed_half_outside_takes_its_mask_along(tmp_path: Path) -> None:
    """From the first picture on, though there its strip can't be read any more."""
    outside, steps = (-170, 300), 12
    moves = [Event(3.5 + 0.4 * step, "move_panel", outside if step % 2 == 0 else _AT) for step in range(steps)]
    events = (Event(2.5, "click"), *moves, Event(8.6, "click"), Event(9.3, "quit"))
    host = run_host(tmp_path, Scene(events=events, size=_SIZE, panel=_AT))
    captures, truth = Captures(host.app / "captures"), host.truth
    seen = {outside: 0, _AT: 0}
    for row in captures.rows:
        with Image.open(captures.folder / row.image) as saved:
            tick = witness.read(saved)
            picture = saved.convert("RGB")
        assert tick is not None
        x, y, height = (int(float(truth[tick][name])) for name in ("panel_x", "panel_y", "panel_height"))
        seen[x, y] += 1
        inside = picture.crop((max(x, 0) + 4, y + 4, x + PANEL_WIDTH - 4, y + height - 4))
        assert all(low > 100 and high < 156 for low, high in inside.getextrema()), (row.image, (x, y))
    assert min(seen.values()) > 10


def is_grey(picture: Image.Image) -> bool:
    return all(abs(low - 128) < 10 and abs(high - 128) < 10 for low, high in picture.getextrema())
