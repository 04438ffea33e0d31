"""Decisions: what a reviewer accepted becomes facts, what was rejected is set aside, the rest waits.

Place in the pipeline: beside it; `briefing ingest --accept` shows it. In: `data/candidates.csv` as reviewed; out:
rows of facts.csv and of data/set-aside.csv. The facts are checked as `briefing check` would check them before a byte is
written, and all of them are written or none. Whoever is interrupted runs the same command again: what was moved
already is recognised.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from . import coverage
from .archive import locked
from .documents import Library
from .errors import DocumentError, UsageError, WorkspaceError
from .facts import OPTIONAL, REQUIRED
from .ingestion import DOING, held_by, learn_strictly, waiting_in
from .knowledge import Knowledge, learn
from .model import Fact, Finding, Mention, Place, SetAside, Source
from .reading import Findings, did_you_mean
from .review import FILE as REVIEW
from .review import CandidateFact, csv_line, with_rows, without_rows
from .sandbox import Limits
from .survey import table_head
from .workspace import Workspace
from .writing import write_together

LEFT_OUT = "Looked at and left out."
"""The reason of a rejected candidate for which none was written."""
_COMPARED = ("metric", "entity", "scale", "unit", "qualifier", "basis", "source", "anchor")


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of the review: ids of the new facts by topic, and how many candidates went where.

    `findings` are the warnings and notes that come with the new facts; errors stop everything.
    """

    facts: tuple[tuple[str, str], ...] = ()
    rejected: int = 0
    waiting: int = 0
    findings: tuple[Finding, ...] = ()
    changed: tuple[str, ...] = ()


def list_candidates(workspace: Workspace) -> tuple[CandidateFact, ...]:
    """Return the candidates in the review file; WorkspaceError where it cannot be read."""
    return waiting_in(Workspace(workspace.root, workspace.documents))


def decide(workspace: Workspace, rows: Iterable[CandidateFact]) -> None:
    """Write decisions and corrections into the review file: `rows` are candidates of it with other cells.

    UsageError where a row is not there any more.
    """
    with locked(workspace.state, "data", DOING):
        now = {each.place: each for each in list_candidates(workspace)}
        for row in rows:
            was = now.get(row.place)
            if was is None or (was.source, was.said) != (row.source, row.said):
                hint = "Read the candidates again."
                raise UsageError(f"the candidate '{row.said}' is not there any more", where=str(row.place), hint=hint)
        path = workspace.root / REVIEW
        text = path.read_bytes().decode("utf-8") if path.is_file() else ""
        write_together({path: with_rows(text, rows).encode()})


def accept(workspace: Workspace, *, today: date) -> Decided:
    """Move what was accepted into facts.csv and what was rejected into data/set-aside.csv.

    WorkspaceError with every problem of every row, and then nothing is written.
    """
    with locked(workspace.state, "data", DOING):
        workspace = Workspace(workspace.root, workspace.documents)
        rows = waiting_in(workspace)
        if not any(row.accept for row in rows):
            return Decided(waiting=len(rows))
        return _Move(workspace, rows, today).done()


