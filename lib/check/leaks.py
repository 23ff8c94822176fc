"""Which parts of the picture tell a label although they are not the road: a wheel, hands, a dashboard, an overlay.

Each cell of a grid is asked alone: how well can the label be told from its grey, linearly, at places of the track that
it was not fitted on? The road says little in one cell; a picture of the steering wheel says nearly all. The tick is a
label as well: a cell that tells it shows a clock or a counter, by which a network knows pictures by heart.

Needs numpy.
"""

import contextlib
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..captures.names import DATA_FILE
from ..progress import Progress, no_progress
from ..recordings.discards import DISCARDS_FILE
from ..recordings.levels import in_eight_bits
from ..recordings.recordings import Frame, Recordings
from ..recordings.workers import Failed, run_parts
from .cache import Cache
from .finding import Finding, Kind

COLUMNS, ROWS = 16, 9
# Each cell is seen as so many greys each way: enough to see a needle turn, few enough for the number of pictures.
_FINE = 8
_WIDTH, _HEIGHT = COLUMNS * _FINE, ROWS * _FINE
_PICTURES = 1_800
_ENOUGH = 300
_PART = 60
# Stretches of the track, each fourth of which is held out, and so much between them that belongs to neither.
_STRETCHES = 20
_HELD_OUT_EACH = 4
_BETWEEN = 0.1  # of a stretch
# Against greys that say the same; found on pictures of the double, and far from critical.
_RIDGE = 0.03
_MOVES_MPH = 5.0
# A cell that explains so much of a label is no road; one beside it that explains half as much belongs to it. On the
# double a cell of the steering wheel explains 0.94 of the steering, the gear's digit 0.99 of the gear, the road 0.21.
LEAKS_FROM = 0.75
_BELONGS_FROM = 0.4
_LABELS = ("steer", "gas", "brake", "gear", "speed_mph", "tick")
_TOLD = {"speed_mph": "speed", "steer": "steering", "tick": "time"}


@dataclass(frozen=True)
class _Part:
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Leak:
    """A box of cells that tells labels."""

    shares: dict[str, float]  # R² of its best cell, of each label that it tells; the most first
    box: tuple[int, int, int, int]  # left, top, width, height in pixels

    @property
    def told(self) -> str:
        """The labels, for people."""
        return ", ".join(f"{_TOLD.get(label, label)} (R² {share:.2f})" for label, share in self.shares.items())

    @property
    def mask(self) -> str:
        """As `--mask` takes it."""
        return ",".join(map(str, self.box))


def find_leaks(
    folders: Iterable[Path], progress: Progress = no_progress, executor: Executor | None = None
) -> list[Finding]:
    """The leaks in the pictures of these folders, as findings. None where there are too few pictures to tell."""
    return look_for_leaks(folders, progress, executor)[1]


def look_for_leaks(
    folders: Iterable[Path], progress: Progress = no_progress, executor: Executor | None = None
) -> tuple[dict[str, Any], list[Finding]]:
    """R² of each cell for each label that varies, as rows of cells, and the findings that follow from it."""
    paths = list(folders)
    frames = _choose(Recordings(*paths))
    if len(frames) < _ENOUGH:
        what = f"{len(frames)} proven pictures of a car that moves are too few to look for leaks"
        return {}, [Finding(Kind.LEFT_OUT, str(paths[0]), what, f"record at least {_ENOUGH}")]
    kept, greys, size = _read(frames, progress, executor)
    shares = shares_of_cells(greys, _labels(kept), np.array([frame.row.spline_position for frame in kept]))
    found = [
        Finding(
            Kind.LEAK,
            str(paths[0]),
            f"{leak.box[2]}x{leak.box[3]} pixels at {leak.box[0]},{leak.box[1]} tell the {leak.told}",
            f"if that is not the road, cover it: --mask {leak.mask}",
        )
        for leak in leaks_of(shares, size)
    ]
    Cache(paths[0]).write(_key(paths), {"findings": [finding.content() for finding in found]})
    return shares, found


