"""What in a captures folder SyncLogger made. Phones, screenshots and other programs use such names, too.

A take is ours when a side file of it is, or when a picture of it carries our comment. Everything else stays as it
is: it is not moved, not renamed, not counted, and no number comes from it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from .comment import look_at_comment
from .files import is_plain_file, naming
from .names import finished_name, part_take, picture_key, picture_name, take_file_name, ticks_file_name
from .survey import Survey, takes_in_rows
from .take_file import DamagedFileError, read_or_refuse
from .ticks import TickColumns

# Told about a file that can't be read.
CantRead = Callable[[Path, OSError], None]
# A frame, or the name of its file.
Picture = TypeVar("Picture", int, str)

_SHOWN = 3
# A power cut in a take's first second may leave its side files and nine of ten pictures empty. More would make the
# start slow on somebody else's hundred thousand pictures.
_LOOKED_AT = 100
_HEADER_BYTES = 1 << 14
_DESCRIPTION_BEGINS = b'{\n "format": '


@dataclass
class Owned:
    """Whose the takes of a folder are."""

    takes: set[int] = field(default_factory=set)  # ours
    unclear: set[int] = field(default_factory=set)  # could not be read: left as they are
    parts: list[str] = field(default_factory=list)  # unfinished files of ours
    highest_take: int = 0  # of ours, and of rows in data.csv
    left: int = 0  # how many names look like ours and aren't
    shown: list[str] = field(default_factory=list)  # the first of them

    def leave(self, names: Iterable[str], count: int) -> None:
        """Enter names that are not ours."""
        self.left += count
        self.shown += islice(names, max(0, _SHOWN - len(self.shown)))

    def words(self) -> str:
        """What was left alone, for people; "" when there was nothing of the kind."""
        if not self.left:
            return ""
        shown = ", ".join(self.shown) + (", ..." if self.left > len(self.shown) else "")
        files = "1 file" if self.left == 1 else f"{self.left} files"
        return f"left alone: {files} with names like SyncLogger's, made by something else ({shown})"


def owned(folder: Path, seen: Survey, cant_read: CantRead) -> Owned:
    """Find out which of the takes are ours. Raise OSError where data.csv can't be read."""
    found = Owned()
    found.leave(seen.odd, len(seen.odd))
    for take in seen.takes:
        try:
            is_ours = _is_ours(folder, take, seen)
        except OSError as error:
            cant_read(Path(error.filename or folder), error)
            found.unclear.add(take)
            continue
        if is_ours:
            found.takes.add(take)
        else:
            frames, files = seen.pictures.get(take, ()), seen.side_files.get(take, ())
            found.leave((picture_name(take, frame) for frame in frames), len(frames))
            found.leave(files, len(files))
    for name in seen.parts:
        if _is_our_part(folder, name, found, cant_read):
            found.parts.append(name)
        else:
            found.leave([name], 1)
    numbers = {*found.takes, *found.unclear, *takes_in_rows(folder, found.takes)}
    numbers |= {part_take(name) or 0 for name in found.parts}
    found.highest_take = max(numbers, default=0)
    return found


def next_take(highest: int, taken: set[int]) -> int:
    """The number of the next take: behind ours, and one under which nothing stands, whoever made it."""
    take = highest + 1
    while take in taken:
        take += 1
    return take


def has_our_side_file(folder: Path, take: int, names: Collection[str]) -> bool:
    """Whether one of the side files of a take, of these names, is ours. Raise OSError where one can't be read."""
    try:
        if take_file_name(take) in names and read_or_refuse(folder, take) is not None:
            return True
    except DamagedFileError:
        pass  # the other files of the take say whose it is
    return ticks_file_name(take) in names and _has_our_header(folder / ticks_file_name(take))


def has_our_picture(folder: Path, names: Iterable[str]) -> bool:
    """Whether one of these pictures is ours. Raise OSError where one can't be read."""
    return any(look_at_comment(folder / name).is_ours for name in names)


def telling(pictures: Sequence[Picture]) -> Iterator[Picture]:
    """As many pictures as tell whose a take is, from its whole length, the first and the last among them."""
    most = min(_LOOKED_AT, len(pictures))
    yield from (pictures[at * (len(pictures) - 1) // max(1, most - 1)] for at in range(most))


def _has_our_header(path: Path) -> bool:
    if not is_plain_file(path):
        return False
    with naming(path), path.open("rb") as file:
        head = file.readline(_HEADER_BYTES)
    return TickColumns.of_header(head.decode("ascii", "replace")) is not None


def _is_ours(folder: Path, take: int, seen: Survey) -> bool:
    if has_our_side_file(folder, take, seen.side_files.get(take, ())):
        return True
    return has_our_picture(folder, (picture_name(take, frame) for frame in telling(seen.pictures.get(take, ()))))


def _is_our_part(folder: Path, name: str, found: Owned, cant_read: CantRead) -> bool:
    take = part_take(name)
    if take in found.takes:
        return True
    if take in found.unclear:
        return False
    try:
        if picture_key(finished_name(name)) is not None:
            return look_at_comment(folder / name).is_ours
        with naming(folder / name), (folder / name).open("rb") as file:
            return file.read(len(_DESCRIPTION_BEGINS)) == _DESCRIPTION_BEGINS
    except FileNotFoundError:
        return False
    except OSError as error:
        cant_read(folder / name, error)
        return False
