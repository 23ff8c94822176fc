"""Holds the rows of unmasked pictures against their strips: `python -m lib.dataset.sync_check [DIR]`.

Works on takes recorded with MASK_PANEL = 0, whose pictures still show the panel and in it the strip.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from .jpeg import comments
from .strip_in_jpeg import JpegStripReader

_CAPTURES = Path(__file__).resolve().parents[2] / "captures"


@dataclass
class SyncCheck:
    """What the pictures of one take show."""

    take: str
    right: int = 0  # the strip shows the tick of the row
    unreadable: int = 0  # no strip can be read: masked, covered, panel closed
    wrong: list[str] = field(default_factory=list)  # what is wrong, a line for each picture

    def __str__(self) -> str:
        return (
            f"take {self.take}: {self.right} right, {len(self.wrong)} wrong, {self.unreadable} without a readable strip"
        )


def check_take(description: Path, progress: Callable[[int, int], None] | None = None) -> SyncCheck:
    """Compare the strip in each picture of the take that NN_take.json describes with the tick of its row."""
    take = description.name.removesuffix("_take.json")
    found = SyncCheck(take)
    reader = JpegStripReader(json.loads(description.read_text(encoding="utf-8"))["strip_key"])
    pictures = sorted(description.parent.glob(f"{take}_*.jpg"), key=lambda path: (len(path.name), path.name))
    for done, path in enumerate(pictures):
        if progress is not None:
            progress(done + 1, len(pictures))
        with Image.open(path) as picture:
            shown = reader.tick(picture)
        said = _tick_of_row(path)
        if shown is None:
            found.unreadable += 1
        elif shown == said:
            found.right += 1
        else:
            found.wrong.append(f"{path.name} shows tick {shown}, its row is that of tick {said}")
    return found


def _tick_of_row(path: Path) -> int | None:
    """The tick whose sample became the picture's row, as its comment says."""
    for comment in comments(path):
        try:
            return int(json.loads(comment)["tick"]["tick"])
        except (ValueError, KeyError, TypeError):
            continue  # another program's comment
    return None


def main() -> int:
    """Check all takes of a folder. 1 where a picture doesn't belong to its row."""
    parser = argparse.ArgumentParser(prog="python -m lib.dataset.sync_check", description=__doc__)
    parser.add_argument("captures", type=Path, nargs="?", default=_CAPTURES, metavar="DIR")
    captures = parser.parse_args().captures
    checks = []
    for description in sorted(captures.glob("*_take.json")):
        try:
            checks.append(check_take(description, _show_progress))
        except (OSError, ValueError, KeyError) as error:
            print(f"error: {description.name} can't be used ({error}): run `python -m lib repair`", file=sys.stderr)
            return 2
        print(checks[-1])
        for line in checks[-1].wrong:
            print(f"  {line}")
    if not any(check.right or check.wrong for check in checks):
        print("No picture shows a strip: record with MASK_PANEL = 0 and the panel open to verify the pairing.")
    return 1 if any(check.wrong for check in checks) else 0


def _show_progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
