"""Draws the driver's view and the apps' windows."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pygame

from . import witness
from .ac_api import AcApi, Control, Window
from .track import Drive

_STEP = 5.0  # metres between two cross-sections of the road
_SECTIONS = 44
_EYE_HEIGHT = 1.15
_ICON = 22  # interface units
_ROAD_HALF = 5.5
_SKY_TOP, _SKY_BOTTOM = (70, 120, 190), (190, 210, 225)
_GRASS = ((58, 110, 48), (66, 121, 54))
_ROAD = ((86, 86, 90), (92, 92, 96))
_KERBS = ((190, 40, 40), (225, 225, 225))


class View:
    """Draws frames of one size."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = width, height = size
        self._horizon = int(height * 0.46)
        self._sky = self._make_sky(width * 2)
        self._fonts: dict[int, pygame.font.Font] = {}
        self._texts: dict[tuple[str, int, tuple[int, int, int]], pygame.Surface] = {}
        self._kept: list[tuple[pygame.Surface, tuple[int, int]]] = []  # the apps' windows as last drawn, and where

    def _make_sky(self, width: int) -> pygame.Surface:
        sky = pygame.Surface((width, self._horizon))
        for y in range(self._horizon):
            share = y / self._horizon
            colour = [round(a + (b - a) * share) for a, b in zip(_SKY_TOP, _SKY_BOTTOM, strict=True)]
            sky.fill(colour, (0, y, width, 1))
        chance = random.Random(7)
        height = self._horizon
        for layer, colour in enumerate(((120, 140, 150), (84, 112, 92))):
            hills = [(0, height)]
            for index in range(41):
                rise = height * (0.22 - 0.09 * layer) * (0.4 + 0.6 * chance.random())
                hills.append((index * width / 40, height - rise if index < 40 else hills[1][1]))
            pygame.draw.polygon(sky, colour, [*hills, (width, height)])
        return sky.convert()

    def draw_scene(self, surface: pygame.Surface, drive: Drive, tick: int) -> None:
        """The road from the driver's eyes, and the witness of this tick."""
        self._draw_sky(surface, drive)
        self._draw_road(surface, drive)
        self._draw_cockpit(surface, drive)
        witness.draw(surface, tick)

    def _draw_sky(self, surface: pygame.Surface, drive: Drive) -> None:
        width, height = self._size
        turn = drive.track.at(drive.car.distance).heading / (2 * math.pi)
        shift = int(turn * 2 * width) % (2 * width)
        surface.blit(self._sky, (-shift, 0))
        if shift > width:
            surface.blit(self._sky, (2 * width - shift, 0))
        surface.fill(_GRASS[0], (0, self._horizon, width, height - self._horizon))

    def _draw_road(self, surface: pygame.Surface, drive: Drive) -> None:
        sections = self._project(drive)
        for (number, near), (_, far) in reversed(list(pairwise(sections))):
            self._draw_section(surface, number, near, far)

    def _project(self, drive: Drive) -> list[tuple[int, tuple[float, float, float]]]:
        """(number, (x, y, pixels per metre)) of each cross-section ahead."""
        width = self._size[0]
        focal = width * 0.62
        start = drive.car.distance
        first = int(start // _STEP)
        sections = []
        lateral, direction = -drive.car.lateral_offset, 0.0
        for index in range(_SECTIONS):
            distance = max((first + index) * _STEP - start + 2.2, 1.4)
            scale = focal / distance
            sections.append((first + index, (width / 2 + lateral * scale, self._horizon + _EYE_HEIGHT * scale, scale)))
            direction += drive.track.at(start + index * _STEP).curvature * _STEP
            lateral += direction * _STEP
        return sections

    def _draw_section(
        self,
        surface: pygame.Surface,
        number: int,
        near: tuple[float, float, float],
        far: tuple[float, float, float],
    ) -> None:
        width = self._size[0]
        band = number // 3 % 2
        top, bottom = int(far[1]), int(near[1]) + 1
        surface.fill(_GRASS[band], (0, top, width, max(1, bottom - top)))
        self._quad(surface, _KERBS[number % 2], near, far, -_ROAD_HALF - 0.9, _ROAD_HALF + 0.9)
        self._quad(surface, _ROAD[band], near, far, -_ROAD_HALF, _ROAD_HALF)
        if number % 3 == 0:
            self._quad(surface, (230, 230, 230), near, far, -0.09, 0.09)
        if number % 6 == 0:
            for side in (-1, 1):
                self._draw_tree(surface, near, side * (13 + number * 7 % 11))

    @staticmethod
    def _quad(
        surface: pygame.Surface,
        colour: tuple[int, int, int],
        near: tuple[float, float, float],
        far: tuple[float, float, float],
        left: float,
        right: float,
    ) -> None:
        corners = [
            (near[0] + left * near[2], near[1]),
            (near[0] + right * near[2], near[1]),
            (far[0] + right * far[2], far[1]),
            (far[0] + left * far[2], far[1]),
        ]
        pygame.draw.polygon(surface, colour, corners)

    @staticmethod
    def _draw_tree(surface: pygame.Surface, foot: tuple[float, float, float], offset: float) -> None:
        x, y, scale = foot[0] + offset * foot[2], foot[1], foot[2]
        if scale > 220:
            return
        surface.fill((70, 50, 36), (x - 0.15 * scale, y - 1.5 * scale, max(1, 0.3 * scale), 1.5 * scale))
        pygame.draw.circle(surface, (34, 84, 40), (x, y - 3.0 * scale), 1.9 * scale)
        pygame.draw.circle(surface, (46, 100, 50), (x - 0.5 * scale, y - 3.4 * scale), 1.2 * scale)

    def _draw_cockpit(self, surface: pygame.Surface, drive: Drive) -> None:
        width, height = self._size
        top = height * 0.86
        dash = [(0, height), (0, top + height * 0.06), (width * 0.2, top), (width * 0.8, top)]
        pygame.draw.polygon(surface, (26, 26, 30), [*dash, (width, top + height * 0.06), (width, height)])
        centre, radius = (width * 0.36, height * 1.0), height * 0.2
        pygame.draw.circle(surface, (14, 14, 16), centre, radius, max(4, height // 40))
        angle = math.radians(drive.steering_wheel_degrees)
        for spoke in (angle, angle + math.pi):
            tip = (centre[0] + math.cos(spoke) * radius, centre[1] + math.sin(spoke) * radius)
            pygame.draw.line(surface, (44, 44, 50), centre, tip, max(4, height // 50))
        speed = f"{drive.car.speed * 3.6:.0f} km/h"
        self._text(surface, speed, (width * 0.55, top + height * 0.04), height // 22, (240, 240, 240))
        self._text(surface, f"{drive.gear - 1}", (width * 0.7, top + height * 0.03), height // 16, (250, 210, 60))

    # --- apps' windows

    def draw_apps(self, surface: pygame.Surface, api: AcApi, scale: float, delta_t: float, calls: AppCalls) -> None:
        """Draw every open window, and let the apps draw in it."""
        for window in api.windows:
            if window.is_open:
                self._draw_window(surface, window, scale)
                self._render(surface, api, window, scale, delta_t, calls)
                self._draw_icon(surface, window, scale)

    def keep_apps(self, surface: pygame.Surface, api: AcApi, scale: float) -> None:
        """Remember how the windows look."""
        self._kept.clear()
        for window in api.windows:
            place = pygame.Rect(*(round(value * scale) for value in (*window.position, *window.size)))
            place = place.clip(surface.get_rect())
            if window.is_open and place.size != (0, 0):
                self._kept.append((surface.subsurface(place).copy(), place.topleft))

    def show_kept_apps(self, surface: pygame.Surface) -> None:
        """Show the windows as they looked then, over the scene of this frame."""
        for kept, place in self._kept:
            surface.blit(kept, place)

    def draw_desktop(self, surface: pygame.Surface, seconds: float) -> None:
        """What is seen where the game is not: another program's window, with a clock that runs."""
        surface.fill((0, 98, 114))
        width, height = self._size
        surface.fill((238, 238, 238), (width // 8, height // 8, width // 2, height // 2))
        self._text(surface, f"{seconds:.2f}", (width // 6, height // 6), height // 12, (20, 20, 20))

    def _draw_window(self, surface: pygame.Surface, window: Window, scale: float) -> None:
        left, top = (value * scale for value in window.position)
        width, height = (value * scale for value in window.size)
        place = pygame.Rect(round(left), round(top), round(width), round(height))
        if window.has_background:
            shade = pygame.Surface(place.size, pygame.SRCALPHA)
            shade.fill((0, 0, 0, int(255 * min(max(window.opacity, 0.0), 1.0))))
            surface.blit(shade, place)
        if window.has_border:
            pygame.draw.rect(surface, (200, 60, 50), place, 1)
        at = (left + (_ICON + 6) * scale, top + 6 * scale)
        self._text(surface, window.title, at, round(16 * scale), (255, 255, 255))
        for control in window.controls:
            if control.is_visible:
                self._draw_control(surface, control, left, top, scale)

    @staticmethod
    def _draw_icon(surface: pygame.Surface, window: Window, scale: float) -> None:
        """Over whatever the app has drawn."""
        left, top = ((at + icon) * scale for at, icon in zip(window.position, window.icon_position, strict=True))
        surface.fill((200, 60, 50), (round(left), round(top), round(_ICON * scale), round(_ICON * scale)))

    def _draw_control(self, surface: pygame.Surface, control: Control, left: float, top: float, scale: float) -> None:
        x, y = left + control.position[0] * scale, top + control.position[1] * scale
        colour = tuple(round(255 * part) for part in control.colour[:3])
        size = round(control.font_size * scale)
        if control.kind == "button":
            width, height = control.size[0] * scale, control.size[1] * scale
            pygame.draw.rect(surface, (70, 70, 76), (x, y, width, height))
            pygame.draw.rect(surface, (190, 190, 190), (x, y, width, height), 1)
            x, y = x + 6 * scale, y + 4 * scale
        self._text(surface, control.text, (x, y), size, (colour[0], colour[1], colour[2]))

    def _render(
        self, surface: pygame.Surface, api: AcApi, window: Window, scale: float, delta_t: float, calls: AppCalls
    ) -> None:
        if window.on_render is None:
            return
        left, top = (value * scale for value in window.position)

        def quad(place: tuple[float, float, float, float], colour: tuple[float, float, float, float]) -> None:
            x0, y0 = round(left + place[0] * scale), round(top + place[1] * scale)
            x1 = round(left + (place[0] + place[2]) * scale)
            y1 = round(top + (place[1] + place[3]) * scale)
            surface.fill([round(255 * part) for part in colour[:3]], (x0, y0, x1 - x0, y1 - y0))

        api.canvas = quad
        try:
            calls.call(window.on_render, delta_t)
        finally:
            api.canvas = None

    def _text(
        self,
        surface: pygame.Surface,
        text: str,
        at: tuple[float, float],
        size: int,
        colour: tuple[int, int, int],
    ) -> None:
        if not text:
            return
        key = (text, size, colour)
        if key not in self._texts:
            if len(self._texts) > 500:
                self._texts.clear()
            if size not in self._fonts:
                self._fonts[size] = pygame.font.Font(None, max(6, round(size * 1.15)))
            self._texts[key] = self._fonts[size].render(text, True, colour)
        surface.blit(self._texts[key], at)


class AppCalls:
    """How the double calls into an app."""

    def call(self, function: object, *args: object) -> object:
        raise NotImplementedError
