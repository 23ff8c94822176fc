"""What a user's settings.ini can do, and what it can't."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lib.ingame.settings import read_settings
from tests.environment import ROOT

_ROOM = 30_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "settings_defaults.ini", tmp_path)
    return tmp_path


def _read(folder: Path, text: str) -> tuple[dict[str, object], list[str]]:
    (folder / "settings.ini").write_text(text, encoding="utf-8")
    return read_settings(str(folder))


def test_defaults(folder: Path) -> None:
    settings, problems = read_settings(str(folder))
    assert (settings["CAPTURE.QUALITY"], settings["CAPTURE.SOURCE"], problems) == (90, "window", [])


def test_laid_over(folder: Path) -> None:
    settings, problems = _read(folder, "\ufeff[CAPTURE]\nQUALITY = 70 ; better\nOUTPUT_FOLDER = D:\\Übung\n")
    assert (settings["CAPTURE.QUALITY"], settings["CAPTURE.OUTPUT_FOLDER"], problems) == (70, "D:\\Übung", [])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("QUALITY = 900", "CAPTURE.QUALITY is '900' but must be a whole number from 1 to 100; 90 is used"),
        ("QUALITY = high", "CAPTURE.QUALITY is 'high' but must be a whole number from 1 to 100; 90 is used"),
        ("SUBSAMPLING = 411", "CAPTURE.SUBSAMPLING is '411' but must be one of 420, 422, 444; 420 is used"),
        ("COLOUR = red", "'CAPTURE.COLOUR' is no setting of SyncLogger and is ignored"),
    ],
)
def test_a_bad_line_is_named(folder: Path, line: str, said: str) -> None:
    settings, problems = _read(folder, f"[CAPTURE]\n{line}\n")
    assert problems == [f"settings.ini: {said}"]
    assert (settings["CAPTURE.QUALITY"], settings["CAPTURE.SUBSAMPLING"]) == (90, 420)


@pytest.mark.parametrize(
    "text",
    [
        "[CAPTURE]\nOUTPUT_FOLDER = " + "x" * 40_000,
        "[CAPTURE]\n" + "".join(f"KEY{number} = 1\n" for number in range(1000)),
        "[CAPTURE]\n" + "K" * 40_000 + " = 1\n",
        "no section\n",
        "\0\0\0",
    ],
)
def test_what_is_told_always_fits_the_link(folder: Path, text: str) -> None:
    settings, problems = _read(folder, text)
    assert problems
    assert len(json.dumps([settings, problems])) < _ROOM
    assert settings["CAPTURE.OUTPUT_FOLDER"] == ""
