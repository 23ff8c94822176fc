"""The settings: `settings_defaults.ini` with the user's `settings.ini` laid over it.

The defaults file is written in the grammar of Content Manager, `KEY = value ; Name (tooltip); type`, and is the
only place that says which keys there are, their defaults, and what is allowed.
"""

import configparser
import locale
import os
import re

DEFAULTS_FILE = "settings_defaults.ini"
USER_FILE = "settings.ini"

_RANGE = re.compile(r"^from (-?\d+) to (-?\d+)(?:, round)?$")
_SWITCH = "1 or 0"
_PICKER = re.compile(r"^(?:local |global )?(?:file|folder)$")
# As Windows writes it; `$NAME`, which os.path.expandvars expands too, is a folder's name there.
_VARIABLE = re.compile(r"%([A-Za-z_][A-Za-z0-9_()]*)%")
_QUOTES = ('"', "'")
# Stands for letters that could not be read.
_UNREADABLE = "\ufffd"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# "ANSI" in Windows' words: the system's code page.
_CODE_PAGE = "mbcs" if os.name == "nt" else None
# What is told about the settings has to fit the link, and a path the system.
_LONGEST_TEXT = 1000
_MOST_SHOWN = 60
_MOST_PROBLEMS = 20


class Setting(object):
    """One key: its default, and what may stand there."""

    def __init__(self, default, kind):
        self._range = _RANGE.match(kind)
        self._choices = None
        if kind == _SWITCH:
            self._choices = ["0", "1"]
        elif " is " in kind:
            self._choices = [part.rpartition(" is ")[2].strip() for part in kind.split(",")]
        self._is_path = bool(_PICKER.match(kind))
        self._is_number = bool(self._range) or self._are_numbers(self._choices)
        self.default = self.parse(default)

    @staticmethod
    def _are_numbers(choices):
        return choices is not None and all(choice.isdigit() for choice in choices)

    def parse(self, text):
        """The value that `text` means, an int or a str. Raise ValueError when it isn't allowed."""
        if self._range:
            value = int(text)
            if not int(self._range.group(1)) <= value <= int(self._range.group(2)):
                raise ValueError(text)
            return value
        if self._choices is not None and text not in self._choices:
            raise ValueError(text)
        if len(text) > _LONGEST_TEXT:
            raise ValueError(text)
        if self._is_path:
            return _path(text)
        return int(text) if self._is_number else text

    def allowed(self):
        if self._range:
            return "a whole number from {0} to {1}".format(self._range.group(1), self._range.group(2))
        if self._choices is not None:
            return "one of " + ", ".join(self._choices)
        if self._is_path:
            return "a whole path, its variables set"
        return "at most {0} characters".format(_LONGEST_TEXT)


def _path(text):
    """The whole path that `text` means; "" stands for none. Raise ValueError where it could mean another one, too."""
    for quote in _QUOTES:
        if len(text) > 1 and text.startswith(quote) and text.endswith(quote):
            text = text[1:-1].strip()
    text = _VARIABLE.sub(_value_of_variable, text)
    if (text and not _is_whole(text)) or _UNREADABLE in text or '"' in text or any(letter < " " for letter in text):
        raise ValueError(text)
    return text


def _value_of_variable(found):
    value = os.environ.get(found.group(1), "")
    if not value:
        raise ValueError(found.group())
    return value


def _is_whole(path):
    """Whether it says the same folder wherever it is read."""
    drive, rest = os.path.splitdrive(path)
    if os.name != "nt":
        return os.path.isabs(path)
    return bool(drive) and (os.path.isabs(rest) or not drive.endswith(":"))


def read_schema(folder):
    """Every `Setting` by "SECTION.KEY", as the defaults file in `folder` says. Raise OSError, ValueError."""
    parser = _parser(None)
    with open(os.path.join(folder, DEFAULTS_FILE), encoding="utf-8-sig") as file:
        parser.read_file(file)
    schema = {}
    for section in parser.sections():
        for key, text in parser.items(section):
            value, _, rest = text.partition(";")
            schema[section + "." + key] = Setting(value.strip(), rest.rpartition(";")[2].strip())
    return schema


def read_settings(folder):
    """({"SECTION.KEY": value}, [a line for each thing in the user's file that is not used])."""
    schema = read_schema(folder)
    settings = {name: setting.default for name, setting in schema.items()}
    problems = []
    for name, text in _read_user_file(os.path.join(folder, USER_FILE), problems):
        if name not in schema:
            problems.append("settings.ini: {0} is no setting of SyncLogger and is ignored".format(_shown(name)))
            continue
        try:
            settings[name] = schema[name].parse(text)
        except ValueError:
            problems.append(
                "settings.ini: {0} is {1} but must be {2}; {3} is used".format(
                    name, _shown(text), schema[name].allowed(), _shown_default(schema[name].default)
                )
            )
    return settings, problems[:_MOST_PROBLEMS]


def _shown(text):
    """What the user wrote, in ASCII and not endless."""
    return ascii(text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "...").replace("\\\\", "\\")


def _shown_default(default):
    return "the default" if default == "" else default


def _read_user_file(path, problems):
    if not os.path.exists(path):
        return []
    if not os.path.isfile(path):  # to open a pipe would wait for whoever writes into it
        problems.append("settings.ini is no file; the defaults are used")
        return []
    parser = _parser((";",))
    try:
        with open(path, "rb") as file:
            parser.read_string(_decoded(file.read()))
    except (OSError, configparser.Error) as error:
        problems.append("settings.ini can't be read ({0}); the defaults are used".format(_why_unread(error)))
        return []
    return [(section + "." + key, text.strip()) for section in parser.sections() for key, text in parser.items(section)]


def _why_unread(error):
    """In ASCII: what is wrong with the user's file, and in which line."""
    if isinstance(error, configparser.MissingSectionHeaderError):
        return "line {0} stands before the first [SECTION]".format(error.lineno)
    if isinstance(error, configparser.ParsingError):
        return "line {0} is no KEY = VALUE".format(error.errors[0][0])
    return ascii(getattr(error, "strerror", None) or type(error).__name__)


def _decoded(content):
    """The text of a file from any of the editors that Windows has had. What can't be read is marked in it."""
    if content.startswith(_UTF16_MARKS):
        return content.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", _CODE_PAGE or locale.getpreferredencoding(False)):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8-sig", "replace")


def _parser(inline_comment_prefixes):
    parser = configparser.RawConfigParser(
        delimiters=("=",),
        comment_prefixes=(";", "#"),
        inline_comment_prefixes=inline_comment_prefixes,
        strict=False,
        interpolation=None,
    )
    parser.optionxform = str
    # A comment behind a section's name is that section's title in Content Manager.
    parser.SECTCRE = re.compile(r"^\[(?P<header>[\w -]+)\]\s*(;.*)?$")
    return parser
