"""Takes things out of a captures folder without deleting them: they go to its .rescued/."""

import os
from pathlib import Path

RESCUED = ".rescued"


class Rescue:
    """Moves files, and lines of files, out of the way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rescued = folder / RESCUED

    def file(self, name: str) -> None:
        """Move the file out, under a name that is free there."""
        self._rescued.mkdir(exist_ok=True)
        (self._folder / name).rename(self._free_name(name))

    def lines(self, name: str, lines: list[bytes]) -> None:
        """Keep lines, without their ends, that are taken out of the file `name`."""
        if not lines:
            return
        self._rescued.mkdir(exist_ok=True)
        piece = b"".join(line + b"\n" for line in lines)
        with (self._rescued / name).open("a+b") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - len(piece)))
            if file.read() != piece:  # else taken out by a repair that could not be finished
                file.write(piece)

    def _free_name(self, name: str) -> Path:
        free, number = self._rescued / name, 0
        while os.path.lexists(free):
            number += 1
            free = self._rescued / f"{name}.{number}"
        return free
