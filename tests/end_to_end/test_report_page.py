"""The report in a real browser, opened as a file: it plays, its cursor agrees with its plots, its commands run."""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from lib.recordings import Recordings
from lib.report import page as page_module
from lib.report.report import report
from tests.bench.report_page import make_folder
from tests.browser import chromium, complaints, show
from tests.environment import ON_WINDOWS, ROOT

pytestmark = pytest.mark.skipif(ON_WINDOWS, reason="the browser is Debian's")

PICTURES = 12_000  # at 60 a second two whole laps and some
MARKUP = '<img src=x onerror="window.broken=1"></script><script>window.broken=1</script><b>"\'&'
LOST = 5_000


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drive of over two laps; its driver has an odd name, and one picture is lost."""
    folder = tmp_path_factory.mktemp("drive") / "my captures"
    make_folder(folder, PICTURES, (320, 180))
    path = folder / "01_take.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "driver": MARKUP, "car": MARKUP, "track": MARKUP}))
    (folder / f"01_{LOST:06d}.jpg").unlink()
    report(folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[WebDriver]:
    with chromium() as driver:
        yield driver


@pytest.fixture
def page(browser: WebDriver, captures: Path) -> WebDriver:
    show(browser, captures / "report.html")
    wait(browser, lambda: browser.execute_script("return synclogger.pictures.shown > 0"))
    complaints(browser)
    return browser


def wait(driver: WebDriver, until: Callable[[], object]) -> Any:
    return WebDriverWait(driver, 30, poll_frequency=0.05).until(lambda _: until())


def at(driver: WebDriver) -> int:
    return int(driver.execute_script("return synclogger.player.at"))


def shown_name(driver: WebDriver) -> str:
    """The picture that is on the canvas, not the one that was asked for."""
    return str(driver.find_element(By.ID, "picture").get_attribute("aria-label")).removeprefix("Picture ")


def test_what_is_on_the_screen_is_the_picture_of_the_row(page: WebDriver, captures: Path) -> None:
    """Seen from outside: a screenshot is nearer to that file than to its neighbours."""
    for index in (0, 57, 8_123):
        page.execute_script("synclogger.player.goTo(arguments[0])", index)
        wait(page, lambda: shown_name(page) == f"01_{index + 1:06d}.jpg")  # noqa: B023
        seen = Image.open(io.BytesIO(page.find_element(By.ID, "picture").screenshot_as_png)).convert("L")
        differences = {}
        for frame in (index, index + 1, index + 2):
            path = captures / f"01_{frame:06d}.jpg"
            if path.exists():
                differences[frame] = difference(seen, path)
        assert min(differences, key=differences.__getitem__) == index + 1, differences


def difference(seen: Image.Image, path: Path) -> float:
    """Between what is seen of a picture, its sides dark where it doesn't fill them, and its file."""
    with Image.open(path) as picture:
        width = min(seen.width, round(seen.height * picture.width / picture.height))
        height = round(width * picture.height / picture.width)
        left, top = (seen.width - width) // 2, (seen.height - height) // 2
        inside = seen.crop((left, top, left + width, top + height)).resize(picture.size)
        return ImageStat.Stat(ImageChops.difference(inside, picture.convert("L"))).mean[0]


def press(driver: WebDriver, *keys: str) -> None:
    ActionChains(driver).send_keys(*keys).perform()


def see(driver: WebDriver, plot: str) -> dict[str, Any]:
    """Bring a plot into sight, wait until it is drawn, and give its cursor's place and the picture's values."""
    driver.execute_script("document.getElementById(arguments[0]).scrollIntoView({behavior: 'instant'})", plot)
    wait(
        driver, lambda: driver.execute_script(_PLOT + "return plot.isDrawn && !plot.isLate && !plot.mark.hidden", plot)
    )
    found = driver.execute_script(_PLOT + _CURSOR, plot)
    assert isinstance(found, dict)
    return found


_PLOT = "const plot = synclogger.plots.find((one) => one.place.id === arguments[0]);"
# Where the cursor stands by what is seen: its own box, against the axis' own two ends.
_CURSOR = """
const box = plot.mark.getBoundingClientRect();
const area = plot.graph.querySelector(".nsewdrag").getBoundingClientRect();
const range = (axis) => plot.graph.layout[axis]?.range ?? plot.graph._fullLayout[axis].range;
const [left, right] = range("xaxis");
const [bottom, top] = range("yaxis");
const middle = (box.left + box.right) / 2;
return {
  x: left + ((middle - area.left) / area.width) * (right - left),
  y: bottom + ((area.bottom - (box.top + box.bottom) / 2) / area.height) * (top - bottom),
  width: Math.abs(right - left) / area.width,
  height: Math.abs(top - bottom) / area.height,
  value: Object.fromEntries(Object.entries(synclogger.columns).map(([name, all]) => [name, all[synclogger.player.at]])),
};
"""


