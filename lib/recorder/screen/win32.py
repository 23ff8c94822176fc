"""Finds the game's window on Windows."""

import ctypes
import sys
from collections.abc import Callable, Iterator
from ctypes import wintypes
from pathlib import PureWindowsPath
from typing import Any

from ...captures.vocabulary import Outcome
from ...strip.rect import Rect
from .cover import Above, Cover, Hides, hiding_most
from .sight import Sight, is_on_screen

assert sys.platform == "win32"

# Seconds between two looks at what lies above the window, and between two searches for it.
_COVER_INTERVAL = 0.2
_SEARCH_INTERVAL = 0.5
# ... and between two searches for a better one, while it was found by its title alone.
_BETTER_INTERVAL = 2.0
_SMALLEST_SIDE = 64
_MOST_WINDOWS = 5000
_LONGEST_TEXT = 256
_LONGEST_PATH = 1024

_PER_MONITOR_DPI_AWARE = 2
_GW_HWNDPREV = 3
_GWL_STYLE, _GWL_EXSTYLE = -16, -20
_WS_CAPTION = 0xC00000
_WS_EX_TRANSPARENT = 0x20
_WS_EX_LAYERED = 0x80000
_WS_EX_NOREDIRECTIONBITMAP = 0x200000
_LWA_COLORKEY, _LWA_ALPHA = 0x1, 0x2
_HALF = 0x80  # of a window's alpha
_PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
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
        self._kernel = _kernel32()
        self._dwm = _dwmapi()
        self._window = 0
        self._is_ours = False  # the window belongs to the process; one with the title alone may be another's
        self._search_at = self._cover_at = float("-inf")
        self._cover_window = 0
        self._cover: Cover | None = None

    def look(self, now: float, thorough: bool = False, panel: Rect | None = None) -> Sight:
        """Where the window is, or what is in the way."""
        if self._window and not self._user.IsWindow(self._window):
            self._window, self._is_ours = 0, False
        if not self._is_ours and now >= self._search_at:
            self._search_at = now + (_SEARCH_INTERVAL if not self._window else _BETTER_INTERVAL)
            self._window, self._is_ours = self._search()
            self._cover_at = float("-inf")
        if not self._window:
            return Sight(None, Outcome.DROPPED_NO_WINDOW)
        if self._user.IsIconic(self._window) or not self._user.IsWindowVisible(self._window):
            return Sight(None, Outcome.DROPPED_MINIMISED)
        rect = self._client_area()
        if rect is None:
            return Sight(None, Outcome.DROPPED_NO_WINDOW)
        if thorough or now >= self._cover_at:
            self._cover_at = now + _COVER_INTERVAL
            self._note_cover(hiding_most(list(self._windows_above(rect)), rect, panel))
        visible = rect.clipped(Rect(*(self._user.GetSystemMetrics(index) for index in _SM_VIRTUAL_SCREEN)))
        if self._cover is not None:
            return Sight(rect, Outcome.DROPPED_COVERED, visible, self._cover)
        if not is_on_screen(rect, visible):
            return Sight(rect, Outcome.DROPPED_OFF_SCREEN, visible)
        return Sight(rect, None, visible)

    def close(self) -> None:
        """Nothing is held."""

    def _search(self) -> tuple[int, bool]:
        """The window, 0 when there is none, and whether it is the process's own. What is shown goes first."""
        best, best_rank = 0, (False, False, False, 0)
        for window in self._top_level_windows():
            process = wintypes.DWORD()
            self._user.GetWindowThreadProcessId(window, ctypes.byref(process))
            is_ours = process.value == self._process_id
            has_title = self._text(self._user.GetWindowTextW, window).strip() == self._title
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

    def _windows_above(self, rect: Rect) -> Iterator[Above]:
        """Those that stand above ours, within `rect`, and may hide something of it."""
        window = self._window
        for _ in range(_MOST_WINDOWS):
            window = self._user.GetWindow(window, _GW_HWNDPREV)
            if not window:
                return
            if not self._user.IsWindowVisible(window) or self._user.IsIconic(window):
                continue
            frame = self._frame(window)
            area = rect.overlap(frame)
            hides = self._hides(window) if area else None
            if hides is not None:
                yield Above(window, frame, area, hides)

    def _hides(self, window: int) -> Hides | None:
        """What can be known of whether things below the window can be seen; None: it hides nothing."""
        if self._is_cloaked(window):
            return None
        style = self._user.GetWindowLongW(window, _GWL_EXSTYLE)
        is_layered, lets_clicks_through = style & _WS_EX_LAYERED, style & _WS_EX_TRANSPARENT
        # Made of pixels that each say how much of them is seen; of these no other program can learn anything.
        is_blended = style & _WS_EX_NOREDIRECTIONBITMAP
        if lets_clicks_through and (is_layered or is_blended):
            return None
        alpha = self._alpha(window) if is_layered else 0xFF
        if alpha == 0:
            return None
        if self._user.GetWindowLongW(window, _GWL_STYLE) & _WS_CAPTION == _WS_CAPTION:
            return Hides.ALL  # a program with a title bar is no overlay
        is_blended = is_blended or lets_clicks_through or alpha is None or alpha < _HALF
        return Hides.PERHAPS if is_blended else Hides.ALL

    def _alpha(self, window: int) -> int | None:
        """How much of a layered window is seen, from 0 to 255; None where each of its pixels says so for itself."""
        alpha, flags = wintypes.BYTE(), wintypes.DWORD()
        if not self._user.GetLayeredWindowAttributes(window, None, ctypes.byref(alpha), ctypes.byref(flags)):
            return None
        if flags.value & _LWA_ALPHA and alpha.value == 0:
            return 0
        if flags.value & _LWA_COLORKEY or not flags.value & _LWA_ALPHA:
            return None
        return alpha.value & 0xFF

    def _is_cloaked(self, window: int) -> bool:
        cloaked = wintypes.DWORD()
        if self._dwm is not None:
            self._dwm.DwmGetWindowAttribute(window, _DWMWA_CLOAKED, ctypes.byref(cloaked), ctypes.sizeof(cloaked))
        return bool(cloaked.value)

    def _note_cover(self, above: Above | None) -> None:
        """Remember what covers the game. Its name is asked for once."""
        if above is None:
            self._cover_window, self._cover = 0, None
        elif above.window != self._cover_window:
            self._cover_window = above.window
            self._cover = Cover(
                self._text(self._user.GetWindowTextW, above.window),
                self._text(self._user.GetClassNameW, above.window),
                self._program(above.window),
                above.hides is Hides.PERHAPS,
            )

    def _text(self, ask: Callable[[int, Any, int], int], window: int) -> str:
        text = ctypes.create_unicode_buffer(_LONGEST_TEXT)
        ask(window, text, _LONGEST_TEXT)
        return text.value

    def _program(self, window: int) -> str:
        """The file name of the program that the window belongs to, or else the id of its process."""
        process = wintypes.DWORD()
        self._user.GetWindowThreadProcessId(window, ctypes.byref(process))
        handle = self._kernel.OpenProcess(_PROCESS_QUERY_LIMITED_INFORMATION, False, process.value)
        path, length = ctypes.create_unicode_buffer(_LONGEST_PATH), wintypes.DWORD(_LONGEST_PATH)
        if handle:
            self._kernel.QueryFullProcessImageNameW(handle, 0, path, ctypes.byref(length))
            self._kernel.CloseHandle(handle)
        return PureWindowsPath(path.value).name or f"process {process.value}"

    def _frame(self, window: int) -> Rect:
        """The window with its border, without the invisible margin that the desktop gives it."""
        box = wintypes.RECT()
        failed = self._dwm is None or self._dwm.DwmGetWindowAttribute(
            window, _DWMWA_EXTENDED_FRAME_BOUNDS, ctypes.byref(box), ctypes.sizeof(box)
        )
        if failed:
            self._user.GetWindowRect(window, ctypes.byref(box))
        return Rect(box.left, box.top, box.right - box.left, box.bottom - box.top)


