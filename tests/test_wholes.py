"""Parts and wholes: what exceeds the whole it is a part of, and what its metric's formula does not give."""

from __future__ import annotations

import pytest
from figures_sample import asked, fact, line, questions, rate

from generator.model import Fact, Metric, Series

EXPORTS = Metric("exports", "Exports", part_of="trade")
SHARE = Metric("share", "Share", formula="{exports} / {trade} * 100")
SUM = Metric("sum", "Sum", formula="{exports} + {imports}")
FLOW = line("1", first=1900)


def test_eleven_months_above_the_year_are_asked_about() -> None:
    (found,) = asked(fact("a", "8.86", "2025", qualifier="more than"), fact("b", "8.9", "2025-01/2025-11"))

    assert found == (
        "whole: 'b': 8.9 billion USD in 2025-01/2025-11 exceeds 8.86 billion USD in 2025 ('a' at f.csv:2),"
        " of which it is a part"
    )


@pytest.mark.parametrize("part", ["2025-H1", "2025-Q3", "2025-06", "2025-03/2025-05"])
def test_a_half_a_quarter_and_a_month_count_where_the_metric_adds_up(part: str) -> None:
    assert len(asked(fact("a", "8.86", "2025"), fact("b", "9", part), series=(FLOW,))) == 1
    assert asked(fact("a", "8.86", "2025"), fact("b", "8", part), series=(FLOW,)) == []


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        (fact("a", "8", "2025"), fact("b", "9", "2024-12/2025-11")),
        (fact("a", "8", "2025"), fact("b", "9", "2024-01/2024-11")),
        (fact("a", "8", "2025", basis="x"), fact("b", "9", "2025-01/2025-11", basis="y")),
        (fact("a", "8", "2025", unit="EUR"), fact("b", "9", "2025-01/2025-11")),
        (rate("a", "8", "2025"), rate("b", "9", "2025-01/2025-11")),
    ],
)
def test_other_years_bases_units_and_rates_are_no_parts(whole: Fact, part: Fact) -> None:
    assert [each for each in asked(whole, part) if each.startswith("whole")] == []


@pytest.mark.parametrize("series", [(), (line("1", first=1900, measure="stock"),)])
def test_a_count_in_a_month_is_no_part_of_the_count_at_the_years_end(series: tuple[Series, ...]) -> None:
    assert asked(fact("a", "8", "2025"), fact("b", "9", "2025-06"), series=series) == []


def test_a_part_above_the_whole_that_the_vocabulary_names_is_asked_about() -> None:
    (found,) = asked(fact("a", "5"), fact("b", "6", metric="exports"), metrics=(EXPORTS,))

    assert found.startswith("whole: 'b': 6 billion USD in 2022 exceeds 5 billion USD in 2022 ('a' at f.csv:2)")
    assert asked(fact("a", "5"), fact("b", "5", metric="exports"), metrics=(EXPORTS,)) == []
    assert asked(fact("a", "5", "2021"), fact("b", "6", metric="exports"), metrics=(EXPORTS,)) == []


# --- formulas -------------------------------------------------------------------------------------


def test_a_share_that_part_and_whole_do_not_give_is_asked_about_with_what_they_give() -> None:
    facts = [fact("w", "5.79"), fact("p", "1.61", metric="exports"), rate("s", "38", metric="share")]

    (found,) = asked(*facts, metrics=(Metric("exports", "Exports"), SHARE))

    assert found == (
        "formula: 's': 38 percent in 2022, but {exports} / {trade} * 100 gives 27.81 percent from 1.61 billion USD in 2022"
        " ('p' at f.csv:2), 5.79 billion USD in 2022 ('w' at f.csv:2)"
    )


@pytest.mark.parametrize("stated", ["27.8", "28", "27.9"])
def test_a_share_is_held_to_its_digits_and_those_of_its_inputs(stated: str) -> None:
    facts = [fact("w", "5.79"), fact("p", "1.61", metric="exports"), rate("s", stated, metric="share")]

    assert asked(*facts, metrics=(SHARE,)) == []


def test_a_sum_off_by_ten_is_told_so() -> None:
    parts = [fact("a", "1.61", metric="exports"), fact("b", "4.18", metric="imports")]

    (found,) = asked(*parts, fact("s", "57.9", metric="sum"), metrics=(SUM,))

    assert found.startswith("formula: 's': 57.9 billion USD in 2022, but {exports} + {imports} gives 5.79 billion USD from")
    assert found.endswith("; 5.79 billion USD would be near it")


def test_a_formula_is_computed_on_one_basis_and_asked_only_where_no_choice_of_values_fits() -> None:
    parts = [
        fact("a", "1", metric="exports", basis="x"), fact("b", "2", metric="imports", basis="x"),
        fact("c", "3", metric="exports", basis="y"), fact("d", "4", metric="imports", basis="y"),
    ]  # fmt: skip

    assert asked(*parts, fact("s", "7", metric="sum"), metrics=(SUM,)) == []
    assert asked(*parts, fact("s", "7", metric="sum", basis="y"), metrics=(SUM,)) == []
    assert len(asked(*parts, fact("s", "7", metric="sum", basis="x"), metrics=(SUM,))) == 1
    assert len(asked(*parts, fact("s", "5", metric="sum"), metrics=(SUM,))) == 1


def test_where_an_input_is_missing_or_zero_a_formula_asks_nothing() -> None:
    zero = [fact("w", "0"), fact("p", "1.61", metric="exports"), rate("s", "38", metric="share")]

    assert asked(*zero[1:], metrics=(SHARE,)) == []
    assert [each for each in asked(*zero, metrics=(SHARE,)) if each.startswith("formula")] == []


def test_a_formula_of_unlike_units_is_told_once() -> None:
    wrong = Metric("sum", "Sum", formula="{exports} + {growth}")
    facts = [fact("a", "1", metric="exports"), rate("g", "3", metric="growth"), fact("s", "5", metric="sum")]
    more = [fact("a2", "1", "2021", "exports"), rate("g2", "3", "2021", "growth"), fact("s2", "5", "2021", "sum")]

    (question,) = questions(*facts, *more, metrics=(wrong,))

    assert question.found == "'s': the formula of 'sum' cannot be computed: USD and percent added"
