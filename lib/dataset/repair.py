"""Mends what a crash or a power cut left in a captures folder. Never deletes: what it takes out goes to .rescued/."""

import json
import math
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..link.sample import Sample
from ..recorder.row import COLUMNS, COMMENT_FORMAT, TICK_COLUMNS, TICK_HEADER, row_bytes, tick_line
from ..recorder.store import (
    DATA_FILE,
    OPEN,
    PICTURE_NAME,
    TAKE_FORMAT,
    FolderLock,
    Survey,
    part_name,
    picture_name,
    put_in_place,
    survey,
    take_file_name,
    ticks_file_name,
    write_json,
)
from .jpeg import comments, is_whole

RESCUED = ".rescued"
RECOVERED = "recovered after a crash"
# The outcome of a tick whose picture, or whose line in NN_ticks.csv, never reached the disk.
LOST = "lost"

_RESCUED_ROWS = "rows.csv"
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?")
_TICK = re.compile(r"\d{1,20}")
_TRUTHS = ("TRUE", "FALSE")
_TRUTH_AT = 9
_PROGRESS_STEP = 1000
# What the system may not have put on the disk yet when the power went: the rows of some seconds.
_TAIL = 1 << 16
_FEW = 3
_OUTCOME_AT = TICK_COLUMNS.index("outcome")
_IMAGE_AT = TICK_COLUMNS.index("image")
_FIRST_FLOAT = Sample._fields.index("time")
# A crash loses the lines of seconds. A larger gap is not of a crash.
_LONGEST_GAP = 10_000

Progress = Callable[[str, int, int], None]


