"""Changes: a stated rate or multiple is held to its levels, and the message says what would fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from figures_sample import GROWTH, MULTIPLE, SOURCES, asked, fact, questions, rate, vocabulary

from generator.model import Fact, Metric
from generator.plausibility import ask

LEVELS = (fact("a", "5.08"), fact("b", "8.4", "2023"), fact("c", "8.9", "2024"))


def times(id_: str, value: str, period: str = "1992/2022", metric: str = "trade-multiple", **more: object) -> Fact:
    return rate(id_, value, period, metric, **{"unit": "times", **more})


def grown(*facts: Fact, metrics: tuple[Metric, ...] = (GROWTH, MULTIPLE)) -> list[str]:
    return asked(*facts, metrics=metrics)


# --- rates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stated",
    [
        rate("g", "65", "2023"),
        rate("g", "65.4", "2023"),
        rate("g", "66", "2023"),  # 8.4 and 5.08 are rounded themselves
        rate("g", "60", "2023", qualifier="more than"),
        rate("g", "70", "2023", qualifier="about"),
        rate("g", "66", "2023", qualifier="almost"),
        rate("g", "6", "2024"),
        rate("g", "20", "2022"),  # 2021 is not known
        rate("g", "20", "2023", basis="y"),  # there are no levels on that basis, and none without one
        rate("g", "20", "2023", entity="f"),
        rate("g", "20", "undated"),
        rate("g", "20", "2023", rank="deprecated", reason="r"),
        rate("g", "20", "2023", formula="({b} / {a} - 1) * 100", source=""),
    ],
)
def test_a_rate_that_its_levels_give_or_that_has_none_is_asked_nothing(stated: Fact) -> None:
    levels = [replace(level, basis="x") for level in LEVELS]

    assert grown(stated, *levels) == []


def test_a_rate_of_another_year_is_asked_about_and_told_which() -> None:
    (found,) = grown(*LEVELS, rate("g", "65", "2024"))

    assert found == (
        "growth: 'g': +65 percent, but 8.9 billion USD in 2024 is 1.06 times 8.4 billion USD in 2023 ('b' at f.csv:2);"
        " +65 percent fits 2023: 8.4 billion USD over 5.08 billion USD in 2022 is 1.65 times"
    )


def test_a_level_off_by_ten_is_told_by_the_rate_that_would_fit() -> None:
    facts = [fact("a", "5.08"), fact("c", "84.4", "2024"), rate("g", "67", "2024")]

    (found,) = grown(*facts)

    assert found == (
        "magnitude: 'c': 84.4 billion USD in 2024 is 16.6 times 5.08 billion USD in 2022 ('a' at f.csv:2);"
        " 8.44 billion USD would be 1.66 times, the stated +67 percent"
    )


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ("165", "165 percent fits as 1.65 times as large"),
        ("5.9", "+5.9 percent fits 2024: 8.9 billion USD over 8.4 billion USD in 2023 is 1.06 times"),
        ("30", "is 1.65 times 5.08 billion USD in 2022 ('a' at f.csv:2)"),
    ],
)
def test_what_else_a_rate_would_fit_is_said(stated: str, words: str) -> None:
    (found,) = grown(*LEVELS, rate("g", stated, "2023"))

    assert found.endswith(words)


def test_a_rate_may_be_the_change_on_an_earlier_year() -> None:
    (found,) = grown(*LEVELS, rate("g", "75", "2024"))

    assert found.endswith("+75 percent fits the change on 2022: 8.9 billion USD in 2024 is 1.75 times 5.08 billion USD in 2022 ('a' at f.csv:2)")


def test_a_fall_kept_as_a_rise_is_told() -> None:
    (found,) = grown(fact("a", "10"), fact("b", "6.9", "2023"), rate("g", "31", "2023"))

    assert found.endswith("+31 percent fits as a fall")


def test_a_part_of_a_year_is_compared_with_the_same_part_a_year_before() -> None:
    facts = [fact("a", "3", "2022-01/2022-08"), fact("b", "5.8", "2023-01/2023-08"), rate("g", "97", "2023-01/2023-08")]

    assert grown(*facts) == []
    assert len(grown(*facts[:2], rate("g", "50", "2023-01/2023-08"))) == 1


def test_a_quarter_may_be_compared_with_the_quarter_before_or_with_that_of_the_year_before() -> None:
    levels = [fact("a", "4", "2022-Q2"), fact("b", "5", "2023-Q1"), fact("c", "6", "2023-Q2")]

    assert grown(*levels, rate("g", "20", "2023-Q2")) == []
    assert grown(*levels, rate("g", "50", "2023-Q2")) == []
    assert len(grown(*levels, rate("g", "35", "2023-Q2"))) == 1


def test_the_message_in_the_docs_is_the_one_that_is_told() -> None:
    docs = (Path(__file__).resolve().parent.parent / "docs/workspace.md").read_text("utf-8")
    facts = [fact("trade.2022", "5.08"), fact("trade.2024", "84.4", "2024"), rate("growth.2024", "67", "2024")]

    (found,) = grown(*facts)

    shown = found.removeprefix("magnitude: ").replace("f.csv:2", "data/economy/facts.csv:5")
    assert shown in " ".join(docs.split())


# --- which level ----------------------------------------------------------------------------------


def test_a_rate_in_a_levels_own_anchor_is_held_to_it_without_a_row_of_its_own() -> None:
    told = fact("c", "84.4", "2024", anchor="In 2024, the volume soared by 67% to $84.4 billion")

    (found,) = asked(fact("a", "5.08"), told)

    assert found.endswith("8.44 billion USD would be 1.66 times, the stated +67 percent")


def test_a_rate_whose_words_hold_a_level_belongs_to_it_whatever_its_metric_is_called() -> None:
    words = "reached 8.9 billion dollars, up 40% year on year"
    stated = rate("g", "40", "2024", "x-change-of-something", anchor=words)

    (found,) = asked(*LEVELS, stated)

    assert found.startswith("growth: 'g': +40 percent, but 8.9 billion USD in 2024 is 1.06 times")


def test_a_share_in_the_same_words_is_no_change() -> None:
    share = rate("g", "40", "2024", "share", anchor="reached 8.9 billion dollars, 40% of it with one country")

    assert asked(*LEVELS, share) == []


def test_a_rate_that_only_its_name_ties_to_a_level_is_asked_about_where_something_else_fits() -> None:
    guessed = Metric("trade-growth", "Growth")

    assert asked(*LEVELS, rate("g", "4", "2024"), metrics=(guessed,)) == []
    assert len(asked(*LEVELS, rate("g", "65", "2024"), metrics=(guessed,))) == 1


@pytest.mark.parametrize("language", ["sw", "fr"])
def test_words_in_a_language_that_is_not_read_say_nothing(language: str) -> None:
    told = fact("c", "8.4", "2023", anchor="In 2023, the volume soared by 12% to $8.4 billion")

    assert in_language("en", fact("a", "5.08"), told) != []
    assert in_language(language, fact("a", "5.08"), told) == []


def in_language(language: str, *facts: Fact) -> list[str]:
    source = {"S": replace(SOURCES["S"], language=language)}
    return [question.found for question in ask(facts, (), vocabulary(), source)]


# --- multiples ------------------------------------------------------------------------------------

ENDS = (fact("a", "60.8", "1992", scale="million"), fact("b", "5.08"))


@pytest.mark.parametrize(
    "stated",
    [times("m", "83.6"), times("m", "84"), times("m", "83", qualifier="more than"), times("m", "80", qualifier="about"),
     times("m", "84", qualifier="almost"), rate("m", "8360", "1992/2022", "trade-multiple")],
)  # fmt: skip
def test_a_multiple_that_its_levels_give_is_asked_nothing(stated: Fact) -> None:
    assert grown(*ENDS, stated) == []


@pytest.mark.parametrize("metrics", [(MULTIPLE,), ()])
def test_nearly_83_times_fits_the_increase_only(metrics: tuple[Metric, ...]) -> None:
    (found,) = grown(*ENDS, times("m", "83", qualifier="almost"), metrics=metrics)

    assert found == (
        "multiple: 'm': almost 83 times, but 5.08 billion USD in 2022 is 83.6 times 60.8 million USD in 1992"
        " ('a' at f.csv:2), an increase of 82.6 times; 'almost 83 times' fits only the increase"
    )


def test_a_multiple_of_the_year_before_is_held_to_it() -> None:
    assert grown(*LEVELS, times("m", "1.65", "2023")) == []
    (found,) = grown(*LEVELS, times("m", "0.65", "2023"))
    assert found.endswith("an increase of 0.654 times; '0.65 times' fits only the increase")


def test_times_that_count_an_increase_are_read_so_where_the_vocabulary_says_growth() -> None:
    assert grown(*LEVELS, times("g", "0.65", "2023", "trade-growth")) == []
    assert len(grown(*LEVELS, times("g", "1.65", "2023", "trade-growth"))) == 1


def test_an_increase_of_times_without_levels_can_be_read_in_two_ways() -> None:
    stated = times("m", "1.4", "2022", "profit-rise", anchor="profit saw an increase of 1.4 times year-on-year")

    (question,) = questions(stated)

    assert question.found == (
        "'m': 1.4 times as an increase can be read in two ways: 1.4 times as large (+40 percent)"
        " or larger by 1.4 times (+140 percent)"
    )
    assert question.expected == "one reading, by `multiple_of` or `growth_of` of its metric"


@pytest.mark.parametrize(
    ("anchor", "language"),
    [("profit rose to 1.4 times that of 2021", "en"), ("利润增长1.4倍", "zh"), ("прибыль выросла в 1,4 раза", "ru")],
)
def test_times_that_can_be_read_in_one_way_only_are_asked_nothing(anchor: str, language: str) -> None:
    assert in_language(language, times("m", "1.4", "2022", "profit-rise", anchor=anchor)) == []
