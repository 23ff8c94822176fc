"""The engine of every format: which parts there are, which are missing, and all cores at work on those."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..dataset.options import OptionError
from ..errors import UserError
from ..progress import Progress, no_progress
from ..recordings.places import UnreachableError, reaching
from ..recordings.workers import PATIENCE_SECONDS, run_parts
from ..tools import need_tools
from .card import CARD_FILE, card
from .columns import chosen
from .facts import facts_of
from .format import Format, format_of
from .options import ExportOptions
from .parts import Part, PartResult, Plan, TakeRef, Written
from .plan import Survey, SurveyJob, digest_of, rows_of, survey
from .provenance import PROVENANCE_FILE, known_leaks_of, provenance, provenance_text
from .resample import Kept, fitting_rate, kept_by_rate
from .source import Source, select, source_of
from .store import OutError, Store, files_in
from .url_store import store_at

EXPORT_FORMAT = 1
# No picture takes longer on any machine; a part that does hangs.
_SECONDS_A_PICTURE = 0.25


class ExportError(UserError):
    """The export can't be made. The message is for the user."""


@dataclass(frozen=True)
class ExportReport:
    """What was made."""

    plan: Plan
    results: tuple[PartResult, ...]  # of every part that is there, in the order of the plan
    new: int  # so many of them are of this run
    failed: tuple[str, ...]  # what could not be made, a line each
    remarks: tuple[str, ...]

    def lines(self, out: str) -> Iterator[str]:
        """For people."""
        yield from self.remarks
        for split, results in self._by_split().items():
            pictures = sum(result.pictures for result in results)
            takes = len({result.take_id for result in results})
            yield f"{split}: {_count(pictures, 'picture')} of {_count(takes, 'take')} in {_count(len(results), 'part')}"
        for why, count in self.plan.left_out().items():
            yield f"left out, {why}: {count}"
        new = f"{_count(self.new, 'part')} of them new" if self.new else "nothing was missing"
        state = f"{_count(len(self.failed), 'part')} could not be made" if self.failed else f"{out} is ready"
        yield f"{new}; {state}"

    def _by_split(self) -> dict[str, list[PartResult]]:
        found: dict[str, list[PartResult]] = {}
        for result in self.results:
            found.setdefault(result.split, []).append(result)
        return found


@dataclass(frozen=True)
class _Job:
    """One part that is to be made: all that a process or machine needs to know."""

    part: Part
    to: str
    options: ExportOptions
    store: Store
    before: PartResult | None  # as it is in OUT, where it changed since


@dataclass(frozen=True)
class _NotMade:
    why: str


def export(
    named: Sequence[str | os.PathLike[str]],
    to: str,
    out: str,
    options: ExportOptions,
    progress: Progress = no_progress,
    executor: Executor | None = None,
) -> ExportReport:
    """Write what goes out of these folders to OUT. Raise UserError where it can't be, or where Ctrl+C stopped it."""
    made_by = format_of(to)
    need_tools(f"--to {to}", *made_by.needs)
    _refuse_idle(made_by, options)
    _refuse_fractions(made_by, options)
    with reaching(*named):
        source = source_of(named)
    chosen(options, source.sets is not None)
    store = store_at(out)
    _refuse_bad_out(out, store, source)
    with store.held():
        there = store.state()
        if options.fps is None and made_by.default_fps is not None:
            rate = _rate_in(there) or _fitting_rate(source, options, made_by.default_fps, executor)
            options = replace(options, fps=rate)
        run = _Run(source, made_by, options, store, progress, executor)
        before = there or run.state(())
        _refuse_other_options(before, run.state(()), out)
        plan, failed = run.planned(before["parts"])
        store.write_state(run.state(plan.parts))  # what stands over all parts is not of these until it is written
        report = run.made(plan, failed, is_finished=bool(before.get("finished")))
        store.write_state({**run.state(plan.parts), "finished": True})
        return report