def known_leaks(folders: Iterable[Path]) -> list[Finding] | None:
    """What was found last in these folders, together or in each alone; None where nobody looked since they changed."""
    paths = list(folders)
    together = _known(paths)
    if together is not None or len(paths) == 1:
        return together
    alone = [_known([path]) for path in paths]
    return None if None in alone else [finding for found in alone for finding in found or ()]


def _known(paths: list[Path]) -> list[Finding] | None:
    content = Cache(paths[0]).read(_key(paths))
    with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
        return [Finding.of(one) for one in content["findings"]]
    return None


def _key(paths: list[Path]) -> str:
    """Changes with the rows and the discards: what was recorded, and which of it counts."""
    stamps = [(str(path.resolve()), *(_stamp(path / name) for name in (DATA_FILE, DISCARDS_FILE))) for path in paths]
    return Cache(paths[0]).key("leaks", sorted(stamps))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        told = path.stat()
    except OSError:
        return 0, 0
    return told.st_size, told.st_mtime_ns


def _choose(recordings: Recordings) -> list[Frame]:
    """Evenly from all that can be used."""
    usable = [
        frame
        for frame in recordings.frames()
        if not frame.discarded and frame.row.speed_mph > _MOVES_MPH and (frame.is_proven or frame.tick is None)
    ]
    if len(usable) <= _PICTURES:
        return usable
    return [usable[round(at)] for at in np.linspace(0, len(usable) - 1, _PICTURES)]


def _labels(frames: list[Frame]) -> dict[str, Any]:
    told = {name: np.array([float(getattr(frame.row, name)) for frame in frames]) for name in _LABELS[:-1]}
    told["tick"] = np.array([float(frame.tick.tick if frame.tick is not None else frame.number) for frame in frames])
    return told


# --------------------------------------------------------------------------------------------------- pictures


def _read(
    frames: list[Frame], progress: Progress, executor: Executor | None
) -> tuple[list[Frame], Any, tuple[int, int]]:
    """The frames whose picture could be read, their greys, and the size that most of them have."""
    parts = [_Part(tuple(str(one.path) for one in frames[at : at + _PART])) for at in range(0, len(frames), _PART)]
    by_path: dict[str, tuple[tuple[int, int], bytes]] = {}
    done = 0
    for finished in run_parts(_look, parts, executor):
        done += len(finished.part.paths)
        progress("looking for leaks", done, len(frames))
        if not isinstance(finished.result, Failed):
            by_path |= finished.result
    sizes = [size for size, _ in by_path.values()]
    usual = max(set(sizes), key=sizes.count, default=(0, 0))
    kept = [frame for frame in frames if str(frame.path) in by_path and by_path[str(frame.path)][0] == usual]
    greys = [np.frombuffer(by_path[str(frame.path)][1], dtype=np.uint8) for frame in kept]
    return kept, np.array(greys).reshape(-1, _HEIGHT, _WIDTH), usual


def _look(part: _Part) -> dict[str, tuple[tuple[int, int], bytes]]:
    """The work of one process."""
    seen = {}
    for path in part.paths:
        try:
            seen[path] = _greys_of(Path(path))
        except (OSError, SyntaxError, ValueError):
            continue  # `check` says what is wrong with it
    return seen


def _greys_of(path: Path) -> tuple[tuple[int, int], bytes]:
    with Image.open(BytesIO(path.read_bytes()), formats=("JPEG", "PNG", "BMP")) as picture:
        size = picture.size
        picture.draft("L", (_WIDTH, _HEIGHT))
        return size, in_eight_bits(picture).convert("L").resize((_WIDTH, _HEIGHT), Image.Resampling.BOX).tobytes()


# -------------------------------------------------------------------------------------------------- regression


