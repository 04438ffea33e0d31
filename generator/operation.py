"""How the engine is run: the table `[engine]` of briefing.toml.

Place in the pipeline: a stage beside step 1 Read. A password stands nowhere in a file: PostgreSQL's own PGPASSWORD and
~/.pgpass are read by its library.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from .delivery.base import take_secret
from .reading import Findings, Table
from .stores import Settings, take_store
from .workspace import SETTINGS, Workspace

_SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


DAYS = 30
"""For how long the engine's own notes are kept where nothing else is said: long enough to look into what went wrong."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What `[engine]` says; the defaults are what an empty table means."""

    database: str = ""
    """A URL of PostgreSQL; "" for the file in the workspace."""
    schema: str = "briefing"
    """PostgreSQL's schema for our tables: one a workspace."""
    archive: Settings | None = None
    """The store that many machines keep editions in; None: `reports/` is all there is."""
    history: int = DAYS
    """Days for which the engine's own notes on finished work are kept; the ledger is kept for good."""
    alert: tuple[str, ...] = ()
    """A command and its arguments that gets each alert, as a line of JSON, on its standard input."""


def read_operation(workspace: Workspace, findings: Findings) -> Operation:
    """Return how the engine is run; problems are collected, defaults stand in."""
    table = workspace.table(SETTINGS, findings)
    engine = table.table("engine") if table else Table({}, {}, SETTINGS, findings)
    operation = Operation(
        database=_database(engine),
        schema=_schema(engine),
        archive=_archive(engine),
        history=_history(engine),
        alert=engine.texts("alert"),
    )
    engine.done()
    return operation


def _database(table: Table) -> str:
    url = table.text("database", "")
    if not url:
        return ""
    expected = "postgresql://user@host/database, without a password"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        table.refuse("database", f"'{url}': {error}", expected=expected, cure="Correct it.")
        return ""
    if parts.password is not None or "password" in parts.query:
        table.refuse("database", "a password", expected=expected, cure="Give it in PGPASSWORD or in ~/.pgpass.")
    elif parts.scheme != "postgresql" or not parts.path.strip("/") or port == 0:
        table.refuse("database", f"'{url}'", expected=expected, cure="Correct it, or leave the key out for a file.")
    else:
        return url
    return ""


def _history(table: Table) -> int:
    days = table.number("history")
    if days is not None and days < 1:
        table.refuse("history", f"{days}", expected="a number of days above zero", cure="Correct it.")
    return DAYS if days is None else days


def _archive(table: Table) -> Settings | None:
    if "archive" not in table.data:
        return None
    archive = table.table("archive")
    settings = take_store(archive, take_secret)
    archive.done()
    return settings


def _schema(table: Table) -> str:
    name = table.text("schema", "briefing")
    if not _SCHEMA.match(name):
        expected = "lower-case letters, digits and _, a letter first"
        table.refuse("schema", f"'{name}'", expected=expected, cure="Correct it.")
    if "schema" in table.data and "database" not in table.data:
        table.refuse("schema", "without a database", expected="`database` beside it", cure="Remove it.")
    return name
