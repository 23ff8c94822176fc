"""Recordings for tests of exports: small real pictures that show which frame they are of."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from lib.captures.names import DATA_FILE, picture_key
from lib.captures.row import Row
from lib.export.card import CARD_FILE
from lib.export.provenance import PROVENANCE_FILE
from lib.recordings import Recordings
from tests.unit.dataset.drives import MadeLap, MadeTake, record

SIZE = (192, 128)
ONE_LAP = MadeTake([MadeLap(0, 6)])  # 60 pictures


def drive(folder: Path, takes: Sequence[MadeTake] = (ONE_LAP,), first: int = 1) -> Path:
    """Takes with a picture for each row."""
    record(folder, takes, first)
    for take in Recordings(folder).takes:
        for _, row in take.rows():
            if not (folder / row.image).exists():
                (folder / row.image).write_bytes(picture(row.image))
    return folder


def picture(name: str) -> bytes:
    """A JPEG whose upper left quarter is of a grey that says the frame, and the rest of a colour of the take's."""
    take, frame = picture_key(name) or (0, 0)
    image = Image.new("RGB", SIZE, (200, 40 * take % 256, 60))
    image.paste((grey_of(frame),) * 3, (0, 0, SIZE[0] // 2, SIZE[1] // 2))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95, subsampling="4:4:4")
    return file.getvalue()


def grey_of(frame: int) -> int:
    return 20 + 3 * frame % 200


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image).astype(int)


def change_rows(folder: Path, change: Callable[[int, list[str]], list[str]]) -> None:
    """Write data.csv again, each row as `change` makes it of its number and its columns."""
    rows = (folder / DATA_FILE).read_text(encoding="ascii").splitlines()
    changed = [",".join(change(at, row.split(","))) for at, row in enumerate(rows)]
    (folder / DATA_FILE).write_text("\n".join(changed) + "\n", encoding="ascii", newline="\n")


def press_gas_halfway_late(folder: Path, whole_until: int) -> None:
    """The pedal is 1 and 0, written as whole numbers as older tools did, and 0.5 only behind row `whole_until`."""
    at_gas = Row._fields.index("gas")

    def change(at: int, row: list[str]) -> list[str]:
        row[at_gas] = str(at % 2) if at < whole_until else "0.5"
        return row

    change_rows(folder, change)


def files_of(out: Path) -> dict[str, bytes]:
    """Every file that a loader reads data from: not the card, and not what says how all of it came about."""
    found = (path for path in out.rglob("*") if path.is_file())
    named = {path.relative_to(out).as_posix(): path for path in found}
    names = (name for name in sorted(named) if not name.startswith(".") and name not in (CARD_FILE, PROVENANCE_FILE))
    return {name: named[name].read_bytes() for name in names}
