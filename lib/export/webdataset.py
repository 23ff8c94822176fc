"""WebDataset: plain tar files, of each sample the picture and its numbers as JSON, in the order of the frames."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .columns import chosen
from .format import Format
from .hashed_file import HashedFile
from .options import ExportOptions
from .parts import Part, Written
from .pictures import Pictures

_BLOCK = tarfile.BLOCKSIZE
_ROWS = 1_000


class WebDataset(Format):
    """train-000000.tar, validation-000000.tar, …"""

    name = "webdataset"
    data_files = "{split}-*.tar"

    def write(self, part: Part, frames: Any, options: ExportOptions, folder: Path) -> Written:
        """One shard. The same bytes each time: no times, no owners."""
        columns = chosen(options, part.take.sets is not None)
        pictures = Pictures(part.take, options)
        with HashedFile(folder / f"{part.name}.tar") as file:
            for image, numbers in _samples(frames, [column.name for column in columns]):
                name, content = pictures.picture(image)
                file.write(_header(name, len(content)))
                file.write(content)
                # A name ends at its first dot: both files of a sample have the same up to there.
                of_numbers = _header(f"{name.partition('.')[0]}.json", len(numbers)) + numbers
                file.write(_padding(len(content)) + of_numbers + _padding(len(numbers)))
            file.write(bytes(2 * _BLOCK))
            file.write(bytes(-file.tell() % tarfile.RECORDSIZE))
        return Written(sha256={f"{part.name}.tar": file.sha256})


def _samples(frames: Any, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """The picture of each row, and its numbers as JSON: one with a fraction never looks like a whole one."""
    for begin in range(0, frames.num_rows, _ROWS):
        rows = frames.slice(begin, _ROWS)
        told = pa.table({name: _without_nan(rows[name]) for name in names}).to_pylist()
        for image, numbers in zip(rows["image"].to_pylist(), told, strict=True):
            yield image, json.dumps(numbers, ensure_ascii=False).encode("utf-8")


def _without_nan(column: Any) -> Any:
    """JSON has no word for it."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = size
    return member.tobuf(tarfile.USTAR_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)
