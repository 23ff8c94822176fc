"""What all that was seen of a take, and of a folder, means."""

import contextlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..captures.comment import carried
from ..captures.names import DATA_FILE, take_file_name
from ..captures.ownership import has_our_picture, telling
from ..captures.take_file import TAKE_FORMAT
from ..captures.vocabulary import Ended
from ..recordings.discards import DISCARDS_FILE
from ..recordings.recordings import Recordings, Take
from ..recordings.rows import Dialect, parse_row
from .finding import Finding, Kind, count, runs
from .listing import Listing, TakePictures
from .pictures import PicturesSeen
from .telemetry import TelemetrySeen

# Pictures that show the same although the car went so far do not belong to the places of their rows.
_FROZEN_METRES = 2.0
_FROZEN_FRAMES = 3
_REPEATED_METRES = 0.3
_HEAD = 1 << 16
# Numbers that read back the same, whoever wrote them.
_EQUAL = 1e-6


@dataclass(eq=False)
class TakeSeen:
    """A take with everything that was seen of it."""

    take: Take
    pictures: TakePictures
    is_live: bool  # its folder is being recorded into
    telemetry: TelemetrySeen = field(default_factory=TelemetrySeen)
    parts: dict[tuple[int, int], PicturesSeen] = field(default_factory=dict)
    failed: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, place: tuple[int, int], seen: PicturesSeen | TelemetrySeen) -> None:
        """What was seen of a part of it."""
        if isinstance(seen, TelemetrySeen):
            self.telemetry = seen
        else:
            self.parts[place] = seen

    def not_done(self, place: tuple[int, int], why: str) -> None:
        """A part that could not be looked at."""
        self.failed.append((*place, why))

    def in_order(self) -> Iterator[PicturesSeen]:
        """What was seen of its pictures, in the order of the frames."""
        for place in sorted(self.parts):
            yield self.parts[place]

    def say(self, kind: Kind, what: str, to_do: str, first: int = 0, last: int = 0) -> Finding:
        """A finding about it."""
        return Finding(kind, str(self.take.folder.path), what, to_do, self.take.name, first, last)

    def content(self) -> dict[str, Any]:
        """As it stands in the output of `--json`."""
        take, telemetry = self.take, self.telemetry
        facts = take.description.facts if take.description is not None else {}
        told = {name: _word(facts.get(name)) for name in ("car", "track", "layout", "driver")}
        sizes = Counter[str]()
        for seen in self.in_order():
            for first, last, size in seen.sizes:
                sizes[size] += bisect_left(self.pictures.frames, last + 1) - bisect_left(self.pictures.frames, first)
        return {
            "folder": str(take.folder.path),
            "take": take.name,
            "take_id": take.take_id,
            **told,
            "started_utc": take.description.started_utc if take.description is not None else None,
            "how_it_ended": take.description.how_it_ended if take.description is not None else None,
            "pictures": len(self.pictures.frames),
            "rows": telemetry.rows,
            "discarded": take.discarded_frames,
            "seconds": telemetry.seconds,
            "sizes": dict(sizes),
            "proof": telemetry.proof,
            "laps": telemetry.laps,
            "laps_cut": telemetry.laps_cut,
            "best_lap": telemetry.best_lap,
            "straight_share": telemetry.straight_share,
            "steering_reversals_per_second": telemetry.reversals_per_second,
            "strips_right": sum(seen.strips_right for seen in self.in_order()),
        }


# ------------------------------------------------------------------------------------------------------ a take


def judge_take(one: TakeSeen) -> list[Finding]:
    """Everything that is wrong with it or worth knowing."""
    return [
        *_description(one),
        *_pairs(one),
        *_files(one),
        *one.telemetry.findings,
        *_rows_carried(one),
        *_sizes(one),
        *_black(one),
        *_same(one),
        *(one.say(Kind.NOT_DONE, f"not looked at: {why}", "run `check` again", a, b) for a, b, why in one.failed),
    ]


