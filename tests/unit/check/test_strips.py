"""Pictures that show another tick than that of their row are found, where they show strips."""

import random
from pathlib import Path

import pytest

from lib.captures.comment import comment_of
from lib.captures.names import picture_name
from lib.captures.row import row_bytes, row_of
from lib.captures.take_file import write_description
from lib.captures.vocabulary import PairedBy
from lib.check.check import check
from lib.check.finding import Kind
from tests.unit.check.drive import KEY, describe, drive_sample
from tests.unit.strip.pictures import draw_panel, scene

FRAMES = 8


def save(folder: Path, frame: int, shown: int | None) -> None:
    picture = scene(640, 360, random.Random(frame))
    said = drive_sample(frame)
    if shown is not None:
        draw_panel(picture, shown, KEY, at=(20, 20), scale=1)
    name = picture_name(1, frame)
    comment = comment_of(row_of(name, said), said, (1.0, 1.1), PairedBy.STRIP, "0f" * 16)
    picture.save(folder / name, quality=90, comment=comment)


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    description = describe(1, FRAMES)
    description.facts["settings"] = {"SYNC.MASK_PANEL": 0}
    write_description(tmp_path, description)
    rows = []
    for frame in range(1, FRAMES + 1):
        save(tmp_path, frame, drive_sample(frame).tick)
        rows.append(row_bytes(row_of(picture_name(1, frame), drive_sample(frame))))
    (tmp_path / "data.csv").write_bytes(b"".join(rows))
    return tmp_path


def strips(captures: Path) -> tuple[int, list[tuple[str, str]]]:
    checked = check([captures], decodes=True)
    wrong = [(one.where, one.what) for one in checked.findings if one.kind is Kind.STRIP_DISAGREES]
    return checked.takes[0]["strips_right"], wrong


def test_all_right(captures: Path) -> None:
    assert strips(captures) == (FRAMES, [])


def test_a_panel_that_is_closed_for_a_while_is_no_fault(captures: Path) -> None:
    save(captures, 6, None)
    assert strips(captures) == (FRAMES - 1, [])


def test_a_wrong_pair_is_named(captures: Path) -> None:
    right = drive_sample(3).tick
    save(captures, 3, right + 1)
    number, wrong = strips(captures)
    assert number == FRAMES - 1
    ((where, what),) = wrong
    assert where == "01:3"
    assert f"it shows tick {right + 1}, its row is that of tick {right}" in what
