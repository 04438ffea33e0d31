"""A quantity: what is found in a text, whatever its language.

Place in the pipeline: base; a part of `quantities`, which finds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from .grammars.grammar import Sense
from .periods import Period, parse_period

Kind = Literal["number", "ordinal", "indefinite", "fraction", "range", "year", "date", "time", "name"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity as it stands in a text at `start` to `end`.

    `value` is the number as written, `amount` the same with its scale (5.08 billion as 5080000000); both are None
    for dates, times and names. `unit` is an id ("" unknown). `kind` indefinite is "hundreds" (amount 100), range has
    `upper` beside `amount`, fraction is "three quarters" (value 0.75, amount 75 percent), time is 11:30, name is what
    only looks like a quantity: 5G, Decree No. 8, a web address, a day that no calendar has. `iso` writes years, dates
    and times (`T11:30`), `--11-04` where the year is not said. `qualifier` is one of model.Qualifier, or "less than".
    """

    start: int
    end: int
    text: str
    kind: Kind
    value: Decimal | None = None
    amount: Decimal | None = None
    unit: str = ""
    qualifier: str = ""
    upper: Decimal | None = None
    iso: str = ""
    falling: bool = False
    """Whether the words around say that it fell."""
    sense: Sense = ""
    """What a multiple or a change says: factor (1.4 times as large, which is 40 % more), increase (up by 140 %, which
    is 2.4 times as large; a decrease where it is falling), or ambiguous: writers mean either (1.4 times larger)."""
    bare: bool = False
    """Whether it is a small whole number that counts nothing known, as in "the two sides": noise in a list."""

    @property
    def period(self) -> Period | None:
        """The period of a year, date or range of dates; None where no year is said."""
        return parse_period(self.iso) if self.iso[:1].isdigit() else None

    def __str__(self) -> str:
        """Return the quantity as a message names it: `5080000000 USD`, `2022-11`."""
        if self.iso or self.amount is None:
            return self.iso or self.text
        upper = f" to {self.upper:f}" if self.upper is not None else ""
        return f"{self.amount:f}{upper} {self.unit or '(no unit)'}"


def name_quantity(text: str, start: int, end: int) -> Quantity:
    """Return a name that holds digits."""
    return Quantity(start, end, text[start:end], "name")
