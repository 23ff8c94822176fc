"""The demo itself, inside the tests' environment."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from lib.captures.lock import FolderBusyError, FolderLock
from lib.captures.names import DATA_FILE
from tests import environment
from tests.contact_sheet import write_contact_sheet
from tests.end_to_end.captures import COLUMNS, Captures, Row
from tests.host.run import Host, start_host
from tests.host.scene import Scene, two_takes

_SHOWN_ROWS = 4
_PROGRESS_SECONDS = 1.0


def run_demo(seconds: float, captures: Path) -> int:
    """Start, drive, Stop, Start again, Stop, quit; then say what there is. 0 when both takes were recorded."""
    _check_folder(captures)
    before = _takes(captures)
    display = None if environment.ON_WINDOWS or "DISPLAY" in os.environ else environment.start_display()
    try:
        if display:
            os.environ["DISPLAY"] = display.name
        with tempfile.TemporaryDirectory(prefix="synclogger-demo-", ignore_cleanup_errors=True) as folder:
            scene = Scene(events=two_takes(seconds / 2, seconds / 2), lap_seconds=max(12.0, seconds * 2 / 3))
            host = start_host(Path(folder), scene, {"CAPTURE.OUTPUT_FOLDER": captures})
            print(f"Driving {seconds:g} s in the double of Assetto Corsa, recording into {captures}", flush=True)
            code = _watch(host, captures, before)
    finally:
        if display:
            display.stop()
    if code != 0:
        environment.say(f"The double of the game ended with {code}:\n{host.output}")
        return 1
    recorded = sorted(set(_takes(captures)) - set(before))
    _tell(captures, recorded)
    if len(recorded) != 2:
        environment.say(f"Two takes should have been recorded, it is {len(recorded)}")
        return 1
    return 0


def _check_folder(captures: Path) -> None:
    """Raise SetupError where this user can't record into it, as where another one did."""
    try:
        captures.mkdir(parents=True, exist_ok=True)
        with FolderLock(captures), tempfile.TemporaryFile(dir=captures):
            if (captures / DATA_FILE).exists():
                (captures / DATA_FILE).open("ab").close()
    except FolderBusyError as error:
        raise environment.SetupError(str(error)) from error
    except OSError as error:
        raise environment.SetupError(
            f"can't record into {captures} ({error.strerror or error}): name a folder of your own with --captures DIR"
        ) from error


def _watch(host: Host, captures: Path, before: Counter[int]) -> int:
    """Show progress until the double ends. Its exit code."""
    began = time.monotonic()
    shown: Counter[int] = Counter()
    while host.process.poll() is None:
        time.sleep(_PROGRESS_SECONDS)
        new = _takes(captures) - before
        if new != shown:
            shown = new
            takes = ", ".join(f"take {take:02}: {count} pictures" for take, count in sorted(new.items()))
            print(f"  {time.monotonic() - began:4.0f} s   {takes}", flush=True)
    return host.wait(timeout=10)


def _takes(captures: Path) -> Counter[int]:
    """How many rows each take has."""
    if not (captures / "data.csv").exists():
        return Counter()
    return Counter(row.take for row in Captures(captures).rows)


def _tell(captures: Path, takes: list[int]) -> None:
    found = Captures(captures)
    rows = [row for row in found.rows if row.take in takes]
    print(f"\n{captures} holds:")
    for take, count in sorted(_takes(captures).items()):
        said = found.take(take)
        rate, ticks = said["rates"]["pictures_per_second"], said["ticks"]["total"]
        mark = "" if take in takes else "   (from before)"
        print(f"  {take:02}_000001.jpg … {take:02}_{count:06}.jpg   {rate:.1f} pictures a second{mark}")
        print(f"  {take:02}_take.json, {take:02}_ticks.csv   {ticks} ticks of the game, each accounted for")
    print(f"  data.csv   {len(found.rows)} rows, one per picture\n")
    if not rows:
        return
    _print_rows(rows)
    sheet = captures.parent / "demo_contact_sheet.jpg"
    try:
        count = write_contact_sheet(captures, rows, sheet)
    except OSError as error:
        environment.say(f"The sheet with pictures can't be written to {sheet} ({error.strerror or error})")
        return
    print(f"\nOpen {sheet} to see {count} of the pictures.")


def _print_rows(rows: list[Row]) -> None:
    """Some rows, turned: one line for each column."""
    chosen = [rows[index * (len(rows) - 1) // (_SHOWN_ROWS - 1)] for index in range(_SHOWN_ROWS)]
    print("Some rows of data.csv, one below the other here, each with the letter and name of its column:")
    for index, name in enumerate(COLUMNS):
        values = "".join(f"{row.cells[index]:>21}" for row in chosen)
        print(f"  {'ABCDEFGHIJKLMNO'[index]}  {name:<20}{values}")
