"""Magnitudes: what is far off its line is asked about with both ratios, and an honest line is asked nothing."""

from __future__ import annotations

import math
import random

import pytest
from figures_sample import asked, fact, line, questions

from generator import magnitude
from generator.model import Series


def test_a_figure_off_by_ten_is_asked_about_with_both_ratios() -> None:
    (found,) = asked(fact("a", "5.08"), fact("b", "8.4", "2023"), fact("c", "84.4", "2024"), fact("d", "8.9", "2025"))

    assert found == (
        "magnitude: 'c': 84.4 billion USD in 2024 is 10 times 8.4 billion USD in 2023 ('b' at f.csv:2) and 9.48 times"
        " 8.9 billion USD in 2025 ('d' at f.csv:2); 8.44 billion USD would be 1 times and 0.948 times"
    )


def test_of_two_figures_that_contradict_each_other_the_newer_is_asked_about_and_both_may_answer() -> None:
    (question,) = questions(fact("a", "5.08"), fact("b", "50.9", "2024"))

    assert [row.name for row in question.rows] == ["b", "a"]
    assert question.expected == "a figure in line with its neighbours; one of the two may be off by 10"


def test_of_figures_that_accuse_each_other_the_one_is_asked_about_without_which_the_others_agree() -> None:
    facts = [fact("a", "200", "2019"), fact("b", "4.6", "2022"), fact("c", "500", "2023")]

    (question,) = questions(*facts)

    assert question.rows[0].name == "b"
    assert "460 billion USD would be 2.3 times and 0.92 times" in question.found


@pytest.mark.parametrize(
    ("wrong", "power"), [("50.8", "10"), ("0.51", "10"), ("5080", "1,000"), ("0.00508", "1,000"), ("50800", "10,000")]
)
def test_every_power_of_ten_is_thought_of_that_scales_and_numerals_confuse(wrong: str, power: str) -> None:
    facts = [fact("a", "4.9", "2021"), fact("b", wrong), fact("c", "5.3", "2023")]

    (question,) = questions(*facts)

    assert question.rows[0].name == "b"
    assert question.expected.endswith(f"off by {power}")


def test_figures_of_any_size_and_any_year_are_compared() -> None:
    facts = [
        fact("a", "999999999999999999999999999999", "9998"), fact("b", "0.00000000000000000001", "9999"), fact("c", "1", "0001"),
    ]  # fmt: skip

    (found,) = asked(*facts)

    assert found.startswith("magnitude: 'a': 1,000,000,000,000,000,000,000,000,000 trillion USD in 9998 is 100,000,000,")
    assert found.endswith("times 0.00000000001 USD in 9999 ('b' at f.csv:2); 0.00000000001 USD would be 1 times")


def test_a_figure_alone_on_its_basis_is_held_to_those_of_other_bases_nearest_in_time() -> None:
    facts = [fact("a", "5.08", basis="x"), fact("b", "8.4", "2023", basis="x"), fact("c", "84.4", "2024", basis="y")]

    (found,) = asked(*facts)

    assert "'c': 84.4 billion USD in 2024 is 10 times 8.4 billion USD in 2023 ('b' at f.csv:2, basis x)" in found


@pytest.mark.parametrize(
    "other",
    [
        fact("b", "50.8", "2024", unit="EUR"),
        fact("b", "50.8", "2024", entity="f"),
        fact("b", "50.8", "2024", metric="gdp"),
        fact("b", "50.8", "2024-Q1"),
        fact("b", "50.8", "undated"),
        fact("b", "50.8", "2035"),
        fact("b", "50.8", "2024", rank="deprecated", reason="r"),
        fact("b", "-50.8", "2024"),
        fact("b", "0", "2024"),
    ],
)
def test_what_measures_something_else_or_lies_far_away_says_nothing(other: object) -> None:
    assert asked(fact("a", "5.08"), other) == []  # type: ignore[arg-type]


def test_counts_at_a_day_a_month_and_a_year_stand_in_one_line() -> None:
    counts = {"scale": "", "unit": "shop"}
    facts = [fact("a", "99", "2022-11-03", **counts), fact("b", "1070", "2023-02", **counts), fact("c", "113", "2023-06-30", **counts)]

    (found,) = asked(*facts)

    assert found.startswith("magnitude: 'b': 1,070 shop in 2023-02 is 10.8 times 99 shop in 2022-11-03")


def test_a_level_far_off_an_even_line_is_an_outlier() -> None:
    (found,) = asked(series=(line("100 103 101 104 106 180 108 110 109 112"),))

    assert found == (
        "magnitude: 's 2005': 180 USD in 2005 is 1.7 times 106 USD in 2004 ('s 2004' at s.csv:6) and 1.67 times 108 USD"
        " in 2006 ('s 2006' at s.csv:8)"
    )


@pytest.mark.parametrize(
    "values",
    [
        "17 170 1700 12400 15000 19000",  # a service that starts
        "0.04 0.1 0.07 0.1 0.72 2.5 1.3 3.7 0.9",  # small shares, wild
        "1 2 4 6 6 6 7",  # small counts
        "100 105 110 116 122 220 231 242 255 268",  # a level that changed for good
        "100 - - 180 190 - 210 230",  # gaps
    ],
)
def test_honest_lines_are_asked_nothing(values: str) -> None:
    assert asked(series=(line(values, unit="shop"),)) == []


def test_a_line_that_crosses_zero_or_is_wild_is_left_alone() -> None:
    chaos = random.Random(7)
    values = " ".join(f"{math.exp(chaos.gauss(0, 1.2)):.3f}" for _ in range(60))

    assert asked(series=(line("5 -3 40 -200 3000 10 4 2"), line(values, metric="gdp"))) == []


def _honest(number: int) -> Series:
    """Return a made-up series: its own growth, noise and gaps, shocks with heavy tails (Student, 4 degrees)."""
    dice = random.Random(number)
    level, growth, noise = dice.uniform(1, 20), dice.uniform(-0.05, 0.25), dice.choice((0.01, 0.05, 0.1, 0.2, 0.35))
    words = []
    for _ in range(dice.choice((3, 5, 8, 12, 20, 35))):
        words.append(f"{math.exp(level):.6f}")
        shock = dice.gauss(0, 1) / math.sqrt(sum(dice.gauss(0, 1) ** 2 for _ in range(4)) / 4)
        level += growth + noise * shock
    return line(" ".join(words))


def test_of_a_thousand_honest_series_one_in_twenty_is_asked_anything_at_most() -> None:
    series = [_honest(number) for number in range(1000)]

    troubled = [each for each in series if asked(series=(each,))]

    assert len(troubled) <= 50


def test_nine_in_ten_figures_multiplied_by_ten_are_found() -> None:
    found = 0
    for number in range(300):
        series = _honest(1000 + number)
        rows = list(series.observations)
        place = random.Random(number).randrange(len(rows))
        wrong = line(" ".join(f"{row.value * (10 if at == place else 1)}" for at, row in enumerate(rows) if row.value))
        found += any(wrong.observations[place].place in {row.place for row in q.rows} for q in questions(series=(wrong,)))

    assert found >= 270


def test_a_long_line_with_many_errors_is_looked_at_once_a_figure_not_once_a_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    held = magnitude._held

    def counting(*arguments: object) -> object:
        nonlocal looks
        looks += 1
        return held(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(magnitude, "_held", counting)
    values = " ".join(str(1000 + place if place % 20 else 10 * (1000 + place)) for place in range(2000))
    series = line(values, first=1000)

    assert len(asked(series=(series,))) == 100
    assert looks < 3 * 2000
