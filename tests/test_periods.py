"""Periods: what may be written, what it covers, what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from generator.periods import decimal_year, parse_period


@pytest.mark.parametrize(
    ("text", "kind", "start", "end"),
    [
        ("2022", "year", date(2022, 1, 1), date(2022, 12, 31)),
        ("2022-H2", "half", date(2022, 7, 1), date(2022, 12, 31)),
        ("2022-Q4", "quarter", date(2022, 10, 1), date(2022, 12, 31)),
        ("2024-02", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02-29", "day", date(2024, 2, 29), date(2024, 2, 29)),
        ("2019/20", "split-year", date(2019, 9, 1), date(2020, 8, 31)),
        ("1999/00", "split-year", date(1999, 9, 1), date(2000, 8, 31)),
        ("2021-01/2021-11", "interval", date(2021, 1, 1), date(2021, 11, 30)),
        ("1992/2022", "interval", date(1992, 1, 1), date(2022, 12, 31)),
    ],
)
def test_a_period_covers_its_days(text: str, kind: str, start: date, end: date) -> None:
    period = parse_period(text)

    assert (period.text, period.kind, period.start, period.end, period.dated) == (text, kind, start, end, True)


def test_undated_has_no_place_on_the_axis() -> None:
    assert not parse_period("undated").dated


@pytest.mark.parametrize(
    "text",
    ["", "22", "2022-13", "2022-00", "2023-02-29", "2022-Q5", "2022-H3", "2019/21", "2022/2021", "0000",
     "2022-1", " 2022", "2022\n", "２０２２", "2022/", "/2022", "2022/2023/2024", "last year"],
)  # fmt: skip
def test_anything_else_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected 2022, 2022-H1"):
        parse_period(text)


def test_the_middle_of_a_year_is_a_half() -> None:
    assert parse_period("2022").middle == 2022.5


def test_a_day_is_a_fraction_of_its_year() -> None:
    assert decimal_year(date(2023, 7, 2)) == pytest.approx(2023.4986, abs=1e-4)


def test_the_last_and_the_first_year_of_the_calendar_have_a_middle() -> None:
    assert (parse_period("9999").middle, parse_period("0001").middle) == (9999.5, 1.5)
