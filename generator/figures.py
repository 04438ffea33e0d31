"""Figures as they are compared: facts and observations of one metric side by side, each with its bounds.

Place in the pipeline: base of step 2 Check; `plausibility` asks questions of them. In: facts and series of a topic;
out: `Figure` values and a `Ledger` that finds them by metric, entity and period. What nobody states is no witness:
figures of a formula, and what is deprecated or outranked, stay out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Context, Decimal

from .model import Fact, Observation, Place, Qualifier, Rank, Series
from .periods import Period

Bounds = tuple[Decimal, Decimal]
RATES = ("percent", "percentage point", "times")
"""Units of changes and shares, which are no levels."""
_RANKS: Mapping[Rank, int] = {"preferred": 0, "normal": 1, "deprecated": 2}
_SCALES = ((12, "trillion"), (9, "billion"), (6, "million"))
_DIGITS = 4
"""Significant digits of an amount in a message."""
_ROOM: Mapping[str, tuple[Decimal, Decimal]] = {
    "more than": (Decimal(1), Decimal("1.5")),
    "at least": (Decimal(1), Decimal("1.5")),
    "about": (Decimal("0.9"), Decimal("1.1")),
    "almost": (Decimal("0.9"), Decimal(1)),
    "up to": (Decimal("0.5"), Decimal(1)),
}
"""Between which multiples of a qualified number the true one may lie, before a claim is called into question."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a source states: a fact's, or an observation's of a series."""

    metric: str
    entity: str
    period: Period
    amount: Decimal
    unit: str
    basis: str
    qualifier: Qualifier
    rank: Rank
    sources: tuple[str, ...]
    anchor: str
    name: str
    """The fact's id, or the series' with period and basis."""
    place: Place

    @property
    def said(self) -> str:
        """The figure with its period, as a message names it: `84.4 billion USD in 2024`."""
        return f"{counted(self.amount, self.unit)} in {self.period}"

    @property
    def bounds(self) -> Bounds:
        """Between what the true number lies, by the digits and the qualifier."""
        low, high = rounded(self.amount)
        least, most = _ROOM.get(self.qualifier, (Decimal(1), Decimal(1)))
        if not self.qualifier:
            return low, high
        first, second = sorted((self.amount * least, self.amount * most))
        return first, second


def rounded(amount: Decimal) -> Bounds:
    """Return between what a number lies that was rounded to its digits; zeros at the end count as digits once."""
    short = amount.normalize()
    exponent = short.as_tuple().exponent
    if not isinstance(exponent, int):
        return amount, amount
    # 4000000000 is taken as 4.0 billion: one zero at least is meant.
    if exponent > 0 and len(short.as_tuple().digits) == 1:
        exponent -= 1
    half = Decimal(5).scaleb(exponent - 1)
    return amount - half, amount + half


def counted(amount: Decimal, unit: str) -> str:
    """Return an amount with its unit as a message says it: `8.44 billion USD`, `107 enterprise`, `67 percent`."""
    power, word = next(((power, word) for power, word in _SCALES if abs(amount) >= Decimal(10) ** power), (0, ""))
    if not word or (len(amount.normalize().as_tuple().digits) > _DIGITS and abs(amount) < 10**9 and unit.islower()):
        return f"{short(amount)} {unit}".strip()
    return f"{short(amount.scaleb(-power), _DIGITS)} {word} {unit}"


def short(number: Decimal, digits: int = 0) -> str:
    """Return a number without needless zeros; `digits` significant ones of its fraction, 0: all it has."""
    if digits and number:
        number = readable(number, digits)
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def readable(number: Decimal, digits: int) -> Decimal:
    """Return a number in so many significant digits, in all before the point where it has more there."""
    return Context(prec=max(digits, number.adjusted() + 1)).create_decimal(number) if number else number


def ratio(number: Decimal) -> str:
    """Return a quotient in three significant digits: 16.6, 1.66, 0.0984."""
    return short(number, 3)


# --- gathering ------------------------------------------------------------------------------------


