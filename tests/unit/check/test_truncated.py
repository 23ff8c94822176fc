"""A picture that is cut is found wherever it is cut: reduced decoding sees as much of it as decoding it whole."""

import io
import random
from pathlib import Path

import pytest
from PIL import Image

from lib.check.finding import Kind
from lib.check.pictures import PicturesPart, look_at, reduced
from tests.unit.check.drive import road

PLACES = 1_000


@pytest.fixture(scope="module", params=["baseline", "progressive", "4:4:4"])
def whole(request: pytest.FixtureRequest) -> bytes:
    file = io.BytesIO()
    picture = road().crop((0, 0, 400, 240))
    kind = request.param
    subsampling = "4:4:4" if kind == "4:4:4" else "4:2:0"
    picture.save(
        file, "JPEG", quality=90, subsampling=subsampling, progressive=kind == "progressive", comment=b"x" * 900
    )
    return file.getvalue()


def decodes_whole(content: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def decodes_reduced(content: bytes) -> bool:
    try:
        reduced(content)
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def test_reduced_decoding_finds_what_whole_decoding_finds(whole: bytes) -> None:
    """Cut at a thousand places, with and without an end put behind the cut."""
    assert decodes_whole(whole)
    assert decodes_reduced(whole)
    places = random.Random(1).sample(range(2, len(whole) - 2), PLACES)
    for end in (b"", b"\xff\xd9"):
        missed = [at for at in places if decodes_reduced(whole[:at] + end) and not decodes_whole(whole[:at] + end)]
        assert missed == []


def test_a_thousand_cut_files_are_all_found(whole: bytes, tmp_path: Path) -> None:
    places = random.Random(2).sample(range(len(whole)), PLACES)
    names = tuple(f"01_{frame:06d}.jpg" for frame in range(1, PLACES + 1))
    for name, at in zip(names, places, strict=True):
        (tmp_path / name).write_bytes(whole[:at])
    for decodes in (False, True):
        seen = look_at(PicturesPart(str(tmp_path), 1, tuple(range(1, PLACES + 1)), names, decodes))
        assert [frame for frame, _, _ in seen.bad] == [*range(1, PLACES + 1)]
        assert {kind for _, kind, _ in seen.bad} <= {Kind.CUT, Kind.NOT_A_PICTURE}
