"""What a user's settings.ini can do, and what it can't."""

from __future__ import annotations

import json
import locale
import os
import shutil
import sys
from pathlib import Path

import pytest

from lib.link.settings import read_settings
from tests.environment import ROOT

_ROOM = 30_000
# A path is whole from the drive on; which form that has, the system says.
_ROOT = "D:\\" if sys.platform == "win32" else "/"


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
    settings, problems = _read(folder, f"\ufeff[CAPTURE]\nQUALITY = 70 ; better\nOUTPUT_FOLDER = {_ROOT}Übung\n")
    assert (settings["CAPTURE.QUALITY"], settings["CAPTURE.OUTPUT_FOLDER"], problems) == (70, _ROOT + "Übung", [])


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


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (f'"{_ROOT}My drives"', _ROOT + "My drives"),
        (f"'{_ROOT}My drives'", _ROOT + "My drives"),
        (_ROOT + "My drives ; on the large disk", _ROOT + "My drives"),
        ("%SYNCLOGGER_TEST%/x", _ROOT + "home/x"),
        ('"%SYNCLOGGER_TEST%/x"', _ROOT + "home/x"),
        (_ROOT + "100% mine", _ROOT + "100% mine"),
        (_ROOT + "a$HOME", _ROOT + "a$HOME"),
        ('""', ""),
    ],
)
@pytest.mark.parametrize("key", ["CAPTURE.OUTPUT_FOLDER", "RECORDER.PYTHON"])
def test_a_path_is_read_as_it_was_meant(
    folder: Path, monkeypatch: pytest.MonkeyPatch, key: str, written: str, meant: str
) -> None:
    """In quotes, as Explorer copies it, and with a variable, as Windows writes it."""
    monkeypatch.setenv("SYNCLOGGER_TEST", _ROOT + "home")
    section, name = key.split(".")
    settings, problems = _read(folder, f"[{section}]\n{name} = {written}\n")
    assert (settings[key], problems) == (meant, [])


@pytest.mark.parametrize(
    "written",
    [
        "%SYNCLOGGER_NOT_THERE%/x",
        _ROOT + "%SYNCLOGGER_NOT_THERE%",
        "drives",
        "./drives",
        "../drives",
        "~/drives",
        f'"{_ROOT}My drives',
        f'{_ROOT}My "drives"',
        f'"{_ROOT}a ; b"',
        _ROOT + "a\tb",
        *(["D:drives", "\\drives", "/drives"] if sys.platform == "win32" else []),
    ],
)
def test_a_folder_that_nobody_meant_is_refused_by_name(folder: Path, written: str) -> None:
    settings, problems = _read(folder, f"[CAPTURE]\nOUTPUT_FOLDER = {written}\n")
    assert settings["CAPTURE.OUTPUT_FOLDER"] == ""
    (problem,) = problems
    assert problem.startswith("settings.ini: CAPTURE.OUTPUT_FOLDER is ")
    assert "must be a whole path" in problem
    assert problem.endswith("; the default is used")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters_are_those_that_were_written(folder: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    """As Notepad saves it: UTF-8 with and without a mark, "Unicode", and ANSI, which is the system's code page."""
    monkeypatch.setattr(locale, "getpreferredencoding", lambda _=False: "cp1252")
    (folder / "settings.ini").write_bytes(f"[CAPTURE]\nOUTPUT_FOLDER = {_ROOT}Données\n".encode(encoding))
    settings, problems = read_settings(str(folder))
    assert (settings["CAPTURE.OUTPUT_FOLDER"], problems) == (_ROOT + "Données", [])


@pytest.mark.skipif(sys.platform == "win32", reason="its code page knows every byte")
def test_letters_that_nobody_can_read_are_refused_by_name(folder: Path) -> None:
    text = f"[CAPTURE]\nQUALITY = 70 ; très bien\nOUTPUT_FOLDER = {_ROOT}Données\n"
    (folder / "settings.ini").write_bytes(text.encode("cp1252"))
    settings, problems = read_settings(str(folder))
    assert (settings["CAPTURE.QUALITY"], settings["CAPTURE.OUTPUT_FOLDER"]) == (70, "")
    (problem,) = problems
    assert "CAPTURE.OUTPUT_FOLDER" in problem
    assert problem.isascii()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among the files")
@pytest.mark.timeout(20)
def test_a_pipe_or_a_folder_in_its_place_is_not_waited_for(folder: Path) -> None:
    path = folder / "settings.ini"
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    assert read_settings(str(folder))[1] == ["settings.ini is no file; the defaults are used"]
    path.unlink()
    path.mkdir()
    assert read_settings(str(folder))[1] == ["settings.ini is no file; the defaults are used"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("QUALITY = 70\n", "line 1 stands before the first [SECTION]"),
        ("[CAPTURE]\nQUALITY = 70\nWIDTH\n", "line 3 is no KEY = VALUE"),
    ],
)
def test_a_file_that_is_none_of_settings_is_told_by_its_line(folder: Path, text: str, why: str) -> None:
    settings, problems = _read(folder, text)
    assert settings["CAPTURE.QUALITY"] == 90
    assert problems == [f"settings.ini can't be read ({why}); the defaults are used"]
