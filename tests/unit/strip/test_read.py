"""The recorder reads the sync strip right, or not at all."""

import functools
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from lib.link import strip_code
from lib.strip.read import Pixels, StripReader
from lib.strip.rect import Rect
from lib.strip.search import MAX_SCALE, MIN_SCALE

from .filters import BLUE_LIGHT, FILTERS, LIMITED_RANGE, ONE_LEVEL_LESS, REINHARD, SHIFTED, Filter
from .pictures import draw_panel, gradient, noise, raw, saturated_noise, scene

KEY = 0x5EED1234
FORMS = (strip_code.FULL, strip_code.SMALL)
SCALES = (0.5, 0.6, 0.75, 0.9, 1.0, 1.25, 1.37, 1.5, 2.0, 2.5, 3.0)


def read(picture: Image.Image, reader: StripReader | None = None, unused: int = 255):
    return (reader or StripReader(KEY)).read(raw(picture, unused), *picture.size)


def assert_panel_is(
    panel: Rect, at: tuple[float, float], scale: float, size: tuple[int, int], form: int = strip_code.FULL
) -> None:
    """The rectangle holds the whole panel and hardly anything else."""
    right, bottom = at[0] + strip_code.PANEL_WIDTH * scale, at[1] + strip_code.FORMS[form].height * scale
    slack = 2.5 + scale
    assert max(0, at[0]) - slack <= panel.left <= max(0, at[0]) + 1
    assert max(0, at[1]) - slack <= panel.top <= max(0, at[1]) + 1
    assert min(size[0], right) - 1 <= panel.left + panel.width <= min(size[0], right + slack)
    assert min(size[1], bottom) - 1 <= panel.top + panel.height <= min(size[1], bottom + slack)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("unused", [0, 255])
@pytest.mark.parametrize("form", FORMS)
def test_reads_both_strips_at_every_scale(scale: float, smooth: bool, unused: int, form: int) -> None:
    source = random.Random(scale)
    picture = scene(1280, 720, source)
    at = (source.uniform(0, 1280 - 340 * scale), source.uniform(0, 720 - 132 * scale))
    draw_panel(picture, 123456, KEY, at=at, scale=scale, smooth=smooth, form=form)
    reading = read(picture, unused=unused)
    assert reading is not None
    assert (reading.tick, reading.lower_tick, reading.is_torn) == (123456, 123456, False)
    assert_panel_is(reading.panel, at, scale, picture.size, form)


@given(
    tick=st.integers(1, 2**31 - 1),
    key=st.integers(0, 2**32 - 1),
    scale=st.floats(MIN_SCALE, MAX_SCALE),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
    smooth=st.booleans(),
    covered=st.sampled_from(["", "upper", "lower"]),
    form=st.sampled_from(FORMS),
)
@settings(deadline=None, max_examples=200)
def test_round_trip_over_places_and_scales(
    tick: int, key: int, scale: float, x: float, y: float, smooth: bool, covered: str, form: int
) -> None:
    picture = Image.new("RGB", (1100, 450), (90, 120, 60))
    at = (x * (1100 - 340 * scale), y * (450 - 132 * scale))
    draw_panel(picture, tick, key, at=at, scale=scale, smooth=smooth, form=form)
    if covered:
        _, upper, lower = strip_code.FORMS[form]
        y_from, y_to = (0, upper + 11) if covered == "upper" else (lower - 3, 132)
        box = (at[0], at[1] + y_from * scale, at[0] + 100 * scale, at[1] + y_to * scale)
        ImageDraw.Draw(picture).rectangle(box, fill=(200, 200, 10))
    reading = StripReader(key).read(raw(picture), *picture.size)
    assert reading is not None
    assert (reading.tick, reading.lower_tick) == (tick, None if covered == "lower" else tick)
    assert_panel_is(reading.panel, at, scale, picture.size, form)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_takes_what_mss_gives(kind: Callable[[bytearray], Pixels]) -> None:
    picture = Image.new("RGB", (400, 200))
    draw_panel(picture, 7, KEY, at=(10, 20), scale=1)
    reader = StripReader(KEY)
    for _ in range(2):
        reading = reader.read(kind(raw(picture)), 400, 200)
        assert reading is not None and reading.tick == 7


@pytest.mark.parametrize(("width", "height"), [(0, 0), (0, 9), (9, 0), (1, 1), (3, 200), (901, 1), (159, 43)])
def test_a_picture_may_be_too_small_for_any_strip(width: int, height: int) -> None:
    for colour in (0, 255):
        assert StripReader(KEY).read(bytes([colour]) * (4 * width * height), width, height) is None


