"""Single values change in the game's ini files; every other byte stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.install.inifile import value_of, with_value


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"[LOGGER]\r\nACTIVE=1\r\n"),
        (b"[OTHER]\r\nACTIVE=0\r\n", b"[OTHER]\r\nACTIVE=0\r\n\r\n[LOGGER]\r\nACTIVE=1\r\n"),
        (b"[OTHER]\nACTIVE=0", b"[OTHER]\nACTIVE=0\n\n[LOGGER]\nACTIVE=1\n"),
        (b"[LOGGER]\nACTIVE=0\n[B]\nACTIVE=0\n", b"[LOGGER]\nACTIVE=1\n[B]\nACTIVE=0\n"),
        (b"[A]\nACTIVE=0\n[logger]\nactive = 0 ; off\n", b"[A]\nACTIVE=0\n[logger]\nactive =1 ; off\n"),
        (b"[LOGGER]\nX=1\n[B]\nACTIVE=0\n", b"[LOGGER]\nACTIVE=1\nX=1\n[B]\nACTIVE=0\n"),
        (b"[LOGGER]", b"[LOGGER]\nACTIVE=1\n"),
        (b"[LOGGER]\nACTIVE=", b"[LOGGER]\nACTIVE=1"),
        (b"\xef\xbb\xbf[LOGGER]\r\nACTIVE=0\r\n", b"\xef\xbb\xbf[LOGGER]\r\nACTIVE=1\r\n"),
        (b"[LOGGER]\nN=a\x85ACTIVE=0\nACTIVE=0\n", b"[LOGGER]\nN=a\x85ACTIVE=0\nACTIVE=1\n"),
        (b"[LOGGER] ;\x85\nX=1\n", b"[LOGGER] ;\x85\nACTIVE=1\nX=1\n"),
        (b"[A]\nN=\x1c[LOGGER]\x0c\r\n", b"[A]\nN=\x1c[LOGGER]\x0c\r\n\r\n[LOGGER]\r\nACTIVE=1\r\n"),
        (b"[A]\rB=1\r[LOGGER]\rACTIVE=0\r", b"[A]\rB=1\r[LOGGER]\rACTIVE=1\r"),
        (b"[N]\nNAME=Z\xfcrich \xff\n[LOGGER]\nACTIVE=0\n", b"[N]\nNAME=Z\xfcrich \xff\n[LOGGER]\nACTIVE=1\n"),
    ],
)
def test_only_the_value_changes(before: bytes, after: bytes) -> None:
    assert with_value(before, "LOGGER", "ACTIVE", "1") == after
    assert value_of(after, "LOGGER", "ACTIVE") == "1"


def test_a_file_that_is_no_plain_text_is_refused() -> None:
    with pytest.raises(ValueError, match="plain text"):
        with_value("[LOGGER]\nACTIVE=0".encode("utf-16"), "LOGGER", "ACTIVE", "1")


_NAMES = st.sampled_from(["LOGGER", "logger", "OTHER", "A B"])
_LINES = st.one_of(
    _NAMES.map(lambda name: f"[{name}]"),
    st.sampled_from(
        ["ACTIVE=0", "ACTIVE=1 ; note", "active = 5", "X=[LOGGER]", "; ACTIVE=3", "", "  ", "KEY", "=", "Ü=é"]
    ),
)


@given(st.lists(_LINES), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_whatever_the_file_holds_the_value_is_there_afterwards(lines: list[str], newline: str, ends: bool) -> None:
    before = (newline.join(lines) + (newline if ends else "")).encode()
    after = with_value(before, "LOGGER", "ACTIVE", "1")
    assert value_of(after, "LOGGER", "ACTIVE") == "1"
    assert with_value(after, "LOGGER", "ACTIVE", "1") == after.replace(b"ACTIVE = 1", b"ACTIVE=1")
    assert value_of(after, "OTHER", "ACTIVE") == value_of(before, "OTHER", "ACTIVE")
    added = len(after.splitlines()) - len(before.splitlines())
    assert 0 <= added <= 3
