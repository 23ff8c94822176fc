"""The data card and provenance.json: true, of every file, readable by the Hub whatever names there are, of nobody."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import socket
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from ruamel.yaml import YAML

from lib.captures.comment import comment_of
from lib.captures.names import picture_key
from lib.captures.row import row_of
from lib.captures.take_file import read_description, write_description
from lib.captures.vocabulary import PairedBy
from lib.check.leaks import find_leaks
from lib.dataset.options import SplitOptions
from lib.dataset.split import split
from lib.export.export import export
from lib.export.format import NAMES
from lib.export.options import ExportOptions
from lib.recordings import Recordings
from tests.unit.check.drive import make_drive
from tests.unit.dataset.drives import MadeLap, MadeTake
from tests.unit.export.drives import drive

DRIVER = "Ayrton Beispiel"
USER, HOST = "zaphod42", "heart-of-gold"
TAKES = (
    MadeTake([MadeLap(0, 6), MadeLap(1, 8)], take_id="a1"),
    MadeTake([MadeLap(0, 9)], car="ks_double", track="spa", shift=0.4, take_id="b2"),
)


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    return drive(tmp_path / "captures", TAKES)


def made(out: Path, named: Path, to: str = "parquet", **options: Any) -> dict[str, Any]:
    """Export it, and read what provenance.json says."""
    report = export([named], to, str(out), ExportOptions(**options))
    assert report.failed == ()
    content: dict[str, Any] = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    return content


def front_matter(out: Path) -> dict[str, Any]:
    """As the Hub reads it."""
    empty, text, _ = (out / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    assert empty == ""
    content: dict[str, Any] = YAML(typ="safe").load(text)
    return content


def describe(folder: Path, **facts: Any) -> None:
    """Change what NN_take.json says of every take."""
    for take in Recordings(folder).takes:
        told = read_description(folder, take.number)
        assert told is not None
        write_description(folder, replace(told, facts={**told.facts, **facts}))


# ------------------------------------------------------------------------------------------------ what it says


def test_the_numbers_are_those_of_the_recordings(captures: Path, tmp_path: Path) -> None:
    describe(captures, app_version="1.2.3")
    content = made(tmp_path / "out", captures)
    assert content["totals"] == {
        "pictures": 230, "hours": round((13.9 + 8.9) / 3600, 4), "laps": 3, "takes": 2, "pictures_a_second": 10.0,
        "proven_share": 1.0, "cars": ["abarth500", "ks_double"], "tracks": ["imola", "spa"], "app_versions": ["1.2.3"],
    }  # fmt: skip
    assert [take["pictures"] for take in content["takes"]] == [{"train": 140}, {"train": 90}]
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "| all | 230 | 0.01 | 3 | 2 |" in text
    assert "`steer_deg` | float | degrees | of the steering wheel; the sign is not verified" in text


def test_a_hole_in_the_drive_is_no_driving(tmp_path: Path) -> None:
    captures = drive(tmp_path / "captures", [MadeTake([MadeLap(0, 6, pause=1800.0)])])
    assert made(tmp_path / "out", captures)["totals"]["hours"] == round(5.8 / 3600, 4)


def test_what_is_left_out_is_counted(captures: Path, tmp_path: Path) -> None:
    unproven = MadeTake([MadeLap(0, 4, by=PairedBy.CLOCK_UNLEARNED)], shift=0.8)
    drive(captures, [unproven], first=3)
    content = made(tmp_path / "out", captures)
    assert content["left_out"] == {"nothing proves their tick": 40}
    assert "- Left out, nothing proves their tick: 40" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    content = made(tmp_path / "all", captures, unproven=True)
    assert content["totals"]["proven_share"] == round(230 / 270, 6)


@pytest.mark.parametrize("to", NAMES)
def test_every_file_is_listed_with_its_sum(captures: Path, tmp_path: Path, to: str) -> None:
    out = tmp_path / "out"
    told = {one["name"]: (one["size"], one["sha256"]) for one in made(out, captures, to)["files"]}
    there = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    data = {name: content for name, content in there.items() if not name.startswith(".") and name != "provenance.json"}
    assert "README.md" in data
    assert (
        told.items()
        >= {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in data.items()}.items()
    )
    assert all(name in there for name in told)


def test_a_take_that_came_later_is_in_it(captures: Path, tmp_path: Path) -> None:
    made(tmp_path / "out", captures)
    drive(captures, [MadeTake([MadeLap(0, 5)], shift=0.9)], first=3)
    content = made(tmp_path / "out", captures)
    assert content["totals"]["pictures"] == 280
    assert len(content["files"]) == 4


def test_sets_say_how_they_were_made(captures: Path, tmp_path: Path) -> None:
    split(Recordings(captures), tmp_path / "sets", SplitOptions(fractions=(0.5, 0.5, 0.0), gap=0.2, seed=7))
    content = made(tmp_path / "out", tmp_path / "sets")
    assert (content["sets"]["seed"], content["sets"]["by"]) == (7, "lap")
    assert list(content["splits"]) == ["train", "validation"]
    configs = front_matter(tmp_path / "out")["configs"]
    assert configs == [{
        "config_name": "default",
        "data_files": [
            {"split": "train", "path": "data/train-*.parquet"},
            {"split": "validation", "path": "data/validation-*.parquet"},
        ],
    }]  # fmt: skip


def test_known_leaks_stand_there_once_somebody_looked(tmp_path: Path) -> None:
    captures = make_drive(tmp_path / "captures", said=lambda frame, told: told._replace(gas=frame % 2))
    assert made(tmp_path / "before", captures)["leaks"] is None
    assert "Nobody looked" in (tmp_path / "before" / "README.md").read_text(encoding="utf-8")
    found = find_leaks([captures])
    assert made(tmp_path / "after", captures)["leaks"] == [finding.what for finding in found]
    text = (tmp_path / "after" / "README.md").read_text(encoding="utf-8")
    assert "Nobody looked" not in text
    with (captures / "data.csv").open("ab") as rows:  # what was looked at is not what is there now
        rows.write(b"nothing,\n")
    assert made(tmp_path / "changed", captures)["leaks"] is None


# ------------------------------------------------------------------------------------------- what the Hub reads


def test_the_front_matter(captures: Path, tmp_path: Path) -> None:
    made(tmp_path / "out", captures)
    told = front_matter(tmp_path / "out")
    assert "license" not in told
    assert told["task_categories"] == ["robotics"]
    assert told["size_categories"] == ["n<1K"]
    assert told["pretty_name"] == "Drives in Assetto Corsa: 2 cars on 2 tracks"
    assert "LeRobot" not in told["tags"]


def test_lerobot_has_its_tag_and_the_licence_is_the_users_word(captures: Path, tmp_path: Path) -> None:
    made(tmp_path / "out", captures, "lerobot", licence="CC-BY-4.0")
    told = front_matter(tmp_path / "out")
    assert told["tags"][0] == "LeRobot"
    assert told["license"] == "cc-by-4.0"
    assert told["configs"] == [{"config_name": "default", "data_files": "data/*/*.parquet"}]
    assert ", in films of H.264" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        'a "b": c',
        "a\nb: c\n---\n",
        "`|x|` <b>",
        "\u202eright to left",
        "\U0001f3ce",
        "x" * 40_000,
        "\ud83d",
        "#",
        "",
        "\x85\u2028",
    ],
)
def test_any_name_leaves_the_card_readable(captures: Path, tmp_path: Path, name: str) -> None:
    describe(captures, car=name, track=name, layout=name)
    made(tmp_path / "out", captures, licence=name)
    told = front_matter(tmp_path / "out")
    assert set(told) - {"license"} == {"pretty_name", "task_categories", "tags", "size_categories", "configs"}
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert len(text) < 8_000
    assert text.count("\n# ") == 1
    cars = next(line for line in text.splitlines() if line.startswith("- Cars: "))
    assert cars == "- Cars: not known" or re.fullmatch(r"- Cars: `[^`]*`", cars)


# -------------------------------------------------------------------------------------------------- of nobody


@pytest.fixture
def told_of_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As the recorder leaves it: pictures with comments, and a description with the driver, the user and the disk."""
    for name in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(name, USER)
    monkeypatch.setenv("HOSTNAME", HOST)
    monkeypatch.setattr(socket, "gethostname", lambda: HOST)
    monkeypatch.setattr(platform, "node", lambda: HOST)
    folder = drive(tmp_path / USER / "captures of somebody", TAKES)
    for take in Recordings(folder).takes:
        for frame in take.frames():
            _carry(folder / frame.image, take.take_id)
    described = {
        "driver": DRIVER,
        "static": {"player_name": DRIVER, "player_surname": DRIVER.split()[1], "player_nick": "beispiel77"},
        "settings": {"CAPTURE.OUTPUT_FOLDER": str(folder), "RECORDER.PYTHON": str(folder / "python")},
        "source": f"window of {USER}@{HOST}",
    }
    describe(folder, **described)
    return folder


