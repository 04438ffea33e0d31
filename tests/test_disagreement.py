"""Disagreement: what counts as one, what is a candidate, and what must be ruled."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from effort import calls_in

from generator.disagreement import check_rulings, conflicts, preferred_basis
from generator.model import Conflict, Fact, Metric, Observation, Place, Series, Vocabulary
from generator.periods import Period, parse_period

VOCABULARY = Vocabulary((Metric("trade", "Trade", Decimal("0.02")), Metric("opened", "Opened")), (), (), ())
YEAR = parse_period("2022")


def fact(id_: str, value: str | Period, unit: str = "USD", **more: object) -> Fact:
    number = Decimal(value) if isinstance(value, str) and unit not in ("text", "date") else value
    plain = Fact(id_, "trade", "e", YEAR, number, unit, source=f"S_{id_}", place=Place("facts.csv", len(id_) + 1))
    return replace(plain, **more)  # type: ignore[arg-type]


def series(*rows: Observation) -> Series:
    return Series("s", "S", "trade", "e", "USD", "flow", rows)


def row(value: str | None, period: str = "2022", **more: object) -> Observation:
    number = None if value is None else Decimal(value)
    return replace(Observation(parse_period(period), number, "USD", source="P", place=Place("s.csv", 3)), **more)  # type: ignore[arg-type]


def found(*facts: Fact, rows: tuple[Observation, ...] = ()) -> tuple[Conflict, ...]:
    return conflicts(facts, [series(*rows)], VOCABULARY)


def ruled(*facts: Fact, rows: tuple[Observation, ...] = ()) -> list[str]:
    findings = check_rulings(found(*facts, rows=rows), VOCABULARY)
    return [f"{finding.severity} {finding.rule.removeprefix('evidence.')} {finding.place}" for finding in findings]


def test_values_beyond_the_tolerance_of_the_metric_are_a_conflict() -> None:
    (conflict,) = found(fact("a", "100"), fact("b", "103"))

    assert (conflict.metric, conflict.entity, conflict.period) == ("trade", "e", YEAR)
    assert [(one.amount, one.sources) for one in conflict.candidates] == [(100, ("S_a",)), (103, ("S_b",))]


def test_the_sources_of_a_formula_are_those_of_its_facts_however_deep_and_often_they_are_used() -> None:
    first = [fact("a", "1"), fact("b", "1", source="S_x")]
    sums = [
        fact(f"n{each}", "1", source="", metric="opened", period=parse_period(str(each + 1000))) for each in range(1200)
    ]
    before = ["a", "b", *(each.id for each in sums)]
    sums = [replace(each, formula=f"{{{one}}} + {{{two}}}") for each, one, two in zip(sums, before, before[1:], strict=False)]
    last = replace(sums[-1], metric="trade", period=YEAR, value=Decimal(500))

    (conflict,) = found(*first, *sums[:-1], last)

    assert {one.fact: one.sources for one in conflict.candidates}[last.id] == ("S_x", "S_a")


def test_a_thousand_values_that_agree_are_compared_once() -> None:
    def effort(number: int) -> int:
        agreeing = [fact(f"f{each}", str(100_000 + each), basis=f"b{each}") for each in range(number)]
        return calls_in(lambda: found(*agreeing))

    assert found(*(fact(f"f{each}", str(100_000 + each)) for each in range(1000))) == ()
    assert effort(1000) <= 11 * effort(100)


@pytest.mark.parametrize("values", [("-1", "1", "100"), ("100", "98", "97"), ("-100", "-98", "-97"), ("0", "0", "-1"), ("1", "2", "0")])
def test_any_two_of_several_values_make_a_conflict(values: tuple[str, ...]) -> None:
    facts = [fact(f"f{place}", value) for place, value in enumerate(values)]
    pairs = [pair for place, pair in enumerate(facts) for other in facts[place + 1 :] if found(pair, other)]

    assert bool(found(*facts)) == bool(pairs) is True


def test_with_a_tolerance_above_one_the_least_and_the_greatest_do_not_tell() -> None:
    wide = replace(VOCABULARY, metrics=(Metric("trade", "Trade", Decimal("1.5")),))
    values = [fact("a", "-1"), fact("b", "1"), fact("c", "100")]

    assert conflicts([values[0], values[2]], [], wide) == ()
    assert len(conflicts(values, [], wide)) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (fact("a", "100"), fact("b", "102")),
        (fact("a", "0"), fact("b", "0")),
        (fact("a", "5.08", scale="billion"), fact("b", "5080", scale="million")),
        (fact("a", "100"), fact("b", "200", period=parse_period("2023"))),
        (fact("a", "100"), fact("b", "200", metric="opened")),
        (fact("a", "100"), fact("b", "200", entity="other")),
        (fact("a", "Near  Minsk", "text"), fact("b", "near Minsk", "text")),
        (fact("a", parse_period("1992-01"), "date"), fact("b", parse_period("1992-01-20"), "date")),
    ],
)
def test_values_that_agree_or_measure_something_else_are_no_conflict(first: Fact, second: Fact) -> None:
    assert found(first, second) == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (fact("a", "1.4", "times"), fact("b", "140", "percent")),
        (fact("a", "-100"), fact("b", "100")),
        (fact("a", "0"), fact("b", "1")),
        (fact("a", "100", basis="x"), fact("b", "200", basis="y")),
        (fact("a", "100"), fact("b", "200", rank="deprecated", reason="r")),
        (fact("a", "Minsk", "text"), fact("b", "Minsk Region", "text")),
        (fact("a", parse_period("1992-01-20"), "date"), fact("b", parse_period("1992-01-27"), "date")),
        (fact("a", parse_period("1992"), "date"), fact("b", parse_period("1993-01"), "date")),
        (fact("a", "1", period=parse_period("undated")), fact("b", "2", period=parse_period("undated"))),
        (fact("a", "1"), fact("b", "2", period=parse_period("2022-01/2022-12"))),
    ],
)
def test_unlike_units_ranks_bases_words_and_dates_are_conflicts(first: Fact, second: Fact) -> None:
    assert len(found(first, second)) == 1


def test_equal_values_are_one_candidate_with_both_sources() -> None:
    (conflict,) = found(fact("a", "100", note="n"), fact("b", "100", rank="preferred"), fact("c", "200"))

    assert [(one.fact, one.sources, one.rank, one.note) for one in conflict.candidates] == [
        ("b", ("S_b", "S_a"), "preferred", "n"),
        ("c", ("S_c",), "normal", ""),
    ]


def test_what_is_deprecated_lends_its_source_to_nobody() -> None:
    (conflict,) = found(fact("a", "100"), fact("b", "100", rank="deprecated", reason="r"), fact("c", "200"))

    assert [one.sources for one in conflict.candidates] == [("S_a",), ("S_c",), ("S_b",)]


def test_a_derived_value_stands_on_the_sources_of_its_formula() -> None:
    derived = fact("d", "100", formula="{x} + {y}", source="")
    operands = [fact("x", "50", metric="other"), fact("y", "50", metric="another")]

    (conflict,) = found(derived, fact("b", "200"), *operands)

    assert conflict.candidates[0].sources == ("S_x", "S_y")


def test_a_series_row_is_a_candidate_and_a_row_that_points_at_a_fact_is_that_fact() -> None:
    rows = (row("200"), row("100", fact="a"), row(None), row("300", "undated"), row("500", "2021"))

    (conflict,) = found(fact("a", "100"), rows=rows)

    assert [(one.fact, one.series, one.amount) for one in conflict.candidates] == [("a", "", 100), ("", "s", 200)]


def test_two_rows_of_one_series_may_contradict_each_other() -> None:
    assert len(found(rows=(row("1"), row("2")))) == 1


# --- rulings --------------------------------------------------------------------------------------


def test_two_best_values_on_one_basis_are_unruled() -> None:
    first, second = fact("a", "5.08", scale="billion"), fact("bb", "5.79", scale="billion")

    (finding,) = check_rulings(found(first, second), VOCABULARY)

    assert str(finding) == (
        "facts.csv:3: error: 'bb' is 5790000000 USD, but 'a' at facts.csv:2 is 5080000000 USD (trade of e, 2022, no basis);"
        " expected one value of the best rank. Set the better one to rank 'preferred' and give the other a reason,"
        " or give them different bases. [evidence.unruled]"
    )


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([fact("a", "1", rank="preferred"), fact("bb", "2", reason="r")], []),
        ([fact("a", "1", rank="preferred"), fact("bb", "2")], ["error reason-missing facts.csv:3"]),
        ([fact("a", "1"), fact("bb", "2", rank="deprecated", reason="r")], []),
        ([fact("a", "1"), fact("bb", "2", rank="deprecated")], ["error reason-missing facts.csv:3"]),
        ([fact("a", "1", rank="preferred"), fact("bb", "2", rank="preferred")], ["error unruled facts.csv:3"]),
        ([fact("a", "1", basis="x"), fact("bb", "2", basis="y", note="n")], []),
        ([fact("a", "1", basis="x"), fact("bb", "2", basis="y")], ["warning bases-unexplained facts.csv:3"]),
        (
            [fact("a", "1", basis="x"), fact("bb", "2", basis="y", note="n"), fact("ccc", "3", basis="y")],
            ["error unruled facts.csv:4"],
        ),
        ([fact("a", "1.4", "times"), fact("bb", "140", "percent", note="n")], ["error unruled facts.csv:3"]),
        ([fact("a", "100"), fact("bb", "101"), fact("ccc", "150", rank="deprecated", reason="r")], []),
        ([fact("a", "1", rank="deprecated", reason="r"), fact("bb", "2", rank="deprecated", reason="r")], []),
    ],
)
def test_a_conflict_is_ruled_by_ranks_and_reasons(candidates: list[Fact], expected: list[str]) -> None:
    assert ruled(*candidates) == expected


def test_a_series_row_below_a_fact_gives_its_reason_as_a_note() -> None:
    best = fact("a", "1", rank="preferred")

    assert ruled(best, rows=(row("2", note="another method"),)) == []
    assert ruled(best, rows=(row("2"),)) == ["error reason-missing s.csv:3"]


def test_a_computed_value_below_a_fact_gives_its_reason_as_the_note_of_its_series() -> None:
    best, place = fact("a", "1", rank="preferred"), Place("s.toml", 1)
    computed = replace(series(row("2", source="", place=place)), formula="{x} * 2")

    (asked,) = check_rulings(conflicts([best], [computed], VOCABULARY), VOCABULARY)
    explained = conflicts([best], [replace(computed, note="The bank rounds.")], VOCABULARY)

    assert str(asked.place) == "s.toml:1"
    assert asked.cure == "Write it as `note` there: the value is computed, so no row holds it."
    assert check_rulings(explained, VOCABULARY) == ()
    assert [one.note for one in explained[0].candidates] == ["", "The bank rounds."]


def test_without_a_conflict_nothing_is_to_be_ruled() -> None:
    assert ruled(fact("a", "1"), fact("bb", "1")) == []


def test_two_days_for_one_event_are_a_conflict_though_each_is_the_period_of_its_fact() -> None:
    first, second = parse_period("1992-01-20"), parse_period("1992-01-27")

    (conflict,) = found(fact("a", first, "date", period=first), fact("bb", second, "date", period=second))

    assert [one.text for one in conflict.candidates] == ["1992-01-20", "1992-01-27"]


def test_a_preferred_basis_rules_on_values_of_other_bases_without_a_reason() -> None:
    best = fact("a", "1", basis="x", rank="preferred")

    (conflict,) = found(best, fact("bb", "2", basis="y"))

    assert preferred_basis(conflict) == "x"
    assert ruled(best, fact("bb", "2", basis="y")) == []
    assert ruled(best, fact("bb", "2", basis="x")) == ["error reason-missing facts.csv:3"]
