"""Checks captures folders. One that did not change since it was looked at is known by its names alone."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..captures.lock import is_held
from ..progress import Progress, no_progress
from .cache import Cache
from .checked import Checked
from .finding import Finding, Severity
from .snapshot import look_at_names

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["Checked", "check"]


def check(
    folders: Iterable[Path], decodes: bool = False, progress: Progress = no_progress, executor: "Executor | None" = None
) -> Checked:
    """Look at everything in these folders; with `decodes` also at what the pictures show.

    Raise UserError where there is no such folder, OSError where one can't be listed.
    """
    paths = list(folders)
    seen = {path: look_at_names(path, progress) for path in paths}
    lives = {path: is_held(path) for path in paths}
    cache = Cache(paths[0])
    key = cache.key("all", decodes, [(str(path), seen[path].state(), lives[path]) for path in paths])
    kept = _checked_of(cache.read(key))
    if kept is not None:
        return kept
    # What these import takes longer than all of the above.
    from .listing import listing_of
    from .look import look_at_folders

    listings = {path: listing_of(seen.pop(path)) for path in [*seen]}  # a million names take 100 MB: not twice
    checked = look_at_folders(paths, listings, lives, decodes, progress, executor)
    if not checked.of(Severity.UNREAD) and not any(lives.values()):
        cache.write(key, checked.content())
    return checked


def _checked_of(content: Any) -> Checked | None:
    """From what the cache kept; None where that is nothing, or spoilt."""
    try:
        return Checked(
            content["takes"],
            [Finding.of(one) for one in content["findings"]],
            content["discarded_frames"],
            content["findings_about_discarded_frames"],
        )
    except (KeyError, TypeError, ValueError):
        return None
