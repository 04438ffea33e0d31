"""The extent of a table: where it ends, and which rows in it are none of its data, as the sidecar declares.

Place in the pipeline: a part of the connector `file`; it runs in a limited child. In: the rows below a table's head;
out: whether each is kept, and an account of those that are not. Offices of statistics print notes, sources and headings
among their numbers: nothing of that is guessed, a declaration that meets no row is refused, and so is one that would
leave out a period's value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from ..errors import OutsideError
from ..model import Observation
from ..periods import Period
from ..reading import Table
from .base import Query
from .cells import Form, period_text, read_number, read_period, text_of

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Extent:
    """What rows that are no data begin with: `end` the first one below the table, `skip` those within it."""

    end: str = ""
    skip: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is declared."""
        return bool(self.end or self.skip)


def take_extent(table: Table, form: str) -> Extent:
    """Take where the table of a file of this form ends and which of its rows are no data."""
    extent = Extent(table.text("end", "").strip(), tuple(text.strip() for text in table.texts("skip")))
    if "" in extent.skip:
        cure = "Rows without period and value are passed over by themselves; remove it."
        table.refuse("skip", "an empty text", expected="what the row begins with", cure=cure)
    if isinstance(table.data.get("end"), str) and not extent.end:
        table.refuse("end", "an empty text", expected="what the row below the table begins with", cure="Write it.")
    for key in ("end", "skip"):
        if key in table.data and form in ("json", "parquet"):
            expected = "CSV or Excel, which have notes among the rows"
            table.refuse(key, f"in a file of {form}", expected=expected, cure="Choose rows with `where`.")
    return extent


@dataclass(frozen=True, slots=True)
class Left:
    """A value that is in a row that is left out, and where it stands."""

    period: Period
    value: Decimal
    place: str


@dataclass(slots=True)
class _Account:
    """Rows that are left out for one reason: how many, and which was the first."""

    count: int = 0
    first: str = ""

    def add(self, row: str, place: str) -> None:
        self.first = self.first or f"{place}: '{_printable(row)}'"
        self.count += 1

    def __str__(self) -> str:
        return f"{self.count} row{'' if self.count == 1 else 's'}"


class Sieve:
    """Is shown the rows below a table's head one after the other, and keeps account of those that are left out."""

    def __init__(self, extent: Extent, form: Form, names: Sequence[str]) -> None:
        """Begin at the head, which has these names."""
        self._extent, self._form = extent, form
        self._begins = tuple(filter(None, (extent.end, *extent.skip)))
        self._column = {name: number for number, name in enumerate(names)}
        self._within = {text: _Account() for text in extent.skip}
        self._below = _Account()
        self._values: dict[Period, Left] = {}
        self.ended = False

    def keeps(self, cells: Sequence[str | Decimal | None], place: str) -> bool:
        """Return whether a row is one of the table's data."""
        first = _first(cells)
        if not self.ended and not first.startswith(self._begins):
            return True
        if self._extent.end and first.startswith(self._extent.end):
            self.ended = True
        met = [found for text, found in self._within.items() if first.startswith(text)]
        for account in [self._below] if self.ended else met:
            if first:
                account.add(first, place)
        self._look(cells, place)
        return False

    def _look(self, cells: Sequence[str | Decimal | None], place: str) -> None:
        """Keep what would be a value, were the row not left out; one a period is enough."""
        form = self._form
        found = {name: cells[number] if number < len(cells) else "" for name, number in self._column.items()}
        # In a wide table every row has the same periods: one that is left out takes none away.
        if form.labels is None and all(text_of(found[name]) in values for name, values in form.where):
            with suppress(OutsideError):
                period = read_period(period_text(found[name] for name in form.period), form, place)
                value = read_number(found[form.value], form, place)
                if value is not None:
                    self._values.setdefault(period, Left(period, value, place))

    @property
    def left_out(self) -> tuple[Left, ...]:
        """The values in the rows that are left out, one a period."""
        return tuple(self._values.values())

    def notes(self) -> tuple[str, ...]:
        """Return what was left out, for the report; OutsideError where a declaration has met no row."""
        if self._extent.end and not self.ended:
            raise OutsideError(
                f"no row begins with '{self._extent.end}', where the table should end",
                hint="Set `end` in [connector] to what the first row below the table begins with now, or remove it.",
            )
        for text, account in self._within.items():
            if not account.count:
                hint = "Set `skip` in [connector] to what such rows begin with now, or take the text out of it."
                raise OutsideError(f"no row{' of the table' if self.ended else ''} begins with '{text}'", hint=hint)
        left = self._within.items()
        within = (f"{rows} beginning with '{text}' left out, the first {rows.first}" for text, rows in left)
        below = f"{self._below} below the table left out, from {self._below.first}"
        return (*within, below) if self.ended else tuple(within)


def refuse_lost(query: Query, kept: Iterable[Observation], left_out: Iterable[Left]) -> None:
    """Refuse to leave out a row that holds the value of a period that no other row has."""
    periods = {row.period for row in kept}
    for left in left_out:
        if left.period not in periods and query.covers(left.period):
            raise OutsideError(
                f"{left.place}: {left.period} has a value, {left.value:f}, and would be left out",
                hint="Correct `end` and `skip` in [connector]: no other row has that period.",
            )


def _first(cells: Sequence[str | Decimal | None]) -> str:
    """Return the text of the first filled cell, "" where there is none; it is asked of each row of a long table."""
    for cell in cells:
        if text := cell.strip() if isinstance(cell, str) else text_of(cell):
            return text
    return ""


def _printable(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
