"""The ledger: what was decided, made and failed, in the database that the engine works on.

Place in the pipeline: engine. In: verdicts of the agenda and outcomes of builds; out: what is to be done. Every change
is one transaction, and a change that two processes attempt at the same time is made by one of them: a schedule is moved
on only from where the decider saw it. Instants are universal time, written so that texts sort as times do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from . import allotments
from .agenda import Decision, Memory, Verdict
from .allotments import Allotment, allotment_table
from .database import Address, connect, outside
from .definitions import read_definition, write_definition
from .slots import Schedule, next_slots, stamp, unstamp
from .tallies import Tally, add, read_tallies, tally_table

WAITING, BUILT, UNCHANGED, HELD, FAILED, DEAD = "waiting", "built", "unchanged", "held", "failed", "dead"
"""States of a making. Held: a condition is not met. Failed: tried again later. Dead: only after an edit."""
SUPERSEDED = "superseded"
"""A failed making that a later slot of its schedule stands for."""
DUE, DONE, LEFT_OUT = "due", "done", "left out"
"""States of a slot, beside FAILED."""
NEVER = "9999-12-31T00:00Z"
_LAYING_OUT = 0x62726965666E67
"""The advisory lock under which the tables are made."""
SKEW = timedelta(minutes=10)
"""By how much the clocks of two machines may differ before it counts as a clock that was put back."""


@dataclass(frozen=True, slots=True)
class Making:
    """One topic of a slot: what is to be made of it, or what became of it."""

    schedule: str
    slot: str
    topic: str
    state: str
    attempt: int = 1
    editions: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The edition by language."""
    error: str = ""
    inputs: str = ""
    """The digest of the files it was last made from, or failed on."""
    next_try: str = ""
    changed: str = ""
    """When its state last changed."""
    seconds: float = 0.0
    """How long the attempt took; counted, not kept."""
    allotments: tuple[Allotment, ...] = ()
    """Which lists are given it, and which are not; kept beside the making."""
    released: tuple[str, ...] = ()
    """Of a release: the topics whose series were answered; not kept."""

    @property
    def id(self) -> str:
        """The name of this attempt: `weekly@2026-11-23T04:00Z/economy/1`."""
        return f"{self.schedule}@{self.slot}/{self.topic}/{self.attempt}"