def _carry(path: Path, take_id: str) -> None:
    """Put the comment into it that the recorder writes."""
    from PIL import Image

    from tests.unit.samples import sample

    key = picture_key(path.name)
    assert key is not None
    told = sample(key[1])
    comment = comment_of(row_of(path.name, told), told, (1.0, 1.1), PairedBy.STRIP, take_id)
    with Image.open(io.BytesIO(path.read_bytes())) as picture:
        picture.save(path, "JPEG", quality=90, comment=comment)


def secrets(folder: Path) -> list[bytes]:
    """What must not go out: names, and every part of a path that says whose disk it is."""
    words = [DRIVER, *DRIVER.split(), "beispiel77", USER, HOST, str(folder), str(folder.parent.parent), folder.name]
    return [spelled for word in words for spelled in (word.encode(), word.encode("utf-16-le"))]


def told_in(out: Path, folder: Path) -> list[str]:
    """Which file of it tells which secret, in its bytes or in its name."""
    found = []
    for path in out.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        told = path.relative_to(out).as_posix().encode() + b"\n" + content
        found += [f"{path.relative_to(out)}: {secret!r}" for secret in secrets(folder) if secret in told]
    return found


_WAYS: list[dict[str, Any]] = [{}, {"size": (48, 32)}, {"columns": ("gas", "car", "track", "in_pit")}]


