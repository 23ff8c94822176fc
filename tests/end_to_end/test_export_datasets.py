"""Exports, loaded by `datasets` and by `webdataset` as the README has it, and held against the recording row by row."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib.captures.names import DATA_FILE
from lib.dataset.options import SETS
from lib.dataset.table import HEADER
from tests import environment
from tests.environment import ROOT
from tests.unit.dataset.drives import MadeLap, MadeTake
from tests.unit.export.drives import drive, press_gas_halfway_late

# What guesses types looks at the first 10,000 rows.
_GUESSED_FROM = 10_000
_FORMATS = ("parquet", "imagefolder", "webdataset")
_SPLITS = {"train": "train", "val": "validation", "test": "test"}
_TEXTS = ("take_id", "take", "lap")
_ROW = re.compile(r"\| `(\w+)` \| `([^`]+)` \| `([^`]+)` \|")


@pytest.fixture(scope="module")
def consumers() -> Path:
    """The interpreter of an environment that has both loaders."""
    return environment.environment_python(["datasets"])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the README has it, with `captures` and `sets`."""
    laps = [MadeLap(count, 5) for count in range(10)]
    folder = with_captures(tmp_path_factory.mktemp("project"), [MadeTake(laps), MadeTake([MadeLap(0, 9)], shift=0.4)])
    press_gas_halfway_late(folder / "captures", 200)
    run(folder, "python -m lib split captures --out sets")
    return folder


def with_captures(folder: Path, takes: list[MadeTake]) -> Path:
    drive(folder / "captures", takes)
    (folder / "lib").symlink_to(ROOT / "lib", target_is_directory=True)
    return folder


def run(folder: Path, command: str) -> str:
    """Run it as typed in that folder."""
    words = [sys.executable if word == "python" else word for word in command.split()]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def load(consumers: Path, folder: Path, *expressions: str) -> list[dict[str, Any]]:
    """What the loader gives for each, in a cache of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HF_"))}
    script = ROOT / "tests" / "end_to_end" / "loading.py"
    command = [str(consumers), "-W", "ignore", str(script), "loaded.json", *expressions]
    done = subprocess.run(
        command, cwd=folder, env={**clean, "HF_HOME": str(folder / "cache")}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    loaded: list[dict[str, Any]] = json.loads((folder / "loaded.json").read_text(encoding="utf-8"))
    return loaded


def readme() -> dict[str, tuple[str, str]]:
    """By format: the README's command, and the line that loads what it makes."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## From captures to a set\n")[1]
    found = {name: (command, line) for name, command, line in _ROW.findall(section.split("\n## ")[0])}
    return {name: found[name] for name in _FORMATS}


def pixels(path: Path) -> str:
    with Image.open(path) as image:
        return hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()


