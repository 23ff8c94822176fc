"""What the disk says, in the user's words: none of them sends people the wrong way."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from lib.recorder.saving.refusals import in_words, why_not

GONE = "the captures folder is gone"


def refusal(number: int, path: Path | None = None, windows: int = 0) -> OSError:
    """As Python raises it; `windows` is the system's own number there."""
    error = OSError(number, os.strerror(number), str(path)) if path else OSError(number, os.strerror(number))
    if windows:
        error.winerror = windows
    return error


def test_a_folder_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    assert in_words(refusal(errno.ENOENT, tmp_path / "gone" / "01_000001.jpg")).startswith(GONE)
    (tmp_path / "file").touch()
    assert in_words(refusal(errno.ENOTDIR, tmp_path / "file" / "01_000001.jpg")).startswith(GONE)


def test_a_folder_that_is_there_is_not_said_to_be_gone(tmp_path: Path) -> None:
    """As Windows answers to a program that its controlled folder access doesn't know."""
    told = in_words(refusal(errno.ENOENT, tmp_path / ".01_000001.jpg.part"))
    assert "gone" not in told
    assert "controlled folder access" in told
    assert "(a picture)" in told


@pytest.mark.skipif(sys.platform == "win32", reason="paths are longer here")
def test_a_path_that_is_too_long_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught:
        (tmp_path / ("x" * 300)).touch()
    assert in_words(caught.value).startswith("a path is too long")


@pytest.mark.parametrize(
    ("number", "windows", "said", "to_do"),
    [
        (errno.ENOSPC, 0, "the disk is full", "make room"),
        (errno.ENOSPC, 112, "the disk is full", "make room"),
        (errno.EINVAL, 39, "the disk is full", "make room"),
        (errno.EDQUOT, 0, "your share of the disk is used up", "make room"),
        (errno.EROFS, 0, "the disk is write-protected", "another output folder"),
        (errno.EACCES, 19, "the disk is write-protected", "another output folder"),
        (errno.EACCES, 32, "no permission to write (data.csv)", "close the program"),
        (errno.EACCES, 5, "no permission to write (data.csv)", "allow writing"),
        (errno.EINVAL, 1314, "no permission to write (data.csv)", "allow writing"),
        (errno.ENOENT, 206, "a path is too long", "shorter output folder"),
        (errno.ENAMETOOLONG, 0, "a path is too long", "shorter output folder"),
        (errno.EIO, 0, "the disk reports an error", "check the disk"),
        (errno.EACCES, 23, "the disk reports an error", "check the disk"),
        (errno.EINVAL, 1117, "the disk reports an error", "check the disk"),
        (errno.EACCES, 21, "the drive does not answer", "connect it again"),
        (errno.ENOENT, 53, "the drive does not answer", "connect it again"),
        (errno.EINVAL, 64, "the drive does not answer", "connect it again"),
        (errno.ESTALE, 0, "the drive does not answer", "connect it again"),
        (errno.EMFILE, 0, "too many files are open", "close other programs"),
        (errno.EFBIG, 0, "this disk takes no larger file", "NTFS"),
        (errno.EINVAL, 123, "the disk takes no such name", "another output folder"),
        (errno.EEXIST, 183, "a file of that name is already there (data.csv)", "move it away"),
        (errno.EINVAL, 0, "can't write (data.csv)", os.strerror(errno.EINVAL)),
    ],
)
def test_each_refusal_has_its_words(tmp_path: Path, number: int, windows: int, said: str, to_do: str) -> None:
    told = in_words(refusal(number, tmp_path / "data.csv", windows))
    assert told.startswith(said)
    assert to_do in told.partition(":")[2]
    assert len(told) <= 3 * 52, "the panel shows no more"
    assert "(a picture)" not in told


def test_pictures_are_not_named_one_by_one(tmp_path: Path) -> None:
    told = {in_words(refusal(errno.EIO, tmp_path / f"01_{number:06}.jpg")) for number in range(1, 9)}
    assert len(told) == 1
    assert "01_000003.jpg" in in_words(refusal(errno.EEXIST, tmp_path / "01_000003.jpg")), "the user must move it"


def test_without_a_name_none_is_made_up() -> None:
    assert in_words(refusal(errno.EIO)) == in_words(refusal(errno.EIO))
    assert "()" not in in_words(refusal(errno.EIO))


def test_a_folder_that_can_not_be_used_at_all() -> None:
    assert why_not(refusal(errno.EROFS)) == "the disk is write-protected"
    assert why_not(refusal(errno.ENOENT, Path("/not/there"))) == os.strerror(errno.ENOENT)
