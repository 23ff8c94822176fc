"""provenance.json: what an export was made of, how, and the SHA-256 of every file. The data card is made from it.

Of nobody's name and no machine's: no path, no host, no user. The driver's name is in it where it was asked for.
"""

import json
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..check.finding import Finding
from ..check.leaks import known_leaks
from ..errors import IN_APP_FOLDER
from .columns import chosen
from .options import ExportOptions
from .parts import File, PartResult, Plan
from .source import SPLITS

PROVENANCE_FILE = "provenance.json"
PROVENANCE_FORMAT = 1

# Of a take, as its parts tell them.
_FACTS = ("car", "track", "layout", "app_version", "driver")
_UI_FILE = Path(__file__).resolve().parents[2] / "ui" / "ui_app.json"


def provenance(
    to: str,
    plan: Plan,
    results: Sequence[PartResult],
    options: ExportOptions,
    sets: dict[str, Any] | None,
    leaks: Iterable[Finding] | None,
    files: Iterable[File],
) -> dict[str, Any]:
    """The content of the file. The same for the same recordings and options, on every machine.

    `sets` are the options of `split`, None where no sets were exported; `leaks` None where nobody looked for them.
    """
    pictures = sum(result.pictures for result in results)
    steps = sum(result.pictures - 1 for result in results if result.pictures)
    seconds = sum(result.facts["seconds"] for result in results)
    return {
        "format": PROVENANCE_FORMAT,
        "made_by": f"SyncLogger {_own_version()}",
        "to": to,
        "options": options.content(),
        "sets": sets,
        "totals": {
            **_totals(results),
            "pictures_a_second": options.fps or (round(steps / seconds, 2) if seconds else None),
            "proven_share": round(sum(result.facts["proven"] for result in results) / pictures, 6),
            "cars": _named(results, "car"),
            "tracks": sorted({_track(result.facts) for result in results} - {""}),
            "app_versions": _named(results, "app_version"),
            **({"drivers": _named(results, "driver")} if options.driver_name else {}),
        },
        "splits": {
            split: _totals(of_split)
            for split in SPLITS.values()
            if (of_split := [result for result in results if result.split == split and result.pictures])
        },
        "left_out": plan.left_out(),
        "columns": [
            {"name": column.name, "type": str(column.type), "unit": column.unit, "meaning": column.meaning}
            for column in chosen(options, sets is not None)
        ],
        "leaks": None if leaks is None else [finding.what for finding in leaks],
        "takes": _takes(results),
        "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in sorted(files)],
    }


def known_leaks_of(folders: Iterable[str]) -> list[Finding] | None:
    """What `check --leaks` found in these folders; None where it was not run on them as they are."""
    paths = list(folders)
    return known_leaks(map(Path, paths)) if paths and not any("://" in path for path in paths) else None


def provenance_text(content: dict[str, Any]) -> str:
    """As it stands in the file: each of the long lists' entries in a line of its own."""
    lines = []
    for name, value in content.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            told = "[\n" + ",\n".join(f"  {_json(one)}" for one in value) + "\n ]"
        else:
            told = _json(value)
        lines.append(f" {_json(name)}: {told}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _totals(results: Sequence[PartResult]) -> dict[str, Any]:
    laps = {(result.take_id, lap) for result in results for lap in result.facts["laps"] if lap}
    return {
        "pictures": sum(result.pictures for result in results),
        "hours": round(sum(result.facts["seconds"] for result in results) / 3600, 4),
        "laps": len(laps),
        "takes": len({result.take_id for result in results if result.pictures}),
    }


def _named(results: Sequence[PartResult], fact: str) -> list[str]:
    return sorted({str(result.facts.get(fact) or "") for result in results} - {""})


def _track(facts: dict[str, Any]) -> str:
    return f"{facts['track']} ({facts['layout']})" if facts["layout"] else str(facts["track"])


def _takes(results: Sequence[PartResult]) -> list[dict[str, Any]]:
    """Each take, with its pictures by split."""
    takes: dict[str, dict[str, Any]] = {}
    for result in results:
        facts = {name: result.facts[name] for name in _FACTS if name in result.facts}
        take = takes.setdefault(result.take_id, {"take_id": result.take_id, **facts, "pictures": {}})
        take["pictures"][result.split] = take["pictures"].get(result.split, 0) + result.pictures
    return list(takes.values())


def _own_version() -> str:
    """The release that this code is of."""
    try:
        if IN_APP_FOLDER:
            return str(json.loads(_UI_FILE.read_bytes())["version"])
        return version("synclogger")
    except (OSError, ValueError, KeyError, TypeError, PackageNotFoundError):
        return "of an unknown version"
