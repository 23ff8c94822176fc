"""Notices when the recorder has to end: the game is gone, or someone asks."""

import os
import signal
import sys
import threading
import time
from types import FrameType

from ..captures.vocabulary import Ended
from ..link.mapped_file import RecorderLink

_PARENT_INTERVAL = 0.5
# Where neither the game's process nor standard input can be watched, so long without a tick is the end of the game.
# A session that loads, or a pause, is shorter.
_SILENT_SECONDS = 600.0


class Life:
    """Watches the game's process, the standard input that it holds open, the link, and the signals.

    A sign that can't be watched says nothing: Windows may let nobody open the game's process, and a process id of
    another container names nothing here. The others decide then.
    """

    def __init__(self, link: RecorderLink, parent: int) -> None:
        self._link = link
        self._parent = _Process(parent)
        self._parent_at = float("-inf")
        self._hears_stdin = sys.stdin is not None
        self._newest_tick = -1
        self._ticked_at = float("-inf")
        self._ended: Ended | None = None
        for name in ("SIGTERM", "SIGINT", "SIGBREAK", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                signal.signal(number, self._on_signal)
        if self._hears_stdin:
            threading.Thread(target=self._read_until_closed, name="stdin", daemon=True).start()

    def ended(self, now: float) -> Ended | None:
        """Why the recorder has to end; None as long as it doesn't."""
        if not self._ended and self._link.is_closing():
            self._ended = Ended.GAME_ENDED
        if not self._ended and now >= self._parent_at:
            self._parent_at = now + _PARENT_INTERVAL
            if self._parent.has_ended() or self._is_silent(now):
                self._ended = Ended.GAME_ENDED
        return self._ended

    def _is_silent(self, now: float) -> bool:
        """Whether ticks, as the last sign that is left, have stopped for good."""
        newest = self._link.newest_tick()
        if newest != self._newest_tick:
            self._newest_tick, self._ticked_at = newest, now
        can_tell = self._parent.is_known or self._hears_stdin
        return not can_tell and now - self._ticked_at > _SILENT_SECONDS

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._ended = Ended.RECORDER_STOPPED

    def _read_until_closed(self) -> None:
        """The game never writes; the end of its end of the pipe is the end of the game."""
        try:
            while os.read(sys.stdin.fileno(), 4096):
                time.sleep(0.01)
        except (OSError, ValueError):
            # No standard input at all; the other signs have to do.
            self._hears_stdin = False
            return
        self._ended = self._ended or Ended.GAME_ENDED


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
            # Nothing where it is protected or belongs to another user.
            self._handle = self._kernel.OpenProcess(_SYNCHRONIZE, False, process_id)
            self.is_known = bool(self._handle)

        def has_ended(self) -> bool:
            return self.is_known and self._kernel.WaitForSingleObject(self._handle, 0) == _WAIT_OBJECT_0

else:
    _NICE = 5

    def stand_back() -> None:
        """Run below normal priority: the game wins."""
        os.nice(_NICE)

    class _Process:
        """A process, known by its id."""

        def __init__(self, process_id: int) -> None:
            self._id = process_id
            self.is_known = self._is_there()

        def has_ended(self) -> bool:
            """Whether a process that was there is no more. One that never was may be beyond this container."""
            return self.is_known and not self._is_there()

        def _is_there(self) -> bool:
            try:
                os.kill(self._id, 0)
            except ProcessLookupError:
                return False
            except PermissionError:
                return True
            return True
