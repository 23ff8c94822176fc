"""From recordings to what a network is trained on: the reader, sets that share nothing, and the loader."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..recordings import Frame, Recordings, Take
    from .frames import Frames
    from .shuffle import Shuffle

__all__ = ["Frame", "Frames", "Recordings", "Shuffle", "Take"]

# Imported when they are asked for: `split --help` needs none of them, and reading recordings no numpy.
_PLACES = {
    "Frame": "..recordings",
    "Frames": ".frames",
    "Recordings": "..recordings",
    "Shuffle": ".shuffle",
    "Take": "..recordings",
}


def __getattr__(name: str) -> Any:
    """The public names."""
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
