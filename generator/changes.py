"""Changes held to levels: a stated rate of growth or multiple, and what the levels of both periods give.

Place in the pipeline: base of step 2 Check; `plausibility` asks. In: claims and a ledger of figures; out: a `Question`
where no pair of levels gives the change, with what would: a level off by a power of ten, another year, another reading
of `times`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from .claims import Claim, ends_of
from .figures import RATES, Bounds, Figure, Ledger, counted, ratio, short
from .magnitude import named
from .periods import Period
from .questions import Question

_YEARS = 3
_MOST = 4
"""The largest power of ten that scales and numerals confuse: \u4e07 and \u4ebf."""
_ONE, _HUNDRED = Decimal(1), Decimal(100)


@dataclass(frozen=True, slots=True)
class _Pair:
    now: Figure
    before: Figure

    @property
    def quotient(self) -> Decimal:
        return self.now.amount / self.before.amount

    def shown(self) -> str:
        return f"{self.now.said} is {ratio(self.quotient)} times {named(self.before, self.now)}"


def unlike_levels(claims: Iterable[Claim], ledger: Ledger) -> Iterator[Question]:
    """Yield a question for each change that its levels do not give."""
    levels = _Levels(ledger)
    for claim in claims:
        yield from _asked(claim, levels)


@dataclass(frozen=True, slots=True)
class _Levels:
    """The levels that a claim is held to."""

    ledger: Ledger

    def of(self, claim: Claim, start: date, end: date) -> list[Figure]:
        """Return the levels of some days that are comparable with the claim: on its basis, or where one is silent."""
        return _comparable(claim, self.ledger.at(claim.metric, claim.figure.entity, start, end))

    def pairs(self, claim: Claim) -> list[_Pair]:
        """Return the levels whose quotient the claim states."""
        period, metric, entity = claim.figure.period, claim.metric, claim.figure.entity
        if not period.dated:
            return []
        now = self.of(claim, period.start, period.end)
        before = [level for start, end in _before(period) for level in self.of(claim, start, end)]
        ends = ends_of(period)
        if ends is not None and not (now and before):
            before, now = (_comparable(claim, self.ledger.within(metric, entity, end)) for end in ends)
        return _paired(now, before)

    def years(self, claim: Claim) -> Iterator[_Pair]:
        """Yield the pairs of the years around a claim's own: those of its basis first, and the nearest."""
        period, metric, entity = claim.figure.period, claim.metric, claim.figure.entity
        years = (-1, 1) if claim.guessed else (-1, 1, -2, 2, -_YEARS, _YEARS)
        around = [
            _paired(*(self.ledger.at(metric, entity, *_moved(period, by)) for by in (shift, shift - 1)))
            for shift in years
        ]
        for own in (True, False):
            yield from (pair for pairs in around for pair in pairs if (pair.now.basis == claim.figure.basis) is own)

    def earlier(self, claim: Claim) -> Iterator[_Pair]:
        """Yield the claim's own level over those of the years before the year before."""
        period = claim.figure.period
        now = self.of(claim, period.start, period.end)
        for shift in range(-1, -_YEARS - 1, -1):
            yield from _paired(now, self.of(claim, *_moved(period, shift)))


def _asked(claim: Claim, levels: _Levels) -> Iterator[Question]:
    pairs = levels.pairs(claim) if claim.metric else []
    if any(_fits(claim, claim.factor, pair) for pair in pairs):
        return
    others = list(_explanations(claim, pairs, levels)) if claim.metric else []
    of_level = list(_asked_of_level(claim, levels))
    yield from of_level
    if of_level and claim.figure.metric == claim.metric:
        # The level's own anchor states the change: one row, one question.
        return
    if claim.unit == "times" and (pairs or claim.reading == "either"):
        yield from _asked_of_multiple(claim, pairs, others)
    elif pairs and (others or not claim.guessed):
        found = f"'{claim.figure.name}': {claim.said}, but {pairs[0].shown()}"
        expected = "a rate that the levels give"
        yield Question("growth", (claim.figure, pairs[0].now), "; ".join([found, *others]), expected)


def _asked_of_multiple(claim: Claim, pairs: list[_Pair], others: list[str]) -> Iterator[Question]:
    name = claim.figure.name
    if not pairs:
        low, number = claim.amount - 1, claim.amount
        found = (
            f"'{name}': {claim.said} as an increase can be read in two ways: {short(number)} times as large"
            f" (+{short(low * 100)} percent) or larger by {short(number)} times (+{short(number * 100)} percent)"
        )
        expected = "one reading, by `multiple_of` or `growth_of` of its metric"
        yield Question("multiple", (claim.figure,), found, expected)
        return
    pair = pairs[0]
    found = f"'{name}': {claim.said}, but {pair.shown()}, an increase of {ratio(pair.quotient - 1)} times"
    fitting = [
        words
        for reading, words in (("multiple", "the multiple"), ("change", "the increase"))
        if any(_fits(claim, claim.factor_of(reading), each) for each in pairs)
    ]
    if fitting:
        found += f"; '{claim.said}' fits only {fitting[0]}"
    if not claim.guessed or fitting or others:
        expected = "a multiple that the levels give"
        yield Question("multiple", (claim.figure, pair.now), "; ".join([found, *others]), expected)


