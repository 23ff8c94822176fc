"""What can be said of a JPEG file without decoding it: is it whole, what comments does it carry."""

from collections.abc import Iterator
from pathlib import Path

from .files import is_plain_file, naming

_START = b"\xff\xd8"
_END = b"\xff\xd9"
_COMMENT = 0xFE
_START_OF_SCAN = 0xDA
# A block that the system never wrote is read as zeros; a JPEG holds no such run.
_HOLE = bytes(512)
# Comments stand before the picture; tables and comments together stay far below this.
_HEAD = 1 << 18


def is_whole(path: Path, every_byte: bool = False) -> bool:
    """Whether the file begins and ends as a JPEG; with `every_byte`, also whether no part of it was never written.

    Raise OSError where it can't be read: that says nothing about the file.
    """
    if not is_plain_file(path):
        return False  # to open a pipe would wait for whoever writes into it
    with naming(path), path.open("rb") as file:
        if every_byte:
            content = file.read()
            return content.startswith(_START) and content.endswith(_END) and _HOLE not in content
        if file.read(2) != _START or file.seek(0, 2) < len(_START + _END):
            return False
        file.seek(-2, 2)
        return file.read(2) == _END


def comments(path: Path) -> Iterator[bytes]:
    """The comment segments before the picture's data; nothing where the file is no JPEG.

    Raise OSError where it can't be read.
    """
    if not is_plain_file(path):
        return
    with naming(path), path.open("rb") as file:
        if file.read(2) != _START:
            return
        while file.tell() < _HEAD:
            head = file.read(4)
            length = int.from_bytes(head[2:], "big") - 2
            if len(head) < 4 or head[0] != 0xFF or head[1] == _START_OF_SCAN or length < 0:
                return
            if head[1] != _COMMENT:
                file.seek(length, 1)
                continue
            comment = file.read(length)
            if len(comment) == length:
                yield comment
