"""Slots: when a schedule is due, in zones whose clocks change and over holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.slots import Calendar, Schedule, fault_of, is_ever_due, next_slots, slots_between, stamp, unstamp

BERLIN, MINSK = "Europe/Berlin", "Europe/Minsk"
WORK = Calendar(
    "work", frozenset({5, 6}), frozenset({date(2026, 5, 1)}), frozenset({(5, 11)}), open=frozenset({date(2026, 5, 16)})
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(*texts: str) -> tuple[datetime, ...]:
    return tuple(map(datetime.fromisoformat, texts))


def due(schedule: Schedule, after: str, until: str) -> list[str]:
    return [stamp(slot.due) for slot in slots_between(schedule, at(after), at(until)) if not slot.left_out]


def test_a_schedule_is_due_by_the_clock_on_the_wall_of_its_zone() -> None:
    monday = "0 7 * * 1"

    assert due(Schedule("a", MINSK, monday), "2026-11-22", "2026-11-30T23:00") == ["2026-11-23T04:00Z", "2026-11-30T04:00Z"]
    assert due(Schedule("a", BERLIN, monday), "2026-11-22", "2026-11-24") == ["2026-11-23T06:00Z"]


def test_e03_a_time_that_the_clocks_skip_is_due_once_at_the_first_minute_after_the_gap_and_says_so() -> None:
    slots = slots_between(Schedule("a", BERLIN, "30 2 * * *"), at("2026-03-28T12:00"), at("2026-03-30T12:00"))

    assert [(stamp(slot.due), slot.note[:7]) for slot in slots] == [
        ("2026-03-29T01:00Z", "shifted"),
        ("2026-03-30T00:30Z", ""),
    ]


def test_e04_a_time_that_the_clocks_have_twice_is_due_the_first_time_only() -> None:
    assert due(Schedule("a", BERLIN, "30 2 * * *"), "2026-10-24T12:00", "2026-10-26T12:00") == [
        "2026-10-25T00:30Z",
        "2026-10-26T01:30Z",
    ]


@pytest.mark.parametrize("minute", range(0, 60, 10))
def test_e04_a_question_asked_within_the_repeated_hour_brings_nothing_back(minute: int) -> None:
    asked = at("2026-10-25T01:00") + timedelta(minutes=minute)

    assert stamp(next_slots(Schedule("a", BERLIN, "30 2 * * *"), asked, 1)[0].due) == "2026-10-26T01:30Z"


def test_an_hourly_schedule_runs_by_the_real_hour_when_the_clocks_change() -> None:
    assert due(Schedule("a", BERLIN, "0 * * * *"), "2026-10-24T23:30", "2026-10-25T02:30") == [
        "2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z"
    ]  # fmt: skip


@pytest.mark.parametrize(("after", "until"), [("2026-03-28T12:00", "2026-03-30T12:00"), ("2026-10-24T12:00", "2026-10-26T12:00")])
def test_a_zone_without_summer_time_has_the_same_hour_every_night(after: str, until: str) -> None:
    found = due(Schedule("a", MINSK, "30 2 * * *"), after, until)

    assert [text[11:] for text in found] == ["23:30Z", "23:30Z"]


def test_dates_of_a_release_calendar_are_read_off_the_wall() -> None:
    releases = Schedule("a", BERLIN, at=wall("2026-12-18T10:00", "2026-03-29T02:30", "2026-06-01T10:00"))

    assert due(releases, "2026-01-01", "2027-01-01") == ["2026-03-29T01:00Z", "2026-06-01T08:00Z", "2026-12-18T09:00Z"]
    assert next_slots(releases, at("2027-01-01"), 5) == ()


@pytest.mark.parametrize(
    ("holiday", "expected"),
    [
        # Friday 1 May and Monday 11 May are holidays, Saturday 16 May is worked.
        ("before", ["2026-04-30", "2026-05-08", "2026-05-16"]),
        ("after", ["2026-05-04", "2026-05-12", "2026-05-16"]),
        ("skip", ["2026-05-16"]),
    ],
)
def test_a_holiday_moves_a_slot_or_leaves_it_out(holiday: str, expected: list[str]) -> None:
    schedule = Schedule("a", MINSK, at=wall("2026-05-01T07:00", "2026-05-10T07:00", "2026-05-16T07:00"),
                        calendar=WORK, holiday=holiday)  # type: ignore[arg-type]  # fmt: skip

    assert [text[:10] for text in due(schedule, "2026-04-01", "2026-06-01")] == expected
    reasons = [slot.note or slot.left_out for slot in slots_between(schedule, at("2026-04-01"), at("2026-06-01"))]
    assert "Friday 2026-05-01 is closed in calendar 'work'" in reasons[0]
    assert reasons[-1] == ""


def test_a_moved_slot_keeps_its_name_so_that_an_edited_calendar_does_not_make_it_twice() -> None:
    moved = Schedule("a", MINSK, "0 7 1 5 *", calendar=WORK, holiday="before")
    plain = Schedule("a", MINSK, "0 7 1 5 *")

    (slot,) = slots_between(moved, at("2026-04-01"), at("2026-06-01"))

    assert slot.due < slot.nominal
    assert slot.id == slots_between(plain, at("2026-04-01"), at("2026-06-01"))[0].id == "2026-05-01T04:00Z"


@pytest.mark.parametrize("holiday", ["before", "after"])
def test_a_daily_schedule_over_a_weekend_is_due_once_a_day_worked(holiday: str) -> None:
    schedule = Schedule("a", MINSK, "0 7 * * *", calendar=WORK, holiday=holiday)  # type: ignore[arg-type]

    days = [text[:10] for text in due(schedule, "2026-05-05", "2026-05-18T12:00")]

    assert days == ["2026-05-05", "2026-05-06", "2026-05-07", "2026-05-08", "2026-05-12", "2026-05-13", "2026-05-14",
                    "2026-05-15", "2026-05-16", "2026-05-18"]  # fmt: skip


def test_a_month_of_holidays_leaves_a_slot_out_and_says_so() -> None:
    july = Calendar("july", days=frozenset(date(2026, 6, 20) + timedelta(days=day) for day in range(80)))
    schedule = Schedule("a", MINSK, at=wall("2026-07-20T07:00"), calendar=july)

    (slot,) = slots_between(schedule, at("2026-06-01"), at("2026-12-01"))

    assert slot.left_out.endswith("and so are the 31 days after it")


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("0 7 * * 1", ""),
        ("0 0 29 2 *", ""),
        ("30 6-18/4 * JAN-MAR MON,FRI", ""),
        ("0 7 L * *", ""),
        ("31 2 *", "3 fields instead of five"),
        ("0 0 7 * * 1", "6 fields instead of five"),
        ("", "0 fields instead of five"),
        ("0 0 31 2 *", "Bad day-of-month"),
        ("60 7 * * *", "Bad minute"),
        ("0 24 * * *", "Bad hour"),
        ("0 7 * * MOND", "Bad day-of-week"),
        ("0 7 * 13 *", "Bad month"),
        ("*/0 * * * *", "Bad minute"),
        ("٣ * * * *", "Bad minute"),
        ("@weekly", "1 field instead of five"),
    ],
)
def test_e08_an_impossible_cron_line_is_refused_with_the_field(expression: str, fault: str) -> None:
    assert fault_of(expression) == fault


def test_a_schedule_that_only_has_closed_days_is_told_from_one_that_is_due() -> None:
    sundays = Schedule("a", MINSK, "*/10 * * * 0", calendar=WORK, holiday="skip")
    first_of_may = Schedule("a", MINSK, "0 7 1 5 *", calendar=WORK, holiday="skip")
    moved = Schedule("a", MINSK, "0 7 * * 0", calendar=WORK, holiday="after")

    assert [is_ever_due(schedule) for schedule in (sundays, first_of_may, moved)] == [False, True, True]


def test_e13_far_and_early_days_are_no_obstacle() -> None:
    leap = Schedule("a", BERLIN, "0 7 29 2 *")

    assert [slot.id for slot in next_slots(leap, at("2027-01-01"), 2)] == ["2028-02-29T06:00Z", "2032-02-29T06:00Z"]
    assert next_slots(Schedule("a", BERLIN, "0 7 * * *"), at("2038-01-19"), 1)[0].id == "2038-01-19T06:00Z"
    assert next_slots(Schedule("a", BERLIN, "0 7 * * *"), at("1970-01-01"), 1)[0].id == "1970-01-01T06:00Z"


MOMENTS = st.datetimes(*wall("2026-01-01", "2026-12-31")).map(lambda moment: moment.replace(tzinfo=UTC))
SCHEDULES = st.builds(
    Schedule,
    name=st.just("a"),
    zone=st.sampled_from([BERLIN, MINSK, "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
    cron=st.sampled_from(["30 2 * * *", "0 7 * * 1-5", "15 */6 * * *", "0 0 1 * *", "30 2,14 * * 0", "*/20 1-3 * 3,10 *"]),
    calendar=st.sampled_from([None, WORK, Calendar("may", days=frozenset(date(2026, 5, day) for day in range(1, 32)))]),
    holiday=st.sampled_from(["before", "after", "skip"]),
)


@settings(max_examples=150, deadline=None)
@given(SCHEDULES, MOMENTS, st.lists(st.integers(1, 40 * 1440), min_size=1, max_size=6))
def test_however_a_span_is_cut_its_slots_are_the_same_and_no_two_are_due_at_once(
    schedule: Schedule, start: datetime, cuts: list[int]
) -> None:
    moments = [start]
    for minutes in cuts:
        moments.append(moments[-1] + timedelta(minutes=minutes))

    whole = slots_between(schedule, start, moments[-1])
    parts = [slot for first, last in pairwise(moments) for slot in slots_between(schedule, first, last)]

    assert list(whole) == parts
    open_ = [slot.due for slot in whole if not slot.left_out]
    assert len(set(open_)) == len(open_)
    assert all(start < slot.due <= moments[-1] for slot in whole)
    assert len({slot.id for slot in whole}) == len(whole)
    assert all(unstamp(slot.id) == slot.nominal for slot in whole)


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, MOMENTS)
def test_the_next_slots_are_the_first_of_the_span_that_follows(schedule: Schedule, start: datetime) -> None:
    assume(is_ever_due(schedule))

    following = next_slots(schedule, start, 3)

    assert following == slots_between(schedule, start, following[-1].due)
    assert sum(not slot.left_out for slot in following) == 3
