"""Drives that are hard to pair: every display lag, rate and mishap of the panel; and what came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from lib.recorder import unproven
from tests.end_to_end.captures import Captures, assert_whole
from tests.host import witness
from tests.host.run import run_host
from tests.host.scene import Event, Scene

_READY = 2.5
_SIZE = (960, 540)


@dataclass(frozen=True)
class Case:
    """A drive in equal steps, at the start of each of which something may change."""

    name: str
    fps: float | str
    steps: tuple[tuple[tuple[str, Any], ...], ...]  # for each step the events (what to do, with what)
    lag: int | str = 1
    at_launch: tuple[tuple[str, Any], ...] = ()
    settings: tuple[tuple[str, object], ...] = ()

    def scene(self, step_seconds: float) -> Scene:
        """The case as a scene, each step that long."""
        # Before the first frame: how soon a recorder looks at it is the machine's affair.
        events = [Event(0.0, do, value) for do, value in self.at_launch]
        events.append(Event(_READY, "click"))
        for number, step in enumerate(self.steps):
            events += [Event(_READY + 0.1 + number * step_seconds, do, value) for do, value in step]
        end = _READY + len(self.steps) * step_seconds
        events += [Event(end, "click"), Event(end + 1, "quit")]
        return Scene(events=tuple(events), size=_SIZE, fps=self.fps, lag=self.lag)


def _lags(*lags: int | str) -> tuple[tuple[tuple[str, Any], ...], ...]:
    return tuple((("lag", lag),) for lag in lags)


_DROPPED_PRESENTS = ((("lag", 1), ("drop_presents", 0.3)),)

WITH_STRIP = (
    Case("60 fps, every lag", 60, _lags(0, 1, 2, 3, "random") + _DROPPED_PRESENTS),
    Case("30 fps, every lag", 30, _lags(0, 1, 2, 3, "random") + _DROPPED_PRESENTS),
    Case("144 fps, every lag", 144, _lags(0, 1, 2, 3, "random") + _DROPPED_PRESENTS),
    Case("irregular fps, every lag", "irregular", _lags(0, 1, 2, 3, "random") + _DROPPED_PRESENTS),
    Case(
        "60 fps, panel scaled and moved",
        60,
        (
            (("scale", 0.5),),
            (("move_panel", (300, 150)),),
            (("scale", 0.75), ("move_panel", (5, 8))),
            (("scale", 1.37), ("lag", 2)),
            (("move_panel", (101, 33)),),
            (("scale", 2.0), ("move_panel", (0, 0))),
        ),
    ),
)

# Behind filters of all kinds, with the panel moved and scaled under some of them.
FILTERED = tuple(
    Case(
        f"{fps} fps, lag {lag}, filters",
        fps,
        (
            (("filter", "one level less"),),
            (("filter", "dim"),),
            (("filter", "blue-light filter"), ("scale", 0.75)),
            (("filter", "limited range"), ("move_panel", (101, 33))),
            (("filter", "washed out"), ("scale", 1.37)),
            (("filter", "less saturated"),),
            (("filter", "tinted"), ("scale", 1.0)),
            (("filter", "grainy"), ("move_panel", (5, 8))),
            (("filter", "dim, warm and grainy"),),
            (("filter", "none"),),
        ),
        lag,
    )
    for fps, lag in ((60, 2), (144, "random"))
)
WITH_STRIP += FILTERED

# The panel grows when the game is paused and shrinks when there is nothing more to say, wherever it stands.
PANEL_FORMS = tuple(
    Case(
        f"{fps} fps, lag {lag}, panel's forms",
        fps,
        (
            (),
            (("pause", None),),
            (("resume", None), ("scale", 0.5)),
            (("pause", None), ("move_panel", (300, 150))),
            (("resume", None), ("scale", 1.37), ("move_panel", (60, -12))),
            (("pause", None), ("move_panel", (33, 21))),
            (("resume", None), ("scale", 2.0)),
            (("filter", "tinted"), ("scale", 1.25), ("move_panel", (101, 390))),
        ),
        lag,
    )
    for fps, lag in ((60, 1), (144, 2), ("irregular", "random"))
)

# The panel is shown, hidden for a while in this way or that, and shown again.
PANEL_HIDDEN = Case(
    "60 fps, panel closed and covered",
    60,
    ((), (("close_panel", None),), (("open_panel", None),), (("cover_panel", 1.0),), (("move_panel", (77, 55)),), ()),
)


def panel_closed_after_learning(fps: float | str, lag: int | str, step_share: int = 2) -> Case:
    """The strip can be read for the first step, and never again in the `step_share` ones that follow."""
    steps = ((), (("close_panel", None),)) + ((),) * (step_share - 1)
    return Case(f"{fps} fps, lag {lag}, panel closed after a while", fps, steps, lag)


def panel_never_shown(fps: float | str, lag: int | str) -> Case:
    """The strip can't be read at any time."""
    return Case(f"{fps} fps, lag {lag}, panel closed from the start", fps, ((),), lag, (("close_panel", None),))