def _description(one: TakeSeen) -> Iterator[Finding]:
    take, told = one.take, one.take.description
    path = take.folder.path / take_file_name(take.number)
    if told is None:
        if path.exists():
            yield one.say(Kind.NO_DESCRIPTION, f"{path.name} can't be understood", "nothing but its facts is lost")
        elif take.ticks is not None:
            yield one.say(Kind.NO_DESCRIPTION, f"{path.name} is missing", "nothing but its facts is lost")
        else:
            what = "an older tool's take: nothing says how its pictures and rows belong together"
            yield one.say(Kind.NO_TICKS, what, "look at some pictures beside their rows before you trust it")
        return
    if told.format > TAKE_FORMAT:
        yield one.say(Kind.LEFT_OUT, "it is of a later SyncLogger: what is new in it was not looked at", "update")
    if one.is_live and told.how_it_ended == Ended.OPEN:
        return
    if told.how_it_ended == Ended.OPEN or told.rows_missing > 0:
        yield one.say(Kind.TAKE_OPEN, "a crash left it open", _REPAIR)
    elif told.frames_saved > len(one.pictures.frames):
        gone = told.frames_saved - len(one.pictures.frames)
        yield one.say(Kind.FRAMES_LOST, f"{gone} of {count(told.frames_saved, 'picture')} are gone", "look for a copy")
    if take.ticks is None:
        yield one.say(Kind.TICK_LOST, "all its ticks are gone", "look for a copy of its NN_ticks.csv")


def _pairs(one: TakeSeen) -> Iterator[Finding]:
    """Rows and pictures, held against each other both ways."""
    pictures, rows = one.pictures.frames, one.take.frame_numbers
    has_picture, has_row = set(pictures), set(rows)
    without_picture = [frame for frame in rows if frame not in has_picture]
    if one.is_live:  # what was saved after the folder was listed
        newest = pictures[-1] if pictures else 0
        without_picture = [frame for frame in without_picture if frame <= newest]
        pictures = pictures[: bisect_left(pictures, (rows[-1] if len(rows) else 0) + 1)]
    for first, last in runs(without_picture):
        what = f"{count(last - first + 1, 'row')} without a picture"
        yield one.say(Kind.ROW_WITHOUT_PICTURE, what, "`repair` takes such rows out, or leave them out", first, last)
    for first, last in runs(frame for frame in pictures if frame not in has_row):
        what = f"{count(last - first + 1, 'picture')} without a row"
        yield one.say(Kind.PICTURE_WITHOUT_ROW, what, "`repair` brings back what the pictures carry", first, last)
    yield from _gaps(one, sorted(has_picture | has_row))
    if one.take.doubled_rows:
        what = f"{count(one.take.doubled_rows, 'row')} of frames that have one already"
        yield one.say(Kind.ROW_TWICE, what, "the first of each counts; " + _REPAIR)
    elif not one.take.is_in_order:
        yield one.say(Kind.ROWS_OUT_OF_ORDER, "its rows do not stand in the order of the frames", "sort data.csv")


def _gaps(one: TakeSeen, frames: list[int]) -> Iterator[Finding]:
    expected = 1
    for frame in frames:
        if frame != expected:
            what = f"{count(frame - expected, 'number')} of frames missing: no picture and no row"
            yield one.say(Kind.FRAME_GAP, what, "cut sequences here", expected, frame - 1)
        expected = frame + 1


def _files(one: TakeSeen) -> Iterator[Finding]:
    """Files that are no whole pictures."""
    found: dict[tuple[str, str], list[int]] = {}
    for seen in one.in_order():
        for frame, kind, what in seen.bad:
            found.setdefault((kind, what if kind != Kind.STRIP_DISAGREES else f"{frame}"), []).append(frame)
    details = {f"{frame}": what for seen in one.in_order() for frame, _, what in seen.bad}
    for (name, what), frames in found.items():
        kind = Kind(name)
        for first, last in runs(frames):
            to_do = "run `check` again" if kind in (Kind.VANISHED, Kind.UNREADABLE, Kind.NOT_DONE) else _LEAVE_OUT
            yield one.say(kind, f"{kind.meaning}: {details.get(what, what)}", to_do, first, last)


