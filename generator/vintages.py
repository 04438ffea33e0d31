"""Vintages: what a series said on a day, where its publisher has revised it since.

Place in the pipeline: base of step 1 Read. In: rows as a series' table holds them; out: those that count. A row with a
`known` day is a version of every other such row of its period and basis, and the one known last counts; rows without
that day stand side by side, as they always did. What is known when is the idea of real-time data sets
(https://www.philadelphiafed.org/surveys-and-data/real-time-data-research/real-time-data-set-for-macroeconomists).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from .model import Observation, Series

Key = tuple[str, str]
"""Period and basis: what versions of one value share."""


def key_of(row: Observation) -> Key:
    """Return what a row is a version of."""
    return row.period.text, row.basis


def standing(rows: Iterable[Observation], on: date | None = None) -> tuple[Observation, ...]:
    """Return the rows that count on a day, None for today, in their order."""
    rows = tuple(rows)
    newest: dict[Key, Observation] = {}
    for row in rows:
        key = key_of(row)
        is_known = row.known and (on is None or row.known <= on.isoformat())
        if is_known and (key not in newest or newest[key].known <= row.known):
            newest[key] = row
    return tuple(row for row in rows if not row.known or newest.get(key_of(row)) is row)


def settle(series: Series) -> Series:
    """Return the series with the rows that count today as its observations, and the others as its earlier ones."""
    rows = series.observations
    now = standing(rows)
    kept = {id(row) for row in now}
    return replace(series, observations=now, earlier=tuple(row for row in rows if id(row) not in kept))


def all_rows(series: Series) -> tuple[Observation, ...]:
    """Return every row of a series, the earlier ones too, as its table has them."""
    return tuple(sorted((*series.observations, *series.earlier), key=lambda row: row.place))


def known_on(series: Series, on: date) -> Series:
    """Return the series as it was known on a day."""
    if not any(row.known for row in series.observations):
        return series
    origins = tuple(origin for origin in series.origins if origin.known <= on.isoformat())
    return replace(series, observations=standing(all_rows(series), on), earlier=(), origins=origins)
