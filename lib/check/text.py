"""What was found, for people."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from ..captures.vocabulary import Proof
from ..errors import PROGRAM
from .checked import Checked
from .finding import Finding, Severity, count, quoted

# Of each kind of finding so many are shown; a take can have thousands of one kind.
_FEW = 5
_LONGEST_NAME = 60
_TITLES = {
    Severity.DAMAGE: "damage",
    Severity.UNREAD: "could not be looked at",
    Severity.REMARK: "remarks",
}


def text_of(checked: Checked, *, shows_all: bool) -> Iterator[str]:
    """Line by line."""
    several = len({take["folder"] for take in checked.takes}) > 1
    yield from map(_take_line, checked.takes)
    for severity, title in _TITLES.items():
        found = checked.of(severity)
        if found:
            yield f"{title}:"
            yield from _finding_lines(found, shows_all, several)
    yield _summary(checked)


def _take_line(take: dict[str, Any]) -> str:
    drive = " ".join(_plain(take[name]) for name in ("car", "track", "layout") if take[name])
    parts = [
        f"take {take['take']}" + (f" {drive}" if drive else ""),
        count(take["pictures"], "picture"),
        f"{take['seconds']:.1f} s",
        *take["sizes"],
        *_proof(take["proof"]),
        *(f"{number} {kind}" for kind, number in take["laps"].items() if number),
        f"{take['laps_cut']} of the laps cut" if take["laps_cut"] else "",
        f"best {take['best_lap']:.3f} s" if take["best_lap"] else "",
        f"{take['straight_share']:.0%} near straight" if take["straight_share"] is not None else "",
        f"{take['strips_right']} strips right" if take["strips_right"] else "",
        f"{take['discarded']} discarded" if take["discarded"] else "",
    ]
    return ", ".join(filter(None, parts))


def in_one_line(text: str) -> str:
    """Without what would begin another line, or steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _plain(text: object) -> str:
    """Of a name from a file what can stand in a line."""
    plain = in_one_line(str(text))
    return plain if len(plain) <= _LONGEST_NAME else plain[:_LONGEST_NAME] + "…"


def _proof(proof: dict[str, int]) -> Iterator[str]:
    total = sum(proof.values())
    for word in Proof:
        number = proof.get(word, 0)
        if number:
            yield f"{number / total:.1%} {word}"


def _finding_lines(found: list[Finding], shows_all: bool, several: bool) -> Iterator[str]:
    found = sorted(found, key=lambda one: (one.kind, one.folder))  # stable: the places stay in order
    for _, group in groupby(found, key=lambda one: one.kind):
        same = list(group)
        shown = same if shows_all else same[:_FEW]
        for finding in shown:
            yield f"  {finding_line(finding, several)}"
        if len(same) > len(shown):
            yield f"  … and {len(same) - len(shown)} more of this kind: `--all` shows them"


def finding_line(finding: Finding, names_folder: bool = False) -> str:
    """What, where, what to do, and the command."""
    folder = f"{finding.folder} " if names_folder else ""
    where = f"{folder}{finding.where}".strip()
    to_do = finding.to_do.replace("`repair`", f"`{PROGRAM} repair {quoted(finding.folder)}`")
    to_do = f" -> {to_do}" if to_do else ""
    command = f": {finding.discard}" if finding.discard else ""
    return (f"{where}: " if where else "") + f"{finding.what}{to_do}{command}"


def _summary(checked: Checked) -> str:
    pictures = sum(take["pictures"] for take in checked.takes)
    parts = [
        f"{count(len(checked.takes), 'take')}, {count(pictures, 'picture')}",
        f"{len(checked.of(Severity.DAMAGE))} damage" if checked.of(Severity.DAMAGE) else "no damage",
        count(len(checked.of(Severity.REMARK)), "remark"),
    ]
    unread = len(checked.of(Severity.UNREAD))
    if unread:
        parts.append(f"{count(unread, 'place')} could not be looked at")
    if checked.discarded:
        parts.append(f"left out {count(checked.discarded, 'discarded frame')}")
    return "; ".join(parts)
