"""The service: a turn of the wheel, and what a door shows of it.

Place in the pipeline: engine. In: a workspace and the time; out: what is due is decided, made and written down. Any
number of processes may take turns at the same time: the ledger lets one of them decide, and the engine one of them do.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from .agenda import decide
from .allotments import Allotment
from .database import address_of, back_up, opened
from .deliveries import Deliveries, Delivery
from .delivery.base import REFUSED, UNKNOWN
from .errors import BriefingError, OutsideError, UsageError, WorkspaceError
from .holdings import connected
from .journal import Journal
from .ledger import BUILT, DEAD, FAILED, HELD, SKEW, UNCHANGED, WAITING, Entry, Ledger, Making
from .model import Finding
from .operation import read_operation
from .outlook import Outlook, foresee, ledger_of, upcoming
from .postman import Postman, Round
from .reading import Findings
from .schedules import Known, read_schedules, release_files
from .seats import Seats
from .slots import Schedule, stamp
from .topics import briefings
from .vocabulary import FILE as VOCABULARY
from .vocabulary import read_vocabulary
from .works import TRIES, Works, inputs_of
from .workspace import SETTINGS, Workspace, processors, read_settings

if TYPE_CHECKING:
    from .engine import Engine

RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock is right that shows an earlier time than the program was written at."""
_ALERT_SECONDS = 60
_LOOK = 2.0
"""Seconds between two looks for work of the dead while a worker waits."""
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Report:
    """What a turn found and did: decisions on slots, makings that ended in it, what is wrong, and what comes next."""

    at: str
    entries: tuple[Entry, ...]
    makings: tuple[Making, ...]
    problems: tuple[str, ...]
    upcoming: tuple[Outlook, ...]
    deliveries: tuple[Delivery, ...] = ()
    allotments: tuple[Allotment, ...] = ()
    """Who was given what was made in it, and who was not."""

    @property
    def failed(self) -> bool:
        """Whether somebody has to look."""
        states = {making.state for making in self.makings} | {each.state for each in self.deliveries}
        return bool(self.problems) or bool(states & {FAILED, DEAD, REFUSED, UNKNOWN})


