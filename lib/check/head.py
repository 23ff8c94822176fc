"""What the first and the last bytes of a picture say: its kind, its size, whether it has an end."""

JPEG, PNG, BMP = "JPEG", "PNG", "BMP"

_STARTS = {b"\xff\xd8\xff": JPEG, b"\x89PNG\r\n\x1a\n": PNG, b"BM": BMP}
_ENDS = {JPEG: b"\xff\xd9", PNG: b"IEND\xaeB`\x82", BMP: b""}
LONGEST_END = max(map(len, _ENDS.values()))
# Of the markers C0 to CF these begin no frame.
_NO_FRAME = {0xC4, 0xC8, 0xCC}
_START_OF_SCAN = 0xDA


def kind_of(head: bytes) -> str:
    """The kind of a picture that begins so; "" for anything else."""
    return next((kind for start, kind in _STARTS.items() if head.startswith(start)), "")


def has_end(kind: str, end: bytes) -> bool:
    """Whether a picture of this kind may end with these bytes."""
    return end.endswith(_ENDS[kind])


def size_of(kind: str, head: bytes) -> tuple[int, int] | None:
    """Width and height; None where the head does not reach so far."""
    if kind == JPEG:
        return _jpeg_size(head)
    if kind == PNG and len(head) >= 24:
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if kind == BMP and len(head) >= 26:
        return int.from_bytes(head[18:22], "little"), abs(int.from_bytes(head[22:26], "little", signed=True))
    return None


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            return int.from_bytes(head[at + 7 : at + 9], "big"), int.from_bytes(head[at + 5 : at + 7], "big")
        if marker == _START_OF_SCAN:
            return None
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return None
