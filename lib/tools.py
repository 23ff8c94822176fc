"""The extras, and what a command says that lacks one: the tools (numpy, pyarrow, …), or what a cluster needs."""

import sys
from importlib.util import find_spec

from .errors import IN_APP_FOLDER, PROGRAM, UserError

# The modules of the extra, as they are imported.
TOOLS = frozenset({"numpy", "pyarrow", "fsspec", "upath", "plotly", "av"})


class ToolsMissingError(UserError):
    """The extra is not installed. The message is for the user."""


def need_tools(what: str, *modules: str) -> None:
    """Raise ToolsMissingError where one of the modules is not there. `what` needs them: "--leaks", say."""
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        lacks = f"{what} needs {' and '.join(missing)}, which this Python lacks"
        raise ToolsMissingError(f"{lacks}: {how_to_get_tools()}")


def need_cluster() -> None:
    """Raise ToolsMissingError where this Python can't speak to a cluster."""
    if find_spec("distributed") is None:
        how = (
            f"{sys.executable} -m pip install distributed" if IN_APP_FOLDER else "pip install synclogger[tools,cluster]"
        )
        raise ToolsMissingError(f"--cluster needs distributed, which this Python lacks: run `{how}` once")


def how_to_get_tools() -> str:
    """What to do, for the user."""
    if not IN_APP_FOLDER:
        return "run `pip install synclogger[tools]` once"
    return f"run `{PROGRAM} install --tools` once, then use the Python in .venv"
