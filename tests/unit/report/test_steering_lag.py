import math
import random

import pytest

from lib.report.columns import Columns
from lib.report.steering_lag import steering_lag


def driven(lag: float, seconds: float = 40.0, *, sign: int = 1, noise: float = 0.0, gap: bool = False) -> Columns:
    """A take at an uneven rate whose acceleration follows the steering by so many seconds."""
    chance = random.Random(1)
    columns = Columns(starts=[0])
    time = 0.0
    while time < seconds:
        time += chance.uniform(0.008, 0.03) + (3.0 if gap and 19.9 < time < 20.0 else 0.0)
        columns.values["time"].append(time)
        columns.values["steer"].append(90 * steering(time))
        columns.values["acc_lateral"].append(sign * steering(time - lag) + chance.gauss(0, noise))
    columns.starts.append(len(columns.values["time"]))
    return columns


def steering(time: float) -> float:
    return math.sin(time) + 0.6 * math.sin(2.7 * time) + 0.4 * math.sin(5.1 * time)


@pytest.mark.parametrize("lag", [-0.12, 0.0, 0.05, 0.31])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_known_lag_is_found(lag: float, sign: int) -> None:
    found = steering_lag(driven(lag, sign=sign, noise=0.05, gap=True), 0)
    assert found is not None
    assert found.best_ms == pytest.approx(1000 * lag, abs=11)
    assert found.best * sign > 0.9
    strongest = max(range(len(found.lags_ms)), key=lambda at: abs(found.correlation[at]))
    assert found.lags_ms[strongest] == pytest.approx(found.best_ms, abs=11)


def test_noise_has_no_lag() -> None:
    columns = driven(0.1)
    chance = random.Random(2)
    for at in range(len(columns.values["acc_lateral"])):
        columns.values["acc_lateral"][at] = chance.gauss(0, 1)
    found = steering_lag(columns, 0)
    assert found is not None
    assert found.best_ms is None


def test_short_takes_and_straight_ones_say_nothing() -> None:
    assert steering_lag(driven(0.1, seconds=3), 0) is None
    straight = driven(0.1)
    for at in range(len(straight.values["steer"])):
        straight.values["steer"][at] = 0.5
    assert steering_lag(straight, 0) is None
    assert steering_lag(Columns(starts=[0, 0]), 0) is None
