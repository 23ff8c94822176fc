"""NN_ticks.csv: one line for each game tick of a take, with what the game said at it, and what became of it.

Its first line names the columns. Files of other releases have other columns, so lines are read and written by them.
"""

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from ..link.sample import HOLD_REASONS, HOLD_TELEMETRY_INVALID, UNKNOWN, Sample
from .c_float import as_float32
from .pages import GRAPHICS, PHYSICS, Page, Value
from .vocabulary import Outcome, PairedBy

# What the sample itself says; its last two fields are the pages, which are columns of their own.
SAMPLE_COLUMNS = Sample._fields[: Sample._fields.index("physics")]
OUTCOME_COLUMNS = ("image", "outcome", "grab_start", "grab_end", "paired_by")
TICK_COLUMNS = (*SAMPLE_COLUMNS, *PHYSICS.names, *GRAPHICS.names, *OUTCOME_COLUMNS)
TICK_HEADER = ",".join(TICK_COLUMNS) + "\n"

PAGE_KINDS = {**PHYSICS.kinds, **GRAPHICS.kinds}
# Made in double precision; every other number with a fraction is a C float of the game.
DOUBLES = {"time", "game_time", "delta_t", "performance_gain"}
# Whole numbers of the sample that the game may not give.
_MAY_BE_UNKNOWN = {"panel_form", "camera_mode", "focused_car"}
_FIRST_FLOAT = SAMPLE_COLUMNS.index("time")
_WHOLE = set(SAMPLE_COLUMNS[:_FIRST_FLOAT])
_TICK = re.compile(r"[0-9]{1,20}")
_NOT_PLAIN = re.compile(r'[^ -~]|[,"]')


class TickLine(NamedTuple):
    """What one line says."""

    tick: int
    sample: Sample | None  # None: the line tells of no telemetry
    outcome: Outcome
    image: str = ""
    grabbed: tuple[float, float] | None = None  # start and end of the grab, on the game's clock where that is known
    paired_by: PairedBy | None = None
    pages: Mapping[str, Value] | None = None  # what the pages said, by column; None: the sample has their bytes

    @property
    def told_by_pages(self) -> Mapping[str, Value]:
        """What the pages said, by column."""
        if self.pages is not None or self.sample is None:
            return self.pages or {}
        return pages_of(self.sample)


def pages_of(sample: Sample) -> dict[str, Value]:
    """What the sample's pages say, by column."""
    return {**PHYSICS.told(sample.physics), **GRAPHICS.told(sample.graphics)}


