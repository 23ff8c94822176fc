import os
import subprocess
import sys
from pathlib import Path

import pytest

from lib.recorder import store
from lib.recorder.store import AppendedFile, FolderBusyError, FolderLock, rename_to_new, survey, write_json
from tests import environment


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"x")


@pytest.mark.parametrize(
    ("names", "rows", "highest"),
    [
        ((), b"", 0),
        (("01_000001.jpg", "02_000007.jpg"), b"", 2),
        (("07_take.json",), b"", 7),
        (("09_ticks.csv", "03_000001.jpg"), b"", 9),
        ((".12_000004.jpg.part",), b"", 12),
        (("100_000001.jpg", "99_000001.jpg"), b"", 100),
        (("01_000001.jpg", "note.txt", "55_holiday.jpg", "x_000001.jpg"), b"", 1),
        (("01_000001.jpg",), b"04_000001.jpg,1\n03_000001.jpg,1\n", 4),
        ((), b"02_1000000.jpg,1\n31_0000", 2),
        ((), b"02_000001.jpg,1\n31_000001.jpg,0.5,", 31),
    ],
)
def test_numbering_goes_on_after_whatever_the_folder_shows(
    tmp_path: Path, names: tuple[str, ...], rows: bytes, highest: int
) -> None:
    touch(tmp_path, *names)
    if rows:
        (tmp_path / "data.csv").write_bytes(rows)
    assert survey(tmp_path).highest_take == highest


def test_rows_across_the_chunks_of_a_long_file_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_CHUNK", 17)
    (tmp_path / "data.csv").write_bytes(b"".join(b"%02d_000001.jpg,0.5,1\n" % take for take in range(1, 45)))
    assert survey(tmp_path).highest_take == 44


def test_only_one_process_holds_a_folder_and_death_frees_it(tmp_path: Path) -> None:
    code = (
        "import sys,time; from pathlib import Path; from lib.recorder.store import FolderLock;"
        "held = FolderLock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=environment.ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(FolderBusyError, match="another SyncLogger"):
        FolderLock(tmp_path)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    FolderLock(tmp_path).release()


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


def test_rows_go_to_the_file_that_the_folder_shows(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    file = AppendedFile(path)
    file.append(b"one\n")
    path.rename(tmp_path / "moved.csv")
    file.append(b"two\n")
    file.close()
    assert path.read_bytes() == b"two\n"
    assert (tmp_path / "moved.csv").read_bytes() == b"one\n"


def test_nothing_is_overwritten_by_a_rename(tmp_path: Path) -> None:
    touch(tmp_path, "new")
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
