import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.captures.names import take_file_name
from lib.captures.take_file import TakeDescription, read_description, write_description
from lib.captures.vocabulary import Ended

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
COUNT = st.integers(0, 10**9)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | FLOAT | TEXT
DESCRIPTIONS = st.builds(
    TakeDescription,
    take=st.integers(1, 999),
    format=st.sampled_from([1, 2]),
    take_id=st.none() | TEXT,
    clocks=st.none() | st.just({"utc_offset": "+0200"}),
    picture_bytes=st.none() | COUNT,
    safe=st.none() | st.just({"frame": 3, "rows_end": 300, "ticks_end": 900, "by_outcome": {"saved": 3}}),
    facts=st.dictionaries(TEXT.map("fact_{}".format), PLAIN, max_size=4),
    window_sizes=st.lists(st.just("1280x720"), max_size=2),
    saved_sizes=st.lists(st.just("640x360"), max_size=2),
    started_utc=st.none() | st.just("2026-11-25T10:00:00.000Z"),
    ended_utc=st.none() | st.just("2026-11-25T10:10:00.000Z"),
    how_it_ended=st.sampled_from([*map(str, Ended), "a word of later"]),
    frames_saved=COUNT,
    rows_missing=COUNT,
    ticks=st.just({"total": 3, "by_outcome": {"saved": 3}}),
    tick_lines_lost=COUNT,
    problems=st.dictionaries(TEXT, COUNT, max_size=2),
    rates=st.dictionaries(TEXT, PLAIN, max_size=2),
    sync=st.dictionaries(TEXT, PLAIN, max_size=2),
    synced=st.none() | st.booleans(),
)


@settings(deadline=None)  # it writes files
@given(DESCRIPTIONS)
def test_a_description_reads_back_as_it_was_written(description: TakeDescription) -> None:
    with tempfile.TemporaryDirectory() as name:
        write_description(Path(name), description)
        assert read_description(Path(name), description.take) == description


def test_what_a_later_version_adds_is_kept(tmp_path: Path) -> None:
    content = {"format": 9, "take": 3, "weather": {"rain": 0.5}, "how_it_ended": "stopped", "frames_saved": 7}
    (tmp_path / take_file_name(3)).write_text(json.dumps(content))
    description = read_description(tmp_path, 3)
    assert description is not None
    assert (description.format, description.facts["weather"]) == (9, {"rain": 0.5})
    write_description(tmp_path, description)
    written = json.loads((tmp_path / take_file_name(3)).read_text())
    assert {**written, **content} == written


def test_numbers_of_the_wrong_kind_count_as_missing(tmp_path: Path) -> None:
    wrong = {"frames_saved": "many", "rows_missing": True, "ticks": [], "sync": None}
    content = {"format": 1, "how_it_ended": "stopped", **wrong}
    (tmp_path / take_file_name(3)).write_text(json.dumps(content))
    description = read_description(tmp_path, 3)
    assert description is not None
    assert (description.frames_saved, description.rows_missing, description.ticks, description.sync) == (0, 0, {}, {})
    assert not description.may_be_damaged


def test_what_is_no_description_is_not_read(tmp_path: Path) -> None:
    assert read_description(tmp_path, 1) is None
    for text in (
        "",
        "[]",
        "{",
        "[" * 99999,
        "{}",
        '{"format": "mp4", "how_it_ended": "cut"}',
        '{"take": 1, "format": 2}',
    ):
        (tmp_path / take_file_name(1)).write_text(text)
        assert read_description(tmp_path, 1) is None


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / take_file_name(1)).mkdir()
    assert read_description(tmp_path, 1) is None


def test_a_description_of_format_1_gains_nothing_when_it_is_written_again(tmp_path: Path) -> None:
    old = Path(__file__).parents[2] / "data" / "format1" / take_file_name(1)
    (tmp_path / take_file_name(1)).write_bytes(old.read_bytes())
    description = read_description(tmp_path, 1)
    assert description is not None
    write_description(tmp_path, description)
    assert json.loads((tmp_path / take_file_name(1)).read_text()) == json.loads(old.read_text())