def rows_of_sets(sets: Path) -> dict[str, dict[tuple[str, int], dict[str, Any]]]:
    """By split, take and frame: what stands in the sets, read by the standard library."""
    found: dict[str, dict[tuple[str, int], dict[str, Any]]] = {}
    for name in SETS:
        with (sets / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = found.setdefault(_SPLITS[name], {})
            for row in csv.DictReader(file):
                numbers = {column: value(column, row[column]) for column in HEADER if column != "image"}
                rows[numbers["take_id"], numbers["frame"]] = {**numbers, "pixels": pixels(sets / row["image"])}
    return found


def value(column: str, text: str) -> Any:
    if column in _TEXTS:
        return text
    return {"TRUE": True, "FALSE": False}[text] if column == "lap_valid" else float(text)


def differences(told: list[dict[str, Any]], expected: dict[tuple[str, int], dict[str, Any]]) -> list[str]:
    """Of rows that were loaded, from those that went out: at most the last bit of a C float."""
    found = [] if len(told) == len(expected) else [f"{len(told)} rows of {len(expected)}"]
    for row in told:
        truth = expected[row["take_id"], row["frame"]]
        for name, wanted in truth.items():
            is_same = (
                row[name] == wanted
                if not isinstance(wanted, float)
                else np.isclose(row[name], wanted, rtol=1e-6, atol=0)
            )
            if not is_same:
                found.append(f"frame {row['frame']}: {name} {row[name]} for {wanted}")
    return found


@pytest.mark.timeout(900)  # the first time, an environment is made
def test_what_the_readme_exports_and_loads_is_the_recording_row_by_row(project: Path, consumers: Path) -> None:
    lines = readme()
    for command, _ in lines.values():
        run(project, command)
    loaded = load(consumers, project, *(line for _, line in lines.values()))
    expected = rows_of_sets(project / "sets")
    for to, told in zip(lines, loaded, strict=True):
        rows = expected if to == "parquet" else {"train": expected["train"]}  # the others' lines load one split
        assert {split: differences(told["rows"][split], rows[split]) for split in rows} == {split: [] for split in rows}
        assert set(told["rows"]) == set(rows)
        assert 0.5 in {row["gas"] for row in told["rows"]["train"]}


@pytest.mark.timeout(900)
def test_datasets_finds_all_splits_and_types_in_the_folder_by_itself(project: Path, consumers: Path) -> None:
    for to in _FORMATS:
        run(project, f"python -m lib export sets --to {to} whole-{to}")
    expected = rows_of_sets(project / "sets")
    for to, loaded in zip(
        _FORMATS, load(consumers, project, *(f'load_dataset("whole-{to}")' for to in _FORMATS)), strict=True
    ):
        assert set(loaded["rows"]) == set(expected)
        for split, rows in expected.items():
            assert differences(loaded["rows"][split], rows) == []
        for types in loaded["types"].values() if to != "webdataset" else ():  # of JSON they are guessed
            told = (types["gas"], types["gear"], types["lap_valid"], types["lap_time_s"])
            assert told == ("float32", "int32", "bool", "float64")


@pytest.mark.timeout(900)
def test_a_whole_number_that_has_decimals_only_behind_what_is_guessed_from_stays_what_it_is(
    consumers: Path, tmp_path: Path
) -> None:
    """1 and 0 in the first 10,000 rows, and 0.5 behind them: it was read as 0."""
    folder = with_captures(tmp_path, [MadeTake([MadeLap(0, 206, fps=50)])])
    press_gas_halfway_late(folder / "captures", _GUESSED_FROM + 200)
    truth = [line.split(",")[1] for line in (folder / "captures" / DATA_FILE).read_text(encoding="ascii").splitlines()]
    assert (set(truth[:_GUESSED_FROM]), set(truth[-50:])) == ({"0", "1"}, {"0.5"})
    for to in _FORMATS:
        run(folder, f"python -m lib export captures --to {to} gas-{to} --columns gas,frame")
    metadata = "gas-imagefolder/train/*/metadata.parquet"
    for loaded in load(
        consumers,
        folder,
        'load_dataset("gas-parquet").remove_columns("image")',
        f'load_dataset("imagefolder", data_files="{metadata}").remove_columns("image")',
        'load_dataset("webdataset", data_files="gas-webdataset/train-*.tar").remove_columns("jpg")',
    ):
        by_frame = {row["frame"]: row["gas"] for row in loaded["rows"]["train"]}
        assert by_frame == {frame: float(gas) for frame, gas in enumerate(truth, 1)}


@pytest.mark.timeout(900)
def test_pictures_that_are_made_anew_come_in_the_form_that_was_asked_for(project: Path, consumers: Path) -> None:
    run(
        project,
        "python -m lib export captures --to parquet small --size 24 16 --grey --columns gas,frame",
    )
    loaded = load(consumers, project, 'load_dataset("small")')[0]
    assert set(loaded["types"]["train"]) == {"image", "gas", "frame"}
    assert {(tuple(row["size"]), row["mode"]) for row in loaded["rows"]["train"]} == {((24, 16), "L")}