def shares_of_cells(greys: Any, labels: dict[str, Any], places: Any) -> dict[str, Any]:
    """For each label, how much of it each cell explains at places that are held out: R², ROWS by COLUMNS."""
    fitted, held_out = _divide(places)
    names = [name for name, values in labels.items() if _varies(values[fitted]) and _varies(values[held_out])]
    wanted = np.stack([labels[name] for name in names], axis=1)
    found = np.zeros((len(names), ROWS, COLUMNS))
    for row in range(ROWS):
        for column in range(COLUMNS):
            cell = greys[:, row * _FINE : (row + 1) * _FINE, column * _FINE : (column + 1) * _FINE]
            found[:, row, column] = _explained(cell.reshape(len(greys), -1).astype(float), wanted, fitted, held_out)
    return dict(zip(names, found, strict=True))


def _divide(places: Any) -> tuple[Any, Any]:
    """Which pictures are fitted, and which are held out."""
    at = (places % 1.0) * _STRETCHES
    if len(np.unique(at.astype(int))) < _HELD_OUT_EACH * 2:  # hardly moves along the track: stretches of time
        at = np.linspace(0, _STRETCHES, len(places), endpoint=False)
    is_inside = (at % 1.0 > _BETWEEN) & (at % 1.0 < 1 - _BETWEEN)
    is_held_out = at.astype(int) % _HELD_OUT_EACH == 0
    return ~is_held_out, is_held_out & is_inside


def _varies(values: Any) -> bool:
    return len(values) > 1 and bool(values.std() > 1e-6)


def _explained(cell: Any, wanted: Any, fitted: Any, held_out: Any) -> Any:
    """R² of each label on what was held out."""
    centre = cell[fitted].mean(axis=0)
    scale = max(float(cell[fitted].std()), 1.0)
    known, new = (cell[fitted] - centre) / scale, (cell[held_out] - centre) / scale
    mean = wanted[fitted].mean(axis=0)
    ridge = _RIDGE * len(known) * np.eye(known.shape[1])
    weights = np.linalg.solve(known.T @ known + ridge, known.T @ (wanted[fitted] - mean))
    missed = ((wanted[held_out] - mean - new @ weights) ** 2).sum(axis=0)
    spread = ((wanted[held_out] - wanted[held_out].mean(axis=0)) ** 2).sum(axis=0)
    return np.maximum(0.0, 1 - missed / spread)


def leaks_of(shares: dict[str, Any], size: tuple[int, int]) -> list[Leak]:
    """Cells beside each other that tell something, as boxes; the worst first."""
    best = np.max(np.stack(list(shares.values())), axis=0) if shares else np.zeros((ROWS, COLUMNS))
    left_over = {(int(row), int(column)) for row, column in np.argwhere(best >= _BELONGS_FROM)}
    found = []
    while left_over:
        group = _connected(left_over)
        left_over -= group
        told = {label: max(float(cells[place]) for place in group) for label, cells in shares.items()}
        told = {label: share for label, share in sorted(told.items(), key=lambda one: -one[1]) if share >= LEAKS_FROM}
        if told:
            found.append(Leak(told, _box(group, size)))
    return sorted(found, key=lambda leak: -max(leak.shares.values()))


def _connected(places: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """One of them with all that hang together with it."""
    group, edge = set[tuple[int, int]](), [next(iter(places))]
    while edge:
        row, column = edge.pop()
        group.add((row, column))
        around = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)}
        edge += (around & places) - group
    return group


def _box(group: set[tuple[int, int]], size: tuple[int, int]) -> tuple[int, int, int, int]:
    rows, columns = [row for row, _ in group], [column for _, column in group]
    left, right = min(columns) * size[0] // COLUMNS, -(-(max(columns) + 1) * size[0] // COLUMNS)
    top, bottom = min(rows) * size[1] // ROWS, -(-(max(rows) + 1) * size[1] // ROWS)
    return left, top, right - left, bottom - top
