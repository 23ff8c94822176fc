"""How a thread gives way: it takes of the processor only what nobody else wants."""

import os
import sys

if sys.platform == "win32":
    import ctypes

    # The lowest but one: of a process below normal that is what an idle process has. The lowest can starve for good.
    _THREAD_PRIORITY_LOWEST = -2

    def give_way() -> None:
        """Let every other thread of the machine go first. For the thread that calls it."""
        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentThread.restype = ctypes.c_void_p
        kernel.SetThreadPriority.argtypes = (ctypes.c_void_p, ctypes.c_int)
        kernel.SetThreadPriority(kernel.GetCurrentThread(), _THREAD_PRIORITY_LOWEST)

elif sys.platform == "linux":

    def give_way() -> None:
        """Let every other thread of the machine go first. For the thread that calls it; there is no way back."""
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))

else:

    def give_way() -> None:
        """Nothing is known here that does so for one thread."""