def _user32() -> Any:
    user = ctypes.WinDLL("user32")
    window = wintypes.HWND
    signatures: dict[str, tuple[tuple[Any, ...], Any]] = {
        "EnumWindows": ((_ENUM_CALLBACK, wintypes.LPARAM), wintypes.BOOL),
        "GetWindowThreadProcessId": ((window, ctypes.POINTER(wintypes.DWORD)), wintypes.DWORD),
        "GetWindowTextW": ((window, wintypes.LPWSTR, ctypes.c_int), ctypes.c_int),
        "GetClassNameW": ((window, wintypes.LPWSTR, ctypes.c_int), ctypes.c_int),
        "IsWindow": ((window,), wintypes.BOOL),
        "IsWindowVisible": ((window,), wintypes.BOOL),
        "IsIconic": ((window,), wintypes.BOOL),
        "GetClientRect": ((window, ctypes.POINTER(wintypes.RECT)), wintypes.BOOL),
        "GetWindowRect": ((window, ctypes.POINTER(wintypes.RECT)), wintypes.BOOL),
        "ClientToScreen": ((window, ctypes.POINTER(wintypes.POINT)), wintypes.BOOL),
        "GetWindow": ((window, wintypes.UINT), wintypes.HWND),
        "GetWindowLongW": ((window, ctypes.c_int), wintypes.LONG),
        "GetLayeredWindowAttributes": (
            (
                window,
                ctypes.POINTER(wintypes.COLORREF),
                ctypes.POINTER(wintypes.BYTE),
                ctypes.POINTER(wintypes.DWORD),
            ),
            wintypes.BOOL,
        ),
        "GetSystemMetrics": ((ctypes.c_int,), ctypes.c_int),
    }
    return _declared(user, signatures)


def _kernel32() -> Any:
    handle = wintypes.HANDLE
    return _declared(
        ctypes.WinDLL("kernel32"),
        {
            "OpenProcess": ((wintypes.DWORD, wintypes.BOOL, wintypes.DWORD), handle),
            "QueryFullProcessImageNameW": (
                (handle, wintypes.DWORD, wintypes.LPWSTR, ctypes.POINTER(wintypes.DWORD)),
                wintypes.BOOL,
            ),
            "CloseHandle": ((handle,), wintypes.BOOL),
        },
    )


def _declared(library: Any, signatures: dict[str, tuple[tuple[Any, ...], Any]]) -> Any:
    for name, (arguments, result) in signatures.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, result
    return library


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
