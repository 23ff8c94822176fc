"""The app's window in the game: a button and a few lines of status between the two sync strips.

What the panel covers, a network never sees. So it has two forms: the full one explains itself, and the small one,
while a recording has nothing to say, is the strips, the button and one line.
"""

from collections import namedtuple

from ..link.mapped_file import FINISHING, RECORDING, STARTING, SYNC_CLOCK, SYNC_STRIP, SYNC_UNPROVEN, WAITING
from ..link.sample import HOLD_NONE
from ..link.strip_code import FORMS, FULL, PANEL_WIDTH, SMALL
from .game import ac

_TITLE = "SyncLogger"
_MARGIN = 10
_LINES_Y, _LINE_HEIGHT, _LINES, _FONT_SIZE = 70, 16, 3, 13
# At this font size so many characters surely fit into a line of the panel.
_LINE_CHARACTERS = 52
_CUT = "..."
_OPACITY = 0.7
# AC draws an app's icon into its window, over the strip. Nothing takes it away but a place outside.
_NO_ICON = -10000
# The small form comes when there was nothing to say for so long, the full one at once.
_QUIET_SECONDS = 2.0
# A larger share of unproven pictures in a take is something to say.
_FEW_UNPROVEN = 0.01
# A disk that is full so soon is something to say.
_LITTLE_ROOM_SECONDS = 900.0

# The link may be damaged: numbers that would fill the panel are not shown.
_IMPOSSIBLE_RATE = 1e12
_TOO_LONG_TO_TELL = 1e8

# Where button and headline are, by form. The headline is the one line of the small form.
_Layout = namedtuple("_Layout", ("title", "button", "headline", "font_size"))
_LAYOUTS = (
    _Layout(_TITLE, (_MARGIN, 42, 120, 24), (_MARGIN * 2 + 120, 46), _FONT_SIZE),
    _Layout("", (_MARGIN, 12, 88, 20), (_MARGIN + 94, 15), 12),
)

_SYNC_WORDS = {SYNC_STRIP: "sync by strip", SYNC_CLOCK: "sync by clock"}
# By the sample's `hold`.
_HOLD_WORDS = (
    "",
    "The game is paused. Recording goes on with it.",
    "A replay is shown. Recording goes on after it.",
    "The car is in its pit box. Recording goes on outside.",
    "The game gives no telemetry. Recording goes on when it does.",
    "The camera follows another car. Recording goes on with yours.",
    "The camera is not in your car. Recording goes on when it is.",
    "The game says that no session runs. Recording goes on in one.",
)


class Panel(object):
    """Shows what `describe` says. Sets a text only when it changed."""

    def __init__(self, window, on_button_clicked, on_render):
        """Fill the app's window; the two callbacks must be plain functions of a module (others crash AC)."""
        self._window = window
        self.form = FULL  # index into FORMS
        self._quiet_since = None
        ac.setIconPosition(window, 0, _NO_ICON)
        ac.drawBorder(window, 0)
        ac.setBackgroundOpacity(window, _OPACITY)
        self._button = ac.addButton(window, "")
        ac.addOnClickedListener(self._button, on_button_clicked)
        self._headline = self._add_label(0, 0)
        self._lines = [self._add_label(_MARGIN, _LINES_Y + index * _LINE_HEIGHT) for index in range(_LINES)]
        self._texts = ("", "", "", "")
        self._shown = {}
        self._lay_out(FULL)
        ac.addRenderCallback(window, on_render)

    def _add_label(self, x, y):
        label = ac.addLabel(self._window, "")
        ac.setPosition(label, x, y)
        ac.setFontSize(label, _FONT_SIZE)
        return label

    def show(self, button, headline, message, line=""):
        """Put these texts into the panel; the message is wrapped to its lines.

        `line` is all that there is to say, for the small form; "" where there is more. While the panel is small
        and there is a line, nobody looks at headline and message.
        """
        texts = (button, headline, message, line)
        if texts != self._texts:
            self._texts = texts
            self._write()
        # AC resets it when the player moves the window.
        ac.setBackgroundOpacity(self._window, _OPACITY)

    def settle(self, now):
        """Take the form that suits what there is to say. To be called in a tick, before its sample is published."""
        if not self._texts[3]:
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        is_quiet = self._quiet_since is not None and now - self._quiet_since >= _QUIET_SECONDS
        form = SMALL if is_quiet else FULL
        if form != self.form:
            self._lay_out(form)

    def _lay_out(self, form):
        self.form = form
        title, button, headline, font_size = _LAYOUTS[form]
        ac.setTitle(self._window, title)
        ac.setSize(self._window, PANEL_WIDTH, FORMS[form].height)
        ac.setPosition(self._button, button[0], button[1])
        ac.setSize(self._button, button[2], button[3])
        ac.setPosition(self._headline, headline[0], headline[1])
        for control in (self._button, self._headline):
            ac.setFontSize(control, font_size)
        self._write()

    def _write(self):
        button, headline, message, line = self._texts
        if self.form == SMALL:
            headline, message = line or headline, ""
        self._set(self._button, button)
        self._set(self._headline, headline)
        for label, text in zip(self._lines, _wrapped(message)):
            self._set(label, text)

    def _set(self, control, text):
        if self._shown.get(control) != text:
            self._shown[control] = text
            ac.setText(control, text)


