"""What may not stand in prose: typed numbers and strange characters; and advice on the figures that would serve.

Place in the pipeline: base; used wherever a person types what is printed (steps 1 to 4). No source, no number: a
numeral that a person typed cannot be traced, whatever script it is written in (Unicode's categories Nd, Nl, No:
https://www.unicode.org/reports/tr44/#General_Category_Values), and neither can an amount spelled out in words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from . import quantities
from .model import SCALES, Fact, Finding, Observation, Place, Series, Unit
from .names import Names
from .periods import Period
from .quantities import Quantity
from .reading import Printed
from .traces import digits_of, has_digit

TYPED = ("text.number", "text.amount")
"""The rules that refuse what is typed: in digits, and as an amount in words."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORBIDDEN = ("Cc", "Cs", "Co", "Cn")
_SCALE = "|".join(scale for scale in SCALES if scale)
_SEPARATORS = ".,\u00a0\u202f '’/:-"
_APART = "\n.\n"
"""What no number reaches across."""
_NEAREST = 3
_NEAR = Decimal("0.05")
_CLOSE = Decimal("0.015")
"""What is farther off than the nearest by more than this is no advice."""
_SPELLED_UNITS = ("percent", "percentage point", "times")
_LARGE = 1000
_SETTING = re.compile(r"\w+=")
"""Msgids that set how a language counts: `thousand=3 million=6`."""
_PART_OF_YEAR = re.compile(r"--[HQ](\d)")
_CALL = re.compile(r"\{\{.*?\}\}|\{\w*\}", re.DOTALL)
_CURRENCY = re.compile(r"[A-Z]{3}\Z")


@dataclass(frozen=True, slots=True)
class Known:
    """What a typed number is compared with: facts, series and units, the names there are, the text's language."""

    facts: Sequence[Fact] = ()
    series: Sequence[Series] = ()
    units: tuple[Unit, ...] = ()
    names: Names = field(default_factory=Names)
    language: str = "en"


def strange(line: str) -> Iterator[tuple[int, str]]:
    """Yield (column, name) of each character that has no place in printed prose."""
    for column, letter in enumerate(line, 1):
        if letter != "\t" and (letter in _BIDI or unicodedata.category(letter) in _FORBIDDEN):
            yield column, f"U+{ord(letter):04X} {unicodedata.name(letter, '')}".strip()


# --- what a person typed --------------------------------------------------------------------------


def refuse_typed(text: str, place: Place, known: Known, *, calls: bool = True) -> Iterator[Finding]:
    """Yield a finding for each number typed in a text, in digits or as an amount in words; names may stand.

    The finding stands at the line of `place` that many lines on; `calls` says whether a call could stand there.
    """
    plain = known.names.hide(text, place)
    said = _read(plain, known)
    for start, number in typed_numbers(plain):
        found = f"a typed number, '{number}'"
        yield _refused(text, place, start, found, _cure(number, start, said, known, calls=calls), calls=calls)
    for quantity in said:
        if _spelled(quantity):
            found = f"an amount in words, '{' '.join(quantity.text.split())}'"
            cure = _advice(_near_amounts((quantity.amount,), quantity, _said_periods(said), known), calls=calls)
            yield _refused(text, place, quantity.start, found, cure, calls=calls, rule=TYPED[1])


def refuse_printed(printed: Iterable[Printed], known: Known) -> Iterator[Finding]:
    """Yield a finding for each number typed in a text that is printed as it stands."""
    by_file: dict[str, list[Printed]] = {}
    for each in printed:
        by_file.setdefault(each.place.file, []).append(each)
    for texts in by_file.values():
        plain = tuple(known.names.hide(each.text, each.place) for each in texts)
        if not _unnumbered(plain, known.units, known.language):
            for each in texts:
                for finding in refuse_typed(each.text, each.place, known, calls=False):
                    yield replace(finding, found=f"{each.name}: {finding.found}")


