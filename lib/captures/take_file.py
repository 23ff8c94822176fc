"""NN_take.json: what was recorded, with what, and how it went.

Format 2 adds `take_id`, `clocks`, `picture_bytes` and, while the take is open, `safe`. What a file of format 1
doesn't say is not put into it when it is written again.
"""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from .files import is_plain_file, naming, write_json
from .names import take_file_name
from .vocabulary import Ended

TAKE_FORMAT = 2

_LARGEST = 8 << 20  # no description comes near


@dataclass(frozen=True)
class Safe:
    """What of an open take was on the disk for sure before its description said so."""

    frame: int = 0  # the pictures up to this one, their names and rows
    rows_end: int = 0  # where in data.csv the row of that frame ends; 0: not known
    ticks_end: int = 0  # NN_ticks.csv up to here
    by_outcome: dict[str, int] = field(default_factory=dict)  # what the lines up to there say

    def content(self) -> dict[str, Any]:
        """As it stands in the file."""
        return vars(self)

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Safe":
        """Raise ValueError where that is none."""
        numbers = [content.get(name, 0) for name in ("frame", "rows_end", "ticks_end")]
        by_outcome = content.get("by_outcome", {})
        if not isinstance(by_outcome, dict) or not all(_is_count(one) for one in (*numbers, *by_outcome.values())):
            raise ValueError(content)
        frame, rows_end, ticks_end = numbers
        return cls(frame, rows_end, ticks_end, by_outcome)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


@dataclass
class TakeDescription:
    """The content of the file. What it has beside these fields is kept as it is, in `facts`."""

    take: int
    format: int = TAKE_FORMAT
    take_id: str | None = None  # a random UUID, the same in each picture's comment
    facts: dict[str, Any] = field(default_factory=dict)  # the drive, the settings, the versions
    window_sizes: list[str] = field(default_factory=list)  # "1280x720", in the order in which they came
    saved_sizes: list[str] = field(default_factory=list)
    started_utc: str | None = None  # ISO 8601 with milliseconds
    ended_utc: str | None = None
    clocks: dict[str, Any] | None = None  # what turns moments of the take into wall-clock time
    how_it_ended: str = Ended.OPEN  # a word of `Ended`, one of a later version, or "" where the file doesn't say
    frames_saved: int = 0
    proof: dict[str, int] = field(default_factory=dict)  # with the words of `Proof`: how many of them
    picture_bytes: int | None = None  # of all saved pictures together
    rows_missing: int = 0  # pictures that are saved and have no row yet
    safe: dict[str, Any] | None = None  # the fields of `Safe`; None when it is closed
    ticks: dict[str, Any] = field(default_factory=dict)  # "total", and "by_outcome" with the words of `Outcome`
    tick_lines_lost: int = 0
    problems: dict[str, int] = field(default_factory=dict)  # what the user read, and how often
    rates: dict[str, Any] = field(default_factory=dict)
    sync: dict[str, Any] = field(default_factory=dict)
    synced: bool | None = None  # whether all of it was put on the disk; None while it is open

    def content(self) -> dict[str, Any]:
        """As it stands in the file."""
        told = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "facts"}
        for name in _LEFT_OUT:
            if told[name] in (None, {}):
                del told[name]
        head: dict[str, Any] = {name: told.pop(name) for name in ("format", "take", "take_id") if name in told}
        return {**head, **self.facts, **told}

    @classmethod
    def of(cls, content: dict[str, Any], take: int) -> "TakeDescription":
        """From what stands in the file. What isn't of its type there counts as missing."""
        known = {one.name: one for one in fields(cls) if one.name != "facts"}
        empty = cls(take)
        kept = {
            name: content[name]
            for name in known
            if name in content and isinstance(content[name], _TYPES[name]) and not _is_wrong_bool(name, content[name])
        }
        facts = {name: value for name, value in content.items() if name not in known}
        return cls(**{**vars(empty), "how_it_ended": "", **kept, "take": take, "facts": facts})

    @property
    def may_be_damaged(self) -> bool:
        """Whether it was not closed, not all its rows are there, or a power cut may have damaged its pictures."""
        return self.how_it_ended == Ended.OPEN or self.rows_missing > 0 or self.synced is False

    @property
    def safe_part(self) -> "Safe":
        """What was on the disk for sure. Nothing where that can't be read."""
        try:
            return Safe.of(self.safe or {})
        except ValueError:
            return Safe()

    @property
    def is_newer(self) -> bool:
        """Whether a later release wrote it: this one can't know what to mend there."""
        return self.format > TAKE_FORMAT


# Left out of the file where nothing is known of them.
_LEFT_OUT = ("take_id", "clocks", "proof", "picture_bytes", "safe", "synced")
_TYPES: dict[str, Any] = {
    "format": int,
    "take": int,
    "take_id": str,
    "window_sizes": list,
    "saved_sizes": list,
    "started_utc": str | None,
    "ended_utc": str | None,
    "clocks": dict,
    "how_it_ended": str,
    "frames_saved": int,
    "proof": dict,
    "picture_bytes": int,
    "rows_missing": int,
    "safe": dict,
    "ticks": dict,
    "tick_lines_lost": int,
    "problems": dict,
    "rates": dict,
    "sync": dict,
    "synced": bool | None,
}


def _is_wrong_bool(name: str, value: object) -> bool:
    return isinstance(value, bool) and name != "synced"


def write_description(folder: Path, description: TakeDescription, durable: bool = False) -> None:
    """Replace the take's file at once. Raise OSError where the disk refuses."""
    write_json(folder / take_file_name(description.take), description.content(), durable)


def read_description(folder: Path, take: int) -> TakeDescription | None:
    """The take's description; None where there is none by SyncLogger. Raise OSError where it can't be read."""
    try:
        return read_or_refuse(folder, take)
    except DamagedFileError:
        return None


def read_or_refuse(folder: Path, take: int) -> TakeDescription | None:
    """The same. Raise DamagedFileError where the file is no JSON any more."""
    path = folder / take_file_name(take)
    try:
        if not is_plain_file(path) or path.stat().st_size > _LARGEST:
            return None
        with naming(path):
            text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(path.name) from error
    return TakeDescription.of(content, take) if _is_ours(content) else None


class DamagedFileError(Exception):
    """The file has a name of ours, and its content is none that anybody can have meant."""


def _is_ours(content: object) -> bool:
    """Whether SyncLogger wrote it. Other programs have files of such names, too."""
    return (
        isinstance(content, dict)
        and isinstance(content.get("format"), int)
        and isinstance(content.get("how_it_ended"), str)
    )
