"""Brings a frame to the screen as the game's reach it: as a whole."""

from __future__ import annotations

import sys

import pygame

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _user, _gdi = ctypes.WinDLL("user32"), ctypes.WinDLL("gdi32")
    _user.GetDC.restype = wintypes.HDC
    _user.ReleaseDC.argtypes = (wintypes.HWND, wintypes.HDC)
    _gdi.GetPixel.argtypes = (wintypes.HDC, ctypes.c_int, ctypes.c_int)

    def present() -> None:
        """Show what was drawn into the window, and come back when all of it is there.

        Wine hands the window's memory to the X server when messages are looked for, and does not wait: the server may
        read it while the next frame is drawn there, and show parts of both. A pixel of the screen comes only after
        that.
        """
        pygame.display.flip()
        pygame.event.pump()
        screen = _user.GetDC(None)
        _gdi.GetPixel(screen, 0, 0)
        _user.ReleaseDC(None, screen)

else:

    def present() -> None:
        """Show what was drawn into the window, and come back when all of it is there. SDL waits for the X server."""
        pygame.display.flip()
