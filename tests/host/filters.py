"""What a display driver, a night mode or a post-processing tool does to the colours of a finished frame."""

from __future__ import annotations

import random
from collections.abc import Callable

import pygame

_TILE = 256


def _gains(red: float, green: float, blue: float) -> Callable[[pygame.Surface], None]:
    colour = tuple(round(255 * gain) for gain in (red, green, blue))
    return lambda surface: _do(surface, colour, pygame.BLEND_RGB_MULT)


def _do(surface: pygame.Surface, colour: tuple[int, ...], how: int) -> None:
    surface.fill(colour, special_flags=how)


def _limited(surface: pygame.Surface) -> None:
    _do(surface, (219, 219, 219), pygame.BLEND_RGB_MULT)
    _do(surface, (16, 16, 16), pygame.BLEND_RGB_ADD)


def _washed_out(surface: pygame.Surface) -> None:
    _do(surface, (128, 128, 128), pygame.BLEND_RGB_MULT)
    _do(surface, (56, 56, 56), pygame.BLEND_RGB_ADD)


def _less_saturated(surface: pygame.Surface) -> None:
    grey = pygame.transform.grayscale(surface)
    grey.set_alpha(26)
    surface.blit(grey, (0, 0))


def _tinted(surface: pygame.Surface) -> None:
    tint = pygame.Surface(surface.get_size())
    tint.fill((255, 140, 0))
    tint.set_alpha(50)
    surface.blit(tint, (0, 0))


_tiles: list[pygame.Surface] = []


def _grainy(surface: pygame.Surface) -> None:
    """Another grain in each frame, from a tile of noise that is laid down somewhere else."""
    if not _tiles:
        chance = random.Random(3)
        grains = bytes(min(round(abs(chance.gauss(0, 6))), 40) for _ in range(_TILE * _TILE * 3))
        _tiles.append(pygame.image.frombytes(grains, (_TILE, _TILE), "RGB").convert())
    width, height = surface.get_size()
    for how in (pygame.BLEND_RGB_ADD, pygame.BLEND_RGB_SUB):
        left, top = random.randrange(_TILE), random.randrange(_TILE)
        for x in range(-left, width, _TILE):
            for y in range(-top, height, _TILE):
                surface.blit(_tiles[0], (x, y), special_flags=how)


def _dim_warm_and_grainy(surface: pygame.Surface) -> None:
    _gains(0.8, 0.6, 0.4)(surface)
    _grainy(surface)


FILTERS: dict[str, Callable[[pygame.Surface], None]] = {
    "none": lambda surface: None,
    "one level less": lambda surface: _do(surface, (1, 1, 1), pygame.BLEND_RGB_SUB),
    "dim": _gains(0.5, 0.5, 0.5),
    "blue-light filter": _gains(1.0, 0.75, 0.45),
    "limited range": _limited,
    "washed out": _washed_out,
    "less saturated": _less_saturated,
    "tinted": _tinted,
    "grainy": _grainy,
    "dim, warm and grainy": _dim_warm_and_grainy,
}
