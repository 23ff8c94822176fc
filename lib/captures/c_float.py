"""The game's numbers are C floats: what Python reads as a double must read back as the same C float."""

import struct

_FLOAT32 = struct.Struct("<f")


def as_float32(value: float) -> float | None:
    """The nearest C float, as a double; None where the value is beyond its range."""
    try:
        result: float = _FLOAT32.unpack(_FLOAT32.pack(value))[0]
    except OverflowError:
        return None
    return result
