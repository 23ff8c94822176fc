import math

import pytest

from lib.captures.row import read_row, row_bytes, row_of
from lib.recordings.rows import Dialect, dialect_of, image_key, parse_row
from tests.unit.samples import sample

OURS = row_bytes(row_of("03_000007.jpg", sample(7, gas=0.5, steer=-12.25, gear=-1)))
HEADER = b"image,gas,brake,clutch,gear,steer,lat,long,speed,valid,time,best,place,delta,gain\n"


def by_spreadsheet(line: bytes) -> bytes:
    return line.replace(b",", b";").replace(b".", b",").replace(b",jpg", b".jpg").replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    ("head", "line", "has_header"),
    [
        (OURS, OURS, False),
        (b"\xef\xbb\xbf" + OURS, OURS, False),
        (HEADER + OURS, OURS, True),
        (by_spreadsheet(OURS) * 3, by_spreadsheet(OURS), False),
        (OURS.replace(b"\n", b"\r\n"), OURS.replace(b"\n", b"\r\n"), False),
        (OURS.replace(b"TRUE", b"True"), OURS.replace(b"TRUE", b"True"), False),
        (OURS.replace(b"03_", b"captures\\03_"), OURS.replace(b"03_", b"C:/drive 1/captures/03_"), False),
    ],
)
def test_a_row_has_the_same_values_however_it_was_saved(head: bytes, line: bytes, has_header: bool) -> None:
    dialect = dialect_of(head)
    assert dialect.has_header == has_header
    ours = read_row(OURS.decode().strip().split(","))
    assert parse_row(line, dialect) == ours
    assert image_key(line.split(dialect.delimiter)[0]) == (3, 7)


def test_what_is_empty_or_nan_is_nan() -> None:
    for text in (b"", b"nan", b"NaN"):
        row = parse_row(OURS.replace(b"-12.25", text), Dialect())
        assert row is not None
        assert math.isnan(row.steer)


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", OURS[:40], OURS.strip() + b",1", OURS.replace(b"TRUE", b"maybe"), OURS.replace(b"0.5", b"half")],
)
def test_what_is_no_row_is_none(line: bytes) -> None:
    assert parse_row(line, Dialect()) is None


@pytest.mark.parametrize("name", [b"20240714_183012.jpg.bak", b"frame.png", b"", b"a_1.png", b"1234567890_1.png"])
def test_what_names_no_picture_of_a_take(name: bytes) -> None:
    assert image_key(name) is None