class _Run:
    """One run of the command."""

    def __init__(
        self, source: Source, made_by: Format, options: ExportOptions, store: Store, progress: Progress,
        executor: Executor | None,
    ) -> None:  # fmt: skip
        self._source = source
        self._refs = {ref.take_id: ref for ref in source.takes}
        self._format = made_by
        self._options = options
        self._store = store
        self._progress = progress
        self._executor = executor

    def state(self, parts: Sequence[Part]) -> dict[str, Any]:
        """As it stands in OUT: what was asked for, and which parts that makes."""
        return {
            "export": EXPORT_FORMAT,
            "format": self._format.name,
            "options": self._options.content(),
            "sets": self._source.sets,
            "parts": [[part.take.take_id, part.split, part.first, part.end] for part in parts],
        }

    def planned(self, before: list[list[Any]]) -> tuple[Plan, list[str]]:
        """All parts, those of earlier runs first, and what can't be looked at."""
        surveys, failed = self._surveys(before)
        of_take = {one.take.take_id: iter(one.known) for one in surveys}
        found = []
        for take_id, split, first, end in before:
            seen = next(of_take.get(take_id, iter(())), None)
            # Nowhere, where this run was not told: the parts are there, or they are said to be missing.
            found.append((self._refs.get(take_id, TakeRef("", 0, take_id)), split, first, end, seen))
        found += [(one.take, part.split, part.first, part.end, part) for one in surveys for part in one.new]
        parts, counts = list[Part](), dict[str, int]()
        for number, (ref, split, first, end, seen) in enumerate(found):
            index = counts[split] = counts.get(split, -1) + 1
            pictures, digest = (seen.pictures, seen.digest) if seen is not None else (0, "")
            parts.append(Part(number, index, ref, split, first, end, pictures, digest))
        plan = Plan(tuple(parts), {one.take.take_id: one.facts for one in surveys})
        if self._format.wants_one_size:
            sizes = {one.take.take_id: one.size for one in surveys if one.size is not None}
            self._format.refuse_sizes(sizes, self._store.results().values())
        if not parts and not failed:
            raise ExportError(_nothing(plan, self._options))
        return plan, failed

    def _surveys(self, before: list[list[Any]]) -> tuple[list[Survey], list[str]]:
        most, keeps_laps = self._options.part or self._format.pictures_a_part, self._format.keeps_laps
        shares = self._options.part is None and not keeps_laps
        measures = self._format.wants_one_size or self._options.crop is not None or bool(self._options.masks)
        known: dict[str, list[tuple[str, tuple[int, int]]]] = {ref.take_id: [] for ref in self._source.takes}
        for take_id, split, first, end in before:
            known.setdefault(take_id, []).append((split, (first, end)))
        jobs = {
            ref: SurveyJob(ref, self._options, tuple(known[ref.take_id]), most, keeps_laps, shares, measures)
            for ref in self._source.takes
        }
        found, failed = dict[TakeRef, Survey](), list[str]()
        for done, finished in enumerate(run_parts(_survey, jobs.values(), self._executor), 1):
            if isinstance(finished.result, Survey):
                found[finished.part.take] = finished.result
            else:
                failed.append(f"{_where(finished.part.take)}: {finished.result.why}")
            self._progress("takes read", done, len(jobs))
        return [found[ref] for ref in self._source.takes if ref in found], sorted(failed)

    def made(self, plan: Plan, failed: list[str], is_finished: bool) -> ExportReport:
        """Make every part that is missing, and what stands over all parts unless it is that already."""
        there = self._store.results()
        jobs = []
        for part in plan.parts:
            before = there.get(part.number)
            if before is None or (part.digest and before.digest != part.digest):
                jobs.append(_Job(part, self._format.name, self._options, self._store, before))
        possible = [job for job in jobs if job.part.take.folder]
        failed += [_unknown(job.part) for job in jobs if not job.part.take.folder]
        try:
            failed += self._work(possible, there)
        except KeyboardInterrupt:
            whole = len(self._store.results())
            raise ExportError(
                f"stopped: {whole} of {len(plan.parts)} parts are there, the same command goes on"
            ) from None
        results = tuple(there[part.number] for part in plan.parts if part.number in there)
        if jobs or not is_finished:
            self._finish(plan, results)
        new = sum(job.part.number in there for job in possible)
        return ExportReport(plan, results, new, tuple(failed), self._source.remarks)

    def _work(self, jobs: list[_Job], there: dict[int, PartResult]) -> list[str]:
        """Make these parts and add them to those that are there. Returns why some could not be made."""
        failed, done, total = list[str](), 0, sum(job.part.pictures for job in jobs)
        for job in jobs:
            there.pop(job.part.number, None)
        patience = max(PATIENCE_SECONDS, _SECONDS_A_PICTURE * max((job.part.pictures for job in jobs), default=0))
        self._progress("pictures", 0, total)
        for finished in run_parts(_make, jobs, self._executor, patience=patience):
            part = finished.part.part
            if isinstance(finished.result, PartResult):
                there[part.number] = finished.result
            else:
                failed.append(f"part {part.number} ({part.name}, {_where(part.take)}): {finished.result.why}")
            done += part.pictures
            self._progress("pictures", done, total)
        return sorted(failed)

    def _finish(self, plan: Plan, results: tuple[PartResult, ...]) -> None:
        with self._store.fresh() as folder:
            self._format.finish(plan, results, self._options, folder, self._store)
            if any(result.pictures for result in results):
                self._describe(plan, results, folder)
            self._store.keep_finished(files_in(folder, {}), folder)

    def _describe(self, plan: Plan, results: tuple[PartResult, ...], folder: Path) -> None:
        """Write the data card, and provenance.json over all files with it."""
        leaks = known_leaks_of(dict.fromkeys(take.folder for take in self._source.takes))
        of_parts = [file for result in results for file in result.files]

        def told() -> dict[str, Any]:
            files = [*of_parts, *files_in(folder, {})]
            return provenance(self._format.name, plan, results, self._options, self._source.sets, leaks, files)

        text = card(told(), self._format.data_files)
        (folder / CARD_FILE).write_text(text, encoding="utf-8", newline="\n")
        # Half of a surrogate pair, from a command line say, becomes what JSON writes for it.
        content = provenance_text(told()).encode("utf-8", "backslashreplace")
        (folder / PROVENANCE_FILE).write_bytes(content)


