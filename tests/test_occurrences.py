"""Occurrences: events on two days, on the wrong day of the week, before what they follow, in times to come."""

from __future__ import annotations

from dataclasses import replace

import pytest
from figures_sample import SOURCES, asked, fact, vocabulary

from generator.model import Fact, Metric
from generator.periods import parse_period
from generator.plausibility import ask

OPENED = Metric("opened", "Park opened", after="begun")
BEGUN = Metric("begun", "Building of the park begins")
RELATIONS = Metric("relations", "Diplomatic relations established")
TIES = Metric("ties", "Establishment of diplomatic relations")


def event(id_: str, day: str, metric: str, period: str = "", **more: object) -> Fact:
    return replace(fact(id_, "0", period or day, metric, unit="date", scale=""), value=parse_period(day), **more)  # type: ignore[arg-type]


def test_one_event_on_two_days_is_found_though_its_rows_have_different_metrics_and_periods() -> None:
    facts = [event("a", "1992-01-20", "relations", "1992"), event("b", "1992-01-27", "ties")]

    (found,) = asked(*facts, metrics=(RELATIONS, TIES))

    assert found == "date: 'b' is 1992-01-27, but 'a' is 1992-01-20 at f.csv:2: 7 days apart, and both are called alike"


def test_labels_are_compared_by_the_beginnings_of_their_words() -> None:
    facts = [event("a", "2020-03-03", "x"), event("b", "2020-03-13", "y", "2020")]

    assert len(asked(*facts, metrics=(Metric("x", "Opening of the bridge"), Metric("y", "The bridge opened")))) == 1
    assert asked(*facts, metrics=(Metric("x", "Opening of the bridge"), Metric("y", "The tunnel opened"))) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (event("a", "1992-01-20", "relations"), event("b", "1992-01-20", "ties")),
        (event("a", "1992-01", "relations"), event("b", "1992-01-27", "ties")),
        (event("a", "1992-01-20", "relations"), event("b", "1993-01-27", "ties")),
        (event("a", "1992-01-20", "relations"), event("b", "1992-01-27", "opened")),
        (event("a", "1992-01-20", "relations"), event("b", "1992-01-27", "ties", entity="f")),
        (event("a", "1992-01-20", "relations"), event("b", "1992-01-27", "ties", rank="deprecated", reason="r")),
    ],
)
def test_other_events_other_entities_and_days_that_agree_are_asked_nothing(first: Fact, second: Fact) -> None:
    assert asked(first, second, metrics=(RELATIONS, TIES, OPENED)) == []


def test_an_end_before_its_start_is_asked_about() -> None:
    facts = [event("a", "2015-07", "begun"), event("b", "2014-05-12", "opened")]

    (found,) = asked(*facts, metrics=(OPENED, BEGUN))

    assert found == "date: 'b' is 2014-05-12, before 'a' is 2015-07 at f.csv:2"
    assert asked(event("a", "2015", "begun"), event("b", "2015-05", "opened"), metrics=(OPENED, BEGUN)) == []


def test_a_weekday_that_the_date_has_not_is_asked_about() -> None:
    words = "signed on Monday, 3 March 2023, in the capital"

    (found,) = asked(event("a", "2023-03-03", "signed", anchor=words))

    assert found == "date: 'a': the anchor says Monday, and 2023-03-03 was a Friday"


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("signed on Friday, 3 March 2023, in the capital", "2023-03-03"),
        ("on Friday, 3 March, the parties signed", "2023-03-03"),
        ("every Monday since 3 March 2023 and every Tuesday", "2023-03-03"),
        ("on Monday the parties signed", "2023-03-03"),
        ("in March 2023, on a Monday", "2023-03"),
    ],
)
def test_a_weekday_that_fits_or_cannot_be_told_is_asked_nothing(words: str, day: str) -> None:
    assert asked(event("a", day, "signed", anchor=words)) == []


def test_a_date_without_a_year_takes_that_of_its_fact() -> None:
    (found,) = asked(event("a", "2023-03-03", "signed", anchor="on Monday, 3 March, the parties signed"))

    assert found.endswith("2023-03-03 was a Friday")


@pytest.mark.parametrize(
    ("published", "period", "is_asked"),
    [
        ("2023-05-01", "2024", True),
        ("2023", "2024-01", True),
        ("2023-05-01", "2023", False),  # a forecast for the year that runs
        ("2023-05", "2023-05-20", False),
        ("", "2024", False),
        ("2023-05-01", "undated", False),
    ],
)
def test_a_figure_for_a_time_after_its_publication_is_asked_about(published: str, period: str, *, is_asked: bool) -> None:
    source = {"S": replace(SOURCES["S"], published=published)}

    found = ask((fact("a", "5", period),), (), vocabulary(), source)

    assert [question.kind for question in found] == ["period"] * is_asked
    assert not found or found[0].found == f"'a': 5 billion USD in {period}, from 'S', published {published}"