def interface_drawn_every(frames: int, lag: int | str) -> Case:
    """The game asks the apps to draw in some frames only, and shows what they drew until the next time."""
    steps = ((("draw_apps_every", frames),), (("draw_apps_every", 1),))
    return Case(
        f"60 fps, lag {lag}, apps drawn every {frames} frames, then in each, at most 12 pictures a second", 60, steps,
        lag, settings=(("CAPTURE.FRAMES_PER_SECOND", 12),),
    )  # fmt: skip


def _never_proven(name: str, *at_launch: tuple[str, Any], **settings: object) -> Case:
    """Unmasked: a mask that surely covers a panel of unknown scale covers the witness as well."""
    stated = {"SYNC.MASK_PANEL": 0, **{key.replace("_", ".", 1): value for key, value in settings.items()}}
    return Case(name, 60, ((), ()), 1, at_launch, tuple(stated.items()))


# Nothing of the strip can be read, or proves anything, at any time: for each cause of it what the panel says.
NEVER_PROVEN = (
    (_never_proven("panel closed until the end", ("close_panel", None)), unproven.NOT_DRAWN),
    (_never_proven("half of the panel outside", ("move_panel", (-170, 20))), unproven.PARTLY_SEEN),
    (_never_proven("panel covered", ("cover_panel", 60)), unproven.NOT_THE_GAME),
    (_never_proven("the desktop instead of the game", ("desktop", 60)), unproven.NOT_THE_GAME),
    (
        _never_proven("a monitor without the game", ("desktop", 60), CAPTURE_SOURCE="monitor1"),
        unproven.NOT_THIS_MONITOR.format(1),
    ),
    (_never_proven("strip off", SYNC_STRIP=0), unproven.STRIP_OFF),
    (_never_proven("apps drawn every third frame", ("draw_apps_every", 3)), unproven.STRIP_KEPT),
)


@dataclass
class Outcome:
    """What was recorded, picture by picture, against the witness."""

    case: Case
    captures: Captures
    panel: list[str]  # what the panel said
    # by how it was paired: tick of the row less tick in the picture -> pictures
    errors: dict[str, Counter[int]] = field(default_factory=dict)
    unread: int = 0  # pictures whose witness can't be read
    sync: dict[str, Any] = field(default_factory=dict)  # what the take says about it

    @property
    def pictures(self) -> int:
        return sum(counted.total() for counted in self.errors.values()) + self.unread

    def count(self, *paired_by: str, within: int = 0) -> int:
        """Pictures paired in one of these ways whose row is at most so many ticks off."""
        return sum(
            count for by in paired_by for error, count in self.errors.get(by, {}).items() if abs(error) <= within
        )

    def total(self, *paired_by: str) -> int:
        return sum(self.errors[by].total() for by in paired_by if by in self.errors)


def drive(case: Case, folder: Path, step_seconds: float) -> Outcome:
    """Let the double drive the case with the app, and compare each picture's row with its witness."""
    timeout = 180 + 2 * len(case.steps) * step_seconds
    host = run_host(folder, case.scene(step_seconds), dict(case.settings), timeout)
    outcome = Outcome(case, Captures(host.app / "captures"), host.panel)
    judge(outcome)
    return outcome


def judge(outcome: Outcome) -> None:
    """Fill in what the witnesses say. The folder as such must be in order."""
    captures = outcome.captures
    assert_whole(captures)
    outcome.sync = captures.take(1)["sync"]
    ticks = [tick for tick in captures.ticks(1) if tick["image"]]
    assert len({tick["tick"] for tick in ticks}) == len(ticks), "two pictures of one tick"
    for tick in ticks:
        with Image.open(captures.folder / tick["image"]) as picture:
            seen = witness.read(picture)
        if seen is None:
            outcome.unread += 1
        else:
            outcome.errors.setdefault(tick["paired_by"], Counter())[int(tick["tick"]) - seen] += 1


def table(outcomes: Iterable[Outcome]) -> str:
    """One line per case: pictures and how far their rows are off, by how they were paired."""
    lines = [f"{'case':<48} {'paired by':<16} {'pictures':>8} {'exact':>8} {'±1 tick':>8}  errors in ticks"]
    for outcome in outcomes:
        for by, errors in sorted(outcome.errors.items()):
            total = errors.total()
            exact, near = (100 * outcome.count(by, within=within) / total for within in (0, 1))
            listed = ", ".join(f"{error:+}: {count}" for error, count in sorted(errors.items()) if error)
            lines.append(f"{outcome.case.name:<48} {by:<16} {total:>8} {exact:>7.2f}% {near:>7.2f}%  {listed or '-'}")
    return "\n".join(lines)
