"""Films read back with PyAV: the pictures, their number, their times, and the same bytes each time."""

from __future__ import annotations

import io
import os
import random
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from lib.export.mp4 import TICKS_A_SECOND, film_times
from lib.export.video import (
    GOP_FOR_TRAINING,
    GOP_FOR_WATCHING,
    Film,
    JpegDecoder,
    crf_of,
    film_size,
    frame_of,
    small_picture,
)
from tests.unit.export.films import pictures, psnr, read_film


def write(path: Path, shown: list[np.ndarray], times: list[int], base: int = 30, gop: int = GOP_FOR_TRAINING) -> Path:
    height, width = shown[0].shape[:2]
    film = Film(path, (width, height), time_base=Fraction(1, base), gop=gop)
    for picture, at in zip(shown, times, strict=True):
        film.add(frame_of(picture), at)
    film.close()
    return path


@pytest.mark.parametrize("size", [(320, 180), (319, 179), (320, 179), (64, 64), (2, 2), (1, 1), (17, 3)])
def test_every_size_comes_back(tmp_path: Path, size: tuple[int, int]) -> None:
    width, height = size
    shown = pictures(width, height, 12)
    found, times, _ = read_film(write(tmp_path / "film.mp4", shown, list(range(12))))
    assert [picture.shape[1::-1] for picture in found] == [film_size(*size)] * 12
    assert times == [Fraction(at, 30) for at in range(12)]
    if min(size) > 16:
        quality = [psnr(a[:height, :width], b) for a, b in zip(found, shown, strict=True)]
        assert min(quality) > 33
        shifted = [psnr(a[:height, :width], b) for a, b in zip(found, shown[1:], strict=False)]
        assert max(shifted) < min(quality) - 3, "the picture after it would pass as well"


