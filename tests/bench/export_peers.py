"""`export_peers.py FORMAT CAPTURES OUT`: the same pictures and numbers, written by the libraries' own writers.

Runs in an environment that has them and nothing of ours.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_NUMBERS = (
    "gas", "brake", "clutch", "gear", "steer_deg", "acc_lateral_g", "acc_longitudinal_g", "speed_mph", "lap_valid",
    "lap_time_s", "best_lap_s", "spline_position", "performance_meter_s", "performance_gain",
)  # fmt: skip


def rows(captures: Path) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    with (captures / "data.csv").open(newline="") as file:
        for name, *texts in csv.reader(file):
            values = [text == "TRUE" if text in ("TRUE", "FALSE") else float(text) for text in texts]
            yield name, (captures / name).read_bytes(), dict(zip(_NUMBERS, values, strict=True))


def parquet(captures: Path, out: Path) -> None:
    from datasets import Dataset, Features, Image, Value

    kinds = {name: Value("bool" if name == "lap_valid" else "float32") for name in _NUMBERS}

    def samples() -> Iterator[dict[str, Any]]:
        for name, content, numbers in rows(captures):
            yield {"image": {"bytes": content, "path": name}, **numbers}

    made = Dataset.from_generator(samples, features=Features({"image": Image(), **kinds}), cache_dir=str(out / "cache"))
    made.to_parquet(str(out / "train.parquet"))


def webdataset(captures: Path, out: Path) -> None:
    from webdataset import ShardWriter

    out.mkdir()
    with ShardWriter(str(out / "train-%06d.tar"), maxcount=2_500, verbose=0) as sink:
        for name, content, numbers in rows(captures):
            sink.write({"__key__": name.partition(".")[0], "jpg": content, "json": numbers})


if __name__ == "__main__":
    {"parquet": parquet, "webdataset": webdataset}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
