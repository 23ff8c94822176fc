"""The one reader of captures folders: takes, laps, frames, ticks, and what is discarded of them."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .recordings import Frame, Recordings, Take

__all__ = ["Frame", "Recordings", "Take"]


def __getattr__(name: str) -> Any:
    """The public names, imported when they are asked for: who wants `workers` only does not wait for them."""
    if name in __all__:
        return getattr(importlib.import_module(".recordings", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
