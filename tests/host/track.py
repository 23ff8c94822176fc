"""A closed track and a car that is driven round it: where it is, how fast, and what its driver does."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from .motion import Motion, Pose

_POINTS = 1200
_MEAN_SPEED = 42.0  # m/s
_SHORTEST_SHOWN_LAP = 12.0  # seconds
_GRIP = 16.0  # m/s², sideways
_WHEELBASE = 2.6
_STEERING_RATIO = 14.0
_GEAR_TOPS = (14.0, 24.0, 34.0, 44.0, 56.0)  # m/s at which the next gear is taken
_HILLS = 0.003  # of the track's length
_BODY_SLIP = 0.015  # radians between the car's heading and the road's, for each G sideways
_BODY_ROLL = 0.02
_SHIFT_SECONDS = 0.15
GRAVITY = 9.81


@dataclass(frozen=True)
class Point:
    """One point of the centre line."""

    distance: float  # metres from the line
    x: float
    z: float
    heading: float  # radians
    curvature: float  # 1/m, positive = right
    speed: float  # m/s
    time: float  # seconds from the line at lap factor 1


class Track:
    """The centre line, with the speed that a lap of `lap_seconds` has at each point."""

    def __init__(self, lap_seconds: float) -> None:
        self.lap_seconds = lap_seconds
        self.length = _MEAN_SPEED * lap_seconds
        outline = [_outline(2 * math.pi * index / _POINTS) for index in range(_POINTS + 1)]
        raw_length = sum(math.dist(a, b) for a, b in pairwise(outline))
        scale = self.length / raw_length
        self.points = self._points([(x * scale, z * scale) for x, z in outline])
        self._distances = [point.distance for point in self.points]

    def _points(self, outline: list[tuple[float, float]]) -> list[Point]:
        distances, headings = [0.0], []
        for (x0, z0), (x1, z1) in pairwise(outline):
            distances.append(distances[-1] + math.hypot(x1 - x0, z1 - z0))
            headings.append(math.atan2(x1 - x0, z1 - z0))
        headings.append(headings[0])
        curvatures = []
        for index in range(_POINTS):
            turn = headings[(index + 1) % _POINTS] - headings[index - 1]
            turn = (turn + math.pi) % (2 * math.pi) - math.pi
            curvatures.append(turn / (2 * self.length / _POINTS))
        curvatures.append(curvatures[0])
        speeds = _smoothed([min(60.0, math.sqrt(_GRIP / max(abs(c), 1e-4))) for c in curvatures])
        times = [0.0]
        for index in range(_POINTS):
            times.append(times[-1] + (distances[index + 1] - distances[index]) / speeds[index])
        stretch = self.lap_seconds / times[-1]
        return [
            Point(distances[i], *outline[i], headings[i], curvatures[i], speeds[i] / stretch, times[i] * stretch)
            for i in range(_POINTS + 1)
        ]

    def at(self, distance: float) -> Point:
        """The track at `distance` metres, from any lap, between its points."""
        distance %= self.length
        index = min(max(bisect_right(self._distances, distance) - 1, 0), _POINTS - 1)
        a, b = self.points[index], self.points[index + 1]
        share = (distance - a.distance) / (b.distance - a.distance)

        def between(low: float, high: float) -> float:
            return low + (high - low) * share

        turn = (b.heading - a.heading + math.pi) % (2 * math.pi) - math.pi
        return Point(
            distance,
            between(a.x, b.x),
            between(a.z, b.z),
            a.heading + turn * share,
            between(a.curvature, b.curvature),
            between(a.speed, b.speed),
            between(a.time, b.time),
        )

    def height(self, distance: float) -> float:
        """Metres above the line."""
        angle = 2 * math.pi * distance / self.length
        return _HILLS * self.length * (math.sin(2 * angle) + 0.5 * math.cos(3 * angle))

    def slope(self, distance: float) -> float:
        """How steeply it rises."""
        angle = 2 * math.pi * distance / self.length
        return _HILLS * 2 * math.pi * (2 * math.cos(2 * angle) - 1.5 * math.sin(3 * angle))

    def bend(self, distance: float) -> float:
        """How the slope changes, in 1/m."""
        angle = 2 * math.pi * distance / self.length
        steps = -4 * math.sin(2 * angle) - 4.5 * math.cos(3 * angle)
        return _HILLS * (2 * math.pi) ** 2 / self.length * steps


def _outline(angle: float) -> tuple[float, float]:
    radius = 1 + 0.22 * math.cos(2 * angle) + 0.12 * math.sin(3 * angle) + 0.05 * math.cos(5 * angle)
    return radius * math.cos(angle), radius * math.sin(angle)


def _smoothed(values: list[float]) -> list[float]:
    count, reach = len(values) - 1, 25
    smooth = [sum(values[(i + j) % count] for j in range(-reach, reach + 1)) / (2 * reach + 1) for i in range(count)]
    return [*smooth, smooth[0]]


@dataclass
class Car:
    """The car's state at one moment of the drive."""

    distance: float = 0.0
    speed: float = 0.0
    acceleration: float = 0.0
    lateral_offset: float = 0.0
    tyres_out: int = 0


