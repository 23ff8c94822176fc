"""Finds the game's window on Windows."""

import ctypes
import sys
from collections.abc import Callable
from ctypes import wintypes
from typing import Any

from .geometry import Rect
from .window import COVERED_SHARE, Sight

assert sys.platform == "win32"

# Seconds between two looks at what lies above the window, and between two searches for it.
_COVER_INTERVAL = 0.2
_SEARCH_INTERVAL = 0.5
# ... and between two searches for a better one, while it was found by its title alone.
_BETTER_INTERVAL = 2.0
_SMALLEST_SIDE = 64
_MOST_WINDOWS = 5000
_LONGEST_TITLE = 256

_PER_MONITOR_DPI_AWARE = 2
_GW_HWNDPREV = 3
_GWL_EXSTYLE = -20
_WS_EX_TRANSPARENT = 0x20
_WS_EX_LAYERED = 0x80000
_DWMWA_EXTENDED_FRAME_BOUNDS = 9
_DWMWA_CLOAKED = 14
_SM_VIRTUAL_SCREEN = (76, 77, 78, 79)  # left, top, width, height of all monitors together

_ENUM_CALLBACK = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)


class Win32WindowFinder:
    """Looks for the window of a process, or else for one with the title."""

    def __init__(self, process_id: int, title: str) -> None:
        _see_physical_pixels()
        self._process_id = process_id
        self._title = title
        self._user = _user32()
        self._dwm = _dwmapi()
        self._window = 0
        self._is_ours = False  # the window belongs to the process; one with the title alone may be another's
        self._search_at = self._cover_at = float("-inf")
        self._is_covered = False

    def look(self, now: float, thorough: bool = False) -> Sight:
        """Where the window is, or what is in the way."""
        if self._window and not self._user.IsWindow(self._window):
            self._window, self._is_ours = 0, False
        if not self._is_ours and now >= self._search_at:
            self._search_at = now + (_SEARCH_INTERVAL if not self._window else _BETTER_INTERVAL)
            self._window, self._is_ours = self._search()
            self._cover_at = float("-inf")
        if not self._window:
            return Sight(None, "no_window")
        if self._user.IsIconic(self._window) or not self._user.IsWindowVisible(self._window):
            return Sight(None, "minimised")
        rect = self._client_area()
        if rect is None:
            return Sight(None, "no_window")
        if thorough or now >= self._cover_at:
            self._cover_at = now + _COVER_INTERVAL
            self._is_covered = self._covered_area(rect) > COVERED_SHARE * rect.width * rect.height
        if self._is_covered:
            return Sight(None, "covered")
        if not self._is_on_screen(rect):
            return Sight(None, "off_screen")
        return Sight(rect, "")

    def close(self) -> None:
        """Nothing is held."""

    def _search(self) -> tuple[int, bool]:
        """The window, 0 when there is none, and whether it is the process's own. What is shown goes first."""
        best, best_rank = 0, (False, False, False, 0)
        for window in self._top_level_windows():
            process = wintypes.DWORD()
            self._user.GetWindowThreadProcessId(window, ctypes.byref(process))
            is_ours = process.value == self._process_id
            title = ctypes.create_unicode_buffer(_LONGEST_TITLE)
            self._user.GetWindowTextW(window, title, _LONGEST_TITLE)
            has_title = title.value.strip() == self._title
            if not is_ours and not has_title:
                continue
            shown = bool(self._user.IsWindowVisible(window))
            # A minimised window has no client area; its normal size doesn't matter, only that it is the one.
            size = wintypes.RECT()
            self._user.GetClientRect(window, ctypes.byref(size))
            is_iconic = bool(self._user.IsIconic(window))
            if not is_iconic and min(size.right, size.bottom) < _SMALLEST_SIDE:
                continue
            rank = (is_ours, has_title, shown, size.right * size.bottom)
            if rank > best_rank:
                best, best_rank = window, rank
        return best, best_rank[0]

    def _top_level_windows(self) -> list[int]:
        found: list[int] = []

        def note(window: int, _: int) -> bool:
            found.append(window)
            return len(found) < _MOST_WINDOWS

        self._user.EnumWindows(_ENUM_CALLBACK(note), 0)
        return found

    def _client_area(self) -> Rect | None:
        size, origin = wintypes.RECT(), wintypes.POINT(0, 0)
        if not self._user.GetClientRect(self._window, ctypes.byref(size)):
            return None
        if not self._user.ClientToScreen(self._window, ctypes.byref(origin)):
            return None
        if size.right <= 0 or size.bottom <= 0:
            return None
        return Rect(origin.x, origin.y, size.right, size.bottom)

    def _covered_area(self, rect: Rect) -> int:
        """The pixels of `rect` under the windows that stand above ours, each counted by itself."""
        covered, window = 0, self._window
        for _ in range(_MOST_WINDOWS):
            window = self._user.GetWindow(window, _GW_HWNDPREV)
            if not window:
                break
            if self._user.IsWindowVisible(window) and not self._user.IsIconic(window) and self._hides_things(window):
                covered += rect.overlap(self._frame(window))
        return covered

    def _hides_things(self, window: int) -> bool:
        """Whether what lies below the window can't be seen: it is no see-through overlay, and not cloaked."""
        style = self._user.GetWindowLongW(window, _GWL_EXSTYLE)
        if style & _WS_EX_TRANSPARENT and style & _WS_EX_LAYERED:
            return False
        cloaked = wintypes.DWORD()
        if self._dwm is not None:
            self._dwm.DwmGetWindowAttribute(window, _DWMWA_CLOAKED, ctypes.byref(cloaked), ctypes.sizeof(cloaked))
        return not cloaked.value

    def _frame(self, window: int) -> Rect:
        """The window with its border, without the invisible margin that the desktop gives it."""
        box = wintypes.RECT()
        failed = self._dwm is None or self._dwm.DwmGetWindowAttribute(
            window, _DWMWA_EXTENDED_FRAME_BOUNDS, ctypes.byref(box), ctypes.sizeof(box)
        )
        if failed:
            self._user.GetWindowRect(window, ctypes.byref(box))
        return Rect(box.left, box.top, box.right - box.left, box.bottom - box.top)

    def _is_on_screen(self, rect: Rect) -> bool:
        screen = Rect(*(self._user.GetSystemMetrics(index) for index in _SM_VIRTUAL_SCREEN))
        return rect.lies_inside(screen)


