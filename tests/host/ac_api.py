"""The `ac` module that the double gives to apps: AC's functions, return values and refusals.

Setters give 1 on success and -1 otherwise, string getters the string or -1, `getCarState` 0 on failure. What crashes
the real game (listeners that are closures or bound methods) ends the double.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OK, FAILED = 1, -1


class HostCrashError(Exception):
    """The app did what crashes the real game."""


@dataclass
class Control:
    """A label or button in an app's window. Lengths are in interface units."""

    window: Window
    kind: str
    text: str
    position: tuple[float, float] = (0, 0)
    size: tuple[float, float] = (0, 0)
    font_size: float = 16
    colour: tuple[float, float, float, float] = (1, 1, 1, 1)
    alignment: str = "left"
    is_visible: bool = True
    on_clicked: Callable[..., object] | None = None


@dataclass
class Window:
    """An app's window."""

    name: str
    title: str
    position: tuple[float, float] = (20, 20)
    size: tuple[float, float] = (200, 100)
    opacity: float = 0.5
    is_open: bool = True
    controls: list[Control] = field(default_factory=list)
    on_render: Callable[[float], object] | None = None
    on_activated: Callable[..., object] | None = None
    on_dismissed: Callable[..., object] | None = None


class AcApi:
    """Everything behind `ac.…`; `module` is what apps import."""

    def __init__(self, folder: Path, car_state: Callable[[int, int], Any], facts: dict[str, Any]) -> None:
        self.windows: list[Window] = []
        self.calls = 0
        self.violations: list[str] = []
        self.facts = facts
        self._items: list[Window | Control] = []
        self._car_state = car_state
        # Where glQuad draws while a render callback runs.
        self.canvas: Callable[[tuple[float, float, float, float], tuple[float, float, float, float]], None] | None = (
            None
        )
        self._colour = (1.0, 1.0, 1.0, 1.0)
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        self._py_log = (folder / "logs" / "py_log.txt").open("w", encoding="ascii")
        self._log = (folder / "logs" / "log.txt").open("w", encoding="utf-8")
        self.module = types.ModuleType("ac")
        for name in dir(self):
            if name.startswith("ac_"):
                setattr(self.module, name.removeprefix("ac_"), getattr(self, name))

    def engine_log(self, line: str) -> None:
        self._log.write(line + "\n")
        self._log.flush()

    # --- windows and controls

    def ac_newApp(self, name: str) -> int:
        if any(window.name == name for window in self.windows):
            return FAILED
        window = Window(name, name)
        self.windows.append(window)
        return self._add(window)

    def ac_addLabel(self, window: int, text: str) -> int:
        return self._add_control(window, "label", text)

    def ac_addButton(self, window: int, text: str) -> int:
        return self._add_control(window, "button", text)

    def _add_control(self, window: int, kind: str, text: str) -> int:
        owner = self._item(window)
        if not isinstance(owner, Window):
            return FAILED
        control = Control(owner, kind, text)
        owner.controls.append(control)
        return self._add(control)

    def _add(self, item: Window | Control) -> int:
        self._items.append(item)
        return len(self._items) - 1

    def _item(self, identifier: object) -> Window | Control | None:
        self.calls += 1
        if isinstance(identifier, int) and 0 <= identifier < len(self._items):
            return self._items[identifier]
        return None

    def _set(self, identifier: int, **values: object) -> int:
        item = self._item(identifier)
        if item is None or not all(hasattr(item, name) for name in values):
            return FAILED
        for name, value in values.items():
            setattr(item, name, value)
        return OK

    def ac_setTitle(self, identifier: int, text: str) -> int:
        return self._set(identifier, title=str(text))

    def ac_setText(self, identifier: int, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("setText takes a string")
        return self._set(identifier, text=text)

    def ac_getText(self, identifier: int) -> str | int:
        item = self._item(identifier)
        return item.text if isinstance(item, Control) else FAILED

    def ac_setSize(self, identifier: int, width: float, height: float) -> int:
        return self._set(identifier, size=(width, height))

    def ac_getSize(self, identifier: int) -> tuple[float, float] | int:
        item = self._item(identifier)
        return item.size if item is not None else FAILED

    def ac_setPosition(self, identifier: int, x: float, y: float) -> int:
        return self._set(identifier, position=(x, y))

    def ac_getPosition(self, identifier: int) -> tuple[float, float] | int:
        item = self._item(identifier)
        return item.position if item is not None else FAILED

    def ac_setBackgroundOpacity(self, identifier: int, opacity: float) -> int:
        return self._set(identifier, opacity=opacity)

    def ac_setFontSize(self, identifier: int, size: float) -> int:
        return self._set(identifier, font_size=size)

    def ac_setFontColor(self, identifier: int, red: float, green: float, blue: float, alpha: float) -> int:
        return self._set(identifier, colour=(red, green, blue, alpha))

    def ac_setFontAlignment(self, identifier: int, alignment: str) -> int:
        return self._set(identifier, alignment=alignment)

    def ac_setVisible(self, identifier: int, visible: int) -> int:
        return self._set(identifier, is_visible=bool(visible))

    def ac_drawBorder(self, identifier: int, drawn: int) -> int:
        return OK if self._item(identifier) is not None else FAILED

    def ac_drawBackground(self, identifier: int, drawn: int) -> int:
        return OK if self._item(identifier) is not None else FAILED

    def ac_setIconPosition(self, identifier: int, x: float, y: float) -> int:
        return OK if isinstance(self._item(identifier), Window) else FAILED

    # --- callbacks

    def ac_addOnClickedListener(self, identifier: int, listener: Callable[..., object]) -> int:
        return self._set(identifier, on_clicked=_plain(listener))

    def ac_addRenderCallback(self, identifier: int, callback: Callable[[float], object]) -> int:
        return self._set(identifier, on_render=_plain(callback))

    def ac_addOnAppActivatedListener(self, identifier: int, listener: Callable[..., object]) -> int:
        return self._set(identifier, on_activated=_plain(listener))

    def ac_addOnAppDismissedListener(self, identifier: int, listener: Callable[..., object]) -> int:
        return self._set(identifier, on_dismissed=_plain(listener))

    # --- drawing: works inside a render callback only

    def ac_glColor4f(self, red: float, green: float, blue: float, alpha: float) -> None:
        self.calls += 1
        self._colour = (red, green, blue, alpha)

    def ac_glQuad(self, x: float, y: float, width: float, height: float) -> None:
        self.calls += 1
        if self.canvas is not None:
            self.canvas((x, y, width, height), self._colour)

    # --- telemetry and facts

    def ac_getCarState(self, car: int, identifier: int, *optional: object) -> Any:
        self.calls += 1
        return self._car_state(car, identifier)

    def ac_getCarName(self, car: int) -> str | int:
        return self._fact("car", car)

    def ac_getCarSkin(self, car: int) -> str | int:
        return self._fact("skin", car)

    def ac_getTrackName(self, car: int) -> str | int:
        return self._fact("track", car)

    def ac_getTrackConfiguration(self, car: int) -> str | int:
        return self._fact("layout", car)

    def ac_getDriverName(self, car: int) -> str | int:
        return self._fact("driver", car)

    def _fact(self, name: str, car: int) -> str | int:
        return str(self.facts[name]) if car == 0 else FAILED

    def ac_getTrackLength(self, car: int) -> float:
        return float(self.facts["track_length"])

    def ac_isCarInPit(self, car: int) -> int:
        return int(self.facts["in_pit"])

    def ac_isCarInPitline(self, car: int) -> int:
        return int(self.facts["in_pit"])

    def ac_getCarsCount(self) -> int:
        return 1

    def ac_getFocusedCar(self) -> int:
        return 0

    # --- logs

    def ac_log(self, text: str) -> None:
        try:
            self._py_log.write(text + "\n")
        except UnicodeEncodeError:
            self.violations.append(f"ac.log got more than ASCII: {text!a}")
        self._py_log.flush()

    def ac_console(self, text: str) -> None:
        self.engine_log(text)


def _plain(listener: Callable[..., object]) -> Callable[..., object]:
    """The listener, if it is a module's plain function; anything else crashes the real game."""
    module = sys.modules.get(getattr(listener, "__module__", ""))
    if not isinstance(listener, types.FunctionType) or getattr(module, listener.__name__, None) is not listener:
        raise HostCrashError(f"the game crashes: {listener!r} is no plain function of a module")
    return listener
