"""What all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from tests import environment
from tests.windows.wine import Wine, start_wine

pytest_plugins = ["tests.nothing_skipped"]

set_hypothesis_home_dir(environment.FOLDER / "hypothesis")


def pytest_configure() -> None:
    # A shell starts what it puts into the background deaf to Ctrl+C, and so would be every process of the tests.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long form of the tests that have one")


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The name of a private X display, which is also the DISPLAY of every process the tests start."""
    if environment.ON_WINDOWS:
        yield ""
        return
    server = environment.start_display()
    before = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = server.name
    yield server.name
    if before is None:
        del os.environ["DISPLAY"]
    else:
        os.environ["DISPLAY"] = before
    server.stop()


@pytest.fixture(scope="session")
def wine(display: str) -> Iterator[Wine]:
    """A Wine of our own. Where it can't be set up, the tests of Windows are left out, but not in CI."""
    if environment.ON_WINDOWS:
        pytest.skip("Windows needs no Wine")
    try:
        started = start_wine(display)
    except environment.SetupError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def long_form(pytestconfig: pytest.Config) -> bool:
    """Whether the tests that have a long form run it."""
    return bool(pytestconfig.getoption("--long"))
