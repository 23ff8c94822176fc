"""Makes sets of recordings: decides, writes, proves that nothing leaks, and only then puts them in place."""

import errno
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, TextIO

from ..captures.names import DATA_FILE
from ..errors import UserError
from ..progress import Progress, no_progress
from ..recordings.recordings import Frame, Recordings
from .leaks import refuse_leaks
from .options import SETS, SplitOptions
from .plan import LEFT_OUT, Plan, TakePlan, make_plan
from .table import HEADER, ODD_BYTES, set_line
from .units import clock_of, place_of
from .workshop import workshop

SPLIT_FILE = "split.json"
SPLIT_FORMAT = 1

_PROGRESS_STEP = 5000
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FILES = (*(f"{name}.csv" for name in SETS), SPLIT_FILE)


class SplitError(UserError):
    """The sets can't be made. The message is for the user."""


@dataclass
class SplitReport:
    """What was made."""

    folder: Path
    counts: dict[str, int]  # frames in each set
    units: dict[str, int]  # laps, places, takes, ... in each set
    left_out: dict[str, int]  # why, and how many frames
    remarks: list[str]

    def lines(self) -> Iterator[str]:
        """For people."""
        yield from self.remarks
        total = sum(self.counts.values())
        for name, count in self.counts.items():
            share = f" ({count / total:.1%})" if total else ""
            yield f"{name}: {count} pictures{share} of {self.units[name]} units"
        for why, count in self.left_out.items():
            yield f"left out, {why}: {count}"
        yield f"checked: no two sets share a lap, a picture or a moment; {self.folder} is ready"


def split(recordings: Recordings, out: Path, options: SplitOptions, progress: Progress = no_progress) -> SplitReport:
    """Write the sets into `out`. Raise SplitError or LeakError where that can't be; then nothing was written."""
    _refuse_bad_folder(out, recordings, options)
    if not len(recordings):
        raise SplitError("there is no picture with a row in what was named, so nothing was made: name a recording")
    plan = make_plan(recordings, options, progress)
    _refuse_changed_copies(plan, recordings)
    with _fresh_folder(out) as fresh:
        counts = _write_sets(plan, fresh, out, progress)
        _refuse_empty_sets(plan, counts)
        refuse_leaks(fresh, options, {take.take.take_id: clock_of(take.take) for take in plan.takes})
        report = SplitReport(out, dict(counts), _units(plan), _without_zero(plan.left_out), list(recordings.remarks))
        content = _description(plan, recordings, report)
        text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        # Half of a surrogate pair, in the name of a car, say, becomes what JSON writes for it.
        (fresh / SPLIT_FILE).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        _put_in_place(fresh, out)
    return report


@contextmanager
def _fresh_folder(out: Path) -> Iterator[Path]:
    """A folder beside `out`, gone in the end. Raise SplitError where the sets can't be written."""
    target = out.resolve()
    with ExitStack() as opened:
        try:
            fresh = opened.enter_context(workshop(target, _FILES))
        except OSError as error:
            raise _not_written(out, error) from error
        try:
            yield fresh
        except OSError as error:
            path = Path(os.fsdecode(error.filename)) if error.filename is not None else fresh
            if {fresh, target}.isdisjoint((path, *path.parents)):
                raise  # the recordings can't be read
            raise _not_written(out, error) from error


def _not_written(out: Path, error: OSError) -> SplitError:
    what = "has no room" if error.errno in _NO_ROOM else f"can't be written ({error.strerror or error})"
    return SplitError(f"{out} {what}: the sets are as they were before; make room or choose another folder for --out")


def _put_in_place(fresh: Path, out: Path) -> None:
    """All four files at once where `out` is new. Else one by one, and as good as at once: nothing is copied."""
    target = out.resolve()
    if not target.exists():
        fresh.rename(target)
        return
    for file in _FILES:
        (fresh / file).replace(target / file)


