"""The ledger under a model: two nodes, crashes between any two steps, clocks that jump, edits; never twice, never lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from generator.agenda import decide
from generator.allotments import Allotment
from generator.database import Address
from generator.definitions import read_definition, write_definition
from generator.deliveries import Deliveries, Delivery, TakenError
from generator.delivery.base import LATER, REFUSED, SENT, UNKNOWN, Outcome
from generator.ledger import BUILT, FAILED, LEFT_OUT, SKEW, WAITING, Ledger, Making, Standing
from generator.slots import Calendar, Schedule, slots_between, unstamp

START = datetime(2026, 3, 27, 12, 7, tzinfo=UTC)
WEEKEND = Calendar("weekend", frozenset({5, 6}))
SCHEDULES = (
    Schedule("s", "Europe/Berlin", "30 */3 * * *"),
    Schedule("s", "Europe/Berlin", "30 2 * * *", calendar=WEEKEND, holiday="before"),
    Schedule("s", "Europe/Minsk", "15 2,14 * * *", catch_up="all", when="changed"),
    Schedule("s", "Europe/Berlin", "30 2 * * *", calendar=WEEKEND, holiday="skip", catch_up="none"),
)
NODES = st.integers(0, 1)
READERS = {"city": ("a@x", "b@x"), "press": ("b@x", "c@x")}
"""Two lists that share an address."""


class Nodes(RuleBasedStateMachine):
    """Two nodes on one ledger. What a node has read may be old by the time it acts on it; that is the point."""

    @initialize(number=st.integers(0, len(SCHEDULES) - 1))
    def begin(self, number: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.ledger = Ledger(Address(Path(self.folder.name) / "ledger.sqlite"))
        self.now, self.schedule = START, SCHEDULES[number]
        self.ledger.sync([self.schedule], self.now)
        self.ledger.turn(self.now, "x")
        self.seen: list[tuple[Standing, ...]] = [(), ()]
        self.made: Counter[str] = Counter()
        self.deliveries = Deliveries(self.ledger.address, self.ledger.engine)
        self.edition = 1
        self.outbox: list[tuple[Delivery, ...]] = [(), ()]
        self.sent: Counter[str] = Counter()
        self.decided: Counter[str] = Counter()
        self.followed: set[str] = set()
        self.steady = True

    @rule(minutes=st.integers(1, 60 * 30))
    def tick(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(hours=st.integers(1, 72))
    def jump_back(self, hours: int) -> None:
        self.now -= timedelta(hours=hours)
        self.steady = False

    @rule(node=NODES)
    def read(self, node: int) -> None:
        last = self.ledger.last_turn()
        assert last is not None
        if last[0] - self.now > SKEW:
            self.ledger.put_back(self.now)
            self.ledger.turn(self.now, "x")
        else:
            self.ledger.turn(max(self.now, last[0]), "x")
        self.seen[node] = self.ledger.due(self.now)

    @rule(node=NODES)
    def decide(self, node: int) -> None:
        for standing in self.seen[node]:
            decision = decide(standing.schedule, standing.memory, self.now)
            self.ledger.decide(standing, decision, self.now)

    @rule(node=NODES)
    def crash(self, node: int) -> None:
        self.seen[node] = ()
        self.outbox[node] = ()

    @rule()
    def plan(self) -> None:
        for schedule, slot in self.ledger.open_slots():
            self.ledger.plan(schedule, slot, ("topic",), self.now)

    @rule(twice=st.booleans(), state=st.sampled_from((BUILT, BUILT, FAILED)), dies=st.sampled_from(("", "", "owed")))
    def make(self, *, twice: bool, state: str, dies: str) -> None:
        """Make what waits, or fail at it; the engine may report one attempt twice after a crash.

        What is made is owed to its lists first and noted then: who dies in between is gone on with by another.
        """
        for making in self.ledger.makings(WAITING):
            done = Making(making.schedule, making.slot, making.topic, state, making.attempt, changed=making.changed)
            if state == BUILT:
                done = self._allot(done)
            for _ in range(1 + twice):
                self._owe(done)
            if dies:
                continue
            for _ in range(1 + twice):
                self.ledger.note(done)
            self.made[making.id] += 1

    def _allot(self, making: Making) -> Making:
        """Give an edition to every list that has not received it, as the works do."""
        edition = f"2026-01-01.{self.edition}"
        had = self.deliveries.received("topic")
        of = (making.schedule, making.slot, making.topic)
        given = {name: had.get((name, "en")) is None or had[name, "en"].edition != edition for name in READERS}
        return replace(
            making,
            allotments=tuple(Allotment(name, "en", yes, "due" if yes else "has it", edition, *of) for name, yes in given.items()),
        )

    def _owe(self, making: Making) -> None:
        given = [each for each in making.allotments if each.given]
        owed = [
            Delivery("topic", each.edition, "en", "shelf", address, each.list)
            for each in given for address in READERS[each.list]
        ]  # fmt: skip
        first = {each.id: each.list for each in reversed(owed)}
        unique = [each for each in owed if first[each.id] == each.list]
        self.deliveries.owe(unique, self.now, {(each.id, each.list) for each in owed if first[each.id] != each.list})

    @rule()
    def correct(self) -> None:
        """Correct the data: the next edition is another."""
        self.edition += 1

    @rule(answer=st.sampled_from((SENT, SENT, LATER, REFUSED, UNKNOWN, "")), node=NODES)
    def send(self, answer: str, node: int) -> None:
        """Deliver what is due, by a sender that may see an old ledger, and may die before it has an answer ("")."""
        for delivery in self.outbox[node]:
            try:
                self.deliveries.promise(delivery, self.now)
            except TakenError:
                continue
            self.sent[delivery.id] += 1
            if answer:
                self.deliveries.note(delivery, Outcome(answer, "so it said"), self.now)
        self.outbox[node] = ()

    @rule(both=st.booleans(), node=NODES)
    def look(self, *, both: bool, node: int) -> None:
        """See what is to be delivered, on one node or on both at the same time."""
        for each in (0, 1) if both else (node,):
            self.outbox[each] = self.deliveries.due("shelf", self.now)

    @rule(sent=st.booleans())
    def decide_unknown(self, *, sent: bool) -> None:
        """A person decides on what is unknown; what he has sent again may arrive again."""
        for delivery in self.deliveries.of(states=(UNKNOWN,)):
            if delivery not in self.outbox[0] + self.outbox[1] and self.deliveries.decide(delivery.id, sent=sent, now=self.now):
                self.decided[delivery.id] += not sent

    @rule(minute=st.integers(0, 1))
    def release(self, minute: int) -> None:
        """A publisher's release makes the schedule due, where it has a condition."""
        for making in self.ledger.follow(("topic",), "due: release r", self.now + timedelta(minutes=minute)):
            self.followed.add(making.slot)

    @rule(times=st.integers(1, 2))
    def retry(self, times: int) -> None:
        """Begin again what failed; two nodes may try to, and one of them does."""
        for making in self.ledger.makings(FAILED):
            begun = [self.ledger.retry(making, making.attempt + 1, self.now) for _ in range(times)]
            assert begun == [True, False][:times]

    @rule(number=st.integers(0, len(SCHEDULES) - 1))
    def edit(self, number: int) -> None:
        self.schedule = SCHEDULES[number]
        self.ledger.sync([self.schedule], self.now)
        self.steady = False

    @invariant()
    def nothing_is_made_twice(self) -> None:
        if hasattr(self, "made"):
            assert max(self.made.values(), default=1) == 1

    @invariant()
    def what_was_made_is_counted_once(self) -> None:
        if hasattr(self, "made"):
            assert sum(sum(tally.counts) for tally in self.ledger.tallies()) == self.made.total()

    @invariant()
    def one_slot_is_open_at_a_time(self) -> None:
        if hasattr(self, "ledger"):
            assert len([slot for _, slot in self.ledger.open_slots() if slot not in self.followed]) <= 1

    @invariant()
    def nobody_is_sent_an_edition_twice(self) -> None:
        """Only what was put off before it was promised, or what a person sends again, goes out again."""
        if hasattr(self, "ledger"):
            attempts = Counter({each.id: each.attempt for each in self.deliveries.of()})
            assert attempts == self.sent
            once = {id_: count for id_, count in self.sent.items() if count > 1 + self.decided[id_]}
            again = {id_ for id_ in once if any(each.state == LATER for each in self.deliveries.attempts(id_))}
            assert once.keys() == again

    @invariant()
    def nobody_who_was_given_an_edition_is_without_a_record(self) -> None:
        if hasattr(self, "ledger"):
            there = {(each.edition, each.address) for each in self.deliveries.of("topic")}
            given = [each for each in self.ledger.allotted() if each.given]
            assert {(each.edition, address) for each in given for address in READERS[each.list]} <= there
            noted = {(each.slot, each.list) for each in self.ledger.allotted()}
            assert {(each.slot, name) for each in self.ledger.makings(BUILT) for name in READERS} == noted

    @invariant()
    def nothing_is_lost_without_a_record(self) -> None:
        if not hasattr(self, "ledger"):
            return
        entries = [entry for entry in self.ledger.entries(schedule="s") if entry.slot not in self.followed]
        assert sum(entry.state != LEFT_OUT for entry in entries) == len({entry.slot for entry in entries if entry.state != LEFT_OUT})
        assert all(entry.reason for entry in entries)
        if self.steady:
            (standing,) = self.ledger.schedules()
            slots = slots_between(self.schedule, START.replace(second=0), standing.memory.decided)
            assert sum(entry.count for entry in entries) == len(slots)

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()
            self.folder.cleanup()


