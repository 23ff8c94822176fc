"""Windows' own faults, done by Windows processes under Wine to the release as players get it.

Files held by other programs, processes that the task manager ends or suspends, windows that go away, disks that fill.
Most tests share one running game; each makes takes of its own and looks after them before it ends.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lib.repair.repair import repair
from tests.end_to_end.captures import assert_whole
from tests.end_to_end.test_windows import release, unpack  # noqa: F401
from tests.faults.small_disk import held, needs_mount, small_disk
from tests.faults.test_disk import fill
from tests.faults.test_kill import acknowledged_rows, whole_pictures
from tests.windows.drive import ENDED, SILENT, SIZE, TELL_SECONDS, Drive, FaultTool
from tests.windows.hidden_game import NO_PROCESS
from tests.windows.wine import Wine

# What CreateFileW lets others do meanwhile, and Windows' answer to those who want more.
NOTHING, READ, READ_AND_WRITE = 0, 1, 3
SHARING_VIOLATION = 32
# A new recorder takes so long to start, and then has to name its reason.
START_SECONDS = 3.0
# A recorder ends so long after its game at the latest.
END_SECONDS = 6.0
# The double stands still for so long while Wine destroys its window.
CLOSING_SECONDS = 2.0
# The scanner catches a file between its last byte and its name only now and then.
SCAN_SECONDS = 8.0
SHORT_KILLS, LONG_KILLS = 9, 45


@pytest.fixture(scope="module")
def tool(wine: Wine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultTool]:
    started = FaultTool(wine, tmp_path_factory.mktemp("tool"))
    yield started
    started.close()


@pytest.fixture(scope="module")
def game(
    wine: Wine,
    release: Path,  # noqa: F811
    tool: FaultTool,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Drive]:
    started = Drive.start(wine, unpack(release, tmp_path_factory.mktemp("Assetto Corsa")), tool)
    started.wait_ready()
    yield started
    started.quit()
    started.wait(lambda: tool("recorders", started.host.app) == [], "no orphan", END_SECONDS)
    assert str(repair(started.captures.folder)) == "nothing to mend"
    assert links(wine) == []


@pytest.fixture
def drive(game: Drive) -> Iterator[Drive]:
    yield game
    game.stop_if_recording()


def links(wine: Wine) -> list[Path]:
    return list(wine.prefix.glob("drive_c/users/*/AppData/Local/SyncLogger/*.link"))


def write_settings(app: Path, output_folder: str) -> None:
    (app / "settings.ini").write_text(f"[CAPTURE]\nOUTPUT_FOLDER = {output_folder}\n", encoding="utf-8")


# --- files held by other programs


def test_data_csv_open_in_a_spreadsheet_before_the_recorder(drive: Drive) -> None:
    """It waits, names the file, goes on by itself, and no row is missing."""
    drive.begin()
    drive.stop()
    assert drive.tool("terminate", drive.recorder()) == 0
    assert drive.wait_panel(ENDED) < TELL_SECONDS
    with drive.tool.holding(drive.captures.folder / "data.csv", READ):
        drive.do("click")
        drive.wait_panel("no permission to write (data.csv)", seconds=START_SECONDS)
        time.sleep(0.5)
    assert drive.wait_recording() < TELL_SECONDS
    drive.stop()
    assert_whole(drive.captures)
    assert drive.last_take()["frames_saved"] > 10


def test_a_spreadsheet_is_refused_while_the_recorder_writes(drive: Drive) -> None:
    """Windows tells the spreadsheet that the file is in use; a program that lets others write may look into it."""
    data = drive.captures.folder / "data.csv"
    drive.begin()
    for share in (NOTHING, READ):
        assert drive.tool("hold", data, share) == SHARING_VIOLATION
    with drive.tool.holding(data, READ_AND_WRITE):
        time.sleep(0.5)
    drive.stop()
    assert_whole(drive.captures)
    assert drive.last_take()["problems"] == {}


def test_files_held_while_a_crash_is_mended(drive: Drive) -> None:
    """The recorder was killed, rows are missing, and all that has to be mended is open elsewhere: it waits for each."""
    drive.begin()
    time.sleep(0.3)
    assert drive.tool("terminate", drive.recorder()) == 0
    drive.wait_panel(ENDED)
    folder = drive.captures.folder
    rows, pictures, number = acknowledged_rows(folder), whole_pictures(folder), drive.last_take()["take"]
    (folder / "data.csv").write_text("".join(rows[:-2]) + rows[-2][:30], encoding="utf-8", newline="")
    to_be_mended = [folder / name for name in ("data.csv", f"{number:02}_ticks.csv", f"{number:02}_take.json")]
    for path in to_be_mended:
        assert drive.tool("hold", path, READ) == 0
    drive.do("click")
    for path in to_be_mended:
        drive.wait_panel(f"no permission to write ({path.name})", seconds=START_SECONDS)
        assert "Recording starts" in drive.panel
        drive.tool("release", path)
    drive.wait_recording(START_SECONDS)
    drive.stop()
    assert_whole(drive.captures)
    assert pictures <= {row.image for row in drive.captures.rows}
    assert drive.captures.take(number)["how_it_ended"] == "recovered after a crash"
    half_rows = (folder / ".rescued" / "rows.csv").read_text(encoding="utf-8").splitlines()
    assert half_rows.count(rows[-2][:30]) == 1, "what is taken out is taken out once"


def test_a_virus_scanner_holds_fresh_pictures(drive: Drive) -> None:
    """Whole, under their final names, for a second each: nobody has to know."""
    with drive.tool.scanning(drive.captures.folder, NOTHING, 1.0, 10, ".jpg") as scanned:
        drive.begin()
        time.sleep(2)
        drive.stop()
    assert scanned["held"] > 5
    assert_whole(drive.captures)
    take = drive.last_take()
    assert take["synced"]
    assert take["problems"] == {}
    assert set(take["ticks"]["by_outcome"]) <= {"saved", "not_shown", "duplicate", "dropped_queue_full", "busy"}


def test_a_virus_scanner_keeps_pictures_from_their_names(drive: Drive) -> None:
    """It looks into files as they are written, and Windows refuses to rename them: order and step are kept."""
    drive.begin()
    with drive.tool.scanning(drive.captures.folder, READ_AND_WRITE, 0.6, 3, ".part") as scanned:
        drive.wait_panel("no permission to write (a picture)", seconds=SCAN_SECONDS)
        time.sleep(1.5)
    assert drive.wait_recording() < TELL_SECONDS
    drive.stop()
    assert scanned["held"] > 1
    assert_whole(drive.captures)
    take = drive.last_take()
    assert take["frames_saved"] > 30
    assert len(take["problems"]) <= 2, "a line for each picture fills the take's description"


def test_description_held_at_the_end_of_a_take(drive: Drive) -> None:
    """While it is held the old one stays, the reason is told, and the new one comes when it is let go."""
    drive.begin()
    drive.wait(lambda: drive.last_take()["how_it_ended"] == "open", "description", TELL_SECONDS)
    number = drive.last_take()["take"]
    path = drive.captures.folder / f"{number:02}_take.json"
    with drive.tool.holding(path, READ):
        time.sleep(1.2)
        drive.do("click")
        drive.wait_panel(f"no permission to write ({path.name})")
        assert drive.captures.take(number)["how_it_ended"] == "open"
    drive.wait(lambda: drive.captures.take(number)["how_it_ended"] == "stopped", "take closed", TELL_SECONDS)
    assert_whole(drive.captures)


# --- the recorder


def test_suspended_recorder_is_replaced(drive: Drive) -> None:
    """The panel says that it does not answer; Start makes a new one, and what the old one saved is safe."""
    drive.begin()
    time.sleep(0.5)
    suspended = drive.recorder()
    assert drive.tool("suspend", suspended) == 0
    took = drive.wait_panel(SILENT, seconds=5 + TELL_SECONDS)
    assert took > 4
    rows = acknowledged_rows(drive.captures.folder)
    drive.begin()
    assert drive.recorder() != suspended
    drive.stop()
    assert_whole(drive.captures)
    assert acknowledged_rows(drive.captures.folder)[: len(rows)] == rows


def test_game_whose_process_cannot_be_opened(
    wine: Wine,
    release: Path,  # noqa: F811
    tool: FaultTool,
    tmp_path: Path,
) -> None:
    """Guarded or elevated. It is recorded all the same, and its end is noticed by what it held open."""
    app = unpack(release, tmp_path)
    drive = Drive.start(wine, app, tool, game="tests.windows.hidden_game")
    drive.wait_ready()
    drive.begin()
    time.sleep(2.0)
    assert drive.panel.startswith("Stop Recording"), drive.panel
    drive.host.process.kill()
    drive.host.process.wait()
    drive.wait(lambda: tool("recorders", app) == [], "no orphan", END_SECONDS)
    assert drive.last_take()["how_it_ended"] == "game_ended"
    assert_whole(drive.captures)
    for link in links(wine):
        if link.name.startswith(f"{NO_PROCESS}-"):
            link.unlink()  # a next start can't tell whose it was


# --- the window


def test_window_closed_while_the_game_lives_on(drive: Drive) -> None:
    drive.begin()
    drive.do("close_window", 4.0)
    drive.wait_panel("can't be found", seconds=CLOSING_SECONDS + TELL_SECONDS)
    drive.wait_recording(4.0 + TELL_SECONDS)
    drive.stop()
    assert_whole(drive.captures)
    assert drive.last_take()["ticks"]["by_outcome"]["dropped_no_window"] > 20


def test_window_minimised_at_start(drive: Drive) -> None:
    drive.tool("minimise")
    drive.do("click")
    drive.wait_panel("minimised")
    assert drive.last_take()["frames_saved"] == 0
    drive.tool("restore")
    assert drive.wait_recording() < TELL_SECONDS
    drive.stop()
    assert_whole(drive.captures)


# Extended styles, and how much is seen of the window, of overlays that people have; None: each pixel says for itself.
OVERLAYS: dict[str, tuple[int, ...]] = {
    "NVIDIA": (0x08080080, 0),
    "WPF": (0x00080108,),
    "not redirected": (0x00200008,),
    "clicks go through": (0x082000A8,),
    "mostly see-through": (0x00080088, 60),
}


@pytest.mark.parametrize("kind", OVERLAYS)
def test_overlay_above_the_game(drive: Drive, kind: str) -> None:
    """It covers nothing, or may be see-through, and the strip can be read: recording goes on."""
    drive.begin()
    with drive.tool.covering(*OVERLAYS[kind]):
        time.sleep(0.5)
        saved = len(drive.captures.pictures)
        time.sleep(1.5)
        assert len(drive.captures.pictures) > saved + 10
    drive.stop()
    assert_whole(drive.captures)
    assert "dropped_covered" not in drive.last_take()["ticks"]["by_outcome"]


@pytest.mark.parametrize("style", [(), (0x00080088, 255)])
def test_window_that_covers_the_game_is_named(drive: Drive, style: tuple[int, ...]) -> None:
    drive.begin()
    with drive.tool.covering(*style):
        drive.wait_panel('"In the way" (Static, pythonw.exe) covers the game')
    drive.wait_recording()
    drive.stop()
    assert_whole(drive.captures)
    assert '"In the way" (Static, pythonw.exe)' in (drive.host.app / "recorder.log").read_text(encoding="utf-8")
    assert not any("In the way" in problem for problem in drive.last_take()["problems"])


def test_window_beyond_the_screen(drive: Drive) -> None:
    """By one pixel it is recorded, and the take says so; by more the panel says what to do."""
    drive.tool("beyond", 1)
    drive.begin()
    time.sleep(1.0)
    drive.tool("beyond", 40)
    drive.wait_panel("make it smaller or borderless")
    drive.tool("beyond", -200)
    drive.wait_recording()
    drive.stop()
    assert_whole(drive.captures)
    take = drive.last_take()
    assert take["saved_sizes"] == ["{}x{}".format(*SIZE)]
    assert take["ticks"]["by_outcome"]["dropped_off_screen"] > 0
    assert any("(pixels: left 1)" in problem for problem in take["problems"])


def test_black_pictures(drive: Drive) -> None:
    """What exclusive fullscreen looks like to a grabber, or one of its two faces. Nothing black is saved."""
    drive.begin()
    drive.do("black", 3.0)
    drive.wait_panel("exclusive fullscreen can't be grabbed")
    assert "borderless or windowed" in drive.panel
    drive.wait_recording(3.0 + TELL_SECONDS)
    drive.stop()
    assert_whole(drive.captures)
    assert drive.last_take()["ticks"]["by_outcome"]["dropped_black"] > 60


@pytest.mark.parametrize("panel", ["open", "closed"])
def test_frozen_pictures(drive: Drive, panel: str) -> None:
    """The other face: the car moves, the picture does not."""
    drive.do(f"{'open' if panel == 'open' else 'close'}_panel")
    drive.do("click")
    drive.wait_panel("sync by strip" if panel == "open" else "sync by clock", seconds=START_SECONDS)
    drive.do("drop_presents", 1.0)
    drive.wait_panel("exclusive fullscreen can't be grabbed", seconds=2.0 + TELL_SECONDS)
    saved = len(drive.captures.pictures)
    time.sleep(0.5)
    assert len(drive.captures.pictures) == saved
    drive.do("open_panel")
    drive.do("drop_presents", 0.0)
    assert drive.wait_recording() < TELL_SECONDS
    drive.stop()
    assert_whole(drive.captures)


# --- the folder and the disk


def test_folder_read_only_for_a_while(drive: Drive) -> None:
    drive.begin()
    with held(drive.captures.folder):
        drive.wait_panel("no permission to write")
    assert drive.wait_recording() < TELL_SECONDS
    drive.stop()
    assert_whole(drive.captures)


def test_folder_gone_and_back(drive: Drive, tmp_path: Path) -> None:
    """As a drive that is unplugged and comes back."""
    drive.begin()
    folder = drive.captures.folder
    away = folder.with_name("away")
    folder.rename(away)
    drive.wait_panel("folder is gone")
    away.rename(folder)
    assert drive.wait_recording() < TELL_SECONDS
    drive.stop()
    assert_whole(drive.captures)


def test_two_games_on_one_folder(wine: Wine, drive: Drive, release: Path, tmp_path: Path) -> None:  # noqa: F811
    """The second is refused with the reason; the first is not disturbed."""
    app = unpack(release, tmp_path)
    write_settings(app, wine.windows_path(drive.captures.folder))
    drive.do("move_window", (40, 40))  # two games in one place would cover each other
    drive.begin()
    second = Drive.start(wine, app, drive.tool)
    second.wait_panel("another SyncLogger is recording into this folder", seconds=30)
    assert "choose another output folder" in second.panel
    second.quit()
    drive.wait_recording()
    drive.stop()
    assert_whole(drive.captures)
    assert drive.last_take()["problems"] == {}


@needs_mount
def test_disk_full(wine: Wine, release: Path, tool: FaultTool, tmp_path: Path) -> None:  # noqa: F811
    """Nearly full, and full to the last byte: the reason is told, recording goes on when there is room."""
    app = unpack(release, tmp_path / "game")
    with small_disk(tmp_path / "disk", 40) as disk:
        write_settings(app, wine.windows_path(disk / "captures"))
        drive = Drive.start(wine, app, tool, captures=disk / "captures")
        drive.wait_ready()
        drive.begin()
        ballast = disk / "ballast"
        fill(ballast)
        drive.wait_panel("disk is")
        time.sleep(1)
        ballast.unlink()
        assert drive.wait_recording() < TELL_SECONDS
        ballast.write_bytes(bytes(37 << 20))
        drive.wait_panel("nearly full")
        drive.do("click")
        drive.wait_panel("saved:", seconds=START_SECONDS)
        ballast.unlink()
        drive.quit()
        assert_whole(drive.captures)
        assert drive.last_take()["ticks"]["by_outcome"]["dropped_disk"] > 20
        assert str(repair(drive.captures.folder)) == "nothing to mend"


# --- the task manager


@dataclass
class Tally:
    """What a series of kills came to."""

    kills: int = 0
    recorders: int = 0
    games: int = 0
    rows: int = 0
    acknowledged: int = 0
    slowest_panel: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills by TerminateProcess, the recorder in {self.recorders}, the game in {self.games}: "
            f"{self.rows} rows checked, {self.acknowledged} acknowledged before their kill, 0 of them lost; "
            f"the panel said so after {self.slowest_panel:.1f} s at the latest"
        )


class Killing:
    """Ends the recorder, the game or both at random moments of takes, and looks after the folder each time."""

    def __init__(self, wine: Wine, app: Path, tool: FaultTool, seed: int) -> None:
        self._wine, self._app, self._tool = wine, app, tool
        self._chance = random.Random(seed)
        self._left = Left([], set(), (0, 0))
        self.tally = Tally()
        self.drive = Drive.start(wine, app, tool)

    def strike(self, recorder: bool, game: bool) -> None:
        """One kill. The Start before it mends what the kill before that left."""
        self.drive.wait_panel("Ready", ENDED, seconds=30)
        self.drive.do("click")
        if self._chance.random() < 0.8:  # or while the recorder starts and mends
            self.drive.wait_recording(30)
        time.sleep(self._chance.uniform(0, 1.2))
        self.drive.wait(lambda: bool(self._tool("recorders", self._app)), "a recorder", 5)
        ((process, parent),) = self._tool("recorders", self._app)
        assert self._tool("terminate", *[process] * recorder, *[parent] * game) == 0
        if game:
            self.drive.host.process.wait(30)
            self.drive.wait(lambda: self._tool("recorders", self._app) == [], "no orphan", END_SECONDS)
        else:
            took = self.drive.wait_panel(ENDED)
            self.tally.slowest_panel = max(self.tally.slowest_panel, took)
        self._look_after()
        self.tally.kills += 1
        self.tally.recorders += recorder
        self.tally.games += game
        if game:
            self.drive = Drive.start(self._wine, self._app, self._tool)
            self.drive.wait_ready()
            self.check_quiet_folder()

    def _look_after(self) -> None:
        """What was there after the last kill is there after this one; note what is there now."""
        captures, left = self.drive.captures, self._left
        rows, pictures = acknowledged_rows(captures.folder), whole_pictures(captures.folder)
        assert rows[: len(left.whole_rows)] == left.whole_rows, "a row that was in data.csv is gone or changed"
        assert left.pictures <= pictures, "a whole picture is gone"
        take, saved = left.acknowledged
        assert sum(row.startswith(f"{take:02}_") for row in rows) >= saved, "a counted picture is gone"
        self._left = Left([row for row in rows if row.endswith("\n")], pictures, self.drive.acknowledged())
        self.tally.rows += len(rows)
        self.tally.acknowledged += self._left.acknowledged[1]

    def check_quiet_folder(self) -> None:
        """After a start and its mending: everything in step, and nothing less than the last kill left."""
        self._look_after()
        assert_whole(self.drive.captures)


@dataclass(frozen=True)
class Left:
    """What a kill left: rows, whole pictures, and how many of which take had been acknowledged."""

    whole_rows: list[str]
    pictures: set[str]
    acknowledged: tuple[int, int]


@pytest.mark.timeout(1200)
def test_ended_by_the_task_manager(
    wine: Wine,
    release: Path,  # noqa: F811
    tool: FaultTool,
    tmp_path: Path,
    long_form: bool,
    record_property: pytest.RecordProperty,
) -> None:
    """What was acknowledged is there after the next start, which mends the rest; no process and no link is left."""
    app = unpack(release, tmp_path)
    seed = random.SystemRandom().randrange(1 << 32) if long_form else 1
    killing = Killing(wine, app, tool, seed)
    kills = LONG_KILLS if long_form else SHORT_KILLS
    for number in range(kills):
        victims = ((True, False),) * 7 + ((False, True), (True, True))
        killing.strike(*victims[number % len(victims)])
    killing.drive.begin()
    killing.drive.stop()
    killing.check_quiet_folder()
    killing.drive.quit()
    record_property("figures", str(killing.tally))
    print(f"\n{killing.tally}; seed {seed}")
    assert killing.tally.acknowledged > 0
    killing.drive.wait(lambda: tool("recorders", app) == [], "no orphan", END_SECONDS)
    assert str(repair(killing.drive.captures.folder)) == "nothing to mend"