class Drive:
    """Laps round the track. Lap after lap has its factor: 1.0 takes the track's lap time, less is faster."""

    LAP_FACTORS = (1.06, 1.0, 1.03, 0.96, 1.02, 0.98)
    LAST_LAP_DELAY = 3  # ticks from LapCount to LastLap

    def __init__(self, track: Track) -> None:
        self.track = track
        self.car = Car(speed=track.at(0).speed / self.LAP_FACTORS[0])
        self.lap_count = 0
        self.lap_time = 0.0
        # The app takes no lap for the best that is too short to be one. A short track's clock goes faster.
        self._clock = max(1.0, _SHORTEST_SHOWN_LAP / track.lap_seconds)
        self.last_lap_ms = 0
        self.best_lap_ms = 0  # of the valid laps
        self.best_factor: float | None = None
        self.lap_is_valid = True
        self._cut_left = 0.0
        self._tyres_out_in_cut = 4
        self._pending: list[tuple[int, int, bool]] = []
        self.stands_in_pit = False
        self.is_in_pit_lane = False
        self._since_shift = _SHIFT_SECONDS
        self.motion = Motion(self._pose())

    @property
    def factor(self) -> float:
        return self.LAP_FACTORS[self.lap_count % len(self.LAP_FACTORS)]

    def cut(self, seconds: float, tyres: int = 4) -> None:
        """Leave the track with so many tyres for so long."""
        self._cut_left, self._tyres_out_in_cut = seconds, tyres

    def restart(self) -> None:
        """Begin the session anew: laps and times are gone."""
        self.__init__(self.track)  # type: ignore[misc]

    def advance(self, seconds: float) -> None:
        """Drive on for one frame."""
        self._take_lap_times()
        before, gear = self.car.speed, self.gear
        self.car.speed = 0.0 if self.stands_in_pit else self.track.at(self.car.distance).speed / self.factor
        if seconds > 0:
            self.car.acceleration = (self.car.speed - before) / seconds
        self.car.distance += self.car.speed * seconds
        self.lap_time += seconds * self._clock
        self._since_shift = 0.0 if self.gear != gear else self._since_shift + seconds
        self._cut_left = max(0.0, self._cut_left - seconds)
        is_out = self._cut_left > 0
        self.car.tyres_out = self._tyres_out_in_cut if is_out else 0
        self.car.lateral_offset += ((9.0 if is_out else 0.0) - self.car.lateral_offset) * min(1.0, 6 * seconds)
        self.lap_is_valid = self.lap_is_valid and self.car.tyres_out < 4
        if seconds > 0:
            self.motion = self.motion.to(self._pose(), seconds)
        if self.car.distance >= self.track.length * (self.lap_count + 1):
            self._cross_line()

    def _take_lap_times(self) -> None:
        """The time of a lap comes some ticks after its end."""
        self._pending = [(ticks - 1, lap, is_valid) for ticks, lap, is_valid in self._pending]
        if self._pending and self._pending[0][0] <= 0:
            _, self.last_lap_ms, is_valid = self._pending.pop(0)
            if is_valid and (not self.best_lap_ms or self.last_lap_ms < self.best_lap_ms):
                self.best_lap_ms = self.last_lap_ms

    def _cross_line(self) -> None:
        lap_ms = round(self.lap_time * 1000)
        self._pending.append((self.LAST_LAP_DELAY, lap_ms, self.lap_is_valid))
        if self.lap_is_valid and (self.best_factor is None or self.factor < self.best_factor):
            self.best_factor = self.factor
        self.lap_count += 1
        self.lap_time = 0.0
        self.lap_is_valid = self.car.tyres_out < 4

    def _pose(self) -> Pose:
        distance, aside = self.car.distance, self.car.lateral_offset
        point = self.track.at(distance)
        x = point.x + math.cos(point.heading) * aside
        z = point.z - math.sin(point.heading) * aside
        slip, roll = _BODY_SLIP * self.lateral_g, _BODY_ROLL * self.lateral_g
        pitch = math.atan(self.track.slope(distance))
        return Pose((x, self.track.height(distance), z), point.heading - slip, pitch, roll)

    @property
    def spline_position(self) -> float:
        return (self.car.distance / self.track.length) % 1.0

    @property
    def performance_meter(self) -> float:
        """Seconds behind (positive) or ahead of the best lap at this place; 0 while there is no best lap."""
        if self.best_factor is None:
            return 0.0
        return self.track.at(self.car.distance).time * (self.factor - self.best_factor)

    @property
    def gear(self) -> int:
        """As AC counts: 0 reverse, 1 neutral, 2 first."""
        if self.stands_in_pit:
            return 1
        return 2 + sum(self.car.speed > top for top in _GEAR_TOPS)

    @property
    def pedals(self) -> tuple[float, float]:
        """(gas, brake), 0..1."""
        wanted = self.car.acceleration / 8.0
        if self.stands_in_pit:
            return 0.0, 0.3
        return (min(1.0, 0.25 + wanted), 0.0) if wanted > -0.2 else (0.0, min(1.0, -wanted))

    @property
    def clutch(self) -> float:
        """1 = released; pressed while a gear is changed."""
        return min(1.0, self._since_shift / _SHIFT_SECONDS)

    @property
    def rpm(self) -> float:
        return 900.0 if self.stands_in_pit else 1500 + self.car.speed * 100

    @property
    def steering_wheel_degrees(self) -> float:
        curvature = self.track.at(self.car.distance).curvature
        return math.degrees(math.atan(_WHEELBASE * curvature)) * _STEERING_RATIO

    @property
    def lateral_g(self) -> float:
        return self.car.speed**2 * self.track.at(self.car.distance).curvature / GRAVITY

    @property
    def vertical_g(self) -> float:
        return 1.0 + self.car.speed**2 * self.track.bend(self.car.distance) / GRAVITY
