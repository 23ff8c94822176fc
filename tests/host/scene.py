"""What happens in a run of the double: a list of events at given seconds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

DO = (
    "click",  # the app's button
    "pause",
    "resume",
    "standstill",  # physics stand still, the status stays LIVE
    "replay",
    "live",
    "off",  # the game says that no session runs
    "pit_lane",  # drive in it
    "pit",  # stop in the box
    "leave_pit",
    "cut",  # seconds: leave the track with four tyres
    "restart_session",
    "move_panel",  # x, y in interface units
    "scale",  # of the interface
    "close_panel",
    "open_panel",
    "cover_panel",  # seconds: another app's window is drawn over it
    "draw_apps_every",  # frames: between two of these the apps aren't asked to draw, and what they drew stays
    "desktop",  # seconds in which the screen shows the desktop behind the game
    "resize",  # width, height
    "move_window",  # x, y
    "minimise",
    "restore",
    "close_window",  # seconds without a window, while the game lives on
    "black",  # seconds in which the window shows nothing but black
    "filter",  # what is done to the colours of each frame, a name in filters.py; "none"
    "keep_frame",  # name of a PNG in the root that this frame is kept as
    "hang",  # seconds without a frame
    "fps",  # rate; 0 = as fast as it can; "irregular"
    "lag",  # frames from drawing to the screen; "random"
    "bands",  # in how many parts, one after the other, a frame is brought to the screen; 1 = whole
    "upper_witness",  # another witness in the upper right corner
    "drop_presents",  # share of frames that never reach the screen
    "fault",  # kind: what getCarState does: "zero", "minus_one", "raise", "nan", "none"
    "camera",  # mode, as acsys.CM has it
    "focus",  # car that the camera follows
    "stale",  # pages that are not written any more: ["acpmf_physics", ...]; [] = all are again
    "say",  # instead of the truth: {"CS.Gas": 2.0, "acpmf_physics.rpms": -1, ...}; {} = the truth again
    "crash",  # end at once, without acShutdown
    "quit",
)


@dataclass(frozen=True)
class Event:
    """At `at` seconds of the run do `do`, with what it needs in `value`."""

    at: float
    do: str
    value: Any = None

    def __post_init__(self) -> None:
        if self.do not in DO:
            raise ValueError(f"no such event: {self.do}")


@dataclass(frozen=True)
class Scene:
    """A run of the double."""

    events: tuple[Event, ...] = ()
    size: tuple[int, int] = (1280, 720)
    fps: float | str = 60
    lag: int | str = 1
    drop_presents: float = 0.0
    scale: float = 1.0
    panel: tuple[float, float] = (20, 20)
    lap_seconds: float = 20.0
    seed: int = 1
    pages: str = "as 1.16.4"  # or "documented", "missing", "short", "old", "competizione"
    dump_ticks: tuple[int, ...] = ()  # the frames of these ticks are kept as PNG
    title: str = "Assetto Corsa"
    obeys: bool = False  # takes more events from orders.txt in its root, each line [do, value] as JSON, at once

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Scene:
        content = json.loads(text)
        events = tuple(Event(**event) for event in content.pop("events"))
        for name in ("size", "panel", "dump_ticks"):
            content[name] = tuple(content[name])
        return cls(events=events, **content)


def two_takes(first: float, second: float, ready: float = 2.5, gap: float = 1.0) -> tuple[Event, ...]:
    """Start, drive, Stop, Start again, Stop, quit."""
    stop = ready + first
    again = stop + gap
    end = again + second
    return (
        Event(ready, "click"),
        Event(stop, "click"),
        Event(again, "click"),
        Event(end, "click"),
        Event(end + gap, "quit"),
    )
