"""Pictures that show another tick than that of their row are found."""

import json
import random
import sys
from pathlib import Path

import pytest

from lib.dataset import sync_check
from tests.unit.recorder.strip_pictures import draw_panel, scene

KEY = 4711


def save(folder: Path, frame: int, shown: int | None, said: int) -> None:
    picture = scene(640, 360, random.Random(frame))
    if shown is not None:
        draw_panel(picture, shown, KEY, at=(20, 20), scale=1)
    comment = json.dumps({"synclogger": 1, "row": [], "tick": {"tick": said}}).encode()
    picture.save(folder / f"03_{frame:06}.jpg", quality=90, comment=comment)


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    (tmp_path / "03_take.json").write_text(json.dumps({"strip_key": KEY}), encoding="utf-8")
    for frame in range(1, 6):
        save(tmp_path, frame, 100 + frame, 100 + frame)
    save(tmp_path, 6, None, 106)
    return tmp_path


def test_all_right(captures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sync_check", str(captures)])
    assert sync_check.main() == 0
    assert capsys.readouterr().out == "take 03: 5 right, 0 wrong, 1 without a readable strip\n"


def test_a_wrong_pair_is_named(
    captures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    save(captures, 3, 104, 103)
    monkeypatch.setattr(sys, "argv", ["sync_check", str(captures)])
    assert sync_check.main() == 1
    assert "03_000003.jpg shows tick 104, its row is that of tick 103" in capsys.readouterr().out


def test_nothing_to_see(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sync_check", str(tmp_path)])
    assert sync_check.main() == 0
    assert "MASK_PANEL = 0" in capsys.readouterr().out
