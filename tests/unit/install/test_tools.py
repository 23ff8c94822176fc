"""The tools' extra: the same for pip and for the app's folder, and pinned where the tests run."""

import re
from importlib.metadata import packages_distributions

from lib.tools import TOOLS
from tests.environment import ROOT, project


def required(lines: list[str]) -> list[str]:
    return sorted(line.partition("#")[0].strip() for line in lines if line.partition("#")[0].strip())


def name(requirement: str) -> str:
    return re.split(r"[ =<>]", requirement)[0].replace("_", "-")


def test_the_extra_is_what_install_tools_installs() -> None:
    extra = project()["project"]["optional-dependencies"]["tools"]
    lines = (ROOT / "lib" / "install" / "tools_requirements.txt").read_text(encoding="utf-8").splitlines()
    assert required(lines) == sorted(extra)


def test_every_tool_is_pinned_where_the_tests_run() -> None:
    pinned = {name(one) for one in project()["dependency-groups"]["test"]}
    for extra in project()["project"]["optional-dependencies"].values():
        assert {name(one) for one in extra} <= pinned


def test_a_missing_tool_is_told_by_the_name_that_is_imported() -> None:
    extra = {name(one) for one in project()["project"]["optional-dependencies"]["tools"]}
    brought_by = packages_distributions()
    assert {name(one) for module in TOOLS for one in brought_by[module]} >= extra
    assert all({name(one) for one in brought_by[module]} & extra for module in TOOLS)


def test_the_recorder_needs_none_of_it() -> None:
    for room in ("recorder", "ingame", "link", "captures", "strip", "repair"):
        for path in (ROOT / "lib" / room).rglob("*.py"):
            imported = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert not TOOLS & set(imported), path