def read_split(folder: Path) -> dict[str, Any]:
    """split.json of that folder. Raise SplitError where there is none that can be read."""
    try:
        content = json.loads((folder / SPLIT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SplitError(f"{folder} has no sets ({error}): make them with `split DIR --out {folder}`") from error
    if not isinstance(content, dict) or content.get("format") != SPLIT_FORMAT:
        raise SplitError(f"{folder} has sets of another version: make them again with `split`")
    return content


def _refuse_bad_folder(out: Path, recordings: Recordings, options: SplitOptions) -> None:
    for take in recordings.takes:
        if not isinstance(take.folder.path, PurePath):
            raise SplitError(
                f"{take.folder.path} is not on this machine, and the loader reads pictures from here only: copy the "
                "folder, then split the copy; nothing was written"
            )
        captures = take.folder.path.resolve()
        if out.resolve() == captures or captures in out.resolve().parents:
            raise SplitError(f"{out} lies in the recordings: choose another folder for --out, nothing was written")
    if not out.exists():
        return
    if not out.is_dir():
        raise SplitError(f"{out} is a file: choose another name for --out, nothing was written")
    if not any(out.iterdir()):
        return
    if not (out / SPLIT_FILE).is_file():
        raise SplitError(f"{out} is not empty and not ours: choose another folder for --out, nothing was written")
    before = read_split(out)["options"]
    different = [name for name, value in options.content().items() if before.get(name) != value]
    if different:
        raise SplitError(
            f"{out} has sets made with other options ({', '.join(different)}): choose another folder for --out, "
            "or remove that one; nothing was written"
        )


def _refuse_changed_copies(plan: Plan, recordings: Recordings) -> None:
    """Two takes with one id are one drive, of which someone changed a copy: nothing tells which of them is right."""
    used = {id(take.take) for take in plan.takes if len(take.sets) != take.sets.count(LEFT_OUT)}
    for take, first in recordings.takes_apart:
        if id(take) in used and id(first) in used:
            raise SplitError(
                f"take {take.name} of {take.folder.path} and take {first.name} of {first.folder.path} have the same id "
                "and different rows, so one drive may be there twice: discard one of them, or don't name its folder; "
                "nothing was written"
            )


def _refuse_empty_sets(plan: Plan, counts: Counter[str]) -> None:
    number = sum(share > 0 for share in plan.options.fractions)
    wanted = "one set" if number == 1 else f"{'two' if number == 2 else 'three'} sets"
    for name, share in zip(SETS, plan.options.fractions, strict=True):
        if share and not counts[name]:
            taken = "; ".join(f"{count} left out, {reason}" for reason, count in _without_zero(plan.left_out).items())
            raise SplitError(
                f"{name} would be empty: {len(plan.units)} units ({plan.options.by.meaning}) are too few for {wanted}"
                f"{f', or too much was left out ({taken})' if taken else ''}; record more, choose another --by or a "
                "smaller --gap, or --fractions with a 0 for what you don't need. Nothing was written"
            )


def _write_sets(plan: Plan, fresh: Path, out: Path, progress: Progress) -> Counter[str]:
    counts: Counter[str] = Counter(dict.fromkeys(SETS, 0))
    files = {name: (fresh / f"{name}.csv").open("w", encoding="utf-8", errors=ODD_BYTES, newline="\n") for name in SETS}
    try:
        for file in files.values():
            file.write(",".join(HEADER) + "\n")
        total = sum(len(take.numbers) for take in plan.takes)
        for done, (name, frame, weight) in enumerate(_chosen(plan)):
            if done % _PROGRESS_STEP == 0:
                progress("writing", done, total)
            if not _is_thinned_out(plan, name, frame, weight):
                _write(files[name], frame, out, weight)
                counts[name] += 1
        progress("writing", total, total)
    finally:
        for file in files.values():
            file.close()
    return counts


def _write(file: TextIO, frame: Frame, out: Path, weight: float) -> None:
    file.write(set_line(frame, relative_path(frame.path, out), place_of(frame), weight))


def relative_path(path: Path, folder: Path) -> str:
    """The path from that folder, with "/"; whole where it is on another drive."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _chosen(plan: Plan) -> Iterator[tuple[str, Frame, float]]:
    """(set, frame, weight) of every frame that goes into a set."""
    for take in plan.takes:
        at = 0
        for frame in take.take.frames():
            if at == len(take.numbers):
                break
            if frame.number != take.numbers[at]:
                continue
            if take.sets[at] != LEFT_OUT:
                yield SETS[take.sets[at]], frame, plan.balance.weight(take.bins[at])
            at += 1


def _is_thinned_out(plan: Plan, name: str, frame: Frame, weight: float) -> bool:
    """Whether a frame of the training set is one too many of its kind: by lot, which the seed draws."""
    if not plan.options.thin_out or name != SETS[0] or weight >= 1:
        return False
    drawn = hashlib.sha256(f"{plan.options.seed} {frame.take.take_id} {frame.number}".encode()).digest()
    is_out = int.from_bytes(drawn[:8], "big") / 2**64 >= weight
    plan.left_out["thinned out"] += is_out
    return is_out


def _units(plan: Plan) -> dict[str, int]:
    counted = Counter(plan.units.values())
    return {name: counted[name] for name in SETS}


def _without_zero(counts: Counter[str]) -> dict[str, int]:
    return {why: count for why, count in counts.items() if count}


def _description(plan: Plan, recordings: Recordings, report: SplitReport) -> dict[str, Any]:
    """split.json: the same for the same recordings and options, on every machine."""
    return {
        "format": SPLIT_FORMAT,
        "options": plan.options.content(),
        "counts": report.counts,
        "units": {f"{unit.stratum} {unit.name}".strip(): name for unit, name in plan.units.items()},
        "left_out": report.left_out,
        "takes": [_take(take) for take in plan.takes],
        "row_files": _row_files(recordings),
        "columns": list(HEADER),
    }


def _take(plan: TakePlan) -> dict[str, Any]:
    counts = Counter(plan.sets)
    facts = plan.take.description.facts if plan.take.description is not None else {}
    return {
        "take_id": plan.take.take_id,
        "take": plan.take.name,
        "app_version": facts.get("app_version"),
        "frames": len(plan.take),
        **{name: counts[at] for at, name in enumerate(SETS)},
    }


def _row_files(recordings: Recordings) -> list[dict[str, Any]]:
    """Every data.csv that was read, by its content."""
    folders = {take.folder.path: take.folder for take in recordings.takes}
    found = []
    for path in folders:
        if (path / DATA_FILE).is_file():
            with (path / DATA_FILE).open("rb") as file:
                found.append({"file": DATA_FILE, "sha256": hashlib.file_digest(file, "sha256").hexdigest()})
    return sorted(found, key=lambda entry: entry["sha256"])
