"""Puts the page together: one file with everything in it, which asks no server for anything."""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly.offline

_PARTS = Path(__file__).parent / "page"
# In the order in which they use each other.
SCRIPTS = (
    "data.js", "format.js", "pictures.js", "cockpit.js", "timeline.js", "player.js", "plot_kit.js", "plots.js",
    "tables.js", "main.js",
)  # fmt: skip
# What the first bytes of a page of ours say; nothing else in the folder is ever replaced.
MARK = '<!doctype html><meta name="generator" content="SyncLogger report">'


def page(data: Mapping[str, Any]) -> str:
    """The whole page as text."""
    own = '"use strict";\n' + "\n".join(_part(name) for name in SCRIPTS)
    plots = _inside_a_script(plotly.offline.get_plotlyjs())
    pieces = {
        "mark": MARK,
        "policy": _policy(own, plots),
        "style": _part("page.css"),
        "data": harmless(data),
        "own": own,
        "plotly": plots,
    }
    before, *rest = _part("template.html").split("{{")
    filled = [before]
    for piece in rest:
        name, _, text = piece.partition("}}")
        filled += [pieces[name], text]
    return "".join(filled)


def harmless(data: Mapping[str, Any]) -> str:
    """JSON that stays inside its <script>, whatever the texts in it say."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def _inside_a_script(text: str) -> str:
    """JavaScript that doesn't end its own <script>, with the line ends that a browser reads."""
    return text.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _policy(*scripts: str) -> str:
    """Only these very scripts run, only pictures are loaded, nothing is sent anywhere."""
    sums = " ".join(f"'sha256-{_sum(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {sums}; style-src 'unsafe-inline'; img-src 'self' file: data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _sum(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
