"""Shares, multiples and round numbers in words: two thirds, one in four, doubled, half a million, hundreds.

Place in the pipeline: base; a part of `quantities`. A share is a `Quantity` in per cent of kind fraction, a multiple
one in times whose sense is a factor, and "hundreds" is indefinite: 100 at least.
"""

from __future__ import annotations

import re
from decimal import Decimal

from .amounts import Reading
from .digits import Numeral
from .lexicon import Lexicon
from .number_words import numeral_at
from .numbers import read_number
from .phrases import WORD
from .quantity import Quantity

_SLASHED = re.compile(r"(\d{1,2})/(\d{1,4})(?![\d/A-Za-z]|[.,]\d)")
_PARTS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 20, 25, 50, 100, 1000)
_TIME = ("year", "month", "week", "day", "hour", "minute", "second")
_HUNDREDTHS = {100: "percent", 1000: "per mille"}
Parts = tuple[int, Decimal, Decimal]
"""The end of a fraction, its numerator and its denominator."""


def share(text: str, start: int, floor: int, lexicon: Lexicon) -> Quantity | None:
    """Return the share that a phrase at `start` says by itself: half of, треть, 一半."""
    end, said = lexicon.tables["share"].after(text, start, joined=True)
    behind = text[max(0, start - 20) : start]
    if not said or lexicon.patterns["no share"].search(behind) or not lexicon.guarded(text, start, end, floor):
        return None
    return _in_percent(Reading(text, lexicon, floor, start, Numeral(end, _parsed(said))))


def _parsed(said: str) -> Decimal:
    above, _, below = said.partition("/")
    return Decimal(above) / Decimal(below or 1)


def _in_percent(reading: Reading) -> Quantity:
    reading.kind, reading.unit, reading.amount = "fraction", "percent", (reading.value * 100).normalize()
    return reading.finished()


def fraction(text: str, start: int, numeral: Numeral, floor: int, lexicon: Lexicon) -> Quantity | None:
    """Return the share of which `numeral` is the first number: two thirds, 3/4, 三分之二, 百分之三十, one in four."""
    if numeral.value != numeral.value.to_integral_value() or numeral.ordinal or not numeral.value:
        return None
    if not lexicon.follows(text, numeral.end) and text[numeral.end : numeral.end + 1] != "/":
        return _tenths(text, start, numeral, floor, lexicon)
    parted = _parted(text, numeral, lexicon)
    if parted:
        end, above, below = parted
        reading = Reading(text, lexicon, floor, start, Numeral(end, above))
        reading.unit = _HUNDREDTHS.get(int(below), "")
        if reading.unit:
            return reading.finished()
    parts = parted or _denominated(text, start, numeral, lexicon) or _out_of(text, numeral, lexicon)
    if not parts:
        return _tenths(text, start, numeral, floor, lexicon)
    end, above, below = parts
    return _in_percent(Reading(text, lexicon, floor, start, Numeral(end, above / below)))


def _parted(text: str, numeral: Numeral, lexicon: Lexicon) -> Parts | None:
    """Return the parts of 三分之二, where the denominator is said first."""
    end, word = lexicon.after("parted", text, numeral.end)
    above = numeral_at(text, end, lexicon.grammar, lexicon.numerals) if word else None
    return (above.end, above.value, numeral.value) if above else None


def _denominated(text: str, start: int, numeral: Numeral, lexicon: Lexicon) -> Parts | None:
    """Return the parts of two thirds and 2/3."""
    end, size = lexicon.after("denominator", text, numeral.end)
    if size and numeral.value < int(size):
        return end, numeral.value, Decimal(size)
    slashed = _SLASHED.match(text, start)
    if slashed and 0 < int(slashed[1]) < int(slashed[2]) in _PARTS:
        return slashed.end(), Decimal(slashed[1]), Decimal(slashed[2])
    return None


def _out_of(text: str, numeral: Numeral, lexicon: Lexicon) -> Parts | None:
    """Return the parts of one in four: two whole numbers, both in words or both in digits, none of them measured."""
    end, word = lexicon.after("out of", text, numeral.end)
    whole = numeral_at(text, end + 1, lexicon.grammar, lexicon.numerals) if word else None
    if whole is None or whole.worded != numeral.worded or whole.value not in _PARTS or numeral.value >= whole.value:
        return None
    unit = lexicon.after("unit", text, whole.end)[1]
    measured = unit in ("percent", *_TIME) or lexicon.after("scale", text, whole.end)[1]
    return None if measured else (whole.end, numeral.value, whole.value)


def _tenths(text: str, start: int, numeral: Numeral, floor: int, lexicon: Lexicon) -> Quantity | None:
    """Return a number of tenths: 四成, 三成五."""
    match = lexicon.patterns["tenths"].match(text, numeral.end)
    if match is None or not 0 < numeral.value <= 10:
        return None
    more = lexicon.numerals[match["more"]][1] if match["more"] else 0
    reading = Reading(text, lexicon, floor, start, Numeral(match.end(), numeral.value))
    reading.unit, reading.amount = "percent", numeral.value * 10 + more
    return reading.finished()


def multiple(text: str, start: int, floor: int, lexicon: Lexicon) -> Quantity | None:
    """Return the multiple that a word at `start` says: doubled, вдвое, 翻一番."""
    end, factor = lexicon.tables["multiple"].after(text, start, joined=True)
    word = WORD.match(text, start)
    if not factor and word and lexicon.multiples:
        stem = next((stem for stem in lexicon.multiples if word[0].casefold().startswith(stem)), "")
        end, factor = word.end(), lexicon.multiples.get(stem, "")
    if not factor or not lexicon.guarded(text, start, end, floor):
        return None
    reading = Reading(text, lexicon, floor, start, Numeral(end, Decimal(factor)))
    reading.unit = "times"
    return reading.finished(sense="factor")


def part(text: str, start: int, floor: int, lexicon: Lexicon) -> Quantity | None:
    """Return a part of the scale or unit behind it: half a million, полмиллиона, 半年."""
    end, said = lexicon.tables["part"].after(text, start, joined=True)
    if not said:
        word, folded = WORD.match(text, start), lexicon.grammar.half_prefixes
        prefix = next((each for each in folded if word and word[0].casefold().startswith(each)), "")
        end, said = start + len(prefix), "1/2" if prefix else ""
    places = {end, lexicon.after("measure", text, end)[0]}
    if not said or not any(lexicon.after(name, text, at)[1] for name in ("scale", "unit", "counted") for at in places):
        return None
    return read_number(text, start, Numeral(end, _parsed(said), worded=True), floor, lexicon)


def vague(text: str, start: int, floor: int, lexicon: Lexicon) -> Quantity | None:
    """Return an indefinite number: hundreds of people, tens of thousands, 数百."""
    end, size = lexicon.tables["vague"].after(text, start, joined=True)
    if not size:
        return None
    value = Decimal(size)
    linked = lexicon.after("vague link", text, end)[0]
    further, more = lexicon.after("vague", text, linked)
    if not more:
        further, power = lexicon.after("scale", text, linked)
        more = str(10 ** int(power)) if power else ""
    if more:
        end, value = further, value * Decimal(more)
    reading = Reading(text, lexicon, floor, start, Numeral(end, value))
    reading.kind = "indefinite"
    linked = lexicon.after("vague link", text, end)[0]
    if any(lexicon.after(name, text, linked)[1] for name in ("unit", "counted")):
        reading.end = linked
    reading.take_unit()
    return reading.quantity()
