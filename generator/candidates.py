"""Candidates: the quantities of a document as the facts they may become, before a person decides.

Place in the pipeline: a part of `ingest`. In: a document's reading and which of its quantities are open; out:
`CandidateFact` values in the order of the document. Nothing here enters a workspace: a candidate is a question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from .agreement import is_count
from .candidate_anchors import Quotes
from .candidate_metrics import Guess, Guesser
from .candidate_periods import Calendar, Dating
from .candidate_words import words_of
from .mentions import Reading, Spot
from .model import SCALES, Qualifier, Source, Vocabulary
from .quantities import Quantity, mentions
from .review import CandidateFact

_CLAUSE = re.compile(r"[,;:()，；：（）—–](?!\d)")
_LISTED = re.compile(r"[ \t]*\(?\d{1,3}[.)][ \t]")
"""A number that counts the items of a list, at the begin of a line."""
_CITED = re.compile(r"\[\s*\Z")
_BARE = 10
"""Below this a number that counts nothing known is most often a word of its sentence: the two sides."""
_FIRST = 2
"""Up to here an ordinal in words tells of an order, and does not count: the first day, the second half."""
_DEFINITE = re.compile(
    r"(?:\b(?:the|these|those|both|all|эти|этих|обе|оба|обеих|обоих|гэтыя|абодва|абедзве)\s+|[这那各])\Z", re.IGNORECASE
)
"""Before a small number it speaks of what was named before: the two countries."""
_ENDED = re.compile(r"[.!?…。！？][\"'”’»)\]」』）]*\s*\Z")
_FEW, _TOLD = 3, 5
"""Words of a clause that a number without a unit stands in, and of a sentence that tells of an event."""
_FADING, _FAINTEST = 0.04, 0.6
"""How much less a word says for each word that stands between it and the quantity, and the least of it."""
_WEIGHTS = {"clause": 1.0, "sentence": 0.9, "before": 0.4, "title": 0.25}


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity that may be a fact's value: its number in the reading, and its unit, which may stand apart."""

    number: int
    unit: str


def figures(reading: Reading, vocabulary: Vocabulary) -> Iterator[Figure]:
    """Yield the quantities that may be a fact's value.

    Years and dates are periods of others, unless their sentence has no other figure: then they may date an event.
    Left out: numbers of lists, marks of notes, words such as "the two sides", bare numbers in the cells of tables.
    """
    said = Counter(_folded(spot) for spot in reading.spots)
    held = set()
    dates = []
    for number, spot in enumerate(reading.spots):
        if spot.quantity.iso:
            dates.append(number)
        elif _counts(reading, spot, said):
            unit = _unit(spot.quantity) or _unit_apart(reading, spot, vocabulary)
            if unit or _is_prose(reading, spot):
                held.add(reading.sentence(spot.start, spot.end))
                yield Figure(number, unit)
    for number in dates:
        spot = reading.spots[number]
        sentence = reading.sentence(spot.start, spot.end)
        if sentence not in held and _is_event(reading, spot):
            held.add(sentence)
            yield Figure(number, "date")


def nominate(
    source: Source, reading: Reading, found: Iterable[Figure], guesser: Guesser, vocabulary: Vocabulary
) -> Iterator[CandidateFact]:
    """Yield a candidate for each figure, in the order of the document."""
    quotes = Quotes(reading, source.language, vocabulary)
    calendar = Calendar(reading, source.published)
    title = {word: _WEIGHTS["title"] for word, _, _ in words_of(source.title)}
    for figure in sorted(found, key=lambda figure: figure.number):
        spot = reading.spots[figure.number]
        context, named = _context(reading, spot, guesser.names)
        guess = guesser.guess({**title, **context}, named, figure.unit)
        dating = calendar.period_of(figure.number)
        yield _candidate(source, reading, figure, guess, dating, quotes.anchor(figure.number, figure.unit))


def _folded(spot: Spot) -> str:
    return " ".join(spot.quantity.text.casefold().split())


def _counts(reading: Reading, spot: Spot, said: Mapping[str, int]) -> bool:
    """Return whether a number counts or measures something, as far as it shows by itself."""
    quantity, text = spot.quantity, reading.document.text
    if quantity.amount is None:
        return False
    line = text.rfind("\n", 0, spot.start) + 1
    listed = _LISTED.match(text, line) and not text[line : spot.start].strip(" \t(")
    if listed or _CITED.search(text, max(0, spot.start - 3), spot.start):
        return False
    worded = not re.search(r"\d", quantity.text)
    if quantity.kind == "ordinal":
        return bool(quantity.unit) and not (worded and quantity.amount <= _FIRST)
    small = worded and abs(quantity.amount) < _BARE
    if worded and quantity.amount == 1:
        return False
    if small and (said[_folded(spot)] > 1 or _DEFINITE.search(text, max(0, spot.start - 12), spot.start)):
        return False
    return bool(quantity.unit) or abs(quantity.amount) >= _BARE


def _is_prose(reading: Reading, spot: Spot) -> bool:
    """Return whether a number stands among words and not in a table or a list of numbers."""
    start, end = _clause(reading, spot)
    return "\t" not in _line(reading, spot) and sum(1 for _ in words_of(reading.document.text[start:end])) >= _FEW


