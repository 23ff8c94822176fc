"""Loads an export as its users do, in an environment that has their loaders and nothing of ours.

`python loading.py FILE.json EXPRESSION …`: what each expression gives, as the README has it, goes into the file.
"""

import hashlib
import json
import os
import sys
from glob import glob
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"

from datasets import DatasetDict, load_dataset
from PIL import Image
from webdataset import WebDataset

NAMES = {"load_dataset": load_dataset, "WebDataset": WebDataset, "glob": glob}


def main(out: str, *expressions: str) -> None:
    Path(out).write_text(json.dumps([content_of(expression) for expression in expressions]), encoding="utf-8")


def content_of(expression: str) -> dict[str, Any]:
    loaded = eval(expression, NAMES)
    by_split = dict(loaded.items()) if isinstance(loaded, DatasetDict) else {"train": loaded}
    told = {split: [row_of(sample) for sample in samples] for split, samples in by_split.items()}
    types = {split: types_of(samples) for split, samples in by_split.items()}
    return {"rows": told, "types": types}


def types_of(samples: Any) -> dict[str, str]:
    """The type of each column, where the loader has any."""
    return {
        name: str(getattr(kind, "dtype", kind)) for name, kind in (getattr(samples, "features", None) or {}).items()
    }


def row_of(sample: Any) -> dict[str, Any]:
    """The numbers of a sample, and its picture's pixels as a digest."""
    if isinstance(sample, tuple):
        image, numbers = sample
    elif "json" in sample:
        image, numbers = sample.get("jpg"), sample["json"]
    else:
        image, numbers = sample.get("image"), {name: value for name, value in sample.items() if name != "image"}
    if image is None:
        return dict(numbers)
    return {**numbers, "pixels": pixels(image), "size": list(image.size), "mode": image.mode}


def pixels(image: Image.Image) -> str:
    return hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()


if __name__ == "__main__":
    main(*sys.argv[1:])
