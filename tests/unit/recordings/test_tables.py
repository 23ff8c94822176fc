"""Tables say what frames say, row for row, whatever the folder is like."""

import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest

from lib.errors import UserError
from lib.recordings import Recordings, tables
from lib.recordings.discarding import Wanted, discard
from lib.recordings.recordings import Frame, Take
from lib.recordings.selection import select
from tests.environment import ROOT
from tests.unit.check.drive import make_drive

FRAMES = 280


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_drive(tmp_path_factory.mktemp("drive") / "captures", FRAMES)
    return make_drive(folder, 30, take=2)


@pytest.fixture
def captures(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "captures"))


def told_by_frame(frame: Frame) -> dict[str, object]:
    tick = frame.tick
    return {
        "take_id": frame.take.take_id,
        "frame": frame.number,
        **{name: None if value != value else value for name, value in frame.row._asdict().items()},
        "tick": tick.tick if tick else None,
        "game_time": tick.game_time if tick else None,
        "lap_count": tick.lap_count if tick else None,
        "paired_by": str(frame.paired_by) if frame.paired_by else None,
        "is_proven": frame.is_proven,
        "lap": frame.lap.name if frame.lap else None,
        "discarded": frame.discarded,
    }


def told_by_table(take: Take) -> list[dict[str, object]]:
    return [
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
        for row in take.table().to_pylist()
    ]


def change(path: Path, how: Callable[[bytes], bytes]) -> None:
    path.write_bytes(how(path.read_bytes()))


def without_side_files(captures: Path) -> None:
    for path in captures.glob("0*_t*"):
        path.unlink()


def leave_out(captures: Path) -> None:
    discard(captures, [Wanted(one, "spun") for one in select(Recordings(captures), ["01:5-9", "02"])])
    discard(captures, [Wanted(one, "") for one in select(Recordings(captures), ["01:8-12"])])


def as_a_spreadsheet(content: bytes) -> bytes:
    lines = content.replace(b",", b";").replace(b".", b",").replace(b",jpg", b".jpg").replace(b"\n", b"\r\n")
    return b"\xef\xbb\xbfimage;gas\r\n" + lines


