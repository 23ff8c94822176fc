"""What every mender of a captures folder works with."""

from pathlib import Path

from ..captures.survey import Survey
from ..progress import Progress
from .report import RepairReport, Unread
from .rescue import Rescue


class Mender:
    """Mends one kind of file. All menders of a folder share one look at its names, one report and one rescue."""

    def __init__(
        self, folder: Path, seen: Survey, rescue: Rescue, report: RepairReport, unread: Unread, progress: Progress
    ) -> None:
        self._folder = folder
        self._seen = seen
        self._rescue = rescue
        self._report = report
        self._unread = unread
        self._progress = progress
