"""Keeps what was seen, so that a folder that did not change is looked at once.

In the folder itself where that may be written to, else in the user's folder for caches. What can't be kept or can't be
read back is seen again; nothing else depends on it.
"""

import contextlib
import json
import os
import sys
import time
from array import array
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import fields
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from PIL import __version__ as pillow_version

from ..captures.files import write_json
from .finding import Finding

if TYPE_CHECKING:
    from .pictures import PicturesSeen
    from .telemetry import TelemetrySeen

CACHE_FOLDER = ".check"
# Raise it with every change to what is seen, or to how that is kept.
_VERSION = 3
_KEEP_SECONDS = 30 * 86_400

Seen = Union["PicturesSeen", "TelemetrySeen"]


class Cache:
    """What was seen of one captures folder."""

    def __init__(self, captures: Path) -> None:
        self._places = [captures / CACHE_FOLDER]
        with contextlib.suppress(RuntimeError):  # a user without a home has no such folder
            self._places.append(_users_folder() / _digest(str(captures.resolve())))
        self._used: set[str] = set()

    def key(self, *what: object) -> str:
        """The name of something that was seen: changes with everything that it depends on."""
        return _digest(repr((_VERSION, pillow_version, sys.version_info[:2], *what)))

    def read(self, key: str) -> Any:
        """What is kept; None where nothing is."""
        self._used.add(f"{key}.json")
        for place in self._places:
            with contextlib.suppress(OSError, ValueError, RecursionError):
                return json.loads((place / f"{key}.json").read_bytes())
        return None

    def write(self, key: str, content: dict[str, Any]) -> None:
        """Keep it, where anything can be kept."""
        for place in self._places:
            with contextlib.suppress(OSError):
                place.mkdir(parents=True, exist_ok=True)
                write_json(place / f"{key}.json", content)
                return

    def read_seen(self, key: str, kind: "type[PicturesSeen] | type[TelemetrySeen]") -> Seen | None:
        """What was seen of a part of the folder."""
        content = self.read(key)
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            return _seen(content, kind) if content is not None else None
        return None

    def write_seen(self, key: str, seen: Seen) -> None:
        """Keep what was seen of a part of the folder."""
        self.write(key, {one.name: _plain(getattr(seen, one.name)) for one in fields(seen)})

    def drop_unused(self) -> None:
        """Remove what nobody asked for in a long time: it is of files that changed or went."""
        oldest = time.time() - _KEEP_SECONDS
        for place in self._places:
            with contextlib.suppress(OSError):
                for path in place.glob("*.json"):
                    if path.name not in self._used and path.stat().st_mtime < oldest:
                        path.unlink()


def _users_folder() -> Path:
    """Where the system wants caches."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "synclogger" / "check"


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, array):
        return [value.typecode, b64encode(value.tobytes()).decode("ascii")]
    if isinstance(value, list) and value and isinstance(value[0], Finding):
        return [finding.content() for finding in value]
    return value


def _seen(content: dict[str, Any], kind: "type[PicturesSeen] | type[TelemetrySeen]") -> Seen:
    seen = kind()
    for one in fields(kind):
        value = content[one.name]
        before = getattr(seen, one.name)
        setattr(seen, one.name, _READERS.get(one.name, _as_it_is)(value, before))
    return seen


def _as_it_is(value: Any, _before: Any) -> Any:
    return [tuple(one) if isinstance(one, list) else one for one in value] if isinstance(value, list) else value


def _as_array(value: Any, before: "array[Any]") -> "array[Any]":
    kind, text = value
    if kind != before.typecode:
        raise ValueError(f"an array of {kind}")
    return array(kind, b64decode(text))


def _as_findings(value: Any, _before: Any) -> list[Finding]:
    return [Finding.of(one) for one in value]


_READERS: dict[str, Callable[[Any, Any], Any]] = {
    "findings": _as_findings, "frames": _as_array, "sums": _as_array, "ways": _as_array,
}  # fmt: skip
