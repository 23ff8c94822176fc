"""In CI every test runs: one that is skipped, deselected or not even collected is an error there.

On Windows what is declared to be another system's, by `skipif` or by a module that skips itself, is left out and listed
with its reason, in CI too.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

_ON_WINDOWS = os.name == "nt"


def pytest_configure(config: pytest.Config) -> None:
    if "CI" in os.environ:
        config.pluginmanager.register(_EveryTestRuns(config))


class _EveryTestRuns:
    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._deselected: list[str] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.skipped and not (_ON_WINDOWS and item.get_closest_marker("skipif")):
            _refuse(report)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if report.skipped and not _ON_WINDOWS:
            _refuse(report)
        return report

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self._deselected += [item.nodeid for item in items]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if self._deselected:
            raise pytest.UsageError(f"in CI every test runs, but these were deselected: {self._deselected}")
        if self._config.args_source == pytest.Config.ArgsSource.TESTPATHS and not session.testsfailed:
            self._refuse_files_left_out({item.path for item in session.items})

    def _refuse_files_left_out(self, collected: set[Path]) -> None:
        """A file may be there and never be looked at: `norecursedirs` leaves out whole folders."""
        root = self._config.rootpath
        places = [root / place for place in self._config.getini("testpaths")]
        there = {path for place in places for path in place.rglob("test_*.py")}
        left_out = sorted(path.relative_to(root).as_posix() for path in there - collected)
        if left_out and not _ON_WINDOWS:
            raise pytest.UsageError(f"in CI every test runs, but nothing was collected from {left_out}")


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid}: in CI every test runs. {reason}"
