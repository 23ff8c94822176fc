"""Has all cores look at the parts of captures folders, and says what all of it means."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from ..captures.names import take_file_name, ticks_file_name
from ..progress import Progress
from ..recordings.recordings import Recordings, Take
from ..recordings.workers import Failed, run_parts
from .cache import Cache
from .checked import Checked
from .discarded import without_discarded
from .finding import UNREAD
from .listing import Listing, TakePictures
from .pictures import PicturesPart, PicturesSeen, look_at
from .takes import TakeSeen, judge_folder, judge_take
from .telemetry import TelemetrySeen, look_at_take

# So many pictures are one part of the work. On a share on which one takes half a second that is still less than the
# time after which a part is taken to hang.
_PART = 1_000
_PART_DECODED = 250


@dataclass(frozen=True)
class TelemetryPart:
    """The rows and ticks of one take, for one process."""

    take: Take

    def __len__(self) -> int:
        """How many rows."""
        return len(self.take)


Part = PicturesPart | TelemetryPart


def look_at_folders(
    paths: list[Path],
    listings: dict[Path, Listing],
    lives: dict[Path, bool],
    decodes: bool,
    progress: Progress,
    executor: Executor | None,
) -> Checked:
    """Look at everything that is not kept from before."""
    recordings = Recordings(*paths, needs_discards=False)
    caches = {path: Cache(path) for path in listings}
    seen = {
        id(take): TakeSeen(take, _pictures_of(take, listings), lives[take.folder.path]) for take in recordings.takes
    }
    _look(list(seen.values()), caches, decodes, progress, executor)
    checked = Checked()
    for path in listings:
        checked.findings += judge_folder(path, listings[path], recordings, is_live=lives[path])
        caches[path].drop_unused()
    for one in seen.values():
        findings, hidden = without_discarded(one.take, judge_take(one))
        checked.findings += findings
        checked.hidden += hidden
        checked.discarded += one.take.discarded_frames
        checked.takes.append(one.content())
    return checked


def _pictures_of(take: Take, listings: dict[Path, Listing]) -> TakePictures:
    return listings[take.folder.path].takes.get(take.number) or TakePictures(take.number)


def _look(
    takes: list[TakeSeen], caches: dict[Path, Cache], decodes: bool, progress: Progress, executor: Executor | None
) -> None:
    """Have every part looked at that is not kept from before."""
    owners: dict[int, tuple[TakeSeen, str]] = {}
    waiting: list[Part] = []
    done = of = 0
    for one in takes:
        cache = caches[one.take.folder.path]
        for part, key in _parts(one, cache, decodes):
            of += len(part)
            kept = cache.read_seen(key, _kind_of(part))
            if kept is not None:
                one.add(part_place(part), kept)
                done += len(part)
                continue
            owners[id(part)] = one, key
            waiting.append(part)
    # The rows of a take are one part, the longest: they go first, so that no core waits for them at the end.
    waiting.sort(key=lambda part: (isinstance(part, PicturesPart), -len(part)))
    for finished in run_parts(do_part, waiting, executor):
        part, seen = finished.part, finished.result
        one, key = owners[id(part)]
        if isinstance(seen, Failed):
            one.not_done(part_place(part), seen.why)
        else:
            one.add(part_place(part), seen)
            if not one.is_live and not _refused(seen):
                caches[one.take.folder.path].write_seen(key, seen)
        done += len(part)
        progress("looking at pictures and rows", done, of)


def _refused(seen: PicturesSeen | TelemetrySeen) -> bool:
    """Whether the system refused something: the next time it may not."""
    return isinstance(seen, PicturesSeen) and any(kind in UNREAD for _, kind, _ in seen.bad)


def _kind_of(part: Part) -> type[PicturesSeen] | type[TelemetrySeen]:
    return TelemetrySeen if isinstance(part, TelemetryPart) else PicturesSeen


def do_part(part: Part) -> PicturesSeen | TelemetrySeen:
    """The work of one process."""
    return look_at_take(part.take) if isinstance(part, TelemetryPart) else look_at(part)


def part_place(part: Part) -> tuple[int, int]:
    """The first and the last frame that a part is about; (0, 0): the rows of the take."""
    return (part.frames[0], part.frames[-1]) if isinstance(part, PicturesPart) else (0, 0)


def _parts(one: TakeSeen, cache: Cache, decodes: bool) -> Iterator[tuple[Part, str]]:
    """The parts of a take, each with the key under which what was seen of it is kept."""
    take, pictures = one.take, one.pictures
    yield TelemetryPart(take), cache.key("rows", take.name, take.digest, _side_files(take))
    length = _PART_DECODED if decodes else _PART
    strip_key = _strip_key(take)
    for first in range(0, len(pictures.frames), length):
        frames = tuple(pictures.frames[first : first + length])
        before = pictures.frames[first - 1] if first else None
        part = PicturesPart(
            str(take.folder.path),
            take.number,
            frames,
            tuple(map(pictures.name, frames)),
            decodes,
            strip_key,
            (before, pictures.name(before)) if before is not None else None,
        )
        # The picture before belongs to it as well.
        state = pictures.state(max(0, first - 1), first + length)
        yield part, cache.key("pictures", decodes, strip_key, first, state)


def _side_files(take: Take) -> list[tuple[int, ...]]:
    """Changes with the files beside its rows."""
    found: list[tuple[int, ...]] = []
    for name in (take_file_name(take.number), ticks_file_name(take.number)):
        try:
            seen = (take.folder.path / name).stat()
            found.append((seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns))
        except FileNotFoundError:
            found.append(())
    return found


def _strip_key(take: Take) -> int | None:
    """The key of the strips that the pictures may show; None where they are masked, or nothing says the key."""
    facts = take.description.facts if take.description is not None else {}
    settings, key = facts.get("settings"), facts.get("strip_key")
    is_masked = isinstance(settings, dict) and settings.get("SYNC.MASK_PANEL") == 1
    return key if isinstance(key, int) and not is_masked else None