def figures_of(facts: Iterable[Fact], series: Iterable[Series]) -> tuple[Figure, ...]:
    """Return the numbers that sources state and that may be printed: the best-ranked of each question and basis."""
    facts = tuple(facts)
    best: dict[tuple[object, ...], int] = {}
    for fact in facts:
        key = _question(fact.metric, fact.entity, fact.period, fact.basis)
        best[key] = min(best.get(key, _RANKS[fact.rank]), _RANKS[fact.rank])
    found = (*_of_facts(facts), *_of_series(series, {fact.id: fact for fact in facts}))
    for figure in found:
        key = _question(figure.metric, figure.entity, figure.period, figure.basis)
        best[key] = min(best.get(key, _RANKS[figure.rank]), _RANKS[figure.rank])
    return tuple(
        figure
        for figure in found
        if _RANKS[figure.rank] == best[_question(figure.metric, figure.entity, figure.period, figure.basis)]
    )


def _question(metric: str, entity: str, period: Period, basis: str) -> tuple[object, ...]:
    return metric, entity, period.start, period.end, period.dated, basis


def _of_facts(facts: Iterable[Fact]) -> Iterator[Figure]:
    for fact in facts:
        if fact.amount is not None and not fact.formula and fact.rank != "deprecated":
            yield Figure(
                fact.metric, fact.entity, fact.period, fact.amount, fact.unit, fact.basis, fact.qualifier, fact.rank,
                (fact.source,), fact.anchor, fact.id, fact.place,
            )  # fmt: skip


def _of_series(series: Iterable[Series], facts: Mapping[str, Fact]) -> Iterator[Figure]:
    for each in series:
        for row in () if each.formula else each.observations:
            fact = facts.get(row.fact)
            if row.value is None or row.rank == "deprecated" or (row.fact and fact is None):
                continue
            if fact is None:
                yield _of_row(each, row, row.value)
            elif fact.metric != each.metric and not fact.formula:
                # It stands in a line with the rest of the series, under its own name.
                yield replace(_of_row(each, row, row.value), name=fact.id, anchor=fact.anchor, place=fact.place)


def _of_row(series: Series, row: Observation, value: Decimal) -> Figure:
    return Figure(
        series.metric, series.entity, row.period, value, row.unit, row.basis, row.qualifier, row.rank,
        (row.source,), "", f"{series.id} {row.period} {row.basis}".strip(), row.place,
    )  # fmt: skip


# --- finding --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ledger:
    """Figures by metric and entity, and of those by their days."""

    figures: tuple[Figure, ...]
    stocks: frozenset[str]
    """Metrics that are counted at a date: a day, a month and a year of theirs stand in one line."""
    flows: frozenset[str]
    """Metrics that add up over a period."""
    _by_days: Mapping[tuple[str, str], Mapping[tuple[date, date], list[Figure]]] = field(repr=False)

    @classmethod
    def of(cls, figures: Iterable[Figure], series: Iterable[Series]) -> Ledger:
        """Enter the figures; whether a metric is a stock or a flow is what its series say, or its days."""
        figures, series = tuple(figures), tuple(series)
        by_days: dict[tuple[str, str], dict[tuple[date, date], list[Figure]]] = {}
        for figure in figures:
            if figure.period.dated:
                days = by_days.setdefault((figure.metric, figure.entity), {})
                days.setdefault((figure.period.start, figure.period.end), []).append(figure)
        measured = {each.metric: each.measure for each in series}
        counted_on_a_day = {figure.metric for figure in figures if figure.period.kind == "day"}
        stocks = {metric for metric, measure in measured.items() if measure == "stock"}
        flows = {metric for metric, measure in measured.items() if measure == "flow"}
        return cls(figures, frozenset(stocks | (counted_on_a_day - set(measured))), frozenset(flows), by_days)

    def at(self, metric: str, entity: str, start: date, end: date) -> list[Figure]:
        """Return the figures of a metric and entity for exactly these days."""
        return list(self._by_days.get((metric, entity), {}).get((start, end), ()))

    def of_metric(self, metric: str, entity: str) -> Iterator[Figure]:
        """Yield the dated figures of a metric and entity."""
        for group in self._by_days.get((metric, entity), {}).values():
            yield from group

    def within(self, metric: str, entity: str, period: Period) -> list[Figure]:
        """Return the figures for exactly these days; of a stock, where there are none, the last counted in them."""
        found = self.at(metric, entity, period.start, period.end)
        if found or metric not in self.stocks:
            return found
        inside = [
            figure
            for figure in self.of_metric(metric, entity)
            if period.start <= figure.period.start and figure.period.end <= period.end
        ]
        last = max((figure.period.end for figure in inside), default=None)
        return [figure for figure in inside if figure.period.end == last]
