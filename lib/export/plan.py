"""Which parts an export has: those of earlier runs as they were, and behind them what is new."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow.compute as pc

from ..dataset.pictures import PictureError
from .options import ExportOptions
from .parts import Part, TakeRef
from .pictures import Pictures
from .source import Selection, select

# Of one take so many processes make parts at a time, unless these would have fewer pictures than is worth a file.
_SHARED_BY, _WORTH_IT = 8, 250

# first and end: frame numbers
Range = tuple[int, int]


@dataclass(frozen=True)
class SurveyJob:
    """One take that is to be looked at."""

    take: TakeRef
    options: ExportOptions
    known: tuple[tuple[str, Range], ...]  # split and frames of the parts that earlier runs planned
    most: int  # pictures in a part
    keeps_laps: bool
    shares: bool  # a take gives work to several processes also where it has fewer pictures than `most`
    measures: bool  # whether the first of its pictures is to be measured, and held against the options


@dataclass(frozen=True)
class SurveyedPart:
    """A part before it has a number."""

    split: str
    first: int
    end: int
    pictures: int
    digest: str


@dataclass(frozen=True)
class Survey:
    """What goes out of one take."""

    take: TakeRef
    known: tuple[SurveyedPart, ...]  # in the order of the job's
    new: tuple[SurveyedPart, ...]
    facts: dict[str, Any]  # of the take: "car", ..., "pictures" and "left_out"
    size: tuple[int, int] | None = None  # (width, height) of the first picture of `new` as it goes out, where asked for


def survey(job: SurveyJob) -> Survey:
    """Look at one take. Runs in any process."""
    selection = select(job.take, job.options)
    known = tuple(_surveyed(selection, split, span) for split, span in job.known)
    new = []
    for split, table in selection.tables.items():
        end = max((span[1] for of, span in job.known if of == split), default=0)
        for span in _spans(table, end, job):
            new.append(_surveyed(selection, split, span))
    pictures = {split: table.num_rows for split, table in selection.tables.items()}
    facts = {**selection.facts, "pictures": pictures, "left_out": selection.left_out}
    size = _size(job, rows_of(selection, new[0])) if job.measures and new else None
    return Survey(job.take, known, tuple(new), facts, size)


def rows_of(selection: Selection, part: Part | SurveyedPart) -> Any:
    """The rows of a part: an Arrow table, in the order of the frames."""
    table = selection.tables[part.split]
    begin, end = np.searchsorted(table["frame"].to_numpy(), [part.first, part.end])
    return table.slice(int(begin), int(end - begin))


def digest_of(rows: Any) -> str:
    """Another one where anything that the rows say is another."""
    sha = hashlib.sha256()
    for name in rows.column_names:
        column = rows[name].combine_chunks()
        sha.update(f"{name} {column.type} {len(column)};".encode())
        if column.null_count:
            sha.update(pc.is_null(column).to_numpy(zero_copy_only=False).tobytes())
        if str(column.type) == "string":
            words = pc.fill_null(column, "").dictionary_encode()
            sha.update("\0".join(words.dictionary.to_pylist()).encode())
            column = words.indices
        elif column.null_count:
            column = pc.fill_null(column, False if str(column.type) == "bool" else 0)
        sha.update(column.to_numpy(zero_copy_only=False).tobytes())
    return sha.hexdigest()


def _size(job: SurveyJob, rows: Any) -> tuple[int, int] | None:
    """None where it can't be told: the picture's part will say why. OptionError: the options don't fit it."""
    try:
        return Pictures(job.take, job.options).size(rows["image"][0].as_py())
    except PictureError:
        return None


def _surveyed(selection: Selection, split: str, span: Range) -> SurveyedPart:
    rows = rows_of(selection, SurveyedPart(split, *span, 0, ""))
    return SurveyedPart(split, *span, rows.num_rows, digest_of(rows))


def _spans(table: Any, begin: int, job: SurveyJob) -> Iterator[Range]:
    """Cut the frames from `begin` on into parts of about the same size, none of them larger than it may be."""
    frames = table["frame"].to_numpy()
    at = int(np.searchsorted(frames, begin))
    if at == len(frames):
        return
    # By the pictures alone, not by the cores: every machine makes the same parts.
    most = min(job.most, max(_WORTH_IT, -(-(len(frames) - at) // _SHARED_BY))) if job.shares else job.most
    cuts = _cuts_at_laps(table, at, most) if job.keeps_laps else _even_cuts(at, len(frames), most)
    for here, there in pairwise(cuts):
        yield int(frames[here]), int(frames[there - 1]) + 1


def _even_cuts(begin: int, end: int, most: int) -> Sequence[int]:
    count = -(-(end - begin) // most)
    return [begin + (end - begin) * at // count for at in range(count + 1)]


def _cuts_at_laps(table: Any, begin: int, most: int) -> Sequence[int]:
    """Whole laps together, as many as fit; a lap that alone is larger stays whole."""
    words = table["lap"].combine_chunks().dictionary_encode().indices.to_numpy()
    ends = [begin, *(int(at) + 1 for at in np.flatnonzero(words[1:] != words[:-1]) if at + 1 > begin), len(words)]
    cuts = [begin]
    for before, end in pairwise(ends):
        if end - cuts[-1] > most and before > cuts[-1]:
            cuts.append(before)
    return [*cuts, ends[-1]]