def spoil_lines(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    lines[6], lines[8] = b"01_000007.jpg,1,2\n", lines[8].replace(b"TRUE", b"maybe")
    lines[10] = b",".join([*lines[10].split(b",")[:4], b"", *lines[10].split(b",")[5:]])
    return b"".join(lines)


def spoil_gears(content: bytes) -> bytes:
    lines = [line.split(b",") for line in content.splitlines(keepends=True)]
    for line, gear in zip(lines[20:], (b"nan", b"NaN", b"", b"inf", b"-inf", b"2.0"), strict=False):
        line[4] = gear
    return b"".join(b",".join(line) for line in lines)


def words_in_ticks(content: bytes) -> bytes:
    header, *lines = content.splitlines()
    names = header.split(b",")
    for number, name in ((7, b"in_pit"), (40, b"game_time"), (41, b"lap_count"), (42, b"tick"), (90, b"lap_valid")):
        values = lines[number].split(b",")
        lines[number] = b",".join(b"?" if of == name else value for of, value in zip(names, values, strict=True))
    return b"\n".join([header, *lines, b""])


FOLDERS: dict[str, Callable[[Path], object]] = {
    "as it was recorded": lambda c: None,
    "discards": leave_out,
    "an older tool's": without_side_files,
    "by a spreadsheet": lambda c: change(c / "data.csv", as_a_spreadsheet),
    "lines that are none": lambda c: change(c / "data.csv", spoil_lines),
    "numbers that are none": lambda c: change(c / "data.csv", lambda content: content.replace(b",0.0,", b",nan,")),
    "gears that are none": lambda c: change(c / "data.csv", spoil_gears),
    "gears and lines that are none": lambda c: change(c / "data.csv", lambda x: spoil_lines(spoil_gears(x))),
    "rows out of order": lambda c: change(c / "data.csv", lambda x: b"".join(reversed(x.splitlines(keepends=True)))),
    "takes among each other": lambda c: change(c / "data.csv", lambda x: b"".join(sorted(x.splitlines(True),
                                                                            key=lambda line: line[3:9]))),
    "folders before names": lambda c: change(c / "data.csv", lambda x: x.replace(b"01_0", b"C:\\Users\\me/01_0")),
    "a lost line of ticks": lambda c: change(c / "01_ticks.csv", lambda x: b"".join(
        line for at, line in enumerate(x.splitlines(keepends=True)) if at not in (9, 200))),
    "a cut line of ticks": lambda c: change(c / "01_ticks.csv", lambda x: x[:-900]),
    "words in ticks": lambda c: change(c / "01_ticks.csv", words_in_ticks),
    "no byte of ticks": lambda c: (c / "01_ticks.csv").write_bytes(b""),
    "no line of ticks": lambda c: change(c / "01_ticks.csv", lambda x: x[: x.index(b"\n") + 1]),
    "no end of the last row": lambda c: change(c / "data.csv", lambda content: content[:-1]),
}  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_table_says_what_frames_say(folder: str, captures: Path) -> None:
    FOLDERS[folder](captures)
    recordings = Recordings(captures)
    assert len(recordings.takes) == 2
    for take in recordings.takes:
        assert told_by_table(take) == [told_by_frame(frame) for frame in take.frames()]


def test_laps_are_the_same(captures: Path) -> None:
    """Found from the ticks at which something changes only."""
    for take in Recordings(captures).takes:
        assert take.ticks is not None
        assert tables._read_ticks(take, take.ticks, ())[0] == take.laps
        assert len(take.laps) == (2 if take.number == 1 else 1)


def test_batches_are_pieces_of_the_table(captures: Path) -> None:
    take = Recordings(captures).takes[0]
    pieces = list(take.batches(100))
    assert [piece.num_rows for piece in pieces] == [100, 100, 80]
    assert [row for piece in pieces for row in piece.to_pylist()] == take.table().to_pylist()


def test_more_columns_of_the_ticks(captures: Path) -> None:
    table = Recordings(captures).takes[0].table(ticks=("delta_t", "outcome", "not_there", "steer"))
    assert table["delta_t"].to_pylist() == [1 / 60] * FRAMES
    assert table.column_names.count("steer") == 1
    assert set(table["outcome"].to_pylist()) == {"saved"}
    assert table["not_there"].null_count == FRAMES


def test_a_take_without_rows_has_an_empty_table(captures: Path) -> None:
    (captures / "data.csv").unlink()
    for take in Recordings(captures).takes:
        assert take.table().num_rows == 0
        assert "lap" in take.table().column_names


def test_a_folder_elsewhere(captures: Path) -> None:
    """Any place that fsspec knows; this one is in the memory of the process."""
    leave_out(captures)
    there = fsspec.filesystem("memory")
    there.put(str(captures), "/drives/captures", recursive=True)
    here, elsewhere = Recordings(captures), Recordings("memory://drives/captures")
    assert [take.take_id for take in elsewhere.takes] == [take.take_id for take in here.takes]
    for one, other in zip(here.takes, elsewhere.takes, strict=True):
        assert one.table().equals(other.table())
        assert [frame.row for frame in one.frames()] == [frame.row for frame in other.frames()]
    frame = next(elsewhere.frames())
    assert frame.path.read_bytes() == (captures / frame.image).read_bytes()


def test_a_place_that_nothing_reads_is_named() -> None:
    with pytest.raises(UserError, match="nonsense://drives can't be read"):
        Recordings("nonsense://drives")
    with pytest.raises(UserError, match="there is no folder"):
        Recordings("memory://not/there")


def test_without_the_extra_one_line_says_so(captures: Path) -> None:
    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name.split('.')[0] in ('numpy', 'pyarrow', 'upath'): raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "import importlib.util\n"
        "real = importlib.util.find_spec\n"
        "from lib.recordings import Recordings\n"
        "from lib.errors import UserError\n"
        "import lib.tools as tools\n"
        "tools.find_spec = lambda name: None if name in ('numpy', 'pyarrow', 'upath') else real(name)\n"
        f"recordings = Recordings({str(captures)!r})\n"
        "print(len(list(recordings.frames())))\n"
        "for how in (lambda: recordings.takes[0].table(), lambda: Recordings('memory://x')):\n"
        "    try:\n"
        "        how()\n"
        "    except UserError as error:\n"
        "        print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    number, table, elsewhere = done.stdout.splitlines()
    assert number == str(FRAMES + 30)
    assert table == (
        "a table needs numpy and pyarrow, which this Python lacks: run `python -m lib install --tools` once, "
        "then use the Python in .venv"
    )
    assert elsewhere.startswith("a folder at memory://x needs upath")
