"""What the double refuses, as AC does."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.host.ac_api import FAILED, OK, AcApi, HostCrashError
from tests.host.readings import Readings
from tests.host.strictness import LACKING, Strictness
from tests.host.track import Drive, Track


@pytest.fixture
def api(tmp_path: Path) -> Iterator[AcApi]:
    made = AcApi(tmp_path, Readings(Drive(Track(4.0))))
    yield made
    made.close()


def on_event(*args: object) -> None:
    """A listener as AC wants them."""


class _Owner:
    def method(self, *args: object) -> None: ...

    @staticmethod
    def static(*args: object) -> None: ...


def _closure() -> Callable[..., object]:
    def on_event(*args: object) -> None: ...

    return on_event


_BAD = {
    "lambda": lambda *args: None,
    "closure": _closure(),
    "bound method": _Owner().method,
    "static method": _Owner.static,
    "partial": functools.partial(on_event, 1),
    "class": _Owner,
    "nothing": None,
}
_ADDERS = ("addOnClickedListener", "addRenderCallback", "addOnAppActivatedListener", "addOnAppDismissedListener")


@pytest.mark.parametrize("adder", _ADDERS)
@pytest.mark.parametrize("kind", _BAD)
def test_a_bad_listener_crashes_the_game(api: AcApi, adder: str, kind: str) -> None:
    window = api.module.newApp("App")
    control = api.module.addButton(window, "Press") if adder == "addOnClickedListener" else window
    with pytest.raises(HostCrashError):
        getattr(api.module, adder)(control, _BAD[kind])
    assert "no plain function" in api.crash
    assert not issubclass(HostCrashError, Exception), "an app could catch the crash"


def test_a_plain_function_is_taken(api: AcApi) -> None:
    window = api.module.newApp("App")
    assert api.module.addRenderCallback(window, on_event) == OK
    assert api.module.addOnClickedListener(window, on_event) == FAILED, "a window is no button"
    assert api.crash == ""


@pytest.mark.parametrize("function", ["log", "console"])
def test_logs_break_on_more_than_ascii(api: AcApi, function: str) -> None:
    getattr(api.module, function)("plain")
    with pytest.raises(UnicodeEncodeError):
        getattr(api.module, function)("Nürburgring")
    assert len(api.violations) == 1


def test_failures_are_minus_one_and_positions_are_tuples(api: AcApi) -> None:
    ac: Any = api.module
    window = ac.newApp("App")
    assert ac.newApp("App") == FAILED
    for failed in (ac.addLabel(99, ""), ac.setText(99, ""), ac.getText(99), ac.getPosition(99), ac.getCarName(5)):
        assert failed == FAILED
    assert ac.getTrackLength(5) == 0
    assert ac.setPosition(window, 3, 4) == OK
    assert ac.getPosition(window) == (3.0, 4.0)
    assert all(type(value) is float for value in ac.getPosition(window))
    for wrong in (lambda: ac.setText(window, 5), lambda: ac.log(b"x"), lambda: ac.setPosition(window, "left", 0)):
        with pytest.raises((TypeError, ValueError)):
            wrong()


def test_drawing_outside_a_render_callback_is_noted(api: AcApi) -> None:
    api.module.glQuad(0, 0, 1, 1)
    (violation,) = api.violations
    assert "glQuad" in violation


_WAYS = {
    "import": "import {0}",
    "from import": "from {0} import *",
    "__import__": "__import__('{0}')",
    "import_module": "import importlib; importlib.import_module('{0}')",
    "imported import_module": "from importlib import import_module; import_module('{0}')",
    "importlib.__import__": "import importlib; importlib.__import__('{0}')",
}


@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("lacking", ["ctypes", "socket", "enum", "urllib.request", "ctypes.wintypes"])
def test_what_ac_lacks_can_not_be_imported_in_any_way(tmp_path: Path, way: str, lacking: str) -> None:
    app = {"__file__": str(tmp_path / "apps" / "python" / "probe" / "probe.py"), "__name__": "probe"}
    with Strictness(tmp_path).app_code(), pytest.raises(ImportError, match="No module named"):
        exec(_WAYS[way].format(lacking), app)


def test_a_part_of_a_package_is_refused_by_its_own_name(tmp_path: Path) -> None:
    app = {"__file__": str(tmp_path / "probe.py")}
    with Strictness(tmp_path).app_code():
        exec("import urllib.parse, logging, json, importlib; importlib.import_module('csv')", app)
        with pytest.raises(ImportError, match=r"urllib\.request"):
            exec("from urllib import request", app)


def test_outside_app_code_nothing_is_refused(tmp_path: Path) -> None:
    with Strictness(tmp_path).app_code():
        pass
    app: dict[str, object] = {"__file__": str(tmp_path / "probe.py")}
    exec("import importlib, enum; importlib.import_module('ctypes')", app)
    assert "enum" in LACKING
