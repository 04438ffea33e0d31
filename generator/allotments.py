"""Allotments: which list is given what a slot made of a topic, which is not, and why.

Place in the pipeline: engine, a part of the ledger. An allotment is written in the transaction that notes the making,
so a list is never passed over without a record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Allotment:
    """The readers of a list in one language, and whether an edition is for them; `reason` says why, or why not."""

    list: str
    language: str
    given: bool
    reason: str
    edition: str = ""
    schedule: str = ""
    slot: str = ""
    topic: str = ""

    @property
    def readers(self) -> str:
        """Who they are: `ministry (en)`."""
        return f"{self.list} ({self.language})" if self.language else self.list

    def __str__(self) -> str:
        """Return it in words: `given to ministry (en): …`."""
        return f"{'given to' if self.given else 'withheld from'} {self.readers}: {self.reason}"


def allotment_table(tables: sa.MetaData) -> sa.Table:
    """Return the table: a row for each list and language of a slot's topic."""
    return sa.Table(
        "ledger_allotments",
        tables,
        sa.Column("schedule", sa.String(40), primary_key=True),
        sa.Column("slot", sa.String(17), primary_key=True),
        sa.Column("topic", sa.String(200), primary_key=True),
        sa.Column("list", sa.String(40), primary_key=True),
        sa.Column("language", sa.String(40), primary_key=True),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("edition", sa.String(40), nullable=False),
        sa.Column("noted", sa.String(17), nullable=False, index=True),
    )


def record(change: sa.Connection, table: sa.Table, allotments: Iterable[Allotment], noted: str) -> None:
    """Write down the allotments of one making, in place of an earlier attempt's."""
    rows = [{**asdict(each), "noted": noted} for each in allotments]
    for row in rows[:1]:
        same = (table.c[name] == row[name] for name in ("schedule", "slot", "topic"))
        change.execute(sa.delete(table).where(*same))
    if rows:
        change.execute(sa.insert(table), rows)


def read(change: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> tuple[Allotment, ...]:
    """Return allotments, in the order of their slots."""
    columns = [table.c[name] for name in Allotment.__dataclass_fields__]
    found = sa.select(*columns).where(*where)
    rows = change.execute(found.order_by(table.c.slot, table.c.schedule, table.c.topic, table.c.list, table.c.language))
    return tuple(Allotment(**row._asdict()) for row in rows)


def last_given(change: sa.Connection, table: sa.Table, schedule: str, topic: str) -> tuple[Allotment, ...]:
    """Return the newest that was given of a schedule's topic, for each list and language; found by the database."""
    key = (table.c.list, table.c.language)
    newest = sa.select(*key, sa.func.max(table.c.slot).label("slot")).group_by(*key)
    mine = sa.and_(table.c.schedule == schedule, table.c.topic == topic, table.c.given)
    inner = newest.where(mine).subquery()
    same = sa.select(inner.c.slot).where(inner.c.list == table.c.list, inner.c.language == table.c.language)
    return read(change, table, mine, table.c.slot == same.scalar_subquery())
