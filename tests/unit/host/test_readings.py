"""The double's own numbers: what AC documents, from the drive's real motion, and no two alike."""

from __future__ import annotations

import itertools
import math
import struct
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.host import acsys
from tests.host.page_fields import GRAPHICS, PAGES, PHYSICS, Page
from tests.host.pages import Pages
from tests.host.readings import LIVE, PAUSE, QUALIFY, RACE, REPLAY, Readings
from tests.host.track import Drive, Track

_FRAME = 1 / 60
CS: Any = acsys.CS


@pytest.fixture
def readings() -> Readings:
    return Readings(Drive(Track(lap_seconds=20.0)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_fields_stand_one_after_the_other_and_fill_the_page(page: Page) -> None:
    ends = [0]
    for field in page.fields:
        # Between texts and numbers there is room up to the next four bytes, as C leaves it.
        assert field.offset == -(-ends[-1] // (2 if field.is_text else 4)) * (2 if field.is_text else 4)
        ends.append(field.offset + field.bytes)
    assert ends[-1] == page.size


def test_a_page_takes_each_field_and_no_other(readings: Readings) -> None:
    PHYSICS.pack(readings.physics)
    with pytest.raises(ValueError, match="brakeBias"):
        PHYSICS.pack({name: value for name, value in readings.physics.items() if name != "brakeBias"})
    with pytest.raises(ValueError, match="brakeBais"):
        PHYSICS.pack({**readings.physics, "brakeBais": 0.5})


def test_velocities_are_those_of_the_drive(readings: Readings) -> None:
    """Steps of velocity lead where the car gets; turned into the car's axes they point forward, and turns add up."""
    motion = readings.drive.motion
    place, heading = list(motion.pose.position), motion.pose.heading
    for tick in range(1500):
        if tick == 300:
            readings.drive.cut(0.6)
        readings.advance(_FRAME)
        physics = readings.physics
        place = [at + speed * _FRAME for at, speed in zip(place, physics["velocity"], strict=True)]
        heading += physics["localAngularVel"][1] * _FRAME
        assert math.isclose(math.hypot(*physics["velocity"]), math.hypot(*physics["localVelocity"]), rel_tol=1e-9)
        # Off the track it drifts.
        is_aside = physics["numberOfTyresOut"] or tick in range(300, 400)
        assert is_aside or physics["localVelocity"][2] > 0.97 * math.hypot(*physics["velocity"])
    assert place == pytest.approx(readings.drive.motion.pose.position, abs=1e-6)
    assert math.sin(heading) == pytest.approx(math.sin(physics["heading"]), abs=1e-9)
    assert math.cos(heading) == pytest.approx(math.cos(physics["heading"]), abs=1e-9)


def test_a_car_in_its_box_does_not_move(readings: Readings) -> None:
    readings.drive.stands_in_pit = True
    for _ in range(3):
        readings.advance(_FRAME)
    assert readings.physics["velocity"] == readings.physics["localVelocity"] == (0.0, 0.0, 0.0)
    assert readings.physics["localAngularVel"] == (0.0, 0.0, 0.0)


def test_no_two_values_look_alike(readings: Readings) -> None:
    """Each wheel, axis and field of both living pages: two columns that were swapped differ somewhere in a drive."""
    seen: dict[str, list[float]] = {}
    for tick in range(3000):
        if tick in (400, 1700):
            readings.drive.cut(0.3, tyres=3)
        readings.drive.is_in_pit_lane = 2000 <= tick < 2200
        readings.drive.stands_in_pit = 2200 <= tick < 2300
        readings.status = REPLAY if tick < 10 else LIVE
        readings.session = RACE if tick > 2500 else QUALIFY
        readings.advance(_FRAME)
        for page in (readings.physics, readings.graphics):
            for name, value in page.items():
                for index, part in enumerate(value if isinstance(value, tuple) else (value,)):
                    seen.setdefault(f"{name}[{index}]", []).append(part)
    alike = [f"{a} {b}" for (a, ours), (b, theirs) in itertools.combinations(seen.items(), 2) if ours == theirs]
    assert alike == []


def test_wheels_stay_apart_in_the_box(readings: Readings) -> None:
    readings.drive.stands_in_pit = True
    readings.advance(_FRAME)
    for name in ("wheelSlip", "wheelLoad", "wheelsPressure", "tyreCoreTemperature", "suspensionTravel", "camberRAD"):
        assert len(set(readings.physics[name])) == 4, name


def test_packets_stand_while_the_game_is_paused(readings: Readings) -> None:
    readings.advance(_FRAME)
    readings.status = PAUSE
    packets = (readings.physics["packetId"], readings.graphics["packetId"])
    for _ in range(5):
        readings.advance(_FRAME)
    assert (readings.physics["packetId"], readings.graphics["packetId"]) == packets
    assert readings.graphics["status"] == PAUSE
    for status in (REPLAY, LIVE):
        readings.status = status
        readings.advance(_FRAME)
        assert readings.graphics["packetId"] > packets[1]
    assert readings.physics["packetId"] > packets[0]


@pytest.fixture
def pages(tmp_path: Path) -> Any:
    made = Pages(folder=tmp_path)
    yield made
    made.close()


_AS_FILES = pytest.mark.skipif(sys.platform == "win32", reason="looks into pages that are files")


def _bytes(folder: Path, page: Page) -> bytes:
    return (folder / page.name).read_bytes()[: page.size]


@_AS_FILES
def test_a_stale_page_stays_as_it_was(readings: Readings, pages: Pages, tmp_path: Path) -> None:
    readings.write(pages)
    before = _bytes(tmp_path, PHYSICS), _bytes(tmp_path, GRAPHICS)
    readings.faults.stale_pages = frozenset([PHYSICS.name])
    readings.advance(_FRAME)
    readings.write(pages)
    assert _bytes(tmp_path, PHYSICS) == before[0]
    assert _bytes(tmp_path, GRAPHICS) != before[1]
    readings.faults.stale_pages = frozenset()
    readings.write(pages)
    assert _bytes(tmp_path, PHYSICS) == PHYSICS.pack(readings.physics)


@_AS_FILES
def test_odd_values_are_said_instead_of_the_truth(readings: Readings, pages: Pages, tmp_path: Path) -> None:
    readings.faults.odd = {"CS.Gas": 7.0, "acpmf_physics.rpms": -1}
    readings.advance(_FRAME)
    readings.write(pages)
    assert readings.car_state(0, CS.Gas) == 7.0
    assert struct.unpack_from("<i", _bytes(tmp_path, PHYSICS), 20) == (-1,)
    readings.faults.odd = {}
    readings.advance(_FRAME)
    assert readings.car_state(0, CS.Gas) <= 1.0


def test_get_car_state_gives_zero_for_what_it_does_not_know(readings: Readings) -> None:
    readings.advance(_FRAME)
    assert readings.car_state(1, CS.SpeedMPH) == 0
    assert readings.car_state(0, 999) == 0
    assert len(readings.car_state(0, CS.TyreContactPoint, acsys.WHEELS.RR)) == 3
    assert readings.car_state(0, CS.TyreContactPoint, 4) == 0
