"""Parquet as `datasets` reads it: the pictures' bytes inside, typed columns, small row groups for random access."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .columns import ExportColumn, chosen
from .format import Format
from .hashed_file import HashedFile
from .options import ExportOptions
from .parts import Part, Written
from .pictures import Pictures

# Who wants one row reads so many.
_ROW_GROUP = 100
_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


class Parquet(Format):
    """data/train-000000.parquet, data/validation-000000.parquet, …"""

    name = "parquet"
    data_files = "data/{split}-*.parquet"

    def write(self, part: Part, frames: Any, options: ExportOptions, folder: Path) -> Written:
        """One file."""
        columns = chosen(options, part.take.sets is not None)
        schema = _schema(columns)
        path = folder / "data" / f"{part.name}.parquet"
        path.parent.mkdir()
        with HashedFile(path) as file:
            writer = pq.ParquetWriter(
                file, schema, use_dictionary=False, compression=_compression(schema),
                write_statistics=[column.name for column in columns],
            )  # fmt: skip
            with writer:
                for rows in _row_groups(part, frames, options):
                    writer.write_table(rows.select(schema.names).cast(schema), row_group_size=_ROW_GROUP)
        return Written(sha256={f"data/{part.name}.parquet": file.sha256})


def _row_groups(part: Part, frames: Any, options: ExportOptions) -> Iterator[Any]:
    pictures = Pictures(part.take, options)
    at = frames.schema.get_field_index("image")
    for begin in range(0, frames.num_rows, _ROW_GROUP):
        rows = frames.slice(begin, _ROW_GROUP)
        names, contents = zip(*map(pictures.picture, rows["image"].to_pylist()), strict=True)
        image = pa.StructArray.from_arrays([pa.array(contents, pa.binary()), pa.array(names)], fields=list(_IMAGE))
        yield rows.set_column(at, "image", image)


def _schema(columns: Sequence[ExportColumn]) -> Any:
    fields = [("image", _IMAGE), *((column.name, column.type) for column in columns)]
    features: dict[str, Any] = {"image": {"_type": "Image"}}
    features |= {column.name: {"dtype": _dtype(column.type), "_type": "Value"} for column in columns}
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def _dtype(kind: Any) -> str:
    """As `datasets` calls it."""
    return {"float": "float32", "double": "float64"}.get(str(kind), str(kind))


def _compression(schema: Any) -> dict[str, str]:
    """Pictures are compressed already."""
    return {"image.bytes": "none", "image.path": "snappy"} | dict.fromkeys(schema.names[1:], "snappy")
