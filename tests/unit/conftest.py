"""What the unit tests share."""

import importlib.util
import sys
from collections.abc import Iterator

import pytest

# What is tested with the packages of the extra `tools`. Wine's Python has none of them; elsewhere a file that is left
# out is an error in CI.
_TOOLS = ("check", "dataset", "export", "install/test_tools.py", "recordings", "report")
collect_ignore = list(_TOOLS) if importlib.util.find_spec("numpy") is None else []


@pytest.fixture(scope="session")
def steady_display(display: str) -> Iterator[None]:
    """Xvfb starts anew when its last client leaves; this one stays."""
    if sys.platform == "win32":
        yield
        return
    import xcffib
    import xcffib.xproto

    client = xcffib.connect()
    yield
    client.disconnect()
