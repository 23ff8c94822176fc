"""Runs the double as a process of its own, for tests, demo and benchmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.environment import ROOT

from .root import prepare_root
from .scene import Scene
from .truth import read_truth


@dataclass
class Host:
    """One run of the double, alive or over."""

    root: Path
    process: subprocess.Popen[str]

    def wait(self, timeout: float = 120) -> int:
        """Wait for its end; its exit code."""
        try:
            self.output, _ = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.output, _ = self.process.communicate()
            raise
        return self.process.returncode

    @property
    def app(self) -> Path:
        return self.root / "apps" / "python" / "logger"

    @property
    def truth(self) -> dict[int, dict[str, float]]:
        return read_truth(self.root)

    @property
    def statistics(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.root / "host_stats.json").read_text(encoding="utf-8"))
        return loaded

    @property
    def panel(self) -> list[str]:
        """What the app's panel said, one line each time it changed: its texts from the button on."""
        return (self.root / "panel.txt").read_text(encoding="utf-8").splitlines()

    @property
    def py_log(self) -> list[str]:
        return (self.root / "logs" / "py_log.txt").read_text(encoding="ascii").splitlines()


def start_host(
    root: Path,
    scene: Scene,
    settings: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    python: list[str] | None = None,
) -> Host:
    """Make an AC root in `root`, put the app into it and start the double there."""
    prepare_root(root, ROOT, settings)
    script = root / "scene.json"
    script.write_text(scene.to_json(), encoding="utf-8")
    process = subprocess.Popen(
        [*(python or [sys.executable]), "-m", "tests.host", str(root), str(script)],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Host(root, process)


def run_host(root: Path, scene: Scene, settings: Mapping[str, object] | None = None, timeout: float = 120) -> Host:
    """The same, and wait for its end."""
    host = start_host(root, scene, settings)
    code = host.wait(timeout)
    assert code == 0, f"the double ended with {code}:\n{host.output}"
    return host