@lru_cache(maxsize=8)
def _unnumbered(texts: tuple[str, ...], units: tuple[Unit, ...], language: str) -> bool:
    """Whether texts say no number; those that all topics share are read once, and not for each of them."""
    by_language: dict[str, list[str]] = {}
    for text in texts:
        by_language.setdefault(quantities.language_of(text, language), []).append(text)
    # Most hold none, and reading them one by one takes ten times as long.
    joined = [_APART.join(each) for each in by_language.values()]
    known = Known(units=units, language=language)
    return not any(typed_numbers(text) or any(map(_spelled, _read(text, known))) for text in joined)


def refuse_translated(text: str, msgid: str, place: Place, known: Known, *, calls: bool = True) -> Iterator[Finding]:
    """Yield a finding for each number that a translation adds: those of its msgid may stand, and so may its calls.

    `calls` says whether a call could stand there: the program's own words are not asked for any.
    """
    if _SETTING.match(msgid):
        return
    held = [*(digits_of(number) for _, number in typed_numbers(msgid)), *_counted_off(msgid)]
    spoken = _CALL.sub(lambda match: " " * len(match[0]), text)
    for start, number in typed_numbers(spoken):
        if digits_of(number) in held:
            spoken = spoken[:start] + " " * len(number) + spoken[start + len(number) :]
    for finding in refuse_typed(spoken, place, known, calls=calls):
        yield replace(finding, place=place)


def _counted_off(msgid: str) -> Iterator[str]:
    """Yield what a text counts off in words: other languages write the first quarter as 1., and the second half."""
    for quantity in quantities.find(msgid, "en", ()):
        part = _PART_OF_YEAR.match(quantity.iso or "")
        if part:
            yield part[1]
        elif quantity.kind == "ordinal":
            yield str(quantity.amount)


def _refused(
    text: str, place: Place, start: int, found: str, cure: str, *, calls: bool, rule: str = TYPED[0]
) -> Finding:
    at = Place(place.file, place.line + text.count("\n", 0, start) if place.line else 0)
    expected = "a call of a fact" if calls else "words: a figure comes from a fact and carries its source"
    return Finding(at, rule, found, expected, cure)


def typed_numbers(text: str) -> list[tuple[int, str]]:
    """Return where each numeral of a text begins, and as it is written, with the scale word behind: `5.08 billion`."""
    numbers: list[tuple[int, str]] = []
    if text.isascii() and not has_digit(text):
        return numbers
    index = 0
    while index < len(text):
        if not is_digit(text[index]):
            index += 1
            continue
        end = index + 1
        while end < len(text) and (is_digit(text[end]) or _joins(text, end)):
            end += 1
        scale = re.match(rf"\s+(?:{_SCALE})\b", text[end:])
        end += scale.end() if scale else 0
        numbers.append((index, text[index:end]))
        index = end
    return numbers


def is_digit(letter: str) -> bool:
    """Return whether a character is a digit or another numeral of any script."""
    return unicodedata.category(letter) in ("Nd", "Nl", "No")


def _joins(text: str, index: int) -> bool:
    return text[index] in _SEPARATORS and index + 1 < len(text) and is_digit(text[index + 1])


def _read(text: str, known: Known) -> tuple[Quantity, ...]:
    """Return the quantities of a text; none in a language whose numbers are not read."""
    try:
        return quantities.find(text, quantities.language_of(text, known.language), known.units)
    except ValueError:
        return ()


def _spelled(quantity: Quantity) -> bool:
    """Return whether words alone say an amount that needs a source: money, a share, a multiple, thousands."""
    if quantity.amount is None or quantity.iso or any(map(is_digit, quantity.text)):
        return False
    if quantity.kind not in ("number", "indefinite", "range"):
        return False
    # One dollar is what a price is for, and no amount of anything.
    money = bool(_CURRENCY.match(quantity.unit)) and quantity.amount != 1
    return money or quantity.unit in _SPELLED_UNITS or max(quantity.amount, quantity.upper or 0) >= _LARGE


# --- the figures that would serve -----------------------------------------------------------------


