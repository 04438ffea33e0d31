"""The agenda: what is due, what is left out and why, given what was decided before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.agenda import Memory, Verdict, decide
from generator.slots import Schedule, slots_between

WEEKLY = "0 7 * * 1"
HOURLY = "0 * * * *"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(cron: str, catch_up: str = "latest") -> Schedule:
    return Schedule("weekly", "UTC", cron, catch_up=catch_up)  # type: ignore[arg-type]


def said(verdicts: tuple[Verdict, ...]) -> list[str]:
    return [f"{'run' if each.run else 'out'} {each.slot.id} x{each.count}: {each.reason}" for each in verdicts]


def test_a_slot_is_run_when_it_is_due_and_not_before() -> None:
    memory = Memory(at("2026-11-16T07:00"))

    assert decide(schedule(WEEKLY), memory, at("2026-11-23T06:59")).verdicts == ()
    assert said(decide(schedule(WEEKLY), memory, at("2026-11-23T07:00")).verdicts) == ["run 2026-11-23T07:00Z x1: due"]


def test_what_is_decided_is_not_decided_again() -> None:
    first = decide(schedule(WEEKLY), Memory(at("2026-11-16T07:00")), at("2026-11-23T07:10"))

    assert first.decided is not None
    assert decide(schedule(WEEKLY), Memory(first.decided), at("2026-11-23T07:10")).verdicts == ()
    assert decide(schedule(WEEKLY), Memory(first.decided), at("2026-11-30T06:59")).verdicts == ()


@pytest.mark.parametrize(
    ("catch_up", "expected"),
    [
        ("latest", ["out 2026-11-23T09:00Z x501: missed; the slot of 2026-11-23T10:00Z stands for it",
                    "run 2026-11-23T10:00Z x1: due"]),
        ("none", ["out 2026-11-23T09:00Z x501: missed; the slot of 2026-11-23T10:00Z stands for it",
                  "run 2026-11-23T10:00Z x1: due"]),
        ("all", ["out 2026-11-19T06:00Z x402: more than 100 slots were missed",
                 "run 2026-11-19T07:00Z x1: caught up after 4 days"]),
    ],
)  # fmt: skip
def test_e02_three_weeks_of_downtime_are_caught_up_by_the_schedules_rule_and_every_slot_has_its_reason(
    catch_up: str, expected: list[str]
) -> None:
    decision = decide(schedule(HOURLY, catch_up), Memory(at("2026-11-02T12:00")), at("2026-11-23T10:20"))

    assert said(decision.verdicts) == expected


def test_all_makes_up_for_missed_slots_one_after_the_other() -> None:
    memory, made = Memory(at("2026-11-23T06:00")), []
    while (decision := decide(schedule(HOURLY, "all"), memory, at("2026-11-23T10:20"))).decided:
        made += [verdict.slot.id for verdict in decision.verdicts]
        memory = Memory(decision.decided)

    assert made == [f"2026-11-23T{hour:02}:00Z" for hour in (7, 8, 9, 10)]


def test_none_leaves_out_what_is_over_an_hour_late() -> None:
    memory = Memory(at("2026-11-16T07:00"))

    (verdict,) = decide(schedule(WEEKLY, "none"), memory, at("2026-11-24T08:00")).verdicts
    assert (verdict.run, verdict.reason) == (False, "missed by 1 day; catch_up is none")
    assert decide(schedule(WEEKLY, "none"), memory, at("2026-11-23T07:50")).verdicts[0].run


def test_e06_while_a_slot_is_made_the_next_ones_wait_and_are_then_caught_up() -> None:
    start = at("2026-11-23T07:00")

    assert decide(schedule(HOURLY), Memory(start, busy=True), at("2026-11-23T10:20")).verdicts == ()
    assert said(decide(schedule(HOURLY), Memory(start), at("2026-11-23T10:20")).verdicts) == [
        "out 2026-11-23T09:00Z x2: missed; the slot of 2026-11-23T10:00Z stands for it",
        "run 2026-11-23T10:00Z x1: due",
    ]


def test_e05_a_slot_that_was_made_before_the_clock_went_back_is_not_made_again() -> None:
    memory = Memory(at("2026-11-21T00:00"), ran=frozenset({"2026-11-23T07:00Z"}))

    assert said(decide(schedule(WEEKLY), memory, at("2026-11-23T07:00")).verdicts) == [
        "out 2026-11-23T07:00Z x1: it was made already"
    ]


def test_e05_a_clock_behind_what_was_decided_decides_nothing() -> None:
    assert decide(schedule(HOURLY), Memory(at("2026-11-23T10:00")), at("2026-11-21T10:00")).decided is None


@pytest.mark.slow
def test_e13_decades_are_no_work_and_leave_a_record() -> None:
    decision = decide(schedule("* * * * 1"), Memory(at("1970-01-01T00:00")), at("2026-11-23T00:00"))

    first, *_, last = said(decision.verdicts)
    assert first.endswith("missed, with all slots up to 400 days ago")
    assert last == "run 2026-11-23T00:00Z x1: due"


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([HOURLY, WEEKLY, "15,45 */3 * * *"]),
    st.sampled_from(["latest", "all", "none"]),
    st.lists(st.integers(1, 3 * 1440), min_size=1, max_size=12),
)
def test_whenever_one_asks_every_slot_is_decided_once_and_in_order(cron: str, catch_up: str, steps: list[int]) -> None:
    start = now = at("2026-11-02T12:07")
    decided, verdicts = start, []
    for minutes in steps:
        now += timedelta(minutes=minutes)
        while (decision := decide(schedule(cron, catch_up), Memory(decided), now)).decided:
            verdicts += decision.verdicts
            decided = decision.decided

    slots = slots_between(schedule(cron), start, now)
    assert sum(verdict.count for verdict in verdicts) == len(slots)
    order = [verdict.slot for verdict in verdicts]
    assert order == sorted(set(order))
    if catch_up != "none" and slots:
        assert verdicts[-1].run
        assert verdicts[-1].slot == slots[-1]
