"""Where the car is and how it moves, in the world's axes and in its own: x right, y up, z forward."""

from __future__ import annotations

import math
from dataclasses import dataclass

Vector = tuple[float, float, float]
STILL: Vector = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Pose:
    """Place and attitude. Angles in radians: `heading` from z to x, `pitch` up, `roll` to the right."""

    position: Vector
    heading: float
    pitch: float
    roll: float

    def to_car(self, world: Vector) -> Vector:
        """A vector of the world, in the car's axes."""
        x, y, z = world
        sine, cosine = math.sin(self.heading), math.cos(self.heading)
        x, z = x * cosine - z * sine, x * sine + z * cosine
        sine, cosine = math.sin(self.pitch), math.cos(self.pitch)
        y, z = y * cosine - z * sine, y * sine + z * cosine
        sine, cosine = math.sin(self.roll), math.cos(self.roll)
        return x * cosine - y * sine, x * sine + y * cosine, z


@dataclass(frozen=True)
class Motion:
    """A pose and the velocities that led to it."""

    pose: Pose
    velocity: Vector = STILL  # m/s, world axes
    local_velocity: Vector = STILL  # m/s, car axes
    angular_velocity: Vector = STILL  # rad/s round the car's axes: pitch, heading, roll

    def to(self, pose: Pose, seconds: float) -> Motion:
        """The motion after the car came from here to `pose` in so many seconds."""
        before = self.pose
        velocity = _rate(before.position, pose.position, seconds)
        turn = (pose.heading - before.heading + math.pi) % (2 * math.pi) - math.pi
        spin = ((pose.pitch - before.pitch) / seconds, turn / seconds, (pose.roll - before.roll) / seconds)
        return Motion(pose, velocity, pose.to_car(velocity), spin)


def _rate(before: Vector, after: Vector, seconds: float) -> Vector:
    return (
        (after[0] - before[0]) / seconds,
        (after[1] - before[1]) / seconds,
        (after[2] - before[2]) / seconds,
    )
