"""What can be said of a JPEG file without decoding it: is it whole, what comments does it carry."""

from collections.abc import Iterator
from pathlib import Path

_START = b"\xff\xd8"
_END = b"\xff\xd9"
_COMMENT = 0xFE
_START_OF_SCAN = 0xDA
# A block that the system never wrote is read as zeros; a JPEG holds no such run.
_HOLE = bytes(512)
# Comments stand before the picture; tables and comments together stay far below this.
_HEAD = 1 << 18


def is_whole(path: Path, every_byte: bool = False) -> bool:
    """Whether the file begins and ends as a JPEG; with `every_byte`, also whether no part of it was never written."""
    try:
        if not path.is_file():
            return False  # to open a pipe would wait for whoever writes into it
        with path.open("rb") as file:
            if every_byte:
                content = file.read()
                return content.startswith(_START) and content.endswith(_END) and _HOLE not in content
            if file.read(2) != _START:
                return False
            file.seek(-2, 2)
            return file.tell() > 2 and file.read(2) == _END
    except OSError:
        return False


def comments(path: Path) -> Iterator[bytes]:
    """The comment segments before the picture's data. Nothing where the file is no JPEG."""
    try:
        if not path.is_file():
            return
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return
    at = 2
    while head.startswith(_START) and at + 4 <= len(head) and head[at] == 0xFF:
        kind = head[at + 1]
        length = int.from_bytes(head[at + 2 : at + 4], "big")
        if kind == _START_OF_SCAN or length < 2:
            return
        if kind == _COMMENT and at + 2 + length <= len(head):
            yield head[at + 4 : at + 2 + length]
        at += 2 + length
