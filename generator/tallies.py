"""Tallies: how many makings ended how, and how long they took, added up in the ledger's own database.

Place in the pipeline: engine, a part of the ledger. A tally is written in the transaction that notes the making, so
that what machines are told (metrics) is what happened, over all processes and restarts.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import inf

import sqlalchemy as sa

BOUNDS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, inf)
"""Upper bounds of the classes in which durations are counted, in seconds."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many makings ended in one state: by duration, in the classes of `BOUNDS`, and their seconds together."""

    outcome: str
    counts: tuple[int, ...]
    seconds: float


def tally_table(tables: sa.MetaData) -> sa.Table:
    """Return the table: a row for each outcome and class."""
    return sa.Table(
        "ledger_tallies",
        tables,
        sa.Column("outcome", sa.String(10), primary_key=True),
        sa.Column("bound", sa.Integer, primary_key=True),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
    )


def add(change: sa.Connection, table: sa.Table, outcome: str, seconds: float) -> None:
    """Count one making."""
    bound = bisect_left(BOUNDS, seconds)
    row = sa.and_(table.c.outcome == outcome, table.c.bound == bound)
    values = {"made": table.c.made + 1, "seconds": table.c.seconds + seconds}
    if not change.execute(sa.update(table).where(row).values(**values)).rowcount:
        first = {"outcome": outcome, "bound": bound, "made": 0, "seconds": 0.0}
        _put_if_absent(change, table, first)
        change.execute(sa.update(table).where(row).values(**values))


def _put_if_absent(change: sa.Connection, table: sa.Table, row: dict[str, object]) -> None:
    # Two machines may count the first of a class at the same time.
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = postgresql if change.dialect.name == "postgresql" else sqlite
    change.execute(dialect.insert(table).values(**row).on_conflict_do_nothing())


def read_tallies(change: sa.Connection, table: sa.Table) -> tuple[Tally, ...]:
    """Return every tally, by outcome."""
    found: dict[str, list[sa.Row[tuple[str, int, int, float]]]] = {}
    for row in change.execute(sa.select(table).order_by(table.c.outcome, table.c.bound)).all():
        found.setdefault(row.outcome, []).append(row)
    return tuple(
        Tally(
            outcome,
            tuple(sum(row.made for row in rows if row.bound == bound) for bound in range(len(BOUNDS))),
            sum(row.seconds for row in rows),
        )
        for outcome, rows in found.items()
    )