def test_the_console_stays_empty(browser: WebDriver, captures: Path) -> None:
    complaints(browser)
    show(browser, captures / "report.html")
    for plot in browser.execute_script("return synclogger.plots.map((one) => one.place.id)"):
        browser.execute_script("document.getElementById(arguments[0]).scrollIntoView({behavior: 'instant'})", plot)
        wait(browser, lambda: browser.execute_script(_PLOT + "return !plot.isLate", plot))  # noqa: B023
    browser.execute_script("document.getElementById('theme').click()")
    # The picture that is gone is asked for by the finding about it; the browser itself writes that down.
    assert [line for line in complaints(browser) if f"01_{LOST:06d}.jpg" not in line] == []


def test_the_page_asks_nobody_for_anything(page: WebDriver) -> None:
    for plot in ("plot-time", "plot-map"):
        see(page, plot)
    asked = page.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert all(one.startswith(("file:", "blob:", "data:")) for one in asked), asked


def test_markup_in_names_is_text(page: WebDriver) -> None:
    assert page.execute_script("return window.broken") is None
    assert page.execute_script("return document.querySelectorAll('[onerror], main b > img').length") == 0
    assert MARKUP in page.find_element(By.ID, "take-list").text
    assert MARKUP in page.find_element(By.ID, "subtitle").text


