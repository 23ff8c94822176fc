"""--to lerobot and --to mp4, as the README has them.

The data set is held against the format by `lerobot-doctor`, and in the long form opened by the real `lerobot`: each
frame within its tolerance, then split, merged and filtered by it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from lib.recordings import Recordings
from tests import environment
from tests.environment import ROOT
from tests.interpreters import interpreters
from tests.unit.dataset.drives import MadeLap, MadeTake
from tests.unit.export.film_drive import FPS, film_drive, source_picture
from tests.unit.export.films import Exported, psnr, read_film

_ROW = re.compile(r"\| `lerobot` \| `([^`]+)` \| `([^`]+)` \|")
_LAPS = [
    MadeLap(0, 5, fps=FPS), MadeLap(1, 4, fps=FPS, off_at=2.0), MadeLap(2, 6, fps=FPS, pause=1.5),
    MadeLap(3, 5, fps=FPS), MadeLap(4, 4, fps=FPS, off_at=1.0), MadeLap(5, 4, fps=FPS),
]  # fmt: skip
# What it says of the drive itself (a pedal that is fully pressed for long, short laps) is the drive's.
_ABOUT_THE_FORMAT = (
    "Metadata & Format Compliance", "Temporal Consistency", "Video Integrity", "Feature Consistency", "Portability",
)  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the README has it, with `captures`, `sets`, and the export."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "lib").symlink_to(ROOT / "lib", target_is_directory=True)
    film_drive(folder / "captures", [MadeTake(_LAPS), MadeTake(_LAPS[3:], car="bmw_m3", track="spa", shift=15)])
    film_drive(folder / "later", [MadeTake(_LAPS[:2], shift=30)])
    _run(folder, "python -m lib split captures --out sets --fractions 0.6 0.2 0.2 --gap 0.2")
    command, _ = _readme()
    _run(folder, command)
    return folder


def _readme() -> tuple[str, str]:
    """The README's command, and the line that loads what it makes."""
    found = _ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(found) == 1
    return str(found[0][0]), str(found[0][1])


def _run(folder: Path, command: str) -> None:
    words = [sys.executable if word == "python" else word for word in command.split()]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_film_of_the_readme_is_where_it_says(project: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    command, film = re.findall(r"\| `mp4` \| `([^`]+)` \| `([^`]+)`", text)[0]
    _run(project, command)
    frames = next(iter(Recordings(project / "captures").takes))
    assert len(read_film(project / film)[0]) == len(frames)


# ------------------------------------------------------------------------------------------------------- the doctor


@pytest.fixture(scope="module")
def doctor() -> Path:
    """The program, in an environment of its own."""
    return environment.environment_python(["lerobot-doctor"], alone=True).parent / "lerobot-doctor"


def _found_by(doctor: Path, dataset: Path) -> dict[str, str]:
    """What the doctor says of each of its checks."""
    done = subprocess.run([str(doctor), "check", "--json", str(dataset)], capture_output=True, text=True)
    report = json.loads(done.stdout)
    return {check["name"]: check["severity"] for check in report["checks"]}


@pytest.mark.timeout(900)  # the first time, an environment is made
def test_the_doctor_finds_nothing_wrong_with_the_format(project: Path, doctor: Path) -> None:
    found = _found_by(doctor, project / "drives-lerobot")
    assert {name: found[name] for name in _ABOUT_THE_FORMAT} == dict.fromkeys(_ABOUT_THE_FORMAT, "PASS")
    assert "FAIL" not in found.values()


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        ("a film is gone", "Video Integrity"),
        ("times", "Temporal Consistency"),
        ("index", "Temporal Consistency"),
        ("episodes", "Metadata & Format Compliance"),
    ],
)
def test_the_doctor_would_find_it(project: Path, doctor: Path, tmp_path: Path, spoil: str, check: str) -> None:
    broken = shutil.copytree(project / "drives-lerobot", tmp_path / "broken")
    if spoil == "a film is gone":
        next(broken.glob("videos/*/*/*.mp4")).unlink()
    elif spoil == "episodes":
        info = json.loads((broken / "meta" / "info.json").read_text(encoding="utf-8"))
        (broken / "meta" / "info.json").write_text(json.dumps({**info, "total_episodes": 3}), encoding="utf-8")
    else:
        data, name = next(broken.glob("data/*/*.parquet")), "timestamp" if spoil == "times" else "index"
        rows = pq.read_table(data)
        values = rows[name].to_numpy() * np.float32(1.5) if spoil == "times" else rows[name].to_numpy() // 2
        pq.write_table(rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), [values]), data)
    assert _found_by(doctor, broken)[check] in ("WARN", "FAIL")


# ------------------------------------------------------------------------------------------------- the real lerobot


