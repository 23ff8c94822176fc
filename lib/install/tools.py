"""`install --tools`: what some commands need beside the recorder's packages, in the app's .venv."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .environment import install_packages, prepare_environment
from .record import read_record

_REQUIREMENTS = Path(__file__).parent / "tools_requirements.txt"


def install_tools(app: Path, say: Callable[[str], None] = print) -> int:
    """Make .venv where there is none, and install the tools into it. A packed runtime stays as it is."""
    record = read_record(app)
    try:
        python = prepare_environment(app, record, say)
    finally:
        record.write(app)
    say("installing the tools into it")
    install_packages(python, _REQUIREMENTS)
    say(f"ready: run the commands that need them as `{python} -m lib COMMAND`")
    return 0
