"""All that a check found."""

from dataclasses import dataclass, field
from typing import Any

from .finding import Finding, Severity


@dataclass
class Checked:
    """What is in some folders, and what was found in them."""

    takes: list[dict[str, Any]] = field(default_factory=list)  # what `TakeSeen.content` says of each
    findings: list[Finding] = field(default_factory=list)
    discarded: int = 0  # frames that are left out of every set
    hidden: int = 0  # findings that are only about such frames

    def of(self, severity: Severity) -> list[Finding]:
        """The findings that are so bad."""
        return [finding for finding in self.findings if finding.severity is severity]

    @property
    def exit_code(self) -> int:
        """1: damage; 2: something could not be looked at; 0: all was looked at, and nothing is damaged."""
        if self.of(Severity.DAMAGE):
            return 1
        return 2 if self.of(Severity.UNREAD) else 0

    def content(self) -> dict[str, Any]:
        """As it stands in the output of `--json`."""
        counts = {str(severity): len(self.of(severity)) for severity in Severity}
        return {
            "format": 1,
            "counts": counts,
            "discarded_frames": self.discarded,
            "findings_about_discarded_frames": self.hidden,
            "takes": self.takes,
            "findings": [finding.content() for finding in self.findings],
        }