class _Move:
    """One acceptance: the rows, the workspace as it is and as it will be."""

    def __init__(self, workspace: Workspace, rows: Sequence[CandidateFact], today: date) -> None:
        self._workspace = workspace
        self._rows = rows
        self._today = today
        self._before = learn_strictly(workspace, today)
        self._findings = Findings()
        self._places: dict[Place, Place] = {}
        self._new: list[tuple[str, str]] = []

    def done(self) -> Decided:
        tables = self._tables()
        after = self._check(tables)
        asides = self._set_aside(after)
        if self._findings.errors:
            raise WorkspaceError(sorted(self._findings.errors, key=lambda finding: finding.place))
        decided = [row for row in self._rows if row.accept]
        files = {self._workspace.root / name: data for name, data in tables.items()}
        files |= self._appended(asides)
        review = self._workspace.root / REVIEW
        files[review] = without_rows(review.read_bytes().decode("utf-8"), [row.place.line for row in decided]).encode()
        write_together(files)
        return Decided(
            tuple(self._new),
            sum(row.accept == "no" for row in decided),
            len(self._rows) - len(decided),
            tuple(self._findings),
            tuple(path.relative_to(self._workspace.root).as_posix() for path in files),
        )

    # --- facts ------------------------------------------------------------------------------------

    def _tables(self) -> dict[str, bytes]:
        """Return the tables of facts with the accepted rows at their ends."""
        by_topic: dict[str, list[CandidateFact]] = defaultdict(list)
        topics = {topic.id: topic for topic in self._before.topics}
        taken = {fact.id for topic in self._before.topics for fact in topic.facts}
        for row in self._rows:
            if row.accept != "yes":
                continue
            if row.topic not in topics:
                self._refuse(
                    row, "candidates.topic", f"topic '{row.topic}'", "a topic", did_you_mean(row.topic, topics)
                )
            elif not any(_is_same(row, fact) for fact in topics[row.topic].facts):
                id_ = row.id or _free_id(row, taken)
                taken.add(id_)
                by_topic[row.topic].append(replace(row, id=id_))
        return {f"data/{topic}/facts.csv": self._table(topic, rows) for topic, rows in by_topic.items()}

    def _table(self, topic: str, rows: Iterable[CandidateFact]) -> bytes:
        name = f"data/{topic}/facts.csv"
        data = self._workspace.read(name, self._findings) or b""
        text = data.decode("utf-8-sig")
        ending = "\r\n" if "\r\n" in text.partition("\n")[0] + "\n" else "\n"
        head = [cell.strip() for cell in next(csv.reader([text.partition("\n")[0]]))]
        line = text.count("\n") + 1
        added = []
        for row in rows:
            for column in (*REQUIRED, *OPTIONAL):
                if column not in head and getattr(row, column):
                    cure = f"Add the column to {name}, or empty the cell."
                    self._refuse(row, "candidates.column", f"{name} has no column '{column}'", "a place for it", cure)
            added.append(csv_line([getattr(row, column, "") for column in head]).replace("\n", ending))
            self._places[Place(name, line)] = row.place
            self._new.append((topic, row.id))
            line += 1
        return data + "".join(added).encode()

    def _refuse(self, row: CandidateFact, rule: str, found: str, expected: str, cure: str) -> None:
        self._findings.add(row.place, rule, found, expected=expected, cure=cure)

    def _check(self, tables: Mapping[str, bytes]) -> Knowledge:
        """Return what the workspace will know; what is wrong with the new facts is found at their candidates' lines."""
        if not tables:
            return self._before
        overlay = Workspace(self._workspace.root, self._workspace.documents, dict(tables))
        after = learn(overlay, overlay.topics(), today=self._today)
        known = set(self._before.findings)
        for finding in after.findings:
            if finding not in known:
                self._findings.append(self._told(finding))
        return after

    def _told(self, finding: Finding) -> Finding:
        """Return a finding that names candidates where it speaks of rows that are not written yet."""
        found, cure = finding.found, finding.cure
        for planned, place in sorted(self._places.items(), reverse=True):
            found, cure = found.replace(str(planned), str(place)), cure.replace(str(planned), str(place))
        return replace(finding, place=self._places.get(finding.place, finding.place), found=found, cure=cure)

    # --- what is rejected -------------------------------------------------------------------------

    def _set_aside(self, after: Knowledge) -> list[SetAside]:
        """Return a row for each rejected quantity; the documents must be at hand, as they must for the facts."""
        by_source: dict[str, list[CandidateFact]] = defaultdict(list)
        for row in self._rows:
            if row.accept:
                by_source[row.source].append(row)
        limits = Limits(seconds=after.settings.seconds, megabytes=after.settings.megabytes)
        found: list[SetAside] = []
        with Library(self._workspace, limits) as library:
            for id_, rows in by_source.items():
                reading = self._open(after, library, id_, rows)
                rejected = [row for row in rows if row.accept == "no"]
                if reading is not None and rejected:
                    found += self._asides(after, after.sources[id_], reading, rejected)
        return found

    def _open(
        self, after: Knowledge, library: Library, id_: str, rows: Sequence[CandidateFact]
    ) -> coverage.Reading | None:
        source = after.sources.get(id_)
        try:
            document = library.open(source) if source else None
        except DocumentError:
            return None  # told already, at the source
        if source is None:
            rejected = [row for row in rows if row.accept == "no"]
            if rejected:
                cure = did_you_mean(id_, after.sources)
                self._refuse(rejected[0], "candidates.source", f"source '{id_}'", "an id of data/sources.toml", cure)
            return None
        if document is None:
            found = f"the document of '{id_}' is not at hand"
            cure = "Put it in data/sources/, or name its folder in BRIEFING_DOCUMENTS: nothing enters unchecked."
            self._refuse(rows[0], "candidates.document", found, "the document", cure)
            return None
        return coverage.Reading(document, source.language, after.vocabulary)

    def _asides(
        self, after: Knowledge, source: Source, reading: coverage.Reading, rows: Sequence[CandidateFact]
    ) -> Iterator[SetAside]:
        facts = [fact for topic in after.topics for fact in topic.facts]
        asides = _read_asides(self._workspace, after)
        covered, _ = coverage.cover(source, reading, facts, asides, after.vocabulary, after.settings.languages[0])
        reasons: dict[int, str] = {}
        for row in rows:
            held = held_by(reading, [row])
            if not held:
                cure = "Copy the anchor from the document, or remove the row."
                self._refuse(row, "candidates.lost", f"'{row.said}' is not where the anchor is", "its words", cure)
            reasons |= dict.fromkeys(held, row.reason or LEFT_OUT)
        mentions = [_marked(mention, rejected=number in reasons) for number, mention in enumerate(covered.mentions)]
        for proposed in coverage.propose(source, reading, mentions, after.vocabulary):
            numbers = {
                number for place in reading.document.places(proposed.anchor) for number in reading.within(*place)
            }
            said = dict.fromkeys(reasons[number] for number in sorted(numbers & reasons.keys()))
            yield replace(proposed, reason=" ".join(said))

    def _appended(self, asides: Sequence[SetAside]) -> dict[Path, bytes]:
        if not asides:
            return {}
        path = self._workspace.root / coverage.FILE
        head = table_head(self._workspace)
        before = path.read_bytes() if head else b"source,anchor,count,reason\n"
        columns = head or ("source", "anchor", "count", "reason")
        rows = "".join(csv_line([_cell(each, column) for column in columns]) for each in asides)
        gap = b"" if before.endswith(b"\n") else b"\n"
        return {path: before + gap + rows.encode()}


