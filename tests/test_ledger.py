"""The ledger under a model: two nodes, crashes between any two steps, clocks that jump, edits; never twice, never lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from generator.agenda import decide
from generator.database import Address
from generator.definitions import read_definition, write_definition
from generator.ledger import BUILT, FAILED, LEFT_OUT, SKEW, WAITING, Ledger, Making, Standing
from generator.slots import Calendar, Schedule, slots_between, unstamp

START = datetime(2026, 3, 27, 12, 7, tzinfo=UTC)
WEEKEND = Calendar("weekend", frozenset({5, 6}))
SCHEDULES = (
    Schedule("s", "Europe/Berlin", "30 */3 * * *"),
    Schedule("s", "Europe/Berlin", "30 2 * * *", calendar=WEEKEND, holiday="before"),
    Schedule("s", "Europe/Minsk", "15 2,14 * * *", catch_up="all"),
    Schedule("s", "Europe/Berlin", "30 2 * * *", calendar=WEEKEND, holiday="skip", catch_up="none"),
)
NODES = st.integers(0, 1)


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

    @rule()
    def plan(self) -> None:
        for schedule, slot in self.ledger.open_slots():
            self.ledger.plan(schedule, slot, ("topic",), self.now)

    @rule(twice=st.booleans(), state=st.sampled_from((BUILT, BUILT, FAILED)))
    def make(self, *, twice: bool, state: str) -> None:
        """Make what waits, or fail at it; the engine may report one attempt twice after a crash."""
        for making in self.ledger.makings(WAITING):
            done = Making(making.schedule, making.slot, making.topic, state, making.attempt, changed=making.changed)
            for _ in range(1 + twice):
                self.ledger.note(done)
            self.made[making.id] += 1

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
            assert len(self.ledger.open_slots()) <= 1

    @invariant()
    def nothing_is_lost_without_a_record(self) -> None:
        if not hasattr(self, "ledger"):
            return
        entries = self.ledger.entries(schedule="s")
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
TestNodes = Nodes.TestCase


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
        nodes.make(twice=True, state=BUILT)
        nodes.nothing_is_made_twice()
        nodes.nothing_is_lost_without_a_record()

    assert len(nodes.made) == 56
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
