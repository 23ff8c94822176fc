import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.captures.files import AppendedFile, rename_to_new, write_json


def test_a_piece_that_does_not_fit_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = AppendedFile(tmp_path / "data.csv")
    file.append(b"one\n")
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, piece: write(descriptor, piece[:2]))
    with pytest.raises(OSError):
        file.append(b"two\n")
    monkeypatch.undo()
    file.append(b"three\n")
    file.close()
    assert (tmp_path / "data.csv").read_bytes() == b"one\nthree\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody rename a file that is open")
def test_rows_go_to_the_file_that_the_folder_shows(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    file = AppendedFile(path)
    file.append(b"one\n")
    path.rename(tmp_path / "moved.csv")
    file.append(b"two\n")
    file.close()
    assert path.read_bytes() == b"two\n"
    assert (tmp_path / "moved.csv").read_bytes() == b"one\n"


def someone_else(change: Callable[[], object], file: AppendedFile) -> None:
    """Have someone else take the file away. Windows lets nobody do so while it is open: between two takes then."""
    if sys.platform == "win32":
        with pytest.raises(PermissionError):
            change()
        file.close()
    change()


@pytest.mark.parametrize("how", ["deleted", "cut in place", "replaced without its front"])
def test_it_is_noticed_when_someone_takes_away_of_it(tmp_path: Path, how: str) -> None:
    path = tmp_path / "data.csv"
    file = AppendedFile(path)
    for line in (b"one\n", b"two\n", b"three\n"):
        file.append(line)
    assert not file.was_cut
    if how == "deleted":
        someone_else(path.unlink, file)
    elif how == "cut in place":
        path.write_bytes(b"two\nthree\n")
    else:
        (tmp_path / "new").write_bytes(b"two\nthree\nand quite a lot more\n")
        someone_else(lambda: (tmp_path / "new").replace(path), file)
    file.append(b"four\n")
    file.close()
    assert file.was_cut


def test_what_others_may_do_to_it_is_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"one,1\n")
    file = AppendedFile(path)
    file.append(b"two,2\n")
    someone_else(lambda: path.rename(tmp_path / "away"), file)
    (tmp_path / "away").rename(path)
    file.append(b"three,3\n")
    with path.open("ab") as other:
        other.write(b"of someone else\n")
    file.append(b"four,4\n")
    path.with_name("saved").write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))  # as a spreadsheet does
    someone_else(lambda: path.with_name("saved").replace(path), file)
    file.append(b"five,5\n")
    file.close()
    assert not file.was_cut


def test_nothing_is_overwritten_by_a_rename(tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(b"x")
    (tmp_path / "old").write_bytes(b"y")
    with pytest.raises(FileExistsError):
        rename_to_new(tmp_path / "old", tmp_path / "new")
    assert (tmp_path / "new").read_bytes() == b"x"


def test_a_description_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "01_take.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert path.read_text() == '{\n "a": 1\n}\n'
