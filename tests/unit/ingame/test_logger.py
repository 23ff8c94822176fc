"""What AC's callbacks do in logger.py, the entry of the app."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pytest

from tests.environment import ROOT


class _App:
    """Notes what it is called for."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def tick(self, delta_t: float) -> None:
        self.calls.append("tick")

    def render(self) -> None:
        self.calls.append("render")

    def click(self) -> None:
        self.calls.append("click")

    def shut_down(self) -> None:
        self.calls.append("shut_down")


def test_behind_the_end_of_a_session_nothing_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A click would launch a recorder that nobody ends."""
    monkeypatch.setitem(sys.modules, "ac", ModuleType("ac"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location("logger", ROOT / "logger.py")
    assert spec is not None and spec.loader is not None
    logger = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(logger)
    app = _App()
    monkeypatch.setattr(logger, "_running", app)
    logger.acUpdate(0.016)
    for _ in range(2):
        logger.acShutdown()
        logger.acUpdate(0.016)
        logger.on_render(0.016)
        logger.on_button_clicked()
    assert app.calls == ["tick", "shut_down"]
