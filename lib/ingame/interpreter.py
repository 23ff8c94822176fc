"""Finds the Python that runs the recorder. `sys.executable` inside AC is the game itself."""

import os
import sys

_ON_WINDOWS = os.name == "nt"


class NoInterpreterError(Exception):
    """There is none. The message says what to do."""


def find(app_folder, setting):
    """The path of the recorder's interpreter: the setting, the packaged runtime, `.venv`, outside the game our own."""
    if setting:
        if os.path.isfile(setting):
            return setting
        raise NoInterpreterError("Setting PYTHON names no file: correct it, or leave it empty.")
    for candidate in _in_app_folder(app_folder):
        if os.path.isfile(candidate):
            return candidate
    if _is_python(sys.executable) and _has_packages():
        return sys.executable
    raise NoInterpreterError("No Python for the recorder: run python -m lib install in the app's folder.")


def _in_app_folder(app_folder):
    if _ON_WINDOWS:
        return [
            os.path.join(app_folder, "runtime", "python.exe"),
            os.path.join(app_folder, ".venv", "Scripts", "python.exe"),
        ]
    return [os.path.join(app_folder, ".venv", "bin", "python")]


def _is_python(executable):
    return bool(executable) and os.path.basename(executable).lower().startswith("python")


def _has_packages():
    """Whether this interpreter has what the recorder needs; looked for, not imported."""
    return all(any(os.path.isdir(os.path.join(folder, name)) for folder in sys.path) for name in ("mss", "PIL"))
