import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.captures.comment import Carried, carried, comment_of, read_comment
from lib.captures.row import COLUMNS, row_of
from lib.captures.ticks import SAMPLE_COLUMNS, TickLine
from lib.captures.vocabulary import Outcome, PairedBy
from lib.link.sample import Sample
from lib.recorder.saving.encode import JpegOptions, save_jpeg
from tests.unit.samples import any_sample, sample

ANY_FLOAT = st.floats()
TAKE_ID = "0b9c3a4e-5f55-4e0a-9a53-8f1c7f1d2e3b"
MOMENT = st.floats(0, 1e6).map(lambda value: round(value, 6))


@given(ANY_FLOAT)
def test_the_comment_is_one_line_of_plain_json(value: float) -> None:
    made = sample(3, acc_vertical=value)
    row = row_of("01_000001.jpg", made)
    comment = comment_of(row, made, (1.0, 1.1), PairedBy.STRIP, TAKE_ID)
    assert b"\n" not in comment

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    content = json.loads(comment, parse_constant=refuse)
    assert content["row"] == row
    assert len(row) == COLUMNS
    assert content["tick"]["tick"] == 3
    assert content["tick"]["acc_vertical"] == (value if math.isfinite(value) else None)


@given(any_sample(), MOMENT, MOMENT, st.sampled_from(PairedBy))
def test_a_comment_reads_back_as_it_was_written(made: Sample, start: float, end: float, by: PairedBy) -> None:
    row = row_of("02_000003.jpg", made)
    content = read_comment(comment_of(row, made, (start, end), by, TAKE_ID))
    assert content == Carried(row, made, (start, end), by, take_id=TAKE_ID)
    line = TickLine(made.tick, made, Outcome.SAVED, "02_000003.jpg", (start, end), by)
    assert content.tick_line == line


@pytest.mark.parametrize("name", ["02_000003.jpg", "holiday.jpg"])
def test_a_picture_carries_its_comment_under_its_own_name_only(tmp_path: Path, name: str) -> None:
    comment = comment_of(row_of("02_000003.jpg", sample(1)), sample(1), (1.0, 1.1), PairedBy.CLOCK, TAKE_ID)
    save_jpeg(tmp_path / name, bytearray(16 * 16 * 4), (16, 16), JpegOptions((16, 16), 90, "4:2:0"), comment)
    assert (carried(tmp_path / name) is not None) == (name == "02_000003.jpg")


@pytest.mark.parametrize(
    "comment",
    [b"", b"[]", b"{", b'{"synclogger": 1}', b'{"synclogger": 99, "row": [], "tick": {}}', b"\xff" * 9, b"[" * 99999],
)
def test_what_is_no_comment_of_ours_is_not_read(comment: bytes) -> None:
    assert read_comment(comment) is None


@given(any_sample(), MOMENT, MOMENT, st.sampled_from(PairedBy))
def test_a_comment_of_format_1_reads_as_it_was_written(made: Sample, start: float, end: float, by: PairedBy) -> None:
    """It has no take_id, whole numbers without a point, and nothing of what came later."""
    row = [text.removesuffix(".0") for text in row_of("02_000003.jpg", made)]
    told = {name: getattr(made, name) for name in SAMPLE_COLUMNS if name not in ("camera_mode", "focused_car")}
    tick = {**told, "tyres_out": 2, "in_pit": -1, "grab_start": start, "grab_end": end, "paired_by": by}
    content = read_comment(json.dumps({"synclogger": 1, "row": row, "tick": tick}).encode())
    assert content is not None
    assert (content.row, content.take_id, content.format, content.paired_by) == (row, None, 1, by)
    assert content.grabbed == (start, end)
    assert content.sample == made._replace(camera_mode=-1, focused_car=-1, physics=b"", graphics=b"")
