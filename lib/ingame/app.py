"""The app inside the game: wires telemetry, panel, strip and recorder; one call of `tick` per frame."""

import binascii
import json
import os
from time import perf_counter

import ac as unguarded_ac

from ..link.sample import UNKNOWN
from ..link.settings import read_settings
from ..link.strip_code import FULL, SMALL
from .brief import make_brief
from .game import ac, ask_names
from .interpreter import NoInterpreterError
from .pages import SharedMemory
from .panel import Panel, describe, in_one_line
from .recorder_process import NoLinkError, RecorderProcess
from .strip import StripDrawer
from .telemetry import Telemetry

_PANEL_SECONDS = 0.2
# No frame of a game takes a day; such a number, or infinity, would spoil the game's time for good.
_LONGEST_DELTA = 86400.0
# No screen is that wide; also false for what is no number.
_FARTHEST = 1e6
_START, _STOP = "Start Recording", "Stop Recording"

# Asked at each tick: a panel that is pushed where its strip can't be read is masked by what the game says of it.
_get_position = getattr(unguarded_ac, "getPosition", None)


class App(object):
    """Everything between AC's callbacks and the link."""

    def __init__(self, folder, window, ac_version):
        self._folder = folder
        self._window = window
        self._ac_version = ac_version
        self._app_version = _read_version(folder)
        self._settings, self._problems = read_settings(folder)
        self._pages = SharedMemory()
        # Also what tells later which takes share one game time: every recorder of this session gets the same.
        self._strip_key = int(binascii.hexlify(os.urandom(4)), 16)
        self._telemetry = Telemetry(self._settings, self._pages, self._log_once)
        self._panel = None
        self._recorder = None
        self._draw = _nothing  # in its place the strip's `draw`, while there is a recorder
        self._launch_problem = ""
        self._logged = set()
        self._tick = 0
        self._game_time = 0.0  # seconds: the sum of every deltaT
        self._take = 0  # of this session: the first recording is 1
        self._is_recording = False
        self._session = UNKNOWN  # the session that the recorder was told of
        self._was_rendered = 0  # 1: since the tick before
        self._form, self._x, self._y = FULL, 0.0, 0.0  # of the panel in this tick
        self._next_panel_at = 0.0

    def start(self, on_button_clicked, on_render):
        """Make the panel and launch the recorder, so that it waits ready."""
        self._panel = Panel(self._window, on_button_clicked, on_render)
        for problem in self._problems:
            self._log(problem)
        self._pages.open_if_due(perf_counter())
        self._launch()
        self._show()

    def tick(self, delta_t):
        """One frame of the game."""
        self._tick = tick = self._tick + 1
        now = perf_counter()
        if now >= self._next_panel_at:
            self._next_panel_at = now + _PANEL_SECONDS
            self._look(now)
        if type(delta_t) is not float:
            delta_t = _float_or_nan(delta_t)
        if 0.0 < delta_t < _LONGEST_DELTA:
            self._game_time += delta_t
        try:
            x, y = _get_position(self._window)
            if -_FARTHEST < x < _FARTHEST and -_FARTHEST < y < _FARTHEST:
                self._x, self._y = x, y
        except Exception:
            # The game didn't say: the panel is taken to be where it was.
            pass
        take = self._take if self._is_recording else 0
        panel = self._was_rendered, self._form, self._x, self._y
        self._was_rendered = 0
        self._telemetry.publish(tick, take, now, self._game_time, delta_t, panel)

    def render(self):
        """AC draws our window: the strip goes into the same frame."""
        self._was_rendered = 1
        try:
            self._draw(self._tick, self._form)
        except Exception as error:
            # The recorder pairs by clock meanwhile, and says so.
            self._log_once("the sync strip can't be drawn ({0})".format(type(error).__name__))

    def click(self):
        """Start Recording or Stop Recording."""
        if self._is_recording:
            self._is_recording = False
        else:
            self._start_take()
        self._show()
        self._next_panel_at = 0.0

    def shut_down(self):
        """The session ends. The recorder finishes by itself."""
        self._is_recording = False
        if self._recorder is not None:
            self._recorder.finish()
            self._use(None)
        self._pages.close()

    def show_crash(self, error):
        """Say in the panel that the app switched itself off."""
        recorder = self._recorder
        self._use(None)
        try:
            if self._panel is not None:
                self._panel.show("Switched off", "Not recording", "An error switched SyncLogger off: " + error)
                self._panel.settle(0.0)
                self._form = self._panel.form
        finally:
            if recorder is not None:
                recorder.finish()

    def _start_take(self):
        if self._recorder is not None and self._recorder.problem:
            self._recorder.abandon()
            self._use(None)
        if self._recorder is None:
            self._launch()
        else:
            self._write_brief()
        if self._recorder is not None:
            self._take += 1
            self._is_recording = True

    def _launch(self):
        captures = self._settings["CAPTURE.OUTPUT_FOLDER"] or os.path.join(self._folder, "captures")
        try:
            python = self._settings["RECORDER.PYTHON"]
            self._use(RecorderProcess(self._folder, captures, python, self._brief(), self._strip_key))
            self._launch_problem = ""
        except (NoInterpreterError, NoLinkError) as error:
            self._launch_problem = str(error)
        except OSError as error:
            self._launch_problem = "The recorder can't be started: {0}".format(error)
        if self._launch_problem:
            self._log(self._launch_problem)

    def _use(self, recorder):
        """Publish and draw for this recorder from now on; for nobody where it is None."""
        self._recorder = recorder
        self._telemetry.publish_in(recorder.link if recorder is not None else None)
        is_drawn = recorder is not None and self._settings["SYNC.STRIP"]
        self._draw = StripDrawer(self._strip_key).draw if is_drawn else _nothing

    def _look(self, now):
        """What is needed a few times a second only."""
        if self._recorder is not None:
            had_problem = self._recorder.problem
            self._recorder.look(now)
            if self._recorder.problem and not had_problem:
                self._log(self._recorder.problem)
                self._is_recording = False
                self._draw = _nothing
        if self._recorder is not None and self._telemetry.session != self._session:
            self._write_brief()
        if self._pages.problem:
            self._log_once(self._pages.problem)
        self._show()
        self._panel.settle(now)
        self._form = self._panel.form

    def _show(self):
        recorder, hold = self._recorder, self._telemetry.hold
        problem = recorder.problem if recorder is not None else self._launch_problem
        status = recorder.status if recorder is not None else None
        button = _STOP if self._is_recording else _START
        line = in_one_line(self._is_recording, status, problem, hold) if self._settings["SYNC.STRIP"] else ""
        if line and self._panel.form == SMALL:
            self._panel.show(button, "", "", line)
            return
        headline, message = describe(self._is_recording, status, problem, hold)
        notes = [] if problem else self._problems + ([self._pages.problem] if self._pages.problem else [])
        if notes and not self._is_recording and not message:
            message = notes[0]
        self._panel.show(button, headline, message, line)

    def _brief(self):
        static, session = self._pages.static(), self._telemetry.session
        game = ask_names()
        game["session"] = session if session != UNKNOWN else None
        game["ac_version"] = self._ac_version if isinstance(self._ac_version, str) else None
        if static is not None:
            game.update(ac_version=static.ac_version, shared_memory_version=static.shared_memory_version)
        return make_brief(self._app_version, self._settings, self._problems, game, static)

    def _write_brief(self):
        self._session = self._telemetry.session
        try:
            self._recorder.link.write_brief(self._brief())
        except ValueError as error:
            self._log_once("the recorder is not told what changed: {0}".format(error))

    def _log(self, line):
        # AC's log breaks on anything but ASCII.
        ac.log("SyncLogger: " + line.encode("ascii", "replace").decode("ascii"))

    def _log_once(self, line):
        if line not in self._logged:
            self._logged.add(line)
            self._log(line)


def _nothing(*_):
    """In the place of what is not there."""


def _float_or_nan(delta_t):
    try:
        return float(delta_t)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def _read_version(folder):
    """The release, from the file that Content Manager shows; "unknown" where that can't be read."""
    try:
        with open(os.path.join(folder, "ui", "ui_app.json"), encoding="utf-8") as file:
            return str(json.load(file)["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"
