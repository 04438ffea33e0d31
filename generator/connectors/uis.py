"""The indicators of the UNESCO Institute for Statistics.

Place in the pipeline: a connector. The interface ignores parameters that it does not know and then answers something
else, so every record is held to what was asked for. What it cannot find it says in `hints`.
https://api.uis.unesco.org/api/public/documentation
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..answers import Answer, Request
from ..errors import OutsideError
from ..model import Observation, Status
from ..reading import Table
from ..strict_json import read_json
from .base import Query, Reading, number_of, publisher_period, take_code

_RECORDS = 100_000
"""What one answer holds at most; more are left out."""
_STATUS: dict[str, Status] = {"UIS_EST": "estimated", "NAT_EST": "estimated", "PROV": "provisional"}


@dataclass(frozen=True, slots=True)
class _Indicator:
    indicator: str
    country: str


class Institute:
    """`indicator` is the institute's code, such as GER.5T8, `country` an ISO code of three letters or a region's."""

    address = "https://api.uis.unesco.org/api/public"
    key = ""
    modules = ()

    def take(self, table: Table) -> _Indicator:
        """Take indicator and country."""
        return _Indicator(take_code(table, "indicator"), take_code(table, "country"))

    def requests(self, query: Query) -> Sequence[Request]:
        """Ask once: the years are `start` and `end`; by other names they would be ignored."""
        of: _Indicator = query.connection.parameters
        start = query.since.start.year if query.since else None
        end = query.until.end.year if query.until else None
        address = query.address("data/indicators", indicator=of.indicator, geoUnit=of.country, start=start, end=end)
        return (Request(address, "application/json"),)

    def read(self, query: Query, answers: Sequence[Answer]) -> Reading:
        """Read the records."""
        (answer,) = answers
        value = read_json(answer.path.read_bytes())
        if not isinstance(value, dict) or not isinstance(value.get("records"), list):
            raise OutsideError("the answer has another form than the institute's", hint="Expected hints and records.")
        hints = [str(hint.get("message")) for hint in value.get("hints") or [] if isinstance(hint, dict)]
        if hints:
            hint = "Check indicator and country in the sidecar."
            raise OutsideError(f"the institute says: {'; '.join(hints)[:300]}", hint=hint)
        records: list[dict[str, Any]] = value["records"]
        if len(records) >= _RECORDS:
            raise OutsideError(f"{len(records)} records: the answer is not whole", hint="Narrow the parameters.")
        return Reading(tuple(_observation(query, record) for record in records))


CONNECTOR = Institute()


def _observation(query: Query, record: dict[str, Any]) -> Observation:
    of: _Indicator = query.connection.parameters
    try:
        told = (record["indicatorId"], record["geoUnit"])
        period, value = publisher_period(str(record["year"])), record["value"]
        marks = [str(record.get(name) or "") for name in ("qualifier", "magnitude")]
    except (KeyError, TypeError, ValueError) as error:
        raise OutsideError(f"a record has another form than the institute's: {error}") from error
    if told != (of.indicator, of.country):
        raise OutsideError(f"asked for {of.indicator} of {of.country}, the answer has {told[0]} of {told[1]}")
    since, until = query.since, query.until
    if (since and period.end < since.start) or (until and period.start > until.end):
        asked = f"{since or 'the first'} to {until or 'the last'}"
        raise OutsideError(f"asked for {asked}, the answer has {period}: the years were ignored")
    status: Status = next((_STATUS[mark] for mark in marks if mark in _STATUS), "normal")
    note = ", ".join(mark for mark in marks if mark and mark not in _STATUS)
    return query.observe(period, number_of(value, f"value of {period}"), status=status, note=note)
