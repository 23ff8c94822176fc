"""The game of the kill tests, a process of its own: drives, and at a given moment kills itself, the recorder or both.

`python -m tests.faults.killed_game PLAN`, the plan as JSON. Its last act writes what the recorder had acknowledged.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from lib.link import mapped_file
from tests.faults.game import HandGame

# Phase by phase: how many ticks, and which take they belong to. The last phase is the end of the game.
SCRIPT = (("recording", 45, 1), ("stop", 15, 0), ("recording_again", 20, 2), ("change", 20, 3), ("idle", 10, 0))
PHASES = ("launch", "recording", "stop", "change", "end")


class Killer:
    """Kills `victims` a given time after a phase began."""

    def __init__(self, game: HandGame, plan: dict[str, Any]) -> None:
        self._game, self._plan = game, plan
        self._at = float("inf")

    def phase(self, name: str) -> None:
        if name == self._plan["phase"]:
            self._at = time.perf_counter() + self._plan["delay"]

    def strike_if_due(self) -> None:
        if time.perf_counter() + 0.01 >= self._at:
            time.sleep(max(0.0, self._at - time.perf_counter()))
            self.strike()

    def strike(self) -> None:
        status = self._game.link.status() or self._game.last_status
        told = {"take": status.take_number, "saved": status.frames_saved} if status else {"take": 0, "saved": 0}
        told["recorder"] = self._game.recorder.pid
        Path(self._plan["told"]).write_text(json.dumps(told), encoding="utf-8")
        if "recorder" in self._plan["victims"]:
            self._game.recorder.kill()  # may have ended by itself just now
        if "game" in self._plan["victims"]:
            os.kill(os.getpid(), signal.SIGKILL)
        self._game.recorder.wait(10)
        sys.exit(0)


def main() -> None:
    plan = json.loads(sys.argv[1])
    game = HandGame(Path(plan["captures"]), Path(plan["scratch"]), os.environ["DISPLAY"], tuple(plan["size"]))
    killer = Killer(game, plan)
    killer.phase("launch")
    while game.last_status is None or game.last_status.state != mapped_file.READY:
        game.step()
        killer.strike_if_due()
    for name, count, take in SCRIPT:
        killer.phase(name)
        for _ in range(count):
            game.step(take)
            killer.strike_if_due()
    killer.phase("end")
    game.link.ask_to_close()
    while game.recorder.poll() is None:
        killer.strike_if_due()
        time.sleep(0.001)
    killer.strike()  # it ended before its time to be killed


if __name__ == "__main__":
    main()
