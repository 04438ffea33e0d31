"""Circulation: which lists of a schedule an edition is for, measured against the last one that each of them received.

Place in the pipeline: engine, around a making. Before it, `weigh` says for which readers something is to be made at
all; after it, `settle` says who is given the edition; `postman` then owes it. Readers are those of one list in one
language. What is withheld from them counts on: the next time they are measured against what they last got.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from . import archive
from .allotments import Allotment
from .catalogues import msgid
from .deliveries import Deliveries, Receipt
from .errors import ArchiveError, WorkspaceError
from .ledger import Ledger, Making
from .materiality import Figures, material_changes
from .orders import wanted
from .postman import lists_of
from .recalls import recall_of
from .recipients import Distribution
from .slots import Schedule, unstamp
from .wording import Wording, join
from .workspace import Workspace

UNCHANGED_SINCE = msgid("nothing has changed since edition {edition}")
_NO_CHANGE = msgid("no material change since edition {edition}")
_SAID = 3
"""How many material changes a reason names."""
Shown = Callable[[str], Figures]
"""What a topic's page would show now in a language."""


@dataclass(frozen=True)
class Circulation:
    """The lists of a workspace, with what the ledgers know of them."""

    ledger: Ledger
    deliveries: Deliveries

    def weigh(
        self, workspace: Workspace, schedule: Schedule, making: Making, shown: Shown
    ) -> tuple[Allotment, ...]:
        """Return for whom an edition is to be made; WorkspaceError where the lists are wrong."""
        if not schedule.lists:
            return ()
        distribution = lists_of(workspace)
        received = self.deliveries.received(making.topic)
        given = self._given(schedule, making.topic)
        found = []
        for list_, language in readers(schedule, distribution, making.topic):
            had = received.get((list_, language))
            since = _since(had, given.get((list_, language))) if had else None
            late = overdue(schedule, making, since)
            whether, why = _weigh(workspace, schedule, making.topic, language, had, late, shown)
            found.append(Allotment(list_, language, whether, why, had.edition if had else "", *_of(making)))
        return tuple(found)

    def settle(
        self, schedule: Schedule, allotments: Iterable[Allotment], editions: Mapping[str, str]
    ) -> tuple[Allotment, ...]:
        """Return who is given the editions that were made, by language."""
        return tuple(_settle(schedule, each, editions.get(each.language, "")) for each in allotments)

    def _given(self, schedule: Schedule, topic: str) -> dict[tuple[str, str], Allotment]:
        """Return what the schedule gave last, by list and language."""
        return {(each.list, each.language): each for each in self.ledger.last_given(schedule.name, topic)}


def readers(schedule: Schedule, distribution: Distribution, topic: str) -> tuple[tuple[str, str], ...]:
    """Return list and language of those for whom the schedule makes a topic; no language where nobody is on a list."""
    recipients = [each for each in distribution.recipients if each.cadence == "manual"]
    found = []
    for name in schedule.lists:
        mine = [each for each in recipients if each.list == name]
        languages = sorted({each.language for each in mine if each.wants(topic)})
        found += [(name, language) for language in languages] if mine else [(name, "")]
    return tuple(found)


def _weigh(
    workspace: Workspace, schedule: Schedule, topic: str, language: str, had: Receipt | None, late: str,
    shown: Shown,
) -> tuple[bool, str]:  # fmt: skip
    """Return whether an edition is to be made for readers, and why, or why not."""
    if not language:
        return False, Wording(msgid("nobody is on it"))
    if schedule.languages and language not in schedule.languages:
        return False, Wording(msgid("the schedule makes no edition in '{language}'"), language=language)
    if had is None:
        return True, Wording(msgid("it has received no edition yet"))
    if schedule.when != "material" or late:
        return True, late or Wording(msgid("due"))
    edition = _standing(workspace, topic, language, had.edition)
    return _measure(workspace, topic, edition, schedule, partial(shown, language))


def _measure(
    workspace: Workspace, topic: str, edition: str, schedule: Schedule, shown: Callable[[], Figures]
) -> tuple[bool, str]:
    """Return whether figures have changed enough since the edition that readers have."""
    try:
        had = archive.read_record(workspace.reports, topic, edition).get("figures", {})
    except ArchiveError:
        gone = msgid("edition {edition}, which it received, is no longer in the archive")
        return True, Wording(gone, edition=edition)
    changes = material_changes(had, shown(), schedule.material)
    if not changes:
        return False, Wording(_NO_CHANGE, edition=edition)
    said, more = join(changes[:_SAID]), len(changes) - _SAID
    if more > 0:
        said = Wording(msgid("{changes} and {count} more"), changes=said, count=more)
    return True, Wording(msgid("{changes}; it has edition {edition}"), changes=said, edition=edition)


def _settle(schedule: Schedule, allotment: Allotment, edition: str) -> Allotment:
    if not allotment.given:
        return allotment
    if not edition:
        none = Wording(msgid("there is no edition in '{language}'"), language=allotment.language)
        return replace(allotment, given=False, reason=none, edition="")
    if schedule.when == "changed" and edition == allotment.edition:
        return replace(allotment, given=False, reason=Wording(UNCHANGED_SINCE, edition=edition))
    return replace(allotment, edition=edition)


def _standing(workspace: Workspace, topic: str, language: str, edition: str) -> str:
    """Return the edition that readers go by: what takes the place of one that was called back."""
    while (recall := recall_of(workspace.reports, topic, edition)) and language in recall.instead:
        edition = recall.instead[language]
    return edition


def _since(had: Receipt, given: Allotment | None) -> datetime:
    """Return since when readers have what they have: the slot that gave it, or the moment it was sent by other ways."""
    return unstamp(given.slot) if given and given.edition == had.edition else had.owed


def overdue(schedule: Schedule, making: Making, since: datetime | None) -> str:
    """Return why an edition is due whatever changed, "" where it is not."""
    days = schedule.at_latest
    if days is None or since is None or unstamp(making.slot) - since < timedelta(days=days):
        return ""
    passed = (unstamp(making.slot) - since).days
    return Wording(msgid("{days} days since the last one; at the latest after {limit}"), days=passed, limit=days)


def immaterial(
    workspace: Workspace, schedule: Schedule, making: Making, last: Making | None, shown: Shown
) -> str:
    """Return why nothing is to be made although something may have changed, "" where it is to be made.

    Measured against what each list received; without lists against the last edition that the schedule gave.
    """
    if schedule.when != "material":
        return ""
    if schedule.lists:
        return "" if any(each.given for each in making.allotments) else "; ".join(map(str, making.allotments))
    if last is None or overdue(schedule, making, unstamp(last.slot)) or not last.editions:
        return ""
    language, edition = min(last.editions.items())
    had = archive.read_record(workspace.reports, making.topic, edition).get("figures", {})
    changed = material_changes(had, shown(language), schedule.material)
    return "" if changed else Wording(_NO_CHANGE, edition=edition)


def figures_now(workspace: Workspace, topic: str, language: str) -> Figures:
    """Return the figures that a topic's page would show now."""
    from .knowledge import learn
    from .manuscript import write_up
    from .record import figures

    (want,) = wanted(workspace, (topic,), (language,), None, latest=date.max)
    knowledge = learn(workspace, (topic,))
    if knowledge.findings.errors:
        raise WorkspaceError(knowledge.errors_of(topic))
    composed = write_up(workspace, knowledge, want).draft.composed
    return figures(knowledge.topic(topic), composed.facts, composed.series)


def _of(making: Making) -> tuple[str, str, str]:
    return making.schedule, making.slot, making.topic
