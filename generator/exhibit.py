"""An edition as a person asks for it: its record in brief, and every numeral of its pages with where it comes from.

Place in the pipeline: beside it; `briefing show` prints what is found here. In: the archive; nothing is read anew and
nothing is believed that the record does not vouch for.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import archive
from .errors import ArchiveError, UsageError
from .model import Edition
from .reading import did_you_mean
from .recalls import Recall, recall_of
from .traces import KINDS
from .workspace import Workspace

_BRIEF = "-brief"


@dataclass(frozen=True, slots=True)
class Printing:
    """A PDF of an edition: language, layout ("full" or "brief"), file name, sha256, bytes, pages."""

    language: str
    layout: str
    file: str
    sha256: str
    bytes: int
    pages: int

    @property
    def name(self) -> str:
        """What it is called among the PDFs of its edition: `en`, `en-brief`."""
        return printing_name(self.language, self.layout)


def printing_name(language: str, layout: str) -> str:
    """Return the language, and the layout where it is not the full one: `en`, `en-brief`."""
    return language if layout == "full" else f"{language}-{layout}"


def named_printing(name: str) -> tuple[str, str]:
    """Return the language and the layout that a name says."""
    return (name.removesuffix(_BRIEF), "brief") if name.endswith(_BRIEF) else (name, "full")


def printings(edition: Edition) -> dict[str, Printing]:
    """Return the PDFs of an edition by name: the full one of each language, then its brief where there is one."""
    kept = (("full", edition.files), ("brief", edition.briefs))
    every = [Printing(file[0], layout, *file[1:]) for layout, files in kept for file in files]
    # Sorting is stable: the full one stays before its brief.
    ordered = sorted(every, key=lambda each: edition.languages.index(each.language))
    return {each.name: each for each in ordered}


@dataclass(frozen=True, slots=True)
class Number:
    """A numeral on a page of an edition: `of` names the fact, the observation or the source, `value` what it holds."""

    language: str
    page: int
    numeral: str
    kind: str
    of: str
    value: str
    sources: tuple[str, ...]
    area: tuple[float, ...] = ()
    """Left, top, width and height in millimetres of the run of text or drawing that holds it; () where not kept."""
    layout: str = "full"
    """"full", or "brief" where it stands on the one page of its language."""

    @property
    def printing(self) -> str:
        """The name of the PDF that it stands in."""
        return printing_name(self.language, self.layout)

    @property
    def meaning(self) -> str:
        """What the kind is, in words."""
        return KINDS.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An edition with its record, what is wrong with its files ("" for nothing), and its numerals."""

    edition: Edition
    record: dict[str, Any] = field(repr=False)
    damage: str = ""
    numbers: tuple[Number, ...] = field(default=(), repr=False)
    recall: Recall | None = None
    """Why it was called back; None where it was not."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The record in brief."""
        edition, record = self.edition, self.record
        day = edition.date + (f", as of {edition.as_of}" if edition.as_of else "")
        return (
            f"{edition.topic}/{edition.id}: edition {edition.number} of {day}, {self.damage or 'whole'}",
            *((f"  {self.recall}",) if self.recall else ()),
            *(
                f"  {name}: {each.file}, {each.pages} page{'' if each.pages == 1 else 's'}, {each.bytes} bytes,"
                f" sha256 {each.sha256[:12]}"
                for name, each in printings(edition).items()
            ),
            f"  made by {record['program']} from {len(record['inputs'])} inputs, digest {edition.digest[:12]}",
            f"  prints {len(record['facts'])} facts, {len(record['series'])} series, {len(record['sources'])} sources",
            *self._counted(),
            *(f"  {each['severity']}: {each['place']}: {each['found']}" for each in record["findings"]),
        )

    def _counted(self) -> tuple[str, ...]:
        if not self.numbers:
            return ("  no trace of its numerals: it was made before they were kept",)
        said = []
        for name in printings(self.edition):
            kinds = Counter(number.kind for number in self.numbers if number.printing == name)
            listed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
            said.append(f"  {name}: {kinds.total()} numerals: {listed}")
        return tuple(said)


def show_edition(workspace: Workspace, name: str) -> Exhibit:
    """Return an edition by its name: `economy/2026-11-22.3`, or `economy` for its newest.

    UsageError where there is none, ArchiveError where its record or trace cannot be read.
    """
    topic, edition = named(workspace.reports, name)
    found = archive.read_edition(workspace.reports, topic, edition)
    record = archive.read_record(workspace.reports, topic, edition)
    damage = archive.damage(workspace.reports, found)
    numbers = _numbers(workspace.reports / topic / edition, record, found) if record.get("trace") else ()
    return Exhibit(found, record, damage, numbers, recall_of(workspace.reports, topic, edition))


def named(reports: Path, name: str) -> tuple[str, str]:
    """Return the topic and the edition that a name means; UsageError where there is none."""
    topic, edition = locate(reports, name)
    return topic, edition or _newest(reports, topic)


def locate(reports: Path, name: str) -> tuple[str, str]:
    """Return topic and edition of a name, the edition "" where only a topic is named; UsageError for unknown ones."""
    topic, _, edition = name.strip("/").removeprefix("reports/").partition("/")
    known = archive.topics_kept(reports)
    if topic not in known:
        hint = did_you_mean(topic, known) if known else "Build one: briefing build."
        raise UsageError(f"no edition of '{topic}'", where="reports", hint=hint)
    if edition:
        folders = archive.folders(reports, topic)
        if edition not in folders:
            raise UsageError(f"no edition '{edition}'", where=f"reports/{topic}", hint=did_you_mean(edition, folders))
    return topic, edition


def _newest(reports: Path, topic: str) -> str:
    newest = archive.newest(reports, topic)
    if newest is None:
        raise UsageError(f"no edition of '{topic}'", where=f"reports/{topic}", hint="Name one of `briefing editions`.")
    return newest.id


def _numbers(folder: Path, record: dict[str, Any], edition: Edition) -> tuple[Number, ...]:
    path = folder / record["trace"]["name"]
    kept = printings(edition)
    try:
        trace = json.loads(path.read_bytes())
        return tuple(
            _number(kept[name], trace["traces"][number], page, numeral, area)
            for name, numerals in trace["numerals"].items()
            for page, numeral, number, *area in numerals
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        hint = "Restore the folder from a copy; the PDFs beside it tell what they print."
        raise ArchiveError(f"the trace cannot be read: {error}", where=str(path), hint=hint) from error


def _number(printing: Printing, trace: Mapping[str, Any], page: int, numeral: str, area: Iterable[float]) -> Number:
    of, value, sources = trace.get("of", ""), trace.get("value", ""), tuple(trace.get("sources", ()))
    place = tuple(map(float, area))
    return Number(printing.language, page, numeral, trace["kind"], of, value, sources, place, printing.layout)
