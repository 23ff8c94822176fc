import pytest

from lib.captures.names import finished_name, part_name, part_take, picture_key, picture_name, side_file_take


@pytest.mark.parametrize(("take", "frame", "name"), [(1, 1, "01_000001.jpg"), (100, 1234567, "100_1234567.jpg")])
def test_a_name_reads_back_as_it_was_written(take: int, frame: int, name: str) -> None:
    assert picture_name(take, frame) == name
    assert picture_key(name) == (take, frame)


@pytest.mark.parametrize("name", ["1_000001.jpg", "01_1.jpg", "001_000001.jpg", "01_0000001.jpg", "x01_000001.jpg", ""])
def test_what_is_written_otherwise_is_no_picture_of_ours(name: str) -> None:
    assert picture_key(name) is None


def test_side_files_and_unfinished_files_tell_their_take() -> None:
    assert [side_file_take(name) for name in ("07_take.json", "123_ticks.csv", "07_notes.csv")] == [7, 123, None]
    assert part_take(part_name("12_000004.jpg")) == 12
    assert finished_name(part_name("12_000004.jpg")) == finished_name("12_000004.jpg") == "12_000004.jpg"
