"""The app inside the game: wires telemetry, panel, strip and recorder; one call of `tick` per frame."""

import json
import os
import time

import ac

from ..link.sample import HOLD_NONE
from . import strip
from .interpreter import NoInterpreterError
from .pages import SharedMemory
from .panel import Panel, describe
from .recorder_process import RecorderProcess
from .settings import read_settings
from .telemetry import Telemetry

_PANEL_SECONDS = 0.2
_PLAYER = 0
_START, _STOP = "Start Recording", "Stop Recording"


class App(object):
    """Everything between AC's callbacks and the link."""

    def __init__(self, folder, window, ac_version):
        self._folder = folder
        self._window = window
        self._ac_version = ac_version
        self._app_version = _read_version(folder)
        self._settings, self._problems = read_settings(folder)
        self._pages = SharedMemory()
        self._telemetry = Telemetry(self._settings, self._pages, self._log_once)
        self._panel = None
        self._recorder = None
        self._launch_problem = ""
        self._logged = set()
        self._tick = 0
        self._take = 0  # of this session: the first recording is 1
        self._is_recording = False
        self._hold = HOLD_NONE
        self._was_rendered = False
        self._panel_position = (0.0, 0.0)
        self._next_panel_at = 0.0

    def start(self, on_button_clicked, on_render):
        """Make the panel and launch the recorder, so that it waits ready."""
        self._panel = Panel(self._window, on_button_clicked, on_render)
        for problem in self._problems:
            self._log(problem)
        self._pages.open_if_due(time.perf_counter())
        self._launch()
        self._show()

    def tick(self, delta_t):
        """One frame of the game."""
        self._tick += 1
        now = time.perf_counter()
        if now >= self._next_panel_at:
            self._next_panel_at = now + _PANEL_SECONDS
            self._look(now)
        panel = (1 if self._was_rendered else 0,) + self._panel_position
        self._was_rendered = False
        take = self._take if self._is_recording else 0
        publish = self._recorder.link.publish if self._recorder is not None else _to_nobody
        self._hold = self._telemetry.publish(publish, self._tick, take, delta_t, panel)

    def render(self):
        """AC draws our window: the strip goes into the same frame."""
        self._was_rendered = True
        if self._recorder is not None and self._settings["SYNC.STRIP"]:
            strip.draw(self._tick, self._recorder.strip_key)

    def click(self):
        """Start Recording or Stop Recording."""
        if self._is_recording:
            self._is_recording = False
        else:
            self._start_take()
        self._show()

    def shut_down(self):
        """The session ends. The recorder finishes by itself."""
        self._is_recording = False
        if self._recorder is not None:
            self._recorder.finish()
            self._recorder = None
        self._pages.close()

    def show_crash(self, error):
        """Say in the panel that the app switched itself off."""
        if self._recorder is not None:
            self._recorder.finish()
            self._recorder = None
        if self._panel is not None:
            self._panel.show("Switched off", "Not recording", "An error switched SyncLogger off: " + error)

    def _start_take(self):
        if self._recorder is not None and self._recorder.problem:
            self._recorder.abandon()
            self._recorder = None
        if self._recorder is None:
            self._launch()
        else:
            self._recorder.link.write_brief(self._brief())
        if self._recorder is not None:
            self._take += 1
            self._is_recording = True

    def _launch(self):
        captures = self._settings["CAPTURE.OUTPUT_FOLDER"] or os.path.join(self._folder, "captures")
        try:
            self._recorder = RecorderProcess(self._folder, captures, self._settings["RECORDER.PYTHON"], self._brief())
            self._launch_problem = ""
        except NoInterpreterError as error:
            self._launch_problem = str(error)
        except OSError as error:
            self._launch_problem = "The recorder can't be started: {0}".format(error)
        if self._launch_problem:
            self._log(self._launch_problem)

    def _look(self, now):
        """What is needed a few times a second only."""
        if self._recorder is not None:
            had_problem = self._recorder.problem
            self._recorder.look(now)
            if self._recorder.problem and not had_problem:
                self._log(self._recorder.problem)
                self._is_recording = False
        if self._pages.problem:
            self._log_once(self._pages.problem)
        self._panel_position = self._panel.position()
        self._show()

    def _show(self):
        recorder = self._recorder
        problem = recorder.problem if recorder is not None else self._launch_problem
        status = recorder.status if recorder is not None else None
        headline, message = describe(self._is_recording, status, problem, self._hold)
        notes = [] if problem else self._problems + ([self._pages.problem] if self._pages.problem else [])
        if notes and not self._is_recording and not message:
            message = notes[0]
        self._panel.show(_STOP if self._is_recording else _START, headline, message)

    def _brief(self):
        """What the recorder must know, as JSON."""
        static = self._pages.static
        graphics = self._pages.graphics()
        game = {
            "car": ac.getCarName(_PLAYER),
            "skin": ac.getCarSkin(_PLAYER) if hasattr(ac, "getCarSkin") else None,
            "track": ac.getTrackName(_PLAYER),
            "layout": ac.getTrackConfiguration(_PLAYER),
            "driver": ac.getDriverName(_PLAYER),
            "ac_version": static.ac_version if static is not None else self._ac_version,
            "shared_memory_version": static.shared_memory_version if static is not None else None,
            "session": graphics.session if graphics is not None else None,
            "track_length_m": static.track_length_m if static is not None else None,
        }
        # AC's string functions give -1 where they fail.
        game = {name: None if value == -1 else value for name, value in game.items()}
        brief = {
            "app_version": self._app_version,
            "settings": self._settings,
            "game": game,
            "problems": self._problems,
        }
        return json.dumps(brief).encode("ascii")

    def _log(self, line):
        # AC's log breaks on anything but ASCII.
        ac.log("SyncLogger: " + line.encode("ascii", "replace").decode("ascii"))

    def _log_once(self, line):
        if line not in self._logged:
            self._logged.add(line)
            self._log(line)


def _read_version(folder):
    """The release, from the file that Content Manager shows; "unknown" where that can't be read."""
    try:
        with open(os.path.join(folder, "ui", "ui_app.json"), encoding="utf-8") as file:
            return str(json.load(file)["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"


def _to_nobody(*sample):
    """Takes the samples while there is no recorder, so that the lap is followed all the same."""
