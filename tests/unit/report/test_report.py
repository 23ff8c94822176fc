import io
import json
import os
import re
import shutil
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lib.captures.take_file import TakeDescription, write_description
from lib.captures.vocabulary import Outcome
from lib.check import telemetry
from lib.check.finding import quoted
from lib.errors import PROGRAM, UserError
from lib.report import contents, embedded, page
from lib.report.report import report
from tests.environment import ROOT

FORMAT1 = ROOT / "tests" / "data" / "format1"
MARKUP = '<img src=x onerror="window.broken=1"></script><script>window.broken=1</script>&amp;'


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FORMAT1, tmp_path / "captures"))


def data_of(path: Path) -> dict[str, Any]:
    """What the page was given, read as a browser reads it: up to the first end of a script."""
    text = path.read_text(encoding="utf-8").split('<script id="data" type="application/json">')[1].split("</script")[0]
    data = json.loads(text)
    assert isinstance(data, dict)
    return data


def test_the_page_stands_in_the_folder_and_is_made_anew(captures: Path) -> None:
    before = {path.name for path in captures.iterdir()}
    made = report(captures)
    again = report(captures)
    assert made.path == again.path == captures / "report.html"
    assert {path.name for path in captures.iterdir()} == {*before, "report.html", ".check"}
    assert made.pictures == 30


def test_a_discards_file_that_is_broken_leaves_a_page_that_says_so(captures: Path) -> None:
    (captures / "discards.json").write_text("{")
    made = report(captures)
    assert [remark for remark in made.remarks if "discards.json can't be understood" in remark]
    worst = data_of(made.path)["findings"][0]
    assert (worst["kind"], worst["severity"]) == ("discards_broken", "damage")


def test_a_picture_of_16_bits_is_as_bright_inside_the_page(tmp_path: Path) -> None:
    Image.new("I;16", (64, 36), 0x4000).save(tmp_path / "01_000001.png")
    small = embedded._small(tmp_path / "01_000001.png")
    assert small is not None
    assert Image.open(io.BytesIO(small)).getpixel((5, 5)) == pytest.approx((64, 64, 64), abs=2)


def test_a_gear_that_is_no_number_is_shown_as_neutral(captures: Path) -> None:
    lines = [line.split(",") for line in (captures / "data.csv").read_text().splitlines()]
    lines[4][4] = "nan"
    (captures / "data.csv").write_text("".join(",".join(line) + "\n" for line in lines))
    data = data_of(report(captures).path)
    assert [one["first"] for one in data["findings"] if one["kind"] == "not_a_number"] == [5]


def test_a_side_file_of_another_program_is_no_take(captures: Path) -> None:
    before = [take["name"] for take in data_of(report(captures).path)["takes"]]
    (captures / "99_take.json").write_text('{"camera": "A7"}')
    assert [take["name"] for take in data_of(report(captures).path)["takes"]] == before


@pytest.mark.parametrize("content", [b"", b"<!doctype html><title>mine</title>", page.MARK[:-1].encode()])
def test_a_file_that_is_not_ours_stays(captures: Path, content: bytes) -> None:
    theirs = captures / "report.html"
    theirs.write_bytes(content)
    with pytest.raises(UserError, match="not a page that SyncLogger made"):
        report(captures)
    assert theirs.read_bytes() == content


def test_neither_a_folder_nor_a_link_is_replaced(captures: Path) -> None:
    (captures / "report.html").mkdir()
    with pytest.raises(UserError, match="left as it is"):
        report(captures)
    made = report(captures, captures.parent / "ours.html").path
    link = captures.parent / "link.html"
    if sys.platform != "win32":
        link.symlink_to(made)
        with pytest.raises(UserError, match="left as it is"):
            report(captures, link)


def test_a_page_elsewhere_finds_the_pictures(captures: Path) -> None:
    (captures.parent / "other place").mkdir()
    data = data_of(report(captures, captures.parent / "other place" / "page.html").path)
    assert data["pictures"] == "../captures/"
    assert data_of(report(captures).path)["pictures"] == "./"


def test_a_folder_with_odd_letters_is_quoted(captures: Path) -> None:
    odd = captures.rename(captures.parent / "50 % #1 ä日")
    data = data_of(report(odd, odd.parent / "page.html").path)
    assert data["pictures"] == "50%20%25%20%231%20%C3%A4%E6%97%A5/"
    assert data["title"] == odd.name


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names there are always text")
def test_a_folder_whose_name_is_no_text(captures: Path) -> None:
    odd = captures.rename(captures.parent / os.fsdecode(b"\xff caf\xe9"))
    data = data_of(report(odd, odd.parent / "page.html").path)
    assert data["pictures"] == "%FF%20caf%E9/"


def test_no_folder_for_the_page(captures: Path) -> None:
    with pytest.raises(UserError, match="there is no folder"):
        report(captures, captures / "nowhere" / "page.html")


