"""The double of the game, whose process its recorder can't open: `tests.host`, which tells an id that is no process.

Wine lets everybody open every process; to the recorder a guarded one of Windows looks just like this.
"""

from __future__ import annotations

import os
import runpy

NO_PROCESS = 0x7FFFFFF0

if __name__ == "__main__":
    os.getpid = lambda: NO_PROCESS
    runpy.run_module("tests.host", run_name="__main__", alter_sys=True)
