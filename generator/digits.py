"""Numbers in digits, grouped and with decimals as every country writes them.

Place in the pipeline: base; a part of `quantities`. What comes in: a flattened text and the place where digits begin.
What goes out: a `Numeral` with its end. Digits are grouped by point, comma, space or apostrophe; which of point and
comma is the decimal mark is the language's habit unless the digits themselves say otherwise (5,08 in English text,
1.234.567 in Russian).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from .grammars.grammar import Grammar

LONGEST = 28
"""Digits of a number: as many as decimal arithmetic keeps; a longer run is no quantity."""
VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_POWER = re.compile(r"[ \u00a0]?[×·x*][ \u00a0]?10(?:\^([-−]?\d{1,2})|([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))")
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as written, up to `end`; `upper` is the larger of two said together (七八, seven or eight)."""

    end: int
    value: Decimal
    upper: Decimal | None = None
    ordinal: bool = False
    worded: bool = False
    step: Decimal = Decimal(1)
    """The size of its last word, where that is a scale: a million and a half."""


@lru_cache(maxsize=16)
def _digits(grammar_point: str, *, plain_spaces: bool, fours: bool) -> re.Pattern[str]:
    """Return the pattern of numbers in digits, one named group a way to write them."""
    point, other = (r"\.", ",") if grammar_point == "." else (",", r"\.")
    prose = "" if plain_spaces or fours else r"(?![ \u00a0]?[\d\n])(?=[ \u00a0]?[^\W\d]|[%.,;:)\]])"
    ways = {
        "grouped": rf"[1-9]\d{{0,2}}(?:{other}\d{{3}}){{1,12}}(?!{other}?\d)(?:{point}\d{{1,20}})?",
        "turned": rf"[1-9]\d{{0,2}}(?:{point}\d{{3}}){{1,12}}{other}\d{{1,2}}(?!\d)"
        rf"|[1-9]\d{{0,2}}(?:{point}\d{{3}}){{2,12}}(?![.,]?\d)",
        "marked": r"[1-9]\d{0,2}(?P<gap>['\u00a0])\d{3}(?:(?P=gap)\d{3}){0,8}(?!\d)(?:[.,]\d{1,20})?",
        "spaced": rf"[1-9]\d{{0,2}}(?: \d{{3}}){{1,9}}(?!\d)(?:[.,]\d{{1,20}})?{prose}",
        "lakhs": r"[1-9]\d?(?:,\d{2}){1,6},\d{3}(?![\d,])" if grammar_point == "." else r"(?!)",
        "fours": r"[1-9]\d{0,3}(?:,\d{4}){1,6}(?![\d,])" if fours else r"(?!)",
        "decimal": rf"\d{{1,40}}{point}\d{{1,40}}(?!\d|{point}\d)",
        "foreign": r"(?<!\d[.,])(?:\d{1,40},\d{1,2}(?!\d|[.,]\d)|0,\d{1,40}(?!\d|[.,]\d))"
        if other == ","
        else r"\d{1,40}\.\d{1,40}(?!\d|[.,]\d)",
        "whole": r"\d{1,60}",
    }
    return re.compile("|".join(f"(?P<{name}>{way})" for name, way in ways.items()))


def digits(text: str, start: int, grammar: Grammar) -> Numeral | None:
    """Return the number whose digits begin at `start`; None where it has more digits than are kept."""
    match = _digits(grammar.point, plain_spaces=grammar.plain_spaces, fours=not grammar.spaced).match(text, start)
    if match is None:
        return None
    other = "," if grammar.point == "." else "."
    groups = {"grouped": other, "turned": grammar.point, "lakhs": ",", "fours": ","}
    bare = re.sub(r"[' \u00a0]", "", match[0]).replace(groups.get(match.lastgroup or "", " "), "").replace(",", ".")
    if sum(map(str.isdigit, bare)) > LONGEST:
        return None
    return _extended(text, Numeral(match.end(), Decimal(bare)), whole="." not in bare)


def _extended(text: str, numeral: Numeral, *, whole: bool) -> Numeral:
    """Return the number with the fraction sign or the power of ten behind it: 2½, 5.2×10⁶."""
    sign = text[numeral.end : numeral.end + 1]
    if whole and sign and sign in VULGAR:
        return Numeral(numeral.end + 1, numeral.value + vulgar(sign))
    power = _POWER.match(text, numeral.end)
    if power:
        exponent = int((power[1] or power[2]).translate(_SUPERSCRIPTS))
        return Numeral(power.end(), numeral.value.scaleb(exponent))
    return numeral


def vulgar(sign: str) -> Decimal:
    """Return the value of a fraction sign such as ½."""
    above, _, below = unicodedata.normalize("NFKC", sign).partition("\u2044")
    return Decimal(above) / Decimal(below)
