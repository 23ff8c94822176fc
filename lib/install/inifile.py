"""Changes single values in the game's ini files and leaves every other byte as it is."""

from __future__ import annotations

import re

# Byte order marks, read as Latin-1.
_UTF16_MARKS = ("\xff\xfe", "\xfe\xff")
# Only these end a line. `splitlines` knows more that are letters in a file of Windows: \x85 is "…" there.
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_UTF8_MARK = "\xef\xbb\xbf"


def with_value(content: bytes, section: str, key: str, value: str) -> bytes:
    """The file's content with `key` in `section` set to `value`. Raise ValueError when it is no plain ini file."""
    text = content.decode("latin-1")  # every byte is a letter and comes back as it was
    if text.startswith(_UTF16_MARKS) or "\0" in text:
        raise ValueError("not a plain text file")
    newline = "\r\n" if "\r\n" in text or not text else "\n"
    lines = _LINES.findall(text)
    start = _section_start(lines, section)
    if start is None:
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += newline
        gap = [newline] if lines and lines[-1].strip() else []
        lines += [*gap, f"[{section}]{newline}", f"{key}={value}{newline}"]
    else:
        _set_in_section(lines, start, key, value, newline)
    return "".join(lines).encode("latin-1")


def value_of(content: bytes, section: str, key: str) -> str | None:
    """The value, or None where the file has none."""
    lines = _LINES.findall(content.decode("latin-1"))
    start = _section_start(lines, section)
    if start is None:
        return None
    at = _key_line(lines, start, key)
    return None if at is None else lines[at].split("=", 1)[1].split(";", 1)[0].strip()


def _section_start(lines: list[str], section: str) -> int | None:
    """The index of the first line after the section's header."""
    header = re.compile(rf"({_UTF8_MARK})?\s*\[{re.escape(section)}\]", re.IGNORECASE)
    return next((index + 1 for index, line in enumerate(lines) if header.match(line)), None)


def _key_line(lines: list[str], start: int, key: str) -> int | None:
    wanted = re.compile(rf"\s*{re.escape(key)}\s*=", re.IGNORECASE)
    for index in range(start, len(lines)):
        if lines[index].lstrip().startswith("["):
            return None
        if wanted.match(lines[index]):
            return index
    return None


def _set_in_section(lines: list[str], start: int, key: str, value: str, newline: str) -> None:
    at = _key_line(lines, start, key)
    if at is None:
        if not lines[start - 1].endswith("\n"):
            lines[start - 1] += newline
        lines.insert(start, f"{key}={value}{newline}")
        return
    before, after = lines[at].split("=", 1)
    old = re.match(r"\s*([^;\r\n]*?)(?=\s*(;|[\r\n]|$))", after)
    rest = after[old.end() :] if old else newline
    lines[at] = f"{before}={value}{rest}"
