"""Writes `docs/columns.md` from the code: `python -m tests.columns_page`. A test holds the page against it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from lib.captures.columns import LETTERS, ROW_COLUMNS, SAMPLE, TICK_FILE_COLUMNS, Column
from tests.environment import ROOT

PAGE = ROOT / "docs" / "columns.md"

_HEAD = """\
# Every column

Made from the code by `python -m tests.columns_page`; a test holds this page against it.

Numbers stand as the game gives them, with a point whatever the locale, and never with an exponent in `data.csv`. World
axes have y up. Car axes are x lateral, y up, z forward. Wheels are `fl`, `fr`, `rl`, `rr`: front left to rear right.

## What the driver does, and what the car does

**Inputs of the driver** are marked *input*: gas, brake, clutch, gear and steering. **Nobody has verified in Assetto
Corsa whether gas, brake and clutch are what the pedals say or what the car gets after its assists** (traction control,
ABS, automatic clutch). `NN_take.json` has in `static` which assists were on; the README says how to find out.
Everything marked *state* follows from what was driven. The rest tells of the recording.

## data.csv

No header. One row for each saved picture. All columns are there since format 1.

"""

_TICKS = """
## NN_ticks.csv

The first line names the columns; read them by name, since their places are not promised. One line for each tick of a
take, with or without a picture. A field that the game did not give is empty: a page is missing, or older than it.
On Windows one that is younger than the game may read 0 instead: that is not verified.
Commas, quotes and letters beyond ASCII in the game's texts are `_` here.

"""

_AFTER = """
## The static page

`NN_take.json` has in `static` what the game says once: car, track, driver, sectors, limits of engine, fuel and
suspension, aids and penalties, under the names of Kunos' documentation in small letters with `_`. Since format 2.
"""


def page() -> str:
    rows = [f"| {LETTERS[column.name]} {_cells(column)}" for column in ROW_COLUMNS]
    head = "| | column | unit, range | what it means | source | |\n|---|---|---|---|---|---|\n"
    ticks = "| column | unit, range | what it means | source | | since format |\n|---|---|---|---|---|---|\n"
    lines = [f"{_cells(column, names)} {column.since} |" for names, column in _grouped(TICK_FILE_COLUMNS)]
    return _HEAD + head + "\n".join(rows) + "\n" + _TICKS + ticks + "\n".join(lines) + "\n" + _AFTER


def _grouped(columns: Iterable[Column]) -> list[tuple[tuple[str, ...], Column]]:
    """Columns of one field stand in one line, each by its name."""
    whole = {column.name for column in (*SAMPLE, *ROW_COLUMNS)}
    found = []
    for _, group in groupby(columns, key=lambda column: column.name if column.name in whole else column[1:]):
        members = list(group)
        found.append((tuple(member.name for member in members), members[0]))
    return found


def _cells(column: Column, names: tuple[str, ...] = ()) -> str:
    shown = ", ".join(f"`{name}`" for name in names or (column.name,))
    kind = f"*{column.kind}*" if column.kind else ""
    return f"| {shown} | {column.unit} | {column.meaning} | {_code(column.source)} | {kind} |"


def _code(source: str) -> str:
    return f"`{source}`" if "." in source.split(" ")[0] else source


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{len(ROW_COLUMNS)} columns of data.csv, {len(TICK_FILE_COLUMNS)} of NN_ticks.csv")
