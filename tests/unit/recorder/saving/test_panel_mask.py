"""What is masked covers the panel, whatever the interface scale is and however little is known."""

import math

from hypothesis import example, given
from hypothesis import strategies as st

from lib.link.strip_code import FORMS, PANEL_HEIGHT, PANEL_WIDTH, SMALL
from lib.recorder.saving.panel_mask import PanelMask
from lib.strip.rect import Rect
from tests.unit.samples import sample

SIZE = (1920, 1080)
GAME = Rect(0, 0, *SIZE)
IN_A_MONITOR = Rect(310, 220, 1280, 720)

POSITION = st.tuples(st.floats(-400, 2000), st.floats(-200, 1200))
SCALE = st.floats(0.5, 3.0)


def shown(position: tuple[float, float], tick: int = 1, is_shown: bool = True):  # type: ignore[no-untyped-def]
    return sample(tick, panel_shown=int(is_shown), panel_x=position[0], panel_y=position[1])


def true_panel(position: tuple[float, float], scale: float, game: Rect) -> Rect:
    """Every pixel that the panel touches."""
    left, top = (math.floor(edge * scale) for edge in position)
    right = math.ceil((position[0] + PANEL_WIDTH) * scale)
    bottom = math.ceil((position[1] + PANEL_HEIGHT) * scale)
    return Rect(game.left + left, game.top + top, right - left, bottom - top)


def covers(mask: Rect | None, panel: Rect, game: Rect) -> bool:
    seen = panel.clipped(game).clipped(Rect(0, 0, *SIZE))
    if not seen.width or not seen.height:
        return True
    return mask is not None and seen.lies_inside(mask)


@given(POSITION, SCALE, st.sampled_from([GAME, IN_A_MONITOR]))
@example((20, 20), 1.5, GAME)
@example((20, 20), 3.0, IN_A_MONITOR)
@example((500, 100), 1.5, IN_A_MONITOR)
def test_a_panel_of_unknown_scale_is_covered(position: tuple[float, float], scale: float, game: Rect) -> None:
    mask = PanelMask()
    mask.saw(shown(position))
    assert covers(mask.rect(game, SIZE), true_panel(position, scale, game), game)


@given(POSITION, POSITION, SCALE, st.sampled_from([GAME, IN_A_MONITOR]))
def test_a_panel_of_known_scale_is_covered_wherever_it_goes(
    first: tuple[float, float], then: tuple[float, float], scale: float, game: Rect
) -> None:
    mask = PanelMask()
    seen = true_panel(first, scale, game).clipped(Rect(0, 0, *SIZE))
    mask.learn(seen, shown(first), game, SIZE)
    mask.saw(shown(then))
    assert covers(mask.rect(game, SIZE), true_panel(then, scale, game), game)


@given(POSITION, SCALE)
@example((0, 8), 1.46484375)
def test_a_panel_last_seen_small_is_covered_when_it_has_grown(position: tuple[float, float], scale: float) -> None:
    mask = PanelMask()
    full = true_panel((50, 60), scale, GAME)
    small = Rect(full.left, full.top, full.width, math.ceil((60 + FORMS[SMALL].height) * scale) - full.top)
    mask.learn(small, shown((50, 60)), GAME, SIZE)
    mask.saw(shown(position))
    assert covers(mask.rect(GAME, SIZE), true_panel(position, scale, GAME), GAME)


def test_a_known_scale_costs_little_more_than_the_panel() -> None:
    mask = PanelMask()
    mask.learn(true_panel((100, 100), 1.5, GAME), shown((100, 100)), GAME, SIZE)
    mask.saw(shown((400, 300)))
    masked, panel = mask.rect(GAME, SIZE), true_panel((400, 300), 1.5, GAME)
    assert masked is not None
    assert masked.width * masked.height < 1.05 * panel.width * panel.height


def test_what_the_game_drew_stays_for_a_moment_and_no_longer() -> None:
    """Where apps are drawn in some frames only, the others show them as well."""
    mask = PanelMask()
    mask.saw(shown((20, 20)))
    for tick in range(2, 60):
        mask.saw(shown((20, 20), tick, is_shown=False))
    assert mask.rect(GAME, SIZE) is not None
    for tick in range(60, 64):
        mask.saw(shown((20, 20), tick, is_shown=False))
    assert mask.rect(GAME, SIZE) is None


def test_a_panel_of_which_nobody_knows_the_place_may_be_anywhere() -> None:
    mask = PanelMask()
    mask.saw(shown((math.nan, 20)))
    assert mask.rect(IN_A_MONITOR, SIZE) == IN_A_MONITOR


def test_no_mask_where_no_panel_is() -> None:
    mask = PanelMask()
    assert mask.rect(GAME, SIZE) is None
    mask.saw(shown((20, 20), is_shown=False))
    assert mask.rect(GAME, SIZE) is None