@pytest.mark.timeout(3600)  # the long form makes an environment of 5.4 GB the first time
def test_who_opens_it_as_the_readme_has_it_gets_every_frame(project: Path, tmp_path: Path, long_form: bool) -> None:
    """In the long form it is the real lerobot that opens it, and works on with it."""
    ours = Exported(project / "drives-lerobot")
    takes = [episode["take"] for episode in ours.episodes]
    _hold_against_the_recording(project, ours.rows, takes, ours.pictures())
    if long_form:
        told = _read_by_lerobot(project, tmp_path)
        rows, pictures = told["rows"], np.load(tmp_path / told["pictures"])
        assert [episode["take"] for episode in told["episodes"]] == takes
        _hold_against_the_recording(project, rows, takes, pictures)
        assert told["line"]["action"] == [3]
        assert told["epoch"]["seen"] == len(rows)
        assert told["tasks"] == ["Drive imola in abarth500.", "Drive spa in bmw_m3."]
        assert told["first_task"] in told["tasks"]
        _check_windows(told)
        _check_filter(told)
        _check_splits(told, pictures, tmp_path)
        _check_merged(told, project, tmp_path)


def _read_by_lerobot(project: Path, scratch: Path) -> dict[str, Any]:
    pythons = interpreters()
    assert "3.12" in pythons, "lerobot wants Python 3.12, which this machine lacks"
    python = environment.environment_python(["lerobot"], interpreter=pythons["3.12"], alone=True)
    _run(project, "python -m lib split later --out later-sets --fractions 1 0 0")
    _run(project, f"python -m lib export later-sets --to lerobot later-lerobot --steering-lock {_lock(project)}")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HF_"))}
    script = ROOT / "tests" / "end_to_end" / "lerobot_reads.py"
    command = [str(python), str(script), _readme()[1], "drives-lerobot", "later-lerobot", str(scratch)]
    done = subprocess.run(
        command, cwd=project, env={**clean, "HF_HUB_OFFLINE": "1", "HF_HOME": str(scratch / "cache")},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _lock(project: Path) -> float:
    """Datasets of different scales can't be merged, so the other one gets this one's."""
    info = json.loads((project / "drives-lerobot" / "meta" / "info.json").read_text(encoding="utf-8"))
    return float(info["features"]["action"]["info"]["steering_lock_deg"])


def _hold_against_the_recording(
    project: Path, rows: list[dict[str, Any]], takes: list[str], pictures: Sequence[np.ndarray]
) -> None:
    frames = {
        (take.take_id, frame.number): frame
        for take in Recordings(project / "captures").takes
        for frame in take.frames()
    }
    assert len(pictures) == len(rows) > 1000
    assert [row["index"] for row in rows] == list(range(len(rows)))
    for row, picture in zip(rows, pictures, strict=True):
        frame = frames[takes[row["episode_index"]], row["source.frame"]]
        assert psnr(picture, source_picture(project / "captures", frame.image)) > 30
        driven = [frame.row.steer / _lock(project), frame.row.gas, frame.row.brake]
        assert row["action"] == pytest.approx(driven, rel=1e-6)


def _check_windows(told: dict[str, Any]) -> None:
    """Three pictures back and eight actions ahead, none of them beyond the episode."""
    rows, length = told["rows"], told["episodes"][0]["length"]
    for at, window in told["windows"].items():
        place = int(at)
        wanted = [rows[min(place + step, length - 1)]["action"] for step in range(8)]
        assert np.allclose(window["action"], wanted, atol=1e-6)
        assert window["action_is_pad"] == [place + step >= length for step in range(8)]
        assert window["picture_is_pad"] == [place - back < 0 for back in (2, 1, 0)]
        assert window["pictures"][:2] == [3, 3]


def _check_filter(told: dict[str, Any]) -> None:
    episodes = told["episodes"]
    valid = [number for number, episode in enumerate(episodes) if episode["lap_valid"]]
    assert told["valid_episodes"] == valid
    assert 0 < told["valid_frames"] == sum(episodes[number]["length"] for number in valid) < len(told["rows"])


def _check_splits(told: dict[str, Any], pictures: np.ndarray, scratch: Path) -> None:
    rows, episodes = told["rows"], told["episodes"]
    assert list(told["split"]) == ["train", "validation", "test"]
    edges = [0, *np.cumsum([len(part["frames"]) for part in told["split"].values()]).tolist()]
    assert edges[-1] == len(rows)
    for (name, part), (first, end) in zip(told["split"].items(), pairwise(edges), strict=True):
        assert part["frames"] == [row["source.frame"] for row in rows[first:end]]
        assert {episodes[row["episode_index"]]["split"] for row in rows[first:end]} == {name}
        found = np.load(scratch / part["pictures"])
        assert min(map(psnr, found, pictures[first:end])) > 30  # encoded once more


def _check_merged(told: dict[str, Any], project: Path, scratch: Path) -> None:
    rows, merged = told["rows"], told["merged"]["rows"]
    assert [row["index"] for row in merged] == list(range(len(merged)))
    assert [row["action"] for row in merged[: len(rows)]] == [row["action"] for row in rows]
    added, found = merged[len(rows) :], np.load(scratch / told["merged"]["pictures"])[len(rows) :]
    assert len(added) == len(found) == 270
    for row, picture in zip(added, found, strict=True):
        assert psnr(picture, source_picture(project / "later", f"01_{row['source.frame']:06d}.jpg")) > 30
