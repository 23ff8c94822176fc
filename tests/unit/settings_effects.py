"""What each setting changes, seen from outside: in what the app does in the game, or in what the recorder saves.

Each look starts from a `settings.ini`. To add a setting, add what it changes to `EFFECTS`.
"""

from __future__ import annotations

import csv
import io
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, JpegImagePlugin

from lib.link.mapped_file import RecorderLink
from lib.link.sample import HOLD_REASONS
from lib.link.settings import read_settings
from tests.environment import ROOT
from tests.host.readings import PAUSE, REPLAY, Readings
from tests.host.windowless import Windowless, windowless_game

_FRAME = 1 / 60
_WINDOW = (640, 360)
_MONITOR = (2560, 1440)
Settings = Mapping[str, object]


@dataclass(frozen=True)
class Effect:
    """What `look` sees with the default, and with `value`."""

    value: object
    look: Callable[[Settings, Path], object]
    before: object
    after: object
    on_x11_only: bool = False


def app_folder(settings: Settings, folder: Path) -> Path:
    """A folder of the app with these settings of the user's."""
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "settings_defaults.ini", folder)
    lines = [f"[{name.split('.')[0]}]\n{name.split('.')[1]} = {value}\n" for name, value in settings.items()]
    (folder / "settings.ini").write_text("".join(lines), encoding="utf-8")
    return folder


# ------------------------------------------------------------------------------------- the app, in the game


def on_button_clicked(*args: object) -> None:
    """The panel's button needs a plain function; the tests press it by `App.click`."""


def on_render(delta_t: float) -> None:
    """So does the render callback."""


class _NoProcess:
    """Stands for a recorder that was launched."""

    stdin = io.BytesIO()

    def poll(self) -> None: ...

    def kill(self) -> None: ...


@dataclass
class App:
    """The app in a game: what it launched, and the link that it publishes to."""

    game: Windowless
    app: Any
    command: dict[str, str]
    link: RecorderLink
    ticks: int = 0

    def tick(self) -> Any:
        """A frame; returns its sample."""
        self.game.advance(_FRAME)
        self.app.tick(_FRAME)
        self.ticks += 1
        return self.link.sample(self.ticks)


@contextmanager
def playing(settings: Settings, folder: Path, prepare: Callable[[Windowless], object] | None = None) -> Iterator[App]:
    """The app, started with these settings, in a game without a window; it launches no recorder."""
    folder_of_app = app_folder(settings, folder / "app")
    command: dict[str, str] = {}

    def launch(executable: str, app: str, link: str, captures: str, log: object) -> _NoProcess:
        command.update(executable=executable, link=link, captures=captures)
        return _NoProcess()

    with windowless_game(folder) as game, pytest.MonkeyPatch.context() as patch:
        patch.setattr("lib.ingame.recorder_process._launch", launch)
        window = game.api.module.newApp("SyncLogger")
        if prepare is not None:
            prepare(game)
        app = game.app_module("app").App(str(folder_of_app), window, "1.16.4")
        app.start(on_button_clicked, on_render)
        link = RecorderLink(command["link"])
        try:
            yield App(game, app, command, link)
        finally:
            app.shut_down()
            link.close()
            Path(command["link"]).unlink()


def captures_folder(settings: Settings, folder: Path) -> str:
    with playing(settings, folder) as played:
        return Path(played.command["captures"]).name


def interpreter(settings: Settings, folder: Path) -> str:
    with playing(settings, folder) as played:
        return played.command["executable"]


def draws_strip(settings: Settings, folder: Path) -> bool:
    """Whether anything is drawn when AC lets the app draw."""
    drawn: list[object] = []
    with playing(settings, folder) as played:
        played.game.api.canvas = lambda place, colour: drawn.append(place)
        played.tick()
        played.app.render()
    return bool(drawn)


def hold_where(happen: Callable[[Readings], None]) -> Callable[[Settings, Path], str]:
    """Why the sample may not become a picture when that happened."""

    def look(settings: Settings, folder: Path) -> str:
        with playing(settings, folder) as played:
            assert played.tick().hold == 0
            happen(played.game.readings)
            return HOLD_REASONS[played.tick().hold]

    return look


def _pause(game: Readings) -> None:
    game.status = PAUSE


def _replay(game: Readings) -> None:
    game.status = REPLAY


def _stop_in_box(game: Readings) -> None:
    game.drive.stands_in_pit = True


def is_valid_with_two_tyres_out(settings: Settings, folder: Path) -> int:
    with playing(settings, folder) as played:
        assert played.tick().lap_valid == 1
        played.game.readings.drive.cut(0.5, tyres=2)
        return int(played.tick().lap_valid)


# ------------------------------------------------------------------------------ the recorder, on a display


