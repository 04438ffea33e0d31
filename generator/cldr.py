"""What CLDR knows of a language: what it calls currencies and measures, in every plural form, and its script.

Place in the pipeline: base; `lexicon` adds them to what a grammar says. The names are those of the Unicode Common
Locale Data Repository (https://cldr.unicode.org), by Babel.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from .catalogues import locale_of
from .errors import UsageError

if TYPE_CHECKING:
    from babel import Locale

    from .periods import Period

_NUMBERS = (1, 2, 5, Decimal("1.5"))
"""A number of each plural class that the languages of the world's press have."""
_COMPACT = re.compile(r"(0+)\s*([^\W\d_][^0]*)\Z")
_NAME = re.compile(r"[\d.,]+\s?(\D+)\Z")


@lru_cache(maxsize=16)
def _counts(locale: Locale) -> tuple[int | Decimal, ...]:
    """Return a number for each of the locale's plural forms that differ: a name is asked for once a form."""
    return tuple({locale.plural_form(number): number for number in reversed(_NUMBERS)}.values())


def _locales(language: str) -> tuple[Locale, ...]:
    """Return the locales of a language: English and American spelling differ (metres, meters)."""
    from babel import Locale

    return tuple({str(each): each for each in (Locale.parse(language), locale_of(language))}.values())


@lru_cache(maxsize=16)
def currency_names(language: str) -> Mapping[str, str]:
    """Return the names of currencies in a language with their ISO 4217 codes."""
    from babel.numbers import get_currency_name, list_currencies

    found: dict[str, str] = {}
    for locale in _locales(language):
        for code in sorted(list_currencies()):
            names = {get_currency_name(code, number, locale=locale) for number in _counts(locale)}
            # A name with years in brackets is of a currency that is no more.
            found |= {name: code for name in sorted(names) if name != code and "(" not in name}
    return found


def measure_names(language: str, measures: Mapping[str, str], *, short: bool) -> dict[str, str]:
    """Return the long, and `short`, names of CLDR's measures in a language, with what `measures` calls them."""
    found: dict[str, str] = {}
    for name, unit in measures.items():
        for locale in _locales(language):
            long_names = _measure_words(unit, "long", locale)
            # Where CLDR has one name for both lengths, Babel finds it as the short one only.
            short_names = _measure_words(unit, "short", locale) if short or not long_names else set()
            found |= dict.fromkeys(sorted(long_names | short_names), name)
    return found


def _measure_words(unit: str, length: Literal["short", "long"], locale: Locale) -> set[str]:
    from babel.units import format_unit

    said = (_NAME.match(format_unit(float(number), unit, length, locale=locale)) for number in _counts(locale))
    # Babel answers with its own id where it finds no name.
    return {match[1] for match in said if match and match[1] != unit}


@lru_cache(maxsize=32)
def scale_words(language: str) -> Mapping[str, int]:
    """Return the words by which a language counts thousands, millions and so on, with their powers of ten.

    Abbreviations of one letter are left out, because they are units too (5 k, 3 m); empty where CLDR has none.
    """
    try:
        formats = locale_of(language).compact_decimal_formats
    except UsageError:
        return {}
    found: dict[str, int] = {}
    for length in ("short", "long"):
        for by_size in (formats.get(length) or {}).values() if length in formats else ():
            for size, pattern in by_size.items():
                said = _COMPACT.match(pattern.pattern)
                word = said[2].replace("'", "").strip() if said else ""
                if said and (len(word) > 1 or word >= "\u2e80"):
                    found[" ".join(word.split())] = len(size) - len(said[1])
    return found


@lru_cache(maxsize=32)
def percent_leads(language: str) -> bool:
    """Return whether a language writes the sign for per cent before the number: %5."""
    try:
        return bool(locale_of(language).percent_formats[None].pattern.startswith("%"))
    except UsageError:
        return False


_SHORT_PERIODS = {"quarter": "yQQQ", "month": "yMMM"}


def short_period(period: Period, language: str) -> str:
    """Return a quarter or a month as short as the language has it, Q2 2024; "" of another period."""
    from babel.dates import format_skeleton

    if period.kind not in _SHORT_PERIODS:
        return ""
    return format_skeleton(_SHORT_PERIODS[period.kind], period.start, locale=locale_of(language))


SCRIPTS = {
    "Latn": ("LATIN",), "Cyrl": ("CYRILLIC",), "Hans": ("CJK",), "Hant": ("CJK",), "Grek": ("GREEK",),
    "Arab": ("ARABIC",), "Jpan": ("CJK", "HIRAGANA", "KATAKANA"), "Kore": ("HANGUL", "CJK"), "Hebr": ("HEBREW",),
    "Deva": ("DEVANAGARI",), "Geor": ("GEORGIAN",), "Armn": ("ARMENIAN",), "Thai": ("THAI",), "Beng": ("BENGALI",),
}  # fmt: skip
"""Codes of scripts (ISO 15924) and how Unicode begins the names of their letters."""


def written_in(text: str, language: str) -> bool:
    """Return whether most letters of a text are of the script that a language is written in; False where unknown."""
    from babel.core import get_global

    base, _, variety = language.partition("-")
    likely = str(get_global("likely_subtags").get(base.lower(), "")).split("_")
    script = next((part for part in (*variety.split("-"), *likely) if part.title() in SCRIPTS), "").title()
    letters = [unicodedata.name(character, "").partition(" ")[0] for character in text if character.isalpha()]
    own = sum(letter.partition("-")[0] in SCRIPTS.get(script, ()) for letter in letters)
    return bool(letters) and 2 * own > len(letters)
