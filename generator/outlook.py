"""The outlook: the next slots of the schedules, what each would make, for which lists, and why or why not.

Place in the pipeline: engine, beside the turns. In: schedules, the ledgers and the time; out: an `Outlook` a slot, as
things stand now. Nothing is decided, made or sent here, so who looks at it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path

from .allotments import Allotment
from .catalogues import msgid
from .circulation import UNCHANGED_SINCE, Circulation, figures_now, immaterial
from .database import Address, address_of, opened
from .deliveries import Deliveries
from .errors import BriefingError, WorkspaceError
from .ledger import WAITING, Ledger, Making
from .operation import read_operation
from .orders import standing, wanted
from .reading import Findings
from .slots import Schedule, Slot, next_slots
from .topics import briefings
from .wording import Wording
from .workspace import Workspace

SHOWN = 5
"""How many slots are shown that are not left out."""
_OF, _FAIL = msgid("{topics}: {said}"), msgid("would fail: {problem}")


@dataclass(frozen=True, slots=True)
class Outlook:
    """A slot to come of a schedule; `said` is what would become of it as things stand, for whom, and why."""

    schedule: Schedule
    slot: Slot
    said: tuple[str, ...] = ()


def upcoming(schedules: Iterable[Schedule], after: datetime, count: int = SHOWN) -> tuple[Outlook, ...]:
    """Return the next `count` slots of some schedules that are not left out, and those left out before them."""
    found = [Outlook(schedule, slot) for schedule in schedules for slot in next_slots(schedule, after, count)]
    found.sort(key=lambda each: (each.slot, each.schedule.name))
    open_ = [number for number, each in enumerate(found, 1) if not each.slot.left_out]
    return tuple(found[: open_[count - 1] if len(open_) >= count else len(found)])


@contextmanager
def ledger_of(workspace: Workspace, *, make: bool = True) -> Iterator[Ledger]:
    """Open the ledger; WorkspaceError where briefing.toml says wrongly where it is.

    Where there is none yet and none is to be made, an empty one is given that is gone afterwards.
    """
    findings = Findings()
    address = address_of(workspace.state, read_operation(workspace, findings))
    if findings.errors:
        raise WorkspaceError(findings.errors)
    if not make and address.file is not None and not address.file.exists():
        ledger = Ledger(Address(Path(":memory:")))
        yield ledger
        ledger.close()
        return
    with opened(address):
        ledger = Ledger(address)
        try:
            yield ledger
        finally:
            ledger.close()


def foresee(workspace: Workspace, outlooks: Iterable[Outlook], ledger: Ledger) -> tuple[Outlook, ...]:
    """Return slots with what would become of them, were they due with the data, lists and editions of now."""
    deliveries = Deliveries(ledger.address, ledger.engine)
    seer = _Seer(workspace, ledger, Circulation(ledger, deliveries))
    return tuple(replace(each, said=seer.say(each)) for each in outlooks)


class _Seer:
    """Foresees slots; what is known of a topic's figures and of a schedule is found out once."""

    def __init__(self, workspace: Workspace, ledger: Ledger, circulation: Circulation) -> None:
        self._workspace, self._ledger, self._circulation = workspace, ledger, circulation
        self._shown = cache(partial(figures_now, workspace))
        self._said: dict[str, tuple[str, ...]] = {}

    def say(self, outlook: Outlook) -> tuple[str, ...]:
        """Return what would be said of a slot; the slots of one schedule differ only by its patience."""
        schedule = outlook.schedule
        if outlook.slot.left_out or schedule.kind == "release":
            return ()
        if schedule.name in self._said and schedule.at_latest is None:
            return self._said[schedule.name]
        topics = schedule.topics or briefings(self._workspace)
        found: dict[str, list[str]] = {}
        for topic in topics:
            for line in self._foresee(schedule, Making(schedule.name, outlook.slot.id, topic, WAITING)):
                found.setdefault(line, []).append(topic)
        self._said[schedule.name] = tuple(
            line if len(mine) == len(topics) else Wording(_OF, topics=", ".join(mine), said=line)
            for line, mine in found.items()
        )
        return self._said[schedule.name]

    def _foresee(self, schedule: Schedule, making: Making) -> list[str]:
        try:
            allotments = self._circulation.weigh(self._workspace, schedule, making, partial(self._shown, making.topic))
            if schedule.lists:
                return [_foretold(self._known(schedule, making.topic, each)) for each in allotments]
            return [self._alone(schedule, making)]
        except WorkspaceError as error:
            return [Wording(_FAIL, problem=f"{error.findings[0]}".splitlines()[0])]
        except BriefingError as error:
            return [Wording(_FAIL, problem=f"{error}".splitlines()[0])]

    def _known(self, schedule: Schedule, topic: str, allotment: Allotment) -> Allotment:
        """Return an allotment as it would be settled: an edition whose files are the same is no new one."""
        edition = self._standing(topic, allotment.language) if schedule.when == "changed" and allotment.given else ""
        if not edition or edition != allotment.edition:
            return allotment
        return replace(allotment, given=False, reason=Wording(UNCHANGED_SINCE, edition=edition))

    def _alone(self, schedule: Schedule, making: Making) -> str:
        """Return what would become of a topic that no list gets by its schedule."""
        last = self._ledger.last_made(making.schedule, making.topic)
        shown = partial(self._shown, making.topic)
        if why := immaterial(self._workspace, schedule, making, last, shown):
            return Wording(msgid("would be held: {reason}"), reason=why)
        languages = schedule.languages or self._languages(making.topic)
        stands = {language: self._standing(making.topic, language) for language in languages}
        if all(stands.values()):
            unchanged = Wording(UNCHANGED_SINCE, edition=", ".join(sorted(set(stands.values()))))
            return Wording(msgid("would stay as it is: {reason}"), reason=unchanged)
        return Wording(msgid("would be made"))

    def _languages(self, topic: str) -> tuple[str, ...]:
        return tuple(want.language for want in wanted(self._workspace, (topic,), (), None, latest=date.max))

    def _standing(self, topic: str, language: str) -> str:
        """Return the newest edition where it was made from the files of now, "" where it was not."""
        (want,) = wanted(self._workspace, (topic,), (language,), None, latest=date.max)
        edition = standing(self._workspace, want)
        return edition.id if edition else ""


def _foretold(allotment: Allotment) -> str:
    """Return what would become of an allotment."""
    given = msgid("would be given to {readers}: {reason}")
    withheld = msgid("would be withheld from {readers}: {reason}")
    return Wording(given if allotment.given else withheld, readers=allotment.readers, reason=allotment.reason)
