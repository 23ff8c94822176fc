"""The brief from the game, checked: what is recorded, how, and about which drive."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from ..captures.pages import STATIC
from ..errors import UserError

_LONGEST_TEXT = 500
_MOST_ENTRIES = 200
_SOURCES = {"window": 0, "monitor1": 1, "monitor2": 2, "monitor3": 3}
_SUBSAMPLINGS = {"420": "4:2:0", "422": "4:2:2", "444": "4:4:4"}

Scalar = str | int | float | bool | None


class BriefError(UserError):
    """The brief can't be used. The message is for the user."""


@dataclass(frozen=True)
class Settings:
    """What the recorder needs of the user's settings, as `settings_defaults.ini` describes them."""

    frames_per_second: int = 0
    monitor: int = 0  # 0: the game's window
    width: int = 0
    height: int = 0
    quality: int = 90
    subsampling: str = "4:2:0"
    strip: bool = True
    mask_panel: bool = True
    drop_torn: bool = True

    @classmethod
    def from_values(cls, values: dict[str, Scalar]) -> "Settings":
        """Check every value. A key that is missing has its default. Raise BriefError where one is bad."""
        return cls(
            frames_per_second=_whole(values, "CAPTURE.FRAMES_PER_SECOND", 0, 0, 240),
            monitor=_SOURCES[_choice(values, "CAPTURE.SOURCE", "window", _SOURCES)],
            width=_whole(values, "CAPTURE.WIDTH", 0, 0, 7680),
            height=_whole(values, "CAPTURE.HEIGHT", 0, 0, 4320),
            quality=_whole(values, "CAPTURE.QUALITY", 90, 1, 100),
            subsampling=_SUBSAMPLINGS[_choice(values, "CAPTURE.SUBSAMPLING", "420", _SUBSAMPLINGS)],
            strip=bool(_whole(values, "SYNC.STRIP", 1, 0, 1)),
            mask_panel=bool(_whole(values, "SYNC.MASK_PANEL", 1, 0, 1)),
            drop_torn=bool(_whole(values, "SYNC.DROP_TORN", 1, 0, 1)),
        )

    def saved_size(self, width: int, height: int) -> tuple[int, int]:
        """The size in which a picture of `width` x `height` is saved."""
        if self.width and self.height:
            return self.width, self.height
        if self.width:
            return self.width, max(1, round(height * self.width / width))
        if self.height:
            return max(1, round(width * self.height / height)), self.height
        return width, height


# They name places on the user's disk, often by the user's name; strangers read NN_take.json.
_PLACES = ("CAPTURE.OUTPUT_FOLDER", "RECORDER.PYTHON")


@dataclass(frozen=True)
class Brief:
    """What the game said about this session."""

    app_version: str = ""
    settings: Settings = Settings()
    stated_settings: dict[str, Scalar] = field(default_factory=dict)  # all of them, as NN_take.json says them
    game: dict[str, Scalar] = field(default_factory=dict)
    static: dict[str, Scalar] = field(default_factory=dict)  # the static page: car, track, aids, penalties, ...
    problems: tuple[str, ...] = ()  # settings of the user's that the game found bad

    @classmethod
    def parse(cls, text: bytes) -> "Brief":
        """Read and check the brief. Raise BriefError where it can't be used."""
        try:
            content = json.loads(text.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise BriefError(f"the brief from the game can't be read ({error}): install one release of both") from error
        if not isinstance(content, dict):
            raise BriefError("the brief from the game is no JSON object: install one release of both")
        stated = _scalars(content, "settings")
        problems = content.get("problems", [])
        if not isinstance(problems, list):
            problems = []
        return cls(
            app_version=str(content.get("app_version", ""))[:_LONGEST_TEXT],
            settings=Settings.from_values(stated),
            stated_settings={name: _told(name, value) for name, value in stated.items()},
            game=_scalars(content, "game"),
            static=_static(content.get("static_page")),
            problems=tuple(_problem_told(str(line)[:_LONGEST_TEXT]) for line in problems[:_MOST_ENTRIES]),
        )


def _told(name: str, value: Scalar) -> Scalar:
    """A setting's value as NN_take.json says it."""
    return "set" if name in _PLACES and value else value


def _problem_told(line: str) -> str:
    """A bad setting as NN_take.json says it."""
    place = next((name for name in _PLACES if name in line), None)
    return line if place is None else f"settings.ini: {place} can't be used; the default is"


def _scalars(content: dict[str, Any], key: str) -> dict[str, Scalar]:
    """The part `key` of the brief, reduced to names with plain values of a sane size."""
    part = content.get(key, {})
    if not isinstance(part, dict):
        raise BriefError(f'"{key}" in the brief from the game is no JSON object: install one release of both')
    return {
        str(name)[:_LONGEST_TEXT]: _scalar(value)
        for name, value in list(part.items())[:_MOST_ENTRIES]
        if value is None or isinstance(value, str | int | float)
    }


def _static(page: object) -> dict[str, Scalar]:
    """What the bytes of the static page, in hexadecimal, say; nothing where there are none."""
    try:
        told = STATIC.told(bytes.fromhex(str(page or ""))[: STATIC.size])
    except ValueError:
        return {}
    return {name: _scalar(value) for name, value in told.items()}


def _scalar(value: Scalar) -> Scalar:
    if isinstance(value, str):
        return value[:_LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _whole(values: dict[str, Scalar], key: str, default: int, least: int, most: int) -> int:
    value = values.get(key, default)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or not least <= value <= most:
        raise BriefError(f"the setting {key} is {value!r}: it must be a whole number from {least} to {most}")
    return value


def _choice(values: dict[str, Scalar], key: str, default: str, allowed: dict[str, Any]) -> str:
    value = str(values.get(key, default)).lower()
    if value not in allowed:
        raise BriefError(f"the setting {key} is {value[:40]!r}: it must be one of {', '.join(allowed)}")
    return value
