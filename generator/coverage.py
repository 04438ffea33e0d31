"""The coverage: every quantity of a document, and whether a fact carries it.

Place in the pipeline: beside step 2 Check. In: a document's text, the facts anchored in it, what is set aside;
out: a `Coverage`. A fact carries a quantity where its anchor stands and the quantity is its value, amount and
unit; in the same sentence a date that is the fact's period is carried too. What merely stands inside an anchor is
not carried. Work is linear in the text and in the facts: what is alike is looked up by its words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .agreement import falls_in, is_count, is_read, lacks_year, read, same_amount, same_digits, same_unit, says
from .anchors import Document, fold, shorten
from .likeness import Likeness
from .mentions import Reading, Spot
from .model import Coverage, Fact, Mention, SetAside, Source, Vocabulary
from .periods import Period
from .proposal import propose
from .quantities import Quantity
from .reading import Findings
from .setaside import FILE, read_set_aside

__all__ = ["FILE", "Reading", "cover", "propose", "read_set_aside"]
_AROUND = 34
"""Characters shown on either side of a quantity."""


@dataclass(frozen=True, slots=True)
class _Carriers:
    """By the number of a spot: the ids of the facts whose value, or whose period, it is."""

    value: Mapping[int, Sequence[str]]
    period: Mapping[int, Sequence[str]]

    def of(self, number: int) -> Sequence[str]:
        return self.value.get(number) or self.period.get(number) or ()


def cover(
    source: Source,
    reading: Reading,
    facts: Iterable[Fact],
    asides: Iterable[SetAside],
    vocabulary: Vocabulary,
    language: str,
) -> tuple[Coverage, Findings]:
    """Return every quantity of a source's document with its state, and a finding for each row that does not fit it.

    `facts` and `asides` are those of the source.
    `language` is the workspace's own, in which facts of words are written.
    """
    findings, document = Findings(), reading.document
    mine = [fact for fact in facts if fact.anchor]
    carriers = _carriers(reading, mine, vocabulary, language)
    aside = _set_aside(reading, asides, carriers, findings)
    likeness = Likeness(reading, carriers.value, carriers.period, {fact.id: fact for fact in mine})
    lines = [0, *(match.end() for match in re.finditer("\n", document.text))]
    found = []
    for number, spot in enumerate(reading.spots):
        mention = _mention(document, spot, lines)
        if number in carriers.value:
            mention = replace(mention, state="carried", facts=tuple(dict.fromkeys(carriers.value[number])))
        elif number in carriers.period:
            mention = replace(mention, state="period", facts=tuple(dict.fromkeys(carriers.period[number])))
        elif number in aside:
            mention = replace(mention, state="set aside", reason=aside[number].reason, place=aside[number].place)
        elif repeated := likeness.repeated(number):
            mention = replace(mention, state="repeats", facts=repeated)
        else:
            mention = replace(mention, compare=likeness.differing(number))
        found.append(mention)
    return Coverage(source.id, source.document, tuple(found)), findings


def _mention(document: Document, spot: Spot, lines: Sequence[int]) -> Mention:
    text, line = document.text, bisect_right(lines, spot.start)
    before, after = text[max(0, spot.start - 2 * _AROUND) : spot.start], text[spot.end : spot.end + 2 * _AROUND]
    return Mention(
        line=line,
        column=spot.start - lines[line - 1] + 1,
        before=_shown(before[::-1])[::-1],
        text=fold(text[spot.start : spot.end]),
        after=_shown(after),
        reading=" or ".join(dict.fromkeys(map(_reading, spot.quantities))),
        page=bisect_right(document.pages, spot.start),
        start=spot.start,
        end=spot.end,
    )


def _shown(beside: str) -> str:
    """Return the beginning of the text on one line, cut between two words where they are parted by spaces."""
    words = (" " if beside[:1].isspace() else "") + fold(beside)
    return words if len(words) <= _AROUND else words[:_AROUND].rpartition(" ")[0] or words[:_AROUND]


def _reading(quantity: Quantity) -> str:
    if quantity.iso:
        return quantity.iso
    kind = quantity.kind if quantity.kind in ("ordinal", "indefinite") else quantity.qualifier
    upper = f" to {quantity.upper:f}" if quantity.upper is not None else ""
    return " ".join(filter(None, (kind, f"{quantity.amount:f}{upper}", quantity.unit)))


# --- what facts carry -----------------------------------------------------------------------------


def _carriers(reading: Reading, facts: Iterable[Fact], vocabulary: Vocabulary, language: str) -> _Carriers:
    value: dict[int, list[str]] = defaultdict(list)
    period: dict[int, list[str]] = defaultdict(list)
    ends: dict[int, dict[Decimal, str]] = defaultdict(dict)
    for fact in facts:
        said = read(fold(fact.value), language, vocabulary) if isinstance(fact.value, str) else ()
        sentences = set()
        for place in reading.document.places(fact.anchor):
            sentences.add(reading.sentence(*place))
            for number in reading.within(*place):
                spot = reading.spots[number]
                if any(_is_value(fact, said, one, spot.language, vocabulary) for one in spot.quantities):
                    value[number].append(fact.id)
                elif (end := _end(fact, spot, vocabulary)) is not None:
                    ends[number][end] = fact.id
        for number in (number for sentence in sorted(sentences) for number in reading.within(*sentence)):
            spot = reading.spots[number]
            if any(_is_period(fact.period, one, spot.language) for one in spot.quantities):
                period[number].append(fact.id)
    for number, facts_of in ends.items():
        quantity = reading.spots[number].quantity
        if {quantity.amount, quantity.upper} <= facts_of.keys():
            value[number] += facts_of.values()
    return _Carriers(dict(value), dict(period))


def _is_value(
    fact: Fact, said: Sequence[Quantity], quantity: Quantity, language: str, vocabulary: Vocabulary
) -> bool:
    """Return whether a quantity where the fact is anchored is the fact's value; `said` are the numbers of a text."""
    if isinstance(fact.value, Period):
        return falls_in(fact.value, quantity) or lacks_year(fact.value, quantity)
    if isinstance(fact.value, str):
        return _is_said(fact, said, quantity)
    if not is_read(language):
        return same_digits(fact, quantity)
    if not same_amount(fact, quantity):
        return False
    uncounted = is_count(fact.unit) and quantity.unit == ""
    return uncounted or same_unit(fact, quantity, language, vocabulary)