def _refuse_idle(made_by: Format, options: ExportOptions) -> None:
    """Raise OptionError for an option that only other formats look at."""
    given = {"overlay": options.overlay, "steering-lock": options.steering_lock is not None}
    for name, is_given in given.items():
        if is_given and name not in made_by.own_options:
            raise OptionError(f"--{name} does nothing for {made_by.name}: leave it out; nothing was written")


def _refuse_fractions(made_by: Format, options: ExportOptions) -> None:
    if made_by.default_fps is not None and options.fps is not None and options.fps != int(options.fps):
        raise OptionError(f"--fps {options.fps:g}: {made_by.name} has a whole number of pictures a second")


def _rate_in(state: dict[str, Any] | None) -> float | None:
    """The rate of the export that is there: takes that come later get the same."""
    rate = state.get("options", {}).get("fps") if state is not None else None
    return float(rate) if isinstance(rate, (int, float)) else None


def _fitting_rate(source: Source, options: ExportOptions, most: float, executor: Executor | None) -> float:
    """The highest usual rate that keeps nearly all of the takes. One that can't be read is named later."""
    jobs = [(take, options) for take in source.takes]
    drives = [
        kept for done in run_parts(_kept, jobs, executor) if isinstance(done.result, list) for kept in done.result
    ]
    return min(most, float(fitting_rate(drives)))


def _kept(job: tuple[TakeRef, ExportOptions]) -> list[tuple[Kept, ...]]:
    try:
        return [kept_by_rate(table) for table in select(*job).tables.values() if table.num_rows]
    except (UserError, OSError):
        return []


def _survey(job: SurveyJob) -> Survey | _NotMade:
    try:
        with reaching(job.take.folder):
            return survey(job)
    except (UnreachableError, OptionError):
        raise
    except (UserError, OSError) as error:
        return _NotMade(str(error))


def _make(job: _Job) -> PartResult | _NotMade:
    """Make one part. Runs in any process. Raise what all other parts would raise as well."""
    part, store = job.part, job.store
    if store.state() is None:
        raise OutError(
            f"{store.name} is not seen by every machine at work: put it on a share, or name a URL like s3://"
        )
    try:
        with reaching(part.take.folder):
            selection = select(part.take, job.options)
        rows = rows_of(selection, part)
        if job.before is not None:
            store.drop_part(job.before)
        with store.fresh() as folder:
            made_by = format_of(job.to)
            with reaching(part.take.folder):
                written = made_by.write(part, rows, job.options, folder) if rows.num_rows else Written()
            result = PartResult(
                part.number, part.take.take_id, part.split, part.first, part.end, digest_of(rows), rows.num_rows,
                facts_of(rows, selection.facts), written.statistics, files_in(folder, written.sha256),
            )  # fmt: skip
            store.keep_part(result, folder)
        return result
    except (OutError, UnreachableError, OptionError):
        raise
    except (UserError, OSError) as error:
        return _NotMade(str(error))


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}".replace(",", " ")


def _where(take: TakeRef) -> str:
    return f"take {take.number:02d} of {take.folder}"


def _unknown(part: Part) -> str:
    return (
        f"part {part.number} ({part.name}) is missing, and so is its take {part.take.take_id} in what was named: "
        "name its folder as well"
    )


def _nothing(plan: Plan, options: ExportOptions) -> str:
    left_out = "; ".join(f"{count} left out, {why}" for why, count in plan.left_out().items())
    hint = ". --unproven takes pictures of which nothing proves the tick" if left_out and not options.unproven else ""
    return f"there is no picture to export: {left_out or 'name a recording'}{hint}; nothing was written"


def _refuse_bad_out(out: str, store: Store, source: Source) -> None:
    is_url = "://" in out
    for folder in source.folders:
        if ("://" in folder) != is_url:
            continue
        inside = f"{out.rstrip('/')}/".startswith(f"{folder.rstrip('/')}/")
        if inside if is_url else Path(folder) in (Path(out).resolve(), *Path(out).resolve().parents):
            raise ExportError(f"{out} lies in {folder}: choose another folder for OUT, nothing was written")
    if store.holds_other_things():
        raise ExportError(f"{out} is not empty and not ours: choose another folder for OUT, nothing was written")


def _refuse_other_options(before: dict[str, Any], now: dict[str, Any], out: str) -> None:
    different = [name for name in ("export", "format", "sets") if before.get(name) != now[name]]
    options = before.get("options") or {}
    different += [f"--{name}" for name, value in now["options"].items() if options.get(name) != value]
    if different:
        raise ExportError(
            f"{out} has an export with other options ({', '.join(different)}): choose another folder for OUT, "
            "or remove that one; nothing was written"
        )
