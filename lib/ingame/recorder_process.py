"""The recorder's life as the game sees it: launch, watch, end. Nothing here waits."""

import binascii
import errno
import os
import subprocess
import time

from ..link.mapped_file import FAILED, LINK_VERSION, SIZE, GameLink
from . import interpreter

_ON_WINDOWS = os.name == "nt"
# The names of these flags are newer than Python 3.3.
_CREATE_NO_WINDOW = 0x08000000
_BELOW_NORMAL_PRIORITY_CLASS = 0x00004000
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_LOG_BYTES = 1 << 20
_SILENT_SECONDS = 5.0
_SLEPT_SECONDS = 2.0
# A new process imports its packages before its heart beats; a slow disk and a virus scanner may take their time.
_STARTING_SECONDS = 30.0
_LOG_NAME = "recorder.log"
# So much of the log's end is looked at, and so much of its last line fits the panel with what is around it: how it
# begins and, where Python says what it missed, how it ends.
_LOG_TAIL_BYTES = 4096
_LINE_HEAD, _LINE_TAIL = 13, 44


class NoLinkError(Exception):
    """The file between game and recorder can't be made. The message says what to do."""


class RecorderProcess(object):
    """One recorder and the link to it. `problem` says why it can't record; "" while all is well."""

    def __init__(self, app_folder, captures, python, brief, strip_key):
        """Launch it. Raise interpreter.NoInterpreterError, NoLinkError or OSError where that is not possible."""
        self.problem = ""
        self.status = None
        self._heartbeat = None
        self._changed_at = self._looked_at = time.perf_counter()
        self._advice = "Correct setting PYTHON." if python else "Run python -m lib install."
        executable = interpreter.find(app_folder, python)
        self.link = _new_link(app_folder, strip_key)
        try:
            self.link.write_brief(brief)
            with _open_log([app_folder, os.path.dirname(self.link.path)]) as log:
                self._log_path, self._log_start = log.name, log.tell()
                self._process = _launch(executable, app_folder, self.link.path, captures, log)
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
        elif exit_code is not None and self.status is None:
            self.problem = self._why_it_never_began(exit_code)
        elif exit_code is not None:
            self.problem = "The recorder ended ({0}). What it saved is safe. Start begins a new take.".format(exit_code)
        elif self._is_silent(now) and self.status is None:
            self.problem = "The recorder did not begin: a virus scanner may hold it back. Start tries again."
        elif self._is_silent(now):
            self.problem = "The recorder does not answer. What it saved is safe. Start begins a new take."

    def _why_it_never_began(self, exit_code):
        """Its Python ended before it could say anything through the link; what it printed is in the log."""
        line = _last_line(self._log_path, self._log_start)
        if len(line) > _LINE_HEAD + _LINE_TAIL:
            line = line[:_LINE_HEAD] + "..." + line[-_LINE_TAIL:]
        said = ": {0} ({1})".format(line, _LOG_NAME) if line else ", without a word in {0}".format(_LOG_NAME)
        return "The recorder ended before it began ({0}){1}. {2}".format(exit_code, said, self._advice)

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
        for step in (self.link.ask_to_close, self._process.stdin.close, self.link.close):
            try:
                step()
            except (OSError, ValueError, BufferError):
                # Gone already, or closed: nothing is left to be asked.
                pass

    def abandon(self):
        """Put aside one that has a problem: a new one takes its place."""
        self.finish()
        if self._process.poll() is None:
            self._process.kill()


def _launch(executable, app_folder, link_path, captures, log):
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
    return subprocess.Popen(
        command, cwd=app_folder, stdin=subprocess.PIPE, stdout=log, stderr=log, env=_clean_environment(), **options
    )


def _clean_environment():
    """Ours without what steers Python: the game may have set it for its own."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("PYTHON")}


def _open_log(folders):
    """recorder.log in the first of the folders where that is possible; the app's own may be read-only."""
    for path in [os.path.join(folder, _LOG_NAME) for folder in folders]:
        try:
            _rotate(path)
            return open(path, "ab")
        except OSError:
            continue
    # What matters reaches the panel through the link.
    return open(os.devnull, "ab")


def _rotate(path):
    """Begin a new log when this one is long. Where someone has it open it goes on growing."""
    try:
        if os.path.getsize(path) > _LOG_BYTES:
            os.replace(path, path + ".1")
    except OSError:
        pass


def _last_line(path, start):
    """The last line that a log has behind `start`; "" where there is none."""
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(start, file.tell() - _LOG_TAIL_BYTES))
            lines = file.read(_LOG_TAIL_BYTES).decode("utf-8", "replace").split("\n")
    except (OSError, ValueError):
        return ""
    return ([""] + [line.strip() for line in lines if line.strip()])[-1]


def _new_link(app_folder, strip_key):
    """A `GameLink` at a path that nobody else knows, in the first folder that takes one."""
    reasons = []
    for folder in _link_folders(app_folder):
        try:
            return GameLink(_new_path(folder), strip_key)
        except (OSError, ValueError) as error:
            reasons.append((folder, error))
    for folder, error in reasons:
        if getattr(error, "errno", None) in _FULL:
            raise NoLinkError(
                "The disk is full: free {0} MB for SyncLogger at {1}.".format(SIZE // 1000000 + 1, folder)
            )
    raise NoLinkError("No folder takes the file that the recorder needs: {0}".format(reasons[0][1]))


def _link_folders(app_folder):
    """Where this user's own files may stand, the best place first."""
    if _ON_WINDOWS:
        bases = [os.environ.get(name) for name in ("LOCALAPPDATA", "TEMP", "TMP")]
        return [os.path.join(base, "SyncLogger") for base in bases if base] + [os.path.join(app_folder, "link")]
    name = "synclogger-{0}".format(os.getuid())
    bases = [os.environ.get("XDG_RUNTIME_DIR"), "/tmp"]
    return [os.path.join(base, name) for base in bases if base] + [os.path.join(app_folder, "link")]


def _new_path(folder):
    """A name for a link in the folder, which is made, and cleared of old ones. Raise OSError where it isn't ours."""
    try:
        os.makedirs(folder, 0o700)
    except FileExistsError:
        if not os.path.isdir(folder) or (not _ON_WINDOWS and os.stat(folder).st_uid != os.getuid()):
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
