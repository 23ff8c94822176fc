"""The recorder's life as the game sees it: launch, watch, end. Nothing here waits."""

import binascii
import os
import subprocess
import time

from ..link.mapped_file import FAILED, LINK_VERSION, GameLink
from . import interpreter

_ON_WINDOWS = os.name == "nt"
# The names of these flags are newer than Python 3.3.
_CREATE_NO_WINDOW = 0x08000000
_BELOW_NORMAL_PRIORITY_CLASS = 0x00004000
_LOG_BYTES = 1 << 20
_SILENT_SECONDS = 5.0
_SLEPT_SECONDS = 2.0
# A new process imports its packages before its heart beats; a slow disk and a virus scanner may take their time.
_STARTING_SECONDS = 30.0


class RecorderProcess(object):
    """One recorder and the link to it. `problem` says why it can't record; "" while all is well."""

    def __init__(self, app_folder, captures, python, brief):
        """Launch it. Raise interpreter.NoInterpreterError or OSError where that is not possible."""
        self.problem = ""
        self.status = None
        self._heartbeat = None
        self._changed_at = self._looked_at = time.perf_counter()
        self.strip_key = int(binascii.hexlify(os.urandom(4)), 16)
        executable = interpreter.find(app_folder, python)
        self.link = GameLink(_new_link_path(), self.strip_key)
        try:
            self.link.write_brief(brief)
            self._process = _launch(executable, app_folder, self.link.path, captures)
        except Exception:
            self.link.close()
            os.remove(self.link.path)
            raise

    def look(self, now):
        """Read the recorder's status and notice when it is gone. Cheap; for a few times a second."""
        if self.problem:
            return
        exit_code = self._process.poll()
        self.status = self.link.status() or self.status
        version = self.link.recorder_version()
        if version not in (0, LINK_VERSION):
            self.problem = "App and recorder are of different releases: install SyncLogger again."
        elif self.status is not None and self.status.state == FAILED:
            self.problem = self.status.message
        elif exit_code is not None:
            self.problem = "The recorder ended ({0}). What it saved is safe. Start begins a new take.".format(exit_code)
        elif self._is_silent(now):
            self.problem = "The recorder does not answer. What it saved is safe. Start begins a new take."

    def _is_silent(self, now):
        heartbeat = self.status.heartbeat if self.status is not None else None
        # Where the game itself stood still, so did the recorder perhaps: the computer slept.
        has_slept = now - self._looked_at > _SLEPT_SECONDS
        self._looked_at = now
        if heartbeat != self._heartbeat or has_slept:
            self._heartbeat = heartbeat
            self._changed_at = now
        patience = _STARTING_SECONDS if heartbeat is None else _SILENT_SECONDS
        return now - self._changed_at > patience

    def finish(self):
        """Ask it to save what it has and to end. It does so by itself, also when this process is gone."""
        self.link.ask_to_close()
        self._process.stdin.close()
        self.link.close()

    def abandon(self):
        """Put aside one that has a problem: a new one takes its place."""
        self.finish()
        if self._process.poll() is None:
            self._process.kill()


def _launch(executable, app_folder, link_path, captures):
    command = [executable, "-X", "utf8", "-m", "lib.recorder", "--link", link_path]
    command += ["--captures", captures, "--parent", str(os.getpid())]
    options = {}
    if _ON_WINDOWS:
        startup = subprocess.STARTUPINFO()
        startup.dwFlags |= subprocess.STARTF_USESHOWWINDOW
        startup.wShowWindow = subprocess.SW_HIDE
        options["startupinfo"] = startup
        options["creationflags"] = _CREATE_NO_WINDOW | _BELOW_NORMAL_PRIORITY_CLASS
    else:
        options["close_fds"] = True
    with _open_log(app_folder) as log:
        return subprocess.Popen(
            command, cwd=app_folder, stdin=subprocess.PIPE, stdout=log, stderr=log, env=_clean_environment(), **options
        )


def _clean_environment():
    """Ours without what steers Python: the game may have set it for its own."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("PYTHON")}


def _open_log(app_folder):
    path = os.path.join(app_folder, "recorder.log")
    try:
        if os.path.exists(path) and os.path.getsize(path) > _LOG_BYTES:
            os.replace(path, path + ".1")
        return open(path, "ab")
    except OSError:
        # The app's folder may be read-only; what matters reaches the panel through the link.
        return open(os.devnull, "wb")


def _new_link_path():
    """A path that nobody else knows, in a folder of this user's alone."""
    if _ON_WINDOWS:
        folder = os.path.join(os.environ.get("LOCALAPPDATA") or os.environ["TEMP"], "SyncLogger")
    else:
        base = os.environ.get("XDG_RUNTIME_DIR") or "/tmp"
        folder = os.path.join(base, "synclogger-{0}".format(os.getuid()))
    try:
        os.makedirs(folder, 0o700)
    except FileExistsError:
        if not _ON_WINDOWS and os.stat(folder).st_uid != os.getuid():
            raise
    _remove_leftovers(folder)
    name = "{0}-{1}.link".format(os.getpid(), binascii.hexlify(os.urandom(8)).decode("ascii"))
    return os.path.join(folder, name)


def _remove_leftovers(folder):
    """Remove the links of games that were killed together with their recorders."""
    for name in os.listdir(folder):
        owner = name.partition("-")[0]
        if not name.endswith(".link") or not owner.isdecimal() or len(owner) > 9:
            continue
        if not _ON_WINDOWS and _is_alive(int(owner)):
            continue
        try:
            os.remove(os.path.join(folder, name))
        except OSError:
            # Windows keeps what someone still has open.
            pass


def _is_alive(process_id):
    """Only where signal 0 does nothing: under Windows it would end the process."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
