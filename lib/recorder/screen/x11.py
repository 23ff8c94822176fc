"""Finds the game's window on an X server, with or without a window manager."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xcffib
import xcffib.shape as xshape
import xcffib.xproto as xproto

from ...captures.vocabulary import Outcome
from ...strip.rect import Rect
from .cover import Above, Cover, Hides, hiding_most
from .sight import Sight, is_on_screen

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
_OPAQUE = 0xFFFFFFFF  # of a window's opacity

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
        self._pid_atom = self._name_atom = self._opacity_atom = self._compositor_atom = 0
        self._window = 0
        self._is_ours = False  # the window belongs to the process; one with the title alone may be another's
        self._search_at = self._connect_at = self._check_at = float("-inf")
        self._sight = Sight(None, Outcome.DROPPED_NO_WINDOW)
        self._above: list[Above] = []
        self._cover_window = 0
        self._cover: Cover | None = None

    def look(
        self,
        now: float,
        thorough: bool = False,  # noqa: ARG002 - every look is, thanks to the events
        panel: Rect | None = None,
    ) -> Sight:
        """Where the window is, or what is in the way. Without a round trip as long as nothing on the screen moves."""
        if self._x is None and not self._connect(now):
            return Sight(None, Outcome.DROPPED_NO_DISPLAY)
        try:
            return self._look(now, panel)
        except xcffib.ConnectionException:
            self.close()
            return Sight(None, Outcome.DROPPED_NO_DISPLAY)
        except _X_ERRORS:
            # The window went away between two requests.
            self._window, self._is_ours = 0, False
            return Sight(None, Outcome.DROPPED_NO_WINDOW)

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
            compositor = f"_NET_WM_CM_S{connection.pref_screen}"
            names = ("_NET_WM_PID", "_NET_WM_NAME", "_NET_WM_WINDOW_OPACITY", compositor)
            atoms = [connection.core.InternAtom(False, len(name), name) for name in names]
            self._pid_atom, self._name_atom, self._opacity_atom, self._compositor_atom = (
                atom.reply().atom for atom in atoms
            )
            self._shape = connection(xshape.key)
        except _X_ERRORS:
            return False
        self._x = connection
        return True

    def _look(self, now: float, panel: Rect | None) -> Sight:
        if not self._is_ours and now >= self._search_at:
            self._search_at = now + (_SEARCH_INTERVAL if not self._window else _BETTER_INTERVAL)
            self._window, self._is_ours = self._search()
            self._check_at = float("-inf")
            if self._window:
                _tell_us(self._x, self._window, xproto.EventMask.StructureNotify)
        if not self._window:
            return Sight(None, Outcome.DROPPED_NO_WINDOW)
        # The events are here before the picture that was grabbed after them.
        if self._has_anything_moved() or now >= self._check_at:
            self._check_at = now + _CHECK_INTERVAL
            self._sight = self._check()
        if self._sight.rect is None or self._sight.problem is Outcome.DROPPED_MINIMISED:
            return self._sight
        cover = self._named(hiding_most(self._above, self._sight.rect, panel))
        return self._sight._replace(problem=Outcome.DROPPED_COVERED, cover=cover) if cover else self._sight

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
        root_asked = core.GetGeometry(self._root)
        if core.GetWindowAttributes(self._window).reply().map_state != xproto.MapState.Viewable:
            return Sight(rect, Outcome.DROPPED_MINIMISED)
        root = root_asked.reply()
        visible = rect.clipped(Rect(0, 0, root.width, root.height))
        self._above = list(self._windows_above(rect))
        return Sight(rect, None if is_on_screen(rect, visible) else Outcome.DROPPED_OFF_SCREEN, visible)

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

    def _windows_above(self, rect: Rect) -> Iterator[Above]:
        """Those that are stacked above ours, within `rect`, and may hide something of it."""
        core = self._x.core
        composed = bool(core.GetSelectionOwner(self._compositor_atom).reply().owner)
        states = [(w, core.GetWindowAttributes(w), core.GetGeometry(w)) for w in self._stacked_above()]
        for window, attributes_asked, geometry_asked in states:
            try:
                attributes, geometry = attributes_asked.reply(), geometry_asked.reply()
                if attributes.map_state != xproto.MapState.Viewable:
                    continue
                if attributes._class != xproto.WindowClass.InputOutput:
                    continue
                border = 2 * geometry.border_width
                frame = Rect(geometry.x, geometry.y, geometry.width + border, geometry.height + border)
                if not rect.overlap(frame):
                    continue
                has_alpha = geometry.depth == _ARGB_DEPTH
                hides = self._hides(window, has_alpha, bool(attributes.override_redirect), composed)
                area = sum(rect.overlap(part) for part in self._parts(window, frame, geometry.border_width))
            except xcffib.Error:
                continue  # it was closed meanwhile
            if hides is not None and area:
                yield Above(window, frame, area, hides)

    def _hides(self, window: int, has_alpha: bool, is_unmanaged: bool, composed: bool) -> Hides | None:
        """What can be known of whether things below the window can be seen; None: it hides nothing."""
        opacity_asked = self._x.core.GetProperty(False, window, self._opacity_atom, xproto.Atom.CARDINAL, 0, 1)
        clicks_asked = self._shape.GetRectangles(window, xshape.SK.Input)
        opacity, lets_clicks_through = opacity_asked.reply(), not clicks_asked.reply().rectangles_len
        # Without a compositor nobody heeds it.
        seen = opacity.value.to_atoms()[0] if composed and opacity.format == 32 and opacity.value_len else _OPAQUE
        if seen == 0 or (has_alpha and lets_clicks_through):
            return None
        is_overlay = (has_alpha and is_unmanaged) or seen < _OPAQUE // 2
        return Hides.PERHAPS if is_overlay else Hides.ALL

    def _parts(self, window: int, frame: Rect, border: int) -> Iterator[Rect]:
        """The window, which may be cut out to any shape, in rectangles on the desktop."""
        for part in self._shape.GetRectangles(window, xshape.SK.Bounding).reply().rectangles:
            yield Rect(frame.left + border + part.x, frame.top + border + part.y, part.width, part.height)

    def _named(self, above: Above | None) -> Cover | None:
        """What covers the game. Its name is asked for once."""
        if above is None:
            self._cover_window, self._cover = 0, None
        elif above.window != self._cover_window:
            self._cover_window, self._cover = above.window, self._cover_of(above)
        return self._cover

    def _cover_of(self, above: Above) -> Cover:
        # A window manager puts frames without a name around windows.
        inside = self._x.core.QueryTree(above.window).reply().children
        for window in (above.window, *inside):
            title, kind, program = self._names(window)
            if title or kind:
                break
        return Cover(title, kind, program, above.hides is Hides.PERHAPS)

    def _names(self, window: int) -> tuple[str, str, str]:
        """Title, class and program of a window, "" for each that it doesn't tell."""
        core, of_any = self._x.core, xproto.GetPropertyType.Any
        name, old_name, kind, process = (
            core.GetProperty(False, window, what, of_any, 0, 64)
            for what in (self._name_atom, xproto.Atom.WM_NAME, xproto.Atom.WM_CLASS, self._pid_atom)
        )
        title = _text(name.reply()) or _text(old_name.reply())
        kinds = [part for part in _text(kind.reply()).split("\0") if part]
        number = process.reply()
        has_number = number.format == 32 and number.value_len == 1
        return title, kinds[-1] if kinds else "", _program(number.value.to_atoms()[0]) if has_number else ""

    def _stacked_above(self) -> list[int]:
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


def _program(process: int) -> str:
    """The name of a process, or else its id: it may be of another machine or container."""
    try:
        return Path(f"/proc/{process}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return f"process {process}"
