"""Odd folders, takes, pictures and rows: `check` ends, says what it saw, and changes nothing in them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.check.cache import CACHE_FOLDER
from lib.check.check import check
from lib.check.finding import Kind, Severity
from lib.check.text import text_of
from tests.environment import ROOT
from tests.unit.check.drive import make_drive

FRAMES = 30


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_drive(tmp_path_factory.mktemp("drive") / "captures", FRAMES)


@pytest.fixture
def captures(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "captures"))


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
        if CACHE_FOLDER not in path.parts and path.name != CACHE_FOLDER
    }


def kinds_in(captures: Path) -> set[Kind]:
    """Of a check that decodes. What is in the folder is the same after it."""
    before = contents(captures)
    kinds = {finding.kind for finding in check([captures], decodes=True).findings}
    assert contents(captures) == before
    return kinds


def save(captures: Path, frame: int, picture: Image.Image, **options: object) -> None:
    picture.save(captures / f"01_{frame:06d}.jpg", "JPEG", **options)


def as_an_older_tool(captures: Path) -> None:
    """15 columns, PNG, no side files, True, Windows' line ends, names without zeros."""
    for path in sorted(captures.glob("01_*.jpg")):
        with Image.open(path) as picture:
            picture.save(captures / f"1_{int(path.stem[3:])}.png")
        path.unlink()
    for path in captures.glob("01_t*"):
        path.unlink()
    lines = (captures / "data.csv").read_text().replace("TRUE", "True").splitlines()
    lines = [f"1_{int(line[3:9])}.png{line[13:]}" for line in lines]
    (captures / "data.csv").write_bytes("\r\n".join([*lines, ""]).encode())


def describe(captures: Path, **facts: object) -> None:
    path = captures / "01_take.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))


def save_png(captures: Path, frame: int, picture: Image.Image) -> None:
    """As older tools left them; rows and ticks name it so."""
    name = f"01_{frame:06d}.jpg"
    (captures / name).unlink()
    picture.save(captures / name.replace("jpg", "png"))
    for path in (captures / "data.csv", captures / "01_ticks.csv"):
        path.write_text(path.read_text().replace(name, name.replace("jpg", "png")))


def in_16_bits(captures: Path) -> None:
    """The pictures of a drive that goes on: cut off at 255 all of them would be white."""
    for frame in range(5, 15):
        with Image.open(captures / f"01_{frame:06d}.jpg") as picture:
            deep = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
        save_png(captures, frame, deep)


