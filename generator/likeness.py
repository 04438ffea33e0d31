"""Likeness: what a document says again, or says otherwise, of a figure that a fact carries.

Place in the pipeline: a part of `coverage`. In: the reading of a document and the figures carried in it; out: for
a further quantity the facts that it repeats, or the one it seems to contradict. Two quantities are alike where the
words beside them in their sentences are; these are looked up by word, so that work stays linear in the text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from .agreement import is_count
from .mentions import Reading
from .model import Fact
from .quantities import Quantity

_MOST = 20
"""Carried figures looked at: a word that more of them share tells none apart."""
_SHARED = 3
"""Words that two quantities must have beside them in common, and half of the fewer."""


class Likeness:
    """The carried figures of a document, looked up by what they say and by the words beside them."""

    def __init__(
        self,
        reading: Reading,
        value: Mapping[int, Sequence[str]],
        period: Mapping[int, Sequence[str]],
        facts: Mapping[str, Fact],
    ) -> None:
        """Index the spots that are facts' values or periods: by number of the spot, the ids of the facts."""
        self._reading, self._facts = reading, facts
        self._carried = {**period, **value}
        self._known: dict[int, frozenset[str]] = {}
        self._said: dict[tuple[object, ...], list[int]] = defaultdict(list)
        self._worded: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number in sorted(self._carried):
            quantity = reading.spots[number].quantity
            if _tells(quantity):
                self._said[_statement(quantity)].append(number)
            if _tells(quantity) and quantity.kind == "number" and number in value:
                for word in self._words(number):
                    self._worded[quantity.unit, word].append(number)

    def repeated(self, number: int) -> tuple[str, ...]:
        """Return the facts whose figure or date a spot says again in much the same words; () for none."""
        quantity = self._reading.spots[number].quantity
        if not _tells(quantity):
            return ()
        for other in self._said.get(_statement(quantity), ())[:_MOST]:
            ids = tuple(dict.fromkeys(self._carried[other]))
            if self._alike(number, other) and any(self._fits(number, self._facts[id_]) for id_ in ids):
                return ids
        return ()

    def differing(self, number: int) -> str:
        """Return a fact that says another amount of the same unit in much the same words elsewhere; "" for none."""
        spot = self._reading.spots[number]
        if spot.quantity.kind != "number" or not _tells(spot.quantity):
            return ""
        shared = Counter(other for word in self._words(number) for other in self._near(spot.quantity.unit, word))
        sentence = self._reading.sentence(spot.start, spot.end)
        for other, _ in shared.most_common(_SHARED):
            near = self._reading.spots[other]
            elsewhere = self._reading.sentence(near.start, near.end) != sentence
            if elsewhere and near.quantity.amount != spot.quantity.amount and self._alike(number, other):
                return self._carried[other][0]
        return ""

    def _near(self, unit: str, word: str) -> Sequence[int]:
        numbers = self._worded.get((unit, word), ())
        return numbers if len(numbers) <= _MOST else ()

    def _words(self, number: int) -> frozenset[str]:
        if number not in self._known:
            self._known[number] = self._reading.words(number)
        return self._known[number]

    def _alike(self, one: int, other: int) -> bool:
        first, second = self._words(one), self._words(other)
        shared = len(first & second)
        return shared >= _SHARED and 2 * shared >= min(len(first), len(second))

    def _fits(self, number: int, fact: Fact) -> bool:
        """Return whether the sentence of a spot names no time, or a time of the fact's."""
        spot = self._reading.spots[number]
        beside = (self._reading.spots[each].quantity for each in self._reading.beside(spot.start, spot.end))
        named = [quantity.period for quantity in beside if quantity.period]
        return not named or not fact.period.dated or any(fact.period.meets(period) for period in named)


def _tells(quantity: Quantity) -> bool:
    """Return whether a figure is met again hardly by chance: a date, money, a share, a count of two digits."""
    if quantity.iso or quantity.amount is None:
        return bool(quantity.iso)
    digits = len(quantity.amount.normalize().as_tuple().digits)
    return bool(quantity.unit) and (digits > 1 or not is_count(quantity.unit))


def _statement(quantity: Quantity) -> tuple[object, ...]:
    return quantity.iso, quantity.amount, quantity.upper, quantity.unit, quantity.kind == "ordinal"
