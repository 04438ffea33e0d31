"""Numbers of languages without a grammar: digits, CLDR's scale words, years."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.cldr import scale_words
from generator.model import Unit
from generator.plain_numbers import find, parts
from generator.quantities import mentions


def said(text: str, language: str) -> list[str]:
    """Return each reading as text, amount, unit and ISO date."""
    return [f"{each.text}={each.iso or f'{each.amount:f}'}{each.unit}" for each in find(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("fr", "1 234,5 km", ["1 234,5=1234.5"]),
        ("fr", "12\u202f345 km", ["12\u202f345=12345"]),
        ("fr", "en 2024 850 personnes", ["2024=2024", "850=850"]),
        ("fr", "12 345 67", ["12=12", "345=345", "67=67"]),
        ("fr", "8,3 % de plus", ["8,3 %=8.3percent"]),
        ("fr", "12,5 millions", ["12,5 millions=12500000"]),
        ("fr", "12,5 millionnaires", ["12,5=12.5"]),
        ("es", "3 mil millones", ["3 mil millones=3000000000"]),
        ("de", "2 Mio. Euro", ["2 Mio.=2000000"]),
        ("de", "1.234", ["1.234=1.234", "1.234=1234"]),
        ("de", "0,250", ["0,250=0.250"]),
        ("de", "1234,567", ["1234,567=1234.567"]),
        ("ja", "約123万人", ["123万=1230000"]),
        ("ja", "3億5000万円", ["3億5000万=350000000"]),
        ("ja", "1万2345人", ["1万2345=12345"]),
        ("ko", "1억 2천만 원", ["1억 2천만=120000000"]),
        ("fr", "2 millions 300 mille", ["2 millions 300 mille=2300000"]),
        ("fr", "la saison 2024/25", ["2024/25=2024/25"]),
        ("fr", "la directive 2001/83", ["2001=2001", "83=83"]),
        ("xx", "12 millions", ["12=12"]),
        ("hi", "12,34,567 रुपये, 1,05,000.5", ["12,34,567=1234567", "1,05,000.5=105000.5"]),
        ("hi", "१२,३४,५६७ लोग, ५ लाख", ["१२,३४,५६७=1234567", "५ लाख=500000"]),
        ("th", "๑๒,๓๔๕ คน และ 12.5 ล้านบาท", ["๑๒,๓๔๕=12.345", "๑๒,๓๔๕=12345", "12.5 ล้าน=12500000"]),
        ("ar", "١٢٬٣٤٥٫٦ و٥٪", ["١٢٬٣٤٥٫٦=12345.6", "٥٪=5percent"]),
        ("ar", "عام ٢٠٢٤", ["٢٠٢٤=2024"]),
        ("ja", "１２．５億円", ["１２．５億=1250000000"]),
        ("tr", "%5 arttı, % 5,3 azaldı", ["%5=5percent", "% 5,3=5.3percent"]),
        ("tr", "5 % 6, %2000, 7 %", ["5=5", "6=6", "%2000=2000percent", "7 %=7percent"]),
        ("fr", "8 %, %9", ["8 %=8percent", "9=9"]),
        ("fr", "rien", []),
    ],
)
def test_numbers_are_read_as_anyone_writes_them(language: str, text: str, found: list[str]) -> None:
    assert said(text, language) == found


def test_the_parts_of_a_number_with_blanks_are_those_of_cells_too() -> None:
    (number,) = find("58 740", "fr")

    assert (number.amount, set(parts(number))) == (Decimal(58740), {Decimal(58), Decimal(740)})


def test_a_letter_alone_is_no_scale_because_it_is_a_unit_too() -> None:
    assert [word for word in scale_words("fr") if len(word) == 1] == []
    assert scale_words("ja")["万"] == 4
    assert scale_words("english") == {}


@given(
    st.text(alphabet="0123456789 .,/'万億%千\u00a0million(s)१๒٣٫ล้าน", max_size=60),
    st.sampled_from(["fr", "ja", "ko", "xx", "tr", "th"]),
)
def test_whatever_stands_there_is_read_in_order_and_with_its_period(text: str, language: str) -> None:
    found = find(text, language)

    assert [text[each.start : each.end] for each in found] == [each.text for each in found]
    assert [each.start for each in found] == sorted(each.start for each in found)
    assert all(each.period is not None for each in found if each.iso)


@pytest.mark.parametrize(
    ("text", "there"), [("42 KILOMÈTRES de pistes", True), ("kilomètrage", False), ("42 km", True)]
)
def test_a_unit_is_known_by_its_declared_words_in_a_language_without_grammar(text: str, there: bool) -> None:
    unit = Unit("km", "kilomètre", "kilomètres", (("fr", ("km",)), ("de", ("Kilometer",))))

    assert mentions(text, "km", "fr", (unit,)) is there
    assert not mentions("42 Kilometer", "km", "fr", (unit,))
