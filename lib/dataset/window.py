"""What of the time around a frame belongs to its sample."""

from typing import NamedTuple


class Window(NamedTuple):
    """Which pictures and which actions, counted from the frame."""

    past: tuple[float, ...]  # how far back each picture is; 0 is the frame itself
    in_seconds: bool  # ... in seconds, else in frames of the set
    future: int  # so many actions, the first of them at the frame
    step: float  # seconds from one action to the next
    label_ms: float  # milliseconds by which all actions are later than that (earlier, where it is negative)
