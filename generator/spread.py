"""Series side by side: a table's rows, and the observation a change is measured from.

Place in the pipeline: base; used while a page is composed (step 4). In: a table's declaration and the
series it names; out: printed cells. A missing value is printed as missing, and said to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from string import ascii_lowercase

from .calls import Answers, calculations
from .catalogues import msgid
from .language import Words
from .marks import Marks
from .model import SCALES, LineSpec, Observation, Series, TableSpec
from .page import Cell
from .periods import Period, parse_period

MISSING = "\u2013"
STATES = {
    "break": msgid("break"),
    "estimated": msgid("estimated"),
    "provisional": msgid("provisional"),
    "definition differs": msgid("definition differs"),
    "low reliability": msgid("low reliability"),
    "unvalidated": msgid("unvalidated"),
}
_LARGE = 1000
"""From where on counts are scaled."""
_DECIMALS = 2
"""The most that a table prints in a scale that its language chose."""
_RANKS = {"preferred": 0, "normal": 1, "deprecated": 2}
# Days from a stock's date back to "a year before": what is counted on a date is never counted a year ago to the day.
_ABOUT_A_YEAR = range(275, 456)


@dataclass(frozen=True, slots=True)
class Spread:
    """A table's printed parts; `unit` is what all columns count, "" where they differ."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]
    unit: str
    sources: tuple[str, ...]
    hanging: bool
    """Whether cells carry marks or flags."""


@dataclass(frozen=True, slots=True)
class _Hung:
    """What hangs beside a table's values: marks where sources differ, and the letter of each status."""

    marks: Marks | None
    flags: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Column:
    label: str
    series: Series
    rows: dict[Period, Observation]
    unit: str
    power: int
    digits: int


def lay_table(spec: TableSpec, labels: Sequence[str], answers: Answers, marks: Marks) -> Spread:
    """Return a table's head, rows and notes; a period is a row, a series' basis a column."""
    columns = _columns(spec, labels, answers)
    periods = sorted({period for column in columns for period in column.rows}, key=lambda each: (each.end, each.start))
    units = dict.fromkeys(column.unit for column in columns)
    sources = dict.fromkeys(
        source
        for column in columns
        for row in column.rows.values()
        for source in answers.sources_of_row(column.series, row)
    )
    hung = _Hung(marks if len(sources) > 1 else None, _flags(columns, periods))
    rows = tuple(_row(period, columns, answers, hung) for period in periods)
    heads = (_head(column, answers.words, with_unit=len(units) > 1) for column in columns)
    head = (answers.words.gettext("Period"), *heads)
    unit = "" if len(units) > 1 else next(iter(units), "")
    notes = _notes(columns, rows, answers, hung.flags)
    hanging = hung.marks is not None or bool(hung.flags)
    return Spread(head, rows, notes, unit[:1].upper() + unit[1:], tuple(sources), hanging)


def _flags(columns: list[_Column], periods: Sequence[Period]) -> dict[str, str]:
    """Return a letter for each status that is not normal, in the order in which a reader meets them."""
    rows = [column.rows[period] for period in periods for column in columns if period in column.rows]
    told = dict.fromkeys(row.status for row in rows if row.status != "normal" and row.value is not None)
    return dict(zip(told, ascii_lowercase, strict=False))


def _columns(spec: TableSpec, labels: Sequence[str], answers: Answers) -> list[_Column]:
    """Return the columns; those of one unit count in one scale, which the largest of their values may decide."""
    shown = [
        (label, answers.series[line.series], _shown(line, spec, answers.series[line.series]))
        for line, label in zip(spec.columns, labels, strict=True)
        if line.series in answers.series
    ]
    words, values = answers.words, dict[str, list[Decimal]]()
    for _, series, rows in shown:
        if _is_scaled(series.unit, _values(rows), words):
            values.setdefault(series.unit, []).extend(_values(rows))
    scales = {unit: _scale(spec.scale, unit, each, words) for unit, each in values.items()}
    return [
        _column(label or words.gettext(series.label), series, rows, scales.get(series.unit, ""), words)
        for label, series, rows in shown
    ]


def _scale(wish: str, unit: str, values: Sequence[Decimal], words: Words) -> str:
    """Return the scale of the columns of a unit.

    Unasked, a language with scales of its own counts in these where no digit is lost.
    """
    scale = words.wished(wish, max(map(abs, values), default=Decimal(0)), unit)
    if wish:
        return scale
    power, _ = words.scale(scale)
    exact = _needed([value.scaleb(-power) for value in values]) <= _DECIMALS
    return scale if exact and power not in SCALES.values() else ""


def _is_scaled(unit: str, amounts: Sequence[Decimal], words: Words) -> bool:
    """Return whether a column may be scaled: small counts are not, whatever a table wishes."""
    return words.is_currency(unit) or max(map(abs, amounts), default=Decimal(0)) >= _LARGE


def _values(rows: dict[Period, Observation]) -> list[Decimal]:
    return [row.value for row in rows.values() if row.value is not None]


