"""`report`: one HTML page that shows what is in a captures folder."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ..captures.files import new_part, put_in_place
from ..check.check import check
from ..check.finding import count, quoted
from ..check.leaks import look_for_leaks
from ..errors import PROGRAM, UserError
from ..progress import Progress, no_progress
from ..recordings import Recordings
from ..recordings.discards import DISCARDS_FILE
from .columns import read_columns
from .contents import contents, discard_command, leak_maps
from .embedded import embed
from .page import MARK, page

REPORT_FILE = "report.html"


@dataclass(frozen=True)
class Made:
    """What was made."""

    path: Path
    pictures: int
    takes: int
    remarks: tuple[str, ...]

    def __str__(self) -> str:
        size = self.path.stat().st_size / 1e6
        shown = f"{count(self.pictures, 'picture')} of {count(self.takes, 'take')}"
        lines = [f"{self.path}: {shown}, {size:.1f} MB; open it in a browser"]
        return "\n".join([*lines, *self.remarks])


def report(
    folder: Path,
    out: Path | None = None,
    *,
    standalone: bool = False,
    decodes: bool = False,
    finds_leaks: bool = False,
    progress: Progress = no_progress,
) -> Made:
    """Make the page; with `decodes` also look at what pictures show, with `finds_leaks` at what in them tells labels.

    Raise UserError where a file that is not ours stands in its place.
    """
    out = out or folder / REPORT_FILE
    check_place(out)
    recordings = Recordings(folder, needs_discards=False)
    columns = read_columns(recordings, progress)
    remarks = list(recordings.remarks)
    if recordings.broken_discards:
        remarks.append(f"{folder / DISCARDS_FILE} can't be understood: the page shows nothing as discarded")
    findings = check([folder], decodes, progress).findings
    shares, leaks = look_for_leaks([folder], progress) if finds_leaks else (None, [])
    data = contents(recordings, columns, folder, [*findings, *leaks])
    data["leaks"] = None if shares is None else leak_maps(shares)
    data["discard"] = discard_command(folder)
    data["pictures"] = _address(folder, out.parent)
    data["columns"] = columns.content()
    if columns.every > 1:
        remarks.append(f"every {columns.every}. picture is shown: all {len(recordings)} are too many for one page")
    if standalone:
        embedded = embed(recordings, columns, progress)
        data["embedded"] = embedded.content()
        remarks.append(f"{len(embedded.pictures)} small pictures are inside the page")
        if embedded.unreadable:
            pictures = count(embedded.unreadable, "picture")
            remarks.append(f"{pictures} could not be read: run `{PROGRAM} check --decode {quoted(str(folder))}`")
    _write(out, page(data))
    return Made(out, len(recordings), len(recordings.takes), tuple(remarks))


def check_place(out: Path) -> None:
    """Raise UserError where the page would replace something that is not one of ours, or has no folder to stand in."""
    if not out.parent.is_dir():
        raise UserError(f"there is no folder {out.parent}: make it first, or name another file with --out")
    if not os.path.lexists(out):
        return
    if not out.is_file() or out.is_symlink() or not _is_ours(out):
        raise UserError(
            f"{out} is not a page that SyncLogger made, so it was left as it is: move it away, or name another file "
            "with --out"
        )


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MARK)) == MARK.encode("ascii")


def _write(out: Path, text: str) -> None:
    part = new_part(out)
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(f"{out} can't be written ({error.strerror or error}): name another place with --out") from error
    put_in_place(part, out)


def _address(folder: Path, base: Path) -> str:
    """Where the pictures are, seen from the page: relative where that is possible."""
    folder, base = folder.resolve(), base.resolve()
    try:
        relative = Path(os.path.relpath(folder, base))
    except ValueError:  # on another drive
        return folder.as_uri() + "/"
    return "/".join(quote(os.fsencode(part)) for part in relative.parts) + "/" if relative.parts else "./"
