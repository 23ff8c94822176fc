"""Windows that other programs lay over a game on X11: see-through in fact or not, and called see-through or not."""

from __future__ import annotations

from typing import Any

import xcffib
import xcffib.composite
import xcffib.shape
import xcffib.xproto as xproto

_ARGB = 32


class Overlay:
    """An unmanaged window of pixels with an alpha.

    It hides what is below it, unless it is `seen_through`: then it is kept off the screen, as a compositor does that
    finds all of it see-through.
    """

    def __init__(
        self,
        display: str | None,
        place: tuple[int, int, int, int],
        title: str = "An overlay",
        seen_through: bool = False,
        has_alpha: bool = True,
        process_id: int = 0,
    ) -> None:
        self.x: Any = xcffib.connect(display=display)
        core, screen = self.x.core, self.x.get_setup().roots[self.x.pref_screen]
        self.window, colours = self.x.generate_id(), self.x.generate_id()
        depth, visual = (_ARGB, _argb_visual(screen)) if has_alpha else (screen.root_depth, screen.root_visual)
        core.CreateColormap(xproto.ColormapAlloc._None, colours, screen.root, visual)
        flags = xproto.CW.BackPixel | xproto.CW.BorderPixel | xproto.CW.OverrideRedirect | xproto.CW.Colormap
        kind = xproto.WindowClass.InputOutput
        values = [0xFF404040, 0, 1, colours]
        core.CreateWindow(depth, self.window, screen.root, *place, 0, kind, visual, flags, values)
        self.say(xproto.Atom.WM_NAME, title.encode())
        self.say(xproto.Atom.WM_CLASS, b"overlay\0Overlay\0")
        if process_id:
            self.number("_NET_WM_PID", process_id)
        if seen_through:
            composite = self.x(xcffib.composite.key)
            composite.QueryVersion(0, 4).reply()
            composite.RedirectWindow(self.window, xcffib.composite.Redirect.Manual)
        core.MapWindow(self.window)
        self.settle()

    def say(self, what: int, text: bytes) -> None:
        self.x.core.ChangeProperty(xproto.PropMode.Replace, self.window, what, xproto.Atom.STRING, 8, len(text), text)

    def number(self, what: str, value: int) -> None:
        atom = self.x.core.InternAtom(False, len(what), what).reply().atom
        self.x.core.ChangeProperty(xproto.PropMode.Replace, self.window, atom, xproto.Atom.CARDINAL, 32, 1, [value])
        self.settle()

    def cut_out(self, kind: Any, parts: list[tuple[int, int, int, int]]) -> None:
        """Leave only these parts of it for the eye (`SK.Bounding`) or for the mouse (`SK.Input`)."""
        rectangles = [xproto.RECTANGLE.synthetic(*part) for part in parts]
        shape = self.x(xcffib.shape.key)
        shape.Rectangles(
            xcffib.shape.SO.Set, kind, xproto.ClipOrdering.Unsorted, self.window, 0, 0, len(rectangles), rectangles
        )
        self.settle()

    def compose(self) -> None:
        """Say, as the desktop's compositor does, that opacities are heeded."""
        name = f"_NET_WM_CM_S{self.x.pref_screen}"
        atom = self.x.core.InternAtom(False, len(name), name).reply().atom
        self.x.core.SetSelectionOwner(self.window, atom, xproto.Time.CurrentTime)
        self.settle()

    def settle(self) -> None:
        """Wait until the server has done it."""
        self.x.core.GetInputFocus().reply()

    def close(self) -> None:
        self.x.core.DestroyWindow(self.window)
        self.settle()
        self.x.disconnect()


def _argb_visual(screen: Any) -> int:
    (depth,) = [depth for depth in screen.allowed_depths if depth.depth == _ARGB]
    return int(depth.visuals[0].visual_id)
