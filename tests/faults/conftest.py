"""What the fault tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import xcffib


@pytest.fixture(scope="session")
def display(display: str) -> Iterator[str]:
    """The tests' display, kept awake: an X server starts anew when its last client leaves."""
    keeper = xcffib.connect(display=display)
    yield display
    keeper.disconnect()
