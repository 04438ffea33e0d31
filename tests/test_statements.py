"""Statements: what the words beside a figure say, in four languages."""

from __future__ import annotations

import pytest

from generator.statements import changes, is_compared_with, weekdays


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("trade soared by 67% to $84.4 billion", "en", [("67", "percent", "change")]),
        ("up 33% year on year", "en", [("33", "percent", "change")]),
        ("a 12 percent rise in exports", "en", [("12", "percent", "change")]),
        ("exports fell by 31.5 percent", "en", [("31.5", "percent", "change")]),
        ("an increase of nearly 83 times", "en", [("83", "times", "either")]),
        ("profits grew 1.4 times", "en", [("1.4", "times", "either")]),
        ("rose to 67% of the total", "en", []),
        ("17% of foreign students", "en", []),
        ("the share is 4.5 percent", "en", []),
        ("比上年增长67%", "zh", [("67", "percent", "change")]),
        ("利润增长1.4倍", "zh", [("1.4", "times", "change")]),
        ("增加到2倍", "zh", []),
        ("占30%", "zh", []),
        ("товарооборот вырос на 97%", "ru", [("97", "percent", "change")]),
        ("экспорт вырос в 2 раза", "ru", [("2", "times", "multiple")]),
        ("доля выросла до 40%", "ru", []),
        ("тавараабарот павялічыўся на 13%", "be", [("13", "percent", "change")]),
        ("экспарт вырас у 3 разы", "be", [("3", "times", "multiple")]),
        ("up 33%", "sw", []),
        ("up 33%", "", []),
    ],
)
def test_a_change_is_told_from_a_share_and_from_what_was_reached(
    text: str, language: str, expected: list[tuple[str, str, str]]
) -> None:
    assert [(str(each.amount), each.unit, each.reading) for each in changes(text, language, ())] == expected


def test_a_fall_says_so() -> None:
    (change,) = changes("exports fell by 31.5 percent", "en", ())

    assert change.falling


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("signed on Monday, 4 May", "en", [0]),
        ("on sunday", "en", [6]),
        ("a Mondayish day", "en", []),
        ("5月4日（星期一）", "zh", [0]),
        ("周日举行", "zh", [6]),
        ("в среду, 3 мая", "ru", [2]),
        ("у нядзелю", "be", [6]),
        ("Monday", "sw", []),
    ],
)
def test_days_of_the_week_are_read(text: str, language: str, expected: list[int]) -> None:
    assert [number for number, _ in weekdays(text, language)] == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("almost 3% more than in 2024", "en", True),
        ("up 3% compared with the year 2024", "en", True),
        ("up 3% in 2024", "en", False),
        ("in 2024 up 3%", "en", False),
        ("比2024年增长3%", "zh", True),
        ("2024年增长3%", "zh", False),
        ("на 3 % больше, чем в 2024 году", "ru", True),
        ("выросли на 3 % к уровню 2024 года", "ru", True),
        ("выросли в 2024 году на 3 %", "ru", False),
        ("на 3 % больш, чым у 2024 годзе", "be", True),
        ("у 2024 годзе на 3 % больш", "be", False),
        ("3% mehr als 2024", "de", False),
    ],
)
def test_the_time_that_a_change_is_counted_from_is_told_from_the_time_it_happened_in(
    text: str, language: str, expected: bool
) -> None:
    assert is_compared_with(text, text.index("2024"), language) is expected
