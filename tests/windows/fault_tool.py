"""What other programs of a Windows machine do to a recording: hold files, scan them, end and suspend processes.

`python -m tests.windows.fault_tool ORDERS`: obeys the lines of that file as they come, each `[name, argument, ...]` in
JSON, and answers each with a line of JSON. Runs under Wine, so that what it does are Windows' own calls.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from ctypes import wintypes
from pathlib import Path
from typing import Any

from tests.windows.window_tool import beyond, cover, minimise, restore, running_pythons, uncover

_GENERIC_READ = 0x80000000
_OPEN_EXISTING = 3
_INVALID_HANDLE = ctypes.c_void_p(-1).value
_FILE_ATTRIBUTE_NORMAL = 0x80
_PROCESS_TERMINATE, _PROCESS_SUSPEND_RESUME, _SYNCHRONIZE = 0x1, 0x800, 0x100000
_LOOK_SECONDS = 0.001
_DEATH_MS = 5000

_kernel: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
_native: Any = ctypes.WinDLL("ntdll")  # type: ignore[attr-defined]
_kernel.CreateFileW.restype = ctypes.c_void_p
_kernel.CreateFileW.argtypes = [
    wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID, wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE,
]  # fmt: skip
_kernel.CloseHandle.argtypes = [ctypes.c_void_p]
_kernel.OpenProcess.restype = ctypes.c_void_p
_kernel.TerminateProcess.argtypes = [ctypes.c_void_p, wintypes.UINT]
_kernel.WaitForSingleObject.argtypes = [ctypes.c_void_p, wintypes.DWORD]
_native.NtSuspendProcess.argtypes = _native.NtResumeProcess.argtypes = [ctypes.c_void_p]

_held: dict[str, int] = {}


def hold(path: str, share: int) -> int:
    """Open the file and keep it open, letting others in only as `share` says. 0, or Windows' error."""
    handle = _open(path, share)
    if handle == _INVALID_HANDLE:
        return _last_error()
    _held[path] = handle
    return 0


def _open(path: str, share: int) -> Any:
    return _kernel.CreateFileW(path, _GENERIC_READ, share, None, _OPEN_EXISTING, _FILE_ATTRIBUTE_NORMAL, None)


def release(path: str) -> int:
    _kernel.CloseHandle(_held.pop(path))
    return 0


class Scanner:
    """A virus scanner: opens each file as it appears, keeps it for a while, and lets others in as `share` says."""

    def __init__(self, folder: str, share: int, seconds: float, every: int, suffix: str) -> None:
        self._folder, self._share, self._seconds, self._every = folder, share, seconds, every
        self._suffix = suffix
        self._seen = set(_names(folder))
        self._held: list[tuple[float, int]] = []
        self._goes_on = True
        self.counts = {"held": 0, "refused": 0}
        self._thread = threading.Thread(target=self._scan, daemon=True)
        self._thread.start()

    def _scan(self) -> None:
        while self._goes_on or self._held:
            now = time.perf_counter()
            while self._held and (self._held[0][0] <= now or not self._goes_on):
                _kernel.CloseHandle(self._held.pop(0)[1])
            for name in _names(self._folder) if self._goes_on else ():
                if name.endswith(self._suffix) and name not in self._seen:
                    self._look_into(name, now)
            time.sleep(_LOOK_SECONDS)

    def _look_into(self, name: str, now: float) -> None:
        self._seen.add(name)
        if len(self._seen) % self._every:
            return
        path = os.path.join(self._folder, name)  # noqa: PTH118 - a path of Windows
        handle = _open(path, self._share)
        if handle == _INVALID_HANDLE:
            self.counts["refused"] += 1
        else:
            self.counts["held"] += 1
            self._held.append((now + self._seconds, handle))

    def stop(self) -> dict[str, int]:
        self._goes_on = False
        self._thread.join()
        return self.counts


def _names(folder: str) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


_scanners: list[Scanner] = []


def scan(folder: str, share: int, seconds: float, every: int, suffix: str) -> int:
    _scanners.append(Scanner(folder, share, seconds, every, suffix))
    return 0


def stop_scan() -> dict[str, int]:
    """How many files were held, and how many could not be opened."""
    return _scanners.pop().stop()


def recorders(app: str) -> list[tuple[int, int]]:
    """Process and parent of each recorder that the app in this folder started."""
    program = (app + r"\runtime\python.exe").lower()
    return [(found.id, found.parent) for found in running_pythons() if found.program.lower() == program]


def terminate(*processes: int) -> int:
    """End them as the task manager does, all in one moment, and wait until they are dead."""
    handles = [_kernel.OpenProcess(_PROCESS_TERMINATE | _SYNCHRONIZE, False, process) for process in processes]
    for handle in handles:
        if not _kernel.TerminateProcess(handle, 1):
            return _last_error()
    for handle in handles:
        _kernel.WaitForSingleObject(handle, _DEATH_MS)
        _kernel.CloseHandle(handle)
    return 0


def suspend(process: int) -> int:
    return _with_process(process, _native.NtSuspendProcess)


def resume(process: int) -> int:
    return _with_process(process, _native.NtResumeProcess)


def _with_process(process: int, action: Callable[[int], int]) -> int:
    handle = _kernel.OpenProcess(_PROCESS_SUSPEND_RESUME, False, process)
    status = action(handle)
    _kernel.CloseHandle(handle)
    return status


def _last_error() -> int:
    return int(ctypes.get_last_error())  # type: ignore[attr-defined]


_ORDERS: dict[str, Callable[..., Any]] = {
    order.__name__: order
    for order in (
        *(hold, release, scan, stop_scan),
        *(recorders, terminate, suspend, resume),
        *(minimise, restore, beyond, cover, uncover),
    )
}


def main() -> None:
    print(json.dumps("ready"), flush=True)
    done = 0
    while True:
        # Opened each time: under Wine a file that was read to its end does not grow.
        with Path(sys.argv[1]).open("rb") as orders:
            orders.seek(done)
            lines = orders.readlines()
            done = orders.tell()
        for line in lines:
            name, *arguments = json.loads(line)
            if name == "quit":
                return
            print(json.dumps(_ORDERS[name](*arguments)), flush=True)
        time.sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    main()
