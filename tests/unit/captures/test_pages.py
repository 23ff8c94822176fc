"""Each field of AC's pages stands at its offset, also in real bytes of the game."""

import json
import struct
from pathlib import Path

import pytest

from lib.captures.pages import GRAPHICS, PHYSICS, STATIC, Page
from lib.captures.ticks import PAGE_KINDS, TICK_COLUMNS
from lib.link.sample import GRAPHICS_ROOM, PHYSICS_ROOM
from tests.environment import ROOT
from tests.host import page_fields

PAGES = (PHYSICS, GRAPHICS, STATIC)
REAL = {
    name: bytes.fromhex(page)
    for name, page in json.loads((ROOT / "tests" / "data" / "pages_1.16.4.json").read_text())["pages"].items()
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_field_is_read_at_its_offset(page: Page) -> None:
    """A page whose every field has a value of its own, put there by the documentation's offsets alone."""
    content = bytearray(page.size)
    expected: dict[str, int | float | str] = {}
    for number, field in enumerate(documented(page).fields, start=1):
        count = 1 if field.is_text or field.form in "if" else int(field.form[:-1])
        for part in range(count):
            if field.is_text:
                value: int | float | str = f"text {number}"
                packed = f"text {number}".encode("utf-16-le")
            else:
                value = number * 100 + part if field.form[-1] == "i" else number * 100 + part + 0.25
                packed = struct.pack(f"<{field.form[-1]}", value)
            at = field.offset + 4 * part
            content[at : at + len(packed)] = packed
            expected[f"{field.name}[{part}]"] = value
    kunos = [f"{field.kunos}[{part}]" for field in page.fields for part in range(len(field.names))]
    assert dict(zip(kunos, page.read(bytes(content)), strict=True)) == expected


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_shorter_page_leaves_out_what_it_lacks(page: Page) -> None:
    whole = page.told(bytes(range(1, 252)) * 3)
    for length in range(0, page.size + 1, 2):
        told = page.told((bytes(range(1, 252)) * 3)[:length])
        there = [name for field in page.fields for name in field.names if field.end <= length]
        assert list(told) == there
        assert [told[name] for name in there if told[name] == told[name]] == [
            whole[name] for name in there if whole[name] == whole[name]
        ]


def documented(page: Page) -> page_fields.Page:
    return next(one for one in page_fields.PAGES if one.name == page.name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_documented_field_is_there(page: Page) -> None:
    theirs = documented(page)
    assert page.size == theirs.size
    ours = [(field.kunos.lower(), field.offset) for field in page.fields]
    assert ours == [(field.name.lower(), field.offset) for field in theirs.fields]


def test_no_column_stands_twice_and_all_of_a_page_crosses() -> None:
    assert len(set(TICK_COLUMNS)) == len(TICK_COLUMNS)
    assert set(PAGE_KINDS) < set(TICK_COLUMNS)
    assert (PHYSICS.size, GRAPHICS.size) == (PHYSICS_ROOM, GRAPHICS_ROOM)


def test_real_bytes_of_the_physics_page() -> None:
    told = PHYSICS.told(REAL["physics"][:PHYSICS_ROOM])
    assert (told["physics_packet"], told["physics_gear"], told["rpm"]) == (57556, 1, 850)
    assert told["fuel"] == pytest.approx(29.52, abs=0.01)
    assert [told[f"tyre_wear_{wheel}"] for wheel in ("fl", "fr", "rl", "rr")] == [100.0] * 4
    assert wheels(told, "wheel_load", 0) == [3359, 3336, 2324, 2332]
    assert wheels(told, "tyre_pressure", 1) == [28.2, 28.1, 25.0, 24.9]
    assert wheels(told, "tyre_core_temperature", 1) == [27.2, 26.5, 20.1, 19.3]
    assert (told["air_temperature"], told["road_temperature"], told["is_ai_controlled"]) == (12.0, 10.0, 0)
    assert told["brake_bias"] == pytest.approx(0.85)


def wheels(told: dict[str, int | float | str], name: str, digits: int) -> list[float]:
    return [round(float(told[f"{name}_{wheel}"]), digits) for wheel in ("fl", "fr", "rl", "rr")]


def test_real_bytes_of_the_graphics_page() -> None:
    told = GRAPHICS.told(REAL["graphics"][:GRAPHICS_ROOM])
    assert (told["graphics_packet"], told["status"], told["session"], told["position"]) == (112617, 2, 2, 7)
    assert (told["current_time_text"], told["current_time_ms"]) == ("1:43:398", 103398)
    assert told["normalized_car_position"] == pytest.approx(0.1548, abs=1e-4)
    assert told["distance_traveled"] == pytest.approx(822, abs=0.5)
    coordinates = [round(float(told[f"world_{axis}"]), 2) for axis in "xyz"]
    assert coordinates == [-518.59, -82.33, -323.07]
    assert (told["tyre_compound"], told["flag"], told["wind_speed"]) == ("Semislicks (SM)", 0, 10.0)
    assert told["surface_grip"] == pytest.approx(0.9414, abs=1e-4)


def test_real_bytes_of_the_static_page() -> None:
    told = STATIC.told(REAL["static"][: STATIC.size])
    assert (told["shared_memory_version"], told["ac_version"]) == ("1.7", "1.16.4")
    assert (told["track"], told["car_model"]) == ("imola", "abarth500")
    assert (told["sector_count"], told["max_rpm"], told["max_fuel"]) == (3, 6500, 35.0)
    assert told["track_spline_length"] == pytest.approx(4864.1, abs=0.1)


def test_the_data_names_its_source() -> None:
    readme = (ROOT / "tests" / "data" / "README.md").read_text()
    assert all(word in readme for word in ("Rgosh/ac-pro-engineer", "aa061aa", "MIT"))
    assert (Path(ROOT) / "tests" / "data" / "pages_1.16.4.json").stat().st_size < 10_000
