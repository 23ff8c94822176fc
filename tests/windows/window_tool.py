"""Moves, minimises and covers the game's window, opens similar ones, lists what runs. Runs under Wine.

`python window_tool.py STEP [STEP ...]`, each step a name and numbers: `wait:2 move:300:200 minimise restore`.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable, Iterator
from ctypes import wintypes
from typing import Any, NamedTuple

TITLE = "Assetto Corsa"
# Other programs of the game, a window of the file manager on its Documents, and one that is called just the same.
SIMILAR_TITLES = ("Content Manager - Assetto Corsa", "Assetto Corsa Launcher", TITLE)

_SW_MINIMIZE, _SW_RESTORE = 6, 9
_SWP_NOSIZE, _SWP_NOMOVE, _SWP_NOACTIVATE = 0x1, 0x2, 0x10
_HWND_TOPMOST = -1
_LWA_ALPHA = 2
_WS_VISIBLE, _WS_POPUP = 0x10000000, 0x80000000
_PM_REMOVE = 1
_TH32CS_SNAPPROCESS = 2
_PROCESS_QUERY_LIMITED_INFORMATION = 0x1000

_user: Any = ctypes.WinDLL("user32")  # type: ignore[attr-defined]
_kernel: Any = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined]
_kernel.CreateToolhelp32Snapshot.restype = wintypes.HANDLE
_kernel.Process32FirstW.argtypes = _kernel.Process32NextW.argtypes = [wintypes.HANDLE, wintypes.LPVOID]
_kernel.OpenProcess.restype = wintypes.HANDLE
_kernel.QueryFullProcessImageNameW.argtypes = [wintypes.HANDLE, wintypes.DWORD, wintypes.LPWSTR, wintypes.LPVOID]
_kernel.GetPriorityClass.argtypes = _kernel.CloseHandle.argtypes = [wintypes.HANDLE]
_user.CreateWindowExW.restype = wintypes.HWND
_user.CreateWindowExW.argtypes = [
    wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD,
    *[ctypes.c_int] * 4, wintypes.HWND, wintypes.HMENU, wintypes.HINSTANCE, wintypes.LPVOID,
]  # fmt: skip
_user.SetWindowPos.argtypes = [wintypes.HWND, wintypes.HWND, *[ctypes.c_int] * 4, wintypes.UINT]
_user.ShowWindow.argtypes = [wintypes.HWND, ctypes.c_int]
_user.DestroyWindow.argtypes = [wintypes.HWND]
_user.GetClientRect.argtypes = [wintypes.HWND, ctypes.POINTER(wintypes.RECT)]
_user.ClientToScreen.argtypes = [wintypes.HWND, ctypes.POINTER(wintypes.POINT)]
_user.SetLayeredWindowAttributes.argtypes = [wintypes.HWND, wintypes.DWORD, wintypes.BYTE, wintypes.DWORD]
_user.GetWindowRect.argtypes = [wintypes.HWND, ctypes.POINTER(wintypes.RECT)]
_user.IsWindowVisible.argtypes = [wintypes.HWND]
_user.GetWindowThreadProcessId.argtypes = [wintypes.HWND, ctypes.POINTER(wintypes.DWORD)]
_user.GetWindowTextW.argtypes = [wintypes.HWND, wintypes.LPWSTR, ctypes.c_int]

_EnumCallback: Any = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)  # type: ignore[attr-defined]

_covers: list[int] = []


class RunningPython(NamedTuple):
    """A process that runs a Python."""

    id: int
    parent: int
    priority: int
    program: str


def game_window() -> int:
    """The window with the game's title that is not one of ours. Waits for it."""
    while not (found := _game_windows()):
        wait(1)
    return found[0]


def _game_windows() -> list[int]:
    found: list[int] = []

    def note(window: int, _: int) -> bool:
        title, process = ctypes.create_unicode_buffer(200), wintypes.DWORD()
        _user.GetWindowTextW(window, title, 200)
        _user.GetWindowThreadProcessId(window, ctypes.byref(process))
        if title.value == TITLE and process.value != _kernel.GetCurrentProcessId():
            found.append(window)
        return True

    _user.EnumWindows(_EnumCallback(note), 0)
    return found


def wait(seconds: int) -> None:
    """Let our windows live meanwhile."""
    message = wintypes.MSG()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        while _user.PeekMessageW(ctypes.byref(message), None, 0, 0, _PM_REMOVE):
            _user.DispatchMessageW(ctypes.byref(message))
        time.sleep(0.02)


def move(x: int, y: int) -> None:
    _user.SetWindowPos(game_window(), None, x, y, 0, 0, _SWP_NOSIZE | _SWP_NOACTIVATE)


def minimise() -> None:
    _user.ShowWindow(game_window(), _SW_MINIMIZE)