def _cure(number: str, start: int, said: Iterable[Quantity], known: Known, *, calls: bool) -> str:
    quantity = next((each for each in said if each.start <= start < each.end), None)
    amounts = _near_amounts(tuple(_amounts(number)), quantity, _said_periods(said), known)
    return _advice((*_near_periods(number, known), *amounts), calls=calls)


def _said_periods(said: Iterable[Quantity]) -> tuple[Period, ...]:
    return tuple(each.period for each in said if each.period)


def _advice(offers: Iterable[tuple[Decimal, str, str]], *, calls: bool) -> str:
    """Return the cure for a typed number: the nearest facts and values, and the calls that print them."""
    ordered = sorted(offers)
    near = [offer for offer in ordered if offer[0] <= ordered[0][0] + _CLOSE]
    nearest = list(dict.fromkeys((call, held) for _, call, held in near))[:_NEAREST]
    name = 'a name is declared in data/vocabulary.toml: names = ["…"]'
    if calls and nearest:
        return f"Call it instead: {' or '.join(f'{{{{ {call} }}}} ({held})' for call, held in nearest)}."
    if calls:
        return f"Add a fact with its source and call it; {name}."
    told = f" The nearest: {'; '.join(f'{call} ({held})' for call, held in nearest)}." if nearest else ""
    return f"Leave it out; {name}.{told}"


def _near_periods(number: str, known: Known) -> Iterator[tuple[Decimal, str, str]]:
    """Yield what prints a period that was typed, such as a year."""
    facts = (fact for fact in known.facts if fact.rank != "deprecated" and fact.period.text == number)
    for fact in facts:
        yield Decimal("0.001"), f'period("{fact.id}")', f"the period of {_held(fact)}"
    for series in known.series:
        if any(row.period.text == number for row in series.of()):
            yield Decimal("0.002"), f'year("{series.id}", "{number}")', f"a period of {series.label}"


def _near_amounts(
    amounts: Sequence[Decimal | None], said: Quantity | None, when: Sequence[Period], known: Known
) -> Iterator[tuple[Decimal, str, str]]:
    """Yield the facts and values within a twentieth of what was typed.

    Another unit than was read counts against one, and so does a period that the text does not speak of.
    """
    typed = [amount for amount in amounts if amount]
    unit = said.unit if said else ""
    for fact in known.facts:
        values = [value for value in (fact.value, fact.amount) if isinstance(value, Decimal)]
        distance = _distance(values, typed) if fact.rank != "deprecated" else None
        if distance is not None:
            yield distance + _strange(fact, unit, when), f'fact("{fact.id}")', _held(fact)
    for series in known.series:
        several = len(series.bases) > 1
        for row in series.of():
            distance = _distance([row.value or Decimal(0)], typed) if not row.fact else None
            if distance is not None:
                basis = f', "{row.basis}"' if several and row.basis else ""
                call = f'value("{series.id}", "{row.period.text}"{basis})'
                said_so = f"{row.value:f} {row.unit}, {row.period.text}"
                yield distance + _strange(row, unit, when) + Decimal("0.003"), call, said_so


def _distance(values: Iterable[Decimal], typed: Sequence[Decimal]) -> Decimal | None:
    """Return how far the nearest value is from what was typed, relative to it; None where it is no neighbour."""
    nearest = min((abs(value - amount) / abs(amount) for value in values for amount in typed), default=None)
    return None if nearest is None or nearest > _NEAR else nearest


def _strange(one: Fact | Observation, unit: str, when: Sequence[Period]) -> Decimal:
    """Return what counts against a figure that is near: another unit than was read, another time than was named."""
    other_time = when and one.period.dated and not any(one.period.meets(period) for period in when)
    return (Decimal("0.1") if unit and unit != one.unit else Decimal(0)) + (Decimal("0.01") if other_time else 0)


def _held(fact: Fact) -> str:
    said = f"{fact.qualifier} {fact.value} {fact.scale}".strip()
    return f"{said} {fact.unit}, {fact.period.text}"


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
