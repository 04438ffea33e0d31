"""What an answer changes in a series: new, revised and vanished values, and the rows that the table holds afterwards.

Place in the pipeline: base of `refresh`. In: a series as stored and what its publisher says now; out: a `Difference`
to show, and the rows to keep. An editor's ranks, notes and rulings stay; a revised value is kept beside the one that
was known before. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from .connectors.base import Connection, Reading
from .model import Observation, Series, Source, Status
from .periods import Period, parse_period
from .vintages import all_rows

Kind = Literal["new", "revised", "status", "vanished"]
_NOISE = Decimal("1e-12")
"""Relative difference of two decimal forms of one binary number."""
_DIGITS = 4
"""A stored value with so many digits that the answer rounds to is the same value, printed shorter."""
_PUBLISHERS: tuple[Status, ...] = ("normal", "estimated", "provisional")
"""What publishers say and take back; another status is an editor's."""


@dataclass(frozen=True, slots=True)
class Change:
    """One period's change; a value is None where there is none on that side."""

    kind: Kind
    period: Period
    old: Decimal | None
    new: Decimal | None
    old_status: Status = "normal"
    new_status: Status = "normal"
    ruling: str = ""
    """What an editor said of the old value and now stands on the new one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Every change, by period, and `said`: what the publisher now says otherwise, as (of what, before, now)."""

    changes: tuple[Change, ...] = ()
    said: tuple[tuple[str, str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.changes or self.said)

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """Return the changes of a kind."""
        return tuple(change for change in self.changes if change.kind == kind)


def owned(series: Series, connection: Connection) -> tuple[Observation, ...]:
    """Return the rows that count today and that a refresh brings up to date."""
    sources = {connection.source, *connection.replaces}
    return tuple(
        row for row in series.observations if row.basis == connection.basis and row.source in sources and not row.fact
    )


def compare(series: Series, connection: Connection, reading: Reading) -> Difference:
    """Return what the answer changes. A value that the publisher gives as missing is one that it does not give."""
    told = {row.period.text: row for row in reading.observations if row.value is not None}
    stored = {row.period.text: row for row in owned(series, connection)}
    changes = [
        *(_change(row, told[text]) for text, row in stored.items() if text in told),
        *(_vanished(row) for text, row in stored.items() if text not in told and _asked(row.period, connection)),
        *(_new(row) for text, row in told.items() if text not in stored),
    ]
    found = sorted(filter(None, changes), key=lambda change: (change.period.start, change.period.end))
    return Difference(tuple(found), tuple(_said(series, connection, reading)))


def _new(told: Observation) -> Change:
    return Change("new", told.period, None, told.value, new_status=told.status)


def _change(stored: Observation, told: Observation) -> Change | None:
    status = _status(stored, told)
    if stored.value is None:
        return _new(replace(told, status=status))
    if not _same(stored, told):
        # A publisher's note takes the place of what stood there, so that one does not stand on the new value.
        note = stored.note if not told.note else ""
        ruling = "; ".join(filter(None, (stored.rank if stored.rank != "normal" else "", note)))
        return Change("revised", stored.period, stored.value, told.value, stored.status, status, ruling)
    if status != stored.status:
        return Change("status", stored.period, stored.value, told.value, stored.status, status)
    return None


def _vanished(row: Observation) -> Change | None:
    return Change("vanished", row.period, row.value, None, row.status) if row.value is not None else None


def _asked(period: Period, connection: Connection) -> bool:
    """Whether the answer would hold the period, had the publisher a value for it."""
    since = parse_period(connection.since).start if connection.since else None
    until = parse_period(connection.until).end if connection.until else None
    return period.dated and (since is None or period.start >= since) and (until is None or period.end <= until)


def _same(stored: Observation, told: Observation) -> bool:
    old, new = stored.value, told.value
    if old is None or new is None:
        return old is new
    if abs(new - old) <= abs(old) * _NOISE:
        return True
    # What somebody packaged before may have been rounded; the publisher's own numbers are compared as they are.
    digits, exponent = len(old.as_tuple().digits), old.as_tuple().exponent
    rounded = round(new, -int(exponent)) == old
    return stored.source != told.source and digits >= _DIGITS and rounded


def _status(stored: Observation, told: Observation) -> Status:
    return stored.status if told.status == "normal" and stored.status not in _PUBLISHERS else told.status


def _said(series: Series, connection: Connection, reading: Reading) -> Iterable[tuple[str, str, str]]:
    before = series.origins[-1] if series.origins else None
    if before:
        for what, old, new in (("title", before.title, reading.title), ("unit", before.unit, reading.unit)):
            if old and new and old != new:
                yield what, old, new
    others = dict.fromkeys(row.source for row in owned(series, connection) if row.source != connection.source)
    for source in others:
        yield "source", source, connection.source


# --- what is kept afterwards ------------------------------------------------------------------------------


def known_day(
    series: Series, connection: Connection, reading: Reading, *, sources: Mapping[str, Source], today: str
) -> str:
    """Return the day since which the answer has been known: the publisher's own where nothing contradicts it.

    A publisher that changes values without changing its date is known to have changed them by today only.
    """
    days = [_known_before(row, sources) for row in owned(series, connection)]
    before = max((*days, *(origin.fetched for origin in series.origins)), default="")
    return reading.updated if before < reading.updated <= today else max(today, before)


def merge(
    series: Series, connection: Connection, reading: Reading, *, known: str, sources: Mapping[str, Source]
) -> tuple[Observation, ...]:
    """Return all rows of the series after the refresh, in the order of its table."""
    told = {row.period.text: replace(row, known=known) for row in reading.observations if row.value is not None}
    mine = {id(row) for row in owned(series, connection)}
    rows: list[Observation] = []
    for row in all_rows(series):
        if id(row) not in mine:
            rows.append(row)
            continue
        kept = replace(row, known=_known_before(row, sources))
        rows.extend(_versions(kept, told.pop(row.period.text, None), connection, known))
    for row in sorted(told.values(), key=lambda row: (row.period.start, row.period.end)):
        rows.insert(_place(rows, row, connection), row)
    return tuple(rows)


def _versions(
    kept: Observation, told: Observation | None, connection: Connection, known: str
) -> tuple[Observation, ...]:
    """Return what the table holds of one period: the row as it was, and a new version where the value is another.

    Of what is known since one day the last word counts, so a version of the same day takes the place of the row.
    """
    before = (kept,) if kept.known < known else ()
    if told is None:
        gone = kept.value is not None and _asked(kept.period, connection)
        missing = replace(kept, value=None, source=connection.source, known=known, status="normal", qualifier="")
        return (*before, missing) if gone else (kept,)
    status = _status(kept, told)
    if _same(kept, told) and status == kept.status:
        return (replace(kept, source=connection.source),)
    return *before, replace(told, status=status, note=told.note or kept.note, rank=kept.rank)


def _known_before(row: Observation, sources: Mapping[str, Source]) -> str:
    """Return since when a row's value has been known; where no refresh brought it, its source was published or read."""
    if row.known:
        return row.known
    source = sources[row.source]
    return parse_period(source.published).start.isoformat() if source.published else source.accessed


def _place(rows: list[Observation], new: Observation, connection: Connection) -> int:
    """Return where a new period belongs: behind the last one before it that stands on the same basis."""
    before = [
        number
        for number, row in enumerate(rows, 1)
        if row.basis == connection.basis and row.period.dated and row.period.end <= new.period.end
    ]
    return before[-1] if before else next((n for n, row in enumerate(rows) if row.basis == connection.basis), len(rows))
