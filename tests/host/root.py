"""Makes an Assetto Corsa root folder with our app in it, beside an app that would collide with a careless one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

APP_PARTS = ("logger.py", "lib", "ui", "settings_defaults.ini", "requirements.txt")

# A second app with the most common names for its own parts. It counts its frames, to show that it lives.
_COLLIDER = """
import ac
import lib
import sim_info

ticks = 0


def acMain(ac_version):
    ac.newApp("Collider")
    assert lib.OWNER == sim_info.OWNER == "collider"
    return "Collider"


def acUpdate(delta_t):
    global ticks
    import lib
    assert lib.OWNER == "collider"
    ticks += 1


def acShutdown():
    ac.log("Collider: %d ticks" % ticks)
"""


def prepare_root(root: Path, app_source: Path, settings: Mapping[str, object] | None = None) -> Path:
    """Fill `root` like an AC installation with the app from `app_source`; return the app's folder.

    `settings` are "SECTION.KEY" to value, for the user's settings.ini.
    """
    app = root / "apps" / "python" / "logger"
    app.mkdir(parents=True, exist_ok=True)
    for part in APP_PARTS:
        source = app_source / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, app / part, dirs_exist_ok=True, ignore=ignored)
        else:
            shutil.copy(source, app / part)
    system = root / "apps" / "python" / "system"
    system.mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name("acsys.py"), system / "acsys.py")
    _add_collider(root / "apps" / "python" / "collider")
    (root / "content" / "gui" / "icons").mkdir(parents=True, exist_ok=True)
    if settings:
        (app / "settings.ini").write_text(_ini(settings), encoding="utf-8")
    return app


def _add_collider(folder: Path) -> None:
    (folder / "lib").mkdir(parents=True, exist_ok=True)
    (folder / "collider.py").write_text(_COLLIDER, encoding="utf-8")
    for name in ("sim_info.py", "lib/__init__.py"):
        (folder / name).write_text('OWNER = "collider"\n', encoding="utf-8")


def _ini(settings: Mapping[str, object]) -> str:
    lines = []
    for name, value in settings.items():
        section, key = name.split(".")
        lines += [f"[{section}]", f"{key} = {value}"]
    return "\n".join(lines) + "\n"
