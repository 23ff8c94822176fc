"""Rows of a data.csv as SyncLogger, an older tool or a spreadsheet left it."""

import math
import re
from typing import NamedTuple

from ..captures.row import COLUMNS, Row

_BOM = b"\xef\xbb\xbf"
# What may stand in column A: our names, those of older tools, with folders before them or without.
_IMAGE = re.compile(rb"([0-9]{1,9})_([0-9]{1,12})\.(?:jpe?g|png|bmp)", re.IGNORECASE)
_TRUTHS = {b"TRUE": True, b"FALSE": False, b"True": True, b"False": False, b"true": True, b"false": False}
_GEAR_AT, _TRUTH_AT = Row._fields.index("gear"), Row._fields.index("lap_valid")
_NO_NUMBER = math.nan


class Dialect(NamedTuple):
    """How the columns of one file are written."""

    delimiter: bytes = b","
    has_decimal_comma: bool = False
    start: int = 0  # where the first line begins, behind a byte order mark
    has_header: bool = False


def dialect_of(head: bytes) -> Dialect:
    """How a file is written that begins with these bytes; at best several lines of it."""
    start = len(_BOM) if head.startswith(_BOM) else 0
    lines = [line for line in head[start:].splitlines()[:5] if line.strip()]
    if not lines:
        return Dialect(start=start)
    last = lines[-2] if len(lines) > 2 else lines[-1]
    delimiter = next((mark for mark in (b";", b"\t") if last.count(mark) == COLUMNS - 1), b",")
    has_header = image_key(_image_of(lines[0], delimiter)) is None and b"." not in _image_of(lines[0], delimiter)
    return Dialect(delimiter, delimiter != b"," and b"," in last, start, has_header)


def _image_of(line: bytes, delimiter: bytes) -> bytes:
    return line.split(delimiter, 1)[0]


def image_name(column: bytes) -> bytes:
    """The picture's name in column A, without quotation marks and the folders before it."""
    return column.strip().strip(b'"').replace(b"\\", b"/").rsplit(b"/", 1)[-1]


def image_key(column: bytes) -> tuple[int, int] | None:
    """(take, frame) of what stands in column A; None where it names no picture of a take."""
    found = _IMAGE.fullmatch(image_name(column))
    return (int(found.group(1)), int(found.group(2))) if found else None


def parse_row(line: bytes, dialect: Dialect) -> Row | None:
    """The values of a line; None where it has not 15 columns or one of them is no value.

    An empty column and the word NaN are NaN, the gear as well.
    """
    columns = line.strip().split(dialect.delimiter)
    if len(columns) != COLUMNS:
        return None
    truth = _TRUTHS.get(columns[_TRUTH_AT].strip())
    if truth is None:
        return None
    try:
        numbers = [_number(text, dialect) for text in columns[1:_TRUTH_AT]]
        more = [_number(text, dialect) for text in columns[_TRUTH_AT + 1 :]]
        gear = numbers[_GEAR_AT - 1]
        numbers[_GEAR_AT - 1] = int(gear) if math.isfinite(gear) else _NO_NUMBER
    except ValueError:
        return None
    return Row(image_name(columns[0]).decode("utf-8", "replace"), *numbers, truth, *more)  # type: ignore[arg-type,call-arg]


def _number(text: bytes, dialect: Dialect) -> float:
    if dialect.has_decimal_comma:
        text = text.replace(b",", b".")
    return float(text) if text.strip() else _NO_NUMBER
