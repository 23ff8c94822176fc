"""What people write into settings.ini on Windows, and Pythons that can't run the recorder: the release under Wine."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.repair.repair import repair
from tests.end_to_end.captures import assert_whole
from tests.end_to_end.test_windows import release, unpack  # noqa: F401
from tests.faults.test_windows_faults import tool  # noqa: F401
from tests.windows.drive import Drive, FaultTool
from tests.windows.wine import Wine, embeddable_python

_START_SECONDS = 30.0


@pytest.fixture
def profile(wine: Wine) -> Iterator[Path]:
    """What %USERPROFILE% names, by this machine's name of it."""
    (folder,) = [path for path in (wine.prefix / "drive_c/users").iterdir() if path.name != "Public"]
    yield folder
    for left in folder.glob("SyncLogger-*"):
        shutil.rmtree(left)


def test_a_folder_as_notepad_and_explorer_write_it(
    wine: Wine,
    release: Path,  # noqa: F811
    tool: FaultTool,  # noqa: F811
    tmp_path: Path,
    profile: Path,
) -> None:
    """Saved as ANSI, in quotes, with a variable: recordings are where the user meant them, and nowhere else."""
    app = unpack(release, tmp_path)
    line = '[CAPTURE]\r\nOUTPUT_FOLDER = "%UserProfile%\\SyncLogger-Données" ; für später\r\n'
    (app / "settings.ini").write_bytes(line.encode("cp1252"))
    drive = Drive.start(wine, app, tool, captures=profile / "SyncLogger-Données")
    drive.wait_ready()
    drive.begin()
    drive.stop()
    drive.quit()
    assert_whole(drive.captures)
    assert len(drive.captures.rows) > 10
    assert str(repair(drive.captures.folder)) == "nothing to mend"
    assert [path.name for path in (app / "captures").iterdir()] == [".gitkeep"]
    assert [path.name for path in profile.glob("SyncLogger-*")] == ["SyncLogger-Données"]


def test_a_folder_that_nobody_meant_is_named(
    wine: Wine,
    release: Path,  # noqa: F811
    tool: FaultTool,  # noqa: F811
    tmp_path: Path,
) -> None:
    """A path without a drive would be below whatever folder the game stands in."""
    app = unpack(release, tmp_path)
    (app / "settings.ini").write_bytes(b"[CAPTURE]\r\nOUTPUT_FOLDER = \\SyncLogger-drives\r\n")
    drive = Drive.start(wine, app, tool)
    drive.wait_ready()
    drive.wait_panel("CAPTURE.OUTPUT_FOLDER is")
    drive.quit()
    assert not list(wine.prefix.glob("drive_c/SyncLogger-drives"))
    assert not Path("/SyncLogger-drives").exists()


def test_an_embeddable_python_as_it_was_unpacked(
    wine: Wine,
    release: Path,  # noqa: F811
    tool: FaultTool,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Its ._pth has it look nowhere but into its own folder: no recorder is found there."""
    app = unpack(release, tmp_path / "game")
    with zipfile.ZipFile(embeddable_python()) as archive:
        archive.extractall(tmp_path / "Python 3.11")
    python = wine.windows_path(tmp_path / "Python 3.11" / "python.exe")
    (app / "settings.ini").write_text(f'[RECORDER]\nPYTHON = "{python}"\n', encoding="utf-8")
    drive = Drive.start(wine, app, tool)
    drive.wait_panel("The recorder ended before it began (1)", seconds=_START_SECONDS)
    assert "No module named 'lib'" in drive.panel
    assert "recorder.log" in drive.panel
    assert "Correct setting PYTHON." in drive.panel
    drive.quit()
