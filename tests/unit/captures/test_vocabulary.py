import re
from pathlib import Path

import pytest

from lib.captures.ticks import held
from lib.captures.vocabulary import Ended, Outcome, PairedBy, Proof, Word
from lib.link.sample import HOLD_REASONS
from lib.recorder.screen.sight import PROBLEMS
from tests.environment import ROOT


@pytest.mark.parametrize("words", [Outcome, PairedBy, Proof, Ended])
def test_every_word_has_a_meaning(words: type[Word]) -> None:
    meanings = [word.meaning for word in words]
    assert all(meanings)
    assert len({*meanings}) == len(meanings)


def test_every_hold_and_every_problem_has_an_outcome() -> None:
    assert {held(hold) for hold in range(1, len(HOLD_REASONS))} == {word for word in Outcome if word.is_held}
    assert all(problem.is_dropped for problem in PROBLEMS)


@pytest.mark.parametrize("words", [Outcome, PairedBy, Proof, Ended])
def test_the_pages_tell_every_word_and_its_meaning(words: type[Word]) -> None:
    assert table(ROOT / "docs" / "words.md") >= {(str(word), word.meaning) for word in words}


def test_the_pages_tell_no_word_that_is_none() -> None:
    known = {(str(word), word.meaning) for words in (Outcome, PairedBy, Proof, Ended) for word in words}
    assert table(ROOT / "docs" / "words.md") == known


def test_a_strip_proves_a_pair_and_nothing_else_does() -> None:
    assert {by for by in PairedBy if by.proof is Proof.PROVEN} == {PairedBy.STRIP}
    assert {by for by in PairedBy if by.proof is Proof.BRIDGED} == {PairedBy.CLOCK}


def table(page: Path) -> set[tuple[str, str]]:
    """The rows of all tables of two columns whose first is a word in code type."""
    return set(re.findall(r"^\| `([^`]+)` \| (.+?) \|$", page.read_text(encoding="utf-8"), re.MULTILINE))
