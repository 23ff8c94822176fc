"""All apps share one interpreter and one `sys.path`: ours must not stand in the way of apps loaded after it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.environment import ROOT

# What AC does: one relative folder for each app, then its import, in alphabetical order.
_GAME = """
import sys, types
sys.modules["ac"] = types.ModuleType("ac")
for app in ("logger", "zebra"):
    sys.path.append("apps/python/" + app)
    __import__(app)
import zebra
print(zebra.lib.OWNER)
"""


def test_a_later_app_finds_its_own_lib(tmp_path: Path) -> None:
    root = tmp_path / "Spiele für mich"
    apps = root / "apps" / "python"
    (apps / "logger" / "lib").mkdir(parents=True)
    shutil.copy(ROOT / "logger.py", apps / "logger")
    shutil.copy(ROOT / "lib" / "__init__.py", apps / "logger" / "lib")
    (apps / "zebra" / "lib").mkdir(parents=True)
    (apps / "zebra" / "zebra.py").write_text("import lib\n", encoding="utf-8")
    (apps / "zebra" / "lib" / "__init__.py").write_text('OWNER = "zebra"\n', encoding="utf-8")
    # -I: nothing but AC's own additions leads to an app.
    ran = subprocess.run(
        [sys.executable, "-I", "-c", _GAME], cwd=root, capture_output=True, text=True, encoding="utf-8", timeout=60
    )
    assert ran.stdout.strip() == "zebra", ran.stderr
