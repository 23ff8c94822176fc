"""Mends what a crash or a power cut left in a captures folder. Never deletes: what it takes out goes to .rescued/.

It touches what SyncLogger made, and nothing else. What can't be read just now is not damaged.
"""

from dataclasses import dataclass
from pathlib import Path

from ..captures.lock import FolderLock
from ..captures.names import DATA_FILE
from ..captures.ownership import Owned, owned
from ..captures.survey import Survey, survey
from ..captures.take_file import Safe
from ..progress import Progress, no_progress
from .pictures import PictureMender
from .report import RepairReport, Unread, reading
from .rescue import Rescue
from .rows import RowMender
from .takes import TakeMender


@dataclass(frozen=True)
class Start:
    """What a recorder knows of its folder when it starts."""

    report: RepairReport
    highest_take: int  # ours, or of a row
    taken: set[int]  # numbers under which something stands, whoever made it


def repair(captures: Path, progress: Progress = no_progress) -> RepairReport:
    """Check every picture and row of the folder and mend what is wrong.

    Raise FolderBusyError while a recorder records into it, OSError where it can't be written to.
    """
    with FolderLock(captures):
        mender = _Mender(captures, progress, Unread(waits=False))
        mender.rescue_parts()
        open_takes = mender.takes.open_takes(mender.own)
        mender.pictures.check_ends(mender.own)
        mender.pictures.check_every_byte(open_takes)
        mender.rows.mend(mender.own, open_takes, gone=None)
        mender.takes.complete(sorted(open_takes))
        return mender.finished()


def repair_after_crash(captures: Path, progress: Progress = no_progress) -> Start:
    """The part of a repair that is quick however large the folder is: only what an unclean end can have left.

    For whoever holds the folder's lock. Raise UnreadableError where a file can't be read: nothing was moved for it.
    """
    mender = _Mender(captures, progress, Unread(waits=True))
    mender.rescue_parts()
    rows, open_takes = mender.rows, mender.takes.open_takes(mender.own)
    bad_rows = rows.takes_of_bad_last_rows()
    suspect = dict.fromkeys((bad_rows | rows.takes_behind_last_row(mender.own)) & mender.own, Safe()) | open_takes
    mender.pictures.check_every_byte(suspect)
    if suspect or bad_rows or rows.ends_in_half_a_line():
        rows.mend(set(suspect), suspect, gone=bad_rows - {0} - mender.seen.taken)
    mender.takes.complete(sorted(suspect))
    mender.report.notes += filter(None, [rows.missing_at_the_front(mender.own)])
    return Start(mender.finished(), mender.found.highest_take, mender.seen.taken)


class _Mender:
    """The menders of one folder, with one report and one look at its names."""

    def __init__(self, folder: Path, progress: Progress, unread: Unread) -> None:
        self.report = RepairReport()
        self._unread = unread
        self._rescue = Rescue(folder)
        self.seen: Survey = survey(folder)
        with reading(folder / DATA_FILE):
            self.found: Owned = owned(folder, self.seen, unread.note)
        means = self._rescue, self.report, unread, progress
        self.pictures = PictureMender(folder, self.seen, *means)
        self.rows = RowMender(folder, self.seen, self.found.takes, *means)
        self.takes = TakeMender(folder, self.seen, *means)
        self.own = self.found.takes - self.takes.newer(self.found.takes)

    def rescue_parts(self) -> None:
        """Take out the files that were being written when the recorder died."""
        for name in self.found.parts:
            self._rescue.file(name)
            self.report.unfinished_files += 1

    def finished(self) -> RepairReport:
        """The report, with what could not be read and what was left alone."""
        self.report.notes += self._unread.words()
        self.report.left_alone += filter(None, [self.found.words()])
        return self.report
