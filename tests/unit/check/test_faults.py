"""Each fault that can be planted is found, alone, at its place; and nothing is found in a clean folder."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lib.captures.jpeg import comments
from lib.check.check import Checked, check
from lib.check.finding import Kind, Severity
from lib.link.sample import Sample
from tests.unit.check.drive import FRAMES, make_drive

Told = Callable[[int, Sample], Sample]


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_drive(tmp_path_factory.mktemp("drive") / "captures")


@pytest.fixture
def captures(clean: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(clean, tmp_path / "captures"))


def found_in(checked: Checked) -> set[tuple[Kind, str]]:
    return {(finding.kind, finding.where) for finding in checked.findings}


def picture(captures: Path, frame: int) -> Path:
    return captures / f"01_{frame:06d}.jpg"


# ------------------------------------------------------------------------------------------------- how to plant


def change_row(captures: Path, frame: int, column: int, value: str) -> None:
    lines = (captures / "data.csv").read_text().splitlines(keepends=True)
    columns = lines[frame - 1].rstrip("\n").split(",")
    columns[column] = value
    lines[frame - 1] = ",".join(columns) + "\n"
    (captures / "data.csv").write_text("".join(lines))


def change_lines(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))


def change_description(captures: Path, **facts: object) -> None:
    path = captures / "01_take.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))


def show(captures: Path, frame: int, shown: Image.Image) -> None:
    """Another picture, with the comment of this one."""
    (comment,) = comments(picture(captures, frame))
    shown.save(picture(captures, frame), quality=80, comment=comment)


def show_what_another_shows(captures: Path, frames: range, other: int) -> None:
    with Image.open(picture(captures, other)) as shown:
        for frame in frames:
            show(captures, frame, shown)


def cut(captures: Path, frame: int) -> None:
    content = picture(captures, frame).read_bytes()
    picture(captures, frame).write_bytes(content[: len(content) // 2])


def pierce(captures: Path, frame: int) -> None:
    content = picture(captures, frame).read_bytes()
    picture(captures, frame).write_bytes(content[:-700] + bytes(600) + content[-100:])


def spoil(captures: Path, frame: int) -> None:
    """Whole from outside, but its tables are gone."""
    content = picture(captures, frame).read_bytes()
    at = content.index(b"\xff\xda")
    picture(captures, frame).write_bytes(content[:at] + b"\xff\xd9")


def swap(captures: Path, frame: int) -> None:
    one, other = picture(captures, frame), picture(captures, frame + 1)
    aside = captures / "aside"
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def become_a_folder(captures: Path, frame: int) -> None:
    picture(captures, frame).unlink()
    picture(captures, frame).mkdir()


# In each: what is done to the folder, and all that is found then. Those of the second list show only when decoded.
FAULTS: dict[str, tuple[Callable[[Path], object], set[tuple[Kind, str]]]] = {
    "a picture is gone": (
        lambda c: picture(c, 7).unlink(),
        {(Kind.ROW_WITHOUT_PICTURE, "01:7"), (Kind.FRAMES_LOST, "01")},
    ),
    "a row is gone": (
        lambda c: change_lines(c / "data.csv", lambda lines: lines[:8] + lines[9:]),
        {(Kind.PICTURE_WITHOUT_ROW, "01:9")},
    ),
    "rows and pictures are gone": (
        lambda c: [change_lines(c / "data.csv", lambda lines: lines[:8] + lines[10:]),
                   picture(c, 9).unlink(), picture(c, 10).unlink()],
        {(Kind.FRAME_GAP, "01:9-10"), (Kind.FRAMES_LOST, "01")},
    ),
    "a line is no row": (
        lambda c: change_lines(c / "data.csv", lambda lines: [*lines[:4], "01_000005.jpg,1,2\n", *lines[5:]]),
        {(Kind.NOT_A_ROW, "01:5")},
    ),
    "a line is nothing": (
        lambda c: change_lines(c / "data.csv", lambda lines: [*lines[:4], "what is this\n", *lines[4:]]),
        {(Kind.NOT_A_ROW, "")},
    ),
    "the last line is cut": (
        lambda c: change_lines(c / "data.csv", lambda lines: [*lines[:-1], lines[-1][:30]]),
        {(Kind.NOT_A_ROW, ""), (Kind.NOT_A_ROW, f"01:{FRAMES}")},
    ),
    "a row stands twice": (
        lambda c: change_lines(c / "data.csv", lambda lines: [*lines, lines[3]]),
        {(Kind.ROW_TWICE, "01")},
    ),
    "rows out of order": (
        lambda c: change_lines(c / "data.csv", lambda lines: [lines[1], lines[0], *lines[2:]]),
        {(Kind.ROWS_OUT_OF_ORDER, "01")},
    ),
    "saved by a spreadsheet": (
        lambda c: (c / "data.csv").write_bytes((c / "data.csv").read_bytes().replace(b"\n", b"\r\n")),
        {(Kind.SPREADSHEET, "")},
    ),
    "a picture is cut": (lambda c: cut(c, 20), {(Kind.CUT, "01:20")}),
    "a picture is empty": (lambda c: picture(c, 20).write_bytes(b""), {(Kind.NOT_A_PICTURE, "01:20")}),
    "a text has the name of a picture": (
        lambda c: picture(c, 20).write_text("not a picture"),
        {(Kind.NOT_A_PICTURE, "01:20")},
    ),
    "a folder has the name of a picture": (
        lambda c: become_a_folder(c, 20),
        {(Kind.NOT_A_PICTURE, "01:20"), (Kind.ROW_WITHOUT_PICTURE, "01:20"), (Kind.FRAMES_LOST, "01")},
    ),
    "what was discarded can't be read": (
        lambda c: (c / "discards.json").write_text('{"format": 1, "discards": [{"take_id": 5'),
        {(Kind.DISCARDS_BROKEN, "")},
    ),
    "a file was never finished": (
        lambda c: (c / ".01_000321.jpg.part").write_bytes(b"\xff\xd8"),
        {(Kind.UNFINISHED, "")},
    ),
    "a crash left the take open": (
        lambda c: change_description(c, how_it_ended="open"),
        {(Kind.TAKE_OPEN, "01")},
    ),
    "the description is gone": (lambda c: (c / "01_take.json").unlink(), {(Kind.NO_DESCRIPTION, "01")}),
    "the description is spoilt": (
        lambda c: (c / "01_take.json").write_text("{"),
        {(Kind.NO_DESCRIPTION, "01")},
    ),
    "the ticks are gone": (lambda c: (c / "01_ticks.csv").unlink(), {(Kind.TICK_LOST, "01")}),
    "a tick's line is gone": (
        lambda c: change_lines(c / "01_ticks.csv", lambda lines: lines[:50] + lines[51:]),
        {(Kind.TICK_LOST, "01:50"), (Kind.TICKS_MISSING, "01")},
    ),
    "a tick's line is cut": (
        lambda c: change_lines(c / "01_ticks.csv", lambda lines: [*lines[:50], lines[50][:40] + "\n", *lines[51:]]),
        {(Kind.TICK_LOST, "01:50"), (Kind.TICKS_BROKEN, "01"), (Kind.TICKS_MISSING, "01")},
    ),
    "pairs are not proven": (
        lambda c: change_lines(
            c / "01_ticks.csv",
            lambda lines: [*lines[:30], *(line.replace(",strip", ",clock_unlearned") for line in lines[30:40]),
                           *lines[40:]],
        ),
        {(Kind.UNPROVEN, "01:30-39")},
    ),
    "a value is no number": (lambda c: change_row(c, 60, 5, "nan"), {(Kind.NOT_A_NUMBER, "01:60")}),
    "a value is out of range": (lambda c: change_row(c, 60, 1, "1.5"), {(Kind.OUT_OF_RANGE, "01:60")}),
}  # fmt: skip
SHOWN_BY_DECODING: dict[str, tuple[Callable[[Path], object], set[tuple[Kind, str]]]] = {
    "a picture has a hole": (lambda c: pierce(c, 20), {(Kind.CUT, "01:20")}),
    "a picture can't be decoded": (lambda c: spoil(c, 20), {(Kind.UNDECODABLE, "01:20")}),
    "two pictures are swapped": (lambda c: swap(c, 20), {(Kind.ROW_OF_ANOTHER, "01:20-21")}),
    "a row is changed": (lambda c: change_row(c, 60, 5, "12.25"), {(Kind.ROW_OF_ANOTHER, "01:60")}),
    "black pictures": (
        lambda c: [show(c, frame, Image.new("RGB", (160, 96))) for frame in range(50, 53)],
        {(Kind.BLACK, "01:50-52"), (Kind.FROZEN, "01:50-52")},
    ),
    "the picture stands still": (
        lambda c: show_what_another_shows(c, range(100, 110), 99),
        {(Kind.FROZEN, "01:99-109")},
    ),
    "a picture comes again": (
        lambda c: show_what_another_shows(c, range(200, 202), 33),
        {(Kind.REPEATED, "01:200-201")},
    ),
    "pictures of another size": (
        lambda c: [show(c, frame, Image.open(picture(c, frame)).resize((320, 192))) for frame in range(310, 321)],
        {(Kind.SIZES, "01:310-320")},
    ),
}
# What the game said: each makes a drive of its own.
DRIVES: dict[str, tuple[Told, set[tuple[Kind, str]]]] = {
    "a value that never changes": (lambda frame, told: told._replace(steer=20.0), {(Kind.CONSTANT, "01")}),
    "the game's time jumps": (
        lambda frame, told: told._replace(game_time=told.game_time + (5 if frame > 100 else 0)),
        {(Kind.TIME_GAP, "01:100-101")},
    ),
    "the game's time goes back": (
        lambda frame, told: told._replace(game_time=told.game_time - (2 if frame > 100 else 0)),
        {(Kind.TIME_BACK, "01:100-101")},
    ),
    "the car is set back": (
        lambda frame, told: told._replace(spline_position=(told.spline_position + (0.5 if frame > 100 else 0)) % 1),
        {(Kind.JUMP, "01:100-101")},
    ),
    "the car stands": (
        lambda frame, told: told._replace(speed_mph=0.0) if 100 <= frame < 150 else told,
        {(Kind.STANDING, "01:100-149")},
    ),
    "nearly all of it is straight": (
        lambda frame, told: told._replace(steer=told.steer / (100 if frame > 20 else 30)),
        {(Kind.STRAIGHT, "01")},
    ),
    "the steering jumps": (
        lambda frame, told: told._replace(steer=told.steer + (200 if frame >= 100 else 0)),
        {(Kind.JERK, "01:100")},
    ),
    "no input changes": (
        lambda frame, told: told._replace(steer=5.0, gas=1.0, brake=0.0) if 50 <= frame <= 300 else told,
        {(Kind.STILL_INPUTS, "01:51-300")},
    ),
}


def test_nothing_is_found_in_a_clean_folder(clean: Path) -> None:
    for decodes in (False, True):
        checked = check([clean], decodes)
        assert checked.findings == []
        assert checked.exit_code == 0
        assert checked.takes[0]["pictures"] == checked.takes[0]["rows"] == FRAMES


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str, captures: Path) -> None:
    plant, expected = FAULTS[fault]
    plant(captures)
    checked = check([captures])
    assert found_in(checked) == expected
    is_damage = any(finding.severity is Severity.DAMAGE for finding in checked.findings)
    assert checked.exit_code == int(is_damage)


@pytest.mark.parametrize("fault", SHOWN_BY_DECODING)
def test_a_fault_in_what_pictures_show_is_found(fault: str, captures: Path) -> None:
    plant, expected = SHOWN_BY_DECODING[fault]
    plant(captures)
    assert found_in(check([captures], decodes=True)) == expected


@pytest.mark.parametrize("fault", DRIVES)
def test_a_fault_of_the_drive_is_found(fault: str, tmp_path: Path) -> None:
    said, expected = DRIVES[fault]
    checked = check([make_drive(tmp_path / "captures", said=said)])
    assert found_in(checked) == expected
    assert checked.exit_code == 0


def add_ticks(captures: Path, first: int, last: int, outcome: str) -> None:
    """Lines of ticks that became no pictures, between those of frames 100 and 101."""
    path = captures / "01_ticks.csv"
    lines = path.read_text().splitlines(keepends=True)
    columns = lines[100].rstrip("\n").split(",")
    added = []
    for tick in range(first, last + 1):
        told = [str(tick), *columns[1:-5], "", outcome, "", "", ""]
        added.append(",".join(told) + "\n")
    path.write_text("".join([*lines[:101], *added, *lines[101:]]))


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("held_paused", set()),
        ("cap", set()),
        ("busy", {(Kind.TIME_GAP, "01:100-101")}),
        ("dropped_covered", {(Kind.TIME_GAP, "01:100-101")}),
    ],
)
def test_a_gap_that_was_wanted_is_none(outcome: str, expected: set[tuple[Kind, str]], tmp_path: Path) -> None:
    def later(frame: int, told: Sample) -> Sample:
        return told._replace(tick=told.tick + 100, game_time=told.game_time + 5) if frame > 100 else told

    captures = make_drive(tmp_path / "captures", said=later)
    add_ticks(captures, 1101, 1200, outcome)
    assert found_in(check([captures])) == expected
