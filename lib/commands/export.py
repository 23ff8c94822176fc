"""`export`: the formats that people train with."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from ..progress import show_progress
from ..tools import need_tools
from .app import add_cluster

HELP = "write pictures with their telemetry in the formats that people train with"

FORMATS = ("imagefolder", "lerobot", "mp4", "parquet", "webdataset")


def add_arguments(parser: ArgumentParser) -> None:
    """What it takes."""
    parser.description = (
        "Write the pictures of captures folders, or of one folder of sets that `split` made, to OUT. Pictures keep "
        "their bytes unless an option asks for others. What is discarded, and pictures of which nothing proves the "
        "tick, are left out and counted. Stopped, the same command goes on; run again, it adds what is new."
    )
    parser.add_argument("named", nargs="+", metavar="DIR", help="folders with recordings, or one with sets; or URLs")
    parser.add_argument("out", metavar="OUT", help="the folder that the export goes into; or a URL")
    parser.add_argument("--to", required=True, choices=FORMATS, metavar="FORMAT", help=", ".join(FORMATS))
    parser.add_argument("--fps", type=float, help="pictures a second of game time, the nearest of each moment")
    parser.add_argument("--size", type=int, nargs=2, metavar=("WIDTH", "HEIGHT"), help="of the pictures in OUT")
    parser.add_argument("--crop", type=_box, metavar="L,T,W,H", help="what is seen of the saved picture, in its pixels")
    parser.add_argument(
        "--mask", type=_box, action="append", default=[], metavar="L,T,W,H",
        help="paint that grey, in pixels of the saved picture, as `check --leaks` prints it; as often as needed",
    )  # fmt: skip
    parser.add_argument("--grey", action="store_true", help="pictures without colours")
    parser.add_argument("--quality", type=int, help="1 to 100, of JPEGs made anew (90) and of films (75)")
    parser.add_argument("--columns", type=_names, default=(), metavar="A,B,…", help="default: those of a set")
    parser.add_argument("--unproven", action="store_true", help="also pictures of which nothing proves the tick")
    parser.add_argument("--part", type=int, metavar="PICTURES", help="so many pictures in a file or folder at the most")
    parser.add_argument("--overlay", action="store_true", help="films show wheel, pedals, speed and delta (mp4)")
    parser.add_argument(
        "--steering-lock", type=_lock, metavar="DEGREES", default=None,
        help="steering of so many degrees is 1 in the actions of lerobot; found (default): the most in training",
    )  # fmt: skip
    parser.add_argument("--licence", default="", metavar="SPDX", help="of your pictures, for the data card: CC-BY-4.0")
    parser.add_argument("--driver-name", action="store_true", help="also the driver's name, which else stays out")
    add_cluster(parser)


def run(arguments: Namespace) -> int:
    """Do it, and say what there is now."""
    need_tools("export", "numpy", "pyarrow")
    from ..export.export import export
    from ..export.options import ExportOptions
    from ..recordings.cluster import cluster_executor
    from ..recordings.places import place

    options = ExportOptions(
        fps=arguments.fps,
        size=tuple(arguments.size) if arguments.size else None,
        crop=arguments.crop,
        masks=tuple(arguments.mask),
        grey=arguments.grey,
        quality=arguments.quality,
        columns=tuple(arguments.columns),
        unproven=arguments.unproven,
        driver_name=arguments.driver_name,
        licence=arguments.licence,
        part=arguments.part,
        overlay=arguments.overlay,
        steering_lock=arguments.steering_lock,
    )
    with cluster_executor(arguments.cluster, map(place, arguments.named)) as executor:
        report = export(arguments.named, arguments.to, arguments.out, options, show_progress, executor)
    for line in report.lines(arguments.out):
        print(line)
    for line in report.failed:
        print(f"not made: {line}", file=sys.stderr)
    return 1 if report.failed else 0


def _box(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
        raise ArgumentTypeError(f"{text} is no box: left, top, width and height in pixels, as 0,400,1280,320")
    return tuple(map(int, parts))


def _lock(text: str) -> float | None:
    if text == "found":
        return None
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"{text}: degrees above 0, or found") from None


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise ArgumentTypeError("no column is named")
    return names
