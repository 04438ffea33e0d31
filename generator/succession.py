"""Which edition a page follows, and what changed since then: the section that needs the archive.

Place in the pipeline: between steps 4 Write and 5 Print. In: a page drawn up, the archive; out: the draft with its
section. The section is no part of a page's digest, so that a page which would print the same figures, words and looks
stands unchanged. An edition made again follows the one that its record names, never itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import archive
from .calls import Answers
from .difference_words import Voice, say_changes
from .differences import comparable
from .draft import Draft
from .errors import ArchiveError
from .page import Mark
from .traces import Traces

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Succession:
    """The records of the editions that the pages of an edition follow, by language, and what it holds itself.

    A language is missing where it follows none: in its first edition, in a look back, after an edition of a program
    whose records do not say enough.
    """

    before: Mapping[str, Record] = field(default_factory=dict)
    now: Record = field(default_factory=dict)

    @property
    def since(self) -> Mapping[str, str]:
        """The name of the edition that each language follows."""
        return {language: str(record["edition"]) for language, record in self.before.items()}

    def tell(self, draft: Draft) -> Draft:
        """Return a draft with what changed since the edition that it follows."""
        before = self.before.get(draft.language)
        if before is None:
            return draft
        composed, material = draft.composed, draft.material
        traces = Traces(composed.traces)
        answers = Answers(material.topic.facts, material.topic.series, draft.words, traces=traces)
        marks = {row.id: Mark(row.number, row.id) for row in composed.context.sources}
        voice = Voice(answers, material.vocabulary, material.sources, marks)
        changes = say_changes(before, self.now, draft.language, voice)
        context = replace(composed.context, changes=changes)
        return replace(draft, composed=replace(composed, context=context, traces=traces.all))


def follow(reports: Path, topic: str, languages: Iterable[str], now: Record) -> Succession:
    """Return what the next edition of a topic follows: `now` is what it will hold."""
    newest = {language: archive.newest(reports, topic, language=language) for language in languages}
    names = {language: edition.id for language, edition in newest.items() if edition}
    return Succession(_records(reports, topic, names), now)


def follow_again(reports: Path, topic: str, edition: str) -> Succession:
    """Return what a kept edition follows; ArchiveError where an edition that it names is gone."""
    now = archive.read_record(reports, topic, edition)
    names = {file["language"]: file["since"] for file in now["files"] if file.get("since")}
    for name in names.values():
        if name not in archive.folders(reports, topic):
            raise ArchiveError(
                f"it says what changed since {name}, which is no longer in the archive",
                where=str(reports / topic / edition),
                hint=f"Restore the folder {name} from a copy: without it the edition cannot be made again.",
            )
    return Succession(_records(reports, topic, names), now)


def _records(reports: Path, topic: str, names: Mapping[str, str]) -> dict[str, Record]:
    read = {name: archive.read_record(reports, topic, name) for name in set(names.values())}
    return {language: read[name] for language, name in names.items() if comparable(read[name])}
