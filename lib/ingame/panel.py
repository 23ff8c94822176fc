"""The app's window in the game: a button and a few lines of status between the two sync strips."""

import ac

from ..link.mapped_file import FINISHING, RECORDING, STARTING, SYNC_CLOCK, SYNC_STRIP, WAITING
from ..link.sample import HOLD_NONE
from ..link.strip_code import PANEL_HEIGHT, PANEL_WIDTH

_MARGIN = 10
_BUTTON_Y, _BUTTON_WIDTH, _BUTTON_HEIGHT = 42, 120, 24
_LINES_Y, _LINE_HEIGHT, _LINES, _FONT_SIZE = 70, 16, 3, 13
# At this font size so many characters surely fit into a line of the panel.
_LINE_CHARACTERS = 52
_CUT = "..."
_OPACITY = 0.7

_SYNC_WORDS = {SYNC_STRIP: "sync by strip", SYNC_CLOCK: "sync by clock"}
# By the sample's `hold`.
_HOLD_WORDS = (
    "",
    "The game is paused. Recording goes on with it.",
    "A replay is shown. Recording goes on after it.",
    "The car is in its pit box. Recording goes on outside.",
    "The game gives no telemetry. Recording goes on when it does.",
)


class Panel(object):
    """Shows what `describe` says. Sets a text only when it changed."""

    def __init__(self, window, on_button_clicked, on_render):
        """Fill the app's window; the two callbacks must be plain functions of a module (others crash AC)."""
        self._window = window
        ac.setTitle(window, "SyncLogger")
        ac.setSize(window, PANEL_WIDTH, PANEL_HEIGHT)
        ac.setBackgroundOpacity(window, _OPACITY)
        self._button = ac.addButton(window, "")
        ac.setPosition(self._button, _MARGIN, _BUTTON_Y)
        ac.setSize(self._button, _BUTTON_WIDTH, _BUTTON_HEIGHT)
        ac.addOnClickedListener(self._button, on_button_clicked)
        self._headline = self._add_label(_MARGIN * 2 + _BUTTON_WIDTH, _BUTTON_Y + 4)
        self._lines = [self._add_label(_MARGIN, _LINES_Y + index * _LINE_HEIGHT) for index in range(_LINES)]
        self._shown = {}
        ac.addRenderCallback(window, on_render)

    def _add_label(self, x, y):
        label = ac.addLabel(self._window, "")
        ac.setPosition(label, x, y)
        ac.setFontSize(label, _FONT_SIZE)
        return label

    def show(self, button, headline, message):
        """Put these three texts into the panel; the message is wrapped to its lines."""
        self._set(self._button, button)
        self._set(self._headline, headline)
        for label, line in zip(self._lines, _wrapped(message)):
            self._set(label, line)
        # AC resets it when the player moves the window.
        ac.setBackgroundOpacity(self._window, _OPACITY)

    def _set(self, control, text):
        if self._shown.get(control) != text:
            self._shown[control] = text
            ac.setText(control, text)

    def position(self):
        """(x, y) of the window in interface units, (0, 0) where the game doesn't say."""
        position = ac.getPosition(self._window)
        return position if isinstance(position, tuple) and len(position) == 2 else (0.0, 0.0)


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
    if status.state in (RECORDING, WAITING) and not is_recording:
        # The recorder has not seen yet that it is stopped: what it waited for does not matter any more.
        return "Finishing take {0:02d}".format(status.take_number), _counts(status)
    if status.state == WAITING:
        return "Take {0:02d} waits".format(status.take_number), status.message or _counts(status)
    if status.state == RECORDING and is_recording and hold:
        return "Take {0:02d} waits".format(status.take_number), _HOLD_WORDS[hold]
    if status.state == RECORDING and is_recording:
        return "Recording take {0:02d}".format(status.take_number), _counts(status) + _behind(status.message)
    if is_recording:
        return "Recording starts ...", status.message
    if status.take_number:
        saved = "Take {0:02d} saved: {1} pictures".format(status.take_number, status.frames_saved)
        return "Ready", saved + (_behind(status.message) or ".")
    return "Ready", status.message


def _counts(status):
    text = "{0} pictures, {1:.0f}/s, {2} dropped".format(
        status.frames_saved, status.pictures_per_second, status.frames_dropped
    )
    if status.sync in _SYNC_WORDS:
        text += ", " + _SYNC_WORDS[status.sync]
    return text


def _behind(message):
    return "; " + message if message else ""


def _wrapped(text):
    """The text in exactly _LINES lines, broken between words, and a word longer than a line within it.

    Where it doesn't fit, the last line ends in "...".
    """
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _LINE_CHARACTERS:
            lines.append("")
        lines[-1] = (lines[-1] + " " + word).strip()
        while len(lines[-1]) > _LINE_CHARACTERS:
            lines[-1:] = [lines[-1][:_LINE_CHARACTERS], lines[-1][_LINE_CHARACTERS:]]
    if len(lines) > _LINES:
        lines[_LINES - 1] = lines[_LINES - 1][: _LINE_CHARACTERS - len(_CUT)] + _CUT
    return (lines + [""] * _LINES)[:_LINES]
