"""From a drive with the double to a training loop: as the README has it, with the real torch, and labels held against
what the double did."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from lib.dataset.frames import Frames
from lib.dataset.options import SETS
from lib.dataset.table import read_set
from tests import environment
from tests.environment import ROOT
from tests.host.run import Host, run_host
from tests.host.scene import Event, Scene

_SECTION = "## From captures to a set"
_LAP = 4.0
_READY = 5.0
_TICKS_OF_A_PICTURE = 2  # 30 pictures a second of 60 ticks: labels lie between pictures


@pytest.fixture(scope="module")
def drive(display: str, tmp_path_factory: pytest.TempPathFactory) -> Host:
    """Six laps, in the size that the README has for driving networks."""
    root = tmp_path_factory.mktemp("games") / "Assetto Corsa"
    stop = _READY + 6.3 * _LAP
    events = (Event(_READY, "click"), Event(stop, "click"), Event(stop + 1, "quit"))
    scene = Scene(events=events, size=(640, 360), lap_seconds=_LAP, panel=(10, 10))
    return run_host(root, scene, {"CAPTURE.FRAMES_PER_SECOND": 60 // _TICKS_OF_A_PICTURE})


@pytest.fixture(scope="module")
def project(drive: Host) -> Path:
    """The app's folder, in which the commands of the README were run, line by line."""
    for line in _block("sh").splitlines()[:-1]:  # the last is the training
        command = line.partition("#")[0].split()
        if command[3] == "discard":
            command[-1] = "01:1-30"
        done = _run(sys.executable, drive.app, *command[1:])
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return drive.app


@pytest.fixture(scope="module")
def torch_python() -> Path:
    """The interpreter of an environment that has torch."""
    return environment.environment_python(["torch"])


def _block(language: str) -> str:
    """What stands in the README's section in that language."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split(f"\n{_SECTION}\n")[1].split("\n## ")[0]
    found = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert len(found) == 1, f"one block of {language} in the section"
    return str(found[0])


def _run(
    python: Path | str, folder: Path, *arguments: str, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    if path is not None:
        clean["PYTHONPATH"] = str(path)
    return subprocess.run([str(python), *arguments], cwd=folder, env=clean, capture_output=True, text=True)


@pytest.fixture(params=["fork", "spawn"])
def installed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder that has the package under its installed name, on systems that begin workers in either way."""
    folder = tmp_path / "installed"
    shutil.copytree(ROOT / "lib", folder / "synclogger", ignore=shutil.ignore_patterns("__pycache__"))
    text = f"import multiprocessing\nmultiprocessing.set_start_method({request.param!r}, force=True)\n"
    (folder / "sitecustomize.py").write_text(text, encoding="ascii")
    return folder


def _training(tmp_path: Path) -> Path:
    """The README's fifteen lines as a file."""
    text = _block("python")
    assert len([line for line in text.splitlines() if line.strip()]) <= 15
    script = tmp_path / "training.py"
    script.write_text(text, encoding="utf-8")
    return script


@pytest.mark.timeout(900)  # the first time, an environment is made
def test_the_training_loop_of_the_readme_runs_as_it_stands(
    project: Path, torch_python: Path, installed: Path, tmp_path: Path
) -> None:
    done = _run(torch_python, project, str(_training(tmp_path)), path=installed)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"loss \d\.\d+\n", done.stdout)


@pytest.mark.timeout(900)
def test_a_picture_that_vanished_is_named_by_the_worker_that_missed_it(
    project: Path, torch_python: Path, installed: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(project / "captures", copy / "captures")
    shutil.copytree(project / "sets", copy / "sets")
    for number, row in enumerate(read_set(copy / "sets" / "train.csv")):
        if number % 2:
            (copy / "sets" / row.image).unlink()
    done = _run(torch_python, copy, str(_training(tmp_path)), path=installed)
    assert done.returncode == 1
    assert re.search(r"PictureError: .*the picture .*01_\d{6}\.jpg is gone: put it back", done.stderr, re.DOTALL)


# --- labels


def _truth(drive: Host) -> tuple[np.ndarray, dict[int, int]]:
    """(seconds, steering, gas, brake) of every tick that the double told, and which of them a tick is."""
    truth = drive.truth
    ticks = sorted(truth)
    assert all(b - a == 1 for a, b in pairwise(ticks))
    rows = [[truth[tick][name] for name in ("seconds", "steer", "gas", "brake")] for tick in ticks]
    return np.array(rows), {tick: at for at, tick in enumerate(ticks)}


def _labels(project: Path, label_ms: float) -> Iterator[tuple[int, np.ndarray]]:
    """(tick, actions) of every sample of every set whose label lies inside its run."""
    for name in SETS:
        frames = Frames(project / "sets", name, label_ms=label_ms)
        for at, row in enumerate(read_set(project / "sets" / f"{name}.csv")):
            sample = frames[at]
            if not sample["action_pad"][0]:
                assert row.tick is not None
                yield row.tick, sample["actions"][0]


@pytest.mark.parametrize("label_ms", [100.0, -100.0, 37.0])
def test_a_label_is_what_the_double_did_at_that_moment(drive: Host, project: Path, label_ms: float) -> None:
    """On the line between the two ticks of the double around that moment, over the whole drive."""
    truth, place = _truth(drive)
    checked = moved = 0
    for tick, actions in _labels(project, label_ms):
        moment = truth[place[tick], 0] + label_ms / 1000
        expected = [np.interp(moment, truth[:, 0], truth[:, column]) for column in (1, 2, 3)]
        assert actions == pytest.approx(expected, rel=1e-4, abs=2e-3), tick
        checked += 1
        moved += abs(expected[0] - truth[place[tick], 1]) > 0.1
    assert checked > 300
    assert moved > checked / 2, "the picture's own row would pass"


def test_at_the_pictures_own_tick_a_label_is_exactly_the_row(drive: Host, project: Path) -> None:
    truth, place = _truth(drive)
    labels = list(_labels(project, 0))
    assert len(labels) > 300
    for tick, actions in labels:
        assert actions == pytest.approx(truth[place[tick], 1:], rel=1e-6, abs=1e-9)
    rows = [row.row for name in SETS for row in read_set(project / "sets" / f"{name}.csv")]
    assert [(row.steer, row.gas, row.brake) for row in rows] == [
        tuple(float(str(value)) for value in actions) for _, actions in labels
    ]
