"""Axes without a library: nice steps, few ticks, and where they stand.

Place in the pipeline: step 3 Draw, planning. In: what the data span; out: tick positions. The number of
ticks is bounded by construction, so no pair of numbers can ask for a million of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
YEAR_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 5000)


@dataclass(frozen=True, slots=True)
class Steps:
    """Tick values of a value axis, and how many decimals tell them apart."""

    values: tuple[Decimal, ...]
    digits: int


def nice_step(span: Decimal, most: int) -> Decimal:
    """Return the smallest of 1, 2, 2.5, 5 times a power of ten that divides `span` into at most `most`."""
    raw = span / most
    power = Decimal(1).scaleb(raw.adjusted())
    return next(step * power for step in STEPS if step * power >= raw)


def value_steps(low: Decimal, high: Decimal, *, zero: bool, most: int = 5) -> Steps:
    """Return ticks from below `low` to the last one that still belongs to `high`.

    The last tick is left to the data when it would add an almost empty band above them.
    """
    if zero:
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high == 0:
        return Steps((Decimal(0),), 0)
    if low == high:
        low, high = low - abs(low) / 10, low + abs(low) / 10
    step = nice_step(high - low, most)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    if last - high / step >= Decimal("0.6") and last - first > 2:
        last -= 1
    if low < 0 < high and low / step - first >= Decimal("0.6") and last - first > 2:
        first += 1
    values = tuple((first + index) * step for index in range(int(last - first) + 1))
    return Steps(tuple(value or Decimal(0) for value in values), decimals(step))


def decimals(value: Decimal) -> int:
    """Return how many digits after the point a number needs."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def years(first: int, last: int, most: int) -> tuple[int, ...]:
    """Return years to print between two years: every one, or the multiples of a nice step and the ends.

    An end too near to a multiple is left out.
    """
    step = next((step for step in YEAR_STEPS if (last - first) // step < most), YEAR_STEPS[-1])
    regular = list(range(first + (-first) % step, last + 1, step))
    if not regular or regular[0] - first >= step * 0.6:
        regular.insert(0, first)
    return tuple([*regular, last] if last - regular[-1] >= step * 0.6 else regular)


def thin(count: int, most: int) -> tuple[int, ...]:
    """Return evenly spread positions among `count`, at most `most`, the last one always among them."""
    step = -(-count // max(1, most))
    return tuple(range((count - 1) % step, count, step)) if count else ()
