"""`discard`: leave frames, laps or takes out of every set."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PROGRAM, UserError
from .app import need_folder

if TYPE_CHECKING:
    from ..check.finding import Finding
    from ..recordings.discarding import Wanted
    from ..recordings.discards import Discard
    from ..recordings.recordings import Recordings

HELP = "leave frames, laps or takes out of every set, reversibly"


def add_arguments(parser: ArgumentParser) -> None:
    """What it takes."""
    from ..check.finding import Kind

    parser.description = (
        "Leave frames, laps or takes out of every set. Nothing is moved or deleted: discards.json in the folder names "
        "them, with who, why and when. A recording may go on meanwhile."
    )
    parser.add_argument("captures", type=Path, metavar="DIR")
    parser.add_argument(
        "what", nargs="*", metavar="WHAT", help="02: a take; 02:100-250: frames; 02@3: a lap; 02:12.5s-30s: seconds"
    )
    parser.add_argument("--why", default="", metavar="TEXT", help="the reason, for those who wonder later")
    parser.add_argument(
        "--from", dest="source", metavar="FILE", help="what `check --json` found; - reads it from input"
    )
    parser.add_argument(
        "--kind", action="append", metavar="KIND", choices=[str(kind) for kind in Kind],
        help="of that only findings of this kind, as `check --json` has it",
    )  # fmt: skip
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--restore", action="store_true", help="take WHAT, or all, back into the sets")
    mode.add_argument("--list", action="store_true", help="show what is left out")


def run(arguments: Namespace) -> int:
    """Do it, and say what is left out now."""
    from ..recordings.recordings import Recordings

    captures = arguments.captures
    need_folder(captures, "discard")
    _refuse_what_would_do_nothing(arguments)
    if arguments.list:
        return _list(captures)
    recordings = Recordings(captures)
    changed = _restore(arguments, recordings) if arguments.restore else _discard(arguments, recordings)
    for entry in changed:
        print(_line(entry))
    done = "taken back" if arguments.restore else "left out"
    print(f"{_changes(len(changed), done)}; {_left_out(Recordings(captures))}")
    return 0


def _refuse_what_would_do_nothing(arguments: Namespace) -> None:
    """Raise UserError where a part of what was typed has no meaning beside the rest."""
    if arguments.kind and not arguments.source:
        raise UserError("--kind chooses from what --from reads: name both, or WHAT alone; nothing was done")
    if arguments.list and (arguments.what or arguments.source):
        raise UserError("--list shows all that is left out: give it nothing else; nothing was done")
    if arguments.restore and arguments.source and arguments.what == ["all"]:
        raise UserError("--restore all takes everything back: give it no --from; nothing was done")
    if not arguments.list and not arguments.what and not arguments.source:
        example = "--restore all" if arguments.restore else "02:100-250"
        raise UserError(f"nothing was named: `{PROGRAM} discard DIR {example}`, and --help shows what can be")


def _discard(arguments: Namespace, recordings: "Recordings") -> "list[Discard]":
    from ..recordings.discarding import Wanted, discard
    from ..recordings.selection import select

    wanted = [Wanted(selected, arguments.why) for selected in select(recordings, arguments.what)]
    for one in wanted:
        if not one.selected.frames:
            numbers = one.selected.take.frame_numbers
            there = f"frames {numbers[0]} to {numbers[-1]}" if len(numbers) else "no frames"
            raise UserError(f"{one.selected.name}: no such frames, the take has {there}; nothing was left out")
    if arguments.source:
        wanted += _found(arguments, recordings)
    return discard(arguments.captures, wanted)


def _restore(arguments: Namespace, recordings: "Recordings") -> "list[Discard]":
    from ..recordings.discarding import restore, restore_all
    from ..recordings.selection import select

    if arguments.what == ["all"]:
        return restore_all(arguments.captures)
    selected = select(recordings, arguments.what)
    if arguments.source:
        selected += [one.selected for one in _found(arguments, recordings)]
    return restore(arguments.captures, selected)


def _found(arguments: Namespace, recordings: "Recordings") -> "list[Wanted]":
    """What `check --json` found and can be left out, of the takes that are here."""
    from ..recordings.discarding import Wanted
    from ..recordings.selection import LAST_FRAME, Selected

    takes = {take.take_id: take for take in recordings.takes}
    wanted, elsewhere = [], 0
    for take_id, finding in _findings(arguments.source):
        if not finding.discard or (arguments.kind and str(finding.kind) not in arguments.kind):
            continue
        take = takes.get(take_id)
        if take is None:
            elsewhere += 1
            continue
        selected = Selected(take, finding.first or 1, finding.last or LAST_FRAME)
        wanted.append(Wanted(selected, arguments.why or str(finding.kind)))
    if elsewhere:
        print(f"of takes that are not in {arguments.captures}, so nothing was done for them: {elsewhere} found")
    return wanted


def _findings(source: str) -> "list[tuple[str, Finding]]":
    """(take_id, finding) of a file that `check --json` wrote."""
    import json

    from ..check.finding import Finding

    if source == "-" and sys.stdin is None:
        raise UserError("--from - reads from the input, which is closed: name a file; nothing was done")
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8-sig")
        content = json.loads(text)
        ids = {(take["folder"], take["take"]): str(take["take_id"]) for take in content["takes"]}
        found = [(ids.get((one["folder"], one["take"]), ""), Finding.of(one)) for one in content["findings"]]
        for _, finding in found:
            if not 0 <= int(finding.first) <= int(finding.last):
                raise ValueError(f"frames {finding.first} to {finding.last}")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"{source} is not what `{PROGRAM} check --json` writes ({error}): nothing was done") from error
    return found


def _list(captures: Path) -> int:
    from ..recordings.discards import read_discards
    from ..recordings.recordings import Recordings

    for entry in read_discards(captures).entries:
        print(_line(entry))
    print(_left_out(Recordings(captures)))
    return 0


def _line(entry: "Discard") -> str:
    from ..check.text import in_one_line
    from ..recordings.discarding import name_of

    by = f", by {entry.who}" if entry.who else ""
    return in_one_line(f"{name_of(entry)}: {entry.why or 'no reason given'}{by}, {entry.when_utc}")


def _changes(number: int, what: str) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'} {what}" if number else f"nothing new {what}"


def _left_out(recordings: "Recordings") -> str:
    left_out = sum(take.discarded_frames for take in recordings.takes)
    return f"{left_out} of {len(recordings)} frames are left out"
