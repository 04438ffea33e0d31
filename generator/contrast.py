"""Two editions side by side: what the newer prints differently, by their records.

Place in the pipeline: beside it; `briefing diff` prints what is found here. In: the archive, or two record files; out:
a `Contrast`, language-neutral differences and the same in words. No fact or series of the workspace is read, so
editions of a topic that is gone, or does not build, can be compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import archive
from .calls import Answers
from .difference_words import Voice, facts_of, say_changes
from .differences import Aspect, Difference, aspects, differences
from .errors import ArchiveError, UsageError
from .exhibit import named
from .knowledge import read_common
from .language import Words
from .page import Changes
from .reading import Findings
from .traces import plain
from .workspace import Workspace

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contrast:
    """What differs between two editions of a topic, which `before` and `after` name; `changes` says it in words."""

    topic: str
    before: str
    after: str
    differences: tuple[Difference, ...]
    aspects: tuple[Aspect, ...]
    changes: Changes

    @property
    def lines(self) -> Iterator[str]:
        """The differences as people read them, kind by kind."""
        yield f"{self.topic}/{self.before} -> {self.topic}/{self.after}"
        for group in self.changes.groups:
            yield plain(group.title)
            for each in group.changes:
                detail = f" ({each.detail})" if each.detail else ""
                sides = " -> ".join(side or "–" for side in (each.before, each.after))
                yield plain(f"  {each.label}{detail}, {each.period}: {sides}  [{each.name}]")
        if self.changes.remark:
            yield plain(self.changes.remark)


def diff(workspace: Workspace, one: str, other: str = "", *, language: str = "") -> Contrast:
    """Return what differs between two editions, or between one and the edition before it.

    They are named as `economy/2026-11-22.3`, as `economy` for its newest, or by the path of a record.json. `language`
    compares the pages of that language alone. UsageError where there is no such edition or the topics differ,
    ArchiveError where a record cannot be read or does not say enough.
    """
    after = _record(workspace, other or one)
    before = _record(workspace, one) if other else _earlier(workspace, after)
    if before["topic"] != after["topic"]:
        hint = "Name two editions of one topic; `briefing editions` lists them."
        raise UsageError(f"an edition of '{before['topic']}' and one of '{after['topic']}'", hint=hint)
    for record in (before, after) if language else ():
        if language not in record["languages"]:
            hint = f"It has {', '.join(record['languages'])}."
            raise UsageError(f"no page in '{language}'", where=f"{record['topic']}/{record['edition']}", hint=hint)
    findings = Findings()
    settings, vocabulary, sources = read_common(workspace, findings)
    tongue = language or settings.languages[0]
    program, own = workspace.catalogues(tongue, findings)
    words = Words(tongue, program, vocabulary, own)
    found = differences(before, after, language)
    voice = Voice(Answers(facts_of(after), (), words), vocabulary, sources, most=0)
    changes = say_changes(before, after, language, voice)
    return Contrast(
        after["topic"], before["edition"], after["edition"], found, aspects(before, after, language), changes
    )


def _record(workspace: Workspace, name: str) -> Record:
    """Return the record of an edition, or one that lies anywhere."""
    if not name.endswith(".json"):
        return _whole(archive.read_record(workspace.reports, *named(workspace.reports, name)), name)
    try:
        return _whole(json.loads(Path(name).read_bytes()), name)
    except FileNotFoundError:
        raise UsageError(f"no file '{name}'", hint="Give the path of an edition's record.json.") from None
    except (OSError, ValueError, RecursionError) as error:
        hint = "Give the record.json of an edition."
        raise ArchiveError(f"the record cannot be read: {error}", where=name, hint=hint) from error


def _whole(record: Any, name: str) -> Record:  # noqa: ANN401 - JSON is anything
    kinds = {"topic": str, "edition": str, "date": str, "languages": list, "inputs": dict}
    if isinstance(record, dict) and all(isinstance(record.get(key), kind) for key, kind in kinds.items()):
        return record
    hint = "Give the record.json of an edition."
    raise ArchiveError("this is no record of an edition", where=name, hint=hint)


def _earlier(workspace: Workspace, after: Record) -> Record:
    """Return the record of the edition before one, of those that are no look back."""
    number = after.get("number", 0)
    before = archive.newest(workspace.reports, after["topic"], before=number)
    if before is None:
        where = f"{after['topic']}/{after['edition']}"
        raise UsageError("no edition before it", where=where, hint="Name two editions; `briefing editions` lists them.")
    return archive.read_record(workspace.reports, after["topic"], before.id)