class Service:
    """The engine of one workspace in this process, from `with` to its end."""

    def __init__(self, workspace: Workspace, clock: Clock, journal: Journal | None = None) -> None:
        """Open nothing yet."""
        self._root, self._documents, self._clock = workspace.root, workspace.documents, clock
        self._journal = journal or Journal()
        self._state = workspace.state
        self._held = ExitStack()

    def __enter__(self) -> Self:
        """Open the database and take a seat; OutsideError where that cannot be, WorkspaceError on wrong settings."""
        workspace = Workspace(self._root, self._documents)
        findings = Findings()
        settings, self.operation = read_settings(workspace, findings), read_operation(workspace, findings)
        if findings.errors:
            raise WorkspaceError(findings)
        self.address = address_of(self._state, self.operation)
        with self._held:
            self._held.enter_context(opened(self.address))
            self.ledger = Ledger(self.address)
            self._held.callback(self.ledger.close)
            self.deliveries = Deliveries(self.address, self.ledger.engine)
            self.seats = Seats(self._state / "seats", None if self.address.file else self.ledger.engine)
            self.seat = self._held.enter_context(self.seats.take())
            self.postman = Postman(
                self._root, self._documents, self.deliveries, self.seats, self._clock, dict(os.environ)
            )
            self.works = Works(self.ledger, self.postman, self._journal)
            self.workers = settings.workers or processors()
            self._held = self._held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Give seat and database back."""
        self._held.close()

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Take part in the work; imported only here, because a turn without work needs none of it."""
        from .engine import Engine

        with Engine(self.works, self.address, self.seats, self.seat, self.workers) as engine:
            yield engine

    def turn(self, engine: Engine | None = None, stop: Callable[[], bool] = lambda: False) -> Report:
        """Decide what is due, do what is open, and return what came of it; once `stop` holds nothing more is begun."""
        now = self._clock().astimezone(UTC)
        if now < RELEASED:
            hint = "Set it, then run the command again."
            raise OutsideError(f"it shows {stamp(now)}", where="the clock", hint=hint)
        journal = self.works.journal = self._journal.about(run=f"{self.seat}@{now:%Y-%m-%dT%H:%M:%SZ}")
        before = set(self._ended(now))
        problems = [*self._look_at_clock(now), *map(str, self._sync(now))]
        decided = self._decide(now)
        self._retry(now)
        if self.ledger.open_slots() or self.ledger.makings(WAITING):
            with ExitStack() as held:
                engine = engine or held.enter_context(self.engine())
                engine.start(self.ledger)
                engine.drain(self.ledger, stop)
                engine.prune(self.ledger, now - timedelta(days=self.operation.history))
        delivered = self._deliver(stop)
        problems += [*delivered.problems, *self._alert()]
        makings = tuple(making for making in self._ended(now) if making not in before)
        entries = self.ledger.entries(decided=stamp(now)) if makings or decided else ()
        upcoming_, kept = self.upcoming(now), self.ledger.allotted(since=stamp(now)) if makings else ()
        made = {(making.schedule, making.slot, making.topic) for making in makings}
        allotments = tuple(each for each in kept if (each.schedule, each.slot, each.topic) in made)
        report = Report(
            stamp(now), entries, makings, tuple(problems), upcoming_, delivered.deliveries, allotments
        )
        if report.entries or report.makings or report.deliveries:
            self.keep_copy()
        _write_turn(journal, report)
        return report

    def keep_copy(self) -> None:
        """Leave a copy of the database's file beside it."""
        back_up(self.address)

    def _deliver(self, stop: Callable[[], bool]) -> Round:
        """Owe what goes out by itself, and deliver what is owed, even where the lists are wrong by now."""
        problems: tuple[str, ...] = ()
        try:
            self.postman.owe_new()
        except BriefingError as error:
            problems = tuple(map(str, error.findings)) if isinstance(error, WorkspaceError) else (str(error),)
        try:
            done = self.postman.deliver(stop)
        except UsageError as error:
            done = Round((), (str(error),))
        return Round(done.deliveries, (*problems, *done.problems))

    def work(self, every: float, stop: threading.Event, show: Callable[[Report | OutsideError], None]) -> None:
        """Take turns, `every` so many seconds, until `stop` is set; a part of the outside that fails is waited for."""
        with self.engine() as engine:
            while not stop.is_set():
                try:
                    show(self.turn(engine, stop.is_set))
                except OutsideError as error:
                    self._journal.warn("turn failed", error=str(error))
                    show(error)
                ends = time.monotonic() + every
                while not stop.wait(min(_LOOK, every)) and time.monotonic() < ends:
                    engine.take_over()

    def _look_at_clock(self, now: datetime) -> list[str]:
        last = self.ledger.last_turn()
        if last is None or last[0] - now <= SKEW:
            return []
        self.ledger.put_back(now)
        self.ledger.turn(now, last[1])
        return [f"the clock went back by {last[0] - now}, to {stamp(now)}; nothing that was made is made again"]

    def _sync(self, now: datetime) -> tuple[Finding, ...]:
        """Take over the schedules of briefing.toml; with a problem in them the last sound ones stay."""
        workspace = Workspace(self._root, self._documents)
        findings = Findings()
        settings = _digest(workspace, findings)
        last = self.ledger.last_turn()
        if last and last[1] == settings:
            self.ledger.turn(max(now, last[0]), settings)
            return ()
        schedules = read_workspace_schedules(workspace, findings)
        if findings.errors:
            # The digest is not taken over, so that the next turn looks again.
            return findings.errors
        self.ledger.sync(schedules, now)
        self.ledger.turn(max(now, last[0]) if last else now, settings)
        return ()

    def _decide(self, now: datetime) -> bool:
        """Decide what is due; return whether anything was, and was not by another process."""
        due = self.ledger.due(now)
        decided = [self.ledger.decide(each, decide(each.schedule, each.memory, now), now) for each in due]
        return any(decided)

    def _retry(self, now: datetime) -> None:
        """Begin again what failed: when its wait is over, or when what it is made from has changed."""
        workspace = Workspace(self._root, self._documents)
        for making in self.ledger.makings(FAILED, DEAD):
            schedule = self.ledger.schedule(making.schedule)
            if schedule is None:
                continue
            if _inputs_now(workspace, schedule, making) != making.inputs:
                self.ledger.retry(making, _next_round(making.attempt), now)
            elif making.state == FAILED and making.next_try <= stamp(now):
                self.ledger.retry(making, making.attempt + 1, now)

    def _alert(self) -> list[str]:
        """Tell of what is dead, each once; what could not be told is tried again by the next turn."""
        now = self._clock()
        for making in self.ledger.makings(DEAD):
            text = {"schedule": making.schedule, "slot": making.slot, "topic": making.topic, "error": making.error}
            self.ledger.alert(making.id, json.dumps(text, ensure_ascii=False, sort_keys=True), now)
        for each in self.deliveries.of(states=(REFUSED, UNKNOWN)):
            edition = f"{each.topic}/{each.edition}"
            told = {"edition": edition, "channel": each.channel, "address": each.address, "error": each.said}
            text_ = json.dumps({**told, "state": each.state}, ensure_ascii=False, sort_keys=True)
            self.ledger.alert(f"delivery {each.id}/{each.attempt}/{each.state}", text_, now)
        problems = []
        for id_, text_ in self.ledger.untold():
            if fault := self._tell_alert(text_):
                problems.append(fault)
            else:
                self.ledger.told(id_, now)
        return problems

    def _tell_alert(self, text: str) -> str:
        if not self.operation.alert:
            return ""
        try:
            subprocess.run(
                self.operation.alert, input=f"{text}\n", text=True, check=True, timeout=_ALERT_SECONDS, cwd=self._root
            )
        except (OSError, subprocess.SubprocessError) as error:
            return f"the alert could not be told: {error}"
        return ""

    def _ended(self, now: datetime) -> tuple[Making, ...]:
        return self.ledger.makings(BUILT, UNCHANGED, HELD, FAILED, DEAD, since=stamp(now))

    def upcoming(self, now: datetime) -> tuple[Outlook, ...]:
        """Return the next slots of all schedules, with those that are left out between them."""
        return upcoming((standing.schedule for standing in self.ledger.schedules()), now)


