"""Agreement: whether a quantity of a document says what a fact says.

Place in the pipeline: base of step 2 Check. `evidence` holds an anchor's quantities to its fact, `coverage` those
of a whole document. In: a fact and a `Quantity`; out: yes or no.
"""

from __future__ import annotations

import re
from decimal import Decimal

from . import plain_numbers, quantities
from .anchors import fold
from .grammars import BUILT_IN_UNITS, GRAMMARS
from .model import Fact, Vocabulary
from .periods import Period
from .quantities import Quantity

_CURRENCY = re.compile(r"[A-Z]{3}\Z")


def read(text: str, language: str, vocabulary: Vocabulary) -> tuple[Quantity, ...]:
    """Return the quantities of a text; where no grammar reads its language, its digits and scales at least."""
    try:
        return quantities.find(text, quantities.language_of(text, language), vocabulary.units)
    except ValueError:
        return plain_numbers.find(text, language)


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


def same_digits(fact: Fact, quantity: Quantity) -> bool:
    """Return whether a number of a language without grammar is the value's: with its scale, or without one in sight."""
    if fact.amount is None or not isinstance(fact.value, Decimal):
        return False
    unscaled = quantity.amount == quantity.value
    digits = {quantity.value, *plain_numbers.parts(quantity)} if unscaled else set()
    return abs(fact.amount) == quantity.amount or abs(fact.value) in digits


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