def describe(is_recording, status, problem, hold=HOLD_NONE):
    """(headline, message) for the panel from the recorder's status, or None before it gave one.

    `hold` says why this tick must not become a picture.
    """
    if problem:
        return "Not recording", problem
    if status is None or status.state == STARTING:
        message = status.message if status is not None else ""
        return ("Recording starts ..." if is_recording else "Starting ..."), message
    if status.state == FINISHING:
        return "Finishing take {0:02d}".format(status.take_number), status.message or _counts(status)
    if status.state in (RECORDING, WAITING):
        return _describe_take(is_recording, status, hold)
    if is_recording:
        return "Recording starts ...", status.message
    return _describe_rest(status)


def _describe_take(is_recording, status, hold):
    """What is said while a take is open."""
    if not is_recording:
        # The recorder has not seen yet that it is stopped: what it waited for does not matter any more.
        return "Finishing take {0:02d}".format(status.take_number), _counts(status)
    if status.state == WAITING:
        return "Take {0:02d} waits".format(status.take_number), status.message or _counts(status)
    if hold:
        return "Take {0:02d} waits".format(status.take_number), _HOLD_WORDS[hold]
    if status.sync == SYNC_UNPROVEN:
        return "Take {0:02d} is unproven".format(status.take_number), status.message + _share(status)
    return "Recording take {0:02d}".format(status.take_number), _counts(status) + _behind(status.message)


def _describe_rest(status):
    """What is said between two takes."""
    if not status.take_number:
        return "Ready", status.message
    if 2 * status.frames_unproven > status.frames_saved:
        return "Take {0:02d} is unproven".format(status.take_number), status.message + _share(status)
    saved = "Take {0:02d} saved: {1} pictures".format(status.take_number, status.frames_saved)
    if status.frames_unproven:
        saved += ", {0} unproven".format(status.frames_unproven)
    return "Ready", saved + (_behind(status.message) or ".")


def _share(status):
    return " {0} of {1} pictures are saved so.".format(status.frames_unproven, status.frames_saved)


def in_one_line(is_recording, status, problem, hold=HOLD_NONE):
    """All that there is to say, in one short line; "" when it takes more."""
    is_going_well = (
        is_recording
        and not problem
        and not hold
        and status is not None
        and status.state == RECORDING
        and status.sync == SYNC_STRIP
        and status.frames_unproven <= _FEW_UNPROVEN * status.frames_saved
        and not status.message
        and not 0 <= status.room_seconds < _LITTLE_ROOM_SECONDS
    )
    if not is_going_well:
        return ""
    line, cost = "{0} pictures".format(status.frames_saved), _cost(status)
    return line + ", " + cost if cost else line


def _cost(status):
    """What the recording takes from the disk, and how long it lasts; "" where that is not known yet."""
    if not 0 < status.bytes_per_second < _IMPOSSIBLE_RATE:
        return ""
    megabytes = status.bytes_per_second / 1e6
    text = ("{0:.1f} MB/s" if megabytes < 10 else "{0:.0f} MB/s").format(megabytes)
    if 0 <= status.room_seconds < _TOO_LONG_TO_TELL:
        text += ", room for " + _duration(status.room_seconds)
    return text


def _duration(seconds):
    hours = seconds / 3600
    if hours < 1:
        return "{0:.0f} min".format(seconds // 60)
    return "{0:.1f} h".format(hours) if hours < 10 else "{0:.0f} h".format(hours)


def _counts(status):
    text = "{0} pictures, {1:.0f}/s, {2} dropped".format(
        status.frames_saved, status.pictures_per_second, status.frames_dropped
    )
    if status.frames_unproven:
        text += ", {0} unproven".format(status.frames_unproven)
    if status.sync in _SYNC_WORDS:
        text += ", " + _SYNC_WORDS[status.sync]
    cost = _cost(status)
    return text + "\n" + cost if cost else text


def _behind(message):
    return "; " + message if message else ""


def _wrapped(text):
    """The text in exactly _LINES lines, broken where it is and between words, and a word longer than a line within it.

    Where it doesn't fit, the last line ends in "...".
    """
    lines = []
    for part in text.split("\n"):
        words = part.split()
        whole = " ".join(words)
        if len(whole) <= _LINE_CHARACTERS:
            lines.append(whole)
            continue
        lines.append("")
        for word in words:
            if lines[-1] and len(lines[-1]) + 1 + len(word) > _LINE_CHARACTERS:
                lines.append("")
            lines[-1] = (lines[-1] + " " + word).strip()
            while len(lines[-1]) > _LINE_CHARACTERS:
                lines[-1:] = [lines[-1][:_LINE_CHARACTERS], lines[-1][_LINE_CHARACTERS:]]
    if len(lines) > _LINES:
        lines[_LINES - 1] = lines[_LINES - 1][: _LINE_CHARACTERS - len(_CUT)] + _CUT
    return (lines + [""] * _LINES)[:_LINES]
