"""What may not stand in prose: typed numbers and strange characters; and advice on the facts that would serve.

Place in the pipeline: base; used where text is written (step 4). No source, no number: a numeral that
a person typed cannot be traced, whatever script it is written in (Unicode's categories Nd, Nl, No:
https://www.unicode.org/reports/tr44/#General_Category_Values).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, InvalidOperation

from .model import SCALES, Fact

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN = ("Cc", "Cs", "Co", "Cn")
_SCALE = "|".join(scale for scale in SCALES if scale)
_SEPARATORS = ".,\u00a0\u202f '’/:-"
_NEAREST = 3


def strange(line: str) -> Iterator[tuple[int, str]]:
    """Yield (column, name) of each character that has no place in printed prose."""
    for column, letter in enumerate(line, 1):
        if letter != "\t" and (letter in _BIDI or unicodedata.category(letter) in _FORBIDDEN):
            yield column, f"U+{ord(letter):04X} {unicodedata.name(letter, '')}".strip()


def typed_numbers(text: str) -> list[str]:
    """Return the numerals in a text as written, with the scale word that follows: `5.08 billion`."""
    numbers: list[str] = []
    index = 0
    while index < len(text):
        if not _digit(text[index]):
            index += 1
            continue
        end = index + 1
        while end < len(text) and (_digit(text[end]) or _joins(text, end)):
            end += 1
        scale = re.match(rf"\s+(?:{_SCALE})\b", text[end:])
        end += scale.end() if scale else 0
        numbers.append(text[index:end])
        index = end
    return numbers


def _digit(letter: str) -> bool:
    return unicodedata.category(letter) in ("Nd", "Nl", "No")


def _joins(text: str, index: int) -> bool:
    return text[index] in _SEPARATORS and index + 1 < len(text) and _digit(text[index + 1])


def advice(number: str, facts: Sequence[Fact]) -> str:
    """Return the cure for a typed number: the calls of the nearest facts by value, if any come near."""
    calls = [call for _, call in sorted(_offers(number, facts))[:_NEAREST]]
    if not calls:
        return "Add a fact with its source and call it, or write it in words."
    return f"Call it instead: {' or '.join(calls)}."


def _offers(number: str, facts: Iterable[Fact]) -> Iterator[tuple[Decimal, str]]:
    typed = tuple(_amounts(number))
    for fact in facts:
        if fact.rank == "deprecated":
            continue
        if fact.period.text == number:
            yield Decimal("0.001"), f'{{{{ period("{fact.id}") }}}}'
        values = [value for value in (fact.value, fact.amount) if isinstance(value, Decimal)]
        distances = [abs(value - amount) / abs(amount) for value in values for amount in typed if amount]
        if distances and min(distances) <= Decimal("0.05"):
            yield min(distances), f'{{{{ fact("{fact.id}") }}}}'


def _amounts(number: str) -> Iterator[Decimal]:
    digits, _, scale = number.partition(" ")
    if scale not in SCALES:
        digits, scale = number, ""
    try:
        value = Decimal(re.sub(r"[^\d.]", "", digits))
    except InvalidOperation:
        return
    yield value
    if scale:
        yield value.scaleb(SCALES[scale])
