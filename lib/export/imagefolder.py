"""A folder of pictures as `datasets` reads it, with their numbers in metadata.parquet.

One folder a part: a folder of more than 10,000 files is slow everywhere, and the Hub refuses it. Numbers in a
metadata.csv would be guessed from the first rows.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .columns import chosen
from .format import Format
from .options import ExportOptions
from .parts import Part, Written
from .pictures import Pictures

_METADATA = "metadata.parquet"


class ImageFolder(Format):
    """train/000000/01_000001.jpg, … and train/000000/metadata.parquet."""

    name = "imagefolder"
    data_files = "{split}/**"

    def write(self, part: Part, frames: Any, options: ExportOptions, folder: Path) -> Written:
        """One folder."""
        columns = chosen(options, part.take.sets is not None)
        inner = f"{part.split}/{part.index:06d}"
        (folder / inner).mkdir(parents=True)
        pictures, names, sha256 = Pictures(part.take, options), list[str](), dict[str, str]()
        for image in frames["image"].to_pylist():
            name, content = pictures.picture(image)
            with (folder / inner / name).open("xb", buffering=0) as file:
                file.write(content)
            names.append(name)
            sha256[f"{inner}/{name}"] = hashlib.sha256(content).hexdigest()
        numbers = frames.select([column.name for column in columns])
        pq.write_table(numbers.add_column(0, "file_name", pa.array(names)), folder / inner / _METADATA)
        return Written(sha256=sha256)