@dataclass(frozen=True, slots=True)
class Standing:
    """A schedule as the ledger knows it: its definition, and what is remembered of it."""

    schedule: Schedule
    memory: Memory


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision on slots of a schedule, as it stands in the ledger; `count` slots are left out together."""

    schedule: str
    slot: str
    due: str
    state: str
    reason: str
    count: int
    decided: str


_TABLES = sa.MetaData()
_CLOCK = sa.Table(
    "ledger_clock",
    _TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.String(17), nullable=False),
    sa.Column("settings", sa.String(64), nullable=False),
)
"""One row: when the last turn was, and the digest of the settings that it read."""
_SCHEDULES = sa.Table(
    "ledger_schedules",
    _TABLES,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("decided", sa.String(17), nullable=False),
    sa.Column("next", sa.String(17), nullable=False, index=True),
)
_SLOTS = sa.Table(
    "ledger_slots",
    _TABLES,
    sa.Column("schedule", sa.String(40), primary_key=True),
    sa.Column("slot", sa.String(17), primary_key=True),
    sa.Column("due", sa.String(17), nullable=False),
    sa.Column("state", sa.String(10), nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("decided", sa.String(17), nullable=False),
)
_MAKINGS = sa.Table(
    "ledger_makings",
    _TABLES,
    sa.Column("schedule", sa.String(40), primary_key=True),
    sa.Column("slot", sa.String(17), primary_key=True),
    sa.Column("topic", sa.String(200), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False, index=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("editions", sa.Text, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("inputs", sa.String(64), nullable=False),
    sa.Column("next_try", sa.String(17), nullable=False),
    sa.Column("changed", sa.String(17), nullable=False),
)
_ALERTS = sa.Table(
    "ledger_alerts",
    _TABLES,
    sa.Column("id", sa.String(300), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("raised", sa.String(17), nullable=False),
    sa.Column("told", sa.String(17), nullable=False),
)
_FAILURES = sa.Table(
    "ledger_failures",
    _TABLES,
    sa.Column("schedule", sa.String(40), primary_key=True),
    sa.Column("topic", sa.String(200), primary_key=True),
    sa.Column("making", sa.Text, nullable=False),
)
"""The last failure of each topic, which stays when a later attempt makes it good."""
_TALLIES = tally_table(_TABLES)
_ALLOTMENTS = allotment_table(_TABLES)


class Ledger:
    """The tables of one database. OutsideError where it cannot be reached or written."""

    def __init__(self, address: Address) -> None:
        """Connect, and make the tables where there are none."""
        self.address = address
        with outside(address):
            self.engine = connect(address)
            with self.engine.begin() as change:
                if address.file is None:
                    # Two processes may be the first at the same time.
                    change.execute(sa.select(sa.func.pg_advisory_xact_lock(_LAYING_OUT)))
                    change.execute(sa.schema.CreateSchema(address.schema, if_not_exists=True))
                _TABLES.create_all(change)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @contextmanager
    def _change(self) -> Iterator[sa.Connection]:
        with outside(self.address), self.engine.begin() as change:
            yield change

    # --- schedules and the clock --------------------------------------------------------------------

    def last_turn(self) -> tuple[datetime, str] | None:
        """Return when the last turn was, and the digest of the settings that it read; None before the first."""
        with self._change() as change:
            row = change.execute(sa.select(_CLOCK.c.at, _CLOCK.c.settings)).first()
        return (unstamp(row.at), row.settings) if row else None

    def turn(self, now: datetime, settings: str) -> None:
        """Write down a turn."""
        with self._change() as change:
            if not change.execute(sa.update(_CLOCK).values(at=stamp(now), settings=settings)).rowcount:
                change.execute(sa.insert(_CLOCK).values(id=1, at=stamp(now), settings=settings))

    def put_back(self, now: datetime) -> None:
        """Forget what was decided of the time after `now`: the clock was wrong then. What was made stays made."""
        with self._change() as change:
            for row in change.execute(sa.select(_SCHEDULES).where(_SCHEDULES.c.decided > stamp(now))).all():
                self._move(change, read_definition(row.definition), row.decided, now)

    def sync(self, schedules: Iterable[Schedule], now: datetime) -> None:
        """Take over the schedules as they are; a new one is known from `now` on, an edited one from the last turn."""
        last = self.last_turn()
        wanted = {schedule.name: schedule for schedule in schedules}
        with self._change() as change:
            known = {row.name: row for row in change.execute(sa.select(_SCHEDULES)).all()}
            for name in known.keys() - wanted.keys():
                change.execute(sa.delete(_SCHEDULES).where(_SCHEDULES.c.name == name))
            for name, schedule in wanted.items():
                definition, row = write_definition(schedule), known.get(name)
                if row is None:
                    values = {"definition": definition, "decided": stamp(now), "next": _next(schedule, now)}
                    change.execute(sa.insert(_SCHEDULES).values(name=name, **values))
                elif row.definition != definition:
                    # Under the old definition everything up to the last turn is decided.
                    decided = max(unstamp(row.decided), last[0]) if last else unstamp(row.decided)
                    change.execute(sa.update(_SCHEDULES).where(_SCHEDULES.c.name == name).values(definition=definition))
                    self._move(change, schedule, row.decided, decided)

    def due(self, now: datetime) -> tuple[Standing, ...]:
        """Return the schedules with a slot due at `now` that is not decided, found by index however many there are."""
        due = sa.select(_SCHEDULES).where(_SCHEDULES.c.next <= stamp(now))
        # Ordered by the index: by name, every schedule would be looked at.
        due = due.order_by(_SCHEDULES.c.next, _SCHEDULES.c.name)
        with self._change() as change:
            rows = change.execute(due)
            return tuple(self._standing(change, row) for row in rows.all())

    def schedules(self) -> tuple[Standing, ...]:
        """Return every schedule, by name."""
        with self._change() as change:
            rows = change.execute(sa.select(_SCHEDULES).order_by(_SCHEDULES.c.name)).all()
            return tuple(self._standing(change, row) for row in rows)

    def schedule(self, name: str) -> Schedule | None:
        """Return a schedule; None where it is gone."""
        with self._change() as change:
            row = change.execute(sa.select(_SCHEDULES.c.definition).where(_SCHEDULES.c.name == name)).first()
        return read_definition(row.definition) if row else None

    def _standing(self, change: sa.Connection, row: sa.Row[Any]) -> Standing:
        slots = change.execute(
            sa.select(_SLOTS.c.slot, _SLOTS.c.state).where(
                _SLOTS.c.schedule == row.name,
                sa.or_(_SLOTS.c.state == DUE, sa.and_(_SLOTS.c.due > row.decided, _SLOTS.c.state != LEFT_OUT)),
            )
        ).all()
        busy = any(slot.state == DUE for slot in slots)
        ran = frozenset(slot.slot for slot in slots)
        return Standing(read_definition(row.definition), Memory(unstamp(row.decided), busy, ran))

    def _move(self, change: sa.Connection, schedule: Schedule, seen: str, decided: datetime) -> bool:
        """Move a schedule on from where it was seen; False where somebody else did."""
        where = sa.and_(_SCHEDULES.c.name == schedule.name, _SCHEDULES.c.decided == seen)
        values = {"decided": stamp(decided), "next": _next(schedule, decided)}
        return bool(change.execute(sa.update(_SCHEDULES).where(where).values(**values)).rowcount)

    def decide(self, standing: Standing, decision: Decision, now: datetime) -> bool:
        """Write a decision down; False, and nothing written, where another process has decided meanwhile."""
        if decision.decided is None:
            return False
        schedule = standing.schedule
        with self._change() as change:
            if not self._move(change, schedule, stamp(standing.memory.decided), decision.decided):
                return False
            for verdict in decision.verdicts:
                self._record(change, schedule.name, verdict, now)
        return True

    def _record(self, change: sa.Connection, schedule: str, verdict: Verdict, now: datetime) -> None:
        key = sa.and_(_SLOTS.c.schedule == schedule, _SLOTS.c.slot == verdict.slot.id)
        state = change.execute(sa.select(_SLOTS.c.state).where(key)).scalar()
        values = {
            "due": stamp(verdict.slot.due),
            "state": DUE if verdict.run else LEFT_OUT,
            "reason": verdict.reason,
            "count": verdict.count,
            "decided": stamp(now),
        }
        if state is None:
            change.execute(sa.insert(_SLOTS).values(schedule=schedule, slot=verdict.slot.id, **values))
        elif state == LEFT_OUT:
            change.execute(sa.update(_SLOTS).where(key).values(**values))

    # --- slots and makings --------------------------------------------------------------------------

    def open_slots(self) -> tuple[tuple[str, str], ...]:
        """Return schedule and id of each slot that is being made or is still to be begun."""
        open_ = sa.select(_SLOTS.c.schedule, _SLOTS.c.slot).where(_SLOTS.c.state == DUE)
        with self._change() as change:
            rows = change.execute(open_.order_by(_SLOTS.c.due, _SLOTS.c.schedule))
            return tuple((row.schedule, row.slot) for row in rows.all())

    def unfinished(self) -> bool:
        """Whether a slot is open or a making waits."""
        open_ = sa.exists().where(_SLOTS.c.state == DUE) | sa.exists().where(_MAKINGS.c.state == WAITING)
        with self._change() as change:
            return bool(change.execute(sa.select(open_)).scalar())

    def plan(self, schedule: str, slot: str, topics: Iterable[str], now: datetime) -> tuple[str, ...]:
        """Write down the topics of a slot, and return those still to be made; a slot without any is done."""
        with self._change() as change:
            self._hold(change, schedule, slot)
            return tuple(making.topic for making in self._plan(change, schedule, slot, topics, now))

    def _plan(
        self, change: sa.Connection, schedule: str, slot: str, topics: Iterable[str], now: datetime
    ) -> tuple[Making, ...]:
        there = {making.topic: making for making in self._makings(change, _of(schedule, slot))}
        # What is planned stays as it was planned.
        for topic in topics if not there else ():
            making = Making(schedule, slot, topic, WAITING, changed=stamp(now))
            change.execute(sa.insert(_MAKINGS).values(**_row(making)))
            older = sa.and_(
                _MAKINGS.c.schedule == schedule, _MAKINGS.c.topic == topic, _MAKINGS.c.slot < slot,
                _MAKINGS.c.state.in_((FAILED, DEAD)),
            )  # fmt: skip
            change.execute(sa.update(_MAKINGS).where(older).values(state=SUPERSEDED, changed=stamp(now)))
        self._close(change, schedule, slot)
        return tuple(making for making in self._makings(change, _of(schedule, slot)) if making.state == WAITING)

    def follow(self, topics: Iterable[str], reason: str, now: datetime) -> tuple[Making, ...]:
        """Make the schedules with a condition due that make one of these topics, and return what is to be made.

        The slot bears the minute, or the first one after it that no slot of its schedule bears.
        """
        with self._change() as change:
            rows = change.execute(sa.select(_SCHEDULES.c.definition).order_by(_SCHEDULES.c.name)).all()
        found: list[Making] = []
        for schedule in (read_definition(row.definition) for row in rows):
            mine = [topic for topic in topics if topic in (schedule.topics or (topic,))]
            if schedule.when != "always" and mine:
                found += self._follow(schedule.name, mine, reason, now)
        return tuple(found)

    def _follow(self, schedule: str, topics: list[str], reason: str, now: datetime) -> tuple[Making, ...]:
        with self._change() as change:
            # Of two releases of one minute each has a slot: one waits for the other here.
            change.execute(sa.select(_SCHEDULES.c.name).where(_SCHEDULES.c.name == schedule).with_for_update()).all()
            taken = sa.select(_SLOTS.c.slot).where(_SLOTS.c.schedule == schedule, _SLOTS.c.slot >= stamp(now))
            there = {row.slot for row in change.execute(taken)}
            slot = next(id_ for n in range(len(there) + 1) if (id_ := stamp(now + timedelta(minutes=n))) not in there)
            values = {"due": slot, "state": DUE, "reason": reason, "count": 1, "decided": stamp(now)}
            change.execute(sa.insert(_SLOTS).values(schedule=schedule, slot=slot, **values))
            return self._plan(change, schedule, slot, topics, now)

    def note(self, making: Making) -> None:
        """Write down what became of an attempt; the slot is done with its last one. An older one changes nothing."""
        with self._change() as change:
            self._hold(change, making.schedule, making.slot)
            key = sa.and_(_of(making.schedule, making.slot), _MAKINGS.c.topic == making.topic)
            same = sa.and_(key, _MAKINGS.c.attempt == making.attempt, _MAKINGS.c.state == WAITING)
            if change.execute(sa.update(_MAKINGS).where(same).values(**_row(making))).rowcount:
                self._remember(change, making)
            self._close(change, making.schedule, making.slot)

    def _remember(self, change: sa.Connection, making: Making) -> None:
        """Count what was noted, write down to whom it goes, and keep it where it is a failure."""
        add(change, _TALLIES, making.state, making.seconds)
        allotments.record(change, _ALLOTMENTS, making.allotments, making.changed)
        if making.state not in (FAILED, DEAD):
            return
        same = sa.and_(_FAILURES.c.schedule == making.schedule, _FAILURES.c.topic == making.topic)
        values = {"making": json.dumps(asdict(replace(making, allotments=(), released=())), sort_keys=True)}
        if not change.execute(sa.update(_FAILURES).where(same).values(**values)).rowcount:
            change.execute(sa.insert(_FAILURES).values(schedule=making.schedule, topic=making.topic, **values))

    def failures(self) -> tuple[Making, ...]:
        """Return the last failure of each topic of each schedule, as it was then."""
        with self._change() as change:
            return tuple(Making(**json.loads(row.making)) for row in change.execute(sa.select(_FAILURES)).all())

    def abandon(self, schedule: str, slot: str) -> None:
        """Note that nothing can be begun of a slot."""
        key = sa.and_(_SLOTS.c.schedule == schedule, _SLOTS.c.slot == slot, _SLOTS.c.state == DUE)
        with self._change() as change:
            change.execute(sa.update(_SLOTS).where(key).values(state=FAILED))

    def retry(self, making: Making, attempt: int, now: datetime) -> bool:
        """Begin another attempt at a failed making; False where somebody else has."""
        key = sa.and_(_of(making.schedule, making.slot), _MAKINGS.c.topic == making.topic)
        seen = sa.and_(key, _MAKINGS.c.attempt == making.attempt, _MAKINGS.c.state == making.state)
        values = {"state": WAITING, "attempt": attempt, "changed": stamp(now)}
        with self._change() as change:
            return bool(change.execute(sa.update(_MAKINGS).where(seen).values(**values)).rowcount)

    def makings(self, *states: str, since: str = "") -> tuple[Making, ...]:
        """Return the makings in these states, the oldest first; `since` an instant at which they came into them."""
        where = sa.and_(_MAKINGS.c.state.in_(states), _MAKINGS.c.changed >= since)
        with self._change() as change:
            return self._makings(change, where)

    def of_slot(self, schedule: str, slot: str) -> tuple[Making, ...]:
        """Return the makings of a slot."""
        with self._change() as change:
            return self._makings(change, _of(schedule, slot))

    def last_made(self, schedule: str, topic: str) -> Making | None:
        """Return the newest making of a schedule's topic that gave its readers an edition; None before the first."""
        where = sa.and_(
            _MAKINGS.c.schedule == schedule, _MAKINGS.c.topic == topic, _MAKINGS.c.state.in_((BUILT, UNCHANGED))
        )
        newest = sa.select(_MAKINGS).where(where).order_by(_MAKINGS.c.slot.desc()).limit(1)
        with self._change() as change:
            return next((_making(row) for row in change.execute(newest).all()), None)

    def allotted(self, since: str = "") -> tuple[Allotment, ...]:
        """Return what lists were given, and what not, by slot; `since` an instant at which it was noted."""
        with self._change() as change:
            return allotments.read(change, _ALLOTMENTS, _ALLOTMENTS.c.noted >= since)

    def last_given(self, schedule: str, topic: str) -> tuple[Allotment, ...]:
        """Return what a schedule gave last of a topic to each list, by language."""
        with self._change() as change:
            return allotments.last_given(change, _ALLOTMENTS, schedule, topic)

    def latest(self, *states: str) -> tuple[Making, ...]:
        """Return the newest making of each topic of each schedule, of those in these states; none named: in any."""
        newest = sa.select(_MAKINGS.c.schedule, _MAKINGS.c.topic, sa.func.max(_MAKINGS.c.slot).label("slot"))
        newest = newest.where(_MAKINGS.c.state.in_(states)) if states else newest
        inner = newest.group_by(_MAKINGS.c.schedule, _MAKINGS.c.topic).subquery()
        same = sa.and_(
            _MAKINGS.c.schedule == inner.c.schedule, _MAKINGS.c.topic == inner.c.topic, _MAKINGS.c.slot == inner.c.slot
        )
        with self._change() as change:
            rows = change.execute(sa.select(_MAKINGS).join(inner, same).order_by(_MAKINGS.c.schedule, _MAKINGS.c.topic))
            return tuple(map(_making, rows.all()))

    def entries(self, *, schedule: str = "", decided: str = "") -> tuple[Entry, ...]:
        """Return the decisions on slots, in the order they are due: of one schedule, or of one instant, or all."""
        where = [_SLOTS.c.schedule == schedule] if schedule else []
        where += [_SLOTS.c.decided == decided] if decided else []
        with self._change() as change:
            found = sa.select(_SLOTS).where(*where)
            rows = change.execute(found.order_by(_SLOTS.c.due, _SLOTS.c.slot, _SLOTS.c.schedule))
            return tuple(Entry(**row._asdict()) for row in rows.all())

    def _hold(self, change: sa.Connection, schedule: str, slot: str) -> None:
        """Keep others from closing the slot until this change ends."""
        key = sa.and_(_SLOTS.c.schedule == schedule, _SLOTS.c.slot == slot)
        change.execute(sa.select(_SLOTS.c.state).where(key).with_for_update()).all()

    def _close(self, change: sa.Connection, schedule: str, slot: str) -> None:
        """Give the slot the state that follows from its makings, once none of them waits."""
        mine = sa.select(_MAKINGS.c.topic).where(_of(schedule, slot)).limit(1)
        if change.execute(mine.where(_MAKINGS.c.state == WAITING)).first():
            return
        state = FAILED if change.execute(mine.where(_MAKINGS.c.state.in_((FAILED, DEAD)))).first() else DONE
        key = sa.and_(_SLOTS.c.schedule == schedule, _SLOTS.c.slot == slot)
        change.execute(sa.update(_SLOTS).where(key).values(state=state))

    def _makings(self, change: sa.Connection, where: sa.ColumnElement[bool]) -> tuple[Making, ...]:
        found = sa.select(_MAKINGS).where(where)
        rows = change.execute(found.order_by(_MAKINGS.c.slot, _MAKINGS.c.schedule, _MAKINGS.c.topic))
        return tuple(map(_making, rows.all()))

    # --- alerts -------------------------------------------------------------------------------------

    def alert(self, id_: str, text: str, now: datetime) -> None:
        """Raise an alert once."""
        with self._change() as change:
            if change.execute(sa.select(_ALERTS.c.id).where(_ALERTS.c.id == id_)).first() is None:
                change.execute(sa.insert(_ALERTS).values(id=id_, text=text, raised=stamp(now), told=""))

    def untold(self) -> tuple[tuple[str, str], ...]:
        """Return id and text of the alerts that nobody was told of yet."""
        untold = sa.select(_ALERTS).where(_ALERTS.c.told == "")
        with self._change() as change:
            rows = change.execute(untold.order_by(_ALERTS.c.raised, _ALERTS.c.id))
            return tuple((row.id, row.text) for row in rows.all())

    def alerts(self) -> int:
        """Return how many alerts were raised so far, told or not."""
        with self._change() as change:
            return change.execute(sa.select(sa.func.count()).select_from(_ALERTS)).scalar_one()

    def tallies(self) -> tuple[Tally, ...]:
        """Return how many makings ended how, over all processes."""
        with self._change() as change:
            return read_tallies(change, _TALLIES)

    def told(self, id_: str, now: datetime) -> None:
        """Write down that an alert was told."""
        with self._change() as change:
            change.execute(sa.update(_ALERTS).where(_ALERTS.c.id == id_).values(told=stamp(now)))


def _next(schedule: Schedule, after: datetime) -> str:
    """Return when the schedule's next slot is due, a left-out one too: it is to be recorded."""
    return next((stamp(slot.due) for slot in next_slots(schedule, after, 1)), NEVER)


def _of(schedule: str, slot: str) -> sa.ColumnElement[bool]:
    return sa.and_(_MAKINGS.c.schedule == schedule, _MAKINGS.c.slot == slot)


def _row(making: Making) -> dict[str, Any]:
    row = {**asdict(making), "editions": json.dumps(making.editions, sort_keys=True)}
    return {name: value for name, value in row.items() if name in _MAKINGS.c}


def _making(row: sa.Row[Any]) -> Making:
    return Making(**{**row._asdict(), "editions": json.loads(row.editions)})