def _rows_carried(one: TakeSeen) -> Iterator[Finding]:
    """Rows that are not those that their pictures carry."""
    telemetry = one.telemetry
    sums = dict(zip(telemetry.frames, telemetry.sums, strict=True))
    suspect = [
        frame
        for seen in one.in_order()
        for frame, told in seen.rows
        if frame in sums and sums[frame] != told
    ]  # fmt: skip
    if not suspect:
        return
    lines = {frame: line for frame, line in one.take.lines() if frame in set(suspect)}
    wrong = [frame for frame in suspect if not _is_carried(one, frame, lines[frame])]
    for first, last in runs(wrong):
        what = f"{count(last - first + 1, 'row')} not the one that the picture carries"
        yield one.say(Kind.ROW_OF_ANOTHER, what, "the picture is right; " + _LEAVE_OUT, first, last)


def _is_carried(one: TakeSeen, frame: int, line: bytes) -> bool:
    """Whether the picture carries this row, perhaps written in other words."""
    row = parse_row(line, one.take.folder.dialect)
    content = carried(one.take.folder.path / one.pictures.name(frame))
    own = parse_row(",".join(content.row).encode(), Dialect()) if content is not None else None
    if row is None or own is None:
        return row is None  # no row at all is said elsewhere; a comment of another picture is wrong
    return row.image == own.image and all(
        abs(value - other) <= _EQUAL * max(1.0, abs(value)) for value, other in zip(row[1:], own[1:], strict=True)
    )


def _sizes(one: TakeSeen) -> Iterator[Finding]:
    pieces: list[tuple[int, int, str]] = []
    for seen in one.in_order():
        for first, last, size in seen.sizes:
            if pieces and pieces[-1][2] == size:
                pieces[-1] = (pieces[-1][0], last, size)
            else:
                pieces.append((first, last, size))
    for (_, _, before), (first, last, size) in pairwise(pieces):
        what = f"pictures of {size}, those before are of {before}"
        yield one.say(Kind.SIZES, what, "scale to one size when you load them, or leave these out", first, last)


def _black(one: TakeSeen) -> Iterator[Finding]:
    for first, last in runs(frame for seen in one.in_order() for frame in seen.black):
        yield one.say(Kind.BLACK, f"{count(last - first + 1, 'black picture')}", _LEAVE_OUT, first, last)


def _same(one: TakeSeen) -> Iterator[Finding]:
    """Stretches that stand still, and pictures that are there twice, although the car moved."""
    ways = _Ways(one.telemetry)
    frozen: set[int] = set()
    for first, last in _merged(stretch for seen in one.in_order() for stretch in seen.still):
        if last - first + 1 >= _FROZEN_FRAMES and ways.between(first, last) >= _FROZEN_METRES:
            frozen.update(range(first, last + 1))
            what = f"the pictures stand still although the car goes {ways.between(first, last):.1f} m"
            yield one.say(Kind.FROZEN, what, _LEAVE_OUT, first, last)
    known: dict[int, int] = {}
    repeats: dict[int, int] = {}  # a frame, and the first that shows the same
    for seen in one.in_order():
        for frame, look in seen.looks:
            first = known.setdefault(look, frame)
            if frame not in frozen and ways.between(first, frame) >= _REPEATED_METRES:
                repeats[frame] = first
    for first, last in runs(repeats):
        what = f"the same as {one.take.name}:{repeats[first]}, although the car has moved"
        yield one.say(Kind.REPEATED, what, _LEAVE_OUT, first, last)