@dataclass(frozen=True)
class Recording:
    """What a recorder with these settings left."""

    pictures: tuple[Path, ...]
    ticks: tuple[dict[str, str], ...]

    @property
    def picture(self) -> Path:
        return self.pictures[len(self.pictures) // 2]


def record(settings: Settings, folder: Path, is_torn: bool = False) -> Recording:
    """Half a second of a drawn game, recorded with what the app's settings say."""
    from tests.unit.recorder.drawn_game import DrawnGame

    values, problems = read_settings(str(app_folder(settings, folder / "app")))
    assert not problems
    game = DrawnGame(folder, settings=values, size=_WINDOW)
    try:
        game.is_torn = is_torn
        game.start()
        game.drive(0.5)
        game.stop()
        game.drive(0.1)
        assert game.end() == 0, game.log()
    finally:
        game.close()
    lines = (game.captures / "01_ticks.csv").read_text(encoding="utf-8").splitlines()
    return Recording(tuple(sorted(game.captures.glob("*.jpg"))), tuple(csv.DictReader(lines)))


def picture_size(settings: Settings, folder: Path) -> tuple[int, int]:
    with Image.open(record(settings, folder).picture) as image:
        return image.size


def is_limited(settings: Settings, folder: Path) -> bool:
    """Whether ticks were left out because no more pictures were asked for."""
    return Counter(tick["outcome"] for tick in record(settings, folder).ticks)["cap"] > 0


def quality(settings: Settings, folder: Path) -> int:
    """The one whose quantization tables the picture has."""
    with Image.open(record(settings, folder).picture) as image:
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
        (found,) = [value for value in range(1, 101) if _tables_of(value) == image.quantization]
    return found


def _tables_of(quality: int) -> dict[int, list[int]]:
    saved = io.BytesIO()
    Image.new("RGB", (16, 16)).save(saved, "JPEG", quality=quality)
    with Image.open(saved) as image:
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
        return image.quantization


def subsampling(settings: Settings, folder: Path) -> int:
    """0 for 4:4:4, 1 for 4:2:2, 2 for 4:2:0."""
    with Image.open(record(settings, folder).picture) as image:
        return JpegImagePlugin.get_sampling(image)


def paired_by_strip(settings: Settings, folder: Path) -> bool:
    """The drawn game shows its strips all the same: with the setting off nobody reads them."""
    saved = {tick["paired_by"] for tick in record(settings, folder).ticks if tick["image"]}
    return saved == {"strip"}


def panel_is_grey(settings: Settings, folder: Path) -> bool:
    from tests.unit.recorder.drawn_game import PANEL

    with Image.open(record(settings, folder).picture) as image:
        pixel = image.getpixel((PANEL[0] + 170, PANEL[1] + 34))
    assert isinstance(pixel, tuple)
    return all(abs(value - 128) < 4 for value in pixel)


def saves_torn(settings: Settings, folder: Path) -> bool:
    return bool(record(settings, folder, is_torn=True).pictures)


EFFECTS: dict[str, tuple[Effect, ...]] = {
    "CAPTURE.FRAMES_PER_SECOND": (Effect(10, is_limited, False, True, on_x11_only=True),),
    "CAPTURE.SOURCE": (Effect("monitor1", picture_size, _WINDOW, _MONITOR, on_x11_only=True),),
    "CAPTURE.WIDTH": (Effect(320, picture_size, _WINDOW, (320, 180), on_x11_only=True),),
    "CAPTURE.HEIGHT": (Effect(90, picture_size, _WINDOW, (160, 90), on_x11_only=True),),
    "CAPTURE.QUALITY": (Effect(40, quality, 90, 40, on_x11_only=True),),
    "CAPTURE.SUBSAMPLING": (Effect(444, subsampling, 2, 0, on_x11_only=True),),
    "CAPTURE.OUTPUT_FOLDER": (
        Effect(str(Path("/My pictures").absolute()), captures_folder, "captures", "My pictures"),
    ),
    "WHEN.PAUSED": (Effect(1, hold_where(_pause), "paused", ""),),
    "WHEN.REPLAY": (Effect(1, hold_where(_replay), "replay", ""),),
    "WHEN.IN_PITS": (Effect(1, hold_where(_stop_in_box), "in_pits", ""),),
    "LAP.TYRES_OUT_LIMIT": (Effect(2, is_valid_with_two_tyres_out, 1, 0),),
    "SYNC.STRIP": (
        Effect(0, draws_strip, True, False),
        Effect(0, paired_by_strip, True, False, on_x11_only=True),
    ),
    "SYNC.MASK_PANEL": (Effect(0, panel_is_grey, True, False, on_x11_only=True),),
    "SYNC.DROP_TORN": (Effect(0, saves_torn, False, True, on_x11_only=True),),
    "RECORDER.PYTHON": (Effect(__file__, interpreter, sys.executable, __file__),),
}
