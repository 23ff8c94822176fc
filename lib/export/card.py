"""README.md of an export: the data card, with the front matter that the Hugging Face Hub reads."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

CARD_FILE = "README.md"

# The Hub's words for how many samples there are.
_SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"),
)  # fmt: skip
_LARGEST = "n>1B"
_TAGS = ("assetto-corsa", "autonomous-driving", "imitation-learning", "sim-racing")
# By the name that --to takes: the Hub's tag, and how it is loaded.
_LEROBOT = "lerobot"
_LOADED = {
    "parquet": 'from datasets import load_dataset\n\ndrives = load_dataset("FOLDER OR NAME ON THE HUB")',
    "imagefolder": 'from datasets import load_dataset\n\ndrives = load_dataset("FOLDER OR NAME ON THE HUB")',
    "webdataset": (
        "from glob import glob\n\nfrom webdataset import WebDataset\n\n"
        'drives = WebDataset(sorted(glob("FOLDER/train-*.tar")), shardshuffle=False).decode("pil")'
    ),
    "lerobot": (
        "from lerobot.datasets import LeRobotDataset\n\n"
        'drives = LeRobotDataset("NAME", root="FOLDER")'
    ),
    "mp4": 'import av\n\nfilm = av.open("FOLDER/train-000000-take-01.mp4")  # frame k is row k of the CSV beside it',
}  # fmt: skip
_IN_FILMS = (_LEROBOT, "mp4")
# A name of 40 kB is not what anyone wants to read.
_LONGEST = 80
_MANY = 12


def card(content: dict[str, Any], data_files: str) -> str:
    """The text of the card. `content` is that of provenance.json, `data_files` the format's pattern."""
    return "\n".join([*_front_matter(content, data_files), "", *_body(content)]) + "\n"


def _front_matter(content: dict[str, Any], data_files: str) -> Iterator[str]:
    """YAML, of which JSON's strings are a part."""
    tags = [*(["LeRobot"] if content["to"] == _LEROBOT else []), *_TAGS]
    yield "---"
    if content["options"]["licence"]:
        yield f"license: {_yaml(content['options']['licence'].lower())}"
    yield f"pretty_name: {_yaml(_title(content))}"
    yield "task_categories:\n- robotics"
    yield "tags:\n" + "\n".join(f"- {tag}" for tag in tags)
    pictures = content["totals"]["pictures"]
    yield f"size_categories:\n- {next((name for most, name in _SIZES if pictures < most), _LARGEST)}"
    if data_files and "{split}" not in data_files:
        yield f"configs:\n- config_name: default\n  data_files: {_yaml(data_files)}"
    elif data_files:
        yield "configs:\n- config_name: default\n  data_files:"
        for split in content["splits"]:
            yield f"  - split: {split}\n    path: {_yaml(data_files.format(split=split))}"
    yield "---"


def _body(content: dict[str, Any]) -> Iterator[str]:
    totals = content["totals"]
    yield f"# {_title(content)}"
    yield (
        f"\nPictures of drives in Assetto Corsa, each with the telemetry of the very tick that it shows, recorded and "
        f"exported by {content['made_by']}. `provenance.json` beside this card has the numbers below for programs, and "
        "the SHA-256 of every file."
    )
    yield "\n## What is in it\n\n| split | pictures | hours | laps | takes |\n|---|---|---|---|---|"
    for split, told in content["splits"].items():
        yield f"| {split} | {told['pictures']} | {told['hours']:.2f} | {told['laps']} | {told['takes']} |"
    yield f"| all | {totals['pictures']} | {totals['hours']:.2f} | {totals['laps']} | {totals['takes']} |"
    rate = totals["pictures_a_second"]
    yield f"\n- Pictures a second of game time: {f'{rate:g}' if rate else 'not known'}"
    yield f"- Cars: {_listed(totals['cars'])}"
    yield f"- Tracks: {_listed(totals['tracks'])}"
    if "drivers" in totals:
        yield f"- Drivers: {_listed(totals['drivers'])}"
    yield f"- Recorded by SyncLogger {_listed(totals['app_versions'])}"
    yield f"- Licence: {_shown(content['options']['licence']) or 'not named by those who recorded it'}"
    yield "\n## How it was made\n"
    yield from _making(content)
    yield "\n## Known leaks\n"
    yield from _leaks(content["leaks"])
    yield "\n## Columns\n\n| column | type | unit, range | what it means |\n|---|---|---|---|"
    for column in content["columns"]:
        cells = (f"`{column['name']}`", column["type"], column["unit"], column["meaning"])
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    if content["to"] == _LEROBOT:
        yield "\n`meta/info.json` says how LeRobot's own features, `action` and `observation.*`, are made of them."
    yield f"\n## How it is loaded\n\n```python\n{_LOADED[content['to']]}\n```"


def _making(content: dict[str, Any]) -> Iterator[str]:
    options, sets = content["options"], content["sets"]
    yield f"- {content['totals']['proven_share']:.1%} of the pictures prove themselves which tick they show."
    for why, count in content["left_out"].items():
        yield f"- Left out, {why}: {count}"
    if sets is None:
        yield "- Not split: all of it is train."
    else:
        yield (
            f"- Split by {sets['by']}, in fractions {' '.join(f'{share:g}' for share in sets['fractions'])}, seed "
            f"{sets['seed']}: no two splits share a {sets['by']}, a picture or a moment."
        )
    changed = {name: options[name] for name in ("fps", "size", "crop", "mask", "grey", "quality") if options[name]}
    told = "; ".join(f"{name} {_told(value)}" for name, value in changed.items())
    in_films = ", in films of H.264" if content["to"] in _IN_FILMS else ""
    yield f"- Pictures: {told or 'as they were recorded'}{in_films}"


def _told(value: Any) -> str:
    if isinstance(value, list):
        return " and ".join(",".join(map(str, one)) for one in value) if isinstance(value[0], list) else _joined(value)
    return "yes" if value is True else f"{value:g}"


def _joined(numbers: list[int]) -> str:
    return ",".join(map(str, numbers))


def _leaks(leaks: list[str] | None) -> Iterator[str]:
    if leaks is None:
        yield "Nobody looked for parts of the picture that tell a label although they are not the road."
    elif not leaks:
        yield "`check --leaks` found no part of the recorded pictures that tells a label although it is not the road."
    else:
        yield "`check --leaks` found, in the pictures as they were recorded:\n"
        yield from (f"- {leak}" for leak in leaks)


def _title(content: dict[str, Any]) -> str:
    """Of the drives, for people."""
    totals = content["totals"]
    cars, tracks = (_shortly(totals[name], what) for name, what in (("cars", "cars"), ("tracks", "tracks")))
    return f"Drives in Assetto Corsa: {cars} on {tracks}"


def _shortly(names: list[str], what: str) -> str:
    if len(names) == 1:
        return _plain(names[0])
    return f"{len(names)} {what}" if names else f"unknown {what}"


def _listed(names: list[str]) -> str:
    shown: Iterable[str] = map(_shown, names[:_MANY])
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return (", ".join(shown) or "not known") + more


def _shown(name: str) -> str:
    """As Markdown shows it, whatever marks are in it."""
    plain = _plain(name).replace("`", "'").replace("|", "/")
    return f"`{plain}`" if plain else ""


def _plain(name: str) -> str:
    """In one line, without what turns or hides letters."""
    plain = "".join(letter if letter.isprintable() else " " for letter in name).strip()
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def _yaml(text: str) -> str:
    return json.dumps(_plain(text), ensure_ascii=False)
