"""Run with a Python that has the real `lerobot`: opens an export as people do, and says in JSON what came of it.

`lerobot_reads.py LINE EXPORT OTHER SCRATCH`: the line that opens the export as the README has it, two exports of the
same options, and a folder for what is made of them.
"""

import json
import logging
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from lerobot.datasets import LeRobotDataset
from lerobot.datasets.dataset_tools import merge_datasets, split_dataset

CAMERA = "observation.images.game"
COLUMNS = ("action", "observation.state", "source.frame", "timestamp", "frame_index", "episode_index", "index")


def opened(root: Path, **arguments: object) -> LeRobotDataset:
    return LeRobotDataset("user/drive", root=root, **arguments)


def rows(dataset: LeRobotDataset) -> list[dict[str, object]]:
    """The numbers of every frame."""
    table = dataset.hf_dataset.with_format("numpy")
    return [{name: np.asarray(row[name]).tolist() for name in COLUMNS} for row in table]


def pictures(dataset: LeRobotDataset, scratch: Path, name: str) -> str:
    """Every picture as the dataset hands it out: each within the reader's tolerance, or this fails."""
    found = [dataset[at][CAMERA] for at in range(len(dataset))]
    array = (torch.stack(found).permute(0, 2, 3, 1) * 255).round().to(torch.uint8).numpy()
    np.save(scratch / f"{name}.npy", array)
    return f"{name}.npy"


def windows(dataset: LeRobotDataset) -> dict[str, object]:
    """What `delta_timestamps` hands out at the first, a middle and the last frame of the first episode."""
    length = dataset.meta.episodes[0]["length"]
    told = {}
    for at in (0, length // 2, length - 1):
        item = dataset[at]
        told[str(at)] = {
            "action": item["action"].tolist(),
            "action_is_pad": item["action_is_pad"].tolist(),
            "picture_is_pad": item[f"{CAMERA}_is_pad"].tolist(),
            "pictures": list(item[CAMERA].shape),
        }
    return told


def epoch(dataset: LeRobotDataset) -> dict[str, object]:
    """One round of a loader with two workers, opened anew: workers must not inherit an open film."""
    loader = torch.utils.data.DataLoader(dataset, batch_size=16, shuffle=True, num_workers=2)
    seen, shapes = 0, set()
    for batch in loader:
        seen += len(batch["index"])
        shapes.add(tuple(batch[CAMERA].shape[1:]))
    return {"seen": seen, "shapes": sorted(map(list, shapes))}


def main() -> int:
    warnings.simplefilter("always")
    logging.basicConfig(level=logging.WARNING)
    root, other, scratch = map(Path, sys.argv[2:5])
    fps = opened(root).fps
    step = 1 / fps
    deltas = {CAMERA: [-2 * step, -step, 0.0], "action": [at * step for at in range(8)]}
    told: dict[str, object] = {"fps": fps, "epoch": epoch(opened(root, delta_timestamps=deltas))}
    item = eval(sys.argv[1], {"LeRobotDataset": LeRobotDataset})[0]
    told["line"] = {"action": list(item["action"].shape), "pictures": list(item[CAMERA].shape)}
    dataset = opened(root)
    told["episodes"] = [
        {name: value for name, value in episode.items() if not name.startswith("stats/")}
        for episode in dataset.meta.episodes
    ]
    told["tasks"] = list(dataset.meta.tasks.index)
    told["first_task"] = dataset[0]["task"]
    told["stats"] = {name: {key: np.asarray(value).tolist() for key, value in found.items()}
                     for name, found in dataset.meta.stats.items()}  # fmt: skip
    told["rows"], told["pictures"] = rows(dataset), pictures(dataset, scratch, "whole")
    told["windows"] = windows(opened(root, delta_timestamps=deltas))
    valid = opened(root, episode_filter=lambda episode: bool(episode["lap_valid"]))
    told["valid_episodes"] = sorted({row["episode_index"] for row in rows(valid)})
    told["valid_frames"] = len(valid)
    splits = json.loads((root / "meta" / "info.json").read_text())["splits"]
    wanted = {name: list(range(*map(int, text.split(":")))) for name, text in splits.items()}
    parts = split_dataset(dataset, wanted, output_dir=scratch / "split")
    told["split"] = {name: {"frames": [row["source.frame"] for row in rows(part)],
                            "pictures": pictures(part, scratch, f"split-{name}")}
                     for name, part in parts.items()}  # fmt: skip
    merged = merge_datasets([dataset, opened(other)], output_repo_id="user/merged", output_dir=scratch / "merged")
    told["merged"] = {"rows": rows(merged), "pictures": pictures(merged, scratch, "merged")}
    json.dump(told, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
