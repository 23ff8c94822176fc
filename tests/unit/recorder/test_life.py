import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lib.captures.vocabulary import Ended
from lib.recorder.life import Life

DAY = 86400.0


class Ticks:
    """What a life asks of the link."""

    def __init__(self) -> None:
        self.newest = 1

    def newest_tick(self) -> int:
        return self.newest

    def is_closing(self) -> bool:
        return False


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    names = ("SIGTERM", "SIGINT", "SIGBREAK", "SIGHUP")
    before = {name: signal.getsignal(getattr(signal, name)) for name in names if hasattr(signal, name)}
    yield
    for name, handler in before.items():
        signal.signal(getattr(signal, name), handler)


@pytest.fixture(autouse=True)
def no_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)


@pytest.fixture
def unseen_process() -> int:
    """The id of a process that can't be looked at. Windows may know one that ended for a while, and never opens 0."""
    if sys.platform == "win32":
        return 0
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def life(parent: int) -> tuple[Life, Ticks]:
    ticks = Ticks()
    return Life(ticks, parent), ticks  # type: ignore[arg-type]


def test_a_game_that_ends_is_noticed() -> None:
    game = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    watched, _ = life(game.pid)
    assert watched.ended(0.0) is None
    game.communicate()
    assert watched.ended(1.0) is Ended.GAME_ENDED


def test_a_process_that_cannot_be_seen_says_nothing(unseen_process: int) -> None:
    """It may be in another container."""
    watched, ticks = life(unseen_process)
    for second in range(3000):
        ticks.newest += 1
        assert watched.ended(float(second)) is None


def test_with_no_other_sign_the_ticks_tell(unseen_process: int) -> None:
    watched, ticks = life(unseen_process)
    assert watched.ended(0.0) is None
    assert watched.ended(300.0) is None, "it loads a session"
    ticks.newest += 1
    assert watched.ended(600.0) is None
    assert watched.ended(1300.0) is Ended.GAME_ENDED


def test_a_game_that_is_seen_may_stand_still_for_ever() -> None:
    watched, _ = life(os.getpid())
    assert watched.ended(0.0) is None
    assert watched.ended(DAY) is None
