from collections.abc import Iterator

from lib.recordings.laps import Lap, LapKind, LapTick, find_laps

STEP = 0.1


class Drive:
    """Ticks of a drive, one each tenth of a second, made lap by lap."""

    def __init__(self) -> None:
        self.ticks: list[LapTick] = []
        self._last_lap = 0.0

    def lap(
        self, count: int, seconds: float, *, start: float = 0.0, off_at: float = 1e9, pits: tuple[float, float] = (9, 9)
    ) -> "Drive":
        """Drive from `start` to `seconds` of a lap; the car leaves the track at `off_at`, is in the pits in `pits`."""
        for tenth in range(round(start * 10), round(seconds * 10)):
            time = tenth / 10
            in_pits = pits[0] <= time < pits[1]
            position = len(self.ticks) + 1
            tick = LapTick(position, position * STEP, count, time, self._last_lap, time < off_at, in_pits)
            self.ticks.append(tick)
        self._last_lap = seconds
        return self


def laps_of(drive: Drive) -> tuple[Lap, ...]:
    return find_laps("02", drive.ticks)


def told(laps: tuple[Lap, ...]) -> list[tuple[str, LapKind, bool, float | None]]:
    return [(lap.name, lap.kind, lap.is_valid, lap.lap_time) for lap in laps]


def test_a_drive_from_the_pits_to_the_pits() -> None:
    drive = Drive().lap(0, 40, start=5, pits=(0, 9)).lap(1, 30).lap(2, 32, off_at=20).lap(3, 25, pits=(22, 25))
    assert told(laps_of(drive)) == [
        ("02@0", LapKind.OUT, True, None),
        ("02@1", LapKind.COMPLETE, True, 30.0),
        ("02@2", LapKind.COMPLETE, False, 32.0),
        ("02@3", LapKind.IN, True, None),
    ]
    assert [lap.is_cut for lap in laps_of(drive)] == [False, False, True, False]


def test_a_recording_that_begins_and_ends_in_the_middle() -> None:
    assert told(laps_of(Drive().lap(4, 30, start=12).lap(5, 8))) == [
        ("02@4", LapKind.JOINED, True, None),
        ("02@5", LapKind.UNFINISHED, True, None),
    ]
    assert told(laps_of(Drive().lap(4, 20, start=12))) == [("02@4", LapKind.PART, True, None)]


def test_a_restart_begins_a_lap_of_its_own() -> None:
    laps = laps_of(Drive().lap(0, 30).lap(1, 12).lap(0, 30).lap(1, 5))
    assert [lap.name for lap in laps] == ["02@0", "02@1", "02@0.2", "02@1.2"]
    assert [lap.kind for lap in laps] == [
        LapKind.COMPLETE, LapKind.UNFINISHED, LapKind.COMPLETE, LapKind.UNFINISHED,
    ]  # fmt: skip


def test_a_restart_in_the_first_lap_is_seen_by_its_lap_time() -> None:
    assert [lap.name for lap in laps_of(Drive().lap(0, 12).lap(0, 20))] == ["02@0", "02@0.2"]


def late(ticks: list[LapTick], ticks_late: int) -> Iterator[LapTick]:
    """The same with the lap count some ticks behind the lap time; before it, where that is negative."""
    for at, tick in enumerate(ticks):
        from_at = min(max(at - ticks_late, 0), len(ticks) - 1)
        yield tick._replace(lap_count=ticks[from_at].lap_count)


def test_lap_count_and_lap_time_may_change_some_ticks_apart() -> None:
    for ticks_late in (-3, -1, 1, 3):
        laps = find_laps("02", late(Drive().lap(0, 20).lap(1, 20).lap(2, 5).ticks, ticks_late))
        assert [lap.name for lap in laps] == ["02@0", "02@1", "02@2"], ticks_late


def test_every_tick_is_in_one_lap() -> None:
    drive = Drive().lap(0, 12).lap(0, 20).lap(1, 15, off_at=3).lap(7, 4)
    laps = laps_of(drive)
    assert [tick.position for tick in drive.ticks] == [
        position for lap in laps for position in range(lap.first, lap.last + 1)
    ]


def test_no_ticks_no_laps() -> None:
    assert find_laps("02", []) == ()
