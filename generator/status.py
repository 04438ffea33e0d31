"""The state of the engine: what is good, what fails and why, what comes next, what waits, and whether work can be done.

Place in the pipeline: engine, beside the turns. In: the ledger and the time; out: values that a door shows to people
(`briefing status`, the status page) or to machines (metrics, `/ready`). Nothing is decided or made here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .deliveries import Deliveries
from .delivery.base import UNKNOWN
from .errors import BriefingError
from .ledger import BUILT, DEAD, FAILED, HELD, UNCHANGED, WAITING, Ledger, Making
from .outlook import Outlook, foresee, ledger_of, upcoming
from .slots import Schedule, Slot, next_slots, stamp
from .tallies import Tally
from .workspace import Workspace

LATE = timedelta(minutes=10)
"""After how long a slot that nobody has decided on is late."""
_ENOUGH_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Course:
    """How it goes with one topic of one schedule; None where there is none yet."""

    schedule: str
    topic: str
    good: Making | None
    """The newest making after which its readers have what they should."""
    edition: Making | None
    """The newest one that gave them an edition: `editions` names it."""
    failure: Making | None
    """The newest that failed, with its cause."""
    failing: bool
    """Whether the newest of all failed and is not made good."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A schedule and its next slot; None where there is none."""

    schedule: str
    zone: str
    slot: Slot | None
    late: bool
    """Whether a slot is due that nobody has decided on."""


@dataclass(frozen=True, slots=True)
class Status:
    """The engine at an instant, universal time."""

    at: str
    problems: tuple[str, ...]
    """Why no work could be done now; empty: ready."""
    last_turn: str = ""
    schedules: tuple[Coming, ...] = ()
    courses: tuple[Course, ...] = ()
    upcoming: tuple[Outlook, ...] = ()
    """The next five slots, and those left out between them."""
    open_slots: int = 0
    queue: tuple[Making, ...] = ()
    """What waits to be made or is being made."""
    alerts: int = 0
    untold: int = 0
    """Of the alerts, those that could not be told yet."""
    tallies: tuple[Tally, ...] = ()
    undecided: int = 0
    """Deliveries that are unknown: a person has to say whether they arrived."""

    @property
    def failing(self) -> bool:
        """Whether somebody has to look."""
        late = any(coming.late for coming in self.schedules)
        return bool(self.problems or self.undecided) or late or any(course.failing for course in self.courses)


def read_status(workspace: Workspace, now: datetime) -> Status:
    """Return the state of the engine; what keeps it from being read is among its problems."""
    problems = [trouble] if (trouble := archive_trouble(workspace)) else []
    try:
        with ledger_of(workspace) as ledger:
            return _status(ledger, now, tuple(problems))
    except BriefingError as error:
        return Status(stamp(now), (*problems, str(error)))


def look_ahead(workspace: Workspace, status: Status) -> tuple[Outlook, ...]:
    """Return the next slots with what would become of them; as they are where that cannot be told."""
    try:
        with ledger_of(workspace) as ledger:
            return foresee(workspace, status.upcoming, ledger)
    except BriefingError:
        return status.upcoming


def readiness(workspace: Workspace) -> tuple[str, ...]:
    """Return why no work could be done now: the database does not answer, the archive cannot be written."""
    problems = [trouble] if (trouble := archive_trouble(workspace)) else []
    try:
        with ledger_of(workspace) as ledger:
            ledger.last_turn()
    except BriefingError as error:
        problems.append(str(error))
    return tuple(problems)


def archive_trouble(workspace: Workspace) -> str:
    """Return why no edition could be kept, "" where one could."""
    folder = workspace.reports if workspace.reports.is_dir() else workspace.root
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder}: the archive cannot be written\n  cure: chown -R $(id -un) {folder}"
    if (free := shutil.disk_usage(folder).free) < _ENOUGH_BYTES:
        return f"{folder}: {free} bytes are free, {_ENOUGH_BYTES} needed\n  cure: Free space."
    return ""


def _status(ledger: Ledger, now: datetime, problems: tuple[str, ...]) -> Status:
    last = ledger.last_turn()
    late = {standing.schedule.name for standing in ledger.due(now - LATE)}
    schedules = [standing.schedule for standing in ledger.schedules()]
    return Status(
        at=stamp(now),
        problems=problems,
        last_turn=stamp(last[0]) if last else "",
        schedules=tuple(
            Coming(each.name, each.zone, _next(each, now), each.name in late)
            for each in schedules
        ),
        upcoming=upcoming(schedules, now),
        courses=_courses(ledger, {each.name for each in schedules}),
        open_slots=len(ledger.open_slots()),
        queue=ledger.makings(WAITING),
        alerts=ledger.alerts(),
        untold=len(ledger.untold()),
        tallies=ledger.tallies(),
        undecided=len(Deliveries(ledger.address, ledger.engine).of(states=(UNKNOWN,))),
    )


def _next(schedule: Schedule, now: datetime) -> Slot | None:
    return next((slot for slot in next_slots(schedule, now, 1) if not slot.left_out), None)


def _courses(ledger: Ledger, schedules: set[str]) -> tuple[Course, ...]:
    """Return the course of every topic of the schedules that there are."""

    def newest(*states: str) -> Callable[[tuple[str, str]], Making | None]:
        return {(each.schedule, each.topic): each for each in ledger.latest(*states)}.get

    good, edition = newest(BUILT, UNCHANGED, HELD), newest(BUILT, UNCHANGED)
    failure = {(each.schedule, each.topic): each for each in ledger.failures()}.get
    last = {(each.schedule, each.topic): each for each in ledger.latest() if each.schedule in schedules}
    return tuple(
        Course(*key, good(key), edition(key), failure(key), failing=each.state in (FAILED, DEAD))
        for key, each in last.items()
    )
