"""Cells of tables that others made, as periods and numbers: what the sidecar declares, and no guess.

Place in the pipeline: a part of the connectors `file` and `sql`; it runs in a limited child. In: cells with the place
they stand at; out: observations. 1.234 is not read as a thousand and 01/02/2026 as no day until the sidecar says how.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from ..errors import OutsideError
from ..model import Observation, Status
from ..periods import Period, parse_period
from ..reading import Table
from .base import OBS_STATUS, Query, choose, number_of, publisher_period, take_pairs

BETWEEN = " / "
"""What stands between the texts of cells that make one name or one period."""
DATES = ("day", "month", "quarter", "year")
_SPACES = "[ \u00a0\u202f]"
"""What separates thousands where the sidecar says a space: publishers use three."""
_STATUSES: dict[str, Status] = {
    **OBS_STATUS, "": "normal", "normal": "normal", "break": "break", "estimated": "estimated",
    "provisional": "provisional", "definition differs": "definition differs", "low reliability": "low reliability",
    "unvalidated": "unvalidated",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """How a sidecar says that a table is to be read: its columns, which rows of it, and how cells are written."""

    period: tuple[str, ...]
    """The column of the period, or those that it is put together from: year and month."""
    value: str
    status: str = ""
    note: str = ""
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    combine: str = ""
    """"sum" adds up the values of a period; "" refuses a second one."""
    dates: str = "day"
    """What a day stands for: itself, or the month, quarter or year that it lies in."""
    period_format: str = ""
    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] = ("",)
    marks: tuple[tuple[str, str], ...] = ()
    """What may stand behind a number or a period, and the status that it is for; the longest first."""
    labels: tuple[str, ...] | None = None
    """Of a wide table, with periods for columns: those that are none. None: the table has a row a period."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read by their names, without those that only choose rows."""
        if self.labels is not None:
            return self.labels
        return tuple(filter(None, (*self.period, self.value, self.status, self.note)))


@dataclass(frozen=True, slots=True)
class Cells:
    """One row's cells: text, or a Decimal where the file has numbers of its own; `place` says where it stands."""

    period: str
    value: str | Decimal | None
    status: str = ""
    note: str = ""
    place: str = ""


def take_form(table: Table) -> Form:
    """Take how a table is read from [connector]."""
    return Form(
        period=_take_period(table),
        value=table.text("value", "value"),
        status=table.text("status", ""),
        note=table.text("note", ""),
        where=take_pairs(table, "where"),
        combine=choose(table, "combine", ("", "sum"), ""),
        dates=choose(table, "dates", DATES, "day"),
        period_format=table.text("period_format", ""),
        decimal=choose(table, "decimal", (".", ","), "."),
        thousands=choose(table, "thousands", ("", ",", ".", " ", "'"), ""),
        missing=table.texts("missing") if "missing" in table.data else ("",),
        marks=_take_marks(table),
    )


def _take_period(table: Table) -> tuple[str, ...]:
    if isinstance(table.data.get("period"), list):
        return table.texts("period")
    return (table.text("period", "period"),)


def _take_marks(table: Table) -> tuple[tuple[str, str], ...]:
    marks = table.table("marks")
    for mark in marks.data:
        status = marks.text(mark, "")
        if _status(status) is None:
            expected = "a code of SDMX (E, P, B, …), a word of ours, or an empty text"
            marks.refuse(mark, f"'{status}'", expected=expected, cure="Say what the mark stands for.")
        if not mark.strip() or mark[0].isdecimal():
            cure = 'Write the blank before it, as in " 1)": without one nobody can tell it from the number.'
            marks.refuse(mark, "begins with a digit, or is empty", expected="a mark such as *, p or ¹", cure=cure)
    found = ((mark, marks.text(mark, "")) for mark in marks.data)
    return tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair)))


def _status(code: str) -> Status | None:
    return _STATUSES.get(code) or _STATUSES.get(code.upper())


def without_marks(text: str, form: Form) -> tuple[str, str]:
    """Return a cell's text without the marks behind it, and the first status that one of them stands for."""
    text, status = text.strip(), ""
    while found := next((pair for pair in form.marks if text.endswith(pair[0]) and text != pair[0].strip()), None):
        text, status = text.removesuffix(found[0]).rstrip(), status or found[1]
    return text, status


