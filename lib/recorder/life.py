"""Notices when the recorder has to end: the game is gone, or someone asks."""

import os
import signal
import sys
import threading
import time
from types import FrameType

from ..link.mapped_file import RecorderLink

GAME_ENDED = "game_ended"
RECORDER_STOPPED = "recorder_stopped"
_PARENT_INTERVAL = 0.5


class Life:
    """Watches the game's process, the standard input that it holds open, the link, and the signals."""

    def __init__(self, link: RecorderLink, parent: int) -> None:
        self._link = link
        self._parent = _Process(parent)
        self._parent_at = float("-inf")
        self._ended = ""
        for name in ("SIGTERM", "SIGINT", "SIGBREAK", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                signal.signal(number, self._on_signal)
        if sys.stdin is not None:
            threading.Thread(target=self._read_until_closed, name="stdin", daemon=True).start()

    def ended(self, now: float) -> str:
        """Why the recorder has to end; "" as long as it doesn't."""
        if not self._ended and self._link.is_closing():
            self._ended = GAME_ENDED
        if not self._ended and now >= self._parent_at:
            self._parent_at = now + _PARENT_INTERVAL
            if not self._parent.is_alive():
                self._ended = GAME_ENDED
        return self._ended

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._ended = RECORDER_STOPPED

    def _read_until_closed(self) -> None:
        """The game never writes; the end of its end of the pipe is the end of the game."""
        try:
            while os.read(sys.stdin.fileno(), 4096):
                time.sleep(0.01)
        except (OSError, ValueError):
            # No standard input at all; the other signs have to do.
            return
        self._ended = self._ended or GAME_ENDED


if sys.platform == "win32":
    import ctypes

    _SYNCHRONIZE = 0x00100000
    _WAIT_OBJECT_0 = 0
    _BELOW_NORMAL_PRIORITY_CLASS = 0x4000

    def stand_back() -> None:
        """Run below normal priority: the game wins. It asks for that at the launch, which Wine does not heed."""
        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        kernel.SetPriorityClass.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL_PRIORITY_CLASS)

    class _Process:
        """A process, held by a handle: its id may be given to another one once it is dead."""

        def __init__(self, process_id: int) -> None:
            self._kernel = ctypes.WinDLL("kernel32")
            self._kernel.OpenProcess.restype = ctypes.c_void_p
            self._kernel.WaitForSingleObject.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
            self._handle = self._kernel.OpenProcess(_SYNCHRONIZE, False, process_id)

        def is_alive(self) -> bool:
            return bool(self._handle) and self._kernel.WaitForSingleObject(self._handle, 0) != _WAIT_OBJECT_0

else:
    _NICE = 5

    def stand_back() -> None:
        """Run below normal priority: the game wins."""
        os.nice(_NICE)

    class _Process:
        """A process, known by its id."""

        def __init__(self, process_id: int) -> None:
            self._id = process_id

        def is_alive(self) -> bool:
            try:
                os.kill(self._id, 0)
            except ProcessLookupError:
                return False
            except PermissionError:
                return True
            return True
