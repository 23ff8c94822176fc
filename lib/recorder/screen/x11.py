"""Finds the game's window on an X server, with or without a window manager."""

import struct
from collections.abc import Iterator
from typing import Any

import xcffib
import xcffib.xproto as xproto

from .geometry import Rect
from .window import COVERED_SHARE, Sight

# The server tells of everything that moves. Seconds between two checks that nothing escaped us all the same,
# between two searches for the window, between two connections.
_CHECK_INTERVAL = 0.5
_SEARCH_INTERVAL = 0.5
_CONNECT_INTERVAL = 1.0
# ... and between two searches for a better one, while it was found by its title alone.
_BETTER_INTERVAL = 2.0
# A desktop has some hundred windows; a tree larger than this is not worth walking.
_MOST_WINDOWS = 5000
_SMALLEST_SIDE = 64
_ARGB_DEPTH = 32

# Untyped in a package that says it is typed.
_open_connection: Any = xcffib.connect

_X_ERRORS = (xcffib.XcffibException, struct.error)


class X11WindowFinder:
    """Looks for the window of a process (`_NET_WM_PID`), or else for one with the title."""

    def __init__(self, process_id: int, title: str) -> None:
        self._process_id = process_id
        self._title = title
        self._x: Any = None  # a connection; the types of xcffib end there
        self._root = 0
        self._pid_atom = self._name_atom = 0
        self._window = 0
        self._is_ours = False  # the window belongs to the process; one with the title alone may be another's
        self._search_at = self._connect_at = self._check_at = float("-inf")
        self._sight = Sight(None, "no_window")

    def look(self, now: float, thorough: bool = False) -> Sight:  # noqa: ARG002 - every look is, thanks to the events
        """Where the window is, or what is in the way. Without a round trip as long as nothing on the screen moves."""
        if self._x is None and not self._connect(now):
            return Sight(None, "no_display")
        try:
            return self._look(now)
        except xcffib.ConnectionException:
            self.close()
            return Sight(None, "no_display")
        except _X_ERRORS:
            # The window went away between two requests.
            self._window, self._is_ours = 0, False
            return Sight(None, "no_window")

    def close(self) -> None:
        """Close the connection. The next look opens another one."""
        connection, self._x = self._x, None
        self._window, self._is_ours = 0, False
        if connection is None:
            return
        try:
            connection.disconnect()
        except _X_ERRORS:
            # The server is gone, and the connection with it.
            return

    def _connect(self, now: float) -> bool:
        if now < self._connect_at:
            return False
        self._connect_at = now + _CONNECT_INTERVAL
        self._search_at = self._check_at = float("-inf")
        try:
            connection = _open_connection()
            setup = connection.get_setup()
            self._root = setup.roots[connection.pref_screen].root
            _tell_us(connection, self._root, xproto.EventMask.SubstructureNotify | xproto.EventMask.StructureNotify)
            atoms = [connection.core.InternAtom(False, len(n), n) for n in ("_NET_WM_PID", "_NET_WM_NAME")]
            self._pid_atom, self._name_atom = (atom.reply().atom for atom in atoms)
        except _X_ERRORS:
            return False
        self._x = connection
        return True

    def _look(self, now: float) -> Sight:
        if not self._is_ours and now >= self._search_at:
            self._search_at = now + (_SEARCH_INTERVAL if not self._window else _BETTER_INTERVAL)
            self._window, self._is_ours = self._search()
            self._check_at = float("-inf")
            if self._window:
                _tell_us(self._x, self._window, xproto.EventMask.StructureNotify)
        if not self._window:
            return Sight(None, "no_window")
        # The events are here before the picture that was grabbed after them.
        if self._has_anything_moved() or now >= self._check_at:
            self._check_at = now + _CHECK_INTERVAL
            self._sight = self._check()
        return self._sight

    def _has_anything_moved(self) -> bool:
        has_moved = False
        while self._x.poll_for_event() is not None:
            has_moved = True
        return has_moved

    def _check(self) -> Sight:
        core = self._x.core
        geometry_asked = core.GetGeometry(self._window)
        origin_asked = core.TranslateCoordinates(self._window, self._root, 0, 0)
        geometry, origin = geometry_asked.reply(), origin_asked.reply()
        rect = Rect(origin.dst_x, origin.dst_y, geometry.width, geometry.height)
        problem = self._whats_in_the_way(rect)
        return Sight(None, problem) if problem else Sight(rect, "")

    def _search(self) -> tuple[int, bool]:
        """The window, 0 when there is none, and whether it is the process's own. What is shown goes first."""
        best, best_rank = 0, (False, False, False, 0)
        for level in self._levels():
            for window, is_ours, has_title in self._whose(level):
                try:
                    rank = self._rank(window, is_ours, has_title)
                except xcffib.Error:
                    continue  # it was closed while we walked
                if rank is not None and rank > best_rank:
                    best, best_rank = window, rank
        return best, best_rank[0]

    def _levels(self) -> Iterator[list[int]]:
        """All windows, level by level from the top, with one round trip for each level."""
        level, seen = [self._root], 0
        while level and seen < _MOST_WINDOWS:
            asked = [self._x.core.QueryTree(window) for window in level]
            level = []
            for tree in asked:
                try:
                    level.extend(tree.reply().children)
                except xcffib.Error:
                    continue  # it was closed while we walked
            seen += len(level)
            yield level

    def _whose(self, windows: list[int]) -> Iterator[tuple[int, bool, bool]]:
        """Those that belong to the process or have the title, and which of both."""
        core = self._x.core
        asked = [
            (
                window,
                core.GetProperty(False, window, self._pid_atom, xproto.Atom.CARDINAL, 0, 1),
                core.GetProperty(False, window, self._name_atom, xproto.GetPropertyType.Any, 0, 64),
                core.GetProperty(False, window, xproto.Atom.WM_NAME, xproto.GetPropertyType.Any, 0, 64),
            )
            for window in windows
        ]
        for window, *properties in asked:
            try:
                process, name, old_name = (request.reply() for request in properties)
            except xcffib.Error:
                continue  # it was closed while we walked
            is_ours = process.format == 32 and process.value_len == 1
            is_ours = is_ours and process.value.to_atoms()[0] == self._process_id
            has_title = self._title in (_text(name), _text(old_name))
            if is_ours or has_title:
                yield window, is_ours, has_title

    def _rank(self, window: int, is_ours: bool, has_title: bool) -> tuple[bool, bool, bool, int] | None:
        """How likely this is the game's window; None when it isn't."""
        geometry = self._x.core.GetGeometry(window)
        attributes = self._x.core.GetWindowAttributes(window)
        size, shown = geometry.reply(), attributes.reply().map_state == xproto.MapState.Viewable
        if min(size.width, size.height) < _SMALLEST_SIDE:
            return None
        return is_ours, has_title, shown, size.width * size.height

    def _whats_in_the_way(self, rect: Rect) -> str:
        """The problem with the window's state and with the windows above it; "" when there is none."""
        core = self._x.core
        root_asked = core.GetGeometry(self._root)
        if core.GetWindowAttributes(self._window).reply().map_state != xproto.MapState.Viewable:
            return "minimised"
        root = root_asked.reply()
        above = self._windows_above()
        states = [(core.GetWindowAttributes(window), core.GetGeometry(window)) for window in above]
        covered = 0
        for attributes_asked, geometry_asked in states:
            try:
                attributes, geometry = attributes_asked.reply(), geometry_asked.reply()
            except xcffib.Error:
                continue  # it was closed meanwhile
            if attributes.map_state != xproto.MapState.Viewable or attributes._class != xproto.WindowClass.InputOutput:
                continue
            if geometry.depth == _ARGB_DEPTH and attributes.override_redirect:
                continue  # a see-through overlay of the desktop or of a voice chat
            border = 2 * geometry.border_width
            covered += rect.overlap(Rect(geometry.x, geometry.y, geometry.width + border, geometry.height + border))
        if covered > COVERED_SHARE * rect.width * rect.height:
            return "covered"
        return "" if rect.lies_inside(Rect(0, 0, root.width, root.height)) else "off_screen"

    def _windows_above(self) -> list[int]:
        """The root's children that are stacked above the one our window is in."""
        top, parent = self._window, 0
        while True:
            parent = self._x.core.QueryTree(top).reply().parent
            if parent in (self._root, 0):
                break
            top = parent
        children = list(self._x.core.QueryTree(self._root).reply().children)
        return children[children.index(top) + 1 :] if top in children else []


def _tell_us(connection: Any, window: int, events: int) -> None:
    connection.core.ChangeWindowAttributes(window, xproto.CW.EventMask, [events])


def _text(reply: Any) -> str:
    return reply.value.to_string().strip() if reply.format == 8 and reply.value_len else ""
