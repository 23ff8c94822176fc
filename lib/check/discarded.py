"""What is left out of every set needs no remark any more."""

from collections.abc import Iterable
from dataclasses import replace

from ..recordings.recordings import Take
from .finding import Finding


def without_discarded(take: Take, findings: Iterable[Finding]) -> tuple[list[Finding], int]:
    """The findings, cut to the frames that are not discarded, and how many are only about frames that are."""
    kept: list[Finding] = []
    hidden = 0
    for finding in findings:
        if not finding.first or not take.discards:
            kept.append(finding)
            continue
        rest = list(_rest(finding.first, finding.last, take.discards))
        kept += [replace(finding, first=first, last=last) for first, last in rest]
        hidden += not rest
    return kept, hidden


def _rest(first: int, last: int, discards: Iterable[tuple[int, int, str]]) -> Iterable[tuple[int, int]]:
    """What of these frames is not discarded, in stretches. The discards are in order."""
    for begin, end, _ in discards:
        if end < first:
            continue
        if begin > last:
            break
        if begin > first:
            yield first, begin - 1
        first = end + 1
    if first <= last:
        yield first, last
