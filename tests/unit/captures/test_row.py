import math
import struct

from hypothesis import given
from hypothesis import strategies as st

from lib.captures.c_float import as_float32
from lib.captures.row import decimal, is_recordable, read_row, row_bytes, row_key, row_of, split_row
from lib.link.sample import Sample
from tests.unit.samples import any_sample, sample

FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


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
    assert decimal(5.0) == "5.0"
    assert decimal(-0.0) == "0.0"
    assert decimal(1e-7) == "0.0000001"
    assert decimal(1e22) == "1" + 22 * "0" + ".0"


def test_each_column_stands_where_the_contract_says() -> None:
    made = sample(
        7, gas=0.5, brake=0.25, clutch=1.0, gear=-1, steer=-486.5, acc_lateral=-1.5, acc_longitudinal=0.75,
        speed_mph=61.25, lap_valid=0, lap_time_ms=83456, best_lap_ms=80001, spline_position=0.125,
        performance_meter=-0.5, performance_gain=0.0625,
    )  # fmt: skip
    assert row_bytes(row_of("01_000001.jpg", made)) == (
        b"01_000001.jpg,0.5,0.25,1.0,-1,-486.5,-1.5,0.75,61.25,FALSE,83.456,80.001,0.125,-0.5,0.0625\n"
    )


def test_what_is_not_a_number_is_no_row() -> None:
    assert is_recordable(sample(1))
    assert not is_recordable(sample(1, performance_gain=math.nan))
    assert not is_recordable(sample(1, steer=-math.inf))
    assert is_recordable(sample(1, acc_vertical=math.nan))


@given(any_sample())
def test_a_row_reads_back_as_it_was_written(made: Sample) -> None:
    columns = split_row(row_bytes(row_of("12_000034.jpg", made))[:-1])
    assert columns is not None
    row = read_row(columns)
    assert row is not None
    assert (row.image, row.gear, row.lap_valid) == ("12_000034.jpg", made.gear, bool(made.lap_valid))
    assert (row.lap_time, row.best_lap) == (made.lap_time_ms / 1000, made.best_lap_ms / 1000)
    for name in (
        "gas", "brake", "clutch", "steer", "acc_lateral", "acc_longitudinal", "speed_mph", "spline_position",
        "performance_meter",
    ):  # fmt: skip
        assert as_float32(getattr(row, name)) == getattr(made, name), name
    assert row.performance_gain == made.performance_gain or as_float32(row.performance_gain) == made.performance_gain


def test_what_is_no_row_is_not_read() -> None:
    row = row_bytes(row_of("01_000001.jpg", sample(1)))[:-1]
    assert row_key(row) == (1, 1)
    for wrong in (
        row + b",1",
        row[: row.rindex(b",")],
        row.replace(b"TRUE", b"true"),
        row.replace(b".jpg", b".png"),
        b"",
        b"\xff",
    ):
        assert row_key(wrong) is None, wrong
