"""Draws the sync strips: the tick of this frame, as blocks in the panel (`..link.strip_code`)."""

import ac

from ..link.strip_code import (
    BLOCK_WIDTH,
    BLOCKS,
    DATA_BLOCKS,
    LOWER_END,
    LOWER_START,
    LOWER_STRIP_Y,
    MARK_BLOCKS,
    STRIP_HEIGHT,
    STRIP_WIDTH,
    STRIP_X,
    UPPER_END,
    UPPER_START,
    UPPER_STRIP_Y,
    encode,
)

_HALF_MARK = MARK_BLOCKS // 2 * BLOCK_WIDTH
_DATA_X = STRIP_X + MARK_BLOCKS * BLOCK_WIDTH
_END_X = STRIP_X + (BLOCKS - MARK_BLOCKS) * BLOCK_WIDTH
_TOP_BIT = 1 << (DATA_BLOCKS - 1)


def draw(tick, key):
    """Draw both strips for `tick`. Works only inside AC's render callback."""
    runs = _white_runs(encode(tick, key))
    _draw_strip(UPPER_STRIP_Y, UPPER_START, UPPER_END, runs)
    _draw_strip(LOWER_STRIP_Y, LOWER_START, LOWER_END, runs)


def _white_runs(data):
    """The (x, width) of each run of white blocks."""
    runs = []
    x = _DATA_X
    start = None
    for _ in range(DATA_BLOCKS):
        if data & _TOP_BIT:
            if start is None:
                start = x
        elif start is not None:
            runs.append((start, x - start))
            start = None
        data <<= 1
        x += BLOCK_WIDTH
    if start is not None:
        runs.append((start, x - start))
    return runs


def _draw_strip(y, start_mark, end_mark, runs):
    quad = ac.glQuad
    ac.glColor4f(0.0, 0.0, 0.0, 1.0)
    quad(STRIP_X, y, STRIP_WIDTH, STRIP_HEIGHT)
    _draw_half(STRIP_X, y, start_mark[0])
    _draw_half(STRIP_X + _HALF_MARK, y, start_mark[1])
    _draw_half(_END_X, y, end_mark[0])
    _draw_half(_END_X + _HALF_MARK, y, end_mark[1])
    ac.glColor4f(1.0, 1.0, 1.0, 1.0)
    for x, width in runs:
        quad(x, y, width, STRIP_HEIGHT)


def _draw_half(x, y, colour):
    ac.glColor4f(colour[0] / 255.0, colour[1] / 255.0, colour[2] / 255.0, 1.0)
    ac.glQuad(x, y, _HALF_MARK, STRIP_HEIGHT)
