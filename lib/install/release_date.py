"""The date that a release gives its files: that of its commit, so that the same commit makes the same bytes.

Not one date for all releases: Python takes a compiled file for current while the time and the size of its source are
those it was made from. A new source of the same size would run as the old one.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..errors import UserError

_VARIABLE = "SOURCE_DATE_EPOCH"
# What a zip can hold.
_FIRST = datetime(1980, 1, 1, tzinfo=UTC)
_LAST = datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)
# Where nothing tells the date. Any day would do, as long as it is the same everywhere.
_UNKNOWN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ReleaseDate:
    """A moment that a zip can hold, in UTC, and what it is taken from."""

    moment: datetime
    source: str

    @property
    def in_zip(self) -> tuple[int, int, int, int, int, int]:
        found = self.moment
        return found.year, found.month, found.day, found.hour, found.minute, found.second

    def __str__(self) -> str:
        return f"{self.moment:%Y-%m-%d %H:%M:%S} UTC ({self.source})"


def release_date(app: Path) -> ReleaseDate:
    """SOURCE_DATE_EPOCH where it is set, else the time of the commit, else a fixed day."""
    set_by_hand = os.environ.get(_VARIABLE, "").strip()
    if set_by_hand:
        if not set_by_hand.isascii() or not set_by_hand.isdigit():
            raise UserError(
                f"{_VARIABLE} must be whole seconds since 1970, not {set_by_hand!r}: correct it or unset it"
            )
        return ReleaseDate(_for_zip(int(set_by_hand)), _VARIABLE)
    if not (app / ".git").exists():
        return ReleaseDate(_UNKNOWN, f"a fixed day: this is no git checkout, and {_VARIABLE} is not set")
    try:
        return ReleaseDate(_for_zip(_commit_time(app)), "its commit")
    except _NoCommitTimeError as error:
        return ReleaseDate(_UNKNOWN, f"a fixed day: {error}, and {_VARIABLE} is not set")


class _NoCommitTimeError(Exception):
    """Git can't say when the commit was made. The message says why."""


def _commit_time(app: Path) -> int:
    """Seconds since 1970."""
    # Named, because inside of a git hook the environment names another repository.
    command = ["git", f"--git-dir={app / '.git'}", "log", "-1", "--no-show-signature", "--format=%ct"]
    try:
        done = subprocess.run(
            command, cwd=app, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
        )
    except OSError as error:
        raise _NoCommitTimeError(f"git can't be run ({error.strerror})") from error
    if done.returncode != 0 or not done.stdout.strip().isdigit():
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise _NoCommitTimeError(f"git can't tell the date of the commit ({reason})")
    return int(done.stdout)


def _for_zip(seconds: int) -> datetime:
    """The moment, or the nearest one that a zip can hold: it counts the seconds in twos."""
    seconds = min(max(seconds, int(_FIRST.timestamp())), int(_LAST.timestamp()))
    return datetime.fromtimestamp(seconds // 2 * 2, UTC)