def _shown(line: LineSpec, spec: TableSpec, series: Series) -> dict[Period, Observation]:
    """Return the observation of each period that a column shows."""
    rows: dict[Period, Observation] = {}
    shown = _window(_dated(series, line.basis), spec)
    for row in sorted(shown, key=lambda row: (row.value is None, _RANKS[row.rank])):
        rows.setdefault(row.period, row)
    return rows


def _column(
    label: str, series: Series, rows: dict[Period, Observation], scale: str, words: Words
) -> _Column:
    amounts = _values(rows)
    scale = scale if _is_scaled(series.unit, amounts, words) else ""
    power, _ = words.scale(scale)
    values = [amount.scaleb(-power) for amount in amounts]
    # Counted in a scale that nobody chose for them, small values keep two decimals, lest they be nothing.
    digits = max(_digits(values), min(_DECIMALS, _needed(values)) if power != SCALES[scale] else 0)
    return _Column(label, series, rows, words.counted_in(series.unit, scale), power, digits)


def _dated(series: Series, basis: str) -> tuple[Observation, ...]:
    """Return the observations that a table shows: those that may be drawn, and those reported as missing."""
    return tuple(
        row
        for row in series.observations
        if row.rank != "deprecated" and row.period.dated and basis in ("", row.basis)
    )


def _window(rows: tuple[Observation, ...], spec: TableSpec) -> list[Observation]:
    since = parse_period(spec.since).start if spec.since else date.min
    until = parse_period(spec.until).end if spec.until else date.max
    return [row for row in rows if since <= row.period.start and row.period.end <= until]


def _digits(values: Sequence[Decimal]) -> int:
    """Return the decimals that show three digits of the largest value, and none that the data do not have."""
    if not values:
        return 0
    return min(_needed(values), max(0, 2 - max(abs(value) for value in values).adjusted()))


def _needed(values: Sequence[Decimal]) -> int:
    """Return the most decimals that a value has."""
    return max((max(0, -_exponent(value)) for value in values), default=0)


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _head(column: _Column, words: Words, *, with_unit: bool) -> str:
    said = column.label.casefold().endswith(column.unit.casefold())
    if not with_unit or said:
        return column.label
    return words.gettext("{label} ({periods})").format(label=column.label, periods=column.unit)


def _row(period: Period, columns: list[_Column], answers: Answers, hung: _Hung) -> tuple[Cell, ...]:
    column = next(column for column in columns if period in column.rows)
    asked = answers.of_row(column.series, column.rows[period], period=True)
    first = Cell(answers.traces.sign(answers.words.period(period), asked))
    return (first, *(_cell(column, period, answers, hung) for column in columns))


def _cell(column: _Column, period: Period, answers: Answers, hung: _Hung) -> Cell:
    row = column.rows.get(period)
    if row is None or row.value is None:
        return Cell(MISSING, numeric=True)
    number = answers.words.number(row.value.scaleb(-column.power), column.digits)
    text = answers.traces.sign(answers.words.qualified(number, row.qualifier), answers.of_row(column.series, row))
    marks = hung.marks.of(answers.sources_of_row(column.series, row)) if hung.marks else ()
    return Cell(text, numeric=True, marks=marks, flag=hung.flags.get(row.status, ""))


def _notes(
    columns: list[_Column], rows: tuple[tuple[Cell, ...], ...], answers: Answers, flags: dict[str, str]
) -> tuple[str, ...]:
    words = answers.words
    notes = [answers.say(column.series.note) for column in columns if column.series.note]
    notes += calculations((column.series for column in columns), answers.series.values(), words)
    for status, letter in flags.items():
        notes.append(words.gettext("{mark}: {status}.").format(mark=letter, status=words.gettext(STATES[status])))
    if any(cell.text == MISSING for row in rows for cell in row):
        notes.append(words.gettext("{mark}: no figure found.").format(mark=MISSING))
    return tuple(dict.fromkeys(notes))


def previous(series: Series, period: Period, unit: str, basis: str) -> Observation | None:
    """Return the observation one year before, on the same basis, unit and length of period.

    None where there is none, or where the series breaks in between: the two are not comparable.
    """
    rows = [row for row in series.of(basis) if row.unit == unit and row.period.kind == period.kind]
    exact = [row for row in rows if _a_year_before(row.period, period)]
    if not exact and series.measure == "stock":
        exact = [row for row in rows if (period.end - row.period.end).days in _ABOUT_A_YEAR]
        exact.sort(key=lambda row: -abs((period.end - row.period.end).days - 365))
    best = min((_RANKS[row.rank] for row in exact), default=0)
    found = next((row for row in reversed(exact) if _RANKS[row.rank] == best), None)
    broken = found and any(row.status == "break" and found.period.end < row.period.end <= period.end for row in rows)
    return None if broken else found


def _a_year_before(before: Period, period: Period) -> bool:
    if not (before.dated and period.dated):
        return False
    return all(
        (then.year + 1, then.month, min(then.day, 28)) == (now.year, now.month, min(now.day, 28))
        for then, now in ((before.start, period.start), (before.end, period.end))
    )
