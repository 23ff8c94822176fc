"""A real Chromium without a screen, for pages that people will open by a double click."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver

from tests import environment

_PROGRAMS = {"chromium": "chromium", "chromedriver": "chromium-driver"}
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextlib.contextmanager
def chromium(width: int = 1400, height: int = 950) -> Iterator[WebDriver]:
    """One with a profile of its own, which is gone afterwards. Raise SetupError where there is none."""
    environment.prepare_programs(_PROGRAMS)
    profile = tempfile.mkdtemp(prefix="chromium-")
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*_FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)


def show(driver: WebDriver, page: Path) -> None:
    """Open a file as a double click does."""
    driver.get(page.resolve().as_uri())


def complaints(driver: WebDriver) -> list[str]:
    """What stands in the browser's console since it was last asked."""
    return [str(entry["message"]) for entry in driver.get_log("browser")]
