"""What a recording costs, as the panel tells it."""

from __future__ import annotations

from lib.recorder.cost import Cost


def test_the_rate_is_that_of_the_last_seconds() -> None:
    cost = Cost(100.0)
    for step in range(1, 201):  # 20 seconds: pictures of 10 kB ten times a second, of 30 kB from the tenth second on
        cost.add(100 + step / 10, 10_000 if step <= 100 else 30_000)
    assert abs(cost.per_second(110 + 10) - 300_000) < 5_000
    assert abs(cost.room_seconds(120.0, 3_600 * 300_000) - 3_600) < 60


def test_at_first_nobody_knows() -> None:
    cost = Cost(100.0)
    cost.add(100.1, 50_000)
    assert (cost.per_second(100.2), cost.room_seconds(100.2, 10**9)) == (0.0, -1.0)
    cost.add(101.9, 50_000)
    assert cost.per_second(102.0) == 50_000


def test_what_waits_costs_nothing_and_a_full_disk_has_no_room() -> None:
    cost = Cost(100.0)
    cost.add(101.0, 50_000)
    assert cost.room_seconds(105.0, -5) == 0.0
    assert (cost.per_second(150.0), cost.room_seconds(150.0, 10**9)) == (0.0, -1.0)


def test_a_pause_makes_it_no_cheaper() -> None:
    cost = Cost(100.0)
    for step in range(80):  # 8 seconds of pictures, 12 of a pause, and on
        cost.add(100 + step / 10, 35_000)
    for tick in range(1, 121):
        cost.wait(0.1)
        assert abs(cost.per_second(108 + tick / 10) - 350_000) < 10_000, tick
    for step in range(80):
        cost.add(120 + step / 10, 35_000)
        assert abs(cost.per_second(120 + step / 10) - 350_000) < 20_000, step
