"""What the page says beside the pictures' values: takes, laps, what was dropped and why, what `check` found."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..captures.names import take_file_name
from ..captures.vocabulary import Ended, Outcome, PairedBy, Proof, Word
from ..check.finding import Finding, Severity, quoted
from ..errors import PROGRAM
from ..recordings import Recordings, Take
from .columns import NO_LAP, NO_WORD, Columns
from .steering_lag import steering_lag

# What a reader of the page wants to know first, by its name in NN_take.json.
_FACTS = {
    "car": "car",
    "skin": "skin",
    "track": "track",
    "layout": "layout",
    "driver": "driver",
    "track_length_m": "track length in metres",
    "source": "recorded from",
    "quality": "JPEG quality",
    "app_version": "version of SyncLogger",
}
# A steering wheel within so many degrees of the middle is near straight, as `check` counts it.
NEAR_STRAIGHT = 3
# A name of 40 kB is not what anyone wants to read in a table.
_LONGEST_TEXT = 200


def contents(
    recordings: Recordings, columns: Columns, folder: Path, findings: Iterable[Finding], made: datetime | None = None
) -> dict[str, Any]:
    """Everything as JSON has it, but the pictures' values."""
    return {
        "title": folder.resolve().name or str(folder),
        "made": (made or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC"),
        "every": columns.every,
        "reasons": [shortened(why) for why in columns.reasons],
        "nearStraight": NEAR_STRAIGHT,
        "noLap": NO_LAP,
        "noWord": NO_WORD,
        "pairedBy": [{**_word(word), "proof": str(word.proof)} for word in PairedBy],
        "remarks": [shortened(remark) for remark in recordings.remarks],
        "takes": [_take(take, index, columns) for index, take in enumerate(recordings.takes)],
        "laps": [lap for index, take in enumerate(recordings.takes) for lap in _laps(take, index)],
        "findings": [_finding(finding) for finding in sorted(findings, key=_badness)],
    }


def discard_command(folder: Path) -> str:
    """The command that leaves something of the folder out, up to what that is."""
    return f"{PROGRAM} discard {quoted(str(folder.resolve()))}"


def leak_maps(shares: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each cell of the picture tells of each label; those that are told best first."""
    maps = [
        {"label": label, "r2": [[round(max(0.0, float(cell)), 3) for cell in row] for row in cells]}
        for label, cells in shares.items()
    ]
    return sorted(maps, key=lambda one: -max(cell for row in one["r2"] for cell in row))


def shortened(value: object) -> str:
    """As a text that fits into a table."""
    text = str(value)
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _word(word: Word) -> dict[str, str]:
    return {"word": str(word), "meaning": word.meaning}


def _take(take: Take, index: int, columns: Columns) -> dict[str, Any]:
    told = take.description
    lag = steering_lag(columns, index)
    facts = {} if told is None else told.facts
    return {
        "name": take.name,
        "number": take.number,
        "id": take.take_id,
        "first": columns.starts[index],
        "end": columns.starts[index + 1],
        "rows": len(take),
        "otherNames": columns.other_names[index],
        "car": shortened(facts.get("car", "")),
        "track": shortened(" ".join(str(facts[key]) for key in ("track", "layout") if facts.get(key))),
        "driver": shortened(facts.get("driver", "")),
        "facts": [[label, shortened(facts[key])] for key, label in _FACTS.items() if facts.get(key) not in (None, "")],
        "started": "" if told is None else shortened(told.started_utc or ""),
        "ended": _how_it_ended(take),
        "sizes": [] if told is None else [shortened(size) for size in told.saved_sizes],
        "proof": _counted(Proof, {} if told is None else told.proof),
        "outcomes": _counted(Outcome, {} if told is None else told.ticks.get("by_outcome")),
        "problems": [] if told is None else [[shortened(what), _count(often)] for what, often in told.problems.items()],
        "lagTicks": {} if told is None else _lag_ticks(told.sync.get("lag_ticks")),
        "steeringLag": None if lag is None else asdict(lag),
    }


def _how_it_ended(take: Take) -> dict[str, str]:
    if take.description is None:
        return {"word": "unknown", "meaning": f"there is no {take_file_name(take.number)} that can be read"}
    return _known(Ended, take.description.how_it_ended) or {"word": "unknown", "meaning": "its description doesn't say"}


def _known(words: type[Word], word: str) -> dict[str, str] | None:
    try:
        return _word(words(word))
    except ValueError:
        return {"word": shortened(word), "meaning": "a word of a later version"} if word else None


def _counted(words: type[Word], counts: object) -> list[dict[str, Any]]:
    """Each word with its meaning and how often, those with the most first."""
    if not isinstance(counts, dict):
        return []
    told = [{**(_known(words, str(word)) or {}), "count": _count(often)} for word, often in counts.items()]
    return sorted((one for one in told if one["count"]), key=lambda one: -one["count"])


def _count(value: object) -> int:
    return int(value) if isinstance(value, int | float) and value == value and abs(value) < 1e15 else 0


def _lag_ticks(counts: object) -> dict[str, int]:
    if not isinstance(counts, dict):
        return {}
    return {str(ticks): _count(often) for ticks, often in counts.items() if str(ticks).lstrip("-").isdecimal()}


def _laps(take: Take, index: int) -> Iterable[dict[str, Any]]:
    for lap in take.laps:
        yield {
            "name": lap.name,
            "take": index,
            "kind": str(lap.kind),
            "meaning": lap.kind.meaning,
            "valid": lap.is_valid,
            "seconds": round(lap.seconds, 3),
            "time": None if lap.lap_time is None else round(lap.lap_time, 3),
        }


_WORST_FIRST = (Severity.DAMAGE, Severity.UNREAD, Severity.REMARK)


def _badness(finding: Finding) -> int:
    return _WORST_FIRST.index(finding.severity)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "kind": str(finding.kind),
        "severity": str(finding.severity),
        "take": finding.take,
        "first": finding.first,
        "last": finding.last,
        "what": shortened(finding.what),
        "toDo": shortened(finding.to_do),
        "discard": finding.discard,
    }
