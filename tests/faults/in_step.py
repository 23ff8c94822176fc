"""What must hold of a captures folder even where a fault took pictures out of the middle."""

from __future__ import annotations

import json

from PIL import Image

from lib.captures.comment import look_at_comment
from tests.end_to_end.captures import COLUMNS, Captures, Row
from tests.faults.game import tick_of_row
from tests.faults.scene import witnessed_tick


def assert_in_step(captures: Captures) -> list[Row]:
    """One row for each picture, in order; each picture whole and carrying its row. Numbers may be missing.

    Returns the rows. All but those of a take of which a power cut left no whole file: nobody can tell whose it is, so
    it stays as it is.
    """
    data = captures.folder / "data.csv"
    rows = captures.rows if data.exists() else []
    if data.exists():
        raw = data.read_bytes()
        assert not raw or raw.endswith(b"\n"), "data.csv ends in half a row"
    known = {_take_of(picture.name) for picture in captures.pictures if look_at_comment(picture).is_ours}
    rows = [row for row in rows if row.take in known]
    pictures = [picture.name for picture in captures.pictures]
    assert [row.image for row in rows] == [name for name in pictures if _take_of(name) in known]
    for row in rows:
        assert len(row.cells) == len(COLUMNS)
        with Image.open(captures.folder / row.image) as picture:
            picture.load()
            assert tuple(json.loads(picture.info["comment"])["row"]) == row.cells
    parts = [path.name for path in captures.folder.iterdir() if path.name.endswith(".part")]
    assert [name for name in parts if _take_of(name) in known] == []
    return rows


def _take_of(name: str) -> int:
    return int(name.removeprefix(".").split("_")[0])


def assert_rows_show_their_tick(captures: Captures, most: int = 200) -> None:
    """The picture of a row shows the tick that the row tells: held against the witness in the picture."""
    rows = captures.rows
    for row in rows[:: max(1, len(rows) // most)]:
        assert witnessed_tick(captures.folder / row.image) == tick_of_row(row.cells), row.image
