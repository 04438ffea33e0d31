"""Any SQL database by its address: SQLite and DuckDB files of the workspace, PostgreSQL servers.

Place in the pipeline: a connector. The sidecar holds one SELECT whose columns are called period and value (and status
and note, if it likes). Nothing can be written: files are opened read-only and a server's transaction is too. A server
is asked by `databases`, because the child that reads has no network; files are asked here.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..answers import Answer, Request
from ..errors import OutsideError
from ..reading import Table
from .base import Query, Reading, Secret, secret_headers, take_form, take_secret
from .cells import Cells, Form, read_cells, text_of
from .cells import take_form as take_cells
from .duck import ROWS, opened, refuse_too_many
from .kinds import expect

_SELECT = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:select|with)\b", re.IGNORECASE | re.DOTALL)
COLUMNS = ("period", "value", "status", "note")
_FILES = re.compile(r"(sqlite|duckdb):///([^?#]+)\Z")
_SERVER = re.compile(r"postgres(?:ql)?://(?:[\w.-]+@)?(?:[\w.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?/[\w.-]+\Z")
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})


@dataclass(frozen=True, slots=True)
class _Question:
    database: str
    query: str
    form: Form
    secret: Secret

    @property
    def url(self) -> str:
        """The address, for those who ask a connector where its publisher is."""
        return self.database


class Sql:
    """`database` is `sqlite:///FILE`, `duckdb:///FILE` or `postgresql://USER@HOST/DATABASE`, `query` a SELECT."""

    address = ""
    key = ""
    modules = ("generator.connectors.duck",)

    def take(self, table: Table) -> _Question:
        """Take database and query."""
        words = "sqlite:///FILE, duckdb:///FILE or postgresql://USER@HOST:PORT/DATABASE, without a password"
        form = re.compile(f"{_FILES.pattern}|{_SERVER.pattern}")
        query = table.text("query")
        if query and not _SELECT.match(query):
            table.refuse("query", f"'{query[:40]}'", expected="one SELECT", cure="Only reading is possible.")
        return _Question(take_form(table, "database", form, words), query, take_cells(table), take_secret(table))

    def requests(self, query: Query) -> Sequence[Request]:
        """Ask for the file, or the server for the rows."""
        of: _Question = query.connection.parameters
        if match := _FILES.match(of.database):
            return (Request(match[2]),)
        secrets = secret_headers(query, of.secret) or ((("password", query.key),) if query.key else ())
        return (Request(of.database, of.query, secrets),)

    def read(self, query: Query, answers: Sequence[Answer]) -> Reading:
        """Read the rows."""
        of: _Question = query.connection.parameters
        (answer,) = answers
        kind = of.database.partition(":")[0]
        ask = {"sqlite": _ask_sqlite, "duckdb": _ask_duckdb}.get(kind)
        rows = ask(answer.path, of.query) if ask else _read_rows(answer.path)
        refuse_too_many(len(rows))
        return Reading(read_cells(query, of.form, [_cells(row) for row in rows]))


CONNECTOR = Sql()
Row = dict[str, Any]


def _cells(row: Row) -> Cells:
    unknown = [name for name in row if name not in COLUMNS]
    missing = [name for name in COLUMNS[:2] if name not in row]
    if unknown or missing:
        hint = "Name them in the query: SELECT year AS period, loans AS value."
        raise OutsideError(f"the query's columns are {', '.join(row)}; expected period and value", hint=hint)
    told = {name: text_of(row.get(name)) for name in COLUMNS}
    value = row["value"]
    number = Decimal(str(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    amount = number if isinstance(number, Decimal) else told["value"]
    return Cells(told["period"], amount, told["status"], told["note"], f"the row {told['period']}")


def _read_rows(path: Path) -> list[Row]:
    """Return the rows that `databases` kept, a line each."""
    lines = path.read_text("utf-8").split("\n")
    return [json.loads(line, parse_float=Decimal, object_pairs_hook=_row) for line in lines if line]


def _row(cells: Iterable[tuple[str, Any]]) -> Row:
    """Return a row by its columns' names; OutsideError where two columns have one name."""
    pairs = list(cells)
    row = dict(pairs)
    if len(row) < len(pairs):
        names = ", ".join(name for name, _ in pairs)
        raise OutsideError(
            f"the query has a column twice: {names}", hint="Give each a name of its own, or leave it out."
        )
    return row


def _ask_sqlite(path: Path, query: str) -> list[Row]:
    with path.open("rb") as file:
        expect(file.read(1000), ("sqlite",), "a SQLite database")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            connection.set_authorizer(lambda action, *_: (sqlite3.SQLITE_DENY, sqlite3.SQLITE_OK)[action in _ALLOWED])
            cursor = connection.execute(query)
            names = [str(column[0]) for column in cursor.description or ()]
            return [_row(zip(names, row, strict=True)) for row in cursor.fetchmany(ROWS + 1)]
        finally:
            connection.close()
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise OutsideError(f"SQLite says: {error}", hint="Check the query; only reading is possible.") from error


def _ask_duckdb(path: Path, query: str) -> list[Row]:
    with path.open("rb") as file:
        expect(file.read(1000), ("duckdb",), "a DuckDB database")
    with opened(path, str(path)) as connection:
        cursor = connection.execute(query)
        names = [str(column[0]) for column in cursor.description or ()]
        return [_row(zip(names, row, strict=True)) for row in cursor.fetchmany(ROWS + 1)]
