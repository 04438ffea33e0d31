"""The survey: every document of the workspace read through, and what became of its quantities.

Place in the pipeline: beside it; `briefing sources coverage` shows it and `briefing check` counts what is open.
In: what the workspace knows and its documents; out: a `Coverage` for each source that keeps a document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from . import coverage
from .documents import Library
from .errors import DocumentError
from .knowledge import Knowledge
from .model import Coverage, Finding, SetAside, Source
from .reading import Findings
from .sandbox import Limits
from .workspace import Workspace

NOT_AT_HAND = "not at hand: put it in data/sources/, or name its folder in BRIEFING_DOCUMENTS"
NOT_KEPT = "names no document: what it says cannot be looked up"


@dataclass(frozen=True, slots=True)
class Survey:
    """The coverage of the chosen sources; `findings` are the problems of documents and of `data/set-aside.csv`.

    `proposals` are rows for that table, if they were asked for. `undocumented` counts the sources that keep no
    document and were not named.
    """

    coverages: tuple[Coverage, ...]
    findings: tuple[Finding, ...]
    proposals: tuple[SetAside, ...] = ()
    undocumented: int = 0

    @property
    def complete(self) -> bool:
        """Whether every document was read, no quantity in one is open, and what is set aside stands."""
        return not self.findings and not any(each.open or each.trouble for each in self.coverages)


def survey(
    workspace: Workspace, knowledge: Knowledge, sources: Sequence[str] = (), *, propose: bool = False
) -> Survey:
    """Read the documents of the sources (none named: all that keep one) and return what became of their quantities.

    Nothing that it finds stops a build, because no page depends on it.
    """
    chosen = sources or [source.id for source in knowledge.sources.values() if source.document]
    findings, problems = Findings(), Findings()
    asides = _set_aside(workspace, knowledge, problems)
    facts = [fact for topic in knowledge.topics for fact in topic.facts]
    found, proposals = [], list[SetAside]()
    for source, reading, trouble in _readings(workspace, knowledge, chosen, findings):
        if reading is None:
            found.append(Coverage(source.id, source.document, trouble=trouble))
            continue
        covered, misfits = coverage.cover(
            source, reading, facts, asides, knowledge.vocabulary, knowledge.settings.languages[0]
        )
        problems.extend(misfits)
        found.append(covered)
        if propose:
            proposals += coverage.propose(source, reading, covered.mentions, knowledge.vocabulary)
    findings.extend(replace(problem, severity="warning") for problem in problems)
    without = sum(not source.document for source in knowledge.sources.values())
    return Survey(tuple(found), tuple(findings), tuple(proposals), 0 if sources else without)


def _readings(
    workspace: Workspace, knowledge: Knowledge, sources: Sequence[str], findings: Findings
) -> Iterator[tuple[Source, coverage.Reading | None, str]]:
    """Yield each source with the reading of its document, or with the reason why there is none."""
    limits = Limits(seconds=knowledge.settings.seconds, megabytes=knowledge.settings.megabytes)
    with Library(workspace, limits) as library:
        for source in (knowledge.sources[id_] for id_ in dict.fromkeys(sources)):
            try:
                document = library.open(source)
            except DocumentError as error:
                findings.extend(error.findings)
                yield source, None, error.findings[0].found
                continue
            if document is None:
                yield source, None, NOT_AT_HAND if source.document else NOT_KEPT
            else:
                yield source, coverage.Reading(document, source.language, knowledge.vocabulary), ""


def _set_aside(workspace: Workspace, knowledge: Knowledge, problems: Findings) -> tuple[SetAside, ...]:
    if not workspace.has(coverage.FILE):
        return ()
    text = workspace.text(coverage.FILE, problems)
    if text is None:
        return ()
    return coverage.read_set_aside(text, knowledge.sources, knowledge.vocabulary, problems)


def table_head(workspace: Workspace) -> tuple[str, ...]:
    """Return the columns of the workspace's `data/set-aside.csv` in their order; () where there is none yet."""
    text = workspace.text(coverage.FILE, Findings()) if workspace.has(coverage.FILE) else None
    first = (text or "").partition("\n")[0]
    return tuple(cell.strip() for cell in first.split(",")) if first.strip() else ()


def notes(found: Survey, knowledge: Knowledge) -> Findings:
    """Return a note for each document with open quantities."""
    told = Findings()
    for each in found.coverages:
        if each.open:
            told.add(
                knowledge.sources[each.source].place,
                "coverage.open",
                f"{len(each.open)} of the {len(each.mentions)} quantities of {each.document} stand in no fact",
                expected=f"each in a fact, or in {coverage.FILE} with a reason",
                cure=f"`briefing sources coverage {each.source} --open` lists them.",
                severity="note",
            )
    return told
