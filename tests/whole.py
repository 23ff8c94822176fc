"""All tests, in two sessions of pytest: those that compute on all cores, then those that take their time one by one.

What records with a game in real time needs the machine for itself: its encoders only get what nobody else wants. A
machine that others use too may take it away for a second. So the few tests that fail are run once more, each by itself
and behind all others, and the last line names them: whoever fails twice is broken, and so are many at once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from lib.recordings.workers import cores
from tests.environment import ROOT

# Beside tests/unit; the longest first, so that no core waits for one in the end. Each file stays in one process.
_COMPUTING = (
    "end_to_end/test_versions.py", "end_to_end/test_export_lerobot.py", "end_to_end/test_export_datasets.py",
    "windows/test_workflow_units.py", "end_to_end/test_cluster.py", "end_to_end/test_export_s3.py",
    "end_to_end/test_report_page.py", "end_to_end/test_wheel.py", "end_to_end/test_install.py",
)  # fmt: skip
# Of tests/unit: they record what a window shows, in real time.
RECORDING = ("tests/unit/recorder/test_session.py", "tests/unit/recorder/test_panel_is_masked.py")


# More than so many that fail are no moment of a busy machine.
_MOST_AGAIN = 4


class _Count:
    """How the tests of one session ended."""

    def __init__(self) -> None:
        self.outcomes: dict[str, int] = {}
        self.failed: list[str] = []  # their node ids, each once

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for outcome in ("failed", "passed", "skipped", "error"):
            reports = terminalreporter.stats.get(outcome, ())
            self.outcomes[outcome] = len(reports)
            if outcome in ("failed", "error"):
                self.failed = list(dict.fromkeys([*self.failed, *(report.nodeid for report in reports)]))


def test_files() -> tuple[list[Path], list[Path]]:
    """(those that compute, those in real time): every file of tests is in one of the two."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    computing = [ROOT / "tests" / name for name in _COMPUTING]
    units = (path for path in files if path.is_relative_to(ROOT / "tests" / "unit"))
    computing += [path for path in units if path not in [ROOT / name for name in RECORDING]]
    return computing, [path for path in files if path not in computing]


def run(arguments: list[str]) -> int:
    """Run all tests with these arguments of pytest. Returns the worst of the sessions' exit codes."""
    began, total = time.monotonic(), dict[str, int]()
    codes, failed = [int(pytest.ExitCode.OK)], list[str]()
    computing, in_real_time = test_files()
    on_all_cores = ["-n", str(cores()), "--dist", "loadfile", "--no-loadscope-reorder"]
    for files, more in ((computing, on_all_cores), (in_real_time, [])):
        code, count = _session([*more, *arguments, *map(str, files)])
        codes.append(code)
        failed += count.failed
        for outcome, number in count.outcomes.items():
            total[outcome] = total.get(outcome, 0) + number
        if code == pytest.ExitCode.INTERRUPTED:
            break
    told = ", ".join(f"{number} {outcome}" for outcome, number in total.items() if number)
    if max(codes) == pytest.ExitCode.TESTS_FAILED and deserve_another_run(failed, arguments):
        print(f"== once more, behind all others: {', '.join(failed)} ==", flush=True)
        code, count = _session([*arguments, *failed])
        codes = [code]
        told += f"; run once more: {count.outcomes['passed']} of {len(failed)} passed ({', '.join(failed)})"
    print(f"== both sessions: {told or 'no tests'} in {time.monotonic() - began:.0f} s ==")
    return max(codes)


def deserve_another_run(failed: Sequence[str], arguments: Sequence[str]) -> bool:
    """Whether these node ids may have failed because the machine was taken away for a moment."""
    return 0 < len(failed) <= _MOST_AGAIN and "-x" not in arguments


def _session(arguments: list[str]) -> tuple[int, _Count]:
    count = _Count()
    return int(pytest.main(["--rootdir", str(ROOT), *arguments], plugins=[count])), count