def test_refuses_a_picture_that_is_too_short() -> None:
    with pytest.raises(ValueError, match="400x200"):
        StripReader(KEY).read(bytes(400 * 199 * 4), 400, 200)


def test_follows_panel_and_window() -> None:
    source = random.Random(3)
    reader = StripReader(KEY)
    at, scale, size = (100.0, 50.0), 1.0, (1280, 720)
    for tick in range(1, 120):
        if tick % 10 == 0:  # moved a little or far, for a new scale or window size as well
            scale = source.choice(SCALES[:8])
            size = source.choice([(1280, 720), (1000, 600)])
            at = (source.uniform(0, size[0] - 340 * scale), source.uniform(0, size[1] - 132 * scale))
        elif tick % 5 == 0:
            at = (at[0] + source.randint(-2, 2), at[1] + source.randint(-2, 2))
        picture = gradient(*size, source)
        draw_panel(picture, tick, KEY, at=at, scale=scale)
        reading = read(picture, reader)
        if min(at) >= 0:
            assert reading is not None and reading.tick == tick
            assert_panel_is(reading.panel, at, scale, size)


def test_finds_the_panel_again_after_a_long_absence() -> None:
    reader = StripReader(KEY)
    empty, shown = scene(1280, 720, random.Random(5)), scene(1280, 720, random.Random(6))
    draw_panel(shown, 99, KEY, at=(311, 205), scale=0.5)
    assert read(shown, reader) is not None
    assert all(read(empty, reader) is None for _ in range(50))
    found = [read(shown, reader) for _ in range(40)]
    assert found[0] is not None, "the panel stands where it stood"
    moved = empty.copy()
    draw_panel(moved, 99, KEY, at=(713, 421), scale=0.5)
    assert all(read(empty, reader) is None for _ in range(50))
    found = [read(moved, reader) for _ in range(40)]
    assert found[12] is not None and all(found[12:]), "a search at its reduced rhythm gets round in some pictures"
    assert all(read(empty, reader) is None for _ in range(50))
    assert read(moved, reader) is not None, "back where it stood"
    assert read(shown, reader) is not None, "and then followed at once"


def test_a_thorough_reader_misses_nothing_after_a_long_absence() -> None:
    reader = StripReader(KEY, thorough=True)
    empty, shown = scene(640, 360, random.Random(5)), scene(640, 360, random.Random(6))
    draw_panel(shown, 99, KEY, at=(41, 105), scale=0.5)
    for _ in range(20):
        assert read(empty, reader) is None
    assert read(shown, reader) is not None


@pytest.mark.parametrize(("upper", "lower"), [(10, 11), (11, 10)])
def test_sees_a_torn_picture(upper: int, lower: int) -> None:
    picture = scene(800, 600, random.Random(1))
    draw_panel(picture, upper, KEY, at=(30, 40), scale=1, lower_tick=lower)
    reading = read(picture)
    assert reading is not None and reading.is_torn
    assert (reading.tick, reading.lower_tick) == (upper, lower)


