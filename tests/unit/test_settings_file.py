"""settings_defaults.ini, read by the grammar of Content Manager, says exactly what the app reads and uses."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lib.link.settings import read_schema, read_settings
from tests.environment import ROOT
from tests.unit.settings_effects import EFFECTS, Effect

_TEXT = (ROOT / "settings_defaults.ini").read_text(encoding="utf-8")
_SECTION = re.compile(r"\[([\w -]+)\] ; ([^;()\[\]]+)")
# KEY = value ; Display name (tooltip); type
_KEY = re.compile(r"([A-Z_]+) = ?([^;]*?) ; ([^;()]+?) ?(?:\(([^;()]*)\))?; ([^;]+)")
_RANGE = re.compile(r"from (\d+) to (\d+), round")
_LABELLED = re.compile(r"[^,;]+ is (\w+)")
_SWITCH = re.compile(r"(\w+) or (\w+)")
_PICKER = re.compile(r"(?:local |global )?(?:file|folder)")


@dataclass(frozen=True)
class Described:
    """One setting as Content Manager shows it."""

    name: str
    default: str
    title: str
    tooltip: str | None
    kind: str

    def accepts(self, value: str) -> bool:
        if found := _RANGE.fullmatch(self.kind):
            return value.isdigit() and int(found[1]) <= int(value) <= int(found[2])
        if "," in self.kind:
            return value in [_choice(part) for part in self.kind.split(",")]
        if found := _SWITCH.fullmatch(self.kind):
            return value in found.groups()
        return _PICKER.fullmatch(self.kind) is not None

    def refused(self) -> list[str]:
        """Values that must not be taken."""
        if found := _RANGE.fullmatch(self.kind):
            return [str(int(found[1]) - 1), str(int(found[2]) + 1), "many", "1.5", ""]
        return [] if _PICKER.fullmatch(self.kind) else ["-1", "nothing", ""]


def _choice(part: str) -> str:
    found = _LABELLED.fullmatch(part)
    assert found, f"{part!r} is no `Label is value`"
    return found[1]


def described() -> list[Described]:
    found, section = [], ""
    for line in filter(None, _TEXT.splitlines()):
        if match := _SECTION.fullmatch(line):
            section = match[1]
            continue
        match = _KEY.fullmatch(line)
        assert match, f"Content Manager would not understand: {line}"
        found.append(Described(f"{section}.{match[1]}", match[2], match[3], match[4], match[5]))
    return found


ALL = described()
_ON_X11 = pytest.mark.skipif(sys.platform == "win32", reason="draws with X11")


def test_file_is_plain() -> None:
    assert "//" not in _TEXT, "a comment for Content Manager"
    assert "\r" not in _TEXT
    assert _TEXT.isascii()
    names = [setting.name for setting in ALL]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("setting", ALL, ids=lambda setting: setting.name)
def test_every_setting_has_a_kind_that_takes_its_default(setting: Described) -> None:
    assert setting.accepts(setting.default)
    assert not [value for value in setting.refused() if setting.accepts(value)]


def test_the_app_reads_exactly_these_settings() -> None:
    schema = read_schema(str(ROOT))
    assert {name: str(setting.default) for name, setting in schema.items()} == {
        setting.name: setting.default for setting in ALL
    }


def test_every_setting_is_used() -> None:
    """What each one changes is listed, and shown by the test below."""
    assert sorted(EFFECTS) == sorted(setting.name for setting in ALL)


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        pytest.param(name, effect, id=f"{name}-{number}", marks=_ON_X11 if effect.on_x11_only else ())
        for name, effects in EFFECTS.items()
        for number, effect in enumerate(effects)
    ],
)
def test_a_setting_changes_what_happens(name: str, effect: Effect, tmp_path: Path, steady_display: None) -> None:
    """With the default one thing happens, with another value another."""
    assert effect.look({}, tmp_path / "default") == effect.before
    assert effect.look({name: effect.value}, tmp_path / "changed") == effect.after
    assert effect.before != effect.after


@pytest.mark.parametrize(
    ("setting", "value"),
    [(setting, value) for setting in ALL for value in setting.refused()],
    ids=lambda part: part.name if isinstance(part, Described) else repr(part),
)
def test_a_bad_value_falls_back_with_one_line(setting: Described, value: str, tmp_path: Path) -> None:
    (tmp_path / "settings_defaults.ini").write_text(_TEXT, encoding="utf-8")
    section, key = setting.name.split(".")
    (tmp_path / "settings.ini").write_text(f"[{section}]\n{key}={value}\n", encoding="utf-8")
    settings, problems = read_settings(str(tmp_path))
    assert str(settings[setting.name]) == setting.default
    (problem,) = problems
    assert setting.name in problem
    assert problem.isascii()


def test_the_users_file_is_laid_over_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "settings_defaults.ini").write_text(_TEXT, encoding="utf-8")
    (tmp_path / "settings.ini").write_text("\ufeff[CAPTURE]\nQUALITY = 75 ; mine\n", encoding="utf-8")
    settings, problems = read_settings(str(tmp_path))
    assert settings["CAPTURE.QUALITY"] == 75
    assert not problems
    assert {setting.name for setting in ALL} == set(settings)
