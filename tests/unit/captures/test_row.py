import csv
import io
import json
import math
import struct

from hypothesis import given
from hypothesis import strategies as st

from lib.link.sample import Sample
from lib.recorder.row import (
    COLUMNS,
    TICK_COLUMNS,
    comment_of,
    decimal,
    is_recordable,
    row_bytes,
    row_of,
    tick_line,
)
from tests.unit.recorder.samples import sample

FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
ANY_FLOAT = st.floats()


@given(FLOAT32)
def test_a_c_float_reads_back_as_the_same_c_float(value: float) -> None:
    assert struct.pack("<f", float(decimal(value))) == struct.pack("<f", value + 0.0 if value else 0.0)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_number_has_an_exponent_and_a_double_reads_back(value: float) -> None:
    text = decimal(value)
    assert set(text) <= set("-.0123456789")
    assert math.isclose(float(text), value, rel_tol=1e-7, abs_tol=1e-45)


def test_c_floats_are_as_short_as_they_can_be() -> None:
    as_float32 = struct.unpack("<f", struct.pack("<f", 0.1))[0]
    assert decimal(as_float32) == "0.1"
    assert decimal(5.0) == "5"
    assert decimal(-0.0) == "0"
    assert decimal(1e-7) == "0.0000001"
    assert decimal(1e22) == "1" + 22 * "0"


def test_each_column_stands_where_the_contract_says() -> None:
    made = sample(
        7, gas=0.5, brake=0.25, clutch=1.0, gear=-1, steer=-486.5, acc_lateral=-1.5, acc_longitudinal=0.75,
        speed_mph=61.25, lap_valid=0, lap_time_ms=83456, best_lap_ms=80001, spline_position=0.125,
        performance_meter=-0.5, performance_gain=0.0625,
    )  # fmt: skip
    assert row_bytes(row_of("01_000001.jpg", made)) == (
        b"01_000001.jpg,0.5,0.25,1,-1,-486.5,-1.5,0.75,61.25,FALSE,83.456,80.001,0.125,-0.5,0.0625\n"
    )


def test_what_is_not_a_number_is_no_row() -> None:
    assert is_recordable(sample(1))
    assert not is_recordable(sample(1, performance_gain=math.nan))
    assert not is_recordable(sample(1, steer=-math.inf))
    assert is_recordable(sample(1, wheel_slip_fl=math.nan))


@given(st.lists(ANY_FLOAT, min_size=41, max_size=41), st.integers(0, 9))
def test_a_line_of_ticks_holds_only_numbers_or_nothing(floats: list[float], hold: int) -> None:
    names = Sample._fields[Sample._fields.index("time") :][:41]
    made = sample(9, hold=hold, session=-1, **dict(zip(names, floats, strict=True)))
    (columns,) = csv.reader(io.StringIO(tick_line(9, made, "saved", "01_000001.jpg", (1.0, 1.5), "strip")))
    assert len(columns) == len(TICK_COLUMNS)
    line = dict(zip(TICK_COLUMNS, columns, strict=True))
    assert line["session"] == ""
    for name, value in zip(names, floats, strict=True):
        if math.isfinite(value):
            assert math.isclose(float(line[name]), value, rel_tol=1e-8)
        else:
            assert line[name] == ""
    assert (line["outcome"], line["image"], line["grab_end"]) == ("saved", "01_000001.jpg", "1.500000")


def test_a_tick_that_the_ring_lost_has_a_line_too() -> None:
    columns = tick_line(9, None, "dropped_out_of_ring").rstrip("\n").split(",")
    assert len(columns) == len(TICK_COLUMNS)
    assert columns[0] == "9"


@given(ANY_FLOAT)
def test_the_comment_is_one_line_of_plain_json(value: float) -> None:
    made = sample(3, wheel_slip_fl=value)
    row = row_of("01_000001.jpg", made)
    comment = comment_of(row, made, (1.0, 1.1), "strip")
    assert b"\n" not in comment

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    content = json.loads(comment, parse_constant=refuse)
    assert content["row"] == row
    assert len(row) == COLUMNS
    assert content["tick"]["tick"] == 3
    assert content["tick"]["wheel_slip_fl"] == (value if math.isfinite(value) else None)
