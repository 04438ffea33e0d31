"""Claims: which rows state a change, and of which level.

Place in the pipeline: base of step 2 Check; `changes` holds them to the levels. In: a ledger of figures, what the
vocabulary says of the metrics, the languages of the sources; out: `Claim` values.

Which level a change belongs to is said by the vocabulary (`growth_of`, `multiple_of`). Where it says nothing, the words
of the anchors do: a change whose anchor holds the level too, or the level's the change; or, for a multiple over an
interval, that its source gives levels of one metric at both ends. A metric named as another one with `-growth` behind
is a guess: it is asked about only where something else fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from .figures import RATES, Bounds, Figure, Ledger, rounded, short
from .model import Metric, Source, Vocabulary
from .periods import Period, parse_period
from .quantities import Quantity, find, language_of
from .statements import Change, changes

_GUESSED = re.compile(r"(.+)[-_.](growth|change|increase|multiple)\Z")
_RATE_SAID = re.compile(r"[%％倍]|百分之|\b(?:per ?cent|times|fold|раз|процент|працэнт)", re.IGNORECASE)
"""What an anchor holds that may state a change; most hold none and are not read again."""
_SLACK = Decimal("0.01")
"""How far a rate may be off the quotient of levels that were revised since."""
_HUNDRED = Decimal(100)
_UNKNOWN = Metric("", "")


@dataclass(frozen=True, slots=True)
class Claim:
    """A change that a row states of a metric: `factor` is what it multiplies the level by.

    `reading` as in `statements`; `guessed` where only its name ties the row to the level.
    """

    figure: Figure
    metric: str
    reading: str
    said: str
    amount: Decimal
    """The stated percent or times."""
    number: Bounds
    """Between what they lie by their digits and qualifier."""
    unit: str
    tolerance: Decimal
    guessed: bool = False

    @property
    def factor(self) -> Bounds:
        """Return between what the quotient of the levels must lie."""
        plain = "change" if self.unit == "percent" else "multiple"
        return self.factor_of(self.reading if self.reading in ("change", "multiple") else plain)

    def factor_of(self, reading: str) -> Bounds:
        """Return the factor in a reading: by so much ("change"), or so many times as much."""
        low, high = self.number
        if self.unit != "times":
            low, high = low / _HUNDRED, high / _HUNDRED
        return (low + 1, high + 1) if reading == "change" else (low, high)


@dataclass(frozen=True)
class Claims:
    """The changes that a ledger's rows state."""

    ledger: Ledger
    vocabulary: Vocabulary
    sources: Mapping[str, Source]

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """The vocabulary's metrics by id."""
        return {metric.id: metric for metric in self.vocabulary.metrics}

    def __iter__(self) -> Iterator[Claim]:
        """Yield the changes that rows state, each with the metric it is a change of."""
        told = set()
        for figure in self.ledger.figures:
            claim = self._claim(figure) if figure.unit in RATES else None
            if claim is not None:
                told.add((claim.metric, claim.figure.entity, claim.figure.period, claim.figure.sources))
                yield claim
        for figure in self.ledger.figures:
            if (figure.metric, figure.entity, figure.period, figure.sources) not in told:
                yield from self._within(figure)

    def _claim(self, figure: Figure) -> Claim | None:
        metric = self.metrics.get(figure.metric, _UNKNOWN)
        words = next((change for change in self._words(figure) if change.unit == figure.unit), None)
        if metric.growth_of or metric.multiple_of:
            reading = "change" if metric.growth_of else "multiple"
            return self._stated(figure, metric.growth_of or metric.multiple_of, reading)
        if level := self._by_words(figure, words) or self._byends_of(figure):
            return self._stated(figure, level, words.reading if words else "")
        guess = _GUESSED.match(figure.metric)
        if guess and guess[1] in self.metrics:
            reading = "multiple" if guess[2] == "multiple" else words.reading if words else ""
            return self._stated(figure, guess[1], reading, guessed=True)
        if words is not None and words.reading == "either":
            return self._stated(figure, "", "either")
        return None

    def _stated(self, figure: Figure, level: str, reading: str, *, guessed: bool = False) -> Claim:
        said = f"{figure.qualifier} {short(figure.amount)} {figure.unit}".strip()
        tolerance = self.metrics.get(figure.metric, _UNKNOWN).tolerance
        if figure.unit == "percent":
            level_tolerance = self.metrics.get(level, _UNKNOWN).tolerance
            tolerance = max(tolerance, level_tolerance, _SLACK)
            said = said if figure.amount < 0 or figure.qualifier else f"+{said}"
        tolerance = Decimal(0) if figure.qualifier else tolerance
        return Claim(figure, level, reading, said, figure.amount, figure.bounds, figure.unit, tolerance, guessed)

    def _language(self, figure: Figure) -> str:
        source = self.sources.get(figure.sources[0]) if figure.sources else None
        return source.language if source else ""

    def _words(self, figure: Figure) -> tuple[Change, ...]:
        if not _RATE_SAID.search(figure.anchor):
            return ()
        key = (figure.anchor, self._language(figure))
        if key not in self._read:
            self._read[key] = tuple(changes(*key, self.vocabulary.units))
        return self._read[key]

    @cached_property
    def _read(self) -> dict[tuple[str, str], tuple[Change, ...]]:
        """What anchors say, once read: each is asked for up to three times."""
        return {}

    def _quantities(self, figure: Figure) -> tuple[Quantity, ...]:
        try:
            return find(figure.anchor, language_of(figure.anchor, self._language(figure)), self.vocabulary.units)
        except ValueError:
            # A language whose numbers are not read; `evidence` says so.
            return ()

    @cached_property
    def _told(self) -> Mapping[tuple[object, ...], set[str]]:
        """Metrics by entity, source, period and what is said: a level, or a change that a level's anchor states."""
        found: dict[tuple[object, ...], set[str]] = {}
        for figure in self.ledger.figures:
            if figure.unit not in RATES:
                where = (figure.entity, figure.sources, figure.period)
                said = [(change.unit, change.amount) for change in self._words(figure)]
                for key in (*said, (figure.unit, figure.amount)):
                    found.setdefault((*where, *key), set()).add(figure.metric)
        return found

    def _by_words(self, figure: Figure, words: Change | None) -> str:
        """Return the metric whose level is told in the same words; "" where none is, or two are."""
        if words is None:
            return ""
        where = (figure.entity, figure.sources, figure.period)
        said = [(each.unit, each.amount) for each in self._quantities(figure) if each.unit not in RATES]
        keys = [(figure.unit, abs(figure.amount)), *said]
        metrics = {metric for key in keys for metric in self._told.get((*where, *key), ())}
        return metrics.pop() if len(metrics) == 1 else ""

    @cached_property
    def _by_source(self) -> Mapping[tuple[object, ...], set[str]]:
        found: dict[tuple[object, ...], set[str]] = {}
        for figure in self.ledger.figures:
            if figure.unit not in RATES and figure.period.dated:
                days = (figure.period.start, figure.period.end)
                found.setdefault((figure.entity, figure.sources, days), set()).add(figure.metric)
        return found

    def _byends_of(self, figure: Figure) -> str:
        """Return the one metric that a multiple's source gives at both ends of its interval."""
        ends = ends_of(figure.period)
        if figure.unit != "times" or ends is None:
            return ""
        keys = [(figure.entity, figure.sources, (end.start, end.end)) for end in ends]
        metrics = self._by_source.get(keys[0], set()) & self._by_source.get(keys[1], set())
        return metrics.copy().pop() if len(metrics) == 1 else ""

    def _within(self, figure: Figure) -> Iterator[Claim]:
        """Yield the change that a level's own anchor states, where it states one."""
        if figure.unit in RATES:
            return
        stated = [change for change in self._words(figure) if change.unit == "percent"]
        if len(stated) == 1:
            amount = -stated[0].amount if stated[0].falling else stated[0].amount
            tolerance = max(self.metrics.get(figure.metric, _UNKNOWN).tolerance, _SLACK)
            said = f"{amount:+f} percent"
            yield Claim(figure, figure.metric, "change", said, amount, rounded(amount), "percent", tolerance)


def ends_of(period: Period) -> tuple[Period, Period] | None:
    """Return the first and the last part of an interval; None for other periods."""
    first, slash, last = period.text.partition("/")
    return (parse_period(first), parse_period(last)) if slash and period.kind == "interval" else None
