"""What a JPEG carries in its comment: enough to write its row, and its line in NN_ticks.csv, again.

Format 2 adds `take_id`, and its numbers with a fraction always have a decimal point. Both formats hold the sample by
the names of its fields: one that a picture doesn't tell, because it is older than the field, reads as not given.
"""

import base64
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..link.sample import UNKNOWN, Sample
from .jpeg import comments
from .pages import Value
from .row import are_columns
from .ticks import PAGE_KINDS, SAMPLE_COLUMNS, TickLine
from .vocabulary import Outcome, PairedBy

COMMENT_FORMAT = 2
# Format 1 told of the pages what the sample then held of them.
_READABLE = (1, 2)
_KEY = "synclogger"

# Whole numbers that pictures of format 1 don't tell.
_ADDED = ("panel_form", "camera_mode", "focused_car")
_FIRST_FLOAT = SAMPLE_COLUMNS.index("time")
_LARGEST_TICK = 1 << 64


class Carried(NamedTuple):
    """What a picture says about itself."""

    row: list[str]  # the columns of its row in data.csv; the first is the name under which it was saved
    sample: Sample | None  # None: what stands there is no sample of this format
    grabbed: tuple[float, float]  # NaN where it isn't told
    paired_by: PairedBy | None
    pages: Mapping[str, Value] | None = None  # what format 1 tells of the pages; None: the sample has their bytes
    take_id: str | None = None  # None: format 1 has none
    format: int = COMMENT_FORMAT

    @property
    def tick_line(self) -> TickLine | None:
        """The picture's line in NN_ticks.csv."""
        if self.sample is None:
            return None
        saved = Outcome.SAVED
        return TickLine(self.sample.tick, self.sample, saved, self.row[0], self.grabbed, self.paired_by, self.pages)


class Comment(NamedTuple):
    """What a picture's comments showed."""

    is_ours: bool  # one of them is by SyncLogger
    is_newer: bool = False  # ... by a release that this one can't read
    content: Carried | None = None  # None: it tells no row


def comment_of(
    row: list[str], sample: Sample, grabbed: tuple[float, float], paired_by: PairedBy, take_id: str
) -> bytes:
    """One line of JSON with the take, the row, the sample, the moments of the grab and how the picture was paired."""
    tick: dict[str, Any] = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in zip(SAMPLE_COLUMNS, sample, strict=False)
    }
    tick["grab_start"], tick["grab_end"] = (round(moment, 6) for moment in grabbed)
    tick["paired_by"] = paired_by
    content = {_KEY: COMMENT_FORMAT, "take_id": take_id, "row": row, "tick": tick}
    pages = {"physics": sample.physics, "graphics": sample.graphics}
    content |= {name: base64.b64encode(page).decode("ascii") for name, page in pages.items()}
    return json.dumps(content, separators=(",", ":")).encode("ascii")


def read_comment(comment: bytes) -> Carried | None:
    """What the comment says, checked; None when it isn't one of ours, or tells no row."""
    return _look_at(comment).content


def look_at_comment(path: Path) -> Comment:
    """What the picture's comments show, under whatever name it stands. Raise OSError where it can't be read."""
    for comment in comments(path):
        found = _look_at(comment)
        if found.is_ours:
            return found
    return Comment(is_ours=False)


def carried(path: Path) -> Carried | None:
    """What we wrote into the picture; None when there is nothing, or it was saved under another name.

    Raise OSError where it can't be read.
    """
    content = look_at_comment(path).content
    return content if content is not None and content.row[0] == path.name else None


def _look_at(comment: bytes) -> Comment:
    try:
        content = json.loads(comment)
    except (ValueError, RecursionError):
        return Comment(is_ours=False)
    number = content.get(_KEY) if isinstance(content, dict) else None
    if not isinstance(number, int) or number < 1:
        return Comment(is_ours=False)
    if number not in _READABLE:
        return Comment(is_ours=True, is_newer=True)
    return Comment(is_ours=True, content=_content(content, number))


def _content(content: dict[str, Any], number: int) -> Carried | None:
    row, tick = content.get("row"), content.get("tick")
    if not isinstance(row, list) or not all(isinstance(text, str) for text in row) or not are_columns(row):
        return None
    if not isinstance(tick, dict):
        return None
    grabbed = _moment(tick.get("grab_start")), _moment(tick.get("grab_end"))
    pages = _named_pages(tick) if number == 1 else None
    take_id = content.get("take_id")
    take_id = take_id if isinstance(take_id, str) else None
    return Carried(row, _sample(tick, content), grabbed, _by(tick), pages, take_id, number)


def _sample(tick: dict[str, Any], content: dict[str, Any]) -> Sample | None:
    values: list[int | float] = []
    for index, key in enumerate(SAMPLE_COLUMNS):
        if index >= _FIRST_FLOAT:
            value = tick.get(key)
            if value is not None and not isinstance(value, int | float):
                return None
            values.append(_moment(value))
            continue
        value = tick.get(key, UNKNOWN if key in _ADDED else None)
        if not isinstance(value, int) or abs(value) >= _LARGEST_TICK:
            return None
        values.append(value)
    return Sample(*values, _page(content, "physics"), _page(content, "graphics"))  # type: ignore[arg-type, call-arg]


def _named_pages(tick: dict[str, Any]) -> dict[str, Value]:
    """What format 1 told of the pages. A whole number that the game did not give was UNKNOWN there."""
    told = {name: tick[name] for name in PAGE_KINDS if isinstance(tick.get(name), int | float)}
    return {name: value for name, value in told.items() if PAGE_KINDS[name] != "i" or value != UNKNOWN}


def _page(content: dict[str, Any], name: str) -> bytes:
    """The bytes of a page; b"" where there are none."""
    try:
        return base64.b64decode(str(content.get(name, "")), validate=True)
    except ValueError:
        return b""


def _moment(value: object) -> float:
    try:
        return float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return math.nan


def _by(tick: dict[str, Any]) -> PairedBy | None:
    try:
        return PairedBy(str(tick.get("paired_by", "")))
    except ValueError:
        return None