Nodes.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestNodes = pytest.mark.slow(Nodes.TestCase)


@pytest.mark.slow
def test_e11_the_model_does_make_slots() -> None:
    """Show that the model above is no empty one: a straight run of it makes every slot of a week."""
    nodes = Nodes()
    nodes.begin(0)
    for _ in range(56):
        nodes.tick(180)
        nodes.read(0)
        nodes.read(1)
        nodes.decide(1)
        nodes.decide(0)
        nodes.plan()
        nodes.correct()
        nodes.make(twice=True, state=BUILT, dies="")
        nodes.look(both=True, node=0)
        nodes.send(SENT, 0)
        nodes.nothing_is_made_twice()
        nodes.nothing_is_lost_without_a_record()

    assert len(nodes.made) == 56
    assert len(nodes.sent) == 56 * 3, "three readers on two lists"
    nodes.teardown()


def test_e11_the_model_does_send_follow_and_withhold() -> None:
    """Show that lists are no empty part of the model: the same edition is withheld, and a release is followed."""
    nodes = Nodes()
    nodes.begin(0)
    nodes.schedule = replace(SCHEDULES[0], when="changed")
    nodes.ledger.sync([nodes.schedule], nodes.now)
    for _ in range(2):
        nodes.release(0)
        nodes.make(twice=False, state=BUILT, dies="owed")
        nodes.make(twice=True, state=BUILT, dies="")
        nodes.nobody_who_was_given_an_edition_is_without_a_record()
        nodes.look(both=True, node=0)
        nodes.send(SENT, 1)
        nodes.send(SENT, 0)
        nodes.nobody_is_sent_an_edition_twice()

    assert len(nodes.followed) == 2, "a second release of a minute has a slot of its own"
    assert {each.given for each in nodes.ledger.allotted()} == {False}, "it was owed before the death, and then known"
    assert set(nodes.sent.values()) == {1}
    nodes.teardown()


