"""A finding: what is wrong or worth knowing, where it is, and what to do about it."""

import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..captures.vocabulary import Word
from ..errors import PROGRAM


class Severity(Word):
    """How bad a finding is."""

    DAMAGE = "damage", "something that was recorded is lost, or a row is not that of its picture"
    REMARK = "remark", "worth knowing before it becomes a training set"
    UNREAD = "unread", "it could not be looked at: nothing is known about it"


class Kind(Word):
    """What can be found."""

    ROW_WITHOUT_PICTURE = "row_without_picture", "data.csv has a row, the folder no picture"
    PICTURE_WITHOUT_ROW = "picture_without_row", "the folder has a picture, data.csv no row"
    NOT_A_ROW = "not_a_row", "a line of data.csv has not the 15 columns of a row"
    ROW_TWICE = "row_twice", "data.csv has a second row of the same picture"
    ROWS_OUT_OF_ORDER = "rows_out_of_order", "the rows do not stand in the order of the frames"
    ROW_OF_ANOTHER = "row_of_another", "the row is not the one that the picture carries"
    SPREADSHEET = "spreadsheet", "data.csv was saved by another program: a header, other separators or line ends"
    CUT = "cut", "the picture ends before its end, or has a hole"
    NOT_A_PICTURE = "not_a_picture", "what has the name of a picture is none"
    UNDECODABLE = "undecodable", "the picture can't be decoded"
    UNFINISHED = "unfinished", "a file that was being written when the recorder died"
    TAKE_OPEN = "take_open", "a crash left the take open"
    NO_DESCRIPTION = "no_description", "the take's description is lost or can't be read"
    FRAMES_LOST = "frames_lost", "fewer pictures than were saved"
    TICK_LOST = "tick_lost", "no line of the ticks is about the picture"
    TICKS_MISSING = "ticks_missing", "numbers of ticks are missing"
    TICKS_BROKEN = "ticks_broken", "lines of the ticks are no lines"
    FRAME_GAP = "frame_gap", "numbers of frames are missing"
    SIZES = "sizes", "pictures of more than one size"
    BLACK = "black", "the picture is black"
    FROZEN = "frozen", "the picture stands still although the car moves"
    REPEATED = "repeated", "the same picture as another one, although the car has moved"
    STRIP_DISAGREES = "strip_disagrees", "the strip in the picture shows another tick than that of its row"
    NOT_A_NUMBER = "not_a_number", "a value is no number"
    OUT_OF_RANGE = "out_of_range", "a value that cannot be"
    CONSTANT = "constant", "a value that never changes although the car moves"
    TIME_GAP = "time_gap", "more time than usual between two pictures"
    TIME_BACK = "time_back", "the game's time goes back"
    JUMP = "jump", "the car is elsewhere on the track from one picture to the next"
    UNPROVEN = "unproven", "nothing says for sure which tick the picture shows"
    NO_TICKS = "no_ticks", "an older tool's take: nothing says how pictures and rows belong together"
    STANDING = "standing", "the car stands"
    STRAIGHT = "straight", "most rows steer hardly at all"
    JERK = "jerk", "the steering jumps farther than hands move it"
    STILL_INPUTS = "still_inputs", "no input changes while the car drives"
    VANISHED = "vanished", "a file went away while it was looked at"
    UNREADABLE = "unreadable", "the system refused to read it"
    NOT_DONE = "not_done", "a part of the work could not be done"
    DISCARDS_BROKEN = "discards_broken", "discards.json can't be understood"
    SAME_ID = "same_id", "another take has the same id and other rows"
    LEFT_OUT = "left_out", "the reader left something out"
    LEAK = "leak", "a part of the picture tells a label although it is not the road"


_ALWAYS_DAMAGE = {
    Kind.ROW_WITHOUT_PICTURE, Kind.PICTURE_WITHOUT_ROW, Kind.NOT_A_ROW, Kind.ROW_TWICE, Kind.ROW_OF_ANOTHER, Kind.CUT,
    Kind.NOT_A_PICTURE, Kind.UNDECODABLE, Kind.UNFINISHED, Kind.TAKE_OPEN, Kind.NO_DESCRIPTION, Kind.FRAMES_LOST,
    Kind.TICK_LOST, Kind.TICKS_BROKEN, Kind.STRIP_DISAGREES, Kind.NOT_A_NUMBER, Kind.OUT_OF_RANGE,
    Kind.DISCARDS_BROKEN,
}  # fmt: skip
UNREAD = {Kind.VANISHED, Kind.UNREADABLE, Kind.NOT_DONE}

# What `discard` helps against; all else is mended, recorded anew, or known.
_DISCARDABLE = {
    Kind.ROW_WITHOUT_PICTURE, Kind.ROW_OF_ANOTHER, Kind.CUT, Kind.NOT_A_PICTURE, Kind.UNDECODABLE, Kind.TICK_LOST,
    Kind.BLACK, Kind.FROZEN, Kind.REPEATED, Kind.STRIP_DISAGREES, Kind.NOT_A_NUMBER, Kind.OUT_OF_RANGE, Kind.UNPROVEN,
    Kind.STANDING, Kind.JERK, Kind.STILL_INPUTS,
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One line of what `check` says. `first` and `last` are frames, both included; 0 where it is about no frames."""

    kind: Kind
    folder: str
    what: str
    to_do: str = ""
    take: str = ""  # "02"; "" where it is about the folder
    first: int = 0
    last: int = 0

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        if self.kind in _ALWAYS_DAMAGE:
            return Severity.DAMAGE
        return Severity.UNREAD if self.kind in UNREAD else Severity.REMARK

    @property
    def where(self) -> str:
        """As `discard` takes it: "02", "02:7", "02:7-20"; "" where it is about the folder."""
        if not self.first:
            return self.take
        return f"{self.take}:{self.first}" + (f"-{self.last}" if self.last != self.first else "")

    @property
    def discard(self) -> str:
        """The command that leaves it out of every set; "" where that would not help."""
        if self.kind not in _DISCARDABLE or not self.take:
            return ""
        return f"{PROGRAM} discard {quoted(self.folder)} {self.where} --why {self.kind}"

    def content(self) -> dict[str, Any]:
        """As it stands in the output of `--json`."""
        return {
            "kind": str(self.kind),
            "severity": str(self.severity),
            "folder": self.folder,
            "take": self.take,
            "first": self.first,
            "last": self.last,
            "where": self.where,
            "what": self.what,
            "to_do": self.to_do,
            "discard": self.discard,
        }

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Finding":
        """From what `content` made. Raise KeyError, TypeError or ValueError where that is none."""
        words = {name: str(content[name]) for name in ("folder", "what", "to_do", "take")}
        frames = [content[name] for name in ("first", "last")]
        if not all(type(frame) is int for frame in frames):
            raise TypeError(f"frames {frames}")
        return cls(Kind(content["kind"]), **words, first=frames[0], last=frames[1])


def quoted(path: str) -> str:
    """As it is typed at a prompt."""
    return subprocess.list2cmdline([path]) if sys.platform == "win32" else shlex.quote(path)


def runs(frames: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of frames in order that follow on each other."""
    first = last = None
    for frame in frames:
        if first is None or last is None or frame != last + 1:
            if first is not None and last is not None:
                yield first, last
            first = frame
        last = frame
    if first is not None and last is not None:
        yield first, last


def count(number: int, what: str) -> str:
    """ "1 row", "2 rows"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
