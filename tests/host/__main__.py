"""`python -m tests.host ROOT [SCENE.json]`: run the apps in an AC root folder as the game would."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR", "0")

from .ac_api import HostCrashError
from .game import Game
from .scene import Scene

_PROJECT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    root = Path(sys.argv[1]).resolve()
    scene = Scene.from_json(Path(sys.argv[2]).read_text(encoding="utf-8")) if len(sys.argv) > 2 else Scene()
    os.chdir(root)
    # The game's path holds nothing of the project's.
    sys.path[:] = [folder for folder in sys.path if folder and Path(folder).resolve() != _PROJECT]
    try:
        Game(root, scene).run()
    except HostCrashError as error:
        print(error, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