@dataclass
class RepairReport:
    """What was found and done."""

    rows_rebuilt: int = 0
    rows_taken_out: int = 0
    pictures_taken_out: int = 0
    unfinished_files: int = 0
    takes_completed: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether there was nothing to mend."""
        return not (self.lines() or self.notes)

    def __str__(self) -> str:
        return "\n".join((*self.lines(), *self.notes)) or "nothing to mend"

    def lines(self) -> list[str]:
        """What was done, for people."""
        found = []
        if self.takes_completed:
            found.append(f"completed {_count(len(self.takes_completed), 'take')} that a crash left open")
        if self.rows_rebuilt:
            found.append(f"rebuilt {_count(self.rows_rebuilt, 'row')} of {DATA_FILE} from the pictures")
        if self.rows_taken_out:
            found.append(f"took {_count(self.rows_taken_out, 'row')} without a whole picture out of {DATA_FILE}")
        if self.pictures_taken_out:
            found.append(f"took out {_count(self.pictures_taken_out, 'picture')} that can't be used")
        if self.unfinished_files:
            found.append(f"took out {_count(self.unfinished_files, 'file')} that was never finished")
        return found


def repair(captures: Path, progress: Progress | None = None) -> RepairReport:
    """Check every picture and row of the folder and mend what is wrong.

    Raise FolderBusyError while a recorder records into it, OSError where it can't be written to.
    """
    with FolderLock(captures):
        seen = survey(captures)
        mender = _Mender(captures, progress or _no_progress)
        mender.rescue_parts(seen.parts)
        mender.mend_rows(None, set(mender.open_takes(seen.takes)))
        mender.complete_takes(mender.open_takes(seen.takes))
        return mender.report


def repair_after_crash(captures: Path, seen: Survey) -> RepairReport:
    """The part of a repair that is quick however large the folder is: only what an unclean end can have left.

    For whoever holds the folder's lock.
    """
    mender = _Mender(captures, _no_progress)
    mender.rescue_parts(seen.parts)
    left_open = mender.open_takes(seen.takes)
    suspect = set(left_open) | mender.takes_of_bad_last_rows() | mender.takes_behind_last_row(seen.last_picture)
    if suspect:
        mender.mend_rows(suspect, suspect)
    mender.complete_takes(sorted(suspect & {*seen.takes}))
    if seen.last_picture != (0, 0) and not (captures / DATA_FILE).exists():
        mender.report.notes.append(f"{DATA_FILE} is missing: `python -m lib repair` rebuilds it from the pictures")
    return mender.report


@dataclass
class _Row:
    key: tuple[int, int]
    line: bytes  # without its end


class _Mender:
    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder = folder
        self._progress = progress
        self._rescued = folder / RESCUED
        self.report = RepairReport()

    # --- taking out

    def rescue_parts(self, names: Iterable[str]) -> None:
        """Take out the files that were being written when the recorder died."""
        for name in names:
            self._rescue(self._folder / name)
            self.report.unfinished_files += 1

    def _rescue(self, path: Path) -> None:
        self._rescued.mkdir(exist_ok=True)
        path.rename(self._free_name(path.name))

    def _free_name(self, name: str) -> Path:
        free, number = self._rescued / name, 0
        while os.path.lexists(free):
            number += 1
            free = self._rescued / f"{name}.{number}"
        return free

    def _rescue_lines(self, name: str, lines: list[bytes]) -> None:
        self._rescued.mkdir(exist_ok=True)
        path = self._rescued / name
        piece = b"".join(line + b"\n" for line in lines)
        if path.exists() and path.read_bytes().endswith(piece):
            return  # taken out by a repair that could not be finished
        with path.open("ab") as file:
            file.write(piece)

    # --- data.csv

    def takes_of_bad_last_rows(self) -> set[int]:
        """The takes of the last rows that are no rows, or have no picture; 0 where a take can't be told."""
        try:
            with (self._folder / DATA_FILE).open("rb") as file:
                at = max(0, file.seek(0, os.SEEK_END) - _TAIL)
                file.seek(at)
                *lines, half = file.read().split(b"\n")
        except FileNotFoundError:
            return set()
        suspect = {_take_of_line(half)} if half else set()
        for line in lines[1:] if at else lines:
            key = _row_key(line.removesuffix(b"\r"))
            if key is None:
                suspect |= {_take_of_line(line)} if line else set()
            elif not (self._folder / picture_name(*key)).exists():
                suspect.add(key[0])
        return suspect

    def takes_behind_last_row(self, last_picture: tuple[int, int]) -> set[int]:
        """The takes whose rows are missing at the end of data.csv, when it ends before the last picture."""
        try:
            with (self._folder / DATA_FILE).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
                lines = file.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return set()
        keys = [key for key in (_row_key(line.removesuffix(b"\r")) for line in lines) if key is not None]
        last_row = keys[-1] if keys else (1, 0)
        return set(range(last_row[0], last_picture[0] + 1)) if last_row < last_picture else set()

    def mend_rows(self, takes: set[int] | None, read_whole: set[int]) -> None:
        """Bring data.csv and the pictures of these takes (None: all) in step.

        Of takes in `read_whole` every byte of a picture is looked at: a power cut leaves holes in them.
        """
        pictures = self._whole_pictures(takes, read_whole)
        head, lines, half = self._read_rows(takes)
        kept, taken_out = self._sort_out(lines, takes, pictures)
        known = {row.key for row in kept}
        rebuilt = list(self._rebuild(key for key in sorted(pictures) if key not in known))
        has_foreign_ends = any(line.endswith(b"\r") for line in lines)  # a spreadsheet saved it
        if not (taken_out or rebuilt or half or has_foreign_ends):
            return
        rows = kept + rebuilt
        if rebuilt:
            rows.sort(key=lambda row: row.key)
        rows_and_ends = b"".join(row.line + b"\n" for row in rows)
        if has_foreign_ends:
            self.report.notes.append(f"put the line ends of {DATA_FILE} right")
        if taken_out or half:
            self._rescue_lines(_RESCUED_ROWS, taken_out + ([half] if half else []))
        self._replace_rows(head, rows_and_ends)
        self.report.rows_rebuilt += len(rebuilt)
        # A half row whose picture is there comes back whole.
        self.report.rows_taken_out += len(taken_out)

    def _whole_pictures(self, takes: set[int] | None, read_whole: set[int]) -> set[tuple[int, int]]:
        """The pictures of these takes; those that are not whole are taken out."""
        found: set[tuple[int, int]] = set()
        names = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                key = _key(entry.name)
                if key is not None and (takes is None or key[0] in takes):
                    names.append((key, entry.name))
        for done, (key, name) in enumerate(names):
            if done % _PROGRESS_STEP == 0:
                self._progress("looking at pictures", done, len(names))
            if is_whole(self._folder / name, every_byte=key[0] in read_whole):
                found.add(key)
            else:
                self._rescue(self._folder / name)
                self.report.pictures_taken_out += 1
        self._progress("looking at pictures", len(names), len(names))
        return found

    def _read_rows(self, takes: set[int] | None) -> tuple[int, list[bytes], bytes]:
        """How many bytes of data.csv nobody has to look at, the lines behind them, and half a line at the end."""
        try:
            with (self._folder / DATA_FILE).open("rb") as file:
                head = 0 if takes is None else _first_row_of(file, takes)
                file.seek(head)
                text = file.read()
        except FileNotFoundError:
            return 0, [], b""
        *lines, half = text.split(b"\n")
        return head, lines, half

    def _sort_out(
        self, lines: list[bytes], takes: set[int] | None, pictures: set[tuple[int, int]]
    ) -> tuple[list[_Row], list[bytes]]:
        """The rows that stay, and the lines that don't: no rows at all, a second time, or without their picture."""
        kept: list[_Row] = []
        taken_out: list[bytes] = []
        known: set[tuple[int, int]] = set()
        for line in lines:
            line = line.removesuffix(b"\r")
            key = _row_key(line)
            is_ours = key is not None and (takes is None or key[0] in takes)
            if key is not None and key not in known and (key in pictures or not is_ours):
                known.add(key)
                kept.append(_Row(key, line))
            elif line:
                taken_out.append(line)
        return kept, taken_out

    def _rebuild(self, keys: Iterable[tuple[int, int]]) -> Iterable[_Row]:
        """Rows from what the pictures carry. A picture that carries none is taken out."""
        for take, frame in keys:
            path = self._folder / picture_name(take, frame)
            content = _carried(path)
            if content is None:
                self._rescue(path)
                self.report.pictures_taken_out += 1
            else:
                yield _Row((take, frame), row_bytes(content["row"])[:-1])

    def _replace_rows(self, head: int, rows: bytes) -> None:
        path = self._folder / DATA_FILE
        part = self._folder / part_name(DATA_FILE)
        with part.open("wb") as new:
            if head:
                with path.open("rb") as old:
                    _copy(old, new, head)
            new.write(rows)
            new.flush()
            os.fsync(new.fileno())
        if path.exists():
            shutil.copystat(path, part)
        put_in_place(part, path)

    # --- takes

    def open_takes(self, takes: Iterable[int]) -> list[int]:
        """Those that were not closed, whose rows are not all there, or that a power cut may have damaged."""
        found = []
        for take in takes:
            content = self._description(take)
            if content is None and not self._is_ours(take):
                continue
            if content is None or _may_be_damaged(content):
                found.append(take)
        return found

    def _description(self, take: int) -> dict[str, Any] | None:
        try:
            content = json.loads((self._folder / take_file_name(take)).read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        return content if isinstance(content, dict) else None

    def _is_ours(self, take: int) -> bool:
        """Whether the take, of which no description can be read, was recorded by SyncLogger, or is damaged anyway."""
        if (self._folder / take_file_name(take)).exists() or (self._folder / ticks_file_name(take)).exists():
            return True
        first = [self._folder / name for name in self._pictures_of(take)[:_FEW]]
        return any(_carried(path) or not is_whole(path, every_byte=True) for path in first)

    def complete_takes(self, takes: Iterable[int]) -> None:
        """Close the takes that a crash left open: their ticks and numbers as far as they are on the disk."""
        for take in takes:
            path = self._folder / take_file_name(take)
            content = self._description(take)
            if content is None:
                if path.exists():
                    self._rescue(path)
                content = {"format": TAKE_FORMAT, "take": take}
            saved = self._pictures_of(take)
            outcomes = self._complete_ticks(take, saved)
            if content.get("how_it_ended", OPEN) == OPEN:
                content["how_it_ended"] = RECOVERED
                content["ended_utc"] = _last_change(self._folder / saved[-1] if saved else self._folder)
            content["frames_saved"] = len(saved)
            content["rows_missing"] = 0
            content["synced"] = True
            content["ticks"] = {"total": outcomes.total(), "by_outcome": dict(sorted(outcomes.items()))}
            write_json(path, content, durable=True)
            self.report.takes_completed.append(take)

    def _pictures_of(self, take: int) -> list[str]:
        with os.scandir(self._folder) as entries:
            keyed = ((_key(entry.name), entry.name) for entry in entries)
            return [name for key, name in sorted((key, name) for key, name in keyed if key and key[0] == take)]

    def _complete_ticks(self, take: int, saved: list[str]) -> Counter[str]:
        """Bring NN_ticks.csv in step with the pictures that are there. Returns its outcomes."""
        path = self._folder / ticks_file_name(take)
        old = path.read_bytes() if path.exists() else b""
        *lines, half = old.split(b"\n")
        pictures = set(saved)
        kept: list[list[str]] = []
        told: set[str] = set()
        for line in lines:
            columns = line.decode("ascii", "replace").split(",")
            if columns == list(TICK_COLUMNS):
                continue
            if len(columns) != len(TICK_COLUMNS) or not _TICK.fullmatch(columns[0]) or b"\0" in line:
                self._rescue_lines(ticks_file_name(take), [line])
                continue
            if columns[_IMAGE_AT] and columns[_IMAGE_AT] not in pictures:
                columns[_IMAGE_AT], columns[_OUTCOME_AT] = "", LOST
            told.add(columns[_IMAGE_AT])
            kept.append(columns)
        if half:
            self._rescue_lines(ticks_file_name(take), [half])
        kept += [columns for name in saved if name not in told for columns in self._tick_from(name)]
        kept.sort(key=_tick_of)
        kept = list(_without_gaps(kept))
        text = TICK_HEADER + "".join(",".join(columns) + "\n" for columns in kept)
        if text.encode("ascii", "replace") != old:
            part = path.with_name(part_name(path.name))
            part.write_bytes(text.encode("ascii", "replace"))
            put_in_place(part, path)
        return Counter(columns[_OUTCOME_AT] for columns in kept)

    def _tick_from(self, name: str) -> Iterable[list[str]]:
        """The line of NN_ticks.csv for a picture, from what the picture carries."""
        content = _carried(self._folder / name)
        line = _carried_tick_line(name, content["tick"]) if content is not None else None
        if line is not None:
            yield line.rstrip("\n").split(",")


def _may_be_damaged(content: dict[str, Any]) -> bool:
    is_open = content.get("how_it_ended") == OPEN
    return is_open or bool(content.get("rows_missing")) or content.get("synced") is False


def _no_progress(_what: str, _done: int, _of: int) -> None:
    """For those who don't want to know."""


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _key(name: str) -> tuple[int, int] | None:
    """(take, frame) of a picture's name, when it is written as we write it."""
    found = PICTURE_NAME.fullmatch(name)
    if found is None:
        return None
    take, frame = int(found.group(1)), int(found.group(2))
    return (take, frame) if name == picture_name(take, frame) else None


def _row_key(line: bytes) -> tuple[int, int] | None:
    """(take, frame) of a row; None when it is no row as we write it."""
    try:
        columns = line.decode("ascii").split(",")
    except UnicodeDecodeError:
        return None
    return _key(columns[0]) if _are_columns(columns) else None


def _take_of_line(line: bytes) -> int:
    """The take that what is left of a row is about; 0 when that can't be told."""
    key = _key(line.split(b",")[0].decode("ascii", "replace"))
    return key[0] if key is not None else 0


def _are_columns(columns: list[str]) -> bool:
    return (
        len(columns) == COLUMNS
        and columns[_TRUTH_AT] in _TRUTHS
        and all(_NUMBER.fullmatch(text) for at, text in enumerate(columns) if at not in (0, _TRUTH_AT))
    )


def _carried(path: Path) -> dict[str, Any] | None:
    """What we wrote into the picture, checked; None when there is nothing, or of another picture."""
    for comment in comments(path):
        try:
            content = json.loads(comment)
        except (ValueError, RecursionError):
            continue
        if not isinstance(content, dict) or content.get("synclogger") != COMMENT_FORMAT:
            continue
        row = content.get("row")
        if not isinstance(row, list) or not all(isinstance(text, str) for text in row) or not _are_columns(row):
            continue
        if row[0] == path.name and isinstance(content.get("tick"), dict):
            return content
    return None


def _tick_of(columns: list[str]) -> int:
    return int(columns[0])


def _without_gaps(lines: list[list[str]]) -> Iterator[list[str]]:
    """The lines, and for every tick between them whose line is lost one that says so."""
    before = 0
    for columns in lines:
        tick = _tick_of(columns)
        if before and tick - before <= _LONGEST_GAP:
            for missing in range(before + 1, tick):
                yield tick_line(missing, None, LOST).rstrip("\n").split(",")
        before = tick
        yield columns


def _carried_tick_line(name: str, tick: dict[str, Any]) -> str | None:
    values: list[int | float] = []
    for index, key in enumerate(Sample._fields):
        value = tick.get(key)
        if index >= _FIRST_FLOAT:
            value = math.nan if value is None else value
            if not isinstance(value, int | float):
                return None
            values.append(float(value))
        elif isinstance(value, int):
            values.append(value)
        else:
            return None
    grabbed = tick.get("grab_start"), tick.get("grab_end")
    start, end = (moment if isinstance(moment, int | float) else math.nan for moment in grabbed)
    by = str(tick.get("paired_by", ""))
    if not re.fullmatch(r"[a-z_]{0,40}", by):
        return None
    return tick_line(values[0], Sample(*values), "saved", name, (start, end), by)  # type: ignore[arg-type]


def _first_row_of(file: Any, takes: set[int]) -> int:
    """Where the first line begins that is about one of the takes, or has a hole; else the end of the last whole line.

    A hole is a block that the system never wrote before the power went. It is read as zeros.
    """
    starts = tuple(f"{take:02d}_".encode() for take in takes)
    at = 0
    file.seek(0)
    for line in file:
        if line.startswith(starts) or b"\0" in line or not line.endswith(b"\n"):
            return at
        at += len(line)
    return at


def _copy(old: Any, new: Any, length: int) -> None:
    while length > 0:
        piece = old.read(min(length, 1 << 20))
        if not piece:
            raise OSError(f"{DATA_FILE} became shorter while it was mended: end the program that writes to it")
        new.write(piece)
        length -= len(piece)


def _last_change(path: Path) -> str:
    moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
