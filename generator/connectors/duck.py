"""DuckDB, let see one file and nothing else: bulk tables are reduced to the rows that a series needs.

Place in the pipeline: a part of the connectors `file` and `sql`; it runs in a limited child. In: a file and what the
sidecar says of its columns and rows; out: cells. The library may open that file only: no other one, no network, no
extension, and nothing that would change these settings
(https://duckdb.org/docs/operations_manual/securing_duckdb/overview). Every column of CSV is text to it, so that it
guesses nothing.
"""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import OutsideError
from .cells import BETWEEN, Cells, Form, number_pattern, read_number, whole_sums
from .extent import Extent, Left, Sieve
from .heads import Head, is_nothing, period_columns
from .lines import columns as columns_of
from .lines import sifted

if TYPE_CHECKING:
    import duckdb

ROWS = 100_000
"""What may be left of a table for one series."""
_LINE = 1 << 20
_WHOLE, _BEHIND = 20, 12
"""Digits that a number may have before and behind its point to be added up."""
_EXACT = f"DECIMAL(38, {_BEHIND})"
"""Sums are exact: the order in which threads add floating numbers would show."""
_NOISE = "1e-6"
_NUMERIC = re.compile(r"U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?\Z|FLOAT\Z|DOUBLE\Z|DECIMAL\b")
_BROKEN = ("FLOAT", "DOUBLE", "DECIMAL")
"""The library's types of numbers, and those of them that may have something behind the point."""
_ADDED = rf"[+-]?0*\d{{1,{_WHOLE}}}(\.\d{{1,{_BEHIND}}}0*)?"


_ready: list[duckdb.DuckDBPyConnection] = []
"""The empty database that a server of jobs has opened: every job is a fork of it and finds one of its own."""
_ALONE: dict[str, str | bool | int | float | list[str]] = {
    "threads": "1", "async_threads": "0", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
}  # fmt: skip
"""Threads do not outlive a fork, so none may be there before it; and no database's file loads an extension."""


def preload() -> None:
    """Open an empty database in memory, which takes as long as reading a small file: jobs begin with it."""
    import duckdb

    _ready.append(duckdb.connect(config=_ALONE))


@contextmanager
def opened(path: Path, database: str = ":memory:") -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that may read one file; the library's refusals become ours."""
    import duckdb

    try:
        with _connected(database) as connection:
            for setting in _settings(path):
                connection.execute(f"SET {setting}")
            yield connection
    except duckdb.OutOfMemoryException as error:
        hint = "Choose fewer rows, or raise `megabytes` in [limits] of briefing.toml."
        raise OutsideError("reading it takes more memory than allowed", hint=hint) from error
    except duckdb.Error as error:
        raise OutsideError(_told(str(error)), hint="Check the file, and what [connector] says of it.") from error


def _connected(database: str) -> duckdb.DuckDBPyConnection:
    import duckdb

    if database != ":memory:":
        return duckdb.connect(database, read_only=True, config=_ALONE)
    # It is taken once: what a connection was allowed to see cannot be changed any more.
    return _ready.pop() if _ready else duckdb.connect(config=_ALONE)


def _settings(path: Path) -> tuple[str, ...]:
    """Return what is set in its order: resources, then what may be seen, then that nothing of it may be changed."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    memory = limit // 2 if limit != resource.RLIM_INFINITY else 1 << 30
    return (
        f"threads = {min(4, len(os.sched_getaffinity(0)))}",
        f"memory_limit = '{memory >> 20}MB'",
        f"temp_directory = {quoted(str(Path.cwd() / 'spill'))}",
        f"allowed_paths = [{quoted(str(path))}]",
        "enable_external_access = false",
        "lock_configuration = true",
    )


def quoted(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _told(message: str) -> str:
    """Return what DuckDB says, without its advice to be less strict."""
    line = re.search(r"CSV Error on Line: (\d+)", message)
    counts = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if line and counts:
        cure = "notes below a table are declared by `end`, rows within it that are no data by `skip`"
        return f"line {line[1]}: {counts[2]} fields, the head has {counts[1]}; {cure}"
    if line and "Invalid unicode" in message:
        return f"line {line[1]}: it is not UTF-8; set `encoding` in [connector]"
    if line and "unterminated quote" in message:
        return f"line {line[1]}: a quote that is not closed, or not doubled"
    if "No magic bytes found at end" in message:
        return "the Parquet file is cut: its end is missing"
    first = message.partition("\n")[0]
    return f"{f'line {line[1]}: ' if line else ''}{first[:300]}"


@dataclass(frozen=True, slots=True)
class Reduced:
    """What is left of a table: a row a value, or a row a period where they were added up."""

    rows: tuple[Cells, ...]
    notes: tuple[str, ...] = ()
    summed: bool = False
    left_out: tuple[Left, ...] = ()
    """Values in rows that are none of the table's data by declaration."""


