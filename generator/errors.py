"""The one tree of errors; every one says where, what was found, what was expected and the cure.

Place in the pipeline: used by every step.

    BriefingError                exit code 1 unless said otherwise
    ├── WorkspaceError           problems in the workspace, all of them at once    1
    │   ├── DocumentError        a document whose text is not to be had            1
    │   └── PreflightError       a PDF that must not be kept                       1
    ├── UsageError               a command used wrongly                            2
    ├── RenderError              a page or chart that could not be made            1
    │   ├── LimitError           a limited child ran out of time, memory, size     1
    │   └── LostError            a limited child was killed; another one may do it 1
    ├── ArchiveError             an edition that could not be kept or read         1
    │   └── BusyError            another process is at it; waiting helps           1
    ├── InterruptedBuildError    the operator stopped it                         130
    └── OutsideError             a part of the outside world failed; retry helps   3
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .model import Finding


class BriefingError(Exception):
    """A failure that a door prints in words, never as a traceback."""

    exit_code = 1

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        """Keep `message` (what was found), `where` (file:line) and `hint` (the cure)."""
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """Return `where: message. hint` on one line."""
        head = f"{self.where}: " if self.where else ""
        tail = f"\n  cure: {self.hint}" if self.hint else ""
        return f"{head}{self.message}{tail}"


class WorkspaceError(BriefingError):
    """Problems in the workspace's files, all of them at once."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep every finding; the message lists them one a line."""
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class DocumentError(WorkspaceError):
    """A document whose text is not to be had: corrupt, encrypted, too large, or of another kind."""


class UsageError(BriefingError):
    """A command or function used wrongly."""

    exit_code = 2


class RenderError(BriefingError):
    """A page or a chart that could not be made."""


class LimitError(RenderError):
    """A limited child that ran out of time, memory or output size."""


class LostError(RenderError):
    """A limited child that was killed, or did not start, without a word of the page that it had."""


class PreflightError(WorkspaceError):
    """A PDF that must not be kept, with each thing that is wrong with it."""


class ArchiveError(BriefingError):
    """An edition that could not be kept or read."""


class BusyError(ArchiveError):
    """What another process holds just now."""


class InterruptedBuildError(BriefingError):
    """A build that its operator stopped; the message says what had been kept by then."""

    exit_code = 130


class OutsideError(BriefingError):
    """A part of the outside world that failed; trying again may help."""

    exit_code = 3
