"""Finds the pictures of a captures folder that are not whole, and takes them out."""

from ..captures.jpeg import is_whole
from ..captures.names import picture_name
from ..captures.take_file import Safe
from .mender import Mender

PROGRESS_STEP = 500


class PictureMender(Mender):
    """Looks at pictures, and enters into the report which were taken out."""

    def check_ends(self, takes: set[int]) -> None:
        """Look whether the pictures of these takes begin and end as JPEGs."""
        for take in sorted(takes):
            self._check(take, behind=0, every_byte=False)

    def check_every_byte(self, takes: dict[int, Safe]) -> None:
        """Read the pictures of these takes whole, but those that are safe: a power cut leaves holes in them."""
        for take in sorted(takes):
            self._check(take, behind=takes[take].frame, every_byte=True)

    def _check(self, take: int, behind: int, every_byte: bool) -> None:
        frames = self._seen.pictures.get(take)
        if frames is None:
            return
        gone: set[int] = set()
        for done, frame in enumerate(frames):
            if frame <= behind:
                continue
            if done % PROGRESS_STEP == 0:
                self._progress(f"mending take {take:02d}", done, len(frames))
            path = self._folder / picture_name(take, frame)
            try:
                if is_whole(path, every_byte):
                    continue
                self._rescue.file(path.name)
                self._report.taken_out.append(path.name)
            except FileNotFoundError:
                pass  # someone moved it away meanwhile
            except OSError as error:
                self._unread.note(path, error)
                continue
            gone.add(frame)
        self._progress(f"mending take {take:02d}", len(frames), len(frames))
        self._seen.drop(take, gone)
