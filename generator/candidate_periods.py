"""Periods: of which time a quantity of a document speaks, and what says so.

Place in the pipeline: a part of `ingest`. In: a quantity among the others of its document, and the day of the document;
out: a `Dating`. What stands in the same clause goes before what stands in the sentence, this before what was said
earlier in the paragraph, and only where nothing is said the document's own date is taken. Dates without a year
(https://www.w3.org/TR/xmlschema-2/#gMonthDay) get the one that makes them the last before the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .mentions import Reading
from .periods import UNDATED, Period, parse_period
from .quantities import Quantity

_YEARS = {
    "last year": -1, "previous year": -1, "this year": 0, "current year": 0, "next year": 1,
    "去年": -1, "上年": -1, "今年": 0, "本年": 0, "明年": 1,
    "прошлом году": -1, "прошлого года": -1, "прошлый год": -1, "минувшем году": -1, "этом году": 0, "текущем году": 0,
    "этого года": 0, "текущего года": 0, "мінулым годзе": -1, "мінулага года": -1, "гэтым годзе": 0, "гэтага года": 0,
}  # fmt: skip
"""What counts years from the document's own, in the languages whose numbers are read."""
_RELATIVE = re.compile("|".join(sorted(_YEARS, key=len, reverse=True)), re.IGNORECASE)
_COMPARED = re.compile(
    r"(?:than|over|with|from|against|on|compared to|по сравнению с|к|чем|比|较|у параўнанні з|чым)\s*"
    r"(?:(?:in|during|for|the|в|во|у)\s+)*\Z",
    re.IGNORECASE,
)
"""Before a year that a figure is only compared with."""
_CLAUSE = re.compile(r"[,;:()，；：（）—–](?!\d)")
_BESIDE = 40
"""Characters between two dates that are one: the narrower says more."""
_FAR = 400
"""Characters back in the paragraph in which a date still holds for what follows."""


@dataclass(frozen=True, slots=True)
class Dating:
    """A period, and what it was taken from: clause, sentence, paragraph, document, or "" where nothing says it."""

    period: Period
    by: str


class Calendar:
    """Finds the periods of a document's quantities; `published` is an ISO date or a part of one, "" unknown."""

    def __init__(self, reading: Reading, published: str) -> None:
        """Read the document's own day."""
        self._reading = reading
        self._text = reading.document.text
        self._own = parse_period(published) if published else None

    def period_of(self, number: int) -> Dating:
        """Return the period of the quantity with this number."""
        spot = self._reading.spots[number]
        first, last = self._reading.sentence(spot.start, spot.end)
        clause = self._clause(first, last, spot.start, spot.end)
        for by, start, end in (("clause", *clause), ("sentence", first, last), ("paragraph", *self._before(first))):
            said = sorted(self._said(start, end), key=lambda found: self._distance(found[0], spot.start, by))
            if said:
                return Dating(_narrowed(*said), by)
        if self._own:
            return Dating(parse_period(self._own.text[:4]), "document")
        return Dating(UNDATED, "")

    def _distance(self, position: int, start: int, by: str) -> int:
        """Return how far a date is; of earlier sentences the last one counts."""
        return abs(position - start) if by != "paragraph" else -position

    def _clause(self, first: int, last: int, start: int, end: int) -> tuple[int, int]:
        marks = [match.end() for match in _CLAUSE.finditer(self._text, first, start)]
        behind = _CLAUSE.search(self._text, end, last)
        return (marks[-1] if marks else first), (behind.start() if behind else last)

    def _before(self, first: int) -> tuple[int, int]:
        start = max(0, first - _FAR)
        paragraph = self._text.rfind("\n\n", start, first)
        return (paragraph if paragraph >= 0 else start), first

    def _told_year(self, start: int, end: int) -> int | None:
        """Return the year that words beside a date count from the document's own: in November last year, 去年11月."""
        if self._own is None:
            return None
        behind = _RELATIVE.match(self._text, end + (self._text[end : end + 1].isspace()))
        before = list(_RELATIVE.finditer(self._text, max(0, start - 16), start))
        beside = behind or (before[-1] if before and start - before[-1].end() <= 1 else None)
        return self._own.start.year + _YEARS[beside[0].casefold()] if beside else None

    def _said(self, start: int, end: int) -> Iterator[tuple[int, Period]]:
        """Yield the periods that the text from `start` to `end` names, with their places."""
        for number in self._reading.within(start, end):
            spot = self._reading.spots[number]
            period = self._dated(spot.quantity, self._told_year(spot.start, spot.end))
            compared = _COMPARED.search(self._text[max(0, spot.start - 20) : spot.start])
            if period and (not compared or spot.quantity.kind == "range"):
                yield spot.start, period
        if self._own:
            for match in _RELATIVE.finditer(self._text, start, end):
                if not _COMPARED.search(self._text[max(0, match.start() - 20) : match.start()]):
                    year = self._own.start.year + _YEARS[match[0].casefold()]
                    yield match.start(), parse_period(f"{year:04}")

    def _dated(self, quantity: Quantity, year: int | None) -> Period | None:
        if quantity.period:
            return quantity.period
        if self._own and quantity.iso.startswith("--"):
            years = (year,) if year else (self._own.end.year, self._own.end.year - 1)
            found = (_in_year(quantity.iso, each) for each in years)
            # Without a year the last such date before the document is meant.
            return next((period for period in found if period and (year or period.start <= self._own.end)), None)
        return None


def _in_year(iso: str, year: int) -> Period | None:
    try:
        return parse_period("/".join(re.sub("^-", f"{year:04}", part) for part in iso.split("/")))
    except ValueError:
        return None


def _narrowed(nearest: tuple[int, Period], *others: tuple[int, Period]) -> Period:
    """Return the nearest period, or one within it that stands beside it: February this year, 2022 ... in May."""
    at, period = nearest
    inside = [
        (abs(position - at), other)
        for position, other in others
        if abs(position - at) < _BESIDE and other != period and period.start <= other.start and other.end <= period.end
    ]
    return min(inside, key=lambda found: found[0])[1] if inside else period