def test_an_odd_size_repeats_its_edge_and_moves_no_pixel(tmp_path: Path) -> None:
    picture = np.zeros((99, 101, 3), dtype=np.uint8)
    picture[:, -1], picture[-1, :] = (250, 250, 250), (250, 250, 250)
    found = read_film(write(tmp_path / "film.mp4", [picture] * 3, [0, 1, 2]))[0][0]
    assert found.shape == (100, 102, 3)
    assert found[:, 100:].mean() > 220
    assert found[99:].mean() > 220
    assert found[:96, :96].mean() < 10


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 64, 32)])
def test_colours_stay_and_the_film_says_how_to_read_them(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    path = write(tmp_path / "film.mp4", [np.full((720, 1280, 3), colour, dtype=np.uint8)] * 2, [0, 1])
    assert np.abs(read_film(path)[0][0].astype(int).mean(axis=(0, 1)) - colour).max() < 4
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (int(context.colorspace), int(context.color_range)) == (6, 1)  # BT.601, 16 to 235


@pytest.mark.parametrize("gop", [GOP_FOR_TRAINING, GOP_FOR_WATCHING])
def test_a_picture_stands_by_itself_every_so_often(tmp_path: Path, gop: int) -> None:
    _, _, is_key = read_film(write(tmp_path / "film.mp4", pictures(64, 64, 61), list(range(61)), gop=gop))
    apart = np.diff([at for at, key in enumerate(is_key) if key])
    assert apart.max() <= gop
    assert len(is_key) == 61


def test_the_same_pictures_make_the_same_bytes(tmp_path: Path) -> None:
    shown, times = pictures(320, 180, 40), list(range(40))
    one, other = (write(tmp_path / f"{name}.mp4", shown, times).read_bytes() for name in "ab")
    assert one == other
    assert write(tmp_path / "c.mp4", [*shown[:-1], shown[0]], times).read_bytes() != one


@pytest.mark.parametrize("gop", [GOP_FOR_TRAINING, GOP_FOR_WATCHING])
def test_the_bytes_are_the_same_however_often_it_is_done(tmp_path: Path, gop: int) -> None:
    """Flat pictures, and memory that is never the same: x264 as it comes makes dozens of different films of them."""
    shown = [np.full((20, 32, 3), (200, 40, 20 + 3 * at), dtype=np.uint8) for at in range(20)]
    for at, picture in enumerate(shown):
        picture[:10, :16] = 20 + 3 * at
    made = set()
    for _ in range(100):
        _junk = [os.urandom(size) for size in random.sample(range(1000, 100_000), 20)]
        made.add(write(tmp_path / "film.mp4", shown, list(range(20)), gop=gop).read_bytes())
    assert len(made) == 1


def test_more_quality_takes_more_bytes(tmp_path: Path) -> None:
    assert [crf_of(quality) for quality in (None, 75, 100, 50, 1)] == [23, 23, 13, 33, 51]
    sizes = []
    for quality in (40, 75, 95):
        film = Film(tmp_path / f"{quality}.mp4", (320, 180), time_base=Fraction(1, 30), gop=2, crf=crf_of(quality))
        for at, picture in enumerate(pictures(320, 180, 20)):
            film.add(frame_of(picture), at)
        film.close()
        sizes.append((tmp_path / f"{quality}.mp4").stat().st_size)
    assert sizes[0] * 2 < sizes[1] < sizes[2] / 2


def test_true_times_are_exact_to_the_microsecond(tmp_path: Path) -> None:
    """To half a tick of the film's clock, which is 5.6 of them; a rate of 60 or 30 a second hits its ticks."""
    times = 100 + np.cumsum(np.random.default_rng(1).uniform(0.004, 0.4, 60))
    shown = film_times(times)
    path = write(tmp_path / "film.mp4", pictures(64, 64, 60), shown.tolist(), base=TICKS_A_SECOND)
    found = np.array([float(at) for at in read_film(path)[1]])
    assert len(found) == 60
    assert np.abs(found - (times - times[0])).max() <= 0.5 / TICKS_A_SECOND + 1e-9
    even = film_times(7 + np.arange(600) / 60) / TICKS_A_SECOND
    assert np.abs(even - np.arange(600) / 60).max() < 1e-6


def test_odd_times_make_a_film_all_the_same(tmp_path: Path) -> None:
    stands = film_times(np.array([1.0, 1.5, 1.5, 1.5, 2.0]))
    assert stands.tolist() == [0, 45_000, 45_001, 45_002, 90_000]
    back = film_times(np.array([10.0, 10.5, 3.0, 3.5]))
    assert back.tolist() == [0, 45_000, 45_001, 90_000]
    lost = film_times(np.array([np.nan, 1.0, np.nan, 2.0, np.nan]))
    assert lost.tolist() == [0, 1, 45_000, 90_000, 90_001]
    for times in (stands, back, lost, film_times(np.full(5, np.nan))):
        write(tmp_path / "film.mp4", pictures(32, 32, len(times)), times.tolist(), base=TICKS_A_SECOND)
        assert len(read_film(tmp_path / "film.mp4")[0]) == len(times)


def test_a_picture_of_another_size_is_refused(tmp_path: Path) -> None:
    film = Film(tmp_path / "film.mp4", (64, 64), time_base=Fraction(1, 30), gop=2)
    with pytest.raises(ValueError, match="32x64"):
        film.add(frame_of(np.zeros((64, 32, 3), dtype=np.uint8)), 0)
    film.abandon()


def jpeg(picture: np.ndarray, **how: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", **{"quality": 92, **how})
    return file.getvalue()


@pytest.mark.parametrize("how", [{}, {"subsampling": 0}, {"subsampling": 1}, {"progressive": True}])
def test_a_jpeg_goes_straight_into_a_film_and_looks_as_it_did(tmp_path: Path, how: dict[str, object]) -> None:
    decoder, film = JpegDecoder(), Film(tmp_path / "film.mp4", (320, 180), time_base=Fraction(1, 30), gop=2, crf=10)
    recorded = []
    for picture in pictures(320, 180, 3):
        content = jpeg(picture, **how)
        frame = decoder.frame(content)
        assert frame is not None
        with Image.open(io.BytesIO(content)) as image:
            shown = np.asarray(image.convert("RGB"))
        straight, around = frame.to_ndarray(format="rgb24"), frame_of(shown).to_ndarray(format="rgb24")
        assert psnr(straight, shown) > 38
        assert psnr(straight, picture) > psnr(around, picture) - 1
        assert np.abs(straight.astype(float).mean(axis=(0, 1)) - shown.mean(axis=(0, 1))).max() < 3
        film.add(frame, len(recorded))
        recorded.append(shown)
    film.close()
    for read, shown in zip(read_film(tmp_path / "film.mp4")[0], recorded, strict=True):
        assert psnr(read, shown) > 35
        assert np.abs(read.astype(float).mean(axis=(0, 1)) - shown.mean(axis=(0, 1))).max() < 3


def test_what_is_no_whole_jpeg_in_colour_is_left_to_the_other_way() -> None:
    decoder, whole = JpegDecoder(), pictures(320, 180, 1)[0]
    good = jpeg(whole)
    png = io.BytesIO()
    Image.fromarray(whole).save(png, "PNG")
    cmyk = io.BytesIO()
    Image.fromarray(whole).convert("CMYK").save(cmyk, "JPEG")
    damaged = good[:2000] + b"\xff\x12" * 50 + good[2100:]
    for content in (
        b"", png.getvalue(), cmyk.getvalue(), jpeg(whole[:179]), jpeg(whole[:, :, 0]), good[:-500],
        good[:-500] + b"\xff\xd9", damaged,
    ):  # fmt: skip
        assert decoder.frame(content) is None
        assert decoder.frame(good) is not None, "the next one is read all the same"


def test_a_small_picture_has_the_colours_of_the_large_one() -> None:
    picture = pictures(640, 360, 1)[0]
    small = small_picture(frame_of(picture), 150)
    assert small.shape == (84, 150, 3)
    assert np.abs(small.mean(axis=(0, 1)) - picture.mean(axis=(0, 1))).max() < 3
    assert small_picture(frame_of(picture[:40, :60]), 150).shape == (40, 60, 3)