def _user32() -> Any:
    user = ctypes.WinDLL("user32")
    window = wintypes.HWND
    signatures: dict[str, tuple[tuple[Any, ...], Any]] = {
        "EnumWindows": ((_ENUM_CALLBACK, wintypes.LPARAM), wintypes.BOOL),
        "GetWindowThreadProcessId": ((window, ctypes.POINTER(wintypes.DWORD)), wintypes.DWORD),
        "GetWindowTextW": ((window, wintypes.LPWSTR, ctypes.c_int), ctypes.c_int),
        "IsWindow": ((window,), wintypes.BOOL),
        "IsWindowVisible": ((window,), wintypes.BOOL),
        "IsIconic": ((window,), wintypes.BOOL),
        "GetClientRect": ((window, ctypes.POINTER(wintypes.RECT)), wintypes.BOOL),
        "GetWindowRect": ((window, ctypes.POINTER(wintypes.RECT)), wintypes.BOOL),
        "ClientToScreen": ((window, ctypes.POINTER(wintypes.POINT)), wintypes.BOOL),
        "GetWindow": ((window, wintypes.UINT), wintypes.HWND),
        "GetWindowLongW": ((window, ctypes.c_int), wintypes.LONG),
        "GetSystemMetrics": ((ctypes.c_int,), ctypes.c_int),
    }
    for name, (arguments, result) in signatures.items():
        function = getattr(user, name)
        function.argtypes, function.restype = arguments, result
    return user


def _dwmapi() -> Any:
    """The compositor's library; None on a Windows without it."""
    try:
        dwm = ctypes.WinDLL("dwmapi")
    except OSError:
        return None
    function: Any = dwm.DwmGetWindowAttribute
    function.argtypes = (wintypes.HWND, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD)
    function.restype = ctypes.c_long
    return dwm


def _see_physical_pixels() -> None:
    """Have Windows tell this process, and no other, sizes and places in physical pixels."""
    attempts: tuple[Callable[[], Any], ...] = (
        lambda: ctypes.WinDLL("shcore").SetProcessDpiAwareness(_PER_MONITOR_DPI_AWARE),
        lambda: ctypes.WinDLL("user32").SetProcessDPIAware(),
    )
    for attempt in attempts:
        try:
            attempt()
        except (OSError, AttributeError):
            continue  # a Windows before 8.1 lacks the first
        return