@pytest.mark.parametrize("options", _WAYS, ids=["as recorded", "made anew", "other columns"])
@pytest.mark.parametrize("to", NAMES)
def test_no_byte_tells_who_drove_or_whose_disk_it_is(
    told_of_everybody: Path, tmp_path: Path, to: str, options: dict[str, Any]
) -> None:
    made(tmp_path / "out", told_of_everybody, to, **options)
    assert told_in(tmp_path / "out", told_of_everybody) == []


@pytest.mark.parametrize("to", NAMES)
def test_the_drivers_name_goes_out_where_it_is_asked_for(told_of_everybody: Path, tmp_path: Path, to: str) -> None:
    content = made(tmp_path / "out", told_of_everybody, to, driver_name=True)
    assert content["totals"]["drivers"] == [DRIVER]
    told = told_in(tmp_path / "out", told_of_everybody)
    names = {repr(name.encode()) for name in (DRIVER, *DRIVER.split())}
    assert {line.rpartition(": ")[2] for line in told} == names, "and nothing else"
    data = [line for line in told if not line.startswith(("README.md", "provenance.json", ".synclogger"))]
    assert data, "a column has it"


def test_a_secret_would_be_seen(told_of_everybody: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").write_bytes(b"..." + str(told_of_everybody).encode())
    assert told_in(tmp_path / "out", told_of_everybody)


def test_a_tar_has_no_owner_and_no_time(captures: Path, tmp_path: Path) -> None:
    made(tmp_path / "out", captures, "webdataset")
    with tarfile.open(tmp_path / "out" / "train-000000.tar") as shard:
        members = shard.getmembers()
    assert len(members) == 280
    assert {(one.uid, one.gid, one.uname, one.gname, one.mtime) for one in members} == {(0, 0, "", "", 0)}


@pytest.mark.parametrize("to", ["mp4", "lerobot"])
def test_a_film_says_nothing_but_what_encoded_it(captures: Path, tmp_path: Path, to: str) -> None:
    made(tmp_path / "out", captures, to)
    films = list((tmp_path / "out").rglob("*.mp4"))
    assert films
    for path in films:
        with av.open(str(path)) as film:
            told = {**film.metadata, **film.streams.video[0].metadata}
        assert set(told) <= {"encoder", "major_brand", "minor_version", "compatible_brands", "language", "handler_name",
                             "vendor_id"}, told  # fmt: skip
