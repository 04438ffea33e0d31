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
from .cells import Form, read_number, read_period, text_of

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
    if "end" in table.data and not extent.end:
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


class Sieve:
    """Is shown the rows below a table's head one after the other, and keeps account of those that are left out."""

    def __init__(self, extent: Extent, form: Form, names: Sequence[str]) -> None:
        """Begin at the head, which has these names."""
        self._extent, self._form = extent, form
        self._column = {name: number for number, name in enumerate(names)}
        self._within: dict[str, list[str]] = {text: [] for text in extent.skip}
        """Where the first row stands that begins with a text, its beginning, and one more for each other row."""
        self._below: list[str] = []
        self._values: dict[Period, Left] = {}
        self.ended = False

    def keeps(self, cells: Sequence[str | Decimal | None], place: str) -> bool:
        """Return whether a row is one of the table's data."""
        first = next(filter(None, map(text_of, cells)), "")
        if self._extent.end and first.startswith(self._extent.end):
            self.ended = True
        met = [text for text in self._extent.skip if first.startswith(text)]
        if not self.ended and not met:
            return True
        for account in [self._below] if self.ended else [self._within[text] for text in met]:
            if first:
                account.append(place if account else f"{place}: '{_printable(first)}'")
        self._look(cells, place)
        return False

    def _look(self, cells: Sequence[str | Decimal | None], place: str) -> None:
        """Keep what would be a value, were the row not left out; one a period is enough."""
        form = self._form
        found = {name: cells[number] if number < len(cells) else "" for name, number in self._column.items()}
        # In a wide table every row has the same periods: one that is left out takes none away.
        if form.labels is None and all(text_of(found[name]) in values for name, values in form.where):
            with suppress(OutsideError):
                period = read_period(text_of(found[form.period]), form, place)
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
            if not account:
                hint = "Set `skip` in [connector] to what such rows begin with now, or take the text out of it."
                raise OutsideError(f"no row{' of the table' if self.ended else ''} begins with '{text}'", hint=hint)
        below = [f"{_counted(self._below)} below the table left out, from {self._below[0]}"] if self._below else []
        within = [f"{_counted(found)} beginning with '{text}' left out, the first {found[0]}"
                  for text, found in self._within.items()]  # fmt: skip
        return (*within, *below)


def refuse_lost(query: Query, kept: Iterable[Observation], left_out: Iterable[Left]) -> None:
    """Refuse to leave out a row that holds the value of a period that no other row has."""
    periods = {row.period for row in kept}
    for left in left_out:
        if left.period not in periods and query.covers(left.period):
            raise OutsideError(
                f"{left.place}: {left.period} has a value, {left.value:f}, and would be left out",
                hint="Correct `end` and `skip` in [connector]: no other row has that period.",
            )


def _counted(account: Sequence[str]) -> str:
    return f"{len(account)} row{'' if len(account) == 1 else 's'}"


def _printable(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