def text_of(value: object) -> str:
    """Return a cell as text: 2024.0 is 2024, and true is what JSON writes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (float, Decimal)):
        number = Decimal(str(value))
        return f"{number:.0f}" if number == number.to_integral_value() else f"{number:f}"
    return "" if value is None else str(value).strip()


def period_text(cells: Iterable[object]) -> str:
    """Return the text of a period from its cells, "" where all are empty; one that is empty among others shows."""
    texts = [text_of(cell) for cell in cells]
    return BETWEEN.join(texts) if any(texts) else ""


def read_cells(query: Query, form: Form, rows: Iterable[Cells]) -> tuple[Observation, ...]:
    """Return the observations; OutsideError with place, cell, what was expected and the cure where one is none."""
    return tuple(_observe(query, form, row) for row in rows)


def _observe(query: Query, form: Form, row: Cells) -> Observation:
    period, value = read_period(row.period, form, row.place), read_number(row.value, form, row.place)
    marked = [without_marks(cell, form)[1] for cell in (row.value, row.period) if isinstance(cell, str)]
    code = row.status.strip() or next(filter(None, marked), "")
    status = _status(code)
    if status is None:
        expected = "Expected SDMX's codes (A, E, P, B, …) or our words for them; leave `status` out to ignore them."
        raise OutsideError(f"{row.place}: status '{code[:40]}'", hint=expected)
    return query.observe(period, value, status=status, note=row.note.strip())


def added(form: Form, rows: Iterable[Cells]) -> tuple[tuple[Cells, ...], tuple[str, ...]]:
    """Return a row a period with the sum of its values, and a note for each that cannot be summed."""
    sums: dict[str, list[Decimal | None]] = {}
    for row in rows:
        sums.setdefault(without_marks(row.period, form)[0], []).append(read_number(row.value, form, row.place))
    return whole_sums({period: (sum(filter(None, found), Decimal(0)), len(found), found.count(None))
                       for period, found in sums.items()})  # fmt: skip


def whole_sums(sums: Mapping[str, tuple[Decimal, int, int]]) -> tuple[tuple[Cells, ...], tuple[str, ...]]:
    """Return a row a period from its sum, its number of values and how many of them are missing.

    A sum with a part missing is missing too: it would be too small.
    """
    rows = tuple(Cells(period, None if missing else total) for period, (total, _, missing) in sums.items())
    notes = [f"no sum for {period}: {missing} of {count} values are missing"
             for period, (_, count, missing) in sums.items() if missing]  # fmt: skip
    return rows, tuple(notes)


def read_number(value: str | Decimal | None, form: Form, place: str) -> Decimal | None:
    """Return a cell's number, None where it is one of the texts that stand for a missing value."""
    if not isinstance(value, str):
        return number_of(value, place)
    text = value.strip()
    if text in form.missing or (text := without_marks(text, form)[0]) in form.missing:
        return None
    if not _number(form.decimal, form.thousands).match(text):
        hint = (
            f"Expected digits with '{form.decimal}' for decimals"
            f"{f' and {form.thousands!r} for thousands' if form.thousands else ''}. Set `decimal`, `thousands` or "
            "`missing` in [connector] to how the publisher writes; marks behind numbers are declared by `marks`."
        )
        raise OutsideError(f"{place}: '{text[:60]}' is no number", hint=hint)
    plain = re.sub(_SPACES, "", text) if form.thousands == " " else text.replace(form.thousands or "\0", "")
    return number_of(plain.replace(form.decimal, "."), place)


@cache
def _number(decimal: str, thousands: str) -> re.Pattern[str]:
    return re.compile(f"(?:{number_pattern(decimal, thousands)})\\Z", re.ASCII)


def number_pattern(decimal: str, thousands: str) -> str:
    """Return the regular expression of a number; DuckDB's are the same as far as it goes."""
    mark = _SPACES if thousands == " " else re.escape(thousands)
    plain = rf"[+-]?\d+(?:{re.escape(decimal)}\d+)?"
    return rf"{plain}|[+-]?\d{{1,3}}(?:{mark}\d{{3}})+(?:{re.escape(decimal)}\d+)?" if thousands else plain


def read_period(text: str, form: Form, place: str) -> Period:
    """Return a cell's period."""
    text = without_marks(text, form)[0]
    try:
        period = _formatted(text, form.period_format) if form.period_format else publisher_period(text)
    except ValueError as error:
        expected = f"Expected {form.period_format}." if form.period_format else 'Set `period_format`: "%d/%m/%Y".'
        expected += (
            " A row that is no data is declared by `end` or `skip`, or left out by the query."
            if form.labels is None
            else " A column that is no period is declared by `labels`."
        )
        raise OutsideError(f"{place}: {error}", hint=expected) from error
    return _containing(period.start, form.dates) if period.kind == "day" and form.dates != "day" else period


def _formatted(text: str, form: str) -> Period:
    day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
    if day.year < 1000:
        raise ValueError(f"the year {day.year} is none")
    if any(mark in form for mark in ("%d", "%j", "%x", "%c", "%D")):
        return parse_period(day.isoformat())
    return _containing(day, "month" if any(mark in form for mark in ("%m", "%b", "%B")) else "year")


def _containing(day: date, kind: str) -> Period:
    texts = {
        "month": f"{day:%Y-%m}",
        "quarter": f"{day:%Y}-Q{(day.month + 2) // 3}",
        "year": f"{day:%Y}",
    }
    return parse_period(texts[kind])