# --- Parquet ----------------------------------------------------------------------------------------------


def reduce_parquet(path: Path, form: Form) -> Reduced:
    """Return what is left of a Parquet file."""
    with opened(path) as connection:
        table = f"read_parquet({quoted(str(path))})"
        described = connection.execute(f"DESCRIBE FROM {table}").fetchall()
        return _reduce(connection, table, {str(row[0]): str(row[1]) for row in described}, form)


def _reduce(connection: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str], form: Form) -> Reduced:
    check_columns(form, tuple(types))
    # A filter is written in the column's own type, so that whole blocks of a file can be left unread.
    conditions = [
        f"{_named(name)} IN ({', '.join(f'CAST({quoted(value)} AS {types[name]})' for value in values)})"
        for name, values in form.where
    ]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    source = f"FROM {table}{where}"
    if form.labels is not None:
        return _across(connection, source, types, form)
    kind = types[form.value]
    numeric = bool(_NUMERIC.match(kind))
    period = _joined([_period(name, types[name]) for name in form.period])
    if form.combine and not form.marks:
        query = _sum_query(source, period, form, kind if numeric else "")
        return _summed(connection.execute(query).fetchall(), None if numeric else form)
    others = (form.value, form.status, form.note)
    columns = [period, *(f"CAST({_named(name)} AS VARCHAR)" if name else "''" for name in others)]
    found = connection.execute(f"SELECT {', '.join(columns)} {source}").fetchmany(ROWS + 1)
    refuse_too_many(len(found))
    return Reduced(tuple(_cells(row, numeric=numeric) for row in found if not _is_blank(*row[:2])))


