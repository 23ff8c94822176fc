"""`split`: training, validation and test sets."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..errors import UserError
from ..progress import show_progress

HELP = "training, validation and test sets, cut so that neighbours never straddle them"


def add_arguments(parser: ArgumentParser) -> None:
    """What it takes."""
    from ..dataset.options import SplitBy, SplitOptions

    plain = SplitOptions()
    parser.description = (
        "Write train.csv, val.csv, test.csv and split.json into SETS. The same recordings, options and seed make the "
        "same bytes on every machine. At the end it proves that no two sets share a lap, a picture or a moment."
    )
    parser.add_argument("captures", type=Path, nargs="+", metavar="DIR", help="folders with recordings")
    parser.add_argument("--out", type=Path, required=True, metavar="SETS", help="the folder that the sets go into")
    parser.add_argument(
        "--by", default=str(plain.by), choices=[str(by) for by in SplitBy], metavar="WHAT",
        help="what is kept together: " + "; ".join(f"{by} ({by.meaning})" for by in SplitBy),
    )  # fmt: skip
    parser.add_argument(
        "--fractions", type=float, nargs=3, default=plain.fractions, metavar=("TRAIN", "VAL", "TEST"),
        help="default: 0.8 0.1 0.1; a set of 0 stays empty",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=plain.seed, help="another number makes other sets (%(default)s)")
    parser.add_argument(
        "--gap", type=float, default=plain.gap, metavar="SECONDS",
        help="left out on both sides where two sets touch (%(default)s)",
    )  # fmt: skip
    parser.add_argument("--unproven", action="store_true", help="also pictures of which nothing proves the tick")
    parser.add_argument("--valid-laps", action="store_true", help="only laps in which the car stayed on the track")
    parser.add_argument("--complete-laps", action="store_true", help="only laps from line to line")
    parser.add_argument("--within", type=float, metavar="PERCENT", help="only laps so close to the best")
    parser.add_argument("--speed", type=float, nargs=2, metavar=("FROM", "TO"), help="only at these speeds, in mph")
    parser.add_argument("--no-pits", action="store_true", help="nothing in the pit box or the pit lane")
    parser.add_argument("--no-standing", action="store_true", help="nothing while the car stands")
    parser.add_argument(
        "--leave-out", type=Path, metavar="FINDINGS.json", help="no frame that `check --json` has a finding about"
    )
    parser.add_argument(
        "--thin-out", action="store_true",
        help="leave out frames of what is common, instead of giving it less weight; breaks sequences",
    )  # fmt: skip


def run(arguments: Namespace) -> int:
    """Make the sets."""
    from ..dataset.flagged import flagged
    from ..dataset.options import SplitBy, SplitOptions
    from ..dataset.split import split
    from ..recordings.recordings import Recordings

    recordings = Recordings(*arguments.captures)
    options = SplitOptions(
        by=SplitBy(arguments.by),
        fractions=tuple(arguments.fractions),
        seed=arguments.seed,
        gap=arguments.gap,
        unproven=arguments.unproven,
        valid_laps=arguments.valid_laps,
        complete_laps=arguments.complete_laps,
        within=arguments.within,
        speed=tuple(arguments.speed) if arguments.speed else None,
        no_pits=arguments.no_pits,
        no_standing=arguments.no_standing,
        thin_out=arguments.thin_out,
        left_out=flagged(arguments.leave_out, recordings) if arguments.leave_out else (),
    )
    try:
        report = split(recordings, arguments.out, options, show_progress)
    except KeyboardInterrupt:
        raise UserError(f"stopped: nothing was written to {arguments.out}") from None
    for line in report.lines():
        print(line)
    return 0