def test_the_form_may_change_at_any_tick() -> None:
    """The mask follows it picture by picture, in the place where the panel stands."""
    reader = StripReader(KEY)
    for tick in range(1, 25):
        picture = _backdrop(tick % 4).crop((tick, 0, tick + 640, 360))
        form = FORMS[tick // 3 % 2]
        draw_panel(picture, tick, KEY, at=(120, 70), scale=1.25, form=form)
        reading = read(picture, reader)
        assert reading is not None and (reading.tick, reading.lower_tick) == (tick, tick)
        assert_panel_is(reading.panel, (120, 70), 1.25, picture.size, form)


@pytest.mark.parametrize(
    ("form_above", "tear", "said"),
    [(strip_code.SMALL, 20, (10, 11)), (strip_code.SMALL, 60, (10, 11)), (strip_code.FULL, 60, (10, None))],
)
def test_a_picture_torn_while_the_form_changes_is_masked_whole(
    form_above: int, tear: int, said: tuple[int, int | None]
) -> None:
    at, scale = (30, 40), 1.5
    above, below = (Image.new("RGB", (800, 400), (90, 120, 60)) for _ in range(2))
    draw_panel(above, 10, KEY, at=at, scale=scale, form=form_above)
    draw_panel(below, 11, KEY, at=at, scale=scale, form=1 - form_above)
    y = round(at[1] + tear * scale)
    above.paste(below.crop((0, y, 800, 400)), (0, y))
    reading = read(above)
    assert reading is not None and (reading.tick, reading.lower_tick) == said
    assert_panel_is(reading.panel, at, scale, above.size)


def cover(picture: Image.Image, at: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    covered = picture.copy()
    ImageDraw.Draw(covered).rectangle(
        (at[0] + box[0], at[1] + box[1], at[0] + box[2], at[1] + box[3]), fill=(9, 99, 200)
    )
    return covered


def test_reads_the_strip_that_is_left_when_one_is_covered() -> None:
    at = (200, 100)
    whole = scene(900, 600, random.Random(2))
    draw_panel(whole, 4242, KEY, at=at, scale=1)
    upper_covered = cover(whole, at, (0, 0, 150, 60))
    lower_covered = cover(whole, at, (150, 90, 400, 140))
    both_covered = cover(whole, at, (100, 0, 110, 140))
    reader = StripReader(KEY)
    for picture, lower_tick in ((whole, 4242), (upper_covered, 4242), (whole, 4242), (lower_covered, None)):
        for _ in range(3):
            reading = read(picture, reader)
            assert reading is not None
            assert (reading.tick, reading.lower_tick) == (4242, lower_tick)
            assert_panel_is(reading.panel, at, 1, whole.size)
    assert read(both_covered, reader) is None
    assert read(both_covered) is None


@pytest.mark.parametrize(
    ("form", "at", "readable"),
    [
        (strip_code.FULL, (100, -60), True),
        (strip_code.FULL, (100, 400), True),
        (strip_code.FULL, (-15, 100), False),
        (strip_code.FULL, (500, 100), False),
        (strip_code.SMALL, (100, -20), True),
        (strip_code.SMALL, (100, 460), True),
        (strip_code.SMALL, (-15, 100), False),
        (strip_code.SMALL, (500, 100), False),
    ],
)
def test_panel_half_out_of_the_picture(form: int, at: tuple[float, float], readable: bool) -> None:
    picture = gradient(800, 480, random.Random(4))
    draw_panel(picture, 31, KEY, at=at, scale=1, form=form)
    reading = read(picture)
    assert (reading is not None) is readable
    if reading is not None:
        assert reading.tick == 31
        assert_panel_is(reading.panel, at, 1, picture.size, form)


def test_own_strip_among_those_of_others() -> None:
    picture = scene(1280, 720, random.Random(8))
    for other, at in enumerate([(0, 0), (400, 0), (800, 10), (10, 200), (800, 300)]):
        draw_panel(picture, 1000 + other, KEY + 1 + other, at=at, scale=1)
    assert read(picture) is None
    draw_panel(picture, 55, KEY, at=(420, 500), scale=1)
    reading = read(picture)
    assert reading is not None and reading.tick == 55


def test_any_wrong_block_is_noticed() -> None:
    at, scale = (20, 10), 2.0
    whole = Image.new("RGB", (800, 300))
    draw_panel(whole, 0x0F0F0F, KEY, at=at, scale=scale)
    block_width = strip_code.BLOCK_WIDTH * scale
    for block in range(strip_code.MARK_BLOCKS, strip_code.BLOCKS - strip_code.MARK_BLOCKS):
        x = at[0] + strip_code.STRIP_X * scale + block * block_width
        box = (x, 0, x + block_width - 1, whole.height - 1)
        for colour in ((255, 255, 255), (0, 0, 0), (200, 30, 30)):
            picture = whole.copy()
            ImageDraw.Draw(picture).rectangle(box, fill=colour)
            reading = read(picture)
            assert reading is None or (reading.tick == 0x0F0F0F and colour != (200, 30, 30))


@functools.cache
def _backdrop(number: int) -> Image.Image:
    return scene(1100, 420, random.Random(number))


def filtered(
    change: Filter, scale: float, smooth: bool, form: int, source: random.Random
) -> tuple[Image.Image, tuple[float, float]]:
    """A scene with the panel somewhere in it, behind that filter."""
    picture = _backdrop(source.randrange(4)).copy()
    at = (source.uniform(0, 1100 - 340 * scale), source.uniform(0, 420 - 132 * scale))
    draw_panel(picture, 987_654, KEY, at=at, scale=scale, smooth=smooth, form=form)
    return change(picture), at


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("name", FILTERS)
def test_reads_through_filters(name: str, smooth: bool) -> None:
    source = random.Random(name)
    for scale in SCALES:
        form = source.choice(FORMS)
        picture, at = filtered(FILTERS[name], scale, smooth, form, source)
        reading = read(picture)
        assert reading is not None, scale
        assert (reading.tick, reading.lower_tick) == (987_654, 987_654), scale
        assert_panel_is(reading.panel, at, scale, picture.size, form)


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("name", SHIFTED)
def test_reads_colours_that_are_shifted_against_one_another(name: str, smooth: bool) -> None:
    source = random.Random(name)
    for scale in SCALES:
        if scale >= 1:
            picture, _ = filtered(SHIFTED[name], scale, smooth, strip_code.FULL, source)
            reading = read(picture)
            assert reading is not None and reading.tick == 987_654, scale


@pytest.mark.parametrize("name", FILTERS)
def test_reads_filtered_pictures_at_the_same_place(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first hit nothing is searched for any more, though the scene behind and the grain are others."""
    reader = StripReader(KEY)
    for tick in range(1, 5):
        picture = _backdrop(tick % 4).crop((tick, 0, tick + 480, 240))
        draw_panel(picture, tick, KEY, at=(90, 70), scale=1)
        reading = read(FILTERS[name](picture), reader)
        assert reading is not None and (reading.tick, reading.lower_tick) == (tick, tick)
        monkeypatch.setattr(reader, "_search", None)


def test_filters_may_come_and_go() -> None:
    reader = StripReader(KEY)
    for tick, change in enumerate((ONE_LEVEL_LESS, BLUE_LIGHT, LIMITED_RANGE, FILTERS["x 0.3"], ONE_LEVEL_LESS) * 3):
        picture = _backdrop(tick % 4).crop((tick, 0, tick + 640, 360))
        draw_panel(picture, tick + 1, KEY, at=(120, 70), scale=1)
        reading = read(change(picture), reader)
        assert reading is not None and reading.tick == tick + 1


def test_a_filtered_strip_that_moves_by_a_pixel_is_followed() -> None:
    reader = StripReader(KEY)
    for tick in range(1, 30):
        picture = _backdrop(tick % 4).crop((tick, 0, tick + 640, 360))
        at = (120 + tick % 3, 70 + tick // 3 % 3)
        draw_panel(picture, tick, KEY, at=at, scale=1)
        reading = read(FILTERS["limited, less saturated, grainy"](picture), reader)
        assert reading is not None and reading.tick == tick
        assert_panel_is(reading.panel, at, 1, picture.size)


def test_colours_too_faint_to_tell_apart_are_no_mark() -> None:
    picture = Image.new("RGB", (400, 200))
    draw_panel(picture, 5, KEY, at=(20, 30), scale=1)
    assert read(picture) is not None
    assert read(picture.point(lambda value: 120 + value // 16)) is None
    assert read(picture.convert("L").convert("RGB")) is None


DECOY_FILTERS: tuple[Filter, ...] = (lambda picture: picture, ONE_LEVEL_LESS, BLUE_LIGHT, LIMITED_RANGE, REINHARD)


def decoys(source: random.Random, count: int):
    """Pictures without a strip of ours, from harmless to what comes closest to one."""
    width, height = 420, 150
    drawn: list[Image.Image] = []
    for number in range(count):
        if number % 500 == 0:  # drawing costs more than reading: cut many decoys out of each picture
            drawn = [
                scene(1600, 900, source),
                gradient(1600, 900, source),
                noise(1600, 900, source),
                saturated_noise(1600, 900, source, source.randint(3, 30)),
            ]
        whole = drawn[number % len(drawn)]
        x, y = source.randrange(1600 - width), source.randrange(900 - height)
        picture = whole.crop((x, y, x + width, y + height))
        if number % 10 == 9:  # another session's strip
            draw_panel(picture, source.randrange(1, 10**6), source.getrandbits(32), at=(40, 9), scale=1)
        elif number % 10 in (7, 8):  # marks with chance between them
            draw_panel(picture, source.getrandbits(32), source.getrandbits(32), at=(40, 9), scale=1)
            inside = strip_code.STRIP_X + strip_code.MARK_BLOCKS * strip_code.BLOCK_WIDTH + 40
            chance = saturated_noise(strip_code.DATA_BLOCKS * strip_code.BLOCK_WIDTH, 132, source, 5)
            picture.paste(chance.convert("L").convert("RGB"), (inside, 9))
        yield source.choice(DECOY_FILTERS)(picture)


@pytest.mark.timeout(7200)  # the long form takes its time
def test_never_reads_a_strip_where_there_is_none(request: pytest.FixtureRequest) -> None:
    count = 1_000_000 if request.config.getoption("--long") else 3_000
    accepted = [number for number, picture in enumerate(decoys(random.Random(2014), count)) if read(picture)]
    assert accepted == []
    last = next(decoys(random.Random(1), 1))
    draw_panel(last, 77, KEY, at=(40, 9), scale=1)
    assert read(last) is not None, "the same picture with our strip is read"
