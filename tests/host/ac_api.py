"""The `ac` module that the double gives to apps: AC's functions, return values and refusals.

Setters give 1 on success and -1 otherwise, string getters the string or -1, `getCarState` 0 on failure. What crashes
the real game (listeners that are closures or bound methods) ends the double. What the real game lets pass without
doing it (drawing outside a render callback) is noted in `violations`.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .readings import Readings

OK, FAILED = 1, -1
# Of a window that the player just moved: AC forgets what the app had set.
MOVED_OPACITY = 0.5


class HostCrashError(BaseException):
    """The app did what crashes the real game. No `except Exception` of an app survives that either."""


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
    has_border: bool = True
    has_background: bool = True
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
    icon_position: tuple[float, float] = (0, 0)
    has_border: bool = True
    has_background: bool = True
    is_open: bool = True
    controls: list[Control] = field(default_factory=list)
    on_render: Callable[[float], object] | None = None
    on_activated: Callable[..., object] | None = None
    on_dismissed: Callable[..., object] | None = None


class AcApi:
    """Everything behind `ac.…`; `module` is what apps import."""

    def __init__(self, folder: Path, readings: Readings) -> None:
        self.windows: list[Window] = []
        self.calls = 0
        self.violations: list[str] = []
        self.crash = ""  # what crashed the game, once something did
        self.camera_mode = 0
        self.focused_car = 0
        self._items: list[Window | Control] = []
        self._readings = readings
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

    def close(self) -> None:
        self._py_log.close()
        self._log.close()

    # --- windows and controls

    def ac_newApp(self, name: str) -> int:
        _check_text(name)
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
        _check_text(text)
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
        _check_text(text)
        return self._set(identifier, title=text)

    def ac_setText(self, identifier: int, text: str) -> int:
        _check_text(text)
        return self._set(identifier, text=text)

    def ac_getText(self, identifier: int) -> str | int:
        item = self._item(identifier)
        return item.text if isinstance(item, Control) else FAILED

    def ac_setSize(self, identifier: int, width: float, height: float) -> int:
        return self._set(identifier, size=(float(width), float(height)))

    def ac_getSize(self, identifier: int) -> tuple[float, float] | int:
        item = self._item(identifier)
        return item.size if item is not None else FAILED

    def ac_setPosition(self, identifier: int, x: float, y: float) -> int:
        return self._set(identifier, position=(float(x), float(y)))

    def ac_getPosition(self, identifier: int) -> tuple[float, float] | int:
        item = self._item(identifier)
        return item.position if item is not None else FAILED

    def ac_setBackgroundOpacity(self, identifier: int, opacity: float) -> int:
        return self._set(identifier, opacity=float(opacity))

    def ac_setFontSize(self, identifier: int, size: float) -> int:
        return self._set(identifier, font_size=float(size))

    def ac_setFontColor(self, identifier: int, red: float, green: float, blue: float, alpha: float) -> int:
        return self._set(identifier, colour=(red, green, blue, alpha))

    def ac_setFontAlignment(self, identifier: int, alignment: str) -> int:
        return self._set(identifier, alignment=alignment)

    def ac_setVisible(self, identifier: int, visible: int) -> int:
        return self._set(identifier, is_visible=bool(visible))

    def ac_drawBorder(self, identifier: int, drawn: int) -> int:
        return self._set(identifier, has_border=bool(drawn))

    def ac_drawBackground(self, identifier: int, drawn: int) -> int:
        return self._set(identifier, has_background=bool(drawn))

    def ac_setIconPosition(self, identifier: int, x: float, y: float) -> int:
        return self._set(identifier, icon_position=(float(x), float(y)))

    # --- callbacks

    def ac_addOnClickedListener(self, identifier: int, listener: Callable[..., object]) -> int:
        return self._set(identifier, on_clicked=self._plain(listener))

    def ac_addRenderCallback(self, identifier: int, callback: Callable[[float], object]) -> int:
        return self._set(identifier, on_render=self._plain(callback))

    def ac_addOnAppActivatedListener(self, identifier: int, listener: Callable[..., object]) -> int:
        return self._set(identifier, on_activated=self._plain(listener))

    def ac_addOnAppDismissedListener(self, identifier: int, listener: Callable[..., object]) -> int:
        return self._set(identifier, on_dismissed=self._plain(listener))

    # --- drawing: works inside a render callback only

    def ac_glColor4f(self, red: float, green: float, blue: float, alpha: float) -> None:
        self.calls += 1
        self._note_drawing("glColor4f")
        self._colour = (red, green, blue, alpha)

    def ac_glQuad(self, x: float, y: float, width: float, height: float) -> None:
        self.calls += 1
        self._note_drawing("glQuad")
        if self.canvas is not None:
            self.canvas((x, y, width, height), self._colour)

    def _note_drawing(self, function: str) -> None:
        if self.canvas is None:
            self.violations.append(f"ac.{function} outside a render callback draws nothing")

    # --- telemetry and facts

    def ac_getCarState(self, car: int, identifier: int, *wheel: int) -> Any:
        self.calls += 1
        return self._readings.car_state(car, identifier, *wheel)

    def ac_getCarName(self, car: int) -> str | int:
        return self._fact(car, "carModel")

    def ac_getCarSkin(self, car: int) -> str | int:
        return self._fact(car, "carSkin")

    def ac_getTrackName(self, car: int) -> str | int:
        return self._fact(car, "track")

    def ac_getTrackConfiguration(self, car: int) -> str | int:
        return self._fact(car, "trackConfiguration")

    def ac_getDriverName(self, car: int) -> str | int:
        return self._fact(car, "playerName", "playerSurname")

    def _fact(self, car: int, *fields: str) -> str | int:
        return " ".join(self._readings.static[field] for field in fields) if car == 0 else FAILED

    def ac_getTrackLength(self, car: int) -> float:
        return float(self._readings.static["trackSPlineLength"]) if car == 0 else 0.0

    def ac_isCarInPit(self, car: int) -> int:
        return int(self._readings.graphics["isInPit"]) if car == 0 else 0

    def ac_isCarInPitline(self, car: int) -> int:
        return int(self._readings.graphics["isInPitLane"]) if car == 0 else 0

    def ac_isCarInPitlane(self, car: int) -> int:
        return self.ac_isCarInPitline(car)

    def ac_getCarsCount(self) -> int:
        return int(self._readings.static["numCars"])

    def ac_getFocusedCar(self) -> int:
        return self.focused_car

    def ac_getCameraMode(self) -> int:
        return self.camera_mode

    # --- logs

    def ac_log(self, text: str) -> None:
        self._check_ascii("log", text)
        self._py_log.write(text + "\n")
        self._py_log.flush()

    def ac_console(self, text: str) -> None:
        self._check_ascii("console", text)
        self.engine_log(text)

    def _check_ascii(self, function: str, text: str) -> None:
        """The streams behind both break on anything else."""
        _check_text(text)
        try:
            text.encode("ascii")
        except UnicodeEncodeError:
            self.violations.append(f"ac.{function} got more than ASCII: {text!a}")
            raise

    def _plain(self, listener: Callable[..., object]) -> Callable[..., object]:
        """The listener, if it is a module's plain function; anything else crashes the real game.

        AC finds it by its name among the names of its module.
        """
        is_function = isinstance(listener, types.FunctionType)
        if not is_function or listener.__globals__.get(listener.__name__) is not listener:
            self.crash = f"the game crashes: {listener!r} is no plain function of a module"
            self.engine_log(self.crash)
            raise HostCrashError(self.crash)
        return listener


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise TypeError(f"must be str, not {type(text).__name__}")
