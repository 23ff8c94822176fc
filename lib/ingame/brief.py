"""What the recorder must know about session and settings, as JSON that fits into its room in the link."""

import binascii
import json

from ..link.mapped_file import BRIEF_ROOM

_CUT = "..."


def make_brief(app_version, settings, problems, game, static):
    """The brief as bytes. `game` is what the game's functions say of the drive, `static` a `pages.Static` or None.

    Where it has no room, the longest of its texts are cut, and end in "...".
    """
    brief = {
        "app_version": app_version,
        "settings": dict(settings),
        "game": dict(game),
        "problems": list(problems),
        "static_page": binascii.hexlify(static.page).decode("ascii") if static is not None else "",
    }
    packed = _pack(brief)
    while len(packed) > BRIEF_ROOM and _shorten(brief):
        packed = _pack(brief)
    return packed


def _pack(brief):
    return json.dumps(brief, ensure_ascii=False).encode("utf-8", "replace")


def _shorten(brief):
    """Cut the longest text to its half. False: nothing is left that can be cut."""
    parts = [brief["settings"], brief["game"], brief["problems"]]
    names = [(part, name) for part in parts for name in (part if isinstance(part, dict) else range(len(part)))]
    texts = [(part, name) for part, name in names if isinstance(part[name], str)]
    if not texts:
        return False
    part, name = max(texts, key=lambda text: len(text[0][text[1]]))
    text = part[name]
    part[name] = text[: len(text) // 2] + _CUT if len(text) > 4 * len(_CUT) else ""
    return bool(text)
