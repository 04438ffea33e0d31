"""What is printed is read back: amounts, units, qualifiers and periods, by this program's words and by CLDR's."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import pytest
from babel.dates import format_date
from babel.numbers import (
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_name,
    get_currency_symbol,
)
from babel.units import format_unit
from hypothesis import assume, given
from hypothesis import strategies as st

from generator.grammars import CURRENCIES, GRAMMARS
from generator.grammars.grammar import LONG_MEASURES, MEASURES
from generator.language import Words
from generator.model import SCALES, Unit, Vocabulary
from generator.periods import parse_period
from generator.quantities import Quantity, find, read

LANGUAGES = tuple(GRAMMARS)
ROOT = Path(__file__).resolve().parent.parent
VOCABULARY = Vocabulary((), (), (), (Unit("reader", "reader", "readers"),))
SENTENCES = {
    "en": "In total it came to {}.", "zh": "总计{}。", "ru": "Всего вышло {}.", "be": "Усяго выйшла {}.",
}  # fmt: skip
QUALIFIERS = ("", "more than", "at least", "about", "almost", "up to")
PLAIN = st.decimals(min_value="0", max_value="999999999", places=2)
AMOUNTS = st.decimals(min_value="0.1", max_value="999", places=1)


@cache
def words(language: str) -> Words:
    catalogue = ROOT / f"templates/locales/{language}/LC_MESSAGES/briefing.po"
    return Words(language, catalogue.read_bytes() if catalogue.is_file() else None, VOCABULARY)


def found(printed: str, language: str) -> Quantity:
    """Return the only quantity of a sentence that holds what was printed."""
    text = SENTENCES[language].format(printed)
    quantities = find(text, language, VOCABULARY.units)
    assert len(quantities) == 1, (text, [str(each) for each in quantities])
    return quantities[0]


def plain(value: Decimal) -> Decimal:
    return value.normalize() + 0


# --- by the program's words -----------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@given(value=PLAIN)
def test_a_number_is_read_as_it_is_printed(language: str, value: Decimal) -> None:
    # Four digits alone are a year in English and Chinese, which is another matter.
    assume(not 1000 <= value < 2200)

    assert found(words(language).number(value), language).amount == value


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@given(value=AMOUNTS, unit=st.sampled_from(["USD", "EUR", "CNY", "RUB", "GBP", "JPY", "BYN", "KZT"]),
       scale=st.sampled_from(sorted(SCALES)), qualifier=st.sampled_from(QUALIFIERS), fell=st.booleans())  # fmt: skip
def test_money_is_read_with_currency_scale_and_qualifier(
    language: str, value: Decimal, unit: str, scale: str, qualifier: str, *, fell: bool
) -> None:
    value = -value if fell and not qualifier else value

    quantity = found(words(language).quantity(value, unit, scale, qualifier), language)

    assert quantity.amount == value.scaleb(SCALES[scale])
    assert (quantity.unit, quantity.qualifier) == (unit, qualifier)


@pytest.mark.parametrize("language", LANGUAGES)
@given(value=AMOUNTS, unit=st.sampled_from(["percent", "percentage point", "times"]), qualifier=st.sampled_from(QUALIFIERS))
def test_shares_points_and_multiples_are_read(language: str, value: Decimal, unit: str, qualifier: str) -> None:
    quantity = found(words(language).quantity(value, unit, "", qualifier), language)

    assert (quantity.amount, quantity.unit, quantity.qualifier) == (value, unit, qualifier)


@pytest.mark.parametrize("language", LANGUAGES)
@given(start=st.dates(date(1950, 1, 1), date(2097, 6, 30)), days=st.integers(1, 800),
       kind=st.sampled_from(["{0:%Y}", "{0:%Y}-H1", "{0:%Y}-H2", "{0:%Y}-Q1", "{0:%Y}-Q2", "{0:%Y}-Q3", "{0:%Y}-Q4",
                             "{0:%Y-%m}", "{0:%Y-%m-%d}", "{0:%Y}/{1:%y}", "{0:%Y}/{2:%Y}", "{0:%Y-%m}/{2:%Y-%m}",
                             "{0:%Y-%m-%d}/{2:%Y-%m-%d}"]))  # fmt: skip
def test_a_period_is_read_as_it_is_printed(language: str, start: date, days: int, kind: str) -> None:
    end = start + timedelta(days=days)
    iso = kind.format(start, date(start.year + 1, 1, 1), end)
    assume(iso.partition("/")[0] != iso.partition("/")[2])

    printed = words(language).period(parse_period(iso))

    assert found(printed, language).iso == iso, printed


@pytest.mark.parametrize("language", LANGUAGES)
@given(new=st.decimals(min_value=1, max_value=999, places=1), old=st.decimals(min_value=1, max_value=999, places=1))
def test_a_change_is_read_as_it_is_printed(language: str, new: Decimal, old: Decimal) -> None:
    difference = new - old
    assume(abs(difference) >= Decimal("0.1"))

    said = words(language).change(new, old, "percent")
    quantity = read(said, language)[0]

    assert quantity.unit == "percentage point"
    assert abs(quantity.amount or 0) == abs(difference) if abs(difference) < 100 else True


# --- by CLDR's ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@given(value=PLAIN)
def test_cldr_numbers_are_read(language: str, value: Decimal) -> None:
    printed = format_decimal(value, "#,##0.##", locale=language)
    assume(not 1000 <= value < 2200)

    assert found(printed, language).amount == value


@pytest.mark.parametrize("language", LANGUAGES)
@given(value=PLAIN, code=st.sampled_from(["USD", "EUR", "CNY", "GBP", "JPY", "RUB", "BYN", "KZT", "INR", "UAH"]))
def test_cldr_money_is_read(language: str, value: Decimal, code: str) -> None:
    quantity = found(format_currency(value, code, "#,##0.00 ¤¤", locale=language, currency_digits=False), language)

    assert (quantity.amount, quantity.unit) == (value, code)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CURRENCIES)
@given(value=st.integers(1, 999))
def test_the_names_of_currencies_are_read(language: str, code: str, value: int) -> None:
    name = get_currency_name(code, value, locale=language)

    quantity = found(f"{value}{'' if language == 'zh' else ' '}{name}", language)

    assert (quantity.amount, quantity.unit) == (value, code)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CURRENCIES)
def test_the_signs_of_currencies_are_read_before_and_behind(language: str, code: str) -> None:
    sign = get_currency_symbol(code, locale="en_001" if language == "en" else language)
    point = format_decimal(5.5, locale=language)

    assert [find(text, language)[0].unit for text in (f"{sign}{point}", f"{sign} {point}", f"{point} {sign}")] == [code] * 3


@pytest.mark.parametrize("language", LANGUAGES)
@given(value=st.decimals(min_value=0, max_value=999, places=1))
def test_cldr_shares_are_read(language: str, value: Decimal) -> None:
    printed = format_percent(value / 100, "#,##0.#%", locale=language)

    assert found(printed, language).amount == value
    assert found(printed, language).unit == "percent"


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", sorted((MEASURES | LONG_MEASURES).keys() - {"century"}))
@given(value=st.decimals(min_value="0.1", max_value=999, places=1))
def test_cldr_measures_are_read(language: str, unit: str, value: Decimal) -> None:
    name = (MEASURES | LONG_MEASURES)[unit]
    printed = format_unit(float(value), name, "short" if language == "zh" else "long", locale=language)
    if name in printed or not printed[0].isdigit():
        # Babel gives its own id where it finds no name; Chinese may say the hour before the number.
        return

    quantity = found(printed, language)

    assert (quantity.amount, quantity.unit) == (value, unit), printed


@pytest.mark.parametrize("language", LANGUAGES)
@given(digits=st.integers(1, 999), power=st.integers(4, 12))
def test_cldr_compact_numbers_are_read(language: str, digits: int, power: int) -> None:
    value = digits * 10**power

    length: Literal["long", "short"] = "short" if language == "zh" else "long"  # Babel finds Chinese ones as short
    printed = format_compact_decimal(value, format_type=length, locale=language, fraction_digits=4)

    assert found(printed, language).amount == value, printed


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("length", ["medium", "long", "full"])
@given(day=st.dates(date(1970, 1, 1), date(2069, 12, 31)))
def test_cldr_days_are_read(language: str, length: str, day: date) -> None:
    printed = format_date(day, length, locale=language)

    assert found(printed, language).iso == str(day), printed
