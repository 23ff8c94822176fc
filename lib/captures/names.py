"""The names in a captures folder: pictures, side files, and what is not finished yet.

A name says what a file may be, never that it is ours: phones and other programs use such names, too
(`ownership.py`).
"""

import re

DATA_FILE = "data.csv"

# As we write them, and in no other way: take 7 is `07`, take 100 is `100`; frames count from 1.
TAKE_FORM = "0[1-9]|[1-9][0-9]{1,8}"
FRAME_FORM = "(?!000000)(?:[0-9]{6}|[1-9][0-9]{6,11})"
_PICTURE = re.compile(f"({TAKE_FORM})_({FRAME_FORM})\\.jpg")
_SIDE_FILE = re.compile(f"({TAKE_FORM})_(?:take\\.json|ticks\\.csv)")


def picture_name(take: int, frame: int) -> str:
    """Picture `frame` (from 1) of take `take` (from 1): `01_000001.jpg`; take 100 is `100_`."""
    return f"{take:02d}_{frame:06d}.jpg"


def picture_key(name: str) -> tuple[int, int] | None:
    """(take, frame) of a picture's name; None when it isn't written as we write it."""
    found = _PICTURE.fullmatch(name)
    return (int(found.group(1)), int(found.group(2))) if found else None


def take_file_name(take: int) -> str:
    """The file that describes the take."""
    return f"{take:02d}_take.json"


def ticks_file_name(take: int) -> str:
    """The file with every tick of the take."""
    return f"{take:02d}_ticks.csv"


def side_file_take(name: str) -> int | None:
    """The take of a side file's name; None for any other name."""
    found = _SIDE_FILE.fullmatch(name)
    return int(found.group(1)) if found else None


def part_name(name: str) -> str:
    """The name under which a file is written until it is whole."""
    return f".{name}.part"


def part_take(name: str) -> int | None:
    """The take of a picture or side file that was not finished; None for any other name."""
    if not (name.startswith(".") and name.endswith(".part")):
        return None
    finished = finished_name(name)
    key = picture_key(finished)
    return key[0] if key is not None else side_file_take(finished)


def finished_name(name: str) -> str:
    """The name that a file has when it is whole, from that or from its `part_name`."""
    return name[1 : -len(".part")] if name.startswith(".") and name.endswith(".part") else name
