"""What the driver pays: `python -m tests.bench.game_time [--before COMMIT] [--json FILE] [--quick]`.

Both callbacks, `acUpdate` and the render callback, with the look that the app takes five times a second, of this
release and of one before, taking turns in one run. `tests.bench.in_game` is what is run.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from tests.environment import ROOT
from tests.host.root import APP_PARTS

# Release 1.0.0.
_BEFORE = "1863b0c"
_TIMES = ("update_p50", "render_p50", "both_p50", "both_mean", "both_p99")
_SHOWN = {
    "update_p50": "acUpdate, median",
    "render_p50": "render callback, median",
    "both_p50": "both, median",
    "both_mean": "both, mean",
    "both_p99": "both, 99th percentile",
}


def measure(before: str = _BEFORE, rounds: int = 5, ticks: int = 3000, cold_ticks: int = 300) -> dict[str, Any]:
    """{"before": figures, "now": figures}: milliseconds "tight" and "cold", calls of `ac`, bytecodes, memory."""
    with tempfile.TemporaryDirectory(prefix="synclogger-bench-") as name:
        folders = {"before": Path(name) / "before", "now": Path(name) / "now"}
        _take_out(before, folders["before"])
        _take_out(None, folders["now"])
        found: dict[str, Any] = {which: {"tight": [], "cold": []} for which in folders}
        for _ in range(rounds):
            for kind, count in (("tight", ticks), ("cold", cold_ticks)):
                for which, folder in folders.items():
                    found[which][kind].append(_run(folder, kind, count))
        for which, folder in folders.items():
            for kind in ("tight", "cold"):
                runs = found[which][kind]
                found[which][kind] = {key: statistics.median(run[key] for run in runs) for key in _TIMES}
            found[which].update(_run(folder, "counted", 120), calls=_run(folder, "calls", 120))
    return {"python": platform.python_version(), "before_is": before, **found}


def _take_out(commit: str | None, folder: Path) -> None:
    """The app's files of that commit, or as they stand here."""
    folder.mkdir()
    command = ["git", "archive", "--format=tar", commit or "HEAD", *APP_PARTS]
    if commit is None:
        listed = subprocess.run(["tar", "-c", *APP_PARTS], cwd=ROOT, capture_output=True, check=True).stdout
    else:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(listed)) as archive:
        archive.extractall(folder, filter="data")
    (folder / "settings.ini").write_text(f"[RECORDER]\nPYTHON = {sys.executable}\n", encoding="utf-8")


def _run(app: Path, kind: str, ticks: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="synclogger-bench-") as scratch:
        command = [sys.executable, "-m", "tests.bench.in_game", str(app), scratch, kind, str(ticks)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def print_table(found: dict[str, Any]) -> None:
    """Before, now, and now as a share of before."""
    print(f"\nTime in the game's frame while recording, in CPython {found['python']}; functions of `ac` at C speed.")
    print("`acUpdate` and the render callback, with the look that comes with every twelfth frame.\n")
    print(f"{'':<44}{found['before_is']:>12}{'now':>12}{'now / before':>16}")
    for kind, words in (("tight", "in a tight loop"), ("cold", "one tick each 16 ms, other work between")):
        print(words)
        for key, what in _SHOWN.items():
            _print_row(f"  {what}, ms", found["before"][kind][key], found["now"][kind][key], "{:.4f}")
    print("per tick")
    _print_row("  calls of ac", found["before"]["calls"]["all"], found["now"]["calls"]["all"], "{:.1f}")
    for name in found["before"]["calls"] | found["now"]["calls"]:
        if name != "all":
            calls = (found[which]["calls"].get(name, 0.0) for which in ("before", "now"))
            _print_row(f"    {name}", *calls, "{:.2f}")
    _print_row("  bytecodes", found["before"]["bytecodes"], found["now"]["bytecodes"], "{:.0f}")
    _print_row(
        "  most memory at once, bytes", found["before"]["bytes_at_once"], found["now"]["bytes_at_once"], "{:.0f}"
    )


def _print_row(what: str, before: float, now: float, form: str) -> None:
    share = f"{now / before:.2f}" if before else ""
    print(f"{what:<44}{form.format(before):>12}{form.format(now):>12}{share:>16}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.game_time", description=__doc__)
    parser.add_argument("--before", default=_BEFORE, metavar="COMMIT", help="the release to compare with (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="one short round instead of five")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every number to this file")
    arguments = parser.parse_args()
    effort = {"rounds": 1, "ticks": 1000, "cold_ticks": 100} if arguments.quick else {}
    found = measure(arguments.before, **effort)
    print_table(found)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
