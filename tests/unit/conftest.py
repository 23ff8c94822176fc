"""What the recorder's tests share."""

import sys
from collections.abc import Iterator

import pytest


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
