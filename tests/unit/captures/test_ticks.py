import csv
import io
import math
import re

from hypothesis import given
from hypothesis import strategies as st

from lib.captures.ticks import CURRENT, SAMPLE_COLUMNS, TICK_COLUMNS, TickColumns, TickLine, pages_of, tick_line
from lib.captures.vocabulary import Outcome, PairedBy
from lib.link.sample import Sample
from tests.environment import ROOT
from tests.unit.samples import any_sample, sample

FORMAT1 = ROOT / "tests" / "data" / "format1"
ANY_FLOAT = st.floats()
MOMENT = st.floats(0, 1e6).map(lambda value: round(value, 6))


@given(st.lists(ANY_FLOAT, min_size=16, max_size=16), st.integers(0, 9))
def test_a_line_of_ticks_holds_only_numbers_or_nothing(floats: list[float], hold: int) -> None:
    names = SAMPLE_COLUMNS[SAMPLE_COLUMNS.index("time") :]
    made = sample(9, hold=hold, focused_car=-1, **dict(zip(names, floats, strict=True)))
    line = TickLine(9, made, Outcome.SAVED, "01_000001.jpg", (1.0, 1.5), PairedBy.STRIP)
    (columns,) = csv.reader(io.StringIO(tick_line(line)))
    assert len(columns) == len(TICK_COLUMNS)
    said = dict(zip(TICK_COLUMNS, columns, strict=True))
    assert said["focused_car"] == said["session"] == said["rpm"] == ""
    for name, value in zip(names, floats, strict=True):
        if math.isfinite(value):
            assert math.isclose(float(said[name]), value, rel_tol=1e-8)
        else:
            assert said[name] == ""
    assert (said["outcome"], said["image"], said["grab_end"]) == ("saved", "01_000001.jpg", "1.500000")


def test_a_tick_that_the_ring_lost_has_a_line_too() -> None:
    columns = tick_line(TickLine(9, None, Outcome.DROPPED_OUT_OF_RING)).rstrip("\n").split(",")
    assert len(columns) == len(TICK_COLUMNS)
    assert columns[0] == "9"


@given(
    any_sample(),
    st.sampled_from(Outcome),
    st.sampled_from(["", "01_000001.jpg"]),
    st.none() | st.tuples(MOMENT, MOMENT),
    st.none() | st.sampled_from(PairedBy),
)
def test_a_line_reads_back_as_it_was_written(
    made: Sample, outcome: Outcome, image: str, grabbed: tuple[float, float] | None, paired_by: PairedBy | None
) -> None:
    line = TickLine(made.tick, made, outcome, image, grabbed, paired_by)
    written = tick_line(line)
    read = CURRENT.read(written.rstrip("\n").split(","))
    assert read is not None
    assert read[2:6] == line[2:6]
    assert read.sample == made._replace(physics=b"", graphics=b"")
    told = {name: as_written(value) for name, value in pages_of(made).items() if as_written(value) != ""}
    assert read.told_by_pages == told
    assert tick_line(read) == written


def as_written(value: float | str) -> float | str:
    if isinstance(value, str):
        return re.sub(r"[^ -~]|[,\"]", "_", value)
    return value if math.isfinite(value) else ""


def test_what_the_game_did_not_give_reads_back_as_not_given() -> None:
    made = sample(5, acc_vertical=math.nan, camera_mode=-1)
    read = CURRENT.read(tick_line(TickLine(5, made, Outcome.CAP)).rstrip("\n").split(","))
    assert read is not None
    assert read.sample is not None
    assert math.isnan(read.sample.acc_vertical)
    assert read.sample.camera_mode == -1
    assert read.told_by_pages == {}


def test_a_text_of_the_game_spoils_no_line() -> None:
    compound = 'Soft, "new"\nä'.encode("utf-16-le")
    graphics = bytes(176) + compound + bytes(296 - 176 - len(compound))
    line = tick_line(TickLine(5, sample(5, graphics=graphics), Outcome.CAP))
    columns = line.rstrip("\n").split(",")
    assert columns[TICK_COLUMNS.index("tyre_compound")] == "Soft_ _new___"
    assert CURRENT.are_a_line(columns)


def test_a_file_of_another_release_is_written_and_read_by_its_own_header() -> None:
    header = (FORMAT1 / "01_ticks.csv").read_text().splitlines()[0]
    table = TickColumns.of_header(header)
    assert table is not None
    assert table.header == header + "\n"
    for line in (FORMAT1 / "01_ticks.csv").read_text().splitlines(keepends=True)[1:]:
        read = table.read(line.rstrip("\n").split(","))
        assert read is not None
        assert read.told_by_pages["status"] == (3 if read.outcome is Outcome.HELD_PAUSED else 2)
        assert table.line(read) == line
    assert TickColumns.of_header("gas,brake") is None
    assert TickColumns.of_header(header + ",tick") is None


def test_what_is_no_line_is_not_read() -> None:
    columns = tick_line(TickLine(9, sample(9), Outcome.CAP)).rstrip("\n").split(",")
    assert CURRENT.read(columns) is not None
    steer = TICK_COLUMNS.index("steer")
    for wrong in (
        columns[:-1],
        ["x", *columns[1:]],
        [*columns[:steer], "12,5", *columns[steer + 1 :]],
        ["" if text == "cap" else text for text in columns],
    ):
        assert CURRENT.read(wrong) is None