def _is_event(reading: Reading, spot: Spot) -> bool:
    """Return whether a date stands in a sentence that tells of something."""
    start, end = reading.sentence(spot.start, spot.end)
    dated = spot.quantity.period is not None and spot.quantity.kind != "range"
    sentence = reading.document.text[start:end]
    words = sum(1 for _ in words_of(sentence))
    # A heading tells of nothing yet.
    whole = _ENDED.search(sentence) is not None
    return dated and whole and "\t" not in _line(reading, spot) and words >= _TOLD


def _line(reading: Reading, spot: Spot) -> str:
    text = reading.document.text
    end = text.find("\n", spot.end)
    return text[text.rfind("\n", 0, spot.start) + 1 : end if end >= 0 else len(text)]


def _unit_apart(reading: Reading, spot: Spot, vocabulary: Vocabulary) -> str:
    """Return the unit whose word stands last before a number in its clause: the number of students exceeded 7,000."""
    start, _ = _clause(reading, spot)
    before = reading.document.text[start : spot.start]
    counted = [unit.id for unit in vocabulary.units if is_count(unit.id)]
    words = [at for _, at, _ in words_of(before)]
    for at in reversed(words):
        for unit in counted:
            if mentions(before[at:], unit, spot.language, vocabulary.units):
                return unit
    return ""


def _clause(reading: Reading, spot: Spot) -> tuple[int, int]:
    text = reading.document.text
    first, last = reading.sentence(spot.start, spot.end)
    marks = [match.end() for match in _CLAUSE.finditer(text, first, spot.start)]
    behind = _CLAUSE.search(text, spot.end, last)
    return (marks[-1] if marks else first), (behind.start() if behind else last)


def _candidate(
    source: Source, reading: Reading, figure: Figure, guess: Guess, dating: Dating, anchor: str
) -> CandidateFact:
    spot = reading.spots[figure.number]
    quantity = spot.quantity
    value, scale = (quantity.iso, "") if figure.unit == "date" else scaled(quantity)
    return CandidateFact(
        source=source.id,
        said=" ".join(quantity.text.split()),
        at=reading.document.where(spot.start),
        anchor=anchor,
        value=value,
        scale=scale,
        unit=figure.unit,
        qualifier=_qualifier(quantity),
        period=quantity.iso if figure.unit == "date" else dating.period.text,
        topic=guess.topic,
        metric=guess.metric,
        entity=guess.entity,
        confidence=f"{guess.confidence:.2f}" if guess.metric else "",
        dated_by=dating.by,
    )


def _context(reading: Reading, spot: Spot, names: Sequence[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the words around a quantity with their weights, and apart from them those of names of entities.

    The nearer a word, the more it says; other quantities say nothing.
    """
    text = reading.document.text
    first, last = reading.sentence(spot.start, spot.end)
    low, high = _clause(reading, spot)
    earlier, _ = reading.sentence(max(0, first - 2), max(1, first - 1)) if first else (0, 0)
    said = [(word, earlier + start, earlier + end) for word, start, end in words_of(text[earlier:last])]
    at = sum(end <= spot.start for _, _, end in said)
    beyond = sum(start < spot.end for _, start, _ in said)
    beside = [reading.spots[each] for each in reading.within(earlier, last)]
    silent = [(each.start, each.end) for each in beside if each is not spot or not is_count(_unit(each.quantity))]
    entities = [
        match.span() for name in names for match in re.finditer(re.escape(name), text[earlier:last], re.IGNORECASE)
    ]
    context: dict[str, float] = {}
    named: dict[str, float] = {}
    for number, (word, start, end) in enumerate(said):
        if any(one <= start and end <= other for one, other in silent):
            continue
        where = "clause" if low <= start < high else "sentence" if start >= first else "before"
        distance = max(0, at - number - 1, number - beyond)
        weight = _WEIGHTS[where] * max(_FAINTEST, 1 - _FADING * distance)
        into = named if any(one <= start - earlier and end - earlier <= other for one, other in entities) else context
        into[word] = max(into.get(word, 0.0), weight)
    return context, named


def _unit(quantity: Quantity) -> str:
    return "text" if quantity.kind == "range" else quantity.unit


def _qualifier(quantity: Quantity) -> str:
    if quantity.kind == "indefinite":
        return "more than"
    return quantity.qualifier if quantity.qualifier in get_args(Qualifier) else ""


def scaled(quantity: Quantity) -> tuple[str, str]:
    """Return a quantity's value and scale as facts.csv writes them: 50.8亿 as 5.08 and billion."""
    if quantity.kind == "range":
        return " ".join(quantity.text.split()), ""
    value, amount = quantity.value or Decimal(0), quantity.amount or Decimal(0)
    if quantity.falling and quantity.unit == "percent":
        value, amount = -abs(value), -abs(amount)
    exponent = amount.adjusted() - value.adjusted() if value else 0
    names = {number: name for name, number in SCALES.items()}
    written = any(sign.isdigit() for sign in quantity.text)
    if written and amount == value.scaleb(exponent) and exponent in names:
        return _plain(value), names[exponent]
    # The scales of Chinese and Indian numerals lie between ours.
    best = max((number for number in names if number <= amount.adjusted()), default=0)
    best = best if amount.adjusted() >= 6 else 0
    return _plain(amount.scaleb(-best)), names[best]


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text and number == number.to_integral_value() else text