def _is_said(fact: Fact, said: Sequence[Quantity], quantity: Quantity) -> bool:
    if quantity.iso:
        return any(one.iso and says(fact, one, quantity) for one in said)
    like = [
        one
        for one in said
        if (one.kind == "ordinal") == (quantity.kind == "ordinal") and one.unit in ("", quantity.unit)
    ]
    bounds = {quantity.amount, quantity.amount if quantity.upper is None else quantity.upper}
    return bounds <= {amount for one in like for amount in (one.amount, one.upper)}


def _end(fact: Fact, spot: Spot, vocabulary: Vocabulary) -> Decimal | None:
    """Return the end of a range that is a fact's value: two facts may carry the two ends."""
    quantity = spot.quantity
    if quantity.kind != "range" or fact.amount is None or not same_unit(fact, quantity, spot.language, vocabulary):
        return None
    return fact.amount if fact.amount in (quantity.amount, quantity.upper) else None


def _is_period(period: Period, quantity: Quantity, language: str) -> bool:
    """Return whether a date is a fact's period, holds it, or is where it begins or ends.

    Where only digits are read, they are the year that the period lies in.
    """
    if not is_read(language):
        return period.dated and (period.start.year == period.end.year == quantity.amount or period == quantity.period)
    said = quantity.period
    if said is None or not period.dated:
        month = re.sub(r"\d{4}(?=-)", "-", period.text).startswith(f"{quantity.iso}-")
        return bool(quantity.iso) and period.dated and (month or lacks_year(period, quantity))
    holds = said.start <= period.start and period.end <= said.end
    bounds = period.kind in ("interval", "split-year") and (said.start == period.start or said.end == period.end)
    return holds or bounds


# --- what is set aside ----------------------------------------------------------------------------


def _set_aside(
    reading: Reading, rows: Iterable[SetAside], carriers: _Carriers, findings: Findings
) -> dict[int, SetAside]:
    """Return by spot the row that sets it aside; a row that does not fit the document sets nothing aside."""
    found: dict[int, SetAside] = {}
    for row in rows:
        places = list(reading.document.places(row.anchor))
        held = list(dict.fromkeys(number for place in places for number in reading.within(*place)))
        free = [number for number in held if not carriers.of(number)]
        taken = next((found[number].place for number in free if number in found), None)
        if not places:
            _refuse(row, "coverage.lost", "does not stand in the document", findings, near=reading.document)
        elif not held:
            _refuse(row, "coverage.no-quantity", "holds no quantity in the document", findings)
        elif not free:
            carrying = ", ".join(dict.fromkeys(id_ for number in held for id_ in carriers.of(number)))
            _refuse(row, "coverage.carried", f"is carried by {carrying}", findings)
        elif taken is not None:
            _refuse(row, "coverage.twice", f"sets aside what {taken} does", findings)
        elif len(free) != row.count:
            _refuse(row, "coverage.count", f"holds {_counted(len(free), len(held), len(places))}", findings)
        else:
            found |= dict.fromkeys(free, row)
    return found


def _counted(free: int, held: int, places: int) -> str:
    quantities = "1 quantity" if free == 1 else f"{free} quantities"
    where = f" in {places} places" if places > 1 else ""
    beside = f", beside {held - free} that facts carry" if held > free else ""
    return f"{quantities} that no fact carries{where}{beside}"


_CURES = {
    "coverage.lost": ("words of the document, letter by letter", "Copy the words from the document."),
    "coverage.no-quantity": ("the words that hold it", "Lengthen the anchor to the number, or remove the row."),
    "coverage.carried": ("a quantity that no fact carries", "Remove the row, or the fact."),
    "coverage.twice": ("each quantity set aside once", "Shorten one of the anchors, or remove a row."),
    "coverage.count": ("the number in the column 'count'", "Look at each; then correct it or lengthen the anchor."),
}


def _refuse(row: SetAside, rule: str, found: str, findings: Findings, *, near: Document | None = None) -> None:
    expected, cure = _CURES[rule]
    if near is not None and (passage := near.nearest(row.anchor)):
        cure = f"Did you mean '{passage.text}' ({passage.place})?"
    what = f"anchor '{shorten(row.anchor)}' of {row.source} {found}"
    findings.add(row.place, rule, what, expected=expected, cure=cure)
