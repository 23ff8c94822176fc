"""A real Dask cluster on this machine: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.environment import ROOT


class Cluster:
    """Its scheduler, and the workers that were started so far. Each can be killed by its number."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.workers: list[subprocess.Popen[str]] = []
        self.scheduler = self._start("scheduler", ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"])
        self.address = _told(self.scheduler, r"(tcp://127\.0\.0\.1:\d+)")

    def add_worker(
        self, *, python: str = sys.executable, cwd: Path = ROOT, nanny: bool = True, threads: int = 1
    ) -> None:
        """One worker, ready when this returns. A nanny starts it again where it dies."""
        kind = ["--nanny"] if nanny else ["--no-nanny"]
        command = [self.address, "--nthreads", str(threads), "--no-dashboard", *kind, "--death-timeout", "60"]
        worker = self._start("worker", [*command, "--local-directory", str(self._folder)], python, cwd)
        self.workers.append(worker)
        _told(worker, r"Registered to:\s+(\S+)")

    def kill_scheduler(self) -> None:
        """As if its machine had failed."""
        self.scheduler.kill()
        self.scheduler.wait()

    def close(self) -> None:
        """End all of it: first the workers, which would look for their scheduler for seconds. A nanny ends its own."""
        _end(self.workers)
        _end([self.scheduler])

    def _start(
        self, what: str, arguments: list[str], python: str = sys.executable, cwd: Path = ROOT
    ) -> subprocess.Popen[str]:
        command = [python, "-W", "ignore", "-m", f"distributed.cli.dask_{what}", *arguments]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.Popen(
            command, cwd=cwd, env=clean, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip


def _end(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _told(process: subprocess.Popen[str], pattern: str) -> str:
    """What the process tells of itself; reads on behind it, so that it never waits for a reader."""
    assert process.stderr is not None
    told = []
    for line in process.stderr:
        told.append(line)
        found = re.search(pattern, line)
        if found:
            threading.Thread(target=_drain, args=(process.stderr,), daemon=True).start()
            return found[1]
    raise RuntimeError(f"it ended: {''.join(told)}")


def _drain(pipe: IO[str]) -> None:
    with pipe:
        for _ in pipe:
            pass


@contextmanager
def started(workers: int) -> Iterator[Cluster]:
    """A cluster of so many workers, gone in the end."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder))
        try:
            for _ in range(workers):
                cluster.add_worker()
            yield cluster
        finally:
            cluster.close()
