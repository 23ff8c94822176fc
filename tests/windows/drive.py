"""A drive under Wine that a test steers while it goes: the double of the game, and the tool that does the faults."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.captures import Captures
from tests.environment import ROOT
from tests.host.run import Host
from tests.host.scene import Scene
from tests.windows.wine import Wine, host_python

SIZE = (480, 270)
# What the panel says of a recorder that is gone.
ENDED, SILENT = "The recorder ended", "does not answer"
# Within so long the panel has to name the reason.
TELL_SECONDS = 2.0
# Windows processes take longer to start here.
_START_SECONDS = 30.0
_ANSWER_SECONDS = 15.0
_LOOK_SECONDS = 0.01
# In the panel's full form, and in its small one.
_RECORDING = re.compile(
    r"Recording take \d+ [1-9]\d* pictures, .* sync by strip( [\d.]+ MB/s.*)?$|^Stop Recording [1-9]\d* pictures"
)
_COUNTED = re.compile(r"take (\d+) \| (\d+) pictures|^Stop Recording \| (\d+) pictures", re.MULTILINE)


class FaultTool:
    """The running `fault_tool`. A call is an order; what it gives is the answer."""

    def __init__(self, wine: Wine, folder: Path) -> None:
        self._wine = wine
        self._orders, self._log = folder / "tool_orders.txt", folder / "tool_answers.txt"
        self._orders.touch()
        self._answered = 0
        arguments = ("-X", "utf8", "-m", "tests.windows.fault_tool", wine.windows_path(self._orders))
        self._process = wine.start(host_python(), *arguments, log=self._log, folder=ROOT)
        assert self._next_answer(_START_SECONDS) == "ready"

    def __call__(self, name: str, *arguments: Any) -> Any:
        """Paths are given as those of this machine."""
        told = [self._wine.windows_path(value) if isinstance(value, Path) else value for value in arguments]
        with self._orders.open("a", encoding="utf-8") as file:
            file.write(json.dumps([name, *told]) + "\n")
        return self._next_answer(_ANSWER_SECONDS)

    def _next_answer(self, seconds: float) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self._log.read_text(encoding="utf-8") if self._log.exists() else ""
            whole = text.splitlines()[: text.count("\n")]
            if len(whole) > self._answered:
                self._answered += 1
                return json.loads(whole[self._answered - 1])
            time.sleep(_LOOK_SECONDS)
        raise AssertionError(f"the tool does not answer: {self._log.read_text(encoding='utf-8')}")

    def close(self) -> None:
        with self._orders.open("a", encoding="utf-8") as file:
            file.write('["quit"]\n')
        self._process.wait(_ANSWER_SECONDS)

    @contextmanager
    def holding(self, path: Path, share: int) -> Iterator[None]:
        """Another program has the file open."""
        assert self("hold", path, share) == 0
        try:
            yield
        finally:
            self("release", path)

    @contextmanager
    def covering(self, *style: int) -> Iterator[None]:
        """A window lies over a part of the game, beside the panel: of an extended style, and with an alpha."""
        self("cover", *style)
        try:
            yield
        finally:
            self("uncover")

    @contextmanager
    def scanning(self, folder: Path, share: int, seconds: float, every: int, suffix: str) -> Iterator[dict[str, int]]:
        """A virus scanner looks into every so-many-th fresh file. Afterwards: how many it held."""
        counts: dict[str, int] = {}
        self("scan", folder, share, seconds, every, suffix)
        try:
            yield counts
        finally:
            counts.update(self("stop_scan"))


@dataclass
class Drive:
    """One running double."""

    host: Host
    tool: FaultTool
    captures: Captures

    @classmethod
    def start(
        cls, wine: Wine, app: Path, tool: FaultTool, captures: Path | None = None, game: str = "tests.host"
    ) -> Drive:
        """Start the game into which this app is unpacked. Where it records to is its own folder or `captures`."""
        root = app.parents[2]
        (root / "panel.txt").unlink(missing_ok=True)
        (root / "orders.txt").write_bytes(b"")
        (root / "scene.json").write_text(Scene(size=SIZE, obeys=True).to_json(), encoding="utf-8")
        places = [wine.windows_path(root), wine.windows_path(root / "scene.json")]
        arguments = ("-X", "utf8", "-m", game, *places)
        process = wine.start(host_python(), *arguments, log=root / "host_output.txt", folder=ROOT)
        return cls(Host(root, process), tool, Captures(captures or app / "captures"))

    def do(self, event: str, value: Any = None) -> None:
        """Have something happen in the game."""
        with (self.host.root / "orders.txt").open("a", encoding="utf-8") as file:
            file.write(json.dumps([event, value]) + "\n")

    @property
    def panel(self) -> str:
        """What the panel says now, in one line."""
        path = self.host.root / "panel.txt"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return lines[-1].replace(" | ", " ") if lines else ""

    def wait_panel(self, *words: str, seconds: float = TELL_SECONDS) -> float:
        """Wait until the panel says one of these; returns the seconds that took."""
        return self.wait(lambda: any(word in self.panel for word in words), f"panel: {' / '.join(words)}", seconds)

    def wait(self, condition: Callable[[], bool], what: str, seconds: float) -> float:
        started = time.perf_counter()
        while not condition():
            took = time.perf_counter() - started
            if took > seconds:
                log = (self.host.app / "recorder.log").read_text(encoding="utf-8", errors="replace")
                raise AssertionError(f"not within {seconds} s: {what}; the panel says {self.panel!r}; log: {log}")
            time.sleep(_LOOK_SECONDS)
        return time.perf_counter() - started

    def wait_ready(self) -> None:
        self.wait_panel("Ready", seconds=_START_SECONDS)

    def begin(self) -> None:
        """Press Start and wait for the first pictures."""
        self.do("click")
        self.wait_recording(_START_SECONDS)

    def wait_recording(self, seconds: float = TELL_SECONDS) -> float:
        """Wait until pictures are being saved."""
        return self.wait(lambda: bool(_RECORDING.search(self.panel)), "pictures are being saved", seconds)

    def stop(self) -> None:
        """Press Stop and wait until the take is closed."""
        self.do("click")
        self.wait_panel("saved:", seconds=_START_SECONDS)
        self.wait(lambda: self.last_take()["how_it_ended"] != "open", "take closed", _START_SECONDS)

    def stop_if_recording(self) -> None:
        """After a test that failed on its way: leave the others a game that stands ready."""
        if self.panel.startswith("Stop Recording"):
            self.do("click")
            self.wait_panel("Ready", ENDED, SILENT, seconds=_START_SECONDS)

    def last_take(self) -> dict[str, Any]:
        """What the highest NN_take.json says."""
        number = max(int(path.name.split("_")[0]) for path in self.captures.folder.glob("*_take.json"))
        return self.captures.take(number)

    def acknowledged(self) -> tuple[int, int]:
        """The last take that panel or NN_take.json told of, and how many pictures they say are saved in it."""
        takes = [self.last_take()] if list(self.captures.folder.glob("*_take.json")) else []
        told = [(take["take"], take["frames_saved"]) for take in takes]
        text = (self.host.root / "panel.txt").read_text(encoding="utf-8")
        number = 0
        for take, saved, saved_too in _COUNTED.findall(text):
            number = int(take or number)  # the small form doesn't say which take it is: the one that was told last
            told.append((number, int(saved or saved_too)))
        return max(told, default=(0, 0))

    def recorder(self) -> int:
        """The Windows process id of the one recorder of this game."""
        ((process, _),) = self.tool("recorders", self.host.app)
        return int(process)

    def quit(self) -> None:
        """Leave the session."""
        self.do("quit")
        code = self.host.process.wait(timeout=30)
        output = (self.host.root / "host_output.txt").read_text(encoding="utf-8", errors="replace")
        assert code == 0, output
        assert self.host.statistics["violations"] == []
