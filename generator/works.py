"""The works: what the engine has done for a slot, one topic at a time.

Place in the pipeline: engine. In: a making of the ledger; out: the same making with what became of it. Every step may
be done twice, after a crash: an edition that is there already is found, and nothing is made again.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from . import archive
from .errors import BriefingError, WorkspaceError
from .journal import Journal
from .ledger import BUILT, DEAD, FAILED, HELD, UNCHANGED, Ledger, Making
from .materiality import Figures, material_changes
from .model import Finding
from .orders import wanted
from .pipeline import Outcome, Request, build, open_workshop
from .slots import Schedule, stamp, unstamp
from .topics import briefings, has_briefing
from .workspace import Workspace, digest

if TYPE_CHECKING:
    from .workshop import Workshop

TRIES = 5
"""Attempts before a making is dead: it is tried again only when its inputs change."""
_FIRST_WAIT = timedelta(minutes=1)
_SAID = 5
"""How many problems of a failed making are written down."""


class Works:
    """Makes editions of one workspace, with one workshop that stays open while there is work."""

    def __init__(
        self, root: Path, documents: Path | None, ledger: Ledger, clock: Callable[[], datetime], journal: Journal
    ) -> None:
        """Open nothing yet."""
        self.root, self.documents, self.ledger, self.clock, self.journal = root, documents, ledger, clock, journal
        self._shop: Workshop | None = None
        self._opening = threading.Lock()

    def close(self) -> None:
        """End the workshop's children."""
        with self._opening:
            if self._shop is not None:
                self._shop.close()
                self._shop = None

    def workspace(self) -> Workspace:
        """Return the workspace with its files as they are now."""
        return Workspace(self.root, self.documents)

    def plan(self, schedule: str, slot: str) -> list[str]:
        """Write down what is to be made of a slot, and return the topics."""
        found = self.ledger.schedule(schedule)
        # Without any topic the pipeline says what is missing, as it does to a person.
        topics = (found.topics or briefings(self.workspace()) or ("",)) if found else ()
        return list(self.ledger.plan(schedule, slot, topics, self.clock()))

    def make(self, making: Making) -> Making:
        """Return a making with what became of it, and write that in the journal."""
        about = {"schedule": making.schedule, "slot": making.slot, "topic": making.topic, "attempt": making.attempt}
        journal, begun = self.journal.about(**about), time.perf_counter()
        made = self._make(making, journal)
        made = replace(made, seconds=round(time.perf_counter() - begun, 3))
        level = logging.WARNING if made.state in (FAILED, DEAD) else logging.INFO
        ended = {"state": made.state, "error": made.error, "next_try": made.next_try, "seconds": made.seconds}
        journal.say(f"making {made.state}", level=level, editions=dict(made.editions), **ended)
        return made

    def _make(self, making: Making, journal: Journal) -> Making:
        schedule = self.ledger.schedule(making.schedule)
        if schedule is None:
            return self._ended(making, HELD, error="the schedule is gone")
        workspace = self.workspace()
        topics = (making.topic,) if making.topic else ()
        try:
            making = replace(making, inputs=inputs_of(workspace, schedule, making.topic))
            last = self.ledger.last_made(making.schedule, making.topic)
            if last and (why := self._immaterial(workspace, schedule, making, last)):
                return self._ended(making, HELD, error=why)
            request = Request(topics, schedule.languages, strict=schedule.strict)
            outcomes = build(workspace, request, tell=journal.step, now=self.clock(), shop=self._open(workspace))
        except WorkspaceError as error:
            return self.failed(making, _problems(error.findings))
        except BriefingError as error:
            return self.failed(making, str(error))
        return self._judged(making, schedule, outcomes, last)

    def _open(self, workspace: Workspace) -> Workshop:
        with self._opening:
            if self._shop is None:
                self._shop = open_workshop(workspace, Request())
            return self._shop

    def _judged(
        self, making: Making, schedule: Schedule, outcomes: tuple[Outcome, ...], last: Making | None
    ) -> Making:
        if failed := [outcome for outcome in outcomes if outcome.state == "failed"]:
            findings = _problems(finding for finding in failed[0].findings if finding.severity != "note")
            return self.failed(making, findings or failed[0].error)
        editions = {
            language: outcome.edition.id for outcome in outcomes if outcome.edition for language in outcome.languages
        }
        stands = last is not None and dict(last.editions) == editions and not _overdue(schedule, making, last)
        if stands and schedule.when != "always":
            return self._ended(making, HELD, error="nothing has changed since the last edition", editions=editions)
        state = BUILT if any(outcome.state == "built" for outcome in outcomes) else UNCHANGED
        return self._ended(making, state, editions=editions)

    def _immaterial(self, workspace: Workspace, schedule: Schedule, making: Making, last: Making) -> str:
        """Return why nothing is to be made although something may have changed, "" where it is to be made."""
        if schedule.when != "material" or _overdue(schedule, making, last) or not last.editions:
            return ""
        language, edition = min(last.editions.items())
        had = archive.read_record(workspace.reports, making.topic, edition).get("figures", {})
        if material_changes(had, figures_now(workspace, making.topic, language), schedule.material):
            return ""
        return f"no material change since edition {edition}"

    def failed(self, making: Making, error: str) -> Making:
        """Return a making that failed, with when it is tried again."""
        number = (making.attempt - 1) % TRIES + 1
        if number == TRIES:
            return self._ended(making, DEAD, error=error)
        wait = _FIRST_WAIT * 4 ** (number - 1)
        # Spread over a fifth, the same for the same attempt: makings that failed together do not come back together.
        spread = int.from_bytes(hashlib.sha256(making.id.encode()).digest()[:2]) / 65536 / 5
        return self._ended(making, FAILED, error=error, next_try=stamp(self.clock() + wait * (1 + spread)))

    def _ended(
        self, making: Making, state: str, *, error: str = "", next_try: str = "", editions: dict[str, str] | None = None
    ) -> Making:
        return replace(
            making, state=state, error=error, next_try=next_try, editions=editions or {}, changed=stamp(self.clock())
        )


def inputs_of(workspace: Workspace, schedule: Schedule, topic: str) -> str:
    """Return one digest over the files that a schedule's topic is made from, "" where there is no such topic."""
    if not has_briefing(workspace, topic):
        return ""
    wants = wanted(workspace, (topic,), schedule.languages, None, latest=date.max)
    return digest({want.language: want.digest for want in wants})


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


def _overdue(schedule: Schedule, making: Making, last: Making) -> bool:
    """Whether so many days have passed that an edition is due whatever changed."""
    days = schedule.at_latest
    return days is not None and unstamp(making.slot) - unstamp(last.slot) >= timedelta(days=days)


def _problems(findings: Iterable[Finding]) -> str:
    found = [str(finding) for finding in findings]
    more = [f"and {len(found) - _SAID} more"] if len(found) > _SAID else []
    return "\n".join([*found[:_SAID], *more])