def turned(captures: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    save(captures, 5, Image.new("RGB", (160, 96), (90, 9, 9)), exif=exif)


def bomb_png(captures: Path) -> None:
    save_png(captures, 5, Image.new("RGB", (160, 96)))
    content = bytearray((captures / "01_000005.png").read_bytes())
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    (captures / "01_000005.png").write_bytes(content)


def bomb(captures: Path) -> None:
    """A picture that says it has more pixels than memory."""
    content = bytearray((captures / "01_000005.jpg").read_bytes())
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = (65_000).to_bytes(2, "big") * 2
    (captures / "01_000005.jpg").write_bytes(content)


def grow(captures: Path) -> None:
    with Image.open(captures / "01_000005.jpg") as picture:
        comment = picture.info["comment"]
        save(captures, 5, picture.resize((7680, 4320)), comment=comment)


def change_rows(captures: Path, how: Callable[[bytes], bytes]) -> None:
    path = captures / "data.csv"
    path.write_bytes(how(path.read_bytes()))


ODD: dict[str, tuple[Callable[[Path], object], set[Kind]]] = {
    "empty": (lambda c: [path.unlink() for path in c.iterdir()], set()),
    "an older tool's": (as_an_older_tool, {Kind.NO_TICKS, Kind.SPREADSHEET}),
    "only pictures": (lambda c: [p.unlink() for p in c.iterdir() if p.suffix != ".jpg"], {Kind.PICTURE_WITHOUT_ROW}),
    "only rows": (lambda c: [p.unlink() for p in c.iterdir() if p.suffix == ".jpg"],
                  {Kind.ROW_WITHOUT_PICTURE, Kind.FRAMES_LOST}),
    "no picture was saved": (
        lambda c: [[p.unlink() for p in c.glob("*.jpg")], (c / "data.csv").unlink(), describe(c, frames_saved=0)], set()
    ),
    "a later format": (lambda c: describe(c, format=99), {Kind.LEFT_OUT}),
    "names of another world": (
        lambda c: describe(c, driver='<img onerror="alert(1)">', car='a,"b"\n\u202e\U0001f697', track="x" * 40_000),
        set(),
    ),
    "grey": (lambda c: save(c, 5, Image.new("L", (160, 96), 90)), set()),
    "CMYK": (lambda c: save(c, 5, Image.new("CMYK", (160, 96), (90, 9, 9, 9))), set()),
    "progressive": (lambda c: save(c, 5, Image.new("RGB", (160, 96), (90, 9, 9)), progressive=True), set()),
    "odd size": (lambda c: save(c, 5, Image.new("RGB", (1279, 719), (90, 9, 9))), {Kind.SIZES}),
    "one pixel": (lambda c: save(c, 5, Image.new("RGB", (1, 1), (90, 9, 9))), {Kind.SIZES}),
    "the largest": (grow, {Kind.SIZES}),
    "16 bits": (in_16_bits, set()),
    "transparent": (lambda c: save_png(c, 5, Image.new("RGBA", (160, 96), (90, 9, 9, 0))), set()),
    "turned by EXIF": (turned, set()),
    "a bomb in a PNG": (bomb_png, {Kind.SIZES, Kind.NOT_DONE}),
    "a bomb": (bomb, {Kind.SIZES, Kind.NOT_DONE}),
    "other files": (lambda c: [(c / name).write_bytes(b"x") for name in ("notes.txt", "a_1.jpg", "é.png")],
                    set()),
    "an empty data.csv": (lambda c: (c / "data.csv").write_bytes(b""), {Kind.PICTURE_WITHOUT_ROW}),
    "rows of a binary file": (lambda c: (c / "data.csv").write_bytes(bytes(range(256)) * 40),
                              {Kind.PICTURE_WITHOUT_ROW, Kind.NOT_A_ROW, Kind.SPREADSHEET}),
    "ticks of a binary file": (lambda c: (c / "01_ticks.csv").write_bytes(bytes(range(256)) * 40),
                               {Kind.TICK_LOST, Kind.TICKS_BROKEN}),
    "a steering of three turns": (lambda c: change_rows(c, lambda rows: rows.replace(b",1.0,3,", b",1.0,-1,")),
                                  {Kind.ROW_OF_ANOTHER}),
    "a pipe": (lambda c: [(c / "01_000005.jpg").unlink(), os.mkfifo(c / "01_000005.jpg")],
               {Kind.NOT_A_PICTURE, Kind.ROW_WITHOUT_PICTURE, Kind.FRAMES_LOST}),
    "a link to nothing": (lambda c: [(c / "01_000005.jpg").unlink(), (c / "01_000005.jpg").symlink_to("nowhere")],
                          {Kind.ROW_WITHOUT_PICTURE, Kind.FRAMES_LOST}),
    "a link to a picture": (lambda c: [(c / "01_000005.jpg").rename(c / "aside"),
                                       (c / "01_000005.jpg").symlink_to("aside")], set()),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_folder(odd: str, captures: Path) -> None:
    make, expected = ODD[odd]
    make(captures)
    assert kinds_in(captures) == expected


@pytest.mark.parametrize("others", ["90_take.json", "91_ticks.csv", "92_000001.jpg"])
def test_what_another_program_left_is_none_of_its_business(others: str, captures: Path) -> None:
    """By name alone it could be a take's."""
    Image.new("RGB", (160, 96)).save(captures / others, "JPEG")
    if others.endswith(".json"):
        (captures / others).write_text('{"take": 90, "camera": "A7"}')
    checked = check([captures])
    assert [take["take"] for take in checked.takes] == ["01"]
    assert (checked.exit_code, {one.kind for one in checked.findings}) == (
        0,
        {Kind.LEFT_OUT} if "jpg" in others else set(),
    )


NAMES = ["with space", "100%", "#1", "Aufnahmen ä ö ü", "録画", "a'b", "x" * 200, "-dash"]


@pytest.mark.parametrize("name", NAMES)
def test_a_path_with_odd_letters(name: str, captures: Path, tmp_path: Path) -> None:
    folder = captures.rename(tmp_path / name)
    (folder / "01_000005.jpg").write_bytes(b"")
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "TZ": "Asia/Tokyo", "COLUMNS": "40"}
    done = subprocess.run(
        [sys.executable, "-O", "-m", "lib", "check", str(folder)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "01:5" in done.stdout


def test_a_folder_behind_a_link_and_named_twice(captures: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(captures)
    checked = check([captures, link, captures])
    assert {finding.kind for finding in checked.findings} == {Kind.LEFT_OUT}
    assert len(checked.takes) == 1


def test_many_takes(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    rows = []
    for take in range(1, 401):
        shutil.copy(whole / "01_000001.jpg", folder / f"{take:02d}_000001.jpg")
        rows.append((whole / "data.csv").read_text().splitlines()[0].replace("01_", f"{take:02d}_", 1) + "\n")
    (folder / "data.csv").write_text("".join(rows))
    checked = check([folder])
    assert len(checked.takes) == 400
    assert {finding.kind for finding in checked.findings} == {Kind.NO_TICKS}


def test_a_picture_that_vanishes(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lib.check import look as look_module

    look = look_module._look

    def vanish(*rest: object) -> None:
        (captures / "01_000005.jpg").unlink(missing_ok=True)
        look(*rest)

    monkeypatch.setattr(look_module, "_look", vanish)
    checked = check([captures])
    assert [(one.kind, one.severity, one.where) for one in checked.findings] == [
        (Kind.VANISHED, Severity.UNREAD, "01:5")
    ]


def test_ctrl_c_ends_it(whole: Path, tmp_path: Path) -> None:
    """Cleanly, with one line, and with all of its processes."""
    folder = make_drive(tmp_path / "captures", 3_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "lib", "check", "--decode", str(folder)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not list((folder / CACHE_FOLDER).glob("*.json")) and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to all of them
    told, complaints = process.communicate(timeout=30)
    assert (process.returncode, told, complaints) == (2, b"", b"error: stopped\n")
    assert list((folder / CACHE_FOLDER).glob("*.json"))
    assert not list((folder / CACHE_FOLDER).glob("*.part"))


def test_two_at_once(captures: Path) -> None:
    command = [sys.executable, "-m", "lib", "check", "--decode", str(captures)]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(4)]
    told = {process.communicate()[0] for process in processes}
    assert len(told) == 1
    assert b"no damage" in told.pop()


def test_names_from_files_stay_in_their_line(captures: Path) -> None:
    ODD["names of another world"][0](captures)
    (first, *_) = text_of(check([captures]), shows_all=False)
    assert first.startswith('take 01 a,"b"??\U0001f697 xxx')
    assert first.isprintable()
    assert len(first) < 400


def test_a_user_without_a_home(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert not check([captures]).of(Severity.DAMAGE)
    assert list((captures / CACHE_FOLDER).iterdir())


def test_what_is_no_name_in_a_description_makes_no_odd_json(captures: Path) -> None:
    path = captures / "01_take.json"
    description = json.loads(path.read_text())
    where = description["game"] if "car" in description.get("game", {}) else description
    where["car"] = float("nan")
    path.write_text(json.dumps(description))
    text = json.dumps(check([captures]).content(), allow_nan=False)
    assert json.loads(text)["takes"][0]["car"] is None
