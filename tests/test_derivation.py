"""Derived facts: computed in order of dependence, refused with the cure where they cannot be."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from generator.derivation import derive
from generator.model import Fact, Place
from generator.periods import parse_period


def fact(id_: str, value: str = "0", unit: str = "USD", *, formula: str = "", line: int = 2, **more: str) -> Fact:
    period = parse_period("2022")
    place = Place("data/t/facts.csv", line)
    return Fact(id_, "m", "e", period, Decimal(value), unit, formula=formula, place=place, **more)  # type: ignore[arg-type]


OLD, NEW = fact("old", "60.8", scale="million"), fact("new", "5.08", scale="billion")


def test_a_formula_is_computed_over_amounts_with_their_scale() -> None:
    facts, findings = derive([OLD, NEW, fact("ratio", unit="times", formula="round({new} / {old}, 1)")])

    assert (facts[2].value, findings) == (Decimal("83.6"), ())


def test_the_result_is_written_in_the_declared_scale() -> None:
    facts, _ = derive([OLD, NEW, fact("gain", formula="{new} - {old}", scale="billion")])

    assert (facts[2].value, facts[2].amount) == (Decimal("5.0192"), Decimal(5019200000))


def test_formulas_may_build_on_formulas_in_any_order() -> None:
    facts, findings = derive([fact("c", formula="{b} * 2"), fact("b", formula="{a} + {a}"), fact("a", "3")])

    assert ([each.value for each in facts], findings) == ([Decimal(12), Decimal(6), Decimal(3)], ())


def test_facts_without_formula_are_returned_as_they_are() -> None:
    assert derive([OLD, NEW]) == ((OLD, NEW), ())


@pytest.mark.parametrize(
    ("formula", "unit", "message"),
    [
        ("{oldd} / {new}", "times", "formula of 'x': no fact 'oldd'; expected a fact of this topic. Did you mean 'old'?"),
        ("{old} / {new}", "USD", "formula of 'x': the formula gives a pure number; expected USD."),
        ("{old} + {firms}", "USD", "formula of 'x': USD and enterprise added; expected one unit."),
        ("{old} / ({new} - {new})", "times", "formula of 'x': division by zero; expected a number."),
        ("{when}", "times", "formula of 'x': 'when' is a date; expected a number."),
        ("__import__('os')", "times", "expected numbers, + - * /"),
    ],
)
def test_a_formula_that_cannot_be_computed_says_why(formula: str, unit: str, message: str) -> None:
    when = replace(fact("when", unit="date"), value=parse_period("2022-11"))
    firms = fact("firms", "107", "enterprise")

    _, findings = derive([OLD, NEW, when, firms, fact("x", unit=unit, formula=formula, line=9)])

    assert len(findings) == 1
    assert str(findings[0]).startswith("data/t/facts.csv:9: error: ")
    assert message in str(findings[0])


def test_what_depends_on_a_broken_formula_is_not_reported_again() -> None:
    _, findings = derive([fact("a", formula="{gone}"), fact("b", formula="{a} * 2"), fact("c", formula="{b}")])

    assert [finding.found for finding in findings] == ["formula of 'a': no fact 'gone'"]


@pytest.mark.parametrize(
    ("facts", "circle"),
    [
        ([fact("a", formula="{a}")], "a -> a"),
        ([fact("a", formula="{b}"), fact("b", formula="{a}")], "a -> b -> a"),
        ([fact("z", formula="{a}"), fact("a", formula="{b} + {old}"), fact("b", formula="{a}"), OLD], "a -> b -> a"),
    ],
)
def test_a_circle_is_refused_and_named(facts: list[Fact], circle: str) -> None:
    _, findings = derive(facts)

    assert [(finding.rule, finding.found) for finding in findings] == [
        ("evidence.formula-circle", f"the formulas go in a circle: {circle}")
    ]


def test_a_formula_over_a_deprecated_fact_is_a_warning() -> None:
    aside = replace(OLD, rank="deprecated")

    _, findings = derive([aside, fact("x", formula="{old} * 2"), replace(fact("y", formula="{old}"), rank="deprecated")])

    assert [(finding.severity, finding.found) for finding in findings] == [
        ("warning", "the formula of 'x' uses old, set aside as deprecated")
    ]


@pytest.mark.parametrize(
    ("formula", "above", "below", "expected"),
    [
        ("{a} / {b}", "at least", "", "at least"),
        ("{a} / {b}", "", "more than", "up to"),
        ("{a} / {b}", "almost", "", "up to"),
        ("{a} / {b}", "about", "", "about"),
        ("{a} / {b}", "at least", "at least", "about"),
        ("{a} / {b}", "at least", "up to", "at least"),
    ],
)
def test_a_plain_figure_over_a_qualified_one_is_a_warning_with_the_word(
    formula: str, above: str, below: str, expected: str
) -> None:
    inputs = [fact("a", "4", qualifier=above), fact("b", "2", qualifier=below)]

    _, (finding,) = derive([*inputs, fact("c", unit="times", formula=formula)])

    assert (finding.rule, finding.severity) == ("evidence.formula-qualifier", "warning")
    assert finding.expected == f"'{expected}' in the column 'qualifier'"


def test_the_qualifier_an_author_gives_a_derived_figure_is_respected() -> None:
    derived = fact("c", unit="times", formula="{a} / {b}", qualifier="more than")

    facts, findings = derive([fact("a", "4", qualifier="about"), fact("b", "2"), derived])

    assert (facts[2].qualifier, findings) == ("more than", ())
