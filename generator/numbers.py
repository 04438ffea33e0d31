"""Numbers: whether one is an amount, an ordinal, a year, part of a name, or a word of another kind.

Place in the pipeline: base; a part of `quantities`. What comes in: a flattened text and a numeral in it. What goes
out: a `Quantity`, or None where the numeral is a word of another kind (one of them, two-way).
"""

from __future__ import annotations

import re

from . import designations
from .amounts import Reading
from .digits import Numeral
from .lexicon import Lexicon
from .quantity import Quantity, name_quantity

_YEAR = re.compile(r"(?:1[5-9]|20)\d\d\Z")
_RARE_YEAR = re.compile(r"(?:1[0-4]|21)\d\d\Z")
"""Years only where a word before says so."""
_YEAR_GAPS = " \n\u00a0-"
_NOUN = re.compile(r"[ \u00a0\n]{1,3}(?=[^\W\d_])")
_LONG = 10
"""Digits without any grouping from which on a number that counts nothing is an id."""
_HYPHENED = re.compile(r"-\w")
_HYPHENED_BEFORE = re.compile(r"\w-\Z")


def read_number(text: str, start: int, numeral: Numeral, floor: int, lexicon: Lexicon) -> Quantity | None:
    """Return the quantity whose number is `numeral`; None where its words are of another kind."""
    reading = Reading(text, lexicon, floor, start, numeral)
    if not numeral.worded:
        reading.take_sign()
    reading.take_prefix()
    if not (numeral.worded or reading.unit) and (code := _code(text, start, numeral.end, floor, lexicon)):
        return name_quantity(text, *code)
    special = _ordinal(reading) or _year(reading)
    if special is not None:
        return special
    _take_amount(reading)
    reading.take_minus()
    if numeral.worded:
        return None if _is_stray(reading) else reading.quantity()
    following = designations.code(text, start, reading.end, start, spaced=lexicon.grammar.spaced)
    if following or _is_id(reading):
        return name_quantity(text, *(following or (start, reading.end)))
    return reading.quantity()


def _take_amount(reading: Reading) -> None:
    if reading.numeral.worded:
        _open(reading)
    elif inflected := reading.lexicon.patterns["inflection"].match(reading.text, reading.end):
        reading.end = inflected.end()
    if not reading.lexicon.follows(reading.text, reading.end):
        reading.take_counted()
        return
    reading.take_repetition()
    reading.end = reading.take_half(reading.end)
    reading.take_compound()
    reading.take_scale()
    reading.take_unit()


def _open(reading: Reading) -> None:
    """Take the word before hundred or million: a million; several hundred, which is indefinite."""
    if reading.lexicon.role(reading.text, reading.begin) not in ("ten", "scale"):
        return
    start, article = reading.lexicon.before("article", reading.text, reading.begin, reading.floor)
    if article:
        reading.begin = start
    if reading.lexicon.before("several", reading.text, reading.begin, reading.floor)[1]:
        reading.kind = "indefinite"


# --- names ----------------------------------------------------------------------------------------


def _code(text: str, start: int, end: int, floor: int, lexicon: Lexicon) -> tuple[int, int] | None:
    """Return the span of a name that letters before the digits make of them: X8151, COVID-19, but not mid-2022."""
    behind = text[max(floor, start - 2) : start]
    joined = behind[-1:] if behind[-1:] not in ("-", "/", "'", "_") else behind[:1]
    if not joined.isalpha() or not (lexicon.grammar.spaced or joined.isascii()):
        return None
    if lexicon.tables["year before"].before(text, start, floor, gaps=_YEAR_GAPS)[1]:
        return None
    return designations.code(text, start, end, floor, spaced=lexicon.grammar.spaced)


def _is_id(reading: Reading) -> bool:
    """Return whether bare digits are an id: many of them without grouping, or with a zero before."""
    shown = reading.text[reading.begin : reading.numeral.end]
    if reading.unit or reading.scaled or reading.measured or not shown.isdigit():
        return False
    return len(shown) >= _LONG or (len(shown) > 1 and shown[0] == "0")


# --- ordinals and years ---------------------------------------------------------------------------


def _ordinal(reading: Reading) -> Quantity | None:
    """Return the ordinal that the number is, or the name that it makes with what it numbers (第5条)."""
    text, lexicon, numeral = reading.text, reading.lexicon, reading.numeral
    start, named = lexicon.before("ordinal before", text, reading.begin, reading.floor)
    behind = None if numeral.worded else lexicon.patterns["ordinal after"].match(text, numeral.end)
    end = behind.end() if behind else numeral.end
    numbered = lexicon.patterns["name after" if named else "number after"].match(text, end)
    if numbered:
        return name_quantity(text, start, numbered.end())
    if not (named or behind or numeral.ordinal):
        return None
    unit = lexicon.after("unit", text, end)[1]
    return Quantity(start, end, text[start:end], "ordinal", reading.value, reading.value, unit)


def _year(reading: Reading) -> Quantity | None:
    """Return the year that four digits are: where nothing is counted, or a word before says so."""
    text, lexicon, start, end = reading.text, reading.lexicon, reading.begin, reading.end
    shown = text[start:end]
    rare = _RARE_YEAR.match(shown) is not None
    if reading.unit or reading.numeral.worded or not (rare or _YEAR.match(shown)):
        return None
    said = lexicon.tables["year before"].before(text, start, reading.floor, gaps=_YEAR_GAPS)[1]
    follows = lexicon.follows(text, end)
    counted = follows and any(lexicon.after(name, text, end)[1] for name in ("scale", "unit", "measure", "after"))
    if (counted or rare) and not (said and not (rare and counted)):
        return None
    # 2000 visitors is a number, the 2022 budget a year; a language may say which by its grammar.
    unsure = rare or (not said and (shown.endswith("00") or not lexicon.grammar.bare_years))
    if unsure and _is_before_noun(text, end, lexicon):
        return None
    return Quantity(start, end, shown, "year", reading.value, reading.value, iso=shown)


def _is_before_noun(text: str, end: int, lexicon: Lexicon) -> bool:
    """Return whether a word in small letters follows, other than one that makes a year of the digits."""
    gap = _NOUN.match(text, end)
    return gap is not None and text[gap.end()].islower() and not lexicon.patterns["year after"].match(text, end)


# --- words of another kind ------------------------------------------------------------------------


def _is_stray(reading: Reading) -> bool:
    """Return whether number words without a unit are words of another kind: one of, two-way, 一带一路."""
    text, grammar, start = reading.text, reading.lexicon.grammar, reading.begin
    large = reading.lexicon.role(text, start) in ("ten", "scale")
    qualified = bool(reading.qualifier or reading.lexicon.before("before", text, start, 0)[1])
    if large and grammar.articles and reading.kind == "number" and not qualified:
        # "to the nearest hundred thousand" needs an article to be a number.
        return True
    if reading.unit or reading.kind == "indefinite":
        return False
    if not grammar.spaced:
        return not (qualified or reading.scaled or reading.measured or reading.numeral.end - start > 2)
    if text[start : reading.end].casefold() in grammar.alone:
        return True
    return bool(_HYPHENED.match(text, reading.end) or _HYPHENED_BEFORE.search(text[max(0, start - 2) : start]))
