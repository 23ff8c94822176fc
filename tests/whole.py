"""All tests, in two sessions of pytest: those that compute on all cores, then those that take their time one by one.

What records with a game in real time needs the machine for itself: its encoders only get what nobody else wants. A
machine that others use too may take it away for a second. So the few tests that fail are run once more, each by itself
and behind all others, and the last line names them: whoever fails twice is broken, and so are many at once.
"""

from __future__ import annotations

import time
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
_OUTCOMES = ("failed", "passed", "skipped", "error")
_OF_A_TEST = ("setup", "call", "teardown")


class _Count:
    """How the tests of one session ended."""

    def __init__(self) -> None:
        self.outcomes: dict[str, int] = {}
        self.failed: list[str] = []  # their node ids, each once
        self.may_pass_again = True

    def pytest_configure(self, config: pytest.Config) -> None:
        if config.getoption("maxfail"):  # the others were never run
            self.may_pass_again = False

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for outcome in _OUTCOMES:
            reports = terminalreporter.stats.get(outcome, ())
            self.outcomes[outcome] = len(reports)
            if outcome in ("failed", "error"):
                self.failed = list(dict.fromkeys([*self.failed, *(report.nodeid for report in reports)]))
                # Else it is a file that can't be read, or a process that died with tests that nobody ran.
                self.may_pass_again &= all(getattr(report, "when", None) in _OF_A_TEST for report in reports)
        self.may_pass_again &= len(self.failed) <= _MOST_AGAIN


def test_files() -> tuple[list[Path], list[Path]]:
    """(those that compute, those in real time): every file of tests is in one of the two."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    computing = [ROOT / "tests" / name for name in _COMPUTING]
    units = (path for path in files if path.is_relative_to(ROOT / "tests" / "unit"))
    computing += [path for path in units if path not in [ROOT / name for name in RECORDING]]
    return computing, [path for path in files if path not in computing]


def run(arguments: list[str]) -> int:
    """Run all tests with these arguments of pytest. Returns the worst of the sessions' exit codes."""
    began, codes, counts = time.monotonic(), list[int](), list[_Count]()
    computing, in_real_time = test_files()
    on_all_cores = ["-n", str(cores()), "--dist", "loadfile", "--no-loadscope-reorder"]
    for files, more in ((computing, on_all_cores), (in_real_time, [])):
        _session([*more, *arguments, *map(str, files)], codes, counts)
        if codes[-1] == pytest.ExitCode.INTERRUPTED:
            break
    worst = max(codes)
    total = {outcome: sum(count.outcomes.get(outcome, 0) for count in counts) for outcome in _OUTCOMES}
    told = ", ".join(f"{number} {outcome}" for outcome, number in total.items() if number)
    failed = [node_id for count in counts for node_id in count.failed]
    may_pass_again = all(count.may_pass_again for count in counts) and len(failed) <= _MOST_AGAIN
    if worst == pytest.ExitCode.TESTS_FAILED and failed and may_pass_again:
        print(f"== once more, behind all others: {', '.join(failed)} ==", flush=True)
        _session([*arguments, *failed], codes, counts)
        passed = counts[-1].outcomes.get("passed", 0)
        told += f"; run once more: {passed} of {len(failed)} passed ({', '.join(failed)})"
        worst = codes[-1] if passed == len(failed) else max(codes)
    print(f"== both sessions: {told or 'no tests'} in {time.monotonic() - began:.0f} s ==")
    return worst


def _session(arguments: list[str], codes: list[int], counts: list[_Count]) -> None:
    """Run these tests, and note how that ended."""
    counts.append(_Count())
    codes.append(int(pytest.main(["--rootdir", str(ROOT), *arguments], plugins=[counts[-1]])))