class TickColumns:
    """The columns of one file, and its lines."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.header = ",".join(names) + "\n"
        self.image_at, self.outcome_at = names.index("image"), names.index("outcome")
        self._at = {name: index for index, name in enumerate(names)}

    @classmethod
    def of_header(cls, line: str) -> "TickColumns | None":
        """Those that the first line of a file names; None where it is no such line."""
        names = tuple(line.strip().split(","))
        is_ours = names[0] == "tick" and len(set(names)) == len(names) and set(OUTCOME_COLUMNS) <= set(names)
        return cls(names) if is_ours else None

    def are_a_line(self, columns: list[str]) -> bool:
        """Whether these can be the columns of a line: as many as there must be, and the first of them a tick."""
        return len(columns) == len(self.names) and _TICK.fullmatch(columns[0]) is not None

    def line(self, line: TickLine) -> str:
        """The line as it stands in the file. What the game did not give, or the file has no column for, is left out."""
        start, end = (f"{line.grabbed[0]:.6f}", f"{line.grabbed[1]:.6f}") if line.grabbed else ("", "")
        outcome = (line.image, str(line.outcome), start, end, line.paired_by or "")
        if self.names == TICK_COLUMNS and line.pages is None:
            return f"{_all_that_was_said(line)},{','.join(outcome)}\n"
        told = {"tick": str(line.tick), **dict(zip(OUTCOME_COLUMNS, outcome, strict=True))}
        if line.sample is not None:
            told |= {name: _sample_text(name, value) for name, value in zip(SAMPLE_COLUMNS, line.sample, strict=False)}
            told |= {name: _page_text(value) for name, value in line.told_by_pages.items()}
        return ",".join([told.get(name, "") for name in self.names]) + "\n"

    def read(self, columns: list[str]) -> TickLine | None:
        """What the columns of a line say; None where they are no line as we write it.

        Numbers that were left empty read as NaN, or as UNKNOWN where they are whole; those of a page are left out.
        """
        if not self.are_a_line(columns):
            return None
        told = dict(zip(self.names, columns, strict=True))
        start, end = told["grab_start"], told["grab_end"]
        try:
            sample = _read_sample(told)
            return TickLine(
                int(told["tick"]),
                sample,
                Outcome(told["outcome"]),
                told["image"],
                (float(start), float(end)) if start and end else None,
                PairedBy(told["paired_by"]) if told["paired_by"] else None,
                None if sample is None else _read_pages(told),
            )
        except ValueError:
            return None


CURRENT = TickColumns(TICK_COLUMNS)


def tick_line(line: TickLine) -> str:
    """The line as it stands in a file of this release."""
    return CURRENT.line(line)


def hold_name(hold: int) -> str:
    """The name of a hold code. A code that no version of the game side knows counts as invalid telemetry."""
    return HOLD_REASONS[hold if 0 <= hold < len(HOLD_REASONS) else HOLD_TELEMETRY_INVALID]


def held(hold: int) -> Outcome:
    """The outcome of a tick with this hold code, which is not 0."""
    return Outcome(f"held_{hold_name(hold)}")


# --- a value as text, and back


def _sample_text(name: str, value: Any) -> str:
    if name == "hold":
        return hold_name(int(value))
    if name in _WHOLE:
        return "" if value == UNKNOWN and name in _MAY_BE_UNKNOWN else str(value)
    if not math.isfinite(value):
        return ""
    return repr(value) if name in DOUBLES else f"{value:.9g}"


def _page_text(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.9g}" if math.isfinite(value) else ""
    return _NOT_PLAIN.sub("_", value) if isinstance(value, str) else str(value)


def _all_that_was_said(line: TickLine) -> str:
    """The present columns up to those of the outcome, made at once: the recorder writes them for each tick."""
    sample = line.sample
    if sample is None:
        return f"{line.tick}{_NOTHING_SAID}"
    values = ",".join(map(_sample_text, SAMPLE_COLUMNS, sample))
    return f"{values},{_page_columns(PHYSICS, sample.physics)},{_page_columns(GRAPHICS, sample.graphics)}"


def _page_columns(page: Page, content: bytes) -> str:
    values = page.read(content)
    form, left_out = _page_form(page, len(values))
    text = form % tuple(values)
    # An n is in nan and inf, or in a text.
    if "n" in text or page is GRAPHICS:
        text = ",".join(map(_page_text, values))
    return text + left_out


@cache
def _page_form(page: Page, count: int) -> tuple[str, str]:
    """How to write so many values of the page, and the commas of those that it doesn't have."""
    kinds = [page.kinds[name] for name in page.names]
    form = ",".join({"f": "%.9g", "i": "%d", "u": "%s"}[kind] for kind in kinds[:count])
    return form, "," * (len(kinds) - max(count, 1))


_NOTHING_SAID = "," * (len(TICK_COLUMNS) - len(OUTCOME_COLUMNS) - 1)


def _read_sample(told: dict[str, str]) -> Sample | None:
    """None where the line tells of no telemetry. Raise ValueError where a value is no number."""
    texts = [told.get(name, "") for name in SAMPLE_COLUMNS]
    if not any(texts[1:]):
        return None
    read: list[int | float] = []
    for name, text in zip(SAMPLE_COLUMNS, texts, strict=True):
        if name == "hold":
            read.append(HOLD_REASONS.index(text))
        elif name in _WHOLE:
            read.append(int(text) if text else UNKNOWN)
        else:
            read.append(_read_float(name, text))
    return Sample(*read, b"", b"")  # type: ignore[arg-type, call-arg]


def _read_pages(told: dict[str, str]) -> dict[str, Value]:
    return {name: _read_page_value(name, told[name]) for name in PAGE_KINDS if told.get(name)}


def _read_page_value(name: str, text: str) -> Value:
    kind = PAGE_KINDS[name]
    return text if kind == "u" else int(float(text)) if kind == "i" else _read_float(name, text)


def _read_float(name: str, text: str) -> float:
    if not text:
        return math.nan
    value = float(text)
    if name in DOUBLES:
        return value
    exact = as_float32(value)
    return value if exact is None else exact
