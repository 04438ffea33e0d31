"""Staleness: the newest figure past its shelf life is asked about, history is not, and the page says how old it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from figures_sample import fact, line, vocabulary

from generator.model import Fact, KeyFigureSpec, Metric, Place, Series, Topic
from generator.periods import parse_period
from generator.staleness import Ageing, aged, months_after

TRADE = Metric("trade", "Trade", shelf_life=18)
WORDS = replace(vocabulary(), metrics=(TRADE, Metric("area", "Area")))


def topic(
    *facts: Fact, series: tuple[Series, ...] = (), figures: tuple[KeyFigureSpec, ...] = (), bottom_line: str = "No number."
) -> Topic:
    return Topic("t", "T", bottom_line, "#000000", figures, (), (), facts, series, (), place=Place("topic.toml", 1))


def asked(ageing: Ageing) -> list[str]:
    return [question.found for question in ageing.questions]


def figure(**what: str) -> KeyFigureSpec:
    return KeyFigureSpec("F", place=Place("topic.toml", 7), **what)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("period", "day", "months"),
    [("2024", "2026-06-30", 17), ("2024", "2026-07-01", 18), ("2024-Q1", "2024-03-31", 0), ("2024", "2023-12-31", -12),
     ("2024-02-29", "2025-02-28", 11), ("2023-01/2023-08", "2023-09-30", 0), ("2019/20", "2020-09-30", 0)],
)  # fmt: skip
def test_age_is_counted_in_whole_months_from_the_end_of_the_period(period: str, day: str, months: int) -> None:
    assert months_after(parse_period(period), date.fromisoformat(day)) == months


def test_a_figure_is_fresh_until_its_shelf_life_has_passed() -> None:
    made = topic(fact("a", "5", "2024"))

    assert aged(made, WORDS, date(2026, 6, 30)) == Ageing()
    (question,) = aged(made, WORDS, date(2026, 7, 1)).questions
    assert question.found == (
        "'a': the newest figure of 'trade' of 'e' is for 2024, 18 months before the edition of 2026-07-01"
    )
    assert (question.kind, question.expected, question.rows[0].place) == (
        "stale", "18 months at most, its shelf life", Place("f.csv", 2),
    )  # fmt: skip


def test_older_figures_beside_a_newer_one_are_history() -> None:
    made = topic(fact("a", "5", "2020"), fact("b", "5", "2025", basis="other"), series=(line("1 2 3", first=2001),))

    assert aged(made, WORDS, date(2026, 6, 30)) == Ageing()


def test_all_rows_of_the_newest_period_may_answer() -> None:
    (question,) = aged(topic(fact("a", "5", "2020"), fact("b", "6", "2020")), WORDS, date(2026, 1, 1)).questions

    assert [row.name for row in question.rows] == ["a", "b"]


@pytest.mark.parametrize(
    "silent",
    [
        fact("a", "5", "2001", metric="area"),
        fact("a", "5", "undated"),
        fact("a", "5", "2001", rank="deprecated", reason="r"),
        fact("a", "0", "2001", formula="{b} * 2", source=""),
    ],
)
def test_what_does_not_age_is_set_aside_or_is_computed_is_not_asked_about(silent: Fact) -> None:
    assert asked(aged(topic(silent), WORDS, date(2026, 1, 1))) == []


def test_what_is_computed_is_marked_all_the_same() -> None:
    computed = fact("a", "0", "2001", formula="{b} * 2", source="")

    assert aged(topic(computed), WORDS, date(2026, 1, 1)).latest == {"a"}


def test_a_row_of_a_series_is_named_as_in_the_other_questions() -> None:
    ageing = aged(topic(series=(line("1 2 3", first=2001),)), WORDS, date(2026, 1, 1))

    assert asked(ageing)[0].startswith("'s 2003': the newest figure of 'trade'")


@pytest.mark.parametrize(
    "shown",
    [
        {"figures": (figure(fact="old"),)},
        {"figures": (figure(series="s", basis=""),)},
        {"bottom_line": "It was {{ fact('old') }}."},
        {"bottom_line": 'It was {{ value("s", "latest") }}.'},
        {"bottom_line": 'It was {{ value( "s" , "2003" ) }}.'},
    ],
)
def test_an_older_figure_on_the_first_page_is_asked_about_where_it_is_shown(shown: dict[str, object]) -> None:
    facts = fact("old", "5", "2003"), fact("new", "6", "2025", basis="other")
    made = topic(*facts, series=(line("1 2 3", first=2001),), **shown)  # type: ignore[arg-type]

    ageing = aged(made, WORDS, date(2026, 6, 1))

    (question,) = ageing.questions
    assert "': the figure shown of 'trade' of 'e' is for 2003, 269 months before" in question.found
    assert question.rows[0].place.file == "topic.toml"
    assert (len(ageing.dated), ageing.latest) == (1, set())


def test_of_the_figures_of_a_bottom_line_only_the_newest_of_a_metric_counts() -> None:
    said = "It rose from {{ fact('old') }} to {{ fact('new') }}."

    made = topic(fact("old", "5", "1992"), fact("new", "6", "2025"), bottom_line=said)

    assert aged(made, WORDS, date(2026, 6, 1)) == Ageing()


def test_one_figure_shown_twice_is_asked_about_once() -> None:
    made = topic(
        fact("old", "5", "2003"), figures=(figure(fact="old"),), bottom_line="It was {{ fact('old') }}."
    )

    assert len(aged(made, WORDS, date(2026, 6, 1)).questions) == 1


@pytest.mark.parametrize("spec", [figure(fact="missing"), figure(series="missing"), figure(series="s", basis="none")])
def test_a_key_figure_that_is_not_there_is_told_elsewhere(spec: KeyFigureSpec) -> None:
    assert aged(topic(figures=(spec,), series=(line("1", first=2025),)), WORDS, date(2026, 6, 1)) == Ageing()