def _write_turn(journal: Journal, report: Report) -> None:
    for problem in report.problems:
        journal.warn("problem", error=problem)
    for entry in report.entries:
        slot = journal.about(schedule=entry.schedule, slot=entry.slot)
        slot.say(f"slot {entry.state}", reason=entry.reason, count=entry.count)
    upcoming_ = stamp(report.upcoming[0].slot.due) if report.upcoming else ""
    journal.say("turn ended", slots=len(report.entries), makings=len(report.makings), next=upcoming_)


def read_workspace_schedules(workspace: Workspace, findings: Findings) -> tuple[Schedule, ...]:
    """Return the schedules of a workspace; problems, those of the tables they name too, are collected."""
    settings = read_settings(workspace, findings)
    read_operation(workspace, findings)
    vocabulary = workspace.taken(VOCABULARY, read_vocabulary, Findings())
    metrics = tuple(metric.id for metric in vocabulary.metrics) if vocabulary else ()
    series = {name: connector for name, (_, connector) in connected(workspace).items()}
    return read_schedules(workspace, Known(briefings(workspace), settings.languages, metrics, series), findings)


def _digest(workspace: Workspace, findings: Findings) -> str:
    """Return a digest of what schedules are read from: briefing.toml, and the tables of dates that it names."""
    files = [name for name in release_files(workspace) if workspace.has(name)]
    data = [workspace.read(name, findings) or b"" for name in (SETTINGS, *files)]
    return hashlib.sha256(b"\0".join(hashlib.sha256(each).digest() for each in data)).hexdigest()


def _inputs_now(workspace: Workspace, schedule: Schedule, making: Making) -> str:
    """Return the digest of a making's files as they are now; that of then where they cannot be told."""
    try:
        return inputs_of(workspace, schedule, making.topic)
    except BriefingError:
        return making.inputs


def _next_round(attempt: int) -> int:
    """Return the number of the first attempt of another round: names of attempts are never used twice."""
    return ((attempt - 1) // TRIES + 1) * TRIES + 1


def preview(workspace: Workspace, now: datetime) -> tuple[Outlook, ...]:
    """Return the slots to come of the schedules as briefing.toml has them, and what would become of them.

    WorkspaceError where the schedules are wrong, OutsideError where the database cannot be read.
    """
    findings = Findings()
    schedules = read_workspace_schedules(workspace, findings)
    if findings.errors:
        raise WorkspaceError(findings)
    outlooks = upcoming(schedules, now)
    with ledger_of(workspace, make=False) as ledger:
        return foresee(workspace, outlooks, ledger)
