"""Completes the takes that a crash left open: their ticks and their numbers, as far as they are on the disk."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from ..captures.comment import Carried, look_at_comment
from ..captures.names import picture_name, take_file_name
from ..captures.survey import Survey
from ..captures.take_file import DamagedFileError, Safe, TakeDescription, read_or_refuse, write_description
from ..captures.vocabulary import Ended
from ..progress import Progress
from .mender import Mender
from .report import RepairReport, Unread
from .rescue import Rescue
from .ticks import TickMender


class TakeMender(Mender):
    """Completes takes of one folder, and enters into the report which."""

    def __init__(
        self, folder: Path, seen: Survey, rescue: Rescue, report: RepairReport, unread: Unread, progress: Progress
    ) -> None:
        super().__init__(folder, seen, rescue, report, unread, progress)
        self._ticks = TickMender(folder, seen, rescue, report, unread, progress)

    def newer(self, takes: Iterable[int]) -> set[int]:
        """Those that a later release recorded: it alone knows what is to be mended there."""
        found = set()
        for take in takes:
            try:
                description = read_or_refuse(self._folder, take)
            except (DamagedFileError, OSError):
                continue  # told where the take is looked at
            if description is not None and description.is_newer:
                found.add(take)
                self._report.leave(take_file_name(take), "was made by a newer SyncLogger")
        return found

    def open_takes(self, takes: Iterable[int]) -> dict[int, Safe]:
        """Those that were not closed, whose rows are not all there, or that a power cut may have damaged.

        With what of them was on the disk for sure.
        """
        found = {}
        for take in takes:
            is_damaged = False
            try:
                description = read_or_refuse(self._folder, take)
            except DamagedFileError:
                description, is_damaged = None, True
            except OSError as error:
                self._unread.note(self._folder / take_file_name(take), error)
                continue
            if description is None and take_file_name(take) in self._seen.side_files.get(take, ()) and not is_damaged:
                self._report.leave(take_file_name(take), "is another program's, so the take can't be described")
            elif description is None:
                found[take] = Safe()
            elif description.may_be_damaged:
                found[take] = description.safe_part
        return found

    def complete(self, takes: Iterable[int]) -> None:
        """Close the takes: their ticks and numbers as far as they are on the disk."""
        for take in takes:
            description = self._description(take)
            safe = description.safe_part if description is not None else Safe()
            outcomes = self._ticks.mend(take, safe) if description is not None else None
            if description is None or outcomes is None or self._unread.is_about(take):
                continue  # told; it stays open, so that the next repair comes back to it
            frames = self._seen.pictures.get(take, ())
            if description.how_it_ended in (Ended.OPEN, ""):
                last = self._folder / picture_name(take, frames[-1]) if frames else self._folder
                description.how_it_ended, description.ended_utc = Ended.RECOVERED, _last_change(last)
            if description.picture_bytes is not None:
                description.picture_bytes = self._picture_bytes(take, description)
            description.frames_saved = len(frames)
            description.rows_missing = 0
            description.synced, description.safe = True, None
            description.ticks = {"total": outcomes.total(), "by_outcome": dict(sorted(outcomes.items()))}
            write_description(self._folder, description, durable=True)
            self._report.takes_completed.append(take)

    def _description(self, take: int) -> TakeDescription | None:
        """The take's description, a new one where it is damaged or gone; None where it isn't to be written."""
        name = take_file_name(take)
        try:
            description = read_or_refuse(self._folder, take)
        except DamagedFileError:
            self._rescue.file(name)
            description = None
        except OSError as error:
            self._unread.note(self._folder / name, error)
            return None
        if description is not None:
            return description
        if os.path.lexists(self._folder / name):
            self._report.leave(name, "is another program's, so the take can't be described")
            return None
        content = self._carried_by_first_picture(take)
        if content is None:
            return TakeDescription(take)
        return TakeDescription(take, format=content.format, take_id=content.take_id)

    def _carried_by_first_picture(self, take: int) -> Carried | None:
        frames = self._seen.pictures.get(take)
        try:
            return look_at_comment(self._folder / picture_name(take, frames[0])).content if frames else None
        except OSError:
            return None  # a description that tells less

    def _picture_bytes(self, take: int, description: TakeDescription) -> int:
        """The size of all its pictures: those that the description doesn't count yet are looked at."""
        frames = self._seen.pictures.get(take, ())
        known = description.picture_bytes or 0
        counted = description.frames_saved if description.frames_saved <= len(frames) else 0
        behind = frames[counted:]
        sizes = ((self._folder / picture_name(take, frame)).stat().st_size for frame in behind)
        return (known if counted else 0) + sum(sizes)


def _last_change(path: Path) -> str:
    moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