def _merged(stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Those that touch as one: a stretch goes on in the next part."""
    current: tuple[int, int] | None = None
    for first, last in stretches:
        if current is not None and first <= current[1]:
            current = (current[0], last)
            continue
        if current is not None:
            yield current
        current = (first, last)
    if current is not None:
        yield current


class _Ways:
    """How far the car went between two frames."""

    def __init__(self, telemetry: TelemetrySeen) -> None:
        self._frames, self._ways = telemetry.frames, telemetry.ways

    def between(self, first: int, last: int) -> float:
        return self._at(last) - self._at(first)

    def _at(self, frame: int) -> float:
        at = bisect_left(self._frames, frame)
        return self._ways[min(at, len(self._ways) - 1)] if self._ways else 0.0


# ---------------------------------------------------------------------------------------------------- a folder


def judge_folder(path: Path, listing: Listing, recordings: Recordings, *, is_live: bool) -> Iterator[Finding]:
    """What is wrong with a folder, beside its takes."""
    takes = [take for take in recordings.takes if take.folder.path == path]
    again = [(take, first) for take, first in recordings.takes_again if take.folder.path == path]
    if listing.unfinished and not is_live:
        number = len(listing.unfinished)
        yield Finding(Kind.UNFINISHED, str(path), f"{count(number, 'file')} that was never finished", _REPAIR)
    if path in recordings.broken_discards:
        yield Finding(Kind.DISCARDS_BROKEN, str(path), _DISCARDS, "mend it, or move it away to use every frame")
    for number, frame, name in listing.no_files:
        yield Finding(
            Kind.NOT_A_PICTURE, str(path), f"{name} is no file", "move it away", f"{number:02d}", frame, frame
        )
    known = {take.number for take in (*takes, *(take for take, _ in again))}
    for number in sorted(listing.takes.keys() - known):
        pictures = listing.takes[number].frames
        what = f"{count(len(pictures), 'picture')} of a take without rows and without a description"
        kind, to_do = Kind.PICTURE_WITHOUT_ROW, "`repair` brings back what the pictures carry"
        if not _carry_rows(path, listing.takes[number]):
            kind, to_do = Kind.LEFT_OUT, "they carry no rows either, so SyncLogger did not make them: nothing"
        yield Finding(kind, str(path), what, to_do, f"{number:02d}", pictures[0], pictures[-1])
    for take, first in recordings.takes_apart:
        if take.folder.path == path:
            what = f"it has the id of take {first.name} of {first.folder.path}, and other rows"
            to_do = "sets can be made of one of them only: discard the other, or don't name its folder"
            yield Finding(Kind.SAME_ID, str(path), what, to_do, take.name)
    for take, first in again:
        what = f"it is take {first.name} of {first.folder.path} again"
        yield Finding(Kind.LEFT_OUT, str(path), what, "name each folder once", take.name)
    yield from _rows_file(path, takes, is_live=is_live)


def _carry_rows(path: Path, pictures: TakePictures) -> bool:
    """Whether one of the pictures is SyncLogger's. One that can't be read tells nothing."""
    for frame in telling(pictures.frames):
        with contextlib.suppress(OSError):
            if has_our_picture(path, [pictures.name(frame)]):
                return True
    return False


def _rows_file(path: Path, takes: list[Take], *, is_live: bool) -> Iterator[Finding]:
    try:
        with (path / DATA_FILE).open("rb") as file:
            head = file.read(_HEAD)
            file.seek(max(0, file.seek(0, 2) - 1))
            end = file.read(1)
    except FileNotFoundError:
        return
    if end not in (b"", b"\n") and not is_live:
        yield Finding(Kind.NOT_A_ROW, str(path), f"the last line of {DATA_FILE} has no end: it may be cut", _REPAIR)
    if not takes:
        return
    folder = takes[0].folder
    if folder.lines_left_out:
        what = f"{count(folder.lines_left_out, 'line')} of {DATA_FILE} that name no picture"
        yield Finding(Kind.NOT_A_ROW, str(path), what, _REPAIR)
    if folder.dialect != Dialect() or b"\r\n" in head:
        what = f"{DATA_FILE} was saved by another program: {_differences(folder.dialect, head)}"
        yield Finding(Kind.SPREADSHEET, str(path), what, "SyncLogger reads it; other loaders may not")


def _differences(dialect: Dialect, head: bytes) -> str:
    seen = [
        ("a mark at its beginning", dialect.start > 0),
        ("a header", dialect.has_header),
        (f"columns parted by {dialect.delimiter.decode()!r}", dialect.delimiter != b","),
        ("decimal commas", dialect.has_decimal_comma),
        ("line ends of Windows", b"\r\n" in head),
    ]
    return ", ".join(what for what, is_so in seen if is_so)


def _word(value: Any) -> str | None:
    """What a description says where it should have a name: NaN for one is no JSON."""
    return value if isinstance(value, str) else None


_REPAIR = "run `repair`"
_DISCARDS = f"{DISCARDS_FILE} can't be understood: here nothing counts as discarded, and what makes sets stops at it"
_LEAVE_OUT = "leave them out"
