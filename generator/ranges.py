"""Ranges and changes: two numbers that share their unit and their scale.

Place in the pipeline: base; a part of `quantities`. From 3 to 5 million is a change of two numbers, 3 to 5 million a
range of one quantity; "about" before a range belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from .lexicon import Lexicon
from .quantity import Quantity

_SHARING = 1000
"""Numbers below may take the scale of a second one, unless that is more than a hundred times as large or as small."""
_JOINT = 12
"""Characters that a joint has at most."""


def joined(text: str, found: Iterable[Quantity], lexicon: Lexicon) -> list[Quantity]:
    """Join two numbers to a range, or give the first the unit and scale of the second (from 3 to 5 million)."""
    result: list[Quantity] = []
    for quantity in found:
        result[-1:] = _pair(text, result[-1], quantity, lexicon) if result else [quantity]
    return result


def _pair(text: str, first: Quantity, second: Quantity, lexicon: Lexicon) -> list[Quantity]:
    if second.start - first.end > _JOINT or not _fitting(first, second):
        return [first, second]
    # Four digits are a year only until the second end counts something: 1500–2000 tonnes.
    counted = first.kind == "year" and second.kind == "number" and second.unit
    plain = replace(first, kind="number", iso="") if counted else first
    joint, grammar = " ".join(text[first.end : second.start].casefold().split()), lexicon.grammar
    if joint not in grammar.between and joint not in grammar.change:
        return [first, second]
    before = _before(text, plain, lexicon)
    changed = before in grammar.change.get(joint, ()) and not _ranging(text, plain, lexicon)
    needed = grammar.between.get(joint)
    if not changed and (needed is None or (needed and before not in needed)):
        return [first, second]
    if joint in grammar.before:
        # The sign of a range is no qualifier of its end: 5~8.
        second = replace(second, qualifier="")
    plain, second = _shared(plain, second)
    plain = replace(plain, bare=plain.bare and second.bare)
    return [plain, second] if changed else _range(text, first, plain, second)


def _fitting(first: Quantity, second: Quantity) -> bool:
    """Return whether two numbers may be the ends of one range by their kinds and units."""
    return (
        first.kind in ("number", "year")
        and second.kind == "number"
        and not first.iso.startswith("-")
        and (first.unit in ("", second.unit) or not second.unit)
    )


def _before(text: str, first: Quantity, lexicon: Lexicon) -> str:
    start, word = lexicon.before("before", text, first.start, 0)
    return lexicon.before("joined before", text, start if word else first.start, 0)[1].casefold()


def _ranging(text: str, first: Quantity, lexicon: Lexicon) -> bool:
    words = text[max(0, first.start - 30) : first.start].casefold().split()[-3:]
    return any(word in lexicon.grammar.ranging for word in words)


def _shared(first: Quantity, second: Quantity) -> tuple[Quantity, Quantity]:
    """Return both with the unit that one of them has, and the first with the second's scale."""
    unit = first.unit or second.unit
    factor = second.amount / second.value if second.amount and second.value else Decimal(1)
    value, other = first.value or Decimal(), second.value or Decimal()
    near = value == first.amount and abs(value) < _SHARING and abs(other) <= 100 * abs(value) <= 10_000 * abs(other)
    amount = value * factor if near else first.amount
    return replace(first, unit=unit, amount=amount), replace(second, unit=unit)


def _range(text: str, first: Quantity, plain: Quantity, second: Quantity) -> list[Quantity]:
    """Return the range from `plain` to `second` where it rises; else both as they were."""
    if plain.kind != "number" or plain.amount is None or second.amount is None or plain.amount >= second.amount:
        return [first, second]
    return [
        replace(
            plain, end=second.end, text=text[first.start : second.end], kind="range", upper=second.amount,
            qualifier=plain.qualifier or second.qualifier, sense=plain.sense or second.sense,
            falling=plain.falling or second.falling,
        )
    ]  # fmt: skip