def test_markup_from_files_stays_inside_the_data(captures: Path) -> None:
    said = json.loads((captures / "01_take.json").read_text())
    description = TakeDescription.of({**said, "driver": MARKUP, "car": MARKUP, "problems": {MARKUP: 1}}, 1)
    write_description(captures, description)
    path = report(captures).path
    text = path.read_text(encoding="utf-8")
    plain = text.split('<script id="data"')[0]
    assert MARKUP[:20] not in text
    assert "broken" not in plain
    assert len(re.findall("(?i)</script", text)) == 3
    data = data_of(path)
    assert data["takes"][0]["driver"] == data["takes"][0]["car"] == MARKUP


def test_words_come_with_their_meanings(captures: Path) -> None:
    said = json.loads((captures / "01_take.json").read_text())
    said["ticks"]["by_outcome"] = {"saved": 15, "dropped_torn": 3, "of_later": 1, "busy": 0}
    (captures / "01_take.json").write_text(json.dumps(said))
    take = data_of(report(captures).path)["takes"][0]
    assert [one["word"] for one in take["outcomes"]] == ["saved", "dropped_torn", "of_later"]
    assert take["outcomes"][1]["meaning"] == Outcome.DROPPED_TORN.meaning
    assert take["outcomes"][2]["meaning"] == "a word of a later version"


def test_a_very_long_name_is_cut(captures: Path) -> None:
    said = json.loads((captures / "01_take.json").read_text())
    (captures / "01_take.json").write_text(json.dumps({**said, "driver": "x" * 40_000}))
    path = report(captures).path
    assert "x" * 300 not in path.read_text(encoding="utf-8")


def test_what_check_finds_stands_on_the_page(captures: Path) -> None:
    (captures / "01_000003.jpg").unlink()
    found = [one for one in data_of(report(captures).path)["findings"] if one["kind"] == "row_without_picture"]
    assert [(one["take"], one["first"], one["last"], one["severity"]) for one in found] == [("01", 3, 3, "damage")]
    assert found[0]["discard"] == f"{PROGRAM} discard {quoted(str(captures))} 01:3 --why row_without_picture"


def test_too_few_pictures_for_leaks_are_said(captures: Path) -> None:
    data = data_of(report(captures, finds_leaks=True).path)
    assert data["leaks"] == []
    assert any("too few to look for leaks" in one["what"] for one in data["findings"])
    assert data_of(report(captures).path)["leaks"] is None


def test_the_map_of_leaks_begins_with_what_is_told_best() -> None:
    shares = {"gear": [[0.1, -0.5], [float("nan"), 0.2]], "steer": [[0.0, 0.94], [0.3, 0.1]]}
    assert contents.leak_maps(shares) == [
        {"label": "steer", "r2": [[0.0, 0.94], [0.3, 0.1]]},
        {"label": "gear", "r2": [[0.1, 0.0], [0.0, 0.2]]},
    ]


def test_near_straight_is_what_check_counts() -> None:
    assert telemetry._STRAIGHT_DEGREES == contents.NEAR_STRAIGHT


def test_an_older_tools_folder(captures: Path) -> None:
    for path in captures.glob("*_t*"):
        path.unlink()
    rows = (captures / "data.csv").read_text().splitlines()
    (captures / "data.csv").write_text("\r\n".join(row.replace(".jpg", ".png", 1) for row in rows))
    data = data_of(report(captures).path)
    assert data["takes"][0]["otherNames"]["0"] == "01_000001.png"
    assert data["takes"][0]["ended"]["word"] == "unknown"


def test_an_empty_folder(tmp_path: Path) -> None:
    data = data_of(report(tmp_path).path)
    assert data["takes"] == data["laps"] == []


def test_small_pictures_inside_the_page(captures: Path) -> None:
    (captures / "01_000002.jpg").write_bytes(b"no picture")
    made = report(captures, standalone=True)
    embedded = data_of(made.path)["embedded"]
    assert embedded["at"] == [0, *range(2, 30)]
    assert any("1 picture could not be read: run" in remark for remark in made.remarks)


def test_small_pictures_stay_within_their_limit(captures: Path) -> None:
    from lib.recordings import Recordings
    from lib.report.columns import read_columns
    from lib.report.embedded import embed

    for path in captures.glob("*.jpg"):
        Image.effect_noise((640, 360), 80).save(path, quality=95)
    recordings = Recordings(captures)
    columns = read_columns(recordings)
    found = embed(recordings, columns, most_bytes=100_000)
    assert sum(len(picture) for _, picture in found.pictures) <= 100_000
    indexes = [index for index, _ in found.pictures]
    assert len({b - a for a, b in pairwise(indexes)}) == 1
    assert indexes[-1] > 20


def test_a_full_disk_leaves_the_old_page(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = report(captures).path
    before = path.read_bytes()

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UserError, match="No space left"):
        report(captures)
    assert path.read_bytes() == before
    assert not list(captures.glob(".*part"))
