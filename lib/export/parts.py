"""An export is a list of parts: some pictures of one take and one split that become one file or folder of OUT."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class TakeRef(NamedTuple):
    """Where a take is. Small, so that it goes to any process or machine."""

    folder: str  # with the recordings: a path or a URL
    number: int  # of the take in it
    take_id: str
    sets: str | None = None  # the folder of sets that says which of its frames go out; None: all


@dataclass(frozen=True)
class Part:
    """The frames of a take and split from `first` to before `end`. Frames that are left out are none of them."""

    number: int  # in OUT, from 0: names its marker
    index: int  # among the parts of its split, from 0: names its files
    take: TakeRef
    split: str
    first: int  # a frame number, as in the picture's name
    end: int
    pictures: int  # as many as the plan found
    digest: str = ""  # of what its rows say: another one where a row, a discard or a set changed

    @property
    def name(self) -> str:
        """As its files begin: "train-000003"."""
        return f"{self.split}-{self.index:06d}"


@dataclass(frozen=True)
class Written:
    """What a format made of a part."""

    statistics: dict[str, Any] = field(default_factory=dict)  # what its `finish` needs to know; goes through JSON
    sha256: dict[str, str] = field(default_factory=dict)  # of files that were hashed while they were written


class File(NamedTuple):
    """A finished file of OUT."""

    name: str  # from OUT, with "/"
    size: int
    sha256: str


@dataclass(frozen=True)
class PartResult:
    """A part that is whole and in place: the content of its marker."""

    number: int
    take_id: str
    split: str
    first: int
    end: int
    digest: str
    pictures: int
    facts: dict[str, Any]  # what the data card tells: see `facts.py`
    statistics: dict[str, Any]  # of the format
    files: tuple[File, ...]

    def content(self) -> dict[str, Any]:
        """As it stands in the marker."""
        return {**vars(self), "files": [list(file) for file in self.files]}

    @classmethod
    def of(cls, content: dict[str, Any]) -> "PartResult":
        """Raise KeyError, TypeError or ValueError where that is none."""
        files = tuple(File(str(name), int(size), str(sha256)) for name, size, sha256 in content["files"])
        return cls(**{**content, "files": files})


@dataclass(frozen=True)
class Plan:
    """All parts of an export, those of earlier runs first."""

    parts: tuple[Part, ...]
    takes: dict[str, dict[str, Any]]  # by take_id: "car", "track", "pictures", "left_out", ...: see `facts.py`

    def left_out(self) -> dict[str, int]:
        """Why, and how many frames."""
        counts: dict[str, int] = {}
        for take in self.takes.values():
            for why, count in take["left_out"].items():
                counts[why] = counts.get(why, 0) + count
        return counts
