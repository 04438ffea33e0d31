"""A proof: a topic's page as it would be printed now, of which no edition is made.

Place in the pipeline: steps 1 Read to 6 Inspect, without 7 Keep; `briefing preview` shows it. In: a workspace and a
workshop that is open; out: the PDF with every problem found on the way, or the problems alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from . import archive
from .brief import shorten
from .errors import BriefingError, WorkspaceError
from .knowledge import learn
from .manuscript import write_up
from .model import Finding
from .orders import PROGRAM, wanted
from .page import Numeral
from .reading import Findings
from .workshop import Workshop
from .workspace import Workspace


@dataclass(frozen=True, slots=True)
class Proof:
    """A page printed for looking at: `pdf` is empty where a mistake stopped it; `error` is what no finding says."""

    pdf: bytes = field(default=b"", repr=False)
    numerals: tuple[Numeral, ...] = field(default=(), repr=False)
    findings: tuple[Finding, ...] = ()
    error: str = ""

    @property
    def stopped(self) -> bool:
        """Whether a build would keep nothing: an error was found, or the page could not be printed."""
        return not self.pdf or any(finding.severity == "error" for finding in self.findings)


def pull(
    workspace: Workspace,
    topic: str,
    language: str,
    shop: Workshop,
    *,
    latest: date,
    layout: str = "full",
    tell: Callable[[int], None] = lambda _step: None,
) -> Proof:
    """Return a proof of a topic, or of the combined briefing, in a language and a layout; what goes wrong is in it.

    `latest` is the last day that an edition may bear. `tell` is told of each step by its number.
    """
    findings = Findings()
    try:
        (want,) = wanted(workspace, (topic,), (language,), None, latest=latest)
        tell(1)
        knowledge = learn(workspace, (topic,))
        findings.extend(knowledge.errors_of(topic))
        tell(2)
        if findings.errors:
            return Proof(findings=tuple(findings))
        page = write_up(workspace, knowledge, want)
        findings.extend(found for found in page.draft.findings if found not in findings)
        if findings.errors:
            return Proof(findings=tuple(findings))
        number = archive.next_number(workspace.reports, topic)
        full = page.numbered(f"{knowledge.days[topic]}.{number}", number)
        draft = full if layout == "full" else shorten(full)
        document = shop.make(draft, workspace.templates("briefing", Findings()), PROGRAM, tell)
        findings.extend(document.findings)
        return Proof(document.pdf, document.numerals, tuple(findings))
    except WorkspaceError as error:
        return Proof(findings=tuple(dict.fromkeys((*findings, *error.findings))))
    except BriefingError as error:
        return Proof(findings=tuple(findings), error=str(error))