def _across(connection: duckdb.DuckDBPyConnection, source: str, types: Mapping[str, str], form: Form) -> Reduced:
    """Return what is left of a table whose columns are periods."""
    names = period_columns(form, tuple(types))
    columns = ", ".join(f"CAST({_named(name)} AS VARCHAR)" for name in names)
    found = connection.execute(f"SELECT {columns} {source}").fetchmany(ROWS // len(names) + 1)
    refuse_too_many(len(found) * len(names))
    numeric = {name: bool(_NUMERIC.match(types[name])) for name in names}
    cells = ((name, value) for row in found if any(row) for name, value in zip(names, row, strict=True))
    return Reduced(tuple(
        replace(_cells((name, value, None, None), numeric=numeric[name]), place=f"column '{name}'")
        for name, value in cells
        if not is_nothing(name, value)
    ))  # fmt: skip


def _is_blank(period: str | None, value: str | None) -> bool:
    """Whether a row says nothing: publishers set such rows between the parts of a table."""
    return not (period or "").strip() and not (value or "").strip()


def _period(column: str, kind: str) -> str:
    """Return a period as text; the year 2024.0 of a column of broken numbers is 2024."""
    name = _named(column)
    whole = f"CASE WHEN {name} = trunc({name}) THEN CAST(CAST({name} AS BIGINT) AS VARCHAR) END"
    text = f"CAST({name} AS VARCHAR)"
    return f"coalesce({whole}, {text})" if kind.startswith(_BROKEN) else text


def _joined(periods: Sequence[str]) -> str:
    """Return the period of several columns as text, as `period_text` does of cells."""
    if len(periods) == 1:
        return periods[0]
    texts = [f"coalesce(trim({period}), '')" for period in periods]
    nothing = " AND ".join(f"{text} = ''" for text in texts)
    return f"CASE WHEN {nothing} THEN NULL ELSE concat_ws({quoted(BETWEEN)}, {', '.join(texts)}) END"


def _cells(row: tuple[str | None, ...], *, numeric: bool) -> Cells:
    period, value, status, note = row
    number = value if value is None or not numeric else Decimal(value)
    return Cells(period or "", "" if number is None else number, status or "", note or "", _place(period, value))


def _place(period: str | None, value: str | None) -> str:
    return f"the row {period or 'without a period'}, {value or 'without a value'}"


def _sum_query(source: str, period: str, form: Form, kind: str) -> str:
    """Return the query that adds up; what is neither a number nor declared as missing is brought along as it is.

    `kind` is the library's type of the numbers, "" where they are text.
    """
    text = f"CAST({_named(form.value)} AS VARCHAR)"
    if kind:
        # A number of seven digits is what is written of it: 0.1, and not 0.10000000149.
        number = f"CAST({text if kind == 'FLOAT' else _named(form.value)} AS {_EXACT})"
        # What is left of a number of fifteen digits behind the twelfth decimal is noise; of a small one it is all.
        told = f"{_named(form.value)}::DOUBLE"
        wrong = f"CASE WHEN abs({number}::DOUBLE - {told}) > {_NOISE} * abs({told}) THEN {text} END"
    else:
        digits = f"replace(regexp_replace({text}, {quoted(_marks(form))}, '', 'g'), {quoted(form.decimal)}, '.')"
        missing = ", ".join(quoted(each) for each in form.missing)
        told = f"coalesce(trim({text}), '')"
        good = (
            f"regexp_full_match({told}, {quoted(number_pattern(form.decimal, form.thousands))})"
            f" AND regexp_full_match(trim({digits}), {quoted(_ADDED)})"
        )
        number = f"CASE WHEN {good} THEN CAST({digits} AS {_EXACT}) END"
        wrong = f"CASE WHEN NOT ({good}) AND {told} NOT IN ({missing}) THEN {told} END"
    return (
        f"SELECT {period} AS told, CAST(sum({number}) AS VARCHAR), count(*), "
        f"count(*) - count({number}), min({wrong}) {source} GROUP BY told ORDER BY told LIMIT {ROWS + 1}"
    )


def _marks(form: Form) -> str:
    """Return the pattern of what is taken out of a number before it is read: blanks, and marks of thousands."""
    marks = {"": "", " ": "", ",": ",", ".": ".", "'": "'"}[form.thousands]
    return f"[ \u00a0\u202f{marks}]"


def _summed(found: list[tuple[Any, ...]], form: Form | None) -> Reduced:
    refuse_too_many(len(found))
    found = [row for row in found if not _is_blank(row[0], "value" if row[2] > row[3] else row[4])]
    for period, _, _, _, wrong in found:
        if wrong is not None:
            # A text says what is wrong with it when it is read as a number; what passes is too long for a sum.
            if form:
                read_number(wrong, form, _place(period, wrong))
            hint = f"At most {_WHOLE} digits before the point and {_BEHIND} behind it are added up without a loss."
            raise OutsideError(f"{_place(period, wrong)}: '{wrong[:60]}' is too long to be added up", hint=hint)
    sums = {str(period or ""): (Decimal(total or 0), count, missing) for period, total, count, missing, _ in found}
    rows, notes = whole_sums(sums)
    return Reduced(rows, notes, summed=True)


def check_columns(form: Form, columns: tuple[str, ...]) -> None:
    """Refuse a table that lacks a column, or has one twice that is read."""
    wide = () if form.labels is None else period_columns(form, columns)
    needed = (*form.columns, *(name for name, _ in form.where), *wide)
    for name in needed:
        if columns.count(name) != 1:
            times = f"stands {columns.count(name)} times" if name in columns else "is missing"
            hint = f"There are: {', '.join(columns)[:300]}. Correct [connector]; `head` is the line with the names."
            raise OutsideError(f"column '{name}' {times}", hint=hint)


def refuse_too_many(rows: int) -> None:
    """Refuse more rows than one series can have."""
    if rows > ROWS:
        hint = 'Choose rows with `where`, or add them up with `combine = "sum"`.'
        raise OutsideError(f"more than {ROWS} rows are left", hint=hint)


# --- CSV --------------------------------------------------------------------------------------------------


def reduce_csv(path: Path, form: Form, separator: str, head: Head, extent: Extent) -> Reduced:
    """Return what is left of a table of UTF-8 text, whose lines `head` name the columns."""
    columns = columns_of(path, separator, head)
    check_columns(form, columns)
    sieve = Sieve(extent, form, columns)
    path = sifted(path, separator, head, sieve) if extent else path
    notes = sieve.notes()
    # Only the columns that are read need their names; the others may even have one twice.
    needed = {*form.columns, *(name for name, _ in form.where), *(columns if form.labels is not None else ())}
    names = {name if name in needed else f"column {number}": "VARCHAR" for number, name in enumerate(columns)}
    declared = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    table = (
        f"read_csv({quoted(str(path))}, auto_detect = false, header = false, skip = {head.last}, "
        f"columns = {{{declared}}}, delim = {quoted(separator)}, quote = '\"', escape = '\"', "
        f"strict_mode = true, null_padding = false, ignore_errors = false, max_line_size = {_LINE})"
    )
    with opened(path) as connection:
        reduced = _reduce(connection, table, names, form)
    return replace(reduced, notes=(*notes, *reduced.notes), left_out=sieve.left_out)
