"""The works: what the engine has done for a slot, one topic at a time.

Place in the pipeline: engine. In: a making of the ledger; out: the same making with what became of it. Every step may
be done twice, after a crash: an edition that is there already is found, and nothing is made again.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from . import releases
from .circulation import Circulation, figures_now, immaterial, overdue
from .errors import BriefingError, OutsideError, WorkspaceError
from .inquiry import open_world
from .journal import Journal
from .ledger import BUILT, DEAD, FAILED, HELD, UNCHANGED, Ledger, Making
from .model import Finding
from .orders import wanted
from .pipeline import Outcome, Request, build, open_workshop
from .postman import Postman, faults
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

    def __init__(self, ledger: Ledger, postman: Postman, journal: Journal) -> None:
        """Open nothing yet; the workspace and the clock are the postman's."""
        self.root, self.documents, self.clock, self.journal = postman.root, postman.documents, postman.clock, journal
        self.ledger, self.postman = ledger, postman
        self.circulation = Circulation(ledger, postman.ledger)
        self.world = open_world
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
        if found and found.kind == "release":
            topics = releases.connectors(self.workspace(), found)
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
        if releases.is_release(making.topic):
            return self._publish(workspace, schedule, making, journal)
        topics = (making.topic,) if making.topic else ()
        try:
            making = replace(making, inputs=inputs_of(workspace, schedule, making.topic))
            last = self.ledger.last_made(making.schedule, making.topic)
            shown = cache(partial(figures_now, workspace, making.topic))
            making = replace(making, allotments=self.circulation.weigh(workspace, schedule, making, shown))
            if why := immaterial(workspace, schedule, making, last, shown):
                return self._ended(making, HELD, error=why)
            request = Request(topics, schedule.languages, strict=schedule.strict)
            outcomes = build(workspace, request, tell=journal.step, now=self.clock(), shop=self._open(workspace))
        except WorkspaceError as error:
            return self.failed(making, _problems(error.findings))
        except BriefingError as error:
            return self.failed(making, str(error))
        return self._judged(making, schedule, outcomes, last)

    def _publish(self, workspace: Workspace, release: Schedule, making: Making, journal: Journal) -> Making:
        """Return a release's making with what became of its series."""
        try:
            world = self.world(workspace, self.clock().date(), self.postman.secrets)
            tell = partial(journal.say, "refresh")
            done = releases.publish(workspace, release, making.topic, world, lambda what: tell(what=what))
        except WorkspaceError as error:
            done = releases.Released(error=_problems(error.findings))
        except BriefingError as error:
            done = releases.Released(error=str(error))
        # Of the files as they are now: what was written is no edit.
        making = replace(making, inputs=releases.inputs_of(workspace, release, making.topic), released=done.topics)
        if done.error:
            return self._ended(making, DEAD, error=done.error) if done.waits else self.failed(making, done.error)
        said = f"changed: {', '.join(done.changed)}" if done.changed else "nothing has changed"
        return self._ended(making, BUILT if done.changed else UNCHANGED, error=said)

    def follow(self, making: Making) -> tuple[Making, ...]:
        """Make due what hangs on the series of a release that were answered, whether they changed or not.

        An earlier attempt may have written what this one finds unchanged; whose condition is not met is held.
        """
        reason = f"due: release {making.schedule}@{making.slot}"
        return self.ledger.follow(making.released, reason, self.clock()) if making.released else ()

    def _open(self, workspace: Workspace) -> Workshop:
        with self._opening:
            if self._shop is None:
                self._shop = open_workshop(workspace, Request(), lasting=True)
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
        making = replace(making, allotments=self.circulation.settle(schedule, making.allotments, editions))
        built = any(outcome.state == "built" for outcome in outcomes)
        if schedule.when != "always" and _stands(schedule, making, last, editions, built=built):
            return self._ended(making, HELD, error="nothing has changed since the last edition", editions=editions)
        return self._ended(making, BUILT if built else UNCHANGED, editions=editions)

    def note(self, making: Making) -> None:
        """Write down what became of a making; first its lists are owed what they are given, each once."""
        try:
            self.postman.owe_given(making.topic, making.allotments)
        except BriefingError as error:
            if error.exit_code == OutsideError.exit_code:
                raise
            # The edition stays; the next attempt finds it, and gives it to whoever is on the lists then.
            making = self.failed(making, _problems(error.findings) if isinstance(error, WorkspaceError) else str(error))
        self.ledger.note(making)

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
        now, given = stamp(self.clock()), making.allotments if state not in (FAILED, DEAD) else ()
        return replace(
            making, state=state, error=error, next_try=next_try, editions=editions or {}, changed=now, allotments=given
        )


def _stands(
    schedule: Schedule, making: Making, last: Making | None, editions: dict[str, str], *, built: bool
) -> bool:
    """Whether the readers have had all that was made."""
    if schedule.lists:
        return not built and not any(each.given for each in making.allotments)
    return last is not None and dict(last.editions) == editions and not overdue(schedule, making, unstamp(last.slot))


def inputs_of(workspace: Workspace, schedule: Schedule, topic: str) -> str:
    """Return one digest over the files that a schedule's topic is made from, "" where there is no such topic.

    What is wrong with its lists counts too: once it is corrected, a failed making is tried again.
    """
    if releases.is_release(topic):
        return releases.inputs_of(workspace, schedule, topic)
    if not has_briefing(workspace, topic):
        return ""
    wants = wanted(workspace, (topic,), schedule.languages, None, latest=date.max)
    parts = {want.language: want.digest for want in wants}
    if schedule.lists and (wrong := faults(workspace)):
        parts["lists"] = digest({str(finding): "" for finding in wrong})
    return digest(parts)


def _problems(findings: Iterable[Finding]) -> str:
    found = [str(finding) for finding in findings]
    more = [f"and {len(found) - _SAID} more"] if len(found) > _SAID else []
    return "\n".join([*found[:_SAID], *more])