def restore() -> None:
    _user.ShowWindow(game_window(), _SW_RESTORE)


def similar(x: int, y: int) -> None:
    """Open the similar windows, in a column at that place."""
    for index, title in enumerate(SIMILAR_TITLES):
        _open(title, x, y + index * 220, 320, 200)


def beyond(pixels: int) -> None:
    """Move the game so that so many columns of its picture are beyond the left edge of the screen."""
    _, origin = _client_area()
    frame = wintypes.RECT()
    _user.GetWindowRect(game_window(), ctypes.byref(frame))
    move(frame.left - origin.x - pixels, frame.top)


def cover(style: int = 0, alpha: int = -1) -> None:
    """Lay a window of that extended style over the lower third of the game; `alpha`, if given, is that of all of it."""
    size, origin = _client_area()
    third = size.bottom // 3
    at = (origin.x, origin.y + size.bottom - third, size.right, third)
    window = _open("In the way", *at, extended_style=style)
    if alpha >= 0:
        _user.SetLayeredWindowAttributes(window, 0, alpha, _LWA_ALPHA)
    _user.SetWindowPos(window, _HWND_TOPMOST, 0, 0, 0, 0, _SWP_NOSIZE | _SWP_NOMOVE | _SWP_NOACTIVATE)
    _covers.append(window)


def _client_area() -> tuple[wintypes.RECT, wintypes.POINT]:
    """Size and place of the game's picture."""
    game, size, origin = game_window(), wintypes.RECT(), wintypes.POINT(0, 0)
    _user.GetClientRect(game, ctypes.byref(size))
    _user.ClientToScreen(game, ctypes.byref(origin))
    return size, origin


def uncover() -> None:
    """Move it aside rather than close it: without a window manager Wine would go on showing the closed window."""
    _user.SetWindowPos(_covers.pop(), None, 1700, 1000, 200, 100, _SWP_NOACTIVATE)


def processes() -> None:
    """Print each running Python: its id, its parent's, its priority class, its program."""
    for found in running_pythons():
        print("process", found.id, found.parent, found.priority, ascii(found.program), flush=True)


def running_pythons() -> Iterator[RunningPython]:
    """Every Python that Windows runs."""
    snapshot = _kernel.CreateToolhelp32Snapshot(_TH32CS_SNAPPROCESS, 0)
    entry = _ProcessEntry(size=ctypes.sizeof(_ProcessEntry))
    more = _kernel.Process32FirstW(snapshot, ctypes.byref(entry))
    while more:
        if entry.program.lower() in ("python.exe", "pythonw.exe"):
            handle = _kernel.OpenProcess(_PROCESS_QUERY_LIMITED_INFORMATION, False, entry.id)
            path, length = ctypes.create_unicode_buffer(1000), wintypes.DWORD(1000)
            _kernel.QueryFullProcessImageNameW(handle, 0, path, ctypes.byref(length))
            yield RunningPython(entry.id, entry.parent, _kernel.GetPriorityClass(handle), path.value)
            _kernel.CloseHandle(handle)
        more = _kernel.Process32NextW(snapshot, ctypes.byref(entry))
    _kernel.CloseHandle(snapshot)


def windows() -> None:
    """Print the title of each window that can be seen."""

    def tell(window: int, _: int) -> bool:
        title, size = ctypes.create_unicode_buffer(200), wintypes.RECT()
        _user.GetWindowTextW(window, title, 200)
        _user.GetClientRect(window, ctypes.byref(size))
        if _user.IsWindowVisible(window) and size.right and size.bottom:
            print("window", ascii(title.value), flush=True)
        return True

    _user.EnumWindows(_EnumCallback(tell), 0)


class _ProcessEntry(ctypes.Structure):
    """PROCESSENTRY32W."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("usage", wintypes.DWORD),
        ("id", wintypes.DWORD),
        ("heap", ctypes.c_size_t),
        ("module", wintypes.DWORD),
        ("threads", wintypes.DWORD),
        ("parent", wintypes.DWORD),
        ("base_priority", wintypes.LONG),
        ("flags", wintypes.DWORD),
        ("program", wintypes.WCHAR * 260),
    )


def _open(title: str, x: int, y: int, width: int, height: int, extended_style: int = 0) -> int:
    style = _WS_VISIBLE | _WS_POPUP
    place = (x, y, width, height)
    return int(_user.CreateWindowExW(extended_style, "STATIC", title, style, *place, None, None, None, None))


_STEPS: dict[str, Callable[..., None]] = {
    step.__name__: step for step in (wait, move, minimise, restore, similar, cover, uncover, processes, windows)
}


def main() -> None:
    for argument in sys.argv[1:]:
        name, *numbers = argument.split(":")
        _STEPS[name](*map(int, numbers))


if __name__ == "__main__":
    main()
