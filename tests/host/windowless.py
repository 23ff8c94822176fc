"""The double without a window: its `ac` and its pages in this process, for tests of a part of the app."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from . import acsys
from .ac_api import AcApi
from .pages import Pages
from .readings import Readings
from .track import Drive, Track

_APP = "lib.ingame"
# What binds `ac` when it is imported.
_MODULES = ("app", "game", "panel", "strip", "telemetry")


@dataclass
class Windowless:
    """A game that moves when it is told to."""

    readings: Readings
    api: AcApi
    pages: Pages

    def advance(self, delta_t: float) -> None:
        """One frame: the game's numbers are taken anew and stand in its pages."""
        self.readings.advance(delta_t)
        self.readings.write(self.pages)

    def app_module(self, name: str) -> Any:
        """A module of the app, imported into this game."""
        return importlib.import_module(f"{_APP}.{name}")


@contextmanager
def windowless_game(folder: Path, lap_seconds: float = 4.0) -> Iterator[Windowless]:
    """A game with its pages and logs in `folder`."""
    readings = Readings(Drive(Track(lap_seconds)))
    api, pages = AcApi(folder, readings), Pages(folder=folder)
    readings.write_static(pages)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{_APP}.pages._FOLDER_ELSEWHERE", str(folder))
        patch.setitem(sys.modules, "ac", api.module)
        patch.setitem(sys.modules, "acsys", acsys)
        _forget_app()
        try:
            yield Windowless(readings, api, pages)
        finally:
            _forget_app()
            pages.close()
            api.close()


def _forget_app() -> None:
    package: ModuleType = importlib.import_module(_APP)
    for name in _MODULES:
        sys.modules.pop(f"{_APP}.{name}", None)
        vars(package).pop(name, None)
