"""What a call in prose says, where it comes from, and what is wrong with it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from generator.calls import Answers
from generator.language import Words
from generator.model import Fact, Observation, Place, Series, Unit, Vocabulary
from generator.page import Call
from generator.periods import parse_period

WORDS = Words("en", None, Vocabulary((), (), (), (Unit("person", "person", "people"),)))
HERE = Place("data/x/text.en.md", 4)


def fact(id_: str, value: str = "5.08", **fields: object) -> Fact:
    given: dict[str, object] = {"unit": "USD", "scale": "billion", "source": "A"} | fields
    return Fact(id_, "trade", "both", parse_period("2022"), Decimal(value), **given)  # type: ignore[arg-type]


def row(period: str, value: str | None, **fields: object) -> Observation:
    given: dict[str, object] = {"unit": "person", "source": "S"} | fields
    return Observation(parse_period(period), None if value is None else Decimal(value), **given)  # type: ignore[arg-type]


def series(*rows: Observation, id_: str = "people", formula: str = "") -> Series:
    return Series(id_, "People", "people", "both", "person", "stock", rows, formula=formula)


def answers(*facts: Fact, rows: tuple[Series, ...] = ()) -> Answers:
    return Answers(facts, rows, WORDS, figures={"trade": 2})


def call(name: str, *args: str) -> Call:
    return Call(name, args, HERE)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (call("fact", "a"), "US$5.08 billion"),
        (call("amount", "a"), "US$5.08 billion"),
        (call("period", "a"), "2022"),
        (call("cite", "a"), ""),
        (call("value", "people", "2020"), "7 people"),
        (call("value", "people", "latest"), "9 people"),
        (call("year", "people", "latest"), "2021"),
        (call("name", "5G"), "5G"),
        (call("figure", "trade"), "Figure 2"),
    ],
)
def test_each_call_says_what_the_documentation_promises(asked: Call, said: str) -> None:
    desk = answers(fact("a"), rows=(series(row("2020", "7"), row("2021", "9")),))

    assert desk.plain(asked) == said
    assert desk.findings == []


@pytest.mark.parametrize(
    ("asked", "rule", "cure"),
    [
        (call("fact", "tade"), "call.fact", "Did you mean 'trade'"),
        (call("amount", "old"), "call.deprecated", "trade"),
        (call("period", "nothing"), "call.fact", "old"),
        (call("cite", "old"), "call.deprecated", "trade"),
        (call("value", "peple", "2020"), "call.series", "Did you mean 'people'"),
        (call("value", "people", "2031"), "call.period", "2030"),
        (call("year", "people", "2040"), "call.period", "2030"),
        (call("value", "people", "2030"), "call.bases", "census"),
        (call("value", "people", "2030", "cenzus"), "call.basis", "Did you mean 'census'"),
        (call("figure", "trad"), "call.chart", "Did you mean 'trade'"),
    ],
)
def test_what_cannot_be_answered_is_a_finding_at_the_call_with_the_nearest_names(
    asked: Call, rule: str, cure: str
) -> None:
    people = series(row("2030", "1", basis="census"), row("2030", "2", basis="register"))
    desk = answers(fact("trade"), fact("old", rank="deprecated", reason="off by ten"), rows=(people,))

    assert desk.plain(asked) == ""
    (finding,) = desk.findings
    assert (finding.rule, finding.place) == (rule, HERE)
    assert cure in finding.cure


@pytest.mark.parametrize("asked", [("value", "empty", "latest"), ("year", "empty", "2020"), ("value", "empty", "latest", "own")])
def test_a_series_without_values_is_told_whatever_is_asked_of_it(asked: tuple[str, ...]) -> None:
    empty = series(row("2020", None, basis="own"), id_="empty")
    desk = answers(rows=(empty, series(row("2020", "7"))))

    assert desk.plain(call(*asked)) == ""
    assert [(finding.rule, finding.place) for finding in desk.findings] == [("call.empty", HERE)]


def test_a_half_year_stands_in_a_sentence_with_its_article() -> None:
    desk = answers(fact("a"), rows=(series(row("2020-H1", "7")),))

    assert desk.plain(call("year", "people", "latest")) == "the first half of 2020"
    assert desk.dated(call("value", "people", "latest")) == "first half of 2020"


def test_a_problem_is_told_once_however_often_it_is_asked() -> None:
    desk = answers()

    desk.plain(call("fact", "a"))
    desk.plain(call("fact", "a"))

    assert len(desk.findings) == 1


def test_a_third_argument_chooses_the_basis() -> None:
    people = series(row("2030", "1", basis="census"), row("2030", "2", basis="register"))

    assert answers(rows=(people,)).plain(call("value", "people", "2030", "register")) == "2 people"


def test_a_missing_observation_is_no_observation() -> None:
    desk = answers(rows=(series(row("2020", None), row("2021", "3")),))

    assert desk.plain(call("value", "people", "2020")) == ""
    assert desk.findings[0].rule == "call.period"


def test_the_best_ranked_observation_of_a_period_is_said() -> None:
    people = series(row("2030", "1"), row("2030", "2", rank="preferred"))

    assert answers(rows=(people,)).plain(call("value", "people", "latest")) == "2 people"


def test_an_observation_that_points_at_a_fact_is_said_as_the_fact_says_it() -> None:
    people = series(row("2022", "5083000000", unit="USD", source="fact:a", fact="a"))
    desk = answers(fact("a", qualifier="about"), rows=(people,))

    assert desk.plain(call("value", "people", "2022")) == "about US$5.08 billion"
    assert desk.sources(call("value", "people", "2022")) == ("A",)


def test_a_derived_fact_is_sourced_by_all_its_ingredients_and_a_circle_ends() -> None:
    desk = answers(
        fact("a", source="A"), fact("b", source="B"),
        fact("c", source="", formula="{a} / {b}"), fact("d", source="", formula="{c} + {a} + {d}"),
    )  # fmt: skip

    assert desk.sources(call("fact", "c")) == ("A", "B")
    assert set(desk.sources(call("fact", "d"))) == {"A", "B"}


def test_a_derived_series_is_sourced_by_the_observations_of_the_same_period() -> None:
    part = series(row("2020", "1", source="S"), row("2021", "1", source="T"), id_="part")
    share = series(row("2021", "5", source=""), id_="share", formula="{part} * 100")

    assert answers(rows=(part, share)).sources(call("value", "share", "2021")) == ("T",)


def test_what_was_printed_is_known_afterwards_in_order() -> None:
    desk = answers(fact("a"), fact("b"), rows=(series(row("2020", "1")),))

    for asked in (call("fact", "b"), call("value", "people", "2020"), call("period", "a"), call("fact", "b")):
        desk.plain(asked)

    assert (tuple(desk.printed_facts), tuple(desk.printed_series)) == (("b", "a"), ("people",))


def test_a_period_whose_row_is_empty_is_called_missing_with_its_line() -> None:
    empty = row("2021", None, place=Place("data/x/series/people.csv", 3))
    asked = answers(rows=(series(row("2020", "7"), empty),))

    asked.plain(call("value", "people", "2021"))

    assert asked.findings[0].found == "'people' is empty (missing) for '2021' at data/x/series/people.csv:3"


# --- the end of a sentence ------------------------------------------------------------------------
