import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.recorder.brief import Brief, BriefError, Settings


def brief(**content: Any) -> bytes:
    return json.dumps(content).encode()


def test_the_settings_are_read_by_their_names() -> None:
    found = Brief.parse(
        brief(
            app_version="1.2",
            settings={
                "CAPTURE.FRAMES_PER_SECOND": 25,
                "CAPTURE.SOURCE": "monitor2",
                "CAPTURE.WIDTH": 640,
                "CAPTURE.SUBSAMPLING": 444,
                "SYNC.MASK_PANEL": 0,
            },
            game={"car": "abarth500", "track_length_m": 4909.0, "layout": None},
            problems=["one"],
        )
    )
    assert found.settings == Settings(frames_per_second=25, monitor=2, width=640, subsampling="4:4:4", mask_panel=False)
    assert found.game == {"car": "abarth500", "track_length_m": 4909.0, "layout": None}
    assert found.problems == ("one",)


def test_what_names_places_on_the_disk_is_not_told_to_strangers() -> None:
    """They read NN_take.json, and such a place often has the name of the user's account in it."""
    bad = "settings.ini: CAPTURE.OUTPUT_FOLDER is 'Users\\\\anna' but must be a whole path; the default is used"
    places = {"CAPTURE.OUTPUT_FOLDER": "C:\\Users\\anna\\Videos", "RECORDER.PYTHON": "C:\\Users\\anna\\python.exe"}
    found = Brief.parse(brief(settings={**places, "CAPTURE.SOURCE": "window"}, problems=[bad, "two"]))
    assert found.stated_settings == {**dict.fromkeys(places, "set"), "CAPTURE.SOURCE": "window"}
    assert found.problems == ("settings.ini: CAPTURE.OUTPUT_FOLDER can't be used; the default is", "two")
    assert Brief.parse(brief(settings=dict.fromkeys(places, ""))).stated_settings == dict.fromkeys(places, "")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("CAPTURE.QUALITY", 0),
        ("CAPTURE.QUALITY", "90"),
        ("CAPTURE.QUALITY", 1e300),
        ("CAPTURE.WIDTH", -1),
        ("CAPTURE.HEIGHT", 99999),
        ("CAPTURE.SOURCE", "../monitor"),
        ("CAPTURE.SUBSAMPLING", "4:2:0"),
        ("SYNC.STRIP", 2),
    ],
)
def test_a_bad_value_is_refused_by_its_name(key: str, value: Any) -> None:
    with pytest.raises(BriefError, match=key.replace(".", r"\.")):
        Brief.parse(brief(settings={key: value}))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.binary() | JSON.map(lambda content: json.dumps(content).encode()) | st.fixed_dictionaries(
    {}, optional={"settings": JSON, "game": JSON, "problems": JSON, "app_version": JSON}
).map(lambda content: json.dumps(content).encode()))  # fmt: skip
def test_whatever_stands_in_a_brief_it_is_read_or_refused(text: bytes) -> None:
    try:
        found = Brief.parse(text)
    except BriefError:
        return
    json.dumps([found.game, found.stated_settings, found.problems], allow_nan=False).encode("utf-8")


def test_sizes_follow_the_window() -> None:
    assert Settings().saved_size(1921, 1081) == (1921, 1081)
    assert Settings(width=640).saved_size(1280, 720) == (640, 360)
    assert Settings(height=90).saved_size(1280, 720) == (160, 90)
    assert Settings(width=64, height=64).saved_size(1280, 720) == (64, 64)
