"""The stretches that `check --json` flagged, as what a split leaves out."""

import json
from pathlib import Path

from ..check.finding import Finding
from ..recordings.recordings import Recordings
from .options import OptionError


def flagged(path: Path, recordings: Recordings) -> tuple[str, ...]:
    """ "TAKE_ID:FIRST-LAST" of every finding about frames of these recordings, in order.

    Raise OptionError where the file isn't what `check --json` wrote.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        findings = [Finding.of(one) for one in content["findings"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OptionError(
            f"--leave-out {path} is not what `check --json` writes ({error}): make it with "
            "`check DIR --json > FINDINGS.json`"
        ) from error
    ids = {(take.folder.path.resolve(), take.name): take.take_id for take in recordings.takes}
    found = set()
    for finding in findings:
        take_id = ids.get((Path(finding.folder).resolve(), finding.take))
        if take_id is not None and finding.first:
            found.add(f"{take_id}:{finding.first}-{finding.last}")
    return tuple(sorted(found))
