"""Quantities in running text: numbers with unit, scale and qualifier, ordinals, years, dates, and names with digits.

Place in the pipeline: base; `evidence` reads anchors with it (step 2), `ingest` and coverage read documents.
What comes in: text as people write it. What goes out: `Quantity` values in the order of the text.
What a language looks like stands in `grammars`; every pattern is bounded, so reading takes linear time.
Dates are written as in ISO 8601, those without a year as in XML Schema, `--11-04`
(https://www.w3.org/TR/xmlschema-2/#gMonthDay).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from . import designations, shares
from .dates import Dated, read_date
from .digits import digits
from .grammars import GRAMMARS
from .lexicon import Lexicon, lexicon_of
from .model import Unit
from .number_words import worded
from .numbers import read_number
from .passages import language_of, passages
from .phrases import flatten
from .quantity import Kind, Quantity, name_quantity
from .ranges import joined

__all__ = ["Quantity", "find", "language_of", "mentions", "passages", "read"]
_RUN = re.compile(r"\d[\d.,]{0,200}")


def find(text: str, language: str, units: tuple[Unit, ...] = ()) -> tuple[Quantity, ...]:
    """Return the quantities of `text` in order; ValueError names the languages there are.

    A unit is recognised by its words in `language`, by `one` and by `other`; a workspace's word goes
    before a built-in one. Digits inside a name (5G, Il-76, COVID-19) and times of the day are left out.
    """
    return tuple(quantity for quantity in read(text, language, units) if quantity.kind not in ("name", "time"))


def read(text: str, language: str, units: tuple[Unit, ...] = ()) -> tuple[Quantity, ...]:
    """Return what `find` returns, and the names and times between: every digit of `text` is in one of them."""
    lexicon, flat = lexicon_of(language, units), flatten(text)
    found = joined(flat, _scan(flat, lexicon), lexicon)
    return tuple(found if flat == text else [replace(each, text=text[each.start : each.end]) for each in found])


def mentions(text: str, unit: str, language: str, units: tuple[Unit, ...] = ()) -> bool:
    """Return whether a word of the unit with the id `unit` stands anywhere in `text`.

    In a language without a grammar these are the words that the unit's own declaration has.
    """
    if language.partition("-")[0] in GRAMMARS:
        return lexicon_of(language, units).mentions(flatten(text), unit)
    declared = (word for each in units if each.id == unit for word in _declared(each, language))
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) for word in declared)


def _declared(unit: Unit, language: str) -> Iterator[str]:
    yield from (unit.one, unit.other)
    yield from (word for tongue, words in unit.words if tongue == language.partition("-")[0] for word in words)


# --- the scan -------------------------------------------------------------------------------------


def _scan(text: str, lexicon: Lexicon) -> Iterator[Quantity]:
    position = 0
    for match in lexicon.hits.finditer(text):
        start, word = match.start(), match[0]
        if start < position:
            continue
        if word.isdecimal():
            quantity: Quantity | None = _in_digits(text, start, position, lexicon)
        elif roles := lexicon.begun(word.casefold()):
            position, quantity = _in_words(text, start, position, roles, lexicon)
        else:
            continue
        if quantity is not None:
            position = quantity.end
            yield quantity


def _in_digits(text: str, start: int, floor: int, lexicon: Lexicon) -> Quantity:
    """Return what the digits at `start` belong to: a name, a date, a time or a number."""
    if named := designations.name(text, start, floor, lexicon):
        return name_quantity(text, *named)
    money = lexicon.before("prefix", text, start, floor)[1]
    dated = None if money else read_date(text, start, lexicon)
    if dated and not _is_count(text, dated, lexicon):
        return _dated(text, start, dated)
    if clock := designations.clock(text, start, lexicon):
        return Quantity(start, clock[0], text[start : clock[0]], "time", iso=clock[1])
    numeral = digits(text, start, lexicon.grammar)
    if numeral is None:
        run = _RUN.match(text, start)
        return name_quantity(text, start, run.end() if run else start + 1)
    found = shares.fraction(text, start, numeral, floor, lexicon)
    composite = designations.composite(text, start)
    if found is None and composite > numeral.end:
        return name_quantity(text, start, composite)
    return found or read_number(text, start, numeral, floor, lexicon) or name_quantity(text, start, numeral.end)


def _is_count(text: str, dated: Dated, lexicon: Lexicon) -> bool:
    """Return whether two years without a word that says so are numbers of things: 1500–2000 tonnes."""
    years = dated.ranged and len(dated.iso) == len("1500/2000")
    return years and any(lexicon.after(name, text, dated.end)[1] for name in ("scale", "unit", "measure", "after"))


def _in_words(
    text: str, start: int, floor: int, roles: tuple[str, ...], lexicon: Lexicon
) -> tuple[int, Quantity | None]:
    """Return what the word at `start` begins, or None, and from where to read on."""
    for role in roles:
        if role == "idiom":
            end, idiom = lexicon.tables["idiom"].after(text, start, joined=True)
            if idiom:
                return end, None
        elif role == "numeral":
            return _numeral(text, start, floor, lexicon)
        elif found := _READERS[role](text, start, floor, lexicon):
            return found.end, found
    return floor, None


def _address(text: str, start: int, _floor: int, _lexicon: Lexicon) -> Quantity | None:
    end = designations.address(text, start)
    return name_quantity(text, start, end) if end else None


def _worded_date(text: str, start: int, _floor: int, lexicon: Lexicon) -> Quantity | None:
    dated = read_date(text, start, lexicon)
    return _dated(text, start, dated) if dated else None


def _numeral(text: str, start: int, floor: int, lexicon: Lexicon) -> tuple[int, Quantity | None]:
    """Return the number in words at `start`, or None where they say none, and where they end."""
    if lexicon.after("minus", text, start)[1]:
        # The first character of 零下 is a nought elsewhere.
        return floor, None
    numeral = worded(text, start, lexicon.grammar, lexicon.numerals)
    if numeral is None:
        return floor, None
    found = shares.fraction(text, start, numeral, floor, lexicon)
    return numeral.end, found or read_number(text, start, numeral, floor, lexicon)


_READERS: Mapping[str, Callable[[str, int, int, Lexicon], Quantity | None]] = {
    "address": _address,
    "date": _worded_date,
    "part": shares.part,
    "share": shares.share,
    "multiple": shares.multiple,
    "vague": shares.vague,
}
"""By role of a word: what reads the quantity that may begin with it."""


def _dated(text: str, start: int, dated: Dated) -> Quantity:
    shown = text[start : dated.end]
    if not dated.iso:
        return name_quantity(text, start, dated.end)
    value = Decimal(dated.iso) if dated.plain else None
    kind: Kind = "year" if dated.plain else "range" if dated.ranged else "date"
    return Quantity(start, dated.end, shown, kind, value, value, iso=dated.iso)
