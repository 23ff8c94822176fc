"""OUT where several machines are at work on it: a part counts when all of it is there, whoever ends in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.export.parts import PartResult
from lib.export.store import FolderStore, OutError, files_in


def result_of(folder: Path) -> PartResult:
    return PartResult(0, "a", "train", 1, 2, "x", 1, {}, {}, files_in(folder, {}))


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    found = FolderStore(tmp_path / "out")
    found.write_state({"export": 1})
    return found


def test_a_command_that_ends_leaves_no_part_without_its_files(store: FolderStore, tmp_path: Path) -> None:
    """Another machine is still at work on a part whose command was stopped."""
    with pytest.raises(OutError), store.fresh() as folder:
        (folder / "train-000000.tar").write_bytes(b"all of it")
        with FolderStore(tmp_path / "out").held():
            pass
        store.keep_part(result_of(folder), folder)
    assert store.results() == {}
    assert not list((tmp_path / "out").glob(".synclogger/parts/*"))


def test_a_part_that_two_machines_make_at_once_is_there_once(store: FolderStore, tmp_path: Path) -> None:
    """One of them was taken for dead, and goes on."""
    with store.fresh() as here, store.fresh() as there:
        for folder in (here, there):
            (folder / "train-000000.tar").write_bytes(b"all of it")
        store.keep_part(result_of(here), here)
        store.keep_part(result_of(there), there)
    assert store.results()[0].files[0].size == 9
    assert (tmp_path / "out" / "train-000000.tar").read_bytes() == b"all of it"