def _explanations(claim: Claim, pairs: list[_Pair], levels: _Levels) -> Iterator[str]:
    """Yield what else the stated change would fit."""
    for pair in pairs[:1]:
        power = _mended(claim, pair)
        if power:
            yield f"{_would(pair, power)}, as stated"
    year = next((pair for pair in levels.years(claim) if _fits(claim, claim.factor, pair)), None)
    if year is not None:
        over = f"{counted(year.now.amount, year.now.unit)} over {year.before.said}"
        yield f"{claim.said} fits {year.now.period}: {over} is {ratio(year.quotient)} times"
    earlier = next((pair for pair in levels.earlier(claim) if _fits(claim, claim.factor, pair)), None)
    if earlier is not None:
        yield f"{claim.said} fits the change on {earlier.before.period}: {earlier.shown()}"
    low, high = claim.factor
    if claim.unit == "percent" and any(_fits(claim, (2 - high, 2 - low), pair) for pair in pairs):
        yield f"{claim.said} fits as a fall"
    if claim.unit == "percent" and any(_fits(claim, claim.factor_of("multiple"), pair) for pair in pairs):
        yield f"{short(claim.amount)} percent fits as {short(claim.amount / _HUNDRED)} times as large"


def _asked_of_level(claim: Claim, levels: _Levels) -> Iterator[Question]:
    """Ask about the level where a power of ten makes it fit the stated change, on whatever year it is measured."""
    if claim.unit != "percent":
        return
    for pair in levels.earlier(claim):
        power = _mended(claim, pair)
        if power:
            found = f"'{pair.now.name}': {pair.shown()}; {_would(pair, power)}, the stated {claim.said}"
            expected = f"a level that fits the change; it may be off by {_ONE.scaleb(abs(power)):,f}"
            yield Question("magnitude", (pair.now, claim.figure), found, expected)
            return


def _fits(claim: Claim, factor: Bounds, pair: _Pair) -> bool:
    """Return whether two levels give a factor: by their digits, or within the tolerance where nothing qualifies it."""
    (low, high), (least, most), (lower, upper) = factor, pair.now.bounds, pair.before.bounds
    if lower > 0 and least / upper <= high and low <= most / lower:
        return not (claim.figure.qualifier == "almost" and pair.quotient > high)
    middle = (low + high) / 2
    return abs(pair.quotient - middle) <= claim.tolerance * max(abs(middle), abs(pair.quotient))


def _mended(claim: Claim, pair: _Pair) -> int:
    """Return the power of ten by which the newer level must be divided to fit; 0 where none does."""
    low, high = claim.factor
    middle = (low + high) / 2
    if middle <= 0:
        return 0
    # The power nearest to what the level is too large by: from a third to three times as much.
    power = (pair.quotient / middle * 3).adjusted()
    if not 0 < abs(power) <= _MOST:
        return 0
    return power if _fits(claim, claim.factor, _Pair(_divided(pair.now, power), pair.before)) else 0


def _divided(figure: Figure, power: int) -> Figure:
    return replace(figure, amount=figure.amount.scaleb(-power))


def _would(pair: _Pair, power: int) -> str:
    mended = pair.now.amount.scaleb(-power)
    return f"{counted(mended, pair.now.unit)} would be {ratio(mended / pair.before.amount)} times"


def _comparable(claim: Claim, figures: Iterable[Figure]) -> list[Figure]:
    figures = [figure for figure in figures if figure.amount > 0 and figure.unit not in RATES]
    basis = claim.figure.basis
    own = [figure for figure in figures if figure.basis == basis]
    if own or not basis:
        return own or figures
    return [figure for figure in figures if not figure.basis]


def _paired(now: Iterable[Figure], before: Iterable[Figure]) -> list[_Pair]:
    before = list(before)
    return [_Pair(one, other) for one in now for other in before if _compares(one, other)]


def _compares(one: Figure, other: Figure) -> bool:
    levels = one.unit == other.unit and one.unit not in RATES and min(one.amount, other.amount) > 0
    alike = one.basis == other.basis or not (one.basis and other.basis)
    return levels and alike and one.period != other.period


# --- periods --------------------------------------------------------------------------------------


def _shifted(day: date, years: int) -> date:
    year = min(max(day.year + years, date.min.year), date.max.year)
    # The end of February, in leap years too.
    if (day.month, day.day) in ((2, 28), (2, 29)):
        return date(year, 3, 1) - timedelta(days=1)
    return day.replace(year=year)


def _moved(period: Period, years: int) -> tuple[date, date]:
    return _shifted(period.start, years), _shifted(period.end, years)


def _before(period: Period) -> Iterator[tuple[date, date]]:
    """Yield the days a change is measured from: a year before, and just before for parts of a year."""
    yield _moved(period, -1)
    months = {"half": 6, "quarter": 3, "month": 1}.get(period.kind, 0)
    if months and period.start > date.min:
        end = period.start - timedelta(days=1)
        count = period.start.year * 12 + period.start.month - 1 - months
        yield date(count // 12, count % 12 + 1, 1), end
