"""Agreement: whether a quantity of a document says what a fact says.

Place in the pipeline: base of step 2 Check. `evidence` holds an anchor's quantities to its fact, `coverage` those
of a whole document. In: a fact and a `Quantity`; out: yes or no.
"""

from __future__ import annotations

import re
from decimal import Decimal

from . import quantities
from .anchors import fold
from .grammars import BUILT_IN_UNITS, GRAMMARS
from .model import Fact, Vocabulary
from .periods import Period
from .quantities import Quantity

_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_GROUP = 3
_DIGITS = re.compile(
    r"(?<!\w)(?:\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?![.,]?\d)|\d+(?:[.,]\d+)?)(?!\w)", re.ASCII
)
"""A number in digits, whole or in groups of three, whatever parts them: 1.234.567,8, 1'234, 7,5."""


def read(text: str, language: str, vocabulary: Vocabulary) -> tuple[Quantity, ...]:
    """Return the quantities of a text; where no grammar reads its language, its digits at least."""
    try:
        return quantities.find(text, quantities.language_of(text, language), vocabulary.units)
    except ValueError:
        # A point or comma may part thousands or decimals there: both readings count.
        return tuple(
            Quantity(match.start(), match.end(), match[0], "number", value, value)
            for match in _DIGITS.finditer(text)
            for value in _values(re.sub(r"['’\u00a0\u202f]", "", match[0]))
        )


def _values(digits: str) -> list[Decimal]:
    """Return the ways to read digits: with the last point or comma before decimals, or all of them between groups."""
    whole, marks = re.sub(r"[.,]", "", digits), re.findall(r"[.,]", digits)
    behind = len(re.split(r"[.,]", digits)[-1])
    if not marks or (len(marks) > 1 and len(set(marks)) == 1):
        return [Decimal(whole)]
    parted = Decimal(whole).scaleb(-behind)
    return [parted] if behind != _GROUP and len(marks) > 1 else sorted({Decimal(whole), parted})


def is_read(language: str) -> bool:
    """Return whether numbers of a language are read, and not only its digits."""
    return language.partition("-")[0] in GRAMMARS


def same_amount(fact: Fact, quantity: Quantity) -> bool:
    """Return whether the number is the fact's amount; what fell by five may be kept as minus five."""
    if quantity.amount is None or quantity.kind == "range":
        return False
    if quantity.kind == "indefinite" and fact.qualifier not in ("more than", "at least"):
        return False
    return fact.amount == quantity.amount or (quantity.falling and fact.amount == -quantity.amount)


def same_unit(fact: Fact, quantity: Quantity, language: str, vocabulary: Vocabulary) -> bool:
    """Return whether the number's unit is the fact's, or one of its words stands where it would."""
    if quantity.unit == fact.unit or (quantity.kind == "year" and fact.unit == "year"):
        return True
    if not is_count(fact.unit):
        return False
    # One word may stand for two units (companies); without a unit beside the number, the anchor's words decide.
    words = fold(fact.anchor) if quantity.unit == "" else quantity.text
    return quantities.mentions(words, fact.unit, language, vocabulary.units)


def is_count(unit: str) -> bool:
    """Return whether a unit counts things of the workspace's own: neither money nor built in."""
    return unit not in BUILT_IN_UNITS and not _CURRENCY.match(unit)


def falls_in(value: Period, quantity: Quantity) -> bool:
    """Return whether a date or year falls into the period that is a fact's value."""
    said = quantity.period
    return said is not None and value.start <= said.start and said.end <= value.end


def lacks_year(value: Period, quantity: Quantity) -> bool:
    """Return whether a date is that of the period, but for the year, which it does not say."""
    yearless = re.sub(r"\d{4}(?=-)", "-", value.text)
    return quantity.iso == yearless or quantity.iso.startswith(yearless + "-")


def says(fact: Fact, one: Quantity, other: Quantity) -> bool:
    """Return whether a quantity of an anchor, `other`, holds the number or the date of `one` in a text."""
    if one.iso:
        yearless = other.iso.startswith("--") and f"{fact.period.text[:4]}{other.iso[1:]}"
        return other.iso.startswith(one.iso) or (yearless or "").startswith(one.iso) or _within(one, other)
    bounds = {other.amount, other.upper, other.value}
    return {one.amount, one.upper or one.amount} <= bounds


def _within(one: Quantity, other: Quantity) -> bool:
    first, second = one.period, other.period
    return first is not None and second is not None and first.start <= second.start and second.end <= first.end
