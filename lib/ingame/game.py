"""The game's functions, asked so that one that is missing, raises or gives nonsense costs no more than its answer."""

import ac as _ac

from ..link.sample import UNKNOWN

_LONGEST_TEXT = 500
_MOST = (1 << 31) - 1
_PLAYER = 0
_NAMES = {
    "car": "getCarName",
    "skin": "getCarSkin",
    "track": "getTrackName",
    "layout": "getTrackConfiguration",
    "driver": "getDriverName",
}


class _Game(object):
    """`ac` for everything that is not asked at every tick: a function that fails gives None."""

    def __getattr__(self, name):
        function = getattr(_ac, name, None)

        def ask(*arguments):
            try:
                return function(*arguments)
            except Exception:
                # Missing (None can't be called), or whatever it raises.
                return None

        setattr(self, name, ask)
        return ask


ac = _Game()


def ask_names():
    """What the game calls car, track and driver; None for what it doesn't say, cut where a name has no end."""
    names = {name: getattr(ac, function)(_PLAYER) for name, function in _NAMES.items()}
    return {name: text[:_LONGEST_TEXT] if isinstance(text, str) else None for name, text in names.items()}


def ask_number(name, *arguments):
    """The whole number that the function of this name gives; UNKNOWN where it gives none."""
    return number_or_unknown(getattr(_ac, name, None), *arguments)


def number_or_unknown(function, *arguments):
    """The whole number that one of the game's functions gives; UNKNOWN where it gives none, or is missing."""
    try:
        number = function(*arguments)
    except Exception:
        return UNKNOWN
    return number if type(number) is int and UNKNOWN <= number <= _MOST else UNKNOWN
