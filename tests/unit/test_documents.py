"""The documents lead somewhere: links and pictures are there, also where only a release was unpacked."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from lib.install.package import package
from tests.environment import ROOT

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SHIPPED = [ROOT / "README.md", ROOT / "lib" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ALL = [*SHIPPED, ROOT / ".github" / "CONTRIBUTING.md"]


def targets(document: Path) -> list[str]:
    links = _LINK.findall(document.read_text(encoding="utf-8"))
    return [link for link in links if not link.startswith(("https://", "http://"))]


def anchors(document: Path) -> set[str]:
    """The names that GitHub gives to headings."""
    headings = _HEADING.findall(document.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", ALL, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in targets(document):
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors(path), f"{target}: no such heading"


def test_a_release_has_what_its_documents_lead_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package(ROOT, tmp_path / "release.zip", None, None)
    with zipfile.ZipFile(tmp_path / "release.zip") as archive:
        names = archive.namelist()
    for document in SHIPPED:
        for target in targets(document):
            path = (document.parent / target.partition("#")[0]).resolve() if target[0] != "#" else document
            name = f"apps/python/logger/{path.relative_to(ROOT).as_posix()}"
            assert any(known.startswith(name) for known in names), f"{document.name}: {target}"


def test_the_changelog_keeps_its_form() -> None:
    """Unreleased stands first; what follows are versions with their day, the newest first."""
    text = (ROOT / "docs" / "CHANGELOG.md").read_text(encoding="utf-8")
    first, *versions = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert first == "[Unreleased]"
    found = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d{2}-\d{2})", version) for version in versions]
    assert all(found)
    keys = [(match[4], *map(int, match.groups()[:3])) for match in found if match]
    assert keys == sorted(keys, reverse=True)
