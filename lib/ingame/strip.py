"""Draws the sync strips: the tick of this frame, as blocks in the panel (`..link.strip_code`).

Both show the same data, so one tick is worked out once for both. What a byte of data looks like is prepared for each
form of the panel: one quad for each of its runs of white, in either strip. Some frames are worked out at once: what is
done between two frames finds nothing of ours in the processor's caches, and doing it again at once costs next to
nothing. What is left to do in the frame is to hand the quads over.
"""

import ac

from ..link.strip_code import (
    BLOCK_WIDTH,
    BLOCKS,
    DATA_BLOCKS,
    FORMS,
    LOWER_END,
    LOWER_START,
    MARK_BLOCKS,
    STRIP_HEIGHT,
    STRIP_WIDTH,
    STRIP_X,
    UPPER_END,
    UPPER_START,
    encode,
)

_BYTES = DATA_BLOCKS // 8
_HALF_MARK = MARK_BLOCKS // 2 * BLOCK_WIDTH
_DATA_X = STRIP_X + MARK_BLOCKS * BLOCK_WIDTH
_END_X = STRIP_X + (BLOCKS - MARK_BLOCKS) * BLOCK_WIDTH
_BLACK, _WHITE = (0.0, 0.0, 0.0, 1.0), (1.0, 1.0, 1.0, 1.0)
# By form: of each strip its y, start mark and end mark.
STRIPS = tuple(
    ((form.upper_strip_y, UPPER_START, UPPER_END), (form.lower_strip_y, LOWER_START, LOWER_END)) for form in FORMS
)
# The bytes that are others in each frame: the tick's last and the three of the check value. Those before it seldom are.
_QUICK_BYTES = 4

# So many frames are worked out at once.
_AHEAD = 8


class StripDrawer(object):
    """Draws the strips of one session, whose strip key is `key`."""

    def __init__(self, key, strips=STRIPS):
        self._key, self._strips = key, strips
        self._quad, self._colour = getattr(ac, "glQuad", None), getattr(ac, "glColor4f", None)
        # By form, and of each quick byte what each of its values looks like.
        self._frames = [_frame(of_form) for of_form in strips]
        self._prepared = [_prepared(of_form) for of_form in strips]
        self._head, self._head_quads = None, ()  # the bytes before, which tell the form too, and what they look like
        # Of the next frames in that form, from that tick on: (colour, quads) by (colour, quads).
        self._ahead, self._form, self._first_tick = [], None, 0

    def draw(self, tick, form):
        """Draw the strips for `tick` into a panel of that form. Works only inside AC's render callback."""
        at = tick - self._first_tick
        if form != self._form or not 0 <= at < _AHEAD:
            self._work_out(tick, form)
            at = 0
        draw_quad, choose_colour = self._quad, self._colour
        for colour, quads in self._ahead[at]:
            choose_colour(*colour)
            for quad in quads:
                draw_quad(*quad)

    def _work_out(self, tick, form):
        """What the frames from this tick on look like."""
        frame = self._frames[form]
        self._ahead = [frame + ((_WHITE, self._data_quads(tick + later, form)),) for later in range(_AHEAD)]
        self._form, self._first_tick = form, tick

    def _data_quads(self, tick, form):
        data = encode(tick, self._key, form)
        head = data >> 8 * _QUICK_BYTES
        if head != self._head:
            self._head, self._head_quads = head, _head_quads(self._strips[form], head)
        one, two, three, four = self._prepared[form]
        quick = one[data >> 24 & 0xFF] + two[data >> 16 & 0xFF] + three[data >> 8 & 0xFF] + four[data & 0xFF]
        return self._head_quads + quick


def _prepared(strips):
    quick = range(_BYTES - _QUICK_BYTES, _BYTES)
    return [[_white_quads(strips, index, value) for value in range(256)] for index in quick]


def _head_quads(strips, head):
    quads = ()
    for index in range(_BYTES - _QUICK_BYTES):
        quads += _white_quads(strips, index, head >> 8 * (_BYTES - _QUICK_BYTES - 1 - index) & 0xFF)
    return quads


def _frame(strips):
    """What is the same in every frame, black and the marks: the quads, by colour."""
    quads = {}
    for y, start, end in strips:
        for x, (first, second) in ((STRIP_X, start), (_END_X, end)):
            quads.setdefault(first, []).append((x, y, _HALF_MARK, STRIP_HEIGHT))
            quads.setdefault(second, []).append((x + _HALF_MARK, y, _HALF_MARK, STRIP_HEIGHT))
    black = [(STRIP_X, y, STRIP_WIDTH, STRIP_HEIGHT) for y, _, _ in strips]
    coloured = [(tuple(part / 255.0 for part in shade) + (1.0,), quads[shade]) for shade in sorted(quads)]
    return ((_BLACK, black),) + tuple(coloured)


def _white_quads(strips, index, byte):
    """The quads of the white runs of a data byte, the `index`th from the left, in each strip."""
    quads = ()
    start = None
    for bit in range(9):
        is_white = bit < 8 and byte >> (7 - bit) & 1
        if is_white and start is None:
            start = bit
        elif not is_white and start is not None:
            x = _DATA_X + (8 * index + start) * BLOCK_WIDTH
            quads += tuple((x, y, (bit - start) * BLOCK_WIDTH, STRIP_HEIGHT) for y, _, _ in strips)
            start = None
    return quads