def _marked(mention: Mention, *, rejected: bool) -> Mention:
    """Return a quantity as open if it is rejected; one that is undecided stands in the way of anchors."""
    if mention.state not in ("open", "repeats"):
        return mention
    return replace(mention, state="open" if rejected else "repeats")


def _cell(aside: SetAside, column: str) -> str:
    if column == "count":
        return str(aside.count) if aside.count > 1 else ""
    return str(getattr(aside, column, ""))


def _read_asides(workspace: Workspace, knowledge: Knowledge) -> tuple[SetAside, ...]:
    text = workspace.text(coverage.FILE, Findings()) if workspace.has(coverage.FILE) else None
    return coverage.read_set_aside(text, knowledge.sources, knowledge.vocabulary, Findings()) if text else ()


def _is_same(row: CandidateFact, fact: Fact) -> bool:
    """Return whether a candidate is in the table already: an acceptance was interrupted after it was written."""
    same = all(getattr(row, name) == getattr(fact, name) for name in _COMPARED)
    return same and (row.period, row.value) == (fact.period.text, str(fact.value))


def _free_id(row: CandidateFact, taken: Collection[str]) -> str:
    """Return an id for a fact without one: its metric and period, and its source where that is taken."""
    parts = (row.metric, "" if row.period == "undated" else row.period)
    plain = ".".join(_plain(part) for part in parts if _plain(part)) or _plain(row.source)
    sourced = f"{plain}.{_plain(row.source)}"
    number = 2
    for id_ in (plain, sourced):
        if id_ not in taken:
            return id_
    while f"{sourced}.{number}" in taken:
        number += 1
    return f"{sourced}.{number}"


def _plain(text: str) -> str:
    return ".".join(re.findall("[a-z0-9]+", text.lower()))
