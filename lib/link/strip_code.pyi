"""Types of strip_code.py for those who check them; the game never reads this."""

from typing import Final, NamedTuple

_Colour = tuple[int, int, int]

PANEL_WIDTH: Final[int]
PANEL_HEIGHT: Final[int]
FORM_BITS: Final[int]
TICK_BITS: Final[int]
CHECK_BITS: Final[int]
DATA_BLOCKS: Final[int]
MARK_BLOCKS: Final[int]
BLOCKS: Final[int]
BLOCK_WIDTH: Final[int]
STRIP_HEIGHT: Final[int]
STRIP_WIDTH: Final[int]
STRIP_X: Final[int]
FULL: Final[int]
SMALL: Final[int]

class Form(NamedTuple):
    height: int
    upper_strip_y: int
    lower_strip_y: int

FORMS: Final[tuple[Form, ...]]
UPPER_STRIP_Y: Final[int]
LOWER_STRIP_Y: Final[int]
MAGENTA: Final[_Colour]
CYAN: Final[_Colour]
YELLOW: Final[_Colour]
UPPER_START: Final[tuple[_Colour, _Colour]]
UPPER_END: Final[tuple[_Colour, _Colour]]
LOWER_START: Final[tuple[_Colour, _Colour]]
LOWER_END: Final[tuple[_Colour, _Colour]]

def encode(tick: int, key: int, form: int = ...) -> int: ...
def decode(data: int, key: int) -> int | None: ...
def form_of(data: int) -> int: ...