def test_markup_is_seen_to_run_where_it_is_not_made_harmless(
    browser: WebDriver, captures: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The negative control of the test above: without both guards the name runs."""
    monkeypatch.setattr(page_module, "harmless", json.dumps)
    monkeypatch.setattr(page_module, "_policy", lambda *_: "default-src * 'unsafe-inline' data:")
    show(browser, report(captures, tmp_path / "page.html").path)
    assert browser.execute_script("return window.broken") == 1
    complaints(browser)


def test_the_policy_alone_stops_a_script(
    browser: WebDriver, captures: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(page_module, "harmless", json.dumps)
    show(browser, report(captures, tmp_path / "page.html").path)
    assert browser.execute_script("return window.broken") is None
    assert any("Content Security Policy" in line for line in complaints(browser))


def test_the_player_plays_and_each_picture_has_its_row(page: WebDriver, captures: Path) -> None:
    page.find_element(By.ID, "play").click()
    wait(page, lambda: at(page) > 30)
    page.find_element(By.ID, "play").click()
    stopped = at(page)
    wait(page, lambda: shown_name(page) == f"01_{stopped + 1:06d}.jpg")
    row = next(frame.row for frame in Recordings(captures).takes[0].frames() if frame.number == stopped + 1)
    words = page.find_element(By.ID, "cockpit").text
    assert f"{abs(row.steer):.1f}°" in words
    assert f"{row.speed_mph:.0f} mph" in words
    turned = page.execute_script("return document.querySelector('.wheel g').getAttribute('transform')")
    assert float(turned[7:].split()[0]) == pytest.approx(row.steer, abs=1e-3)
    assert at(page) == stopped, "it goes on although it was paused"


def test_playing_keeps_the_drives_time(page: WebDriver) -> None:
    played, passed = page.execute_async_script(
        """
        const done = arguments[0], { player, columns } = synclogger;
        player.goTo(100);
        const begun = performance.now(), from = columns.time[100];
        player.play();
        const stop = () => {
          player.pause();
          done([columns.time[player.at] - from, (performance.now() - begun) / 1000]);
        };
        setTimeout(stop, 2000);
        """
    )
    assert played == pytest.approx(passed, abs=0.6)


def test_the_slider_moves_the_picture(page: WebDriver) -> None:
    page.execute_script(
        "const scrub = document.getElementById('scrub'); scrub.value = 7000; scrub.dispatchEvent(new Event('input'))"
    )
    wait(page, lambda: shown_name(page) == "01_007001.jpg")
    assert "01_007001.jpg" in page.find_element(By.ID, "scrub").get_attribute("aria-valuetext")


@pytest.mark.parametrize("index", [3, 4321, PICTURES - 1])
def test_cursor_and_plots_agree(page: WebDriver, index: int) -> None:
    page.execute_script("synclogger.player.goTo(arguments[0])", index)
    lines = {
        "plot-time": ("time", 1), "plot-steer-lap": ("position", 100), "plot-speed-lap": ("position", 100),
        "plot-versus": ("position", 100), "plot-steer-share": ("steer", 1), "plot-speed-share": ("speed_mph", 1),
    }  # fmt: skip
    for plot, (name, factor) in lines.items():
        found = see(page, plot)
        assert found["x"] == pytest.approx(factor * found["value"][name], abs=2 * found["width"]), plot
    for plot, (x, y) in {"plot-map": ("x", "z"), "plot-circle": ("acc_lateral", "acc_longitudinal")}.items():
        found = see(page, plot)
        assert found["x"] == pytest.approx(found["value"][x], abs=2 * found["width"]), plot
        assert found["y"] == pytest.approx(found["value"][y], abs=2 * found["height"]), plot


def test_the_cursor_follows_without_the_plot_being_drawn_anew(page: WebDriver) -> None:
    page.execute_script("synclogger.player.goTo(100)")
    before = see(page, "plot-time")["x"]
    page.execute_script("synclogger.player.goTo(1500)")
    after = page.execute_script(_PLOT + _CURSOR, "plot-time")
    assert after["x"] - before == pytest.approx(1400 / 60, abs=0.5)


def test_a_click_on_a_plot_goes_there(page: WebDriver) -> None:
    see(page, "plot-speed-lap")
    area = page.find_element(By.CSS_SELECTOR, "#plot-speed-lap .nsewdrag")
    # On the line of the lap that is shown: its cursor is on it, so take the value there and click beside it.
    across, down = page.execute_script(
        _PLOT
        + """
        const { xaxis, yaxis } = plot.graph._fullLayout, at = 3000;
        const line = plot.graph.data.at(-1);
        const nearer = (a, b) => (Math.abs(b - at) < Math.abs(a - at) ? b : a);
        const one = line.customdata.indexOf(line.customdata.reduce(nearer));
        return [xaxis.l2p(line.x[one]) - xaxis._length / 2, yaxis.l2p(line.y[one]) - yaxis._length / 2];
        """,
        "plot-speed-lap",
    )
    ActionChains(page).move_to_element_with_offset(area, round(across), round(down)).pause(0.3).click().perform()
    wait(page, lambda: abs(at(page) - 3000) < 60)


def test_a_lap_beside_itself_has_no_delta_and_a_slower_one_has(page: WebDriver) -> None:
    same = page.execute_script("return synclogger.lapDelta(0, 0).y.filter((one) => one !== null)")
    assert max(map(abs, same)) == 0
    page.execute_script(
        """
        const { columns, lapDelta } = synclogger;
        for (let at = 0; at < columns.lap.length; at++) if (columns.lap[at] === 1) columns.lap_time[at] *= 1.1;
        """
    )
    delta = page.execute_script("return synclogger.lapDelta(0, 1)")
    for x, y in zip(delta["x"], delta["y"], strict=True):
        if y is not None:
            assert y == pytest.approx(0.1 * 90 * x / 100, abs=0.03)


def test_all_by_keyboard(page: WebDriver) -> None:
    press(page, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    assert at(page) == 1
    ActionChains(page).key_down(Keys.SHIFT).send_keys(Keys.ARROW_RIGHT).key_up(Keys.SHIFT).perform()
    assert at(page) == 11
    press(page, Keys.PAGE_DOWN)
    assert page.execute_script("return synclogger.columns.lap[synclogger.player.at]") == 1
    press(page, Keys.END)
    assert at(page) == PICTURES - 1
    press(page, Keys.HOME)
    assert at(page) == 0
    press(page, Keys.SPACE)
    wait(page, lambda: at(page) > 5)
    press(page, Keys.SPACE)
    stopped = at(page)
    press(page, "?")
    assert page.find_element(By.ID, "keys").is_displayed()
    press(page, Keys.ARROW_RIGHT)
    assert at(page) == stopped, "keys move the player behind the dialog"
    press(page, Keys.ESCAPE)
    wait(page, lambda: not page.find_element(By.ID, "keys").is_displayed())


def test_every_control_is_reached_by_tab_and_shows_it(page: WebDriver) -> None:
    reached = set()
    for _ in range(60):
        press(page, Keys.TAB)
        reached.add(page.execute_script("return document.activeElement.id"))
        ring = page.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
        hidden = page.execute_script("return document.activeElement.id === 'scrub'")
        assert ring != "none" or hidden or page.execute_script("return document.activeElement === document.body")
    assert {"play", "back", "forward", "scrub", "speed", "take", "lap", "mark-in", "mark-out", "theme"} <= reached


def copied(driver: WebDriver) -> str:
    """What is in the clipboard once the page says that it copied, got out by pasting it."""
    wait(driver, lambda: "Copied" in driver.execute_script("return document.getElementById('said').textContent"))
    driver.execute_script(
        "const area = document.createElement('textarea'); area.id = 'paste'; document.body.prepend(area); area.focus()"
    )
    ActionChains(driver).key_down(Keys.CONTROL).send_keys("v").key_up(Keys.CONTROL).perform()
    return str(driver.find_element(By.ID, "paste").get_property("value"))


def run_as_typed(command: str) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "lib"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run([sys.executable, *words[1:]], cwd=ROOT, env=clean, capture_output=True, text=True)


def test_the_command_of_a_marked_stretch_is_copied_and_runs(page: WebDriver, captures: Path) -> None:
    page.execute_script("synclogger.player.goTo(199)")
    press(page, "o")
    page.execute_script("synclogger.player.goTo(99)")
    press(page, "i", "c")
    command = copied(page)
    assert command == page.find_element(By.ID, "mark-command").text
    done = run_as_typed(command)
    try:
        assert done.returncode == 0, done.stderr
        left_out = [frame.number for frame in Recordings(captures).frames() if frame.discarded]
        assert left_out == list(range(100, 201))
    finally:
        (captures / "discards.json").unlink(missing_ok=True)


def test_the_command_of_a_finding_is_copied_and_runs(page: WebDriver, captures: Path) -> None:
    buttons = page.find_elements(By.CSS_SELECTOR, "#finding-list .copy")
    wanted = next(one for one in buttons if "row_without_picture" in str(one.get_attribute("aria-label")))
    page.execute_script("arguments[0].scrollIntoView({behavior: 'instant', block: 'center'})", wanted)
    wanted.click()
    done = run_as_typed(copied(page))
    try:
        assert done.returncode == 0, done.stderr
        assert [frame.number for frame in Recordings(captures).frames() if frame.discarded] == [LOST]
        show(page, report(captures).path)
        assert page.execute_script("return synclogger.columns.discarded[arguments[0]] > 0", LOST - 1)
    finally:
        (captures / "discards.json").unlink(missing_ok=True)
        report(captures)


def test_a_picture_that_is_gone_is_named(page: WebDriver) -> None:
    page.execute_script("synclogger.player.goTo(arguments[0])", LOST - 1)
    note = page.find_element(By.ID, "picture-note")
    wait(page, note.is_displayed)
    assert f"01_{LOST:06d}.jpg can't be shown" in note.text
    press(page, Keys.ARROW_RIGHT)
    wait(page, lambda: not note.is_displayed())


def test_a_page_with_pictures_inside_needs_no_folder(browser: WebDriver, captures: Path, tmp_path: Path) -> None:
    made = report(captures, tmp_path / "alone.html", standalone=True).path
    alone = shutil.move(made, tmp_path / "elsewhere.html")
    show(browser, Path(alone))
    browser.execute_script("synclogger.player.goTo(8000)")
    wait(browser, lambda: browser.execute_script("return synclogger.pictures.shown > 0"))
    assert not browser.find_element(By.ID, "picture-note").is_displayed()
    assert not [line for line in complaints(browser) if "SEVERE" in line]


@pytest.mark.parametrize("width", [360, 390, 768, 1400, 2560])
def test_nothing_sticks_out_at_any_width(page: WebDriver, width: int) -> None:
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 700}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(page: WebDriver, scheme: str) -> None:
    """WCAG asks for a contrast of 4.5; only lightness counts in it, so it holds for the colour-blind too."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    pairs = [("ink", "paper"), ("ink", "card"), ("quiet", "paper"), ("quiet", "card"), ("accent", "card"),
             ("on-accent", "accent"), ("bad", "bad-paper"), ("warn", "warn-paper"), ("gas", "card")]  # fmt: skip
    try:
        for front, behind in pairs:
            one, other = (
                page.execute_script(
                    "return getComputedStyle(document.documentElement).getPropertyValue('--' + arguments[0]).trim()",
                    name,
                )
                for name in (front, behind)
            )
            assert contrast(one, other) >= 4.5, (front, behind)
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_an_empty_folder_is_a_page_too(browser: WebDriver, tmp_path: Path) -> None:
    complaints(browser)
    show(browser, report(tmp_path).path)
    assert "no pictures" in browser.find_element(By.TAG_NAME, "main").text
    assert complaints(browser) == []
