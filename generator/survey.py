"""The survey: every document of the workspace read through, and what became of its quantities.

Place in the pipeline: beside it; `briefing sources coverage` shows it and `briefing check` counts what is open.
In: what the workspace knows and its documents; out: a `Coverage` for each source that keeps a document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from . import coverage
from .anchors import Document
from .documents import Library
from .errors import DocumentError
from .knowledge import Knowledge
from .model import Coverage, Fact, Finding, Place, SetAside, Source
from .reading import Findings
from .sandbox import Limits
from .sources import FILE as SOURCES
from .verdicts import Verdict
from .workspace import Workspace

NOT_AT_HAND = "not at hand: put it in data/sources/, or name its folder in BRIEFING_DOCUMENTS"
_MANY = 10
"""Documents with open quantities that are told one by one; more are summed up."""
NOT_KEPT = "names no document: what it says cannot be looked up"


@dataclass(frozen=True, slots=True)
class Survey:
    """The coverage of the chosen sources.

    `findings` are the workspace's errors, and what is wrong in `data/set-aside.csv`. `proposals` are rows for that
    table, if they were asked for. `undocumented` counts the sources that keep no document and were not named.
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
    # Where facts could not be read, what they would carry is open: that must not look like a gap in the facts.
    findings, problems = Findings(knowledge.findings.errors), Findings()
    desk = _desk(workspace, knowledge, problems)
    found, proposals = [], list[SetAside]()
    with desk.library as library:
        for id_ in dict.fromkeys(sources or desk.documented):
            source = knowledge.sources[id_]
            try:
                document = library.open(source)
            except DocumentError as error:
                findings.extend(error.findings)
                found.append(Coverage(source.id, source.document, trouble=error.findings[0].found))
                continue
            if document is None:
                trouble = NOT_AT_HAND if source.document else NOT_KEPT
                found.append(Coverage(source.id, source.document, trouble=trouble))
                continue
            covered, reading = desk.cover(source, document, problems)
            found.append(covered)
            if propose:
                proposals += coverage.propose(source, reading, covered.mentions, knowledge.vocabulary)
    findings.extend(_mild(problems))
    without = len(knowledge.sources) - len(desk.documented)
    return Survey(tuple(found), tuple(dict.fromkeys(findings)), tuple(proposals), 0 if sources else without)


def count_open(workspace: Workspace, knowledge: Knowledge, program: str) -> Findings:
    """Return the problems of `data/set-aside.csv` and a note for each document with open quantities, or one for many.

    A document that was counted before is not read again while nothing changed that its coverage depends on;
    `program` is the digest of the program's code.
    """
    findings, problems, notes = Findings(), Findings(), list[tuple[Source, int, int]]()
    desk = _desk(workspace, knowledge, problems)
    with desk.library as library:
        for source in (knowledge.sources[id_] for id_ in desk.documented):
            tally = Verdict(workspace.state / "cache" / "coverage", source.id, desk.digest(source, program))
            counts = tally.kept(_counts) if _as_described(workspace, source) else None
            if counts is None:
                try:
                    document = library.open(source)
                except DocumentError as error:
                    findings.extend(error.findings)
                    continue
                if document is None:
                    continue
                before = len(problems)
                covered, _ = desk.cover(source, document, problems)
                counts = (len(covered.mentions), len(covered.open))
                # A row that does not fit is told each time.
                if len(problems) == before:
                    tally.keep(counts)
            if counts[1]:
                notes.append((source, *counts))
    findings.extend((*_mild(problems), *_notes(notes)))
    return findings


def _counts(said: Sequence[int]) -> tuple[int, int]:
    """Return how many quantities there are and how many are open, as they were kept."""
    total, left = said
    return int(total), int(left)


def _as_described(workspace: Workspace, source: Source) -> bool:
    data = workspace.document(source.document)
    return data is not None and hashlib.sha256(data).hexdigest() == source.sha256


def _mild(problems: Iterable[Finding]) -> Iterator[Finding]:
    return (replace(problem, severity="warning") for problem in problems)


def _notes(counts: Sequence[tuple[Source, int, int]]) -> Iterator[Finding]:
    expected = f"each in a fact, or in {coverage.FILE} with a reason"
    for source, total, left in counts if len(counts) <= _MANY else ():
        found = f"{left} of the {total} quantities of {source.document} stand in no fact"
        cure = f"`briefing sources coverage {source.id} --open` lists them."
        yield Finding(source.place, "coverage.open", found, expected, cure, "note")
    if len(counts) > _MANY:
        total, left = sum(total for _, total, _ in counts), sum(left for *_, left in counts)
        found = f"{left} of the {total} quantities of {len(counts)} documents stand in no fact"
        cure = "`briefing sources coverage --open` lists them."
        yield Finding(Place(SOURCES), "coverage.open", found, expected, cure, "note")


@dataclass(frozen=True)
class _Desk:
    """What documents are held against, by source."""

    knowledge: Knowledge
    facts: Mapping[str, Sequence[Fact]]
    asides: Mapping[str, Sequence[SetAside]]
    library: Library

    @property
    def documented(self) -> tuple[str, ...]:
        """The sources that keep a document."""
        return tuple(source.id for source in self.knowledge.sources.values() if source.document)

    @property
    def language(self) -> str:
        """The workspace's own language."""
        return self.knowledge.settings.languages[0]

    def cover(self, source: Source, document: Document, problems: Findings) -> tuple[Coverage, coverage.Reading]:
        """Return what became of the quantities of a document, and how it was read."""
        vocabulary = self.knowledge.vocabulary
        reading = coverage.Reading(document, source.language, vocabulary)
        facts, asides = self.facts.get(source.id, ()), self.asides.get(source.id, ())
        covered, misfits = coverage.cover(source, reading, facts, asides, vocabulary, self.language)
        problems.extend(misfits)
        return covered, reading

    def digest(self, source: Source, program: str) -> str:
        """Return the digest of all that the coverage of a source's document depends on."""
        facts = [
            (fact.id, fact.anchor, str(fact.value), fact.scale, fact.unit, fact.qualifier, fact.period.text)
            for fact in self.facts.get(source.id, ())
        ]
        asides = [(row.anchor, row.count) for row in self.asides.get(source.id, ())]
        read = (source.sha256, source.language, source.encoding, self.knowledge.vocabulary.units, self.language)
        return hashlib.sha256(repr((program, read, facts, asides)).encode()).hexdigest()


def _desk(workspace: Workspace, knowledge: Knowledge, problems: Findings) -> _Desk:
    facts: dict[str, list[Fact]] = {}
    for fact in (fact for topic in knowledge.topics for fact in topic.facts):
        facts.setdefault(fact.source, []).append(fact)
    asides: dict[str, list[SetAside]] = {}
    for row in _set_aside(workspace, knowledge, problems):
        asides.setdefault(row.source, []).append(row)
    limits = Limits(seconds=knowledge.settings.seconds, megabytes=knowledge.settings.megabytes)
    return _Desk(knowledge, facts, asides, Library(workspace, limits))


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