def test_a_schedule_is_written_down_whole() -> None:
    for schedule in SCHEDULES:
        assert read_definition(write_definition(schedule)) == schedule


def test_two_deciders_of_one_moment_write_one_decision(tmp_path: Path) -> None:
    ledger = Ledger(Address(tmp_path / "ledger.sqlite"))
    ledger.sync([SCHEDULES[0]], START)
    later = START + timedelta(hours=3)
    first, second = ledger.due(later), ledger.due(later)

    decided = [ledger.decide(each, decide(each.schedule, each.memory, later), later) for (each,) in (first, second)]

    assert decided == [True, False]
    assert len(ledger.entries()) == 1
    assert unstamp(ledger.open_slots()[0][1]) <= later
    ledger.close()


def test_what_is_due_is_found_by_an_index_however_many_schedules_there_are(tmp_path: Path) -> None:
    ledger = Ledger(Address(tmp_path / "ledger.sqlite"))
    ledger.sync([replace(SCHEDULES[0], name=f"s{number}") for number in range(50)], START)
    asked: list[tuple[str, object]] = []
    sa.event.listen(ledger.engine, "before_cursor_execute", lambda _c, _k, text, values, *_: asked.append((text, values)))

    ledger.due(START)

    ((text, values),) = [each for each in asked if "FROM ledger_schedules" in each[0]]
    with ledger.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
    assert "USING INDEX" in str(plan)
    assert "SCAN" not in str(plan)
    ledger.close()
